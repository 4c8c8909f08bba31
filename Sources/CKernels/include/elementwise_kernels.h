#ifndef OFFPRINT_ELEMENTWISE_KERNELS_H
#define OFFPRINT_ELEMENTWISE_KERNELS_H

/// The leaf loops over elements and rows: activations, normalization, pooling, optimizer steps.
typedef struct {
    /// y[i] = x[i] + y[i] for 0 <= i < count. `x` and `y` may be the same, but not overlap otherwise.
    void (*accumulate)(long count, const float *x, float *y);
} offprint_elementwise_kernels;

#endif
