// Loops of matrix products and convolutions. See include/convolution_kernels.h for the contracts.

// Vectors pass between functions only where they are inlined, so how a call would pass them does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#include "gemm.h"
#include "gather.h"
#include "channel_lanes.h"
#include "channel_sums.h"
#include "channel_weights.h"
#include "channel_dense.h"
#include "channel_packed.h"
#include "winograd.h"

static double NAMED(fma_peak)(long iterations, float *sink) {
    // As many chains as the product keeps in registers.
    enum { CHAINS = OFFPRINT_TILE_ROWS * OFFPRINT_TILE_VECTORS };
    vec16 sums[CHAINS];
    OFFPRINT_UNROLL
    for (int c = 0; c < CHAINS; c++) sums[c] = (vec16){};
    vec16 a = SPLAT16(*sink), b = SPLAT16(1e-9f);
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
    .multiply = NAMED(multiply),
    .gather = NAMED(gather),
    .pack_panel = NAMED(pack_panel),
    .pack_vectors = NAMED(pack_vectors),
    .sum_rows = NAMED(sum_rows),
    .channel_band = NAMED(channel_band),
    .channel_band_weights = NAMED(channel_band_weights),
    .dense_band = NAMED(dense_band),
    .dense_band_weights = NAMED(dense_band_weights),
    .packs_groups = OFFPRINT_PACKS_GROUPS,
    .packed_band = NAMED(packed_band),
    .packed_band_weights = NAMED(packed_band_weights),
    .fold_channels = NAMED(fold_channels),
    .winograd = NAMED(winograd_kernels),
};
