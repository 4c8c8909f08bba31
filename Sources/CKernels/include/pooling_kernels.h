#ifndef OFFPRINT_POOLING_KERNELS_H
#define OFFPRINT_POOLING_KERNELS_H

/// Square windows over maps [height, width, channels]. padding <= window / 2, so no window is empty.
typedef struct {
    long height, width, channels;
    long window, stride, padding;
    long output_height, output_width;
} offprint_pooling;

/// The leaf loops of pooling. `x`, `y`, `dx`, `dy` name the first element of one image unless said otherwise.
typedef struct {
    /// One row of outputs into `row`: the first largest value of each window; a NaN wins.
    void (*max_row)(const offprint_pooling *g, const float *x, long output_y, float *row);
    /// Channels [first, end) of one image: each gradient goes to the winner of its window; windows in
    /// row-major order. Overwrites those channels of `dx`.
    void (*max_gradient)(const offprint_pooling *g, const float *x, const float *dy, long first, long end, float *dx);
    /// One row of outputs into `row`: the sum of each window divided by window * window.
    void (*average_row)(const offprint_pooling *g, const float *x, long output_y, float *row);
    /// One row of input gradients into `row`: the sum over the windows that hold a pixel, divided likewise.
    void (*average_gradient_row)(const offprint_pooling *g, const float *dy, long input_y, float *row);
    /// y[c] = the mean of x[p][c] over all `pixels`: sums of 16 in float, their sum in double.
    void (*mean_pixels)(long pixels, long channels, const float *x, float *y);
    /// dx[p][c] = dy[c] / pixels for all `pixels`.
    void (*mean_pixels_gradient)(long pixels, long channels, const float *dy, float *dx);
} offprint_pooling_kernels;

#endif
