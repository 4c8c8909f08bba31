// Which instruction sets this processor runs.
#include "CKernels.h"
#include "isa_tables.h"

static int processor_runs(offprint_isa isa) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    switch (isa) {
    case OFFPRINT_ISA_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case OFFPRINT_ISA_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case OFFPRINT_ISA_NEON: return 0;
    case OFFPRINT_ISA_PORTABLE: return 1;
    }
    return 0;
#else
    return isa == OFFPRINT_ISA_PORTABLE || isa == OFFPRINT_ISA_NEON;
#endif
}

const offprint_kernels *offprint_kernels_for(offprint_isa isa) {
    if (!processor_runs(isa)) return 0;
    switch (isa) {
    case OFFPRINT_ISA_AVX512: return offprint_table_avx512();
    case OFFPRINT_ISA_AVX2: return offprint_table_avx2();
    case OFFPRINT_ISA_NEON: return offprint_table_neon();
    case OFFPRINT_ISA_PORTABLE: return offprint_table_portable();
    }
    return 0;
}
