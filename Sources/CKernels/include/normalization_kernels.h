#ifndef OFFPRINT_NORMALIZATION_KERNELS_H
#define OFFPRINT_NORMALIZATION_KERNELS_H

#include "elementwise_kernels.h"

/// The leaf loops of batch normalization.
///
/// A map of C channels is read as a run of `length` floats that repeats every `width` floats, `width` being
/// C or a multiple of it, and at least 16: narrow maps fill whole vectors that way. The vectors of channels
/// (`mean`, `scale`…) hold `width` floats, repeated alike. `length` need not be a multiple of `width`.
typedef struct {
    /// mean[c] = the mean of x[rows[k] * channels + c] over the 16 rows named, by a fixed tree (exact where
    /// the 16 agree).
    void (*mean_of_16_rows)(long channels, const float *x, const long *rows, float *mean);
    /// With d = x[i] - pivot[i % width]: sums[j] += d and sums[width + j] += d * d over all i = j (mod width).
    /// `far`: whether the map is worth asking ahead for, because it is not in the second cache.
    void (*deviation_sums)(long length, long width, const float *x, const float *pivot, int far, double *sums);
    /// y[i] = clamp(fma(x[i] - mean[j], scale[j], shift[j])), j = i % width. `y` does not overlap `x`.
    void (*normalize)(long length, long width, const float *x, const float *mean, const float *scale,
                      const float *shift, offprint_clamp clamp, float *y);
    /// y[r * y_row + c] = clamp(fma(x[r * x_row + c] - mean[c], scale[c], shift[c])) for `rows` rows of `columns`: the
    /// bits of `normalize`. `y` does not overlap `x`.
    void (*normalize_rows)(long rows, long columns, const float *x, long x_row, const float *mean,
                           const float *scale, const float *shift, offprint_clamp clamp, float *y, long y_row);
    /// y[i] = clamp(v(x[i], first) + w), where v(x, p) = fma(x - p[j], p[width + j], p[2 * width + j]) and w is
    /// v(other[i], second), or other[i] where `second` is null. `y` overlaps neither `x` nor `other`.
    void (*normalize_add)(long length, long width, const float *x, const float *first, const float *other,
                          const float *second, offprint_clamp clamp, float *y);
    /// With d = x[i] - mean[j] and g = dy[i], or 0 where `clamp` stops fma(d, scale[j], shift[j]):
    /// sums[j] += g and sums[width + j] += g * d. `far` as in deviation_sums.
    void (*gradient_sums)(long length, long width, const float *x, const float *dy, const float *mean,
                          const float *scale, const float *shift, offprint_clamp clamp, int far, double *sums);
    /// dx[i] = (g - mean_gradient[j] - d * slope[j]) * scale[j], with d and g as in gradient_sums.
    /// `dx` does not overlap `x`; it may be `dy` where `width` is a multiple of 16.
    void (*gradient)(long length, long width, const float *x, const float *dy, const float *mean,
                     const float *scale, const float *shift, const float *mean_gradient, const float *slope,
                     offprint_clamp clamp, float *dx);
} offprint_normalization_kernels;

#endif
