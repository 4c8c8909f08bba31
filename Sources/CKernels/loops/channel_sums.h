// Convolutions whose groups have 1, 2, 4 or 8 channels, forward (and, with other weights, the data gradient).
// Goals, in this order: one order of operations everywhere (ascending taps, then the channels of the group); few
// loads for each multiply-add; source and output passed over in the order in which they lie in memory.
//
// Tiles of a few places stay in registers, one vector of 16 channels each. A tile walks over the source columns under
// it: each is loaded and spread over its group once for each source row, and meets all the taps that reach it.
// Where the places do not fill the last tile, it begins earlier and computes some of them twice, to the same bits.

// Places of a tile: two rows of four where the registers suffice, so that source rows serve both.
#if OFFPRINT_PLACES >= 8
#define OFFPRINT_BAND_ROWS 2
#define OFFPRINT_BAND_PLACES 4
#else
#define OFFPRINT_BAND_ROWS 1
#define OFFPRINT_BAND_PLACES OFFPRINT_PLACES
#endif

// Which parts of a tile lie outside of the image: its first or last source row or column, or any of them.
enum {
    NAMED(TOP_EDGE) = 1,
    NAMED(BOTTOM_EDGE) = 2,
    NAMED(LEFT_EDGE) = 4,
    NAMED(RIGHT_EDGE) = 8,
    NAMED(ANY_EDGE) = 16,
};

// The taps of one source row, from `x` on: into the sums of the upper row of places by the weights `upper`, and of
// the lower one by the weights `lower`. Only the columns q with bit q in `columns` lie in the image, unless `edges`
// says which ones.
OFFPRINT_INLINE void NAMED(channel_source_row)(
    const int has_upper, const int has_lower, const int places, const int taps, const int step, const int group,
    const int multiplier, const int edges, const offprint_channel_band *p, const float *x, unsigned columns,
    const float *upper, const float *lower, long c, vec16 *sums
) {
    const int width = (places - 1) * step + taps;
    // Three columns lie at x, x + pixel and x + 2 * pixel: one address.
    const float *thirds[(OFFPRINT_BAND_PLACES - 1) * 2 / 3 + 2];
    thirds[0] = x;
    OFFPRINT_UNROLL
    for (int i = 1; i * 3 < width; i++) {
        thirds[i] = thirds[i - 1] + 3 * p->x_pixel;
        OFFPRINT_OPAQUE(thirds[i]);
    }
    OFFPRINT_UNROLL
    for (int q = 0; q < width; q++) {
        if (edges == NAMED(ANY_EDGE) && !(columns >> q & 1)) continue;
        if ((edges & NAMED(LEFT_EDGE) && q == 0) || (edges & NAMED(RIGHT_EDGE) && q == width - 1)) continue;
        vec16 values = NAMED(load_source)(1, multiplier, p, thirds[q / 3] + q % 3 * p->x_pixel, c, OFFPRINT_LANES);
        OFFPRINT_UNROLL
        for (int j = 0; j < group; j++) {
            vec16 value = NAMED(spread)(values, group, j);
            OFFPRINT_UNROLL
            for (int t = 0; t < taps; t++) {
                if (q < t || (q - t) % step != 0 || (q - t) / step >= places) continue;
                vec16 *sum = sums + (q - t) / step;
                long at = t * p->w_tap + j * p->w_channel;
                if (has_upper) *sum = FMA16(value, *(const vec16 *)(upper + at), *sum);
                if (has_lower) sum[places] = FMA16(value, *(const vec16 *)(lower + at), sum[places]);
            }
        }
    }
}

// `rows` x `places` places, the first at `y`; its first tap lies at `x`. `rows` is 1, or 2 where `step` is 1.
// Only the source rows [row_from, row_to) and the columns of `columns` lie in the image, unless `edges` says which.
OFFPRINT_INLINE void NAMED(channel_tile)(
    const int rows, const int places, const int taps_y, const int taps, const int step, const int group,
    const int multiplier, const int edges, const offprint_channel_band *p, const float *x, long row_from,
    long row_to, unsigned columns, float *y, long c
) {
    vec16 sums[OFFPRINT_BAND_ROWS * OFFPRINT_BAND_PLACES];
    vec16 start = p->start ? *(const vec16 *)(p->start + c) : (vec16){};
    OFFPRINT_UNROLL
    for (int i = 0; i < rows * places; i++) sums[i] = start;
    const float *source = multiplier == 1 ? x + c : x, *upper = p->w + c / OFFPRINT_LANES * p->w_block, *lower = upper;
    long lane = multiplier == 1 ? 0 : c;
    OFFPRINT_OPAQUE(source);
    OFFPRINT_OPAQUE(upper);
    lower = upper;
    if (edges == NAMED(ANY_EDGE)) OFFPRINT_OPAQUE(columns);
#define OFFPRINT_SOURCE_ROW(r, has_upper, has_lower)                                                       \
    if (edges == NAMED(ANY_EDGE) ? (r) >= row_from && (r) < row_to                                         \
                                 : !((edges & NAMED(TOP_EDGE) && (r) == 0)                                 \
                                     || (edges & NAMED(BOTTOM_EDGE) && (r) == p->taps_y + rows - 2))) {    \
        NAMED(channel_source_row)(has_upper, has_lower, places, taps, step, group, multiplier, edges, p,   \
                                  source, columns, upper, lower, lane, sums);                              \
    }                                                                                                      \
    source += p->x_row;                                                                                    \
    OFFPRINT_OPAQUE(source);                                                                               \
    lower = upper;                                                                                         \
    upper += p->w_row;                                                                                     \
    OFFPRINT_OPAQUE(upper);
    if (taps_y) {
        OFFPRINT_UNROLL
        for (int r = 0; r < taps_y + rows - 1; r++) {
            if (rows == 1 || r == 0) {
                OFFPRINT_SOURCE_ROW(r, 1, 0)
            } else if (r == taps_y) {
                OFFPRINT_SOURCE_ROW(r, 0, 1)
            } else {
                OFFPRINT_SOURCE_ROW(r, 1, 1)
            }
        }
    } else if (rows == 1) {
        for (long r = 0; r < p->taps_y; r++) { OFFPRINT_SOURCE_ROW(r, 1, 0) }
    } else {
        OFFPRINT_SOURCE_ROW(0, 1, 0)
        for (long r = 1; r < p->taps_y; r++) { OFFPRINT_SOURCE_ROW(r, 1, 1) }
        OFFPRINT_SOURCE_ROW(p->taps_y, 0, 1)
    }
#undef OFFPRINT_SOURCE_ROW
    float *target = y + c;
    OFFPRINT_OPAQUE(target);
    OFFPRINT_UNROLL
    for (int a = 0; a < rows; a++) {
        OFFPRINT_UNROLL
        for (int i = 0; i < places; i++) *(vec16 *)(target + i * p->y_place) = sums[a * places + i];
        target += p->y_row;
        OFFPRINT_OPAQUE(target);
    }
}

// Asks for `lines` cache lines from `at` on, into the second cache: the first has few lines under way, and with a tile's loads
// waiting for them the asking itself waited.
OFFPRINT_INLINE void NAMED(ask)(const int lines, const float *at) {
    OFFPRINT_UNROLL
    for (int i = 0; i < lines; i++) __builtin_prefetch(at + i * OFFPRINT_LANES, 0, 2);
}
OFFPRINT_INLINE void NAMED(ask_to_write)(const int lines, float *at) {
    OFFPRINT_UNROLL
    for (int i = 0; i < lines; i++) __builtin_prefetch(at + i * OFFPRINT_LANES, 1, 2);
}

// The channels [first, end), whole vectors, of the tile at (row, place).
//
// Meanwhile the lines that a tile below will be the first to need, and those the next tile will write, are asked for
// in the order in which they lie: that is what the processor's own prefetching recognizes.
OFFPRINT_INLINE void NAMED(channel_tile_channels)(
    const int rows, const int places, const int taps_y, const int taps, const int step, const int group,
    const int multiplier, const offprint_channel_band *p, long row, long place, long first, long end
) {
    long source = row * p->step + p->y_origin, column = place * p->step + p->x_origin;
    long height = p->taps_y + (rows - 1) * step, width = (places - 1) * step + taps;
    const float *x = p->x + source * p->x_row + column * p->x_pixel;
    float *y = p->y + row * p->y_row + place * p->y_place;
    const float *next_x = x + height * p->x_row - (column < 0 ? column * p->x_pixel : 0) + p->ahead;
    float *next_y = y + places * p->y_place;
    long row_from = source < 0 ? -source : 0, row_to = p->height - source;
    unsigned columns = 0;
    for (int q = 0; q < width; q++) columns |= (unsigned)NAMED(exists)(column + q, p->width) << q;
#define OFFPRINT_TILE_CHANNELS(edges)                                                                      \
    for (long c = first; c < end; c += OFFPRINT_LANES) {                                                   \
        if (places > 1) {                                                                                  \
            OFFPRINT_UNROLL                                                                                \
            for (int r = 0; r < rows * step; r++) NAMED(ask)(places * step, next_x + r * p->x_row);        \
            OFFPRINT_UNROLL                                                                                \
            for (int a = 0; a < rows; a++) NAMED(ask_to_write)(places, next_y + a * p->y_row);             \
            next_x += places * step * OFFPRINT_LANES;                                                      \
            next_y += places * OFFPRINT_LANES;                                                             \
        }                                                                                                  \
        NAMED(channel_tile)(rows, places, taps_y, taps, step, group, multiplier, edges, p, x, row_from,    \
                            row_to, columns, y, c);                                                        \
    }
    int edges = (row_from > 0 ? NAMED(TOP_EDGE) : 0) | (row_to < height ? NAMED(BOTTOM_EDGE) : 0)
        | (column < 0 ? NAMED(LEFT_EDGE) : 0) | (column + width > p->width ? NAMED(RIGHT_EDGE) : 0);
    int further = row_from > 1 || row_to < height - 1 || column < -1 || column + width > p->width + 1;
    if (edges == 0) {
        OFFPRINT_TILE_CHANNELS(0)
        return;
    }
#define OFFPRINT_EDGES(kind)                                                                               \
    case kind: OFFPRINT_TILE_CHANNELS(kind) return;
    if (taps_y && group == 1 && !further) {
        switch (edges) {
            OFFPRINT_EDGES(NAMED(LEFT_EDGE))
            OFFPRINT_EDGES(NAMED(RIGHT_EDGE))
            OFFPRINT_EDGES(NAMED(LEFT_EDGE) + NAMED(RIGHT_EDGE))
            OFFPRINT_EDGES(NAMED(TOP_EDGE))
            OFFPRINT_EDGES(NAMED(TOP_EDGE) + NAMED(LEFT_EDGE))
            OFFPRINT_EDGES(NAMED(TOP_EDGE) + NAMED(RIGHT_EDGE))
            OFFPRINT_EDGES(NAMED(TOP_EDGE) + NAMED(LEFT_EDGE) + NAMED(RIGHT_EDGE))
            OFFPRINT_EDGES(NAMED(BOTTOM_EDGE))
            OFFPRINT_EDGES(NAMED(BOTTOM_EDGE) + NAMED(LEFT_EDGE))
            OFFPRINT_EDGES(NAMED(BOTTOM_EDGE) + NAMED(RIGHT_EDGE))
            OFFPRINT_EDGES(NAMED(BOTTOM_EDGE) + NAMED(LEFT_EDGE) + NAMED(RIGHT_EDGE))
        }
    }
    OFFPRINT_TILE_CHANNELS(NAMED(ANY_EDGE))
#undef OFFPRINT_EDGES
#undef OFFPRINT_TILE_CHANNELS
}

// The channels [first, end), whole vectors, of all places.
OFFPRINT_INLINE void NAMED(channel_tiles_of)(
    const int taps_y, const int taps, const int step, const int group, const int multiplier,
    const offprint_channel_band *p, long first, long end
) {
    enum { ROWS = OFFPRINT_BAND_ROWS, PLACES = OFFPRINT_BAND_PLACES };
    long row = 0;
    if (step == 1 && ROWS > 1 && p->places >= PLACES) {
        for (; row + ROWS <= p->rows; row += ROWS) {
            for (long i = 0; i < p->places; i += PLACES) {
                long place = i + PLACES <= p->places ? i : p->places - PLACES;
                NAMED(channel_tile_channels)(ROWS, PLACES, taps_y, taps, step, group, multiplier, p, row, place,
                                             first, end);
            }
        }
    }
    for (; row < p->rows; row++) {
        if (p->places < PLACES) {
            for (long i = 0; i < p->places; i++) {
                NAMED(channel_tile_channels)(1, 1, 0, taps, step, group, multiplier, p, row, i, first, end);
            }
            continue;
        }
        for (long i = 0; i < p->places; i += PLACES) {
            long place = i + PLACES <= p->places ? i : p->places - PLACES;
            NAMED(channel_tile_channels)(1, PLACES, 0, taps, step, group, multiplier, p, row, place, first, end);
        }
    }
}

// The whole vectors of channels of all places. Channels pass in the inner loop: they lie together.
OFFPRINT_INLINE void NAMED(channel_tiles)(
    const int taps_y, const int taps, const int step, const int group, const int multiplier,
    const offprint_channel_band *p
) {
    long end = p->channels / OFFPRINT_LANES * OFFPRINT_LANES;
    NAMED(channel_tiles_of)(taps_y, taps, step, group, multiplier, p, 0, end);
}

// Adds one tap to the sums of `places` places, from the source values at `x` and `apart` floats further for each.
OFFPRINT_INLINE void NAMED(channel_tap)(
    const int places, const int group, const int multiplier, const int checked, const int whole,
    const offprint_channel_band *p, const float *x, long column, const float *w, long c, long lanes, vec16 *sums
) {
    long apart = p->step * p->x_pixel;
    OFFPRINT_UNROLL
    for (int i = 0; i < places; i++) {
        if (checked && !NAMED(exists)(column + i * p->step, p->width)) continue;
        vec16 values = NAMED(load_source)(whole, multiplier, p, x + i * apart, c, lanes);
        OFFPRINT_UNROLL
        for (int j = 0; j < group; j++) {
            vec16 weight = NAMED(load_lanes)(whole, w + j * p->w_channel, lanes);
            sums[i] = FMA16(NAMED(spread)(values, group, j), weight, sums[i]);
        }
    }
}

// Any kernel and stride: the taps follow each other, `places` sums for each.
OFFPRINT_INLINE void NAMED(channel_places)(
    const int places, const int group, const int multiplier, const int whole, const offprint_channel_band *p,
    long row, long place, long c, long lanes
) {
    vec16 sums[OFFPRINT_PLACES];
    vec16 start = p->start ? NAMED(load_lanes)(whole, p->start + c, lanes) : (vec16){};
    OFFPRINT_UNROLL
    for (int i = 0; i < places; i++) sums[i] = start;
    for (long tap_y = 0; tap_y < p->taps_y; tap_y++) {
        long source = row * p->step + p->y_origin + tap_y, column = place * p->step + p->x_origin;
        if (!NAMED(exists)(source, p->height)) continue;
        const float *x = p->x + source * p->x_row + column * p->x_pixel;
        const float *w = p->w + tap_y * p->w_row + c / OFFPRINT_LANES * p->w_block;
        for (long tap_x = 0; tap_x < p->taps_x; tap_x++, column++, x += p->x_pixel, w += p->w_tap) {
            if (column >= 0 && column + (places - 1) * p->step < p->width) {
                NAMED(channel_tap)(places, group, multiplier, 0, whole, p, x, column, w, c, lanes, sums);
            } else {
                NAMED(channel_tap)(places, group, multiplier, 1, whole, p, x, column, w, c, lanes, sums);
            }
        }
    }
    float *y = p->y + row * p->y_row + place * p->y_place + c;
    OFFPRINT_UNROLL
    for (int i = 0; i < places; i++) NAMED(store_lanes)(whole, y + i * p->y_place, sums[i], lanes);
}

OFFPRINT_INLINE void NAMED(channel_places_of_row)(
    const int group, const int multiplier, const offprint_channel_band *p, long row
) {
    enum { PLACES = OFFPRINT_PLACES };
    for (long c = 0; c + OFFPRINT_LANES <= p->channels; c += OFFPRINT_LANES) {
        if (p->places < PLACES) {
            for (long i = 0; i < p->places; i++) {
                NAMED(channel_places)(1, group, multiplier, 1, p, row, i, c, OFFPRINT_LANES);
            }
            continue;
        }
        for (long i = 0; i < p->places; i += PLACES) {
            long place = i + PLACES <= p->places ? i : p->places - PLACES;
            NAMED(channel_places)(PLACES, group, multiplier, 1, p, row, place, c, OFFPRINT_LANES);
        }
    }
}

// One copy for each kind of groups. Kernels of 3x3 have tiles of their own, and those of one channel a group also the
// parts of such a kernel that a stride of 2 leaves to each phase of the data gradient, and kernels of five and seven columns
// where two rows of weights fit the registers beside the sums.
#define OFFPRINT_CHANNEL_BAND(name, group, multiplier, tiled, phases)                                      \
    static __attribute__((noinline)) void NAMED(channel_band_##name)(const offprint_channel_band *band) {  \
        /* A copy that no store can reach stays in registers. */                                           \
        const offprint_channel_band copy = *band, *p = &copy;                                              \
        long whole = p->channels / OFFPRINT_LANES * OFFPRINT_LANES;                                        \
        /* A phase of the data gradient may have no taps. */                                               \
        int tiles = whole && p->taps_y > 0;                                                                \
        if (tiles && tiled && p->step == 1 && p->taps_x == 3 && p->taps_y == 3) {                          \
            NAMED(channel_tiles)(group <= 2 && multiplier == 1 ? 3 : 0, 3, 1, group, multiplier, p);       \
        } else if (tiles && tiled && p->step == 2 && p->taps_x == 3) {                                     \
            NAMED(channel_tiles)(0, 3, 2, group, multiplier, p);                                           \
        } else if (tiles && phases && p->step == 1 && p->taps_x == 2) {                                    \
            NAMED(channel_tiles)(0, 2, 1, group, multiplier, p);                                           \
        } else if (tiles && phases && p->step == 1 && p->taps_x == 1) {                                    \
            NAMED(channel_tiles)(0, 1, 1, group, multiplier, p);                                           \
        } else if (tiles && phases && OFFPRINT_BAND_ROWS > 1 && p->step == 1 && p->taps_x == 5) {          \
            NAMED(channel_tiles)(0, 5, 1, group, multiplier, p);                                           \
        } else if (tiles && phases && OFFPRINT_BAND_ROWS > 1 && p->step == 1 && p->taps_x == 7) {          \
            NAMED(channel_tiles)(0, 7, 1, group, multiplier, p);                                           \
        } else if (whole) {                                                                                \
            for (long row = 0; row < p->rows; row++) {                                                     \
                NAMED(channel_places_of_row)(group, multiplier, p, row);                                   \
            }                                                                                              \
        }                                                                                                  \
        if (whole == p->channels) return;                                                                  \
        for (long row = 0; row < p->rows; row++) {                                                         \
            for (long i = 0; i < p->places; i++) {                                                         \
                NAMED(channel_places)(1, group, multiplier, 0, p, row, i, whole, p->channels - whole);     \
            }                                                                                              \
        }                                                                                                  \
    }
OFFPRINT_CHANNEL_BAND(single, 1, 1, 1, 1)
OFFPRINT_CHANNEL_BAND(doubled, 1, 2, 1, 0)
OFFPRINT_CHANNEL_BAND(multiplied, 1, 0, 0, 0)
OFFPRINT_CHANNEL_BAND(pairs, 2, 1, 1, 0)
OFFPRINT_CHANNEL_BAND(fours, 4, 1, 1, 0)
OFFPRINT_CHANNEL_BAND(eights, 8, 1, 1, 0)
#undef OFFPRINT_CHANNEL_BAND

static void NAMED(channel_band)(const offprint_channel_band *p) {
    switch (p->group) {
    case 2: NAMED(channel_band_pairs)(p); break;
    case 4: NAMED(channel_band_fours)(p); break;
    case 8: NAMED(channel_band_eights)(p); break;
    default:
        if (p->multiplier == 1) NAMED(channel_band_single)(p);
        else if (p->multiplier == 2) NAMED(channel_band_doubled)(p);
        else NAMED(channel_band_multiplied)(p);
    }
}
