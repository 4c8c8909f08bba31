// Loops of matrix products and convolutions. See include/convolution_kernels.h for the contracts.

static double NAMED(fma_peak)(long iterations, float *sink) {
    enum { CHAINS = 24 };
    vec16 sums[CHAINS] = {};
    vec16 a = {}, b = {};
    a += 1.0f;
    b += 1e-9f;
    for (long i = 0; i < iterations; i++) {
        OFFPRINT_UNROLL
        for (int c = 0; c < CHAINS; c++) sums[c] = FMA16(a, sums[c], b);
    }
    OFFPRINT_UNROLL
    for (int c = 0; c < CHAINS; c++) *sink += sums[c][0];
    return 2.0 * OFFPRINT_LANES * CHAINS * (double)iterations;
}

static const offprint_convolution_kernels NAMED(convolution_kernels) = {
    .fma_peak = NAMED(fma_peak),
};
