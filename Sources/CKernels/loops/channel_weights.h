// The weight gradient of convolutions whose groups have 1, 2, 4 or 8 channels.
// Goals, in this order: one order of operations everywhere (each weight sums over rows and places in ascending
// order); the sums of neighbouring taps in registers while the places pass; few loads for each multiply-add.

// Output gradients in registers at a time.
#if OFFPRINT_PLACES >= 8
#define OFFPRINT_WEIGHT_PLACES 4
#else
#define OFFPRINT_WEIGHT_PLACES 1
#endif
// Places that pass before the next channels have their turn, where the sums are few.
#define OFFPRINT_WEIGHT_RUN 16

// Adds `places` places to the sums of `rows` x `taps` taps. The source column of the first place's first tap is
// `column`, at `x`; `checked`: some of the columns lie outside of the image.
OFFPRINT_INLINE void NAMED(channel_weight_places)(
    const int places, const int rows, const int taps, const int step, const int group, const int multiplier,
    const int checked, const int whole, const offprint_channel_band *p, const float *x, long column,
    const float *gradient, long c, long lanes, vec16 *sums
) {
    vec16 dy[OFFPRINT_WEIGHT_PLACES];
    OFFPRINT_UNROLL
    for (int i = 0; i < places; i++) dy[i] = NAMED(load_lanes)(whole, gradient + i * p->y_place, lanes);
    const int width = (places - 1) * step + taps;
    OFFPRINT_UNROLL
    for (int r = 0; r < rows; r++) {
        // Three columns lie at one address and its distance from the next pixel.
        const float *thirds[(OFFPRINT_WEIGHT_PLACES + 7) / 3 + 1];
        thirds[0] = x + r * p->x_row;
        OFFPRINT_OPAQUE(thirds[0]);
        OFFPRINT_UNROLL
        for (int i = 1; i * 3 < width; i++) {
            thirds[i] = thirds[i - 1] + 3 * p->x_pixel;
            OFFPRINT_OPAQUE(thirds[i]);
        }
        OFFPRINT_UNROLL
        for (int q = 0; q < width; q++) {
            if (checked && !NAMED(exists)(column + q, p->width)) continue;
            const float *from = thirds[q / 3] + q % 3 * p->x_pixel;
            vec16 values = NAMED(load_source)(whole, multiplier, p, from, c, lanes);
            OFFPRINT_UNROLL
            for (int j = 0; j < group; j++) {
                vec16 value = NAMED(spread)(values, group, j);
                OFFPRINT_UNROLL
                for (int t = 0; t < taps; t++) {
                    if (q < t || (q - t) % step != 0 || (q - t) / step >= places) continue;
                    vec16 *sum = &sums[(r * taps + t) * group + j];
                    *sum = FMA16(value, dy[(q - t) / step], *sum);
                }
            }
        }
    }
}

// The sums of `rows` x `taps` taps from (tap_y, tap_x) on over the places [from, to) of a row. A `step` of 0 stands
// for any.
OFFPRINT_INLINE void NAMED(channel_taps)(
    const int rows, const int taps, const int step, const int group, const int multiplier, const int whole,
    const offprint_channel_band *p, const float *gradient, float *weights, long row, long from, long to, long tap_y,
    long tap_x, long c, long lanes
) {
    enum { PLACES = OFFPRINT_WEIGHT_PLACES };
    vec16 sums[3 * 8];
    float *target = weights + c / OFFPRINT_LANES * p->w_block + tap_y * p->w_row + tap_x * p->w_tap;
#define OFFPRINT_FOR_EACH_SUM(statement)                                                                   \
    OFFPRINT_UNROLL                                                                                        \
    for (int r = 0; r < rows; r++) {                                                                       \
        OFFPRINT_UNROLL                                                                                    \
        for (int t = 0; t < taps; t++) {                                                                   \
            OFFPRINT_UNROLL                                                                                \
            for (int j = 0; j < group; j++) {                                                              \
                float *at = target + r * p->w_row + t * p->w_tap + j * p->w_channel;                        \
                vec16 *sum = &sums[(r * taps + t) * group + j];                                            \
                statement;                                                                                 \
            }                                                                                              \
        }                                                                                                  \
    }
    OFFPRINT_FOR_EACH_SUM(*sum = NAMED(load_lanes)(whole, at, lanes))
    const float *dy = gradient + row * p->y_row + from * p->y_place + c;
    long column = from * p->step + p->x_origin + tap_x;
    const float *x = p->x + (row * p->step + p->y_origin + tap_y) * p->x_row + column * p->x_pixel;
    long i = from;
#define OFFPRINT_ADD_PLACES(places)                                                                        \
    for (; i + (places) <= to; i += (places)) {                                                            \
        if (column >= 0 && column + ((places) - 1) * p->step + taps <= p->width) {                         \
            NAMED(channel_weight_places)(places, rows, taps, step ? step : 1, group, multiplier, 0, whole, \
                                         p, x, column, dy, c, lanes, sums);                                \
        } else {                                                                                           \
            NAMED(channel_weight_places)(places, rows, taps, step ? step : 1, group, multiplier, 1, whole, \
                                         p, x, column, dy, c, lanes, sums);                                \
        }                                                                                                  \
        column += (places) * p->step;                                                                      \
        x += (places) * p->step * p->x_pixel;                                                              \
        dy += (places) * p->y_place;                                                                       \
    }
    if (step && PLACES > 1) { OFFPRINT_ADD_PLACES(PLACES) }
    OFFPRINT_ADD_PLACES(1)
#undef OFFPRINT_ADD_PLACES
    OFFPRINT_FOR_EACH_SUM(NAMED(store_lanes)(whole, at, *sum, lanes))
#undef OFFPRINT_FOR_EACH_SUM
}

// The taps [tap_y, tap_end) of all columns, over the places [from, to) of a row. How many taps share a pass does not
// change the order of any sum.
OFFPRINT_INLINE void NAMED(channel_weights_of)(
    const int step, const int group, const int multiplier, const int whole, const offprint_channel_band *p,
    const float *gradient, float *weights, long row, long from, long to, long tap_y, long tap_end, long c, long lanes
) {
#define OFFPRINT_TAPS(rows, taps)                                                                          \
    for (; tap_x + (taps) <= p->taps_x; tap_x += (taps)) {                                                 \
        NAMED(channel_taps)(rows, taps, step, group, multiplier, whole, p, gradient, weights, row, from,   \
                            to, tap_y, tap_x, c, lanes);                                                   \
    }
#if OFFPRINT_PLACES >= 8
    const int together = whole && group == 1 && multiplier;
    if (together && (p->taps_x == 3 || (step == 1 && p->taps_x >= 5))) {
        for (; tap_y + 3 <= tap_end; tap_y += 3) {
            long tap_x = 0;
            if (step == 1 && multiplier == 1) {
                OFFPRINT_TAPS(3, 7)
                OFFPRINT_TAPS(3, 5)
            }
            OFFPRINT_TAPS(3, 3)
            for (; tap_x < p->taps_x; tap_x++) {
                for (int r = 0; r < 3; r++) {
                    NAMED(channel_taps)(1, 1, 0, group, multiplier, whole, p, gradient, weights, row, from, to,
                                        tap_y + r, tap_x, c, lanes);
                }
            }
        }
        if (p->taps_x == 3 && tap_y + 2 <= tap_end) {
            long tap_x = 0;
            OFFPRINT_TAPS(2, 3)
            tap_y += 2;
        }
    }
#endif
    for (; tap_y < tap_end; tap_y++) {
        long tap_x = 0;
        if (OFFPRINT_PLACES > 1 && whole && multiplier && group <= (OFFPRINT_PLACES >= 8 ? 8 : 2)) {
            OFFPRINT_TAPS(1, 3)
        }
        OFFPRINT_TAPS(1, 1)
    }
#undef OFFPRINT_TAPS
}

// Asks for the part that belongs to the channels from `c` on of what the next row will be the first to read at the places
// [from, to): its gradient and its lowest source rows. A run of places takes one vector of channels of each pixel before the
// next, lines that lie apart, which the processor's own prefetching follows badly. Into the second cache; may ask past the end.
OFFPRINT_INLINE void NAMED(ask_for_next_row)(
    const offprint_channel_band *p, const float *gradient, long row, long from, long to, long c
) {
    const long pixels = (to - from) * p->step, each = p->x_pixel * pixels / p->channels * OFFPRINT_LANES;
    const long below = (row * p->step + p->y_origin + p->taps_y) * p->x_row + from * p->step * p->x_pixel;
    const unsigned long dy = (unsigned long)gradient
        + sizeof(float) * (unsigned long)((row + 1) * p->y_row + from * p->y_place + c * (to - from));
    const unsigned long x = (unsigned long)p->x
        + sizeof(float) * (unsigned long)(below + c / OFFPRINT_LANES * each + p->ahead);
    for (long i = 0; i < to - from; i++) __builtin_prefetch((const void *)(dy + 64 * (unsigned long)i), 0, 2);
    for (long s = 0; s < p->step; s++) {
        const unsigned long line = x + sizeof(float) * (unsigned long)(s * p->x_row);
        for (long i = 0; i < each; i += OFFPRINT_LANES) {
            __builtin_prefetch((const void *)(line + sizeof(float) * (unsigned long)i), 0, 2);
        }
    }
}

OFFPRINT_INLINE void NAMED(channel_weights)(
    const int step, const int group, const int multiplier, const offprint_channel_band *p, const float *gradient,
    float *weights
) {
    // The sums of large kernels are too many to move them for a few places.
    long run = p->taps_y * p->taps_x > 9 ? p->places : OFFPRINT_WEIGHT_RUN;
    for (long row = 0; row < p->rows; row++) {
        long source = row * p->step + p->y_origin;
        long tap_y = source < 0 ? -source : 0, tap_end = p->height - source < p->taps_y ? p->height - source : p->taps_y;
        for (long from = 0; from < p->places; from += run) {
            long to = from + run < p->places ? from + run : p->places, c = 0;
            for (; c + OFFPRINT_LANES <= p->channels; c += OFFPRINT_LANES) {
                if (p->far) NAMED(ask_for_next_row)(p, gradient, row, from, to, c);
                NAMED(channel_weights_of)(step, group, multiplier, 1, p, gradient, weights, row, from, to, tap_y,
                                          tap_end, c, OFFPRINT_LANES);
            }
            if (c < p->channels) {
                NAMED(channel_weights_of)(0, group, multiplier, 0, p, gradient, weights, row, from, to, tap_y,
                                          tap_end, c, p->channels - c);
            }
        }
    }
}

// One copy for each kind of groups; `sliding`: neighbouring places share the source columns at a step of 1.
#define OFFPRINT_CHANNEL_WEIGHTS(name, group, multiplier, sliding)                                         \
    static __attribute__((noinline)) void NAMED(channel_weights_##name)(                                   \
        const offprint_channel_band *band, const float *gradient, float *weights                           \
    ) {                                                                                                    \
        /* A copy that no store can reach stays in registers. */                                           \
        const offprint_channel_band copy = *band, *p = &copy;                                              \
        if (sliding && p->step == 1) NAMED(channel_weights)(1, group, multiplier, p, gradient, weights);   \
        else NAMED(channel_weights)(0, group, multiplier, p, gradient, weights);                           \
    }
OFFPRINT_CHANNEL_WEIGHTS(single, 1, 1, 1)
OFFPRINT_CHANNEL_WEIGHTS(doubled, 1, 2, 0)
OFFPRINT_CHANNEL_WEIGHTS(multiplied, 1, 0, 0)
OFFPRINT_CHANNEL_WEIGHTS(pairs, 2, 1, 1)
OFFPRINT_CHANNEL_WEIGHTS(fours, 4, 1, 1)
OFFPRINT_CHANNEL_WEIGHTS(eights, 8, 1, 1)
#undef OFFPRINT_CHANNEL_WEIGHTS

static void NAMED(channel_band_weights)(const offprint_channel_band *p, const float *gradient, float *weights) {
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
    long i = 0;
    if (multiplier == 2) {
        for (; i + OFFPRINT_LANES <= count; i += OFFPRINT_LANES) {
            vec16 a = *(const vec16 *)(source + 2 * i), b = *(const vec16 *)(source + 2 * i + OFFPRINT_LANES);
            *(vec16 *)(out + i) =
                __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
                + __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
        }
    }
    for (; i < count; i++) {
        float sum = source[i * multiplier];
        for (long j = 1; j < multiplier; j++) sum += source[i * multiplier + j];
        out[i] = sum;
    }
}
