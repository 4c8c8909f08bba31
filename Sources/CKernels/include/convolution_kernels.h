#ifndef OFFPRINT_CONVOLUTION_KERNELS_H
#define OFFPRINT_CONVOLUTION_KERNELS_H

/// The leaf loops of matrix products and convolutions.
typedef struct {
    /// Chains of independent fused multiply-adds in registers: the yardstick of `bench kernels`.
    /// Performs `iterations` rounds and returns the floating-point operations done (two per multiply-add).
    double (*fma_peak)(long iterations, float *sink);
} offprint_convolution_kernels;

#endif
