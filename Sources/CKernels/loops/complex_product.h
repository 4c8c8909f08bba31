// The product of complex matrices, re and im side by side. Goals, in this order: one order of operations (ascending
// depth, the conjugated term last); full use of the multiply-add units; the right-hand side as it is, not doubled.
//
// No lane is exchanged inside of the loop: one accumulator takes the products with the real parts of A, another one
// those with the imaginary parts, and i times the second is added at the end.

OFFPRINT_INLINE vec16 NAMED(times_i)(vec16 x) {
    ivec16 signs = {(int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000, 0,
                    (int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000, 0};
    vec16 exchanged = __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    return (vec16)((ivec16)exchanged ^ signs);
}

// Half of the rows of the real tile: each has two accumulators.
#define OFFPRINT_COMPLEX_ROWS ((OFFPRINT_TILE_ROWS + 1) / 2)

// One term of the sums: 2 floats of A to the next element along a row (`by_rows`) or along a column.
#define OFFPRINT_COMPLEX_TERM(pointer, right_hand)                                                         \
    {                                                                                                      \
        const float *a = (pointer), *b = (right_hand);                                                     \
        for (long k = 0; k < p->depth; k++) {                                                              \
            __builtin_prefetch(b + ask, 0, 2);                                                             \
            vec16 right[OFFPRINT_TILE_VECTORS];                                                            \
            OFFPRINT_UNROLL                                                                                \
            for (int v = 0; v < vectors; v++) right[v] = *(const vec16 *)(b + v * OFFPRINT_LANES);         \
            OFFPRINT_UNROLL                                                                                \
            for (int i = 0; i < rows; i++) {                                                               \
                const float *element = by_rows ? a + i * p->a_row : a + 2 * i;                             \
                vec16 real = SPLAT16(element[0]), imaginary = SPLAT16(element[1]);                         \
                OFFPRINT_UNROLL                                                                            \
                for (int v = 0; v < vectors; v++) {                                                        \
                    reals[i][v] = FMA16(real, right[v], reals[i][v]);                                      \
                    imaginaries[i][v] = FMA16(imaginary, right[v], imaginaries[i][v]);                     \
                }                                                                                          \
            }                                                                                              \
            a += by_rows ? 2 : p->a_step;                                                                  \
            b += p->b_step;                                                                                \
        }                                                                                                  \
    }

OFFPRINT_INLINE void NAMED(complex_tile)(
    const int by_rows, const int rows, const int vectors, const offprint_complex_product *p, long row, long column
) {
    vec16 reals[OFFPRINT_COMPLEX_ROWS][OFFPRINT_TILE_VECTORS];
    vec16 imaginaries[OFFPRINT_COMPLEX_ROWS][OFFPRINT_TILE_VECTORS];
    float *c = p->c + row * p->c_row + 2 * column;
    long b_at = column / OFFPRINT_COMPLEX_PANEL * p->b_panel + column % OFFPRINT_COMPLEX_PANEL * 2;
    // The next strip of B is asked for meanwhile; the last one asks past the panels, for what the next product may read.
    long after = column + 8 * vectors;
    long ask = after / OFFPRINT_COMPLEX_PANEL * p->b_panel + after % OFFPRINT_COMPLEX_PANEL * 2 - b_at;
    OFFPRINT_UNROLL
    for (int i = 0; i < rows; i++) {
        OFFPRINT_UNROLL
        for (int v = 0; v < vectors; v++) {
            reals[i][v] = (vec16){};
            if (p->accumulate) reals[i][v] = *(const vec16 *)(c + i * p->c_row + v * OFFPRINT_LANES);
            imaginaries[i][v] = (vec16){};
        }
    }
    if (p->a) OFFPRINT_COMPLEX_TERM(p->a + row * p->a_row, p->b + b_at)
    if (p->a_conjugate) {
        OFFPRINT_UNROLL
        for (int i = 0; i < rows; i++) {
            OFFPRINT_UNROLL
            for (int v = 0; v < vectors; v++) imaginaries[i][v] = -imaginaries[i][v];
        }
        OFFPRINT_COMPLEX_TERM(p->a_conjugate + row * p->a_row, p->b_conjugate + b_at)
        OFFPRINT_UNROLL
        for (int i = 0; i < rows; i++) {
            OFFPRINT_UNROLL
            for (int v = 0; v < vectors; v++) imaginaries[i][v] = -imaginaries[i][v];
        }
    }
    OFFPRINT_UNROLL
    for (int i = 0; i < rows; i++) {
        OFFPRINT_UNROLL
        for (int v = 0; v < vectors; v++) {
            *(vec16 *)(c + i * p->c_row + v * OFFPRINT_LANES) = reals[i][v] + NAMED(times_i)(imaginaries[i][v]);
        }
    }
}
#undef OFFPRINT_COMPLEX_TERM

#define OFFPRINT_COMPLEX_STRIP(name, by_rows, vectors)                                                      \
    static __attribute__((noinline)) void NAMED(name)(const offprint_complex_product *p, long column) {     \
        long i = 0;                                                                                         \
        for (; i + OFFPRINT_COMPLEX_ROWS <= p->rows; i += OFFPRINT_COMPLEX_ROWS) {                          \
            NAMED(complex_tile)(by_rows, OFFPRINT_COMPLEX_ROWS, vectors, p, i, column);                     \
        }                                                                                                   \
        if (OFFPRINT_COMPLEX_ROWS > 2) {                                                                    \
            for (; i + 2 <= p->rows; i += 2) {                                                              \
                NAMED(complex_tile)(by_rows, OFFPRINT_COMPLEX_ROWS > 2 ? 2 : 1, vectors, p, i, column);     \
            }                                                                                               \
        }                                                                                                   \
        for (; i < p->rows; i++) NAMED(complex_tile)(by_rows, 1, vectors, p, i, column);                    \
    }
OFFPRINT_COMPLEX_STRIP(complex_strip_rows, 1, 1)
OFFPRINT_COMPLEX_STRIP(complex_strip_columns, 0, 1)
#if OFFPRINT_TILE_VECTORS > 1
OFFPRINT_COMPLEX_STRIP(complex_strip_rows_wide, 1, 2)
OFFPRINT_COMPLEX_STRIP(complex_strip_columns_wide, 0, 2)
#endif
#undef OFFPRINT_COMPLEX_STRIP

static void NAMED(complex_multiply)(const offprint_complex_product *p) {
    int by_rows = p->a_step == 2;
    long j = 0;
#if OFFPRINT_TILE_VECTORS > 1
    for (; j + 16 <= p->columns; j += 16) {
        if (by_rows) NAMED(complex_strip_rows_wide)(p, j);
        else NAMED(complex_strip_columns_wide)(p, j);
    }
#endif
    for (; j < p->columns; j += 8) {
        if (by_rows) NAMED(complex_strip_rows)(p, j);
        else NAMED(complex_strip_columns)(p, j);
    }
}
#undef OFFPRINT_COMPLEX_ROWS
