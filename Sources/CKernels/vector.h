// Sixteen virtual lanes: one vector on AVX-512, two on AVX2, four on NEON and SSE2.
// The compiler splits them, so a loop written once has the same order of operations everywhere.
#ifndef OFFPRINT_VECTOR_H
#define OFFPRINT_VECTOR_H

#define OFFPRINT_LANES 16
#define OFFPRINT_INLINE static inline __attribute__((always_inline))
#define OFFPRINT_UNROLL _Pragma("clang loop unroll(full)")

typedef float vec16 __attribute__((vector_size(64), aligned(4)));
// Half of it: eight columns of a product, a unit of eight channels.
typedef float vec8 __attribute__((vector_size(32), aligned(4)));

// A fused multiply-add in every lane: a * b + c rounded once.
#define FMA16(a, b, c) __builtin_elementwise_fma((a), (b), (c))
// The same value in every lane.
#define SPLAT16(value) ((vec16)((value) - (vec16){}))

// Hides where an address comes from. Without it the compiler keeps one address for every access of an unrolled loop,
// far more than there are registers, in place of a few and their distances.
#define OFFPRINT_OPAQUE(value) __asm__("" : "+r"(value))

#endif
