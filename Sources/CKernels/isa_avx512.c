// The loops compiled for AVX-512 (x86-64).
#include "CKernels.h"
#include "isa_tables.h"
#include "vector.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))), apply_to = function)
// Accumulators that fit the registers.
#define OFFPRINT_TILE_ROWS 12
#define OFFPRINT_TILE_VECTORS 2
#define OFFPRINT_PLACES 8
#define OFFPRINT_PACKS_GROUPS 0
#define NAMED(name) name##_avx512
#include "loops/convolution.h"
#include "loops/elementwise.h"
#include "loops/normalization.h"
#include "loops/pooling.h"
#include "loops/joining.h"
#include "loops/optimization.h"
#include "loops/fourier.h"
#pragma clang attribute pop

static const offprint_kernels table = {
    OFFPRINT_ISA_AVX512, NAMED(convolution_kernels), NAMED(elementwise_kernels),
    NAMED(normalization_kernels), NAMED(pooling_kernels), NAMED(joining_kernels), NAMED(optimization_kernels),
    NAMED(fourier_kernels),
};
const offprint_kernels *offprint_table_avx512(void) { return &table; }
#else
const offprint_kernels *offprint_table_avx512(void) { return 0; }
#endif
