// Loops around the Fourier transforms of convolutions. See include/fourier_kernels.h for the contracts.
// Goals, in this order: whole vectors of 16 floats everywhere but at the images' own edges; one pass over the data.
//
// Two neighbouring lanes are one complex number. Multiplication by i exchanges them and negates the first.

#include "complex_product.h"

OFFPRINT_INLINE vec16 NAMED(exchange)(vec16 x) {
    return __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
}
OFFPRINT_INLINE vec16 NAMED(real_lanes)(vec16 x) {
    return __builtin_shufflevector(x, x, 0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14);
}
OFFPRINT_INLINE vec16 NAMED(imaginary_lanes)(vec16 x) {
    return __builtin_shufflevector(x, x, 1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15);
}
#define ODD_SIGNS16                                                                                         \
    ((vec16)(ivec16){0, (int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000,        \
                     0, (int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000})
#define EVEN_SIGNS16                                                                                        \
    ((vec16)(ivec16){(int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000, 0,        \
                     (int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000, 0, (int)0x80000000, 0})
#define FLIP16(x, signs) ((vec16)((ivec16)(x) ^ (ivec16)(signs)))
#define CONJUGATE16(x) FLIP16(x, ODD_SIGNS16)
#define TIMES_I16(x) FLIP16(NAMED(exchange)(x), EVEN_SIGNS16)

OFFPRINT_INLINE vec16 NAMED(complex_times)(vec16 a, vec16 b) {
    return FMA16(NAMED(real_lanes)(a), b, NAMED(imaginary_lanes)(a) * TIMES_I16(b));
}

// MARK: Images and kernels

OFFPRINT_INLINE void NAMED(load_tile_of)(const int whole, const offprint_tile *t, const float *image, float *out) {
    // The columns of the tile whose positions exist.
    long first = NAMED(larger)(0, NAMED(smaller)(t->from_x - t->left, t->columns));
    long last = NAMED(larger)(first, NAMED(smaller)(t->to_x - t->left, t->columns));
    for (long y = 0; y < t->rows; y++) {
        float *to = out + y * t->row;
        long at = y + t->top;
        if (at < t->from_y || at >= t->to_y) {
            for (long x = 0; x < t->columns; x++) *(vec16 *)(to + x * OFFPRINT_SIGNALS) = (vec16){};
            continue;
        }
        for (long x = 0; x < first; x++) *(vec16 *)(to + x * OFFPRINT_SIGNALS) = (vec16){};
        const float *from = image + at * t->image_row + (t->left + first) * t->pixel;
        for (long x = first; x < last; x++, from += t->pixel) {
            vec16 v = {};
            NAMED(load)(&v, from, whole ? OFFPRINT_LANES : t->lanes);
            *(vec16 *)(to + x * OFFPRINT_SIGNALS) = v;
        }
        for (long x = last; x < t->columns; x++) *(vec16 *)(to + x * OFFPRINT_SIGNALS) = (vec16){};
    }
}

static void NAMED(load_tile)(const offprint_tile *t, const float *image, float *out) {
    if (t->lanes == OFFPRINT_LANES) NAMED(load_tile_of)(1, t, image, out);
    else NAMED(load_tile_of)(0, t, image, out);
}

static void NAMED(store_tile)(const offprint_tile *t, const float *points, const float *bias, float *image) {
    vec16 start = {};
    if (bias) NAMED(load)(&start, bias, t->lanes);
    long first = NAMED(larger)(0, t->from_x - t->left), last = NAMED(smaller)(t->to_x - t->left, t->columns);
    for (long y = NAMED(larger)(0, t->from_y - t->top); y < NAMED(smaller)(t->to_y - t->top, t->rows); y++) {
        const float *from = points + y * t->row;
        float *to = image + (t->top + y) * t->image_row + (t->left + first) * t->pixel;
        for (long x = first; x < last; x++, to += t->pixel) {
            vec16 v = start + *(const vec16 *)(from + x * OFFPRINT_SIGNALS);
            NAMED(store)(to, &v, t->lanes);
        }
    }
}

static void NAMED(load_taps)(
    const offprint_taps *t, offprint_tap_kind kind, const float *first, const float *second, float *out
) {
    vec16 half = SPLAT16(0.5f * t->scale);
    for (long r = 0; r < t->taps_y; r++) {
        float *to = out + (t->reversed ? t->taps_y - 1 - r : r) * t->row;
        for (long s = 0; s < t->taps_x; s++) {
            vec16 z = {}, other = {};
            NAMED(load)(&z, first + r * t->tap_row + s * t->tap, t->lanes);
            switch (kind) {
            case OFFPRINT_TAPS_PAIR:
            case OFFPRINT_TAPS_MIRROR:
                if (second) NAMED(load)(&other, second + r * t->tap_row + s * t->tap, t->lanes);
                z = kind == OFFPRINT_TAPS_PAIR ? z - TIMES_I16(other) : z + TIMES_I16(other);
                break;
            case OFFPRINT_TAPS_SUM:
            case OFFPRINT_TAPS_DIFFERENCE:
                other = NAMED(exchange)(z);
                z = kind == OFFPRINT_TAPS_SUM ? z + other : z - other;
                z = __builtin_shufflevector(
                    z, (vec16){}, 0, 16, 2, 16, 4, 16, 6, 16, 8, 16, 10, 16, 12, 16, 14, 16);
                break;
            }
            *(vec16 *)(to + (t->reversed ? t->taps_x - 1 - s : s) * OFFPRINT_SIGNALS) = half * z;
        }
        for (long x = t->taps_x; x < t->columns; x++) *(vec16 *)(to + x * OFFPRINT_SIGNALS) = (vec16){};
    }
}

static void NAMED(store_taps)(
    const offprint_taps *t, const float *pair, const float *mirror, float *first, float *second
) {
    vec16 scale = SPLAT16(mirror ? 0.5f * t->scale : t->scale);
    for (long r = 0; r < t->taps_y; r++) {
        long row = (t->reversed ? t->taps_y - 1 - r : r) * t->row;
        for (long s = 0; s < t->taps_x; s++) {
            long point = row + (t->reversed ? t->taps_x - 1 - s : s) * OFFPRINT_SIGNALS;
            long tap = r * t->tap_row + s * t->tap;
            vec16 p = *(const vec16 *)(pair + point), m = {};
            if (mirror) m = *(const vec16 *)(mirror + point);
            vec16 one = scale * (p + m);
            NAMED(store)(first + tap, &one, t->lanes);
            if (second) {
                vec16 two = scale * TIMES_I16(m - p);
                NAMED(store)(second + tap, &two, t->lanes);
            }
        }
    }
}

// MARK: Butterflies

// x times the complex number whose real part fills `real`, and whose imaginary part fills `imaginary` with the signs
// -, +.
OFFPRINT_INLINE vec16 NAMED(turn)(vec16 x, vec16 real, vec16 imaginary) {
    return FMA16(real, x, imaginary * NAMED(exchange)(x));
}

OFFPRINT_INLINE void NAMED(butterflies_of)(const int radix, const int before, const offprint_butterflies *b, float *data) {
    const float *w = b->twiddles;
    long far = b->count * b->step;
    // exp(sign * 2 pi i / 3) = -1/2 + sign * i sqrt(3) / 2.
    vec16 half = SPLAT16(-0.5f), root = SPLAT16(0.866025403784438647f * b->sign);
    // One twiddle factor serves all transforms.
    for (long n = 0; n < b->count; n++) {
        vec16 real1 = SPLAT16(w[2 * n]), imaginary1 = FLIP16(SPLAT16(w[2 * n + 1]), EVEN_SIGNS16);
        vec16 real2 = {}, imaginary2 = {};
        if (radix == 3) {
            real2 = SPLAT16(w[2 * (b->count + n)]);
            imaginary2 = FLIP16(SPLAT16(w[2 * (b->count + n) + 1]), EVEN_SIGNS16);
        }
        float *at = data + n * b->step;
        for (long i = 0; i < b->transforms; i++, at += b->apart) {
            vec16 x0 = *(vec16 *)at, x1 = *(vec16 *)(at + far);
            if (radix == 2) {
                if (!before) x1 = NAMED(turn)(x1, real1, imaginary1);
                vec16 y1 = x0 - x1;
                *(vec16 *)at = x0 + x1;
                *(vec16 *)(at + far) = before ? NAMED(turn)(y1, real1, imaginary1) : y1;
            } else {
                vec16 x2 = *(vec16 *)(at + 2 * far);
                if (!before) {
                    x1 = NAMED(turn)(x1, real1, imaginary1);
                    x2 = NAMED(turn)(x2, real2, imaginary2);
                }
                vec16 sum = x1 + x2, middle = FMA16(half, sum, x0), side = root * TIMES_I16(x1 - x2);
                vec16 y1 = middle + side, y2 = middle - side;
                *(vec16 *)at = x0 + sum;
                *(vec16 *)(at + far) = before ? NAMED(turn)(y1, real1, imaginary1) : y1;
                *(vec16 *)(at + 2 * far) = before ? NAMED(turn)(y2, real2, imaginary2) : y2;
            }
        }
    }
}

static void NAMED(butterflies)(const offprint_butterflies *b, float *data) {
    if (b->radix == 2) {
        if (b->before) NAMED(butterflies_of)(2, 1, b, data);
        else NAMED(butterflies_of)(2, 0, b, data);
    } else {
        if (b->before) NAMED(butterflies_of)(3, 1, b, data);
        else NAMED(butterflies_of)(3, 0, b, data);
    }
}

// MARK: Large spectra

static void NAMED(spread_spectrum)(const offprint_spectrum *shape, const float *from, float *to, long to_row, long to_column) {
    typedef float line __attribute__((vector_size(64), aligned(64)));
    for (long y = 0; y < shape->rows; y++) {
        for (long x = 0; x < shape->columns; x++) {
            __builtin_nontemporal_store(
                *(const line *)(from + y * shape->row + x * OFFPRINT_SIGNALS), (line *)(to + y * to_row + x * to_column));
        }
    }
#if defined(__x86_64__)
    // Such stores are not ordered with those that tell other threads of them.
    __builtin_ia32_sfence();
#endif
}

// MARK: Channels that meet only themselves

// Both loops visit each pair of mirrored points once: the kernels are real, so what belongs to one of them is the
// conjugate of what belongs to the other.
#define OFFPRINT_FOR_MIRRORED_POINTS(shape)                                                                 \
    for (long fy = 0; fy <= (shape)->rows / 2; fy++)                                                        \
        for (long my = fy == 0 ? 0 : (shape)->rows - fy, fx = 0,                                            \
                  end = fy == my ? (shape)->columns / 2 + 1 : (shape)->columns;                             \
             fx < end; fx++)

static void NAMED(channel_product)(
    const offprint_spectrum *shape, const float *sum, const float *difference, float *z
) {
    OFFPRINT_FOR_MIRRORED_POINTS(shape) {
        long mx = fx == 0 ? 0 : shape->columns - fx;
        long at = fy * shape->row + fx * OFFPRINT_SIGNALS, mirror = my * shape->row + mx * OFFPRINT_SIGNALS;
        vec16 p = *(const vec16 *)(sum + at), q = *(const vec16 *)(difference + at);
        vec16 x = *(vec16 *)(z + at), x_mirror = *(vec16 *)(z + mirror);
        vec16 p_real = NAMED(real_lanes)(p), q_real = NAMED(real_lanes)(q);
        // With the signs that multiplication by i times the part gives.
        vec16 p_imaginary = FLIP16(NAMED(imaginary_lanes)(p), EVEN_SIGNS16);
        vec16 q_imaginary = FLIP16(NAMED(imaginary_lanes)(q), EVEN_SIGNS16);
        vec16 x_other = NAMED(exchange)(x), mirror_other = NAMED(exchange)(x_mirror);
        // conjugate(m) * q: lanes (m_re, -m_im) and, exchanged, (-m_im, m_re).
        vec16 here = p_imaginary * x_other, there = -p_imaginary * mirror_other;
        here = FMA16(p_real, x, here);
        there = FMA16(p_real, x_mirror, there);
        here = FMA16(q_real, CONJUGATE16(x_mirror), here);
        there = FMA16(q_real, CONJUGATE16(x), there);
        here = FMA16(q_imaginary, FLIP16(mirror_other, EVEN_SIGNS16), here);
        there = FMA16(-q_imaginary, FLIP16(x_other, EVEN_SIGNS16), there);
        *(vec16 *)(z + at) = here;
        *(vec16 *)(z + mirror) = there;
    }
}

static void NAMED(channel_gradient)(const offprint_spectrum *shape, const float *x, const float *y, float *gradient) {
    vec16 quarter = SPLAT16(0.25f);
    OFFPRINT_FOR_MIRRORED_POINTS(shape) {
        long mx = fx == 0 ? 0 : shape->columns - fx;
        long at = fy * shape->row + fx * OFFPRINT_SIGNALS, mirror = my * shape->row + mx * OFFPRINT_SIGNALS;
        vec16 x_at = CONJUGATE16(*(const vec16 *)(x + at)), x_mirror = *(const vec16 *)(x + mirror);
        vec16 y_at = *(const vec16 *)(y + at), y_mirror = CONJUGATE16(*(const vec16 *)(y + mirror));
        // 4 conjugate(X1) Y1 and 4 conjugate(X2) Y2 at f; at -f lie their conjugates.
        vec16 one = quarter * NAMED(complex_times)(x_at + x_mirror, y_at + y_mirror);
        vec16 two = quarter * NAMED(complex_times)(x_at - x_mirror, y_at - y_mirror);
        *(vec16 *)(gradient + at) += one + TIMES_I16(two);
        if (at != mirror) *(vec16 *)(gradient + mirror) += CONJUGATE16(one) + TIMES_I16(CONJUGATE16(two));
    }
}

static const offprint_fourier_kernels NAMED(fourier_kernels) = {
    .load_tile = NAMED(load_tile),
    .store_tile = NAMED(store_tile),
    .load_taps = NAMED(load_taps),
    .store_taps = NAMED(store_taps),
    .butterflies = NAMED(butterflies),
    .spread_spectrum = NAMED(spread_spectrum),
    .complex_multiply = NAMED(complex_multiply),
    .channel_product = NAMED(channel_product),
    .channel_gradient = NAMED(channel_gradient),
};

#undef OFFPRINT_FOR_MIRRORED_POINTS
