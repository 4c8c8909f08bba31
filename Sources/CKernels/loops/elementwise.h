// Loops over elements. See include/elementwise_kernels.h for the contracts.
#include "lanes.h"

static void NAMED(accumulate)(long count, const float *x, float *y) {
    for (long i = 0; i < count; i += OFFPRINT_LANES) {
        const long n = NAMED(smaller)(count - i, OFFPRINT_LANES);
        vec16 a = {}, b = {};
        NAMED(load)(&a, x + i, n);
        NAMED(load)(&b, y + i, n);
        b = a + b;
        NAMED(store)(y + i, &b, n);
    }
}

OFFPRINT_INLINE void NAMED(add_kind)(long count, const float *a, const float *b, int kind, float maximum, float *y) {
    for (long i = 0; i < count; i += OFFPRINT_LANES) {
        const long n = NAMED(smaller)(count - i, OFFPRINT_LANES);
        vec16 v = {}, w = {};
        NAMED(load)(&v, a + i, n);
        NAMED(load)(&w, b + i, n);
        v = v + w;
        NAMED(apply_clamp)(&v, kind, maximum);
        NAMED(store)(y + i, &v, n);
    }
}

static void NAMED(add)(long count, const float *a, const float *b, offprint_clamp clamp, float *y) {
    FOR_EACH_CLAMP_KIND(clamp.kind, NAMED(add_kind)(count, a, b, KIND, clamp.maximum, y))
}

OFFPRINT_INLINE void NAMED(clamp_kind)(long count, const float *x, int kind, float maximum, float *y) {
    for (long i = 0; i < count; i += OFFPRINT_LANES) {
        const long n = NAMED(smaller)(count - i, OFFPRINT_LANES);
        vec16 v = {};
        NAMED(load)(&v, x + i, n);
        NAMED(apply_clamp)(&v, kind, maximum);
        NAMED(store)(y + i, &v, n);
    }
}

static void NAMED(clamp)(long count, const float *x, offprint_clamp clamp, float *y) {
    FOR_EACH_CLAMP_KIND(clamp.kind, NAMED(clamp_kind)(count, x, KIND, clamp.maximum, y))
}

OFFPRINT_INLINE void NAMED(clamp_gradient_kind)(
    long count, const float *y, const float *dy, int kind, float maximum, float *dx) {
    for (long i = 0; i < count; i += OFFPRINT_LANES) {
        const long n = NAMED(smaller)(count - i, OFFPRINT_LANES);
        vec16 v = {}, g = {};
        NAMED(load)(&v, y + i, n);
        NAMED(load)(&g, dy + i, n);
        NAMED(stop_gradient)(&g, &v, kind, maximum);
        NAMED(store)(dx + i, &g, n);
    }
}

static void NAMED(clamp_gradient)(long count, const float *y, const float *dy, offprint_clamp clamp, float *dx) {
    FOR_EACH_CLAMP_KIND(clamp.kind, NAMED(clamp_gradient_kind)(count, y, dy, KIND, clamp.maximum, dx))
}

OFFPRINT_INLINE void NAMED(add_clamp_gradient_kind)(
    long count, const float *y, const float *a, const float *b, int kind, float maximum, float *dx) {
    for (long i = 0; i < count; i += OFFPRINT_LANES) {
        const long n = NAMED(smaller)(count - i, OFFPRINT_LANES);
        vec16 v = {}, g = {}, h = {};
        NAMED(load)(&v, y + i, n);
        NAMED(load)(&g, a + i, n);
        NAMED(load)(&h, b + i, n);
        g = g + h;
        NAMED(stop_gradient)(&g, &v, kind, maximum);
        NAMED(store)(dx + i, &g, n);
    }
}

static void NAMED(add_clamp_gradient)(
    long count, const float *y, const float *a, const float *b, offprint_clamp clamp, float *dx) {
    FOR_EACH_CLAMP_KIND(
        clamp.kind, NAMED(add_clamp_gradient_kind)(count, y, a, b, KIND, clamp.maximum, dx))
}

OFFPRINT_INLINE void NAMED(load_flipped)(
    long pixels, long channels, const unsigned char *x, const float *scale, const float *shift, float *y) {
    for (long p = 0; p < pixels; p++) {
        const unsigned char *pixel = x + (pixels - 1 - p) * channels;
        for (long c = 0; c < channels; c++) {
            y[p * channels + c] = __builtin_fmaf((float)pixel[c], scale[c], shift[c]);
        }
    }
}

// Sixteen times the channels is a whole number of vectors, after which the pattern of scales begins again.
static void NAMED(load_pixels)(
    long pixels, long channels, const unsigned char *x, int flipped, const float *scale, const float *shift, float *y) {
    if (flipped) {
        switch (channels) {
        case 1: NAMED(load_flipped)(pixels, 1, x, scale, shift, y); break;
        case 3: NAMED(load_flipped)(pixels, 3, x, scale, shift, y); break;
        default: NAMED(load_flipped)(pixels, channels, x, scale, shift, y);
        }
        return;
    }
    const long count = pixels * channels, period = OFFPRINT_LANES * channels;
    long i = 0, at = 0;
    for (; i + OFFPRINT_LANES <= count; i += OFFPRINT_LANES) {
        const vec16 v = __builtin_convertvector(*(const bvec16 *)(x + i), vec16);
        *(vec16 *)(y + i) = FMA16(v, *(const vec16 *)(scale + at), *(const vec16 *)(shift + at));
        at += OFFPRINT_LANES;
        if (at == period) at = 0;
    }
    for (; i < count; i++, at++) y[i] = __builtin_fmaf((float)x[i], scale[at], shift[at]);
}

static const offprint_elementwise_kernels NAMED(elementwise_kernels) = {
    .accumulate = NAMED(accumulate),
    .add = NAMED(add),
    .clamp = NAMED(clamp),
    .clamp_gradient = NAMED(clamp_gradient),
    .add_clamp_gradient = NAMED(add_clamp_gradient),
    .load_pixels = NAMED(load_pixels),
};
