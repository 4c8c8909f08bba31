// What the loops over elements and channels share: partial vectors, selection by lane, activations.
//
// Nothing here or in the files after it is contracted: where a product and a sum are fused, FMA16 says so.
#ifndef OFFPRINT_LANES_H
#define OFFPRINT_LANES_H

#pragma STDC FP_CONTRACT OFF

typedef int ivec16 __attribute__((vector_size(64), aligned(4)));
typedef double dvec16 __attribute__((vector_size(128), aligned(8)));
typedef unsigned char bvec16 __attribute__((vector_size(16), aligned(1)));

#define WHERE16(mask, value) ((vec16)((ivec16)(mask) & (ivec16)(value)))
#define SELECT16(mask, yes, no) ((vec16)(((ivec16)(mask) & (ivec16)(yes)) | (~(ivec16)(mask) & (ivec16)(no))))

// Reads `n` of 16 floats into the first lanes of `v`, which keeps its other lanes. With a constant 16, one load.
OFFPRINT_INLINE void NAMED(load)(vec16 *v, const float *x, long n) {
    if (n == OFFPRINT_LANES) {
        *v = *(const vec16 *)x;
        return;
    }
    float lanes[OFFPRINT_LANES];
    *(vec16 *)lanes = *v;
    long at = 0;
    if (n & 8) __builtin_memcpy(lanes, x, 32), at = 8;
    if (n & 4) __builtin_memcpy(lanes + at, x + at, 16), at += 4;
    if (n & 2) __builtin_memcpy(lanes + at, x + at, 8), at += 2;
    if (n & 1) lanes[at] = x[at];
    *v = *(const vec16 *)lanes;
}

// Writes the first `n` of 16 lanes.
OFFPRINT_INLINE void NAMED(store)(float *y, const vec16 *v, long n) {
    if (n == OFFPRINT_LANES) {
        *(vec16 *)y = *v;
        return;
    }
    float lanes[OFFPRINT_LANES];
    *(vec16 *)lanes = *v;
    long at = 0;
    if (n & 8) __builtin_memcpy(y, lanes, 32), at = 8;
    if (n & 4) __builtin_memcpy(y + at, lanes + at, 16), at += 4;
    if (n & 2) __builtin_memcpy(y + at, lanes + at, 8), at += 2;
    if (n & 1) y[at] = lanes[at];
}

OFFPRINT_INLINE long NAMED(smaller)(long a, long b) { return a < b ? a : b; }
OFFPRINT_INLINE long NAMED(larger)(long a, long b) { return a > b ? a : b; }

// A comparison that is false for a NaN keeps it: a diverging network shows it, instead of training on zeros.
OFFPRINT_INLINE void NAMED(apply_clamp)(vec16 *v, int kind, float maximum) {
    if (kind == OFFPRINT_CLAMP_NONE) return;
    *v = WHERE16(~(ivec16)(*v <= (vec16){}), *v);
    if (kind == OFFPRINT_CLAMP_BOTH) *v = SELECT16(*v > SPLAT16(maximum), SPLAT16(maximum), *v);
}

// Keeps the gradient where the value (before or after its activation) is inside the open range.
OFFPRINT_INLINE void NAMED(stop_gradient)(vec16 *gradient, const vec16 *v, int kind, float maximum) {
    if (kind == OFFPRINT_CLAMP_NONE) return;
    *gradient = WHERE16(*v > (vec16){}, *gradient);
    if (kind == OFFPRINT_CLAMP_BOTH) *gradient = WHERE16(*v < SPLAT16(maximum), *gradient);
}

// Compiles `call`, which names `KIND`, once for each kind of activation.
#define FOR_EACH_CLAMP_KIND(kind, call)                             \
    switch (kind) {                                                 \
    case OFFPRINT_CLAMP_NONE: {                                     \
        enum { KIND = OFFPRINT_CLAMP_NONE };                        \
        call;                                                       \
        break;                                                      \
    }                                                               \
    case OFFPRINT_CLAMP_BELOW: {                                    \
        enum { KIND = OFFPRINT_CLAMP_BELOW };                       \
        call;                                                       \
        break;                                                      \
    }                                                               \
    case OFFPRINT_CLAMP_BOTH: {                                     \
        enum { KIND = OFFPRINT_CLAMP_BOTH };                        \
        call;                                                       \
        break;                                                      \
    }                                                               \
    }

#endif
