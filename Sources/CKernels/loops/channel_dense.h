// Convolutions with 16 channels a group, one group at a time: a small dense convolution, in which each source value meets
// one vector of 16 output channels.
// Goals, in this order: the order of operations of the other groups (ascending taps, then the channels of the group;
// taps outside of the image are left out); accumulators that fill the registers; addresses that the loops need not compute.
//
// Source and weights come packed, 16 floats for each pixel and for each channel of a tap: at the distances of the whole image
// the pixels of one group would share a few sets of the first cache.
#include "lanes.h"

// Places of a tile, each one vector of sums.
#if OFFPRINT_TILE_ROWS > 8
#define OFFPRINT_DENSE_PLACES 8
#else
#define OFFPRINT_DENSE_PLACES OFFPRINT_TILE_ROWS
#endif

// Adds one tap to the sums of the places [first, last) of a tile whose first place reads the pixel at `x`. A `step` of 0
// stands for any, `apart` floats.
OFFPRINT_INLINE void NAMED(dense_tap)(
    const int first, const int last, const int step, long apart, const float *x, const float *w, vec16 *sums
) {
    _Pragma("clang loop unroll_count(4)")
    for (int j = 0; j < OFFPRINT_LANES; j++) {
        vec16 weight = *(const vec16 *)(w + j * OFFPRINT_LANES);
        OFFPRINT_UNROLL
        for (int i = first; i < last; i++) {
            float value = x[(step ? (long)i * step * OFFPRINT_LANES : i * apart) + j];
            sums[i] = FMA16(SPLAT16(value), weight, sums[i]);
        }
    }
}

// `places` places from (row, place) on.
OFFPRINT_INLINE void NAMED(dense_tile)(
    const int places, const int step, const offprint_channel_band *p, long row, long place
) {
    vec16 sums[OFFPRINT_DENSE_PLACES];
    vec16 start = p->start ? *(const vec16 *)p->start : (vec16){};
    OFFPRINT_UNROLL
    for (int i = 0; i < places; i++) sums[i] = start;
    long apart = p->step * OFFPRINT_LANES;
    for (long tap_y = 0; tap_y < p->taps_y; tap_y++) {
        long source = row * p->step + p->y_origin + tap_y, column = place * p->step + p->x_origin;
        if (!NAMED(exists)(source, p->height)) continue;
        const float *x = p->x + source * p->x_row + column * OFFPRINT_LANES;
        const float *w = p->w + tap_y * p->w_row;
        for (long tap_x = 0; tap_x < p->taps_x; tap_x++, column++, x += OFFPRINT_LANES, w += p->w_tap) {
            int inner_left = NAMED(exists)(column, p->width);
            int inner_right = NAMED(exists)(column + (places - 1) * p->step, p->width);
            if (inner_left && inner_right) {
                NAMED(dense_tap)(0, places, step, apart, x, w, sums);
            } else if (places > 1 && inner_right && NAMED(exists)(column + p->step, p->width)) {
                NAMED(dense_tap)(1, places, step, apart, x, w, sums);
            } else if (places > 1 && inner_left && NAMED(exists)(column + (places - 2) * p->step, p->width)) {
                NAMED(dense_tap)(0, places - 1, step, apart, x, w, sums);
            } else {
                OFFPRINT_UNROLL
                for (int i = 0; i < places; i++) {
                    if (!NAMED(exists)(column + i * p->step, p->width)) continue;
                    NAMED(dense_tap)(0, 1, 1, apart, x + i * apart, w, sums + i);
                }
            }
        }
    }
    float *y = p->y + row * p->y_row + place * p->y_place;
    OFFPRINT_UNROLL
    for (int i = 0; i < places; i++) *(vec16 *)(y + i * p->y_place) = sums[i];
}

#define OFFPRINT_DENSE_BAND(name, step)                                                                    \
    static __attribute__((noinline)) void NAMED(name)(const offprint_channel_band *p) {                    \
        /* Tiles as even as they can be: none is computed twice, and none is left with few sums. */        \
        long tiles = (p->places + OFFPRINT_DENSE_PLACES - 1) / OFFPRINT_DENSE_PLACES;                      \
        for (long row = 0; row < p->rows; row++) {                                                         \
            for (long tile = 0, place = 0; tile < tiles; tile++) {                                         \
                long places = (p->places - place) / (tiles - tile);                                        \
                switch (places) {                                                                          \
                    OFFPRINT_DENSE_SIZES(step)                                                             \
                }                                                                                          \
                place += places;                                                                           \
            }                                                                                              \
        }                                                                                                  \
    }
#define OFFPRINT_DENSE_SIZE(places, step)                                                                  \
    case places: NAMED(dense_tile)(places, step, p, row, place); break;
#if OFFPRINT_DENSE_PLACES == 2
#define OFFPRINT_DENSE_SIZES(step) OFFPRINT_DENSE_SIZE(1, step) OFFPRINT_DENSE_SIZE(2, step)
#elif OFFPRINT_DENSE_PLACES == 6
#define OFFPRINT_DENSE_SIZES(step)                                                                         \
    OFFPRINT_DENSE_SIZE(1, step) OFFPRINT_DENSE_SIZE(2, step) OFFPRINT_DENSE_SIZE(3, step)                 \
    OFFPRINT_DENSE_SIZE(4, step) OFFPRINT_DENSE_SIZE(5, step) OFFPRINT_DENSE_SIZE(6, step)
#else
#define OFFPRINT_DENSE_SIZES(step)                                                                         \
    OFFPRINT_DENSE_SIZE(1, step) OFFPRINT_DENSE_SIZE(2, step) OFFPRINT_DENSE_SIZE(3, step)                 \
    OFFPRINT_DENSE_SIZE(4, step) OFFPRINT_DENSE_SIZE(5, step) OFFPRINT_DENSE_SIZE(6, step)                 \
    OFFPRINT_DENSE_SIZE(7, step) OFFPRINT_DENSE_SIZE(8, step)
#endif
OFFPRINT_DENSE_BAND(dense_band_adjacent, 1)
OFFPRINT_DENSE_BAND(dense_band_apart, 0)
#undef OFFPRINT_DENSE_BAND
#undef OFFPRINT_DENSE_SIZE
#undef OFFPRINT_DENSE_SIZES

static void NAMED(dense_band)(const offprint_channel_band *p) {
    if (p->step == 1) NAMED(dense_band_adjacent)(p);
    else NAMED(dense_band_apart)(p);
}

// The weights of `channels` input channels from `x` on at one tap: rows [row_from, row_to) and places [from, to) have it in the
// image.
OFFPRINT_INLINE void NAMED(dense_weights)(
    const int channels, const offprint_channel_band *p, const float *x, long x_row, const float *gradient, long rows,
    long places, float *weights
) {
    vec16 sums[OFFPRINT_DENSE_PLACES];
    OFFPRINT_UNROLL
    for (int j = 0; j < channels; j++) sums[j] = *(const vec16 *)(weights + j * OFFPRINT_LANES);
    long apart = p->step * OFFPRINT_LANES;
    for (long row = 0; row < rows; row++, x += x_row, gradient += p->y_row) {
        const float *from = x, *dy = gradient;
        for (long i = 0; i < places; i++, from += apart, dy += OFFPRINT_LANES) {
            vec16 right = *(const vec16 *)dy;
            OFFPRINT_UNROLL
            for (int j = 0; j < channels; j++) sums[j] = FMA16(SPLAT16(from[j]), right, sums[j]);
        }
    }
    OFFPRINT_UNROLL
    for (int j = 0; j < channels; j++) *(vec16 *)(weights + j * OFFPRINT_LANES) = sums[j];
}

static void NAMED(dense_band_weights)(const offprint_channel_band *p, const float *gradient, float *weights) {
    for (long tap_y = 0; tap_y < p->taps_y; tap_y++) {
        long row_from, row_to;
        NAMED(inside)(p->y_origin + tap_y, p->step, p->rows, p->height, &row_from, &row_to);
        for (long tap_x = 0; tap_x < p->taps_x; tap_x++) {
            long from, to;
            NAMED(inside)(p->x_origin + tap_x, p->step, p->places, p->width, &from, &to);
            if (row_from >= row_to || from >= to) continue;
            const float *x = p->x + (row_from * p->step + p->y_origin + tap_y) * p->x_row
                + (from * p->step + p->x_origin + tap_x) * OFFPRINT_LANES;
            const float *dy = gradient + row_from * p->y_row + from * OFFPRINT_LANES;
            float *target = weights + tap_y * p->w_row + tap_x * p->w_tap;
            int j = 0;
            for (; j + OFFPRINT_DENSE_PLACES <= OFFPRINT_LANES; j += OFFPRINT_DENSE_PLACES) {
                NAMED(dense_weights)(OFFPRINT_DENSE_PLACES, p, x + j, p->step * p->x_row, dy, row_to - row_from, to - from,
                                     target + j * OFFPRINT_LANES);
            }
            if (OFFPRINT_LANES % OFFPRINT_DENSE_PLACES) {
                NAMED(dense_weights)(OFFPRINT_LANES % OFFPRINT_DENSE_PLACES, p, x + j, p->step * p->x_row, dy,
                                     row_to - row_from, to - from, target + j * OFFPRINT_LANES);
            }
        }
    }
}
