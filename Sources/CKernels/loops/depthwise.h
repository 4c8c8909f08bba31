// Convolutions whose groups have 1, 2, 4 or 8 channels: lanes are channels, the taps follow each other.
// Goals, in this order: one order of operations everywhere (ascending taps, then the channels of the group); each
// source value loaded once for each tap row it takes part in; no copies of the images.
//
// OFFPRINT_PLACES accumulators stay in registers, one for each of as many places of a row.

typedef float NAMED(vec8) __attribute__((vector_size(32), aligned(4)));

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
    const int whole, const int multiplier, const offprint_channel_row *p, const float *x, long c, long lanes
) {
    if (multiplier == 1) return NAMED(load_lanes)(whole, x + c, lanes);
    if (multiplier == 2 && whole) {
        NAMED(vec8) half = *(const NAMED(vec8) *)(x + c / 2);
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

// Which places have all their taps [first, first + taps) inside of the row.
OFFPRINT_INLINE void NAMED(inside)(const offprint_channel_row *p, long first, long taps, long *from, long *to) {
    long low = -(p->origin + first), high = p->width - taps - (p->origin + first);
    *from = low <= 0 ? 0 : (low + p->step - 1) / p->step;
    *to = high < 0 ? 0 : high / p->step + 1;
    if (*from > p->places) *from = p->places;
    if (*to > p->places) *to = p->places;
    if (*to < *from) *to = *from;
}

// `places` neighbouring places from `place` on; tap columns [tap_from, tap_to) of each lie inside of the row.
OFFPRINT_INLINE void NAMED(channel_places)(
    const int places, const int group, const int multiplier, const int whole, const offprint_channel_row *p,
    long place, long tap_from, long tap_to, long c, long lanes
) {
    vec16 sums[OFFPRINT_PLACES];
    vec16 start = p->start ? NAMED(load_lanes)(whole, p->start + c, lanes) : (vec16){};
    OFFPRINT_UNROLL
    for (int i = 0; i < places; i++) sums[i] = start;
    long apart = p->step * p->x_pixel;
    for (long tap_y = 0; tap_y < p->taps_y; tap_y++) {
        const float *x = p->x + tap_y * p->x_row + (place * p->step + p->origin + tap_from) * p->x_pixel;
        const float *w = p->w + tap_y * p->w_row + tap_from * p->w_tap + c;
        for (long tap_x = tap_from; tap_x < tap_to; tap_x++) {
            vec16 values[OFFPRINT_PLACES];
            OFFPRINT_UNROLL
            for (int i = 0; i < places; i++) {
                values[i] = NAMED(load_source)(whole, multiplier, p, x + i * apart, c, lanes);
            }
            OFFPRINT_UNROLL
            for (int j = 0; j < group; j++) {
                vec16 weight = NAMED(load_lanes)(whole, w + j * p->channels, lanes);
                OFFPRINT_UNROLL
                for (int i = 0; i < places; i++) {
                    sums[i] = FMA16(NAMED(spread)(values[i], group, j), weight, sums[i]);
                }
            }
            x += p->x_pixel;
            w += p->w_tap;
        }
    }
    OFFPRINT_UNROLL
    for (int i = 0; i < places; i++) {
        NAMED(store_lanes)(whole, p->y + (place + i) * p->y_place + c, sums[i], lanes);
    }
}

OFFPRINT_INLINE void NAMED(channel_row_of)(
    const int group, const int multiplier, const int whole, const offprint_channel_row *p, long c, long lanes
) {
    long from, to;
    NAMED(inside)(p, 0, p->taps_x, &from, &to);
    for (long i = 0; i < p->places; i++) {
        if (i == from) {
            for (; i + OFFPRINT_PLACES <= to; i += OFFPRINT_PLACES) {
                NAMED(channel_places)(OFFPRINT_PLACES, group, multiplier, whole, p, i, 0, p->taps_x, c, lanes);
            }
            if (i == p->places) break;
        }
        long x = i * p->step + p->origin;
        long tap_from = x < 0 ? -x : 0, tap_to = p->width - x < p->taps_x ? p->width - x : p->taps_x;
        if (tap_from > p->taps_x) tap_from = p->taps_x;
        if (tap_to < tap_from) tap_to = tap_from;
        NAMED(channel_places)(1, group, multiplier, whole, p, i, tap_from, tap_to, c, lanes);
    }
}

// The sums of `rows` x `taps` taps from (tap_y, tap_x) on, over the places of the row in ascending order.
OFFPRINT_INLINE void NAMED(channel_taps)(
    const int rows, const int taps, const int group, const int multiplier, const int whole,
    const offprint_channel_row *p, const float *gradient, float *weights, long tap_y, long tap_x, long c, long lanes
) {
    vec16 sums[3 * 8];
    float *target = weights + tap_y * p->w_row + tap_x * p->w_tap + c;
    OFFPRINT_UNROLL
    for (int r = 0; r < rows; r++) {
        OFFPRINT_UNROLL
        for (int t = 0; t < taps; t++) {
            OFFPRINT_UNROLL
            for (int j = 0; j < group; j++) {
                sums[(r * taps + t) * group + j] = NAMED(load_lanes)(
                    whole, target + r * p->w_row + t * p->w_tap + j * p->channels, lanes);
            }
        }
    }
    long from, to;
    NAMED(inside)(p, tap_x, taps, &from, &to);
    const float *x_row = p->x + tap_y * p->x_row;
#define OFFPRINT_ADD_PLACE(checked)                                                                        \
    {                                                                                                      \
        vec16 dy = NAMED(load_lanes)(whole, gradient + i * p->y_place + c, lanes);                         \
        long column = i * p->step + p->origin + tap_x;                                                     \
        OFFPRINT_UNROLL                                                                                    \
        for (int r = 0; r < rows; r++) {                                                                   \
            OFFPRINT_UNROLL                                                                                \
            for (int t = 0; t < taps; t++) {                                                               \
                if (checked && (column + t < 0 || column + t >= p->width)) continue;                       \
                vec16 x = NAMED(load_source)(                                                              \
                    whole, multiplier, p, x_row + r * p->x_row + (column + t) * p->x_pixel, c, lanes);     \
                OFFPRINT_UNROLL                                                                            \
                for (int j = 0; j < group; j++) {                                                          \
                    vec16 *sum = &sums[(r * taps + t) * group + j];                                        \
                    *sum = FMA16(NAMED(spread)(x, group, j), dy, *sum);                                    \
                }                                                                                          \
            }                                                                                              \
        }                                                                                                  \
    }
    long i = 0;
    for (; i < from; i++) OFFPRINT_ADD_PLACE(1)
    for (; i < to; i++) OFFPRINT_ADD_PLACE(0)
    for (; i < p->places; i++) OFFPRINT_ADD_PLACE(1)
#undef OFFPRINT_ADD_PLACE
    OFFPRINT_UNROLL
    for (int r = 0; r < rows; r++) {
        OFFPRINT_UNROLL
        for (int t = 0; t < taps; t++) {
            OFFPRINT_UNROLL
            for (int j = 0; j < group; j++) {
                NAMED(store_lanes)(whole, target + r * p->w_row + t * p->w_tap + j * p->channels,
                                   sums[(r * taps + t) * group + j], lanes);
            }
        }
    }
}

OFFPRINT_INLINE void NAMED(channel_weights_of)(
    const int group, const int multiplier, const int whole, const offprint_channel_row *p, const float *gradient,
    float *weights, long c, long lanes
) {
    // How many taps share a pass does not change the order of any sum.
    if (OFFPRINT_PLACES > 1 && group == 1 && multiplier > 0 && p->taps_y == 3 && p->taps_x == 3) {
        NAMED(channel_taps)(3, 3, group, multiplier, whole, p, gradient, weights, 0, 0, c, lanes);
        return;
    }
    for (long tap_y = 0; tap_y < p->taps_y; tap_y++) {
        long tap_x = 0;
        if (OFFPRINT_PLACES > 1 && group <= 4) {
            for (; tap_x + 3 <= p->taps_x; tap_x += 3) {
                NAMED(channel_taps)(1, 3, group, multiplier, whole, p, gradient, weights, tap_y, tap_x, c, lanes);
            }
        }
        for (; tap_x < p->taps_x; tap_x++) {
            NAMED(channel_taps)(1, 1, group, multiplier, whole, p, gradient, weights, tap_y, tap_x, c, lanes);
        }
    }
}

// One copy of both loops for each kind of groups.
#define OFFPRINT_CHANNEL_LOOPS(name, group, multiplier)                                                    \
    static __attribute__((noinline)) void NAMED(channel_row_##name)(const offprint_channel_row *p) {       \
        long c = 0;                                                                                        \
        for (; c + OFFPRINT_LANES <= p->channels; c += OFFPRINT_LANES) {                                   \
            NAMED(channel_row_of)(group, multiplier, 1, p, c, OFFPRINT_LANES);                             \
        }                                                                                                  \
        if (c < p->channels) NAMED(channel_row_of)(group, multiplier, 0, p, c, p->channels - c);           \
    }                                                                                                      \
    static __attribute__((noinline)) void NAMED(channel_weights_##name)(                                   \
        const offprint_channel_row *p, const float *gradient, float *weights                               \
    ) {                                                                                                    \
        long c = 0;                                                                                        \
        for (; c + OFFPRINT_LANES <= p->channels; c += OFFPRINT_LANES) {                                   \
            NAMED(channel_weights_of)(group, multiplier, 1, p, gradient, weights, c, OFFPRINT_LANES);      \
        }                                                                                                  \
        if (c < p->channels) {                                                                             \
            NAMED(channel_weights_of)(group, multiplier, 0, p, gradient, weights, c, p->channels - c);     \
        }                                                                                                  \
    }
OFFPRINT_CHANNEL_LOOPS(single, 1, 1)
OFFPRINT_CHANNEL_LOOPS(doubled, 1, 2)
OFFPRINT_CHANNEL_LOOPS(multiplied, 1, 0)
OFFPRINT_CHANNEL_LOOPS(pairs, 2, 1)
OFFPRINT_CHANNEL_LOOPS(fours, 4, 1)
OFFPRINT_CHANNEL_LOOPS(eights, 8, 1)
#undef OFFPRINT_CHANNEL_LOOPS

static void NAMED(channel_row)(const offprint_channel_row *p) {
    switch (p->group) {
    case 2: NAMED(channel_row_pairs)(p); break;
    case 4: NAMED(channel_row_fours)(p); break;
    case 8: NAMED(channel_row_eights)(p); break;
    default:
        if (p->multiplier == 1) NAMED(channel_row_single)(p);
        else if (p->multiplier == 2) NAMED(channel_row_doubled)(p);
        else NAMED(channel_row_multiplied)(p);
    }
}

static void NAMED(channel_row_weights)(const offprint_channel_row *p, const float *gradient, float *weights) {
    switch (p->group) {
    case 2: NAMED(channel_weights_pairs)(p, gradient, weights); break;
    case 4: NAMED(channel_weights_fours)(p, gradient, weights); break;
    case 8: NAMED(channel_weights_eights)(p, gradient, weights); break;
    default:
        if (p->multiplier == 1) NAMED(channel_weights_single)(p, gradient, weights);
        else if (p->multiplier == 2) NAMED(channel_weights_doubled)(p, gradient, weights);
        else NAMED(channel_weights_multiplied)(p, gradient, weights);
    }
}

static void NAMED(fold_channels)(long count, long multiplier, const float *source, float *out) {
    for (long i = 0; i < count; i++) {
        float sum = source[i * multiplier];
        for (long j = 1; j < multiplier; j++) sum += source[i * multiplier + j];
        out[i] = sum;
    }
}
