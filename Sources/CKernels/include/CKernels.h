// The only instruction-set-specific code of Offprint: leaf loops, without allocation or global state.
//
// Every loop has ONE source, under loops/, compiled once per instruction set by the isa_*.c files.
// A loop reads and writes exactly the elements its comment names. All loops vectorise across outputs,
// never across a reduction, and every product-and-sum is one fused multiply-add, so that the bits of a
// result are the same on every instruction set.
#ifndef OFFPRINT_CKERNELS_H
#define OFFPRINT_CKERNELS_H

#include "convolution_kernels.h"
#include "elementwise_kernels.h"
#include "fourier_kernels.h"
#include "joining_kernels.h"
#include "normalization_kernels.h"
#include "optimization_kernels.h"
#include "pooling_kernels.h"

typedef enum {
    OFFPRINT_ISA_PORTABLE = 0,
    OFFPRINT_ISA_NEON = 1,
    OFFPRINT_ISA_AVX2 = 2,
    OFFPRINT_ISA_AVX512 = 3,
} offprint_isa;

/// The loops of one instruction set. The tables are constants; none is ever modified.
typedef struct {
    offprint_isa isa;
    offprint_convolution_kernels convolution;
    offprint_elementwise_kernels elementwise;
    offprint_normalization_kernels normalization;
    offprint_pooling_kernels pooling;
    offprint_joining_kernels joining;
    offprint_optimization_kernels optimization;
    offprint_fourier_kernels fourier;
} offprint_kernels;

/// The table of `isa`, or a null pointer where this processor (or this build) cannot run it.
const offprint_kernels *offprint_kernels_for(offprint_isa isa);

/// Tells the processor that this thread waits in a loop.
static inline void offprint_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

#endif
