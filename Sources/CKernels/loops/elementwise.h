// Loops over elements. See include/elementwise_kernels.h for the contracts.

static void NAMED(accumulate)(long count, const float *x, float *y) {
    long i = 0;
    for (; i + OFFPRINT_LANES <= count; i += OFFPRINT_LANES) {
        *(vec16 *)(y + i) = *(const vec16 *)(x + i) + *(const vec16 *)(y + i);
    }
    for (; i < count; i++) y[i] = x[i] + y[i];
}

static const offprint_elementwise_kernels NAMED(elementwise_kernels) = {
    .accumulate = NAMED(accumulate),
};
