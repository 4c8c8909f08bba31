// Convolutions whose groups have one channel or eight, over one packed vector of 16 channels, for sixteen registers of eight
// lanes: eight channels are a unit, so that twelve accumulators and their operands fit.
// Goals, in this order: the order of operations of channel_sums.h and channel_weights.h; twelve independent chains, for a
// multiply-add takes as long as eight of them; few loads for each.
//
// Groups of two and four spread their channels over lanes by shuffles, which the tiles of channel_sums.h share between taps:
// packed they gained nothing.
#include "lanes.h"

#if OFFPRINT_PACKS_GROUPS

// Forward, groups of eight: each source value meets one unit of output channels.

// One tap into the sums of the places [first, last): those of the upper row by the weights `upper` and, where there are
// both, those of the lower one by `lower`.
OFFPRINT_INLINE void NAMED(packed_tap)(
    const int both, const int first, const int last, const int places, const float *x, const float *upper,
    const float *lower, vec8 *sums
) {
    for (int j = 0; j < 8; j++) {
        vec8 above = *(const vec8 *)(upper + j * OFFPRINT_LANES), below = above;
        if (both) below = *(const vec8 *)(lower + j * OFFPRINT_LANES);
        OFFPRINT_UNROLL
        for (int i = first; i < last; i++) {
            vec8 value = (vec8)(x[i * OFFPRINT_LANES + j] - (vec8){});
            sums[i] = FMA16(value, above, sums[i]);
            if (both) sums[places + i] = FMA16(value, below, sums[places + i]);
        }
    }
}

// The taps of one source row, the first place's first at `x` in the column `column`.
OFFPRINT_INLINE void NAMED(packed_row)(
    const int both, const int places, const offprint_channel_band *p, const float *x, long column, const float *upper,
    const float *lower, vec8 *sums
) {
    for (long t = 0; t < p->taps_x; t++, column++, x += OFFPRINT_LANES, upper += p->w_tap, lower += p->w_tap) {
        int begins = NAMED(exists)(column, p->width), ends = NAMED(exists)(column + places - 1, p->width);
        if (begins && ends) {
            NAMED(packed_tap)(both, 0, places, places, x, upper, lower, sums);
        } else if (places > 1 && ends && NAMED(exists)(column + 1, p->width)) {
            NAMED(packed_tap)(both, 1, places, places, x, upper, lower, sums);
        } else if (places > 1 && begins && NAMED(exists)(column + places - 2, p->width)) {
            NAMED(packed_tap)(both, 0, places - 1, places, x, upper, lower, sums);
        } else {
            OFFPRINT_UNROLL
            for (int i = 0; i < places; i++) {
                if (NAMED(exists)(column + i, p->width)) {
                    NAMED(packed_tap)(both, i, i + 1, places, x, upper, lower, sums);
                }
            }
        }
    }
}

// `rows` x `places` places from (row, place) on, at most two rows.
OFFPRINT_INLINE void NAMED(packed_tile)(
    const int rows, const int places, const offprint_channel_band *p, long row, long place, int unit
) {
    vec8 sums[12];
    vec8 start = p->start ? *(const vec8 *)(p->start + unit) : (vec8){};
    OFFPRINT_UNROLL
    for (int i = 0; i < rows * places; i++) sums[i] = start;
    long source = row + p->y_origin, column = place + p->x_origin;
    const float *x = p->x + source * p->x_row + column * OFFPRINT_LANES + unit, *w = p->w + unit;
    // Between the places that a kernel reaches in steps there are some that no tap does.
    long source_rows = p->taps_y > 0 ? p->taps_y + rows - 1 : 0;
    for (long r = 0; r < source_rows; r++, x += p->x_row, w += p->w_row) {
        if (!NAMED(exists)(source + r, p->height)) continue;
        if (rows == 1 || r == 0) {
            NAMED(packed_row)(0, places, p, x, column, w, w, sums);
        } else if (r == p->taps_y) {
            NAMED(packed_row)(0, places, p, x, column, w - p->w_row, w, sums + places);
        } else {
            NAMED(packed_row)(1, places, p, x, column, w, w - p->w_row, sums);
        }
    }
    float *y = p->y + row * p->y_row + place * p->y_place + unit;
    OFFPRINT_UNROLL
    for (int a = 0; a < rows; a++) {
        OFFPRINT_UNROLL
        for (int i = 0; i < places; i++) {
            *(vec8 *)(y + a * p->y_row + i * p->y_place) = sums[a * places + i];
        }
    }
}

// Tiles of six, four, two or one places; where the last is not full it begins earlier and computes some of them twice, to
// the same bits.
OFFPRINT_INLINE void NAMED(packed_tiles)(const int rows, const offprint_channel_band *p, long row, int unit) {
    for (long place = 0; place < p->places;) {
        long rest = p->places - place;
        if (rest >= 9 || rest == 6) {
            NAMED(packed_tile)(rows, 6, p, row, place, unit);
            place += 6;
        } else if (p->places >= 4) {
            NAMED(packed_tile)(rows, 4, p, row, rest < 4 ? p->places - 4 : place, unit);
            place += 4;
        } else if (rest >= 2) {
            NAMED(packed_tile)(rows, 2, p, row, place, unit);
            place += 2;
        } else {
            NAMED(packed_tile)(rows, 1, p, row, place, unit);
            place += 1;
        }
    }
}

static void NAMED(packed_band)(const offprint_channel_band *p) {
    if (p->group != 8 || p->step != 1) {
        NAMED(channel_band)(p);
        return;
    }
    for (int unit = 0; unit < OFFPRINT_LANES; unit += 8) {
        long row = 0;
        for (; row + 2 <= p->rows; row += 2) NAMED(packed_tiles)(2, p, row, unit);
        for (; row < p->rows; row++) NAMED(packed_tiles)(1, p, row, unit);
    }
}

// The weight gradient of one channel a group. The source passes: each of its pixels is loaded once and meets the gradients of
// all places that it reaches.

// Adds the pixel whose first row lies at `x` to the sums of `rows` x `taps` taps; tap t's place has its gradient at
// `gradient - t * 16`. Only the taps [from, to) have a place.
OFFPRINT_INLINE void NAMED(packed_pixel)(
    const int rows, const int taps, const int all, long from, long to, const offprint_channel_band *p, const float *x,
    const float *gradient, vec8 *sums
) {
    vec8 dy[4];
    OFFPRINT_UNROLL
    for (int t = 0; t < taps; t++) {
        if (all || (t >= from && t < to)) dy[t] = *(const vec8 *)(gradient - t * OFFPRINT_LANES);
    }
    OFFPRINT_UNROLL
    for (int r = 0; r < rows; r++) {
        vec8 value = *(const vec8 *)(x + r * p->x_row);
        OFFPRINT_UNROLL
        for (int t = 0; t < taps; t++) {
            if (all || (t >= from && t < to)) sums[r * taps + t] = FMA16(value, dy[t], sums[r * taps + t]);
        }
    }
}

// At a step of 1: `rows` x `taps` taps from (tap_y, tap_x) on, over the places of the rows [row,
// row_end), whose source rows all exist.
OFFPRINT_INLINE void NAMED(packed_sums)(
    const int rows, const int taps, const offprint_channel_band *p, const float *gradient, float *weights, long row,
    long row_end, long tap_y, long tap_x, int unit
) {
    vec8 sums[12];
    float *target = weights + tap_y * p->w_row + tap_x * p->w_tap + unit;
#define OFFPRINT_PACKED_SUMS(statement)                                                                    \
    OFFPRINT_UNROLL                                                                                        \
    for (int r = 0; r < rows; r++) {                                                                       \
        OFFPRINT_UNROLL                                                                                    \
        for (int t = 0; t < taps; t++) {                                                                   \
            vec8 *sum = sums + r * taps + t, *at = (vec8 *)(target + r * p->w_row + t * p->w_tap); \
            statement;                                                                                     \
        }                                                                                                  \
    }
    OFFPRINT_PACKED_SUMS(*sum = *at)
    // Pixels by the place that meets them with the first tap: that of the last tap is `taps` - 1 before it.
    long origin = p->x_origin + tap_x, begin = NAMED(larger)(0, -origin);
    long end = NAMED(smaller)(p->places + taps - 1, p->width - origin);
    for (; row < row_end; row++) {
        const float *x = p->x + (row + p->y_origin + tap_y) * p->x_row + origin * OFFPRINT_LANES + unit;
        const float *dy = gradient + row * p->y_row + unit;
        long i = begin;
#define OFFPRINT_PACKED_PIXEL(all, from, to)                                                               \
    NAMED(packed_pixel)(rows, taps, all, from, to, p, x + i * OFFPRINT_LANES, dy + i * OFFPRINT_LANES, sums)
        if (p->places < taps) {
            for (; i < end; i++) {
                OFFPRINT_PACKED_PIXEL(0, NAMED(larger)(0, i - p->places + 1), NAMED(smaller)(taps, i + 1));
            }
            continue;
        }
        OFFPRINT_UNROLL
        for (int n = 0; n < taps - 1; n++) {
            if (i == n && i < end) {
                OFFPRINT_PACKED_PIXEL(0, 0, n + 1);
                i++;
            }
        }
        for (; i < NAMED(smaller)(end, p->places); i++) OFFPRINT_PACKED_PIXEL(1, 0, taps);
        OFFPRINT_UNROLL
        for (int n = 1; n < taps; n++) {
            if (i < end) {
                OFFPRINT_PACKED_PIXEL(0, n, taps);
                i++;
            }
        }
#undef OFFPRINT_PACKED_PIXEL
    }
    OFFPRINT_PACKED_SUMS(*at = *sum)
#undef OFFPRINT_PACKED_SUMS
}

// Groups of eight, any step: the eight channels of one tap.
OFFPRINT_INLINE void NAMED(packed_sums_apart)(
    const offprint_channel_band *p, const float *gradient, float *weights, long row, long row_end, long tap_y, long tap_x,
    int unit
) {
    vec8 sums[8];
    float *target = weights + tap_y * p->w_row + tap_x * p->w_tap + unit;
    OFFPRINT_UNROLL
    for (int j = 0; j < 8; j++) sums[j] = *(const vec8 *)(target + j * OFFPRINT_LANES);
    long origin = p->x_origin + tap_x, from, to;
    NAMED(inside)(origin, p->step, p->places, p->width, &from, &to);
    for (; row < row_end; row++) {
        const float *x = p->x + (row * p->step + p->y_origin + tap_y) * p->x_row + origin * OFFPRINT_LANES + unit;
        const float *dy = gradient + row * p->y_row + unit;
        for (long i = from; i < to; i++) {
            vec8 right = *(const vec8 *)(dy + i * OFFPRINT_LANES);
            const float *pixel = x + i * p->step * OFFPRINT_LANES;
            OFFPRINT_UNROLL
            for (int j = 0; j < 8; j++) sums[j] = FMA16((vec8)(pixel[j] - (vec8){}), right, sums[j]);
        }
    }
    OFFPRINT_UNROLL
    for (int j = 0; j < 8; j++) *(vec8 *)(target + j * OFFPRINT_LANES) = sums[j];
}

// All taps of the tap rows [tap_y, tap_y + rows) over the places of the rows [row, row_end).
OFFPRINT_INLINE void NAMED(packed_tap_rows)(
    const int rows, const offprint_channel_band *p, const float *gradient, float *weights, long row, long row_end,
    long tap_y, int unit
) {
    if (row >= row_end) return;
    long parts = (p->taps_x + 3) / 4;
    for (long part = 0, tap_x = 0; part < parts; part++) {
        long taps = (p->taps_x - tap_x) / (parts - part);
#define OFFPRINT_PACKED_TAPS(taps)                                                                         \
    case taps: NAMED(packed_sums)(rows, taps, p, gradient, weights, row, row_end, tap_y, tap_x, unit); break;
        switch (taps) {
            OFFPRINT_PACKED_TAPS(1)
            OFFPRINT_PACKED_TAPS(2)
            OFFPRINT_PACKED_TAPS(3)
            OFFPRINT_PACKED_TAPS(4)
        }
#undef OFFPRINT_PACKED_TAPS
        tap_x += taps;
    }
}

static __attribute__((noinline)) void NAMED(packed_weights_sliding)(
    const offprint_channel_band *p, const float *gradient, float *weights
) {
    long parts = (p->taps_y + 2) / 3;
    for (int unit = 0; unit < OFFPRINT_LANES; unit += 8) {
        for (long part = 0, tap_y = 0; part < parts; part++) {
            long rows = (p->taps_y - tap_y) / (parts - part);
            // Each tap row has its own rows of places; those of all of them lie in the middle.
            long from[3], to[3], first = 0, last = p->rows;
            for (long r = 0; r < rows; r++) {
                NAMED(inside)(p->y_origin + tap_y + r, 1, p->rows, p->height, &from[r], &to[r]);
                first = NAMED(larger)(first, from[r]);
                last = NAMED(smaller)(last, to[r]);
            }
            last = NAMED(larger)(first, last);
            for (long r = 0; r < rows; r++) {
                NAMED(packed_tap_rows)(1, p, gradient, weights, from[r], NAMED(smaller)(first, to[r]), tap_y + r, unit);
            }
            if (rows == 3) NAMED(packed_tap_rows)(3, p, gradient, weights, first, last, tap_y, unit);
            else if (rows == 2) NAMED(packed_tap_rows)(2, p, gradient, weights, first, last, tap_y, unit);
            else NAMED(packed_tap_rows)(1, p, gradient, weights, first, last, tap_y, unit);
            for (long r = 0; r < rows; r++) {
                NAMED(packed_tap_rows)(1, p, gradient, weights, NAMED(larger)(last, from[r]), to[r], tap_y + r, unit);
            }
            tap_y += rows;
        }
    }
}

static __attribute__((noinline)) void NAMED(packed_weights_apart)(
    const offprint_channel_band *p, const float *gradient, float *weights
) {
    for (int unit = 0; unit < OFFPRINT_LANES; unit += 8) {
        for (long tap_y = 0; tap_y < p->taps_y; tap_y++) {
            long from, to;
            NAMED(inside)(p->y_origin + tap_y, p->step, p->rows, p->height, &from, &to);
            for (long tap_x = 0; tap_x < p->taps_x; tap_x++) {
                NAMED(packed_sums_apart)(p, gradient, weights, from, to, tap_y, tap_x, unit);
            }
        }
    }
}

static void NAMED(packed_band_weights)(const offprint_channel_band *p, const float *gradient, float *weights) {
    if (p->group == 8) NAMED(packed_weights_apart)(p, gradient, weights);
    else if (p->group == 1 && p->step == 1) NAMED(packed_weights_sliding)(p, gradient, weights);
    else NAMED(channel_band_weights)(p, gradient, weights);
}
#else
// The tiles of channel_sums.h and channel_weights.h fit these registers, packed or not.
static void NAMED(packed_band)(const offprint_channel_band *p) { NAMED(channel_band)(p); }
static void NAMED(packed_band_weights)(const offprint_channel_band *p, const float *gradient, float *weights) {
    NAMED(channel_band_weights)(p, gradient, weights);
}
#endif
