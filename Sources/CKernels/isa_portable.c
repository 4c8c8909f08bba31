// The loops compiled for any processor: plain C, fused multiply-adds through fmaf.
#include "CKernels.h"
#include "isa_tables.h"
#include "vector.h"

#if 1

// Accumulators that fit the registers.
#define OFFPRINT_TILE_ROWS 2
#define OFFPRINT_TILE_VECTORS 1
#define OFFPRINT_PLACES 1
#define OFFPRINT_PACKS_GROUPS 0
#define NAMED(name) name##_portable
#include "loops/convolution.h"
#include "loops/elementwise.h"
#include "loops/normalization.h"
#include "loops/pooling.h"
#include "loops/joining.h"
#include "loops/optimization.h"
#include "loops/fourier.h"


static const offprint_kernels table = {
    OFFPRINT_ISA_PORTABLE, NAMED(convolution_kernels), NAMED(elementwise_kernels),
    NAMED(normalization_kernels), NAMED(pooling_kernels), NAMED(joining_kernels), NAMED(optimization_kernels),
    NAMED(fourier_kernels),
};
const offprint_kernels *offprint_table_portable(void) { return &table; }
#else
const offprint_kernels *offprint_table_portable(void) { return 0; }
#endif
