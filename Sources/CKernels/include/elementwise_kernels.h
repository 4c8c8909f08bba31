#ifndef OFFPRINT_ELEMENTWISE_KERNELS_H
#define OFFPRINT_ELEMENTWISE_KERNELS_H

/// What an activation does to the value it is given.
typedef enum {
    OFFPRINT_CLAMP_NONE = 0,
    /// Values at or below zero become zero. A NaN stays a NaN.
    OFFPRINT_CLAMP_BELOW = 1,
    /// As BELOW, and values above `maximum` become `maximum`.
    OFFPRINT_CLAMP_BOTH = 2,
} offprint_clamp_kind;

typedef struct {
    offprint_clamp_kind kind;
    /// Read by OFFPRINT_CLAMP_BOTH alone.
    float maximum;
} offprint_clamp;

/// The leaf loops over elements. Each handles indices 0 <= i < count; arrays overlap only where said.
typedef struct {
    /// y[i] = x[i] + y[i]. `x` and `y` may be the same, but not overlap otherwise.
    void (*accumulate)(long count, const float *x, float *y);
    /// y[i] = clamp(a[i] + b[i]). `y` may be `a` or `b`.
    void (*add)(long count, const float *a, const float *b, offprint_clamp clamp, float *y);
    /// y[i] = clamp(x[i]). `y` may be `x`.
    void (*clamp)(long count, const float *x, offprint_clamp clamp, float *y);
    /// dx[i] = dy[i] where 0 < y[i] (and y[i] < maximum under CLAMP_BOTH), else 0. `dx` may be `dy`.
    void (*clamp_gradient)(long count, const float *y, const float *dy, offprint_clamp clamp, float *dx);
    /// dx[i] = a[i] + b[i], stopped as in clamp_gradient. `dx` may be `a` or `b`.
    void (*add_clamp_gradient)(long count, const float *y, const float *a, const float *b, offprint_clamp clamp,
                               float *dx);
    /// One row of an image: y[p][c] = fma(x[p'][c], scale[c], shift[c]), p' = p or, `flipped`, pixels - 1 - p.
    /// `scale` and `shift` hold the numbers of the channels 16 times over.
    void (*load_pixels)(long pixels, long channels, const unsigned char *x, int flipped, const float *scale,
                        const float *shift, float *y);
} offprint_elementwise_kernels;

#endif
