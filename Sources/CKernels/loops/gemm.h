// The matrix product. Goals, in this order: one order of operations for every blocking and instruction set (each
// element of C is a chain of fused multiply-adds in ascending order of the reduction); full use of the
// multiply-add units; small products without much overhead.
//
// OFFPRINT_TILE_ROWS x OFFPRINT_TILE_VECTORS accumulators of 16 lanes stay in registers: the includer chooses
// them by its number of registers.
//
// While the tiles of one strip of columns are computed, the next strip of B is asked for, each tile asking for its share. A
// strip is only one vector or two wide, so that the processor's own prefetching sees short runs far apart; without asking,
// products of few rows wait for B most of the time. Likewise a tile reads twelve rows of A at once, a few floats of each:
// where A is read in place, the next tile's rows are asked for, or, where A's rows are the reduction, what the next piece of
// the reduction reads; where A is a copy, what the next copy is made of, if that is told; and the next tile of C, before it is
// written.

// How A lies in memory, known to the compiler in each copy of the loop.
enum { NAMED(PACKED_ROWS), NAMED(ROWS), NAMED(DEPTH_MAJOR) };

OFFPRINT_INLINE void NAMED(tile)(
    const int layout, const int rows, const int vectors, long depth, long runs, const float *a, long a_run, long a_row,
    long a_step, const float *b, long b_step, const float *ask, long ask_step, const float *left_ask, long left_step,
    const float *start, long start_row, float *c, long c_row, int more
) {
    // The rows of C that follow, unless there are none or another thread is writing them: then both would wait. What is
    // written of a transposed product is small.
    if (more && layout != NAMED(DEPTH_MAJOR)) {
        OFFPRINT_UNROLL
        for (int i = 0; i < rows; i++) {
            OFFPRINT_UNROLL
            for (int v = 0; v < vectors; v++) __builtin_prefetch(c + (rows + i) * c_row + v * OFFPRINT_LANES, 1, 2);
        }
    }
    vec16 sums[OFFPRINT_TILE_ROWS][OFFPRINT_TILE_VECTORS];
    if (start) {
        OFFPRINT_UNROLL
        for (int i = 0; i < rows; i++) {
            OFFPRINT_UNROLL
            for (int v = 0; v < vectors; v++) {
                sums[i][v] = *(const vec16 *)(start + i * start_row + v * OFFPRINT_LANES);
            }
        }
    } else {
        OFFPRINT_UNROLL
        for (int i = 0; i < rows; i++) {
            OFFPRINT_UNROLL
            for (int v = 0; v < vectors; v++) sums[i][v] = (vec16){};
        }
    }
    for (long run = 0; run < runs; run++) {
        const float *from = a + run * a_run;
        for (long k = 0; k < depth; k++) {
            // Into the second cache; one address may be asked for several times, and the last lie past the end.
            __builtin_prefetch(ask, 0, 2);
            // A step of two lines, which narrow tiles, with fewer multiply-adds to hide the asking behind, do not take.
            if (layout == NAMED(DEPTH_MAJOR) && OFFPRINT_TILE_VECTORS > 1) {
                __builtin_prefetch(ask + OFFPRINT_LANES, 0, 2);
            }
            ask += ask_step;
            __builtin_prefetch(left_ask, 0, 2);
            left_ask += left_step;
            vec16 right[OFFPRINT_TILE_VECTORS];
            OFFPRINT_UNROLL
            for (int v = 0; v < vectors; v++) right[v] = *(const vec16 *)(b + v * OFFPRINT_LANES);
            OFFPRINT_UNROLL
            for (int i = 0; i < rows; i++) {
                float element = layout == NAMED(PACKED_ROWS) ? from[i * OFFPRINT_PITCH]
                    : layout == NAMED(ROWS) ? from[i * a_row] : from[i];
                vec16 left = SPLAT16(element);
                OFFPRINT_UNROLL
                for (int v = 0; v < vectors; v++) sums[i][v] = FMA16(left, right[v], sums[i][v]);
            }
            from += layout == NAMED(DEPTH_MAJOR) ? a_step : 1;
            b += b_step;
        }
    }
    OFFPRINT_UNROLL
    for (int i = 0; i < rows; i++) {
        OFFPRINT_UNROLL
        for (int v = 0; v < vectors; v++) *(vec16 *)(c + i * c_row + v * OFFPRINT_LANES) = sums[i][v];
    }
}

// All rows of `vectors` * 16 columns.
OFFPRINT_INLINE void NAMED(strip)(
    const int layout, const int vectors, const offprint_product *p, long rows, const float *a, const float *b,
    const float *next, const float *start, long start_row, float *c, long c_row
) {
    // Each tile walks over a part of the next strip in as many steps as it has terms.
    long tiles = (rows + OFFPRINT_TILE_ROWS - 1) / OFFPRINT_TILE_ROWS;
    long ask_step = tiles ? p->b_step / tiles : 0;
    const int copied = layout == NAMED(PACKED_ROWS), terms = layout == NAMED(DEPTH_MAJOR);
    const float *left = p->ask ? p->ask : terms ? a + p->depth * p->a_step : a;
    long left_row = p->ask ? p->ask_row : terms ? p->a_step : copied ? 0 : p->a_row;
    long left_step = terms && tiles ? left_row / tiles : 0;
    long i = 0, runs = layout == NAMED(PACKED_ROWS) || p->runs == 0 ? 1 : p->runs;
#define OFFPRINT_TILES(count)                                                                          \
    for (; i + (count) <= rows; i += (count)) {                                                        \
        NAMED(tile)(layout, (count), vectors, p->depth, runs, a + i * p->a_row, p->a_run, p->a_row,    \
                    p->a_step, b, p->b_step, next, ask_step,                                           \
                    terms ? left : left + (i + (copied ? 0 : (count))) * left_row,                     \
                    terms ? left_step : (count) * left_row / (p->depth + !p->depth),                   \
                    start ? start + i * start_row : 0, start_row, c + i * c_row, c_row,                \
                    i + 2 * (count) <= rows);                                                          \
        next += ask_step * p->depth * runs;                                                            \
        if (terms) left += left_step * p->depth * runs;                                                \
    }
    OFFPRINT_TILES(OFFPRINT_TILE_ROWS)
#if OFFPRINT_TILE_ROWS > 8
    OFFPRINT_TILES(8)
#endif
#if OFFPRINT_TILE_ROWS > 4
    OFFPRINT_TILES(4)
#endif
#if OFFPRINT_TILE_ROWS > 2
    OFFPRINT_TILES(2)
#endif
    OFFPRINT_TILES(1)
#undef OFFPRINT_TILES
}

#define OFFPRINT_STRIP(name, layout, vectors)                                                          \
    static __attribute__((noinline)) void NAMED(name)(                                                 \
        const offprint_product *p, long rows, const float *a, const float *b, const float *next,       \
        const float *start, long start_row, float *c, long c_row                                       \
    ) {                                                                                                \
        NAMED(strip)(layout, vectors, p, rows, a, b, next, start, start_row, c, c_row);                \
    }
OFFPRINT_STRIP(strip_packed, NAMED(PACKED_ROWS), 1)
OFFPRINT_STRIP(strip_rows, NAMED(ROWS), 1)
OFFPRINT_STRIP(strip_depth, NAMED(DEPTH_MAJOR), 1)
#if OFFPRINT_TILE_VECTORS > 1
OFFPRINT_STRIP(strip_packed_wide, NAMED(PACKED_ROWS), 2)
OFFPRINT_STRIP(strip_rows_wide, NAMED(ROWS), 2)
OFFPRINT_STRIP(strip_depth_wide, NAMED(DEPTH_MAJOR), 2)
#endif
#undef OFFPRINT_STRIP

static void NAMED(strip_of)(
    int vectors, const offprint_product *p, long rows, const float *a, const float *b, const float *next, const float *start,
    long start_row, float *c, long c_row
) {
    int packed = p->a_step == 1 && p->a_row == OFFPRINT_PITCH && p->runs <= 1;
    (void)vectors;
#if OFFPRINT_TILE_VECTORS > 1
    if (vectors > 1) {
        if (packed) NAMED(strip_packed_wide)(p, rows, a, b, next, start, start_row, c, c_row);
        else if (p->a_step == 1) NAMED(strip_rows_wide)(p, rows, a, b, next, start, start_row, c, c_row);
        else NAMED(strip_depth_wide)(p, rows, a, b, next, start, start_row, c, c_row);
        return;
    }
#endif
    if (packed) NAMED(strip_packed)(p, rows, a, b, next, start, start_row, c, c_row);
    else if (p->a_step == 1) NAMED(strip_rows)(p, rows, a, b, next, start, start_row, c, c_row);
    else NAMED(strip_depth)(p, rows, a, b, next, start, start_row, c, c_row);
}

// Fewer columns than the vectors hold: through a whole tile beside C.
static void NAMED(edge_strip)(
    int vectors, long width, const offprint_product *p, const float *b, const float *next, const float *start, float *c
) {
    float edge[OFFPRINT_TILE_ROWS * OFFPRINT_PANEL];
    for (long i = 0; i < p->rows; i += OFFPRINT_TILE_ROWS) {
        long rows = p->rows - i < OFFPRINT_TILE_ROWS ? p->rows - i : OFFPRINT_TILE_ROWS;
        if (start) {
            for (long row = 0; row < rows; row++) {
                const float *from = start + (i + row) * p->start_row;
                float *to = edge + row * OFFPRINT_PANEL;
                for (long j = 0; j < width; j++) to[j] = from[j];
                for (long j = width; j < OFFPRINT_PANEL; j++) to[j] = 0;
            }
        }
        NAMED(strip_of)(vectors, p, rows, p->a + i * p->a_row, b, next, start ? edge : 0, OFFPRINT_PANEL, edge,
                        OFFPRINT_PANEL);
        for (long row = 0; row < rows; row++) {
            const float *from = edge + row * OFFPRINT_PANEL;
            float *to = c + (i + row) * p->c_row;
            for (long j = 0; j < width; j++) to[j] = from[j];
        }
    }
}

// Eight columns, such as those of a group of narrow layers: half of the lanes, and twice as many rows.
OFFPRINT_INLINE void NAMED(half_tile)(
    const int rows, const offprint_product *p, const float *a, const float *b, const float *left_ask, long left_step,
    const float *start, float *c
) {
    vec8 sums[8];
    OFFPRINT_UNROLL
    for (int i = 0; i < rows; i++) {
        sums[i] = start ? *(const vec8 *)(start + i * p->start_row) : (vec8){};
    }
    for (long run = 0; run < (p->runs ? p->runs : 1); run++) {
        const float *from = a + run * p->a_run;
        for (long k = 0; k < p->depth; k++, from += p->a_step, b += p->b_step, left_ask += left_step) {
            __builtin_prefetch(left_ask, 0, 2);
            vec8 right = *(const vec8 *)b;
            OFFPRINT_UNROLL
            for (int i = 0; i < rows; i++) sums[i] = FMA16((vec8)(from[i * p->a_row] - (vec8){}), right, sums[i]);
        }
    }
    OFFPRINT_UNROLL
    for (int i = 0; i < rows; i++) *(vec8 *)(c + i * p->c_row) = sums[i];
}

static __attribute__((noinline)) void NAMED(half_strip)(
    const offprint_product *product, const float *b, const float *start, float *c
) {
    // A copy that no store can reach stays in registers.
    const offprint_product copy = *product, *p = &copy;
    long i = 0, tiles = (p->rows + 7) / 8, along = p->a_step == 1;
    const float *left = p->a + p->depth * p->a_step;
    long left_step = tiles && !along ? p->a_step / tiles : 0;
#define OFFPRINT_HALF_TILES(count)                                                                     \
    for (; i + (count) <= p->rows; i += (count)) {                                                     \
        NAMED(half_tile)((count), p, p->a + i * p->a_row, b,                                           \
                         along ? p->a + (i + (count)) * p->a_row : left,                               \
                         along ? (count) * p->a_row / (p->depth + !p->depth) : left_step,              \
                         start ? start + i * p->start_row : 0, c + i * p->c_row);                      \
        left += left_step * p->depth;                                                                  \
    }
    OFFPRINT_HALF_TILES(8)
    OFFPRINT_HALF_TILES(4)
    OFFPRINT_HALF_TILES(1)
#undef OFFPRINT_HALF_TILES
}

static void NAMED(multiply)(const offprint_product *p) {
    enum { STEP = OFFPRINT_TILE_VECTORS * OFFPRINT_LANES };
    for (long j = 0; j < p->columns; j += STEP) {
        long width = p->columns - j < STEP ? p->columns - j : STEP;
        int vectors = width > OFFPRINT_LANES ? 2 : 1;
        const float *b = p->b + j / OFFPRINT_PANEL * p->b_panel + j % OFFPRINT_PANEL;
        const float *start = p->start ? p->start + j : 0;
        // After the last strip: where the first one goes on, which is what the next piece of the reduction reads.
        long after = j + STEP;
        const float *next = after < p->columns ? p->b + after / OFFPRINT_PANEL * p->b_panel + after % OFFPRINT_PANEL
            : p->b + p->depth * p->b_step;
        float *c = p->c + j;
        if (width % OFFPRINT_LANES == 0) {
            NAMED(strip_of)(vectors, p, p->rows, p->a, b, next, start, p->start_row, c, p->c_row);
        } else if (width == 8) {
            NAMED(half_strip)(p, b, start, c);
        } else {
            NAMED(edge_strip)(vectors, width, p, b, next, start, c);
        }
    }
}
