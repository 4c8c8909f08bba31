#ifndef OFFPRINT_JOINING_KERNELS_H
#define OFFPRINT_JOINING_KERNELS_H

/// The leaf loops that move channels between maps. No two arrays overlap.
typedef struct {
    /// y[r][c] = x[r][c] for `rows` rows and `width` channels; rows are `x_stride` and `y_stride` floats apart.
    void (*copy_rows)(long rows, long width, const float *x, long x_stride, float *y, long y_stride);
    /// y[r][c] += x[r][c], likewise.
    void (*add_rows)(long rows, long width, const float *x, long x_stride, float *y, long y_stride);
    /// y[r][j][i] = x[r][i][j], i < groups, j < each.
    void (*interleave)(long rows, long groups, long each, const float *x, float *y);
    /// y[r][i][j] = x[r][j][i], i < groups, j < each.
    void (*deinterleave)(long rows, long groups, long each, const float *x, float *y);
} offprint_joining_kernels;

#endif
