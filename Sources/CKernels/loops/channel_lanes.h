// What the loops of convolutions with small groups share: lanes are channels, and each lane meets the channels of
// its group.

#include "lanes.h"

// Channel `j` of each group of `group` lanes, in all lanes of the group.
OFFPRINT_INLINE vec16 NAMED(spread)(vec16 x, const int group, const int j) {
#define OFFPRINT_SPREAD(g, j)                                                                              \
    case (g) * 8 + (j):                                                                                    \
        return __builtin_shufflevector(                                                                    \
            x, x, 0 / (g) * (g) + (j), 1 / (g) * (g) + (j), 2 / (g) * (g) + (j), 3 / (g) * (g) + (j),      \
            4 / (g) * (g) + (j), 5 / (g) * (g) + (j), 6 / (g) * (g) + (j), 7 / (g) * (g) + (j),            \
            8 / (g) * (g) + (j), 9 / (g) * (g) + (j), 10 / (g) * (g) + (j), 11 / (g) * (g) + (j),          \
            12 / (g) * (g) + (j), 13 / (g) * (g) + (j), 14 / (g) * (g) + (j), 15 / (g) * (g) + (j));
    switch (group * 8 + j) {
        OFFPRINT_SPREAD(2, 0)
        OFFPRINT_SPREAD(2, 1)
        OFFPRINT_SPREAD(4, 0)
        OFFPRINT_SPREAD(4, 1)
        OFFPRINT_SPREAD(4, 2)
        OFFPRINT_SPREAD(4, 3)
        OFFPRINT_SPREAD(8, 0)
        OFFPRINT_SPREAD(8, 1)
        OFFPRINT_SPREAD(8, 2)
        OFFPRINT_SPREAD(8, 3)
        OFFPRINT_SPREAD(8, 4)
        OFFPRINT_SPREAD(8, 5)
        OFFPRINT_SPREAD(8, 6)
        OFFPRINT_SPREAD(8, 7)
    }
#undef OFFPRINT_SPREAD
    return x;
}

OFFPRINT_INLINE vec16 NAMED(load_lanes)(const int whole, const float *from, long lanes) {
    if (whole) return *(const vec16 *)from;
    vec16 values = {};
    for (long i = 0; i < lanes; i++) values[i] = from[i];
    return values;
}

OFFPRINT_INLINE void NAMED(store_lanes)(const int whole, float *to, vec16 values, long lanes) {
    if (whole) {
        *(vec16 *)to = values;
    } else {
        for (long i = 0; i < lanes; i++) to[i] = values[i];
    }
}

// The source values of lanes [c, c + lanes) at the pixel `x`. `multiplier` 0 stands for any.
OFFPRINT_INLINE vec16 NAMED(load_source)(
    const int whole, const int multiplier, const offprint_channel_band *p, const float *x, long c, long lanes
) {
    if (multiplier == 1) return NAMED(load_lanes)(whole, x + c, lanes);
    if (multiplier == 2 && whole) {
        vec8 half = *(const vec8 *)(x + c / 2);
        return __builtin_shufflevector(half, half, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    }
    vec16 values = {};
    x += c / p->multiplier;
    long copies = p->multiplier - c % p->multiplier;
    for (long i = 0; i < lanes; i++) {
        values[i] = *x;
        if (--copies == 0) {
            copies = p->multiplier;
            x++;
        }
    }
    return values;
}

// Whether a pixel of this row or column exists.
OFFPRINT_INLINE int NAMED(exists)(long at, long extent) { return (unsigned long)at < (unsigned long)extent; }

// The first of `count` steps from `origin` on that lies in [0, extent), and the one after the last.
OFFPRINT_INLINE void NAMED(inside)(long origin, long step, long count, long extent, long *from, long *to) {
    *from = origin < 0 ? (-origin + step - 1) / step : 0;
    *to = origin < extent ? NAMED(smaller)(count, (extent - origin + step - 1) / step) : 0;
}
