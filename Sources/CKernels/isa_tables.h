#ifndef OFFPRINT_ISA_TABLES_H
#define OFFPRINT_ISA_TABLES_H

#include "CKernels.h"

// Each is a null pointer where the build's processor family lacks the instruction set.
const offprint_kernels *offprint_table_avx512(void);
const offprint_kernels *offprint_table_avx2(void);
const offprint_kernels *offprint_table_neon(void);
const offprint_kernels *offprint_table_portable(void);

#endif
