// Loops of batch normalization. See include/normalization_kernels.h for the contracts.
//
// Goals, in order: the same bits everywhere; sums that stay accurate over millions of elements; one pass
// over memory each. Lanes run over channels, so a sum is never split among lanes. Sixteen terms are added
// in float, in registers; those short sums are added up in double. The last vector of a row whose width is
// no multiple of 16 overlaps the one before it: outputs are written twice with the same bits, sums are taken
// from the new lanes only.
#include "lanes.h"

enum {
    // Terms of one sum in float.
    NAMED(rows_per_sum) = 16,
    // Rows handled for one load of the vectors of channels.
    NAMED(rows_per_load) = 4,
    // Floats that the sums ask ahead for.
    NAMED(sums_ahead) = 4096,
};

// A sum takes 16 rows of one vector of channels before the next: lines a row apart, which the processor's own prefetching
// follows badly. So each is asked for, into the second cache, some blocks of rows before its turn: from memory the
// sums run 1.6 to 1.8 times as fast. Maps that lie in the second cache would only wait. May ask beyond the end.
OFFPRINT_INLINE void NAMED(ask_ahead)(const float *x) {
    __builtin_prefetch((const void *)((unsigned long)x + NAMED(sums_ahead) * sizeof(float)), 0, 2);
}

static void NAMED(mean_of_16_rows)(long channels, const float *x, const long *rows, float *mean) {
    for (long c = 0; c < channels; c += OFFPRINT_LANES) {
        const long n = NAMED(smaller)(channels - c, OFFPRINT_LANES);
        vec16 v[16] = {};
        for (int k = 0; k < 16; k++) NAMED(load)(&v[k], x + rows[k] * channels + c, n);
        for (int half = 8; half > 0; half /= 2) {
            for (int k = 0; k < half; k++) v[k] = v[k] + v[k + half];
        }
        v[0] = v[0] * 0.0625f;
        NAMED(store)(mean + c, &v[0], n);
    }
}

// sums[l] += v[l] for the lanes from `first` on.
OFFPRINT_INLINE void NAMED(add_to_double)(double *sums, const vec16 *v, long first) {
    if (first == 0) {
        *(dvec16 *)sums += __builtin_convertvector(*v, dvec16);
        return;
    }
    float lanes[OFFPRINT_LANES];
    *(vec16 *)lanes = *v;
    for (long l = first; l < OFFPRINT_LANES; l++) sums[l] += (double)lanes[l];
}

OFFPRINT_INLINE void NAMED(deviation_sums_kind)(
    long length, long width, const float *x, const float *pivot, int far, double *sums) {
    for (long start = 0; start < length; start += NAMED(rows_per_sum) * width) {
        const long rows = NAMED(smaller)((length - start) / width, NAMED(rows_per_sum));
        const long rest = rows < NAMED(rows_per_sum) ? length - start - rows * width : 0;
        for (long wanted = 0; wanted < width; wanted += OFFPRINT_LANES) {
            const long j = NAMED(smaller)(wanted, width - OFFPRINT_LANES);
            const vec16 p = *(const vec16 *)(pivot + j);
            const float *column = x + start + j;
            vec16 sum = {}, squares = {};
            for (long r = 0; r < rows; r++, column += width) {
                if (far) NAMED(ask_ahead)(column);
                const vec16 d = *(const vec16 *)column - p;
                sum = sum + d;
                squares = FMA16(d, d, squares);
            }
            if (rest > j) {
                vec16 v = p;  // Lanes without an element deviate by zero.
                NAMED(load)(&v, column, NAMED(smaller)(rest - j, OFFPRINT_LANES));
                const vec16 d = v - p;
                sum = sum + d;
                squares = FMA16(d, d, squares);
            }
            NAMED(add_to_double)(sums + j, &sum, wanted - j);
            NAMED(add_to_double)(sums + width + j, &squares, wanted - j);
        }
    }
}

static void NAMED(deviation_sums)(
    long length, long width, const float *x, const float *pivot, int far, double *sums) {
    if (far) {
        NAMED(deviation_sums_kind)(length, width, x, pivot, 1, sums);
    } else {
        NAMED(deviation_sums_kind)(length, width, x, pivot, 0, sums);
    }
}

// The vector of columns from `first` on, or its first `n` lanes where it is not `whole`, in `rows` rows.
OFFPRINT_INLINE void NAMED(normalize_columns)(
    const int whole, long first, long n, long rows, const float *x, long x_row, const float *mean, const float *scale,
    const float *shift, int kind, float maximum, float *y, long y_row) {
    const long lanes = whole ? OFFPRINT_LANES : n;
    vec16 m = {}, a = {}, b = {};
    NAMED(load)(&m, mean + first, lanes);
    NAMED(load)(&a, scale + first, lanes);
    NAMED(load)(&b, shift + first, lanes);
    x += first;
    y += first;
    for (long r = 0; r < rows; r++, x += x_row, y += y_row) {
        vec16 v = {};
        NAMED(load)(&v, x, lanes);
        v = FMA16(v - m, a, b);
        NAMED(apply_clamp)(&v, kind, maximum);
        NAMED(store)(y, &v, lanes);
    }
}

OFFPRINT_INLINE void NAMED(normalize_rows_kind)(
    long rows, long columns, const float *x, long x_row, const float *mean, const float *scale, const float *shift,
    int kind, float maximum, float *y, long y_row) {
    for (long start = 0; start < rows; start += NAMED(rows_per_load)) {
        const long some = NAMED(smaller)(rows - start, NAMED(rows_per_load));
        const float *from = x + start * x_row;
        float *to = y + start * y_row;
        long j = 0;
        for (; j + OFFPRINT_LANES <= columns; j += OFFPRINT_LANES) {
            NAMED(normalize_columns)(1, j, 0, some, from, x_row, mean, scale, shift, kind, maximum, to, y_row);
        }
        if (j < columns) {
            NAMED(normalize_columns)(
                0, j, columns - j, some, from, x_row, mean, scale, shift, kind, maximum, to, y_row);
        }
    }
}

static void NAMED(normalize_rows)(
    long rows, long columns, const float *x, long x_row, const float *mean, const float *scale, const float *shift,
    offprint_clamp clamp, float *y, long y_row) {
    FOR_EACH_CLAMP_KIND(
        clamp.kind,
        NAMED(normalize_rows_kind)(
            rows, columns, x, x_row, mean, scale, shift, KIND, clamp.maximum, y, y_row))
}

static void NAMED(normalize)(
    long length, long width, const float *x, const float *mean, const float *scale, const float *shift,
    offprint_clamp clamp, float *y) {
    const long rows = length / width, whole = rows * width;
    NAMED(normalize_rows)(rows, width, x, width, mean, scale, shift, clamp, y, width);
    NAMED(normalize_rows)(1, length - whole, x + whole, width, mean, scale, shift, clamp, y + whole, width);
}

OFFPRINT_INLINE void NAMED(normalize_add_kind)(
    long length, long width, const float *x, const float *first, const float *other, const float *second, int both,
    int kind, float maximum, float *y) {
    for (long start = 0; start < length; start += NAMED(rows_per_load) * width) {
        const long rows = NAMED(smaller)((length - start) / width, NAMED(rows_per_load));
        const long rest = rows < NAMED(rows_per_load) ? length - start - rows * width : 0;
        for (long wanted = 0; wanted < width; wanted += OFFPRINT_LANES) {
            const long j = NAMED(smaller)(wanted, width - OFFPRINT_LANES);
            const vec16 m = *(const vec16 *)(first + j), a = *(const vec16 *)(first + width + j);
            const vec16 b = *(const vec16 *)(first + 2 * width + j);
            vec16 m2 = {}, a2 = {}, b2 = {};
            if (both) {
                m2 = *(const vec16 *)(second + j);
                a2 = *(const vec16 *)(second + width + j);
                b2 = *(const vec16 *)(second + 2 * width + j);
            }
            long at = start + j;
            for (long r = 0; r < rows; r++, at += width) {
                const vec16 v = FMA16(*(const vec16 *)(x + at) - m, a, b);
                vec16 w = *(const vec16 *)(other + at);
                if (both) w = FMA16(w - m2, a2, b2);
                w = v + w;
                NAMED(apply_clamp)(&w, kind, maximum);
                *(vec16 *)(y + at) = w;
            }
            if (rest > j) {
                const long n = NAMED(smaller)(rest - j, OFFPRINT_LANES);
                vec16 v = {}, w = {};
                NAMED(load)(&v, x + at, n);
                NAMED(load)(&w, other + at, n);
                v = FMA16(v - m, a, b);
                if (both) w = FMA16(w - m2, a2, b2);
                w = v + w;
                NAMED(apply_clamp)(&w, kind, maximum);
                NAMED(store)(y + at, &w, n);
            }
        }
    }
}

static void NAMED(normalize_add)(
    long length, long width, const float *x, const float *first, const float *other, const float *second,
    offprint_clamp clamp, float *y) {
    if (second) {
        FOR_EACH_CLAMP_KIND(
            clamp.kind,
            NAMED(normalize_add_kind)(length, width, x, first, other, second, 1, KIND, clamp.maximum, y))
    } else {
        FOR_EACH_CLAMP_KIND(
            clamp.kind,
            NAMED(normalize_add_kind)(length, width, x, first, other, second, 0, KIND, clamp.maximum, y))
    }
}

// d = x - mean, and the gradient at the batch norm's output: its mask is recomputed from the input with the
// operations of normalize_kind, so that it is the forward pass's to the bit.
OFFPRINT_INLINE void NAMED(load_gradient)(
    const float *x, const float *dy, long n, const vec16 *m, const vec16 *a, const vec16 *b, int kind, float maximum,
    vec16 *d, vec16 *g) {
    *d = *m;
    *g = (vec16){};
    NAMED(load)(d, x, n);
    NAMED(load)(g, dy, n);
    *d = *d - *m;
    if (kind == OFFPRINT_CLAMP_NONE) return;
    const vec16 value = FMA16(*d, *a, *b);
    NAMED(stop_gradient)(g, &value, kind, maximum);
}

OFFPRINT_INLINE void NAMED(gradient_sums_kind)(
    long length, long width, const float *x, const float *dy, const float *mean, const float *scale,
    const float *shift, int kind, float maximum, int far, double *sums) {
    for (long start = 0; start < length; start += NAMED(rows_per_sum) * width) {
        const long rows = NAMED(smaller)((length - start) / width, NAMED(rows_per_sum));
        const long rest = rows < NAMED(rows_per_sum) ? length - start - rows * width : 0;
        for (long wanted = 0; wanted < width; wanted += OFFPRINT_LANES) {
            const long j = NAMED(smaller)(wanted, width - OFFPRINT_LANES);
            const vec16 m = *(const vec16 *)(mean + j), a = *(const vec16 *)(scale + j);
            const vec16 b = *(const vec16 *)(shift + j);
            vec16 sum = {}, products = {}, d, g;
            long at = start + j;
            for (long r = 0; r < rows; r++, at += width) {
                if (far) {
                    NAMED(ask_ahead)(x + at);
                    NAMED(ask_ahead)(dy + at);
                }
                NAMED(load_gradient)(x + at, dy + at, OFFPRINT_LANES, &m, &a, &b, kind, maximum, &d, &g);
                sum = sum + g;
                products = FMA16(g, d, products);
            }
            if (rest > j) {
                const long n = NAMED(smaller)(rest - j, OFFPRINT_LANES);
                NAMED(load_gradient)(x + at, dy + at, n, &m, &a, &b, kind, maximum, &d, &g);
                sum = sum + g;
                products = FMA16(g, d, products);
            }
            NAMED(add_to_double)(sums + j, &sum, wanted - j);
            NAMED(add_to_double)(sums + width + j, &products, wanted - j);
        }
    }
}

static void NAMED(gradient_sums)(
    long length, long width, const float *x, const float *dy, const float *mean, const float *scale,
    const float *shift, offprint_clamp clamp, int far, double *sums) {
    if (far) {
        FOR_EACH_CLAMP_KIND(
            clamp.kind,
            NAMED(gradient_sums_kind)(length, width, x, dy, mean, scale, shift, KIND, clamp.maximum, 1, sums))
    } else {
        FOR_EACH_CLAMP_KIND(
            clamp.kind,
            NAMED(gradient_sums_kind)(length, width, x, dy, mean, scale, shift, KIND, clamp.maximum, 0, sums))
    }
}

OFFPRINT_INLINE void NAMED(gradient_kind)(
    long length, long width, const float *x, const float *dy, const float *mean, const float *scale,
    const float *shift, const float *mean_gradient, const float *slope, int kind, float maximum, float *dx) {
    for (long start = 0; start < length; start += NAMED(rows_per_load) * width) {
        const long rows = NAMED(smaller)((length - start) / width, NAMED(rows_per_load));
        const long rest = rows < NAMED(rows_per_load) ? length - start - rows * width : 0;
        for (long wanted = 0; wanted < width; wanted += OFFPRINT_LANES) {
            const long j = NAMED(smaller)(wanted, width - OFFPRINT_LANES);
            const vec16 m = *(const vec16 *)(mean + j), a = *(const vec16 *)(scale + j);
            const vec16 b = *(const vec16 *)(shift + j), k = *(const vec16 *)(slope + j);
            const vec16 g0 = *(const vec16 *)(mean_gradient + j);
            vec16 d, g;
            long at = start + j;
            for (long r = 0; r < rows; r++, at += width) {
                NAMED(load_gradient)(x + at, dy + at, OFFPRINT_LANES, &m, &a, &b, kind, maximum, &d, &g);
                *(vec16 *)(dx + at) = FMA16(-d, k, g - g0) * a;
            }
            if (rest > j) {
                const long n = NAMED(smaller)(rest - j, OFFPRINT_LANES);
                NAMED(load_gradient)(x + at, dy + at, n, &m, &a, &b, kind, maximum, &d, &g);
                g = FMA16(-d, k, g - g0) * a;
                NAMED(store)(dx + at, &g, n);
            }
        }
    }
}

static void NAMED(gradient)(
    long length, long width, const float *x, const float *dy, const float *mean, const float *scale,
    const float *shift, const float *mean_gradient, const float *slope, offprint_clamp clamp, float *dx) {
    FOR_EACH_CLAMP_KIND(
        clamp.kind,
        NAMED(gradient_kind)(
            length, width, x, dy, mean, scale, shift, mean_gradient, slope, KIND, clamp.maximum, dx))
}

static const offprint_normalization_kernels NAMED(normalization_kernels) = {
    .mean_of_16_rows = NAMED(mean_of_16_rows),
    .deviation_sums = NAMED(deviation_sums),
    .normalize = NAMED(normalize),
    .normalize_rows = NAMED(normalize_rows),
    .normalize_add = NAMED(normalize_add),
    .gradient_sums = NAMED(gradient_sums),
    .gradient = NAMED(gradient),
};
