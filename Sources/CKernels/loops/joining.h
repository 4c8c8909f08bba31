// Loops that move channels between maps. See include/joining_kernels.h for the contracts.
#include "lanes.h"

static void NAMED(copy_rows)(long rows, long width, const float *x, long x_stride, float *y, long y_stride) {
    if (width == OFFPRINT_LANES / 2) {
        for (long r = 0; r < rows; r++, x += x_stride, y += y_stride) *(vec8 *)y = *(const vec8 *)x;
        return;
    }
    const long lanes = NAMED(smaller)(width, OFFPRINT_LANES);
    for (long r = 0; r < rows; r++, x += x_stride, y += y_stride) {
        for (long wanted = 0; wanted < width; wanted += OFFPRINT_LANES) {
            const long c = NAMED(smaller)(wanted, width - lanes);
            vec16 v = {};
            NAMED(load)(&v, x + c, lanes);
            NAMED(store)(y + c, &v, lanes);
        }
    }
}

static void NAMED(add_rows)(long rows, long width, const float *x, long x_stride, float *y, long y_stride) {
    const long whole = width - width % OFFPRINT_LANES;
    const long half = width & (OFFPRINT_LANES / 2);
    for (long r = 0; r < rows; r++, x += x_stride, y += y_stride) {
        for (long c = 0; c < whole; c += OFFPRINT_LANES) {
            *(vec16 *)(y + c) = *(const vec16 *)(y + c) + *(const vec16 *)(x + c);
        }
        if (half) *(vec8 *)(y + whole) = *(const vec8 *)(y + whole) + *(const vec8 *)(x + whole);
        for (long c = whole + half; c < width; c++) y[c] = y[c] + x[c];
    }
}

#define ZIP_LOW16(a, b) \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_HIGH16(a, b) \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define EVEN16(a, b) \
    __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD16(a, b) \
    __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)

// Two and four groups, the ones networks use, go 16 channels of every group at a time.
static void NAMED(interleave)(long rows, long groups, long each, const float *x, float *y) {
    const long whole = groups == 2 || groups == 4 ? each - each % OFFPRINT_LANES : 0;
    for (long r = 0; r < rows; r++, x += groups * each, y += groups * each) {
        for (long j = 0; j < whole; j += OFFPRINT_LANES) {
            const vec16 a = *(const vec16 *)(x + j), b = *(const vec16 *)(x + each + j);
            vec16 *out = (vec16 *)(y + j * groups);
            if (groups == 2) {
                out[0] = ZIP_LOW16(a, b);
                out[1] = ZIP_HIGH16(a, b);
            } else {
                const vec16 c = *(const vec16 *)(x + 2 * each + j), d = *(const vec16 *)(x + 3 * each + j);
                const vec16 ac0 = ZIP_LOW16(a, c), ac1 = ZIP_HIGH16(a, c);
                const vec16 bd0 = ZIP_LOW16(b, d), bd1 = ZIP_HIGH16(b, d);
                out[0] = ZIP_LOW16(ac0, bd0);
                out[1] = ZIP_HIGH16(ac0, bd0);
                out[2] = ZIP_LOW16(ac1, bd1);
                out[3] = ZIP_HIGH16(ac1, bd1);
            }
        }
        for (long j = whole; j < each; j++) {
            for (long i = 0; i < groups; i++) y[j * groups + i] = x[i * each + j];
        }
    }
}

static void NAMED(deinterleave)(long rows, long groups, long each, const float *x, float *y) {
    const long whole = groups == 2 || groups == 4 ? each - each % OFFPRINT_LANES : 0;
    for (long r = 0; r < rows; r++, x += groups * each, y += groups * each) {
        for (long j = 0; j < whole; j += OFFPRINT_LANES) {
            const vec16 *in = (const vec16 *)(x + j * groups);
            if (groups == 2) {
                *(vec16 *)(y + j) = EVEN16(in[0], in[1]);
                *(vec16 *)(y + each + j) = ODD16(in[0], in[1]);
            } else {
                const vec16 ac0 = EVEN16(in[0], in[1]), bd0 = ODD16(in[0], in[1]);
                const vec16 ac1 = EVEN16(in[2], in[3]), bd1 = ODD16(in[2], in[3]);
                *(vec16 *)(y + j) = EVEN16(ac0, ac1);
                *(vec16 *)(y + each + j) = EVEN16(bd0, bd1);
                *(vec16 *)(y + 2 * each + j) = ODD16(ac0, ac1);
                *(vec16 *)(y + 3 * each + j) = ODD16(bd0, bd1);
            }
        }
        for (long j = whole; j < each; j++) {
            for (long i = 0; i < groups; i++) y[i * each + j] = x[j * groups + i];
        }
    }
}

static const offprint_joining_kernels NAMED(joining_kernels) = {
    .copy_rows = NAMED(copy_rows),
    .add_rows = NAMED(add_rows),
    .interleave = NAMED(interleave),
    .deinterleave = NAMED(deinterleave),
};
