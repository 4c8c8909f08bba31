// The transforms of Winograd's F(4x4, 3x3). Goals, in this order: a small error (points 0, +-5/8, +-3/2 and infinity, all
// constants but the three of the weights exact in binary); one order of operations everywhere; each pixel read once.
//
// A one-dimensional transform is written once, as a function of the frequency: where several are taken of the same
// values, the compiler shares what they have in common. Lanes are channels.
#include "lanes.h"

// The points a = 5/8 and b = 3/2, their powers, and what the polynomials over all points are made of.
#define OFFPRINT_A1 0.625f
#define OFFPRINT_A2 0.390625f
#define OFFPRINT_A3 0.244140625f
#define OFFPRINT_B1 1.5f
#define OFFPRINT_B2 2.25f
#define OFFPRINT_B3 3.375f
// a^2 b^2 and a^2 + b^2.
#define OFFPRINT_AB 0.87890625f
#define OFFPRINT_APB 2.640625f
// 1 / (a^2 b^2), 1 / (2 a^2 (a^2 - b^2)), 1 / (2 b^2 (b^2 - a^2)).
#define OFFPRINT_N0 ((float)(256.0 / 225.0))
#define OFFPRINT_NA ((float)(-4096.0 / 5950.0))
#define OFFPRINT_NB ((float)(256.0 / 2142.0))

// A sum over even and odd powers of one point: even + point * odd for the odd frequency, even - point * odd for the next.
#define OFFPRINT_POINT(i, point, even, odd) FMA16(SPLAT16((i) % 2 ? (point) : -(point)), (odd), (even))

// Frequency i of B^T d.
OFFPRINT_INLINE vec16 NAMED(input_frequency)(const int i, const vec16 *d) {
    if (i == 0) return FMA16(SPLAT16(OFFPRINT_AB), d[0], FMA16(SPLAT16(-OFFPRINT_APB), d[2], d[4]));
    if (i == 5) return FMA16(SPLAT16(OFFPRINT_AB), d[1], FMA16(SPLAT16(-OFFPRINT_APB), d[3], d[5]));
    vec16 other = SPLAT16(i <= 2 ? -OFFPRINT_B2 : -OFFPRINT_A2);
    vec16 even = FMA16(other, d[2], d[4]), odd = FMA16(other, d[1], d[3]);
    return OFFPRINT_POINT(i, i <= 2 ? OFFPRINT_A1 : OFFPRINT_B1, even, odd);
}

// Frequency i of A y.
OFFPRINT_INLINE vec16 NAMED(gradient_frequency)(const int i, const vec16 *y) {
    if (i == 0) return y[0];
    if (i == 5) return y[3];
    vec16 square = SPLAT16(i <= 2 ? OFFPRINT_A2 : OFFPRINT_B2);
    vec16 even = FMA16(square, y[2], y[0]), odd = FMA16(square, y[3], y[1]);
    return OFFPRINT_POINT(i, i <= 2 ? OFFPRINT_A1 : OFFPRINT_B1, even, odd);
}

// Frequency i of G g.
OFFPRINT_INLINE vec16 NAMED(weight_frequency)(const int i, const vec16 *g) {
    if (i == 0) return g[0] * SPLAT16(OFFPRINT_N0);
    if (i == 5) return g[2];
    vec16 even = FMA16(SPLAT16(i <= 2 ? OFFPRINT_A2 : OFFPRINT_B2), g[2], g[0]);
    return OFFPRINT_POINT(i, i <= 2 ? OFFPRINT_A1 : OFFPRINT_B1, even, g[1])
        * SPLAT16(i <= 2 ? OFFPRINT_NA : OFFPRINT_NB);
}

// Pixel i of A^T m.
OFFPRINT_INLINE vec16 NAMED(output_pixel)(const int i, const vec16 *m) {
    if (i == 0) return (m[0] + (m[1] + m[2])) + (m[3] + m[4]);
    if (i == 1) return FMA16(SPLAT16(OFFPRINT_A1), m[1] - m[2], SPLAT16(OFFPRINT_B1) * (m[3] - m[4]));
    if (i == 2) return FMA16(SPLAT16(OFFPRINT_A2), m[1] + m[2], SPLAT16(OFFPRINT_B2) * (m[3] + m[4]));
    return FMA16(SPLAT16(OFFPRINT_B3), m[3] - m[4], FMA16(SPLAT16(OFFPRINT_A3), m[1] - m[2], m[5]));
}

// Tap i of G^T m.
OFFPRINT_INLINE vec16 NAMED(weight_tap)(const int i, const vec16 *m) {
    vec16 na = SPLAT16(OFFPRINT_NA), nb = SPLAT16(OFFPRINT_NB);
    if (i == 0) return FMA16(SPLAT16(OFFPRINT_N0), m[0], FMA16(na, m[1] + m[2], nb * (m[3] + m[4])));
    if (i == 1) return FMA16(SPLAT16(OFFPRINT_A1), na * (m[1] - m[2]), SPLAT16(OFFPRINT_B1) * (nb * (m[3] - m[4])));
    return FMA16(SPLAT16(OFFPRINT_A2), na * (m[1] + m[2]), FMA16(SPLAT16(OFFPRINT_B2), nb * (m[3] + m[4]), m[5]));
}

// Patches: `side` is 6 for the input and 4 for the gradient.

// The pixels of a patch. Those outside of the image are zeros for every channel, so their step is 0.
typedef struct {
    // One pixel after the other, `row` and `pixel` floats apart.
    const float *x;
    long row, pixel;
    // Or each by itself: pixel n has the channels from `at[n] + (channel & mask[n])` on.
    const float *at[36];
    long mask[36];
} NAMED(patch);

OFFPRINT_INLINE vec16 NAMED(patch_pixel)(const int side, const int even, const NAMED(patch) *p, int y, int x, long c) {
    if (even) return *(const vec16 *)(p->x + y * p->row + x * p->pixel + c);
    int n = y * side + x;
    return *(const vec16 *)(p->at[n] + (c & p->mask[n]));
}

OFFPRINT_INLINE vec16 NAMED(patch_frequency)(const int side, const int i, const vec16 *d) {
    return side == 6 ? NAMED(input_frequency)(i, d) : NAMED(gradient_frequency)(i, d);
}

// All positions of one patch.
OFFPRINT_INLINE void NAMED(patch_whole)(
    const int side, const int even, const NAMED(patch) *p, long c, float *out, long position
) {
    vec16 down[6][6];
    OFFPRINT_UNROLL
    for (int column = 0; column < side; column++) {
        vec16 d[6];
        OFFPRINT_UNROLL
        for (int y = 0; y < side; y++) d[y] = NAMED(patch_pixel)(side, even, p, y, column, c);
        OFFPRINT_UNROLL
        for (int i = 0; i < 6; i++) down[i][column] = NAMED(patch_frequency)(side, i, d);
    }
    OFFPRINT_UNROLL
    for (int i = 0; i < 6; i++) {
        OFFPRINT_UNROLL
        for (int j = 0; j < 6; j++) {
            *(vec16 *)(out + (i * 6 + j) * position) = NAMED(patch_frequency)(side, j, down[i]);
        }
    }
}

// The positions of frequency i down.
OFFPRINT_INLINE void NAMED(patch_across)(
    const int side, const int even, const int i, const NAMED(patch) *p, long c, float *out, long position
) {
    vec16 down[6];
    OFFPRINT_UNROLL
    for (int column = 0; column < side; column++) {
        vec16 d[6];
        OFFPRINT_UNROLL
        for (int y = 0; y < side; y++) d[y] = NAMED(patch_pixel)(side, even, p, y, column, c);
        down[column] = NAMED(patch_frequency)(side, i, d);
    }
    OFFPRINT_UNROLL
    for (int j = 0; j < 6; j++) *(vec16 *)(out + j * position) = NAMED(patch_frequency)(side, j, down);
}

// Positions of the channels [from, to), whole vectors of them.
OFFPRINT_INLINE void NAMED(patch_channels)(
    const int side, const int even, const int i, const NAMED(patch) *p, long from, long to, float *out, long position
) {
    for (long c = from; c < to; c += OFFPRINT_LANES) {
        if (i < 0) NAMED(patch_whole)(side, even, p, c, out + c, position);
        else NAMED(patch_across)(side, even, i, p, c, out + c, position);
    }
}

// Frequency i down of the patches, or all frequencies where i is -1.
OFFPRINT_INLINE void NAMED(patches)(
    const int side, const int i, const offprint_tiles *tiles, const float *images, long first, long count, float *out,
    long position, long tile
) {
    float nothing[OFFPRINT_LANES] = {0}, last[36 * OFFPRINT_LANES];
    long each = tiles->grid_height * tiles->grid_width, row = tiles->width * tiles->pixel;
    long whole = tiles->channels / OFFPRINT_LANES * OFFPRINT_LANES;
    for (long t = 0; t < count; t++, out += tile) {
        long y = (first + t) % each / tiles->grid_width * OFFPRINT_TILE_SIDE + tiles->origin;
        long x = (first + t) % tiles->grid_width * OFFPRINT_TILE_SIDE + tiles->origin;
        const float *image = images + (first + t) / each * tiles->height * row;
        NAMED(patch) patch;
        if (y >= 0 && x >= 0 && y + side <= tiles->height && x + side <= tiles->width && whole == tiles->channels) {
            patch.x = image + y * row + x * tiles->pixel;
            patch.row = row;
            patch.pixel = tiles->pixel;
            NAMED(patch_channels)(side, 1, i, &patch, 0, whole, out, position);
            continue;
        }
        for (int n = 0; n < side * side; n++) {
            long py = y + n / side, px = x + n % side;
            int inside = py >= 0 && px >= 0 && py < tiles->height && px < tiles->width;
            patch.at[n] = inside ? image + py * row + px * tiles->pixel : nothing;
            patch.mask[n] = inside ? -1 : 0;
        }
        NAMED(patch_channels)(side, 0, i, &patch, 0, whole, out, position);
        if (whole == tiles->channels) continue;
        // The last channels, beside their zeros.
        for (int n = 0; n < side * side; n++) {
            vec16 v = {};
            NAMED(load)(&v, patch.at[n] + (whole & patch.mask[n]), tiles->channels - whole);
            *(vec16 *)(last + n * OFFPRINT_LANES) = v;
        }
        patch.x = last;
        patch.row = side * OFFPRINT_LANES;
        patch.pixel = OFFPRINT_LANES;
        NAMED(patch_channels)(side, 1, i, &patch, 0, OFFPRINT_LANES, out + whole, position);
    }
}

#define OFFPRINT_PATCHES(name, side)                                                                                  \
    static void NAMED(name)(                                                                                          \
        const offprint_tiles *tiles, const float *images, long first, long count, int from, int to, float *out,       \
        long position, long tile                                                                                      \
    ) {                                                                                                               \
        if (to - from == 6) return NAMED(patches)(side, -1, tiles, images, first, count, out, position, tile);        \
        switch (from) {                                                                                               \
        case 0: return NAMED(patches)(side, 0, tiles, images, first, count, out, position, tile);                     \
        case 1: return NAMED(patches)(side, 1, tiles, images, first, count, out, position, tile);                     \
        case 2: return NAMED(patches)(side, 2, tiles, images, first, count, out, position, tile);                     \
        case 3: return NAMED(patches)(side, 3, tiles, images, first, count, out, position, tile);                     \
        case 4: return NAMED(patches)(side, 4, tiles, images, first, count, out, position, tile);                     \
        case 5: return NAMED(patches)(side, 5, tiles, images, first, count, out, position, tile);                     \
        }                                                                                                             \
    }
OFFPRINT_PATCHES(winograd_input, 6)
OFFPRINT_PATCHES(winograd_gradient, 4)
#undef OFFPRINT_PATCHES

static void NAMED(winograd_output)(
    const offprint_tiles *p, const float *products, long position, long tile, long first, long count,
    const float *start, float *images
) {
    enum { SIDE = OFFPRINT_TILE_SIDE };
    long each = p->grid_height * p->grid_width, row = p->width * p->pixel;
    for (long t = 0; t < count; t++) {
        long y = (first + t) % each / p->grid_width * SIDE + p->origin;
        long x = (first + t) % p->grid_width * SIDE + p->origin;
        float *corner = images + (first + t) / each * p->height * row + y * row + x * p->pixel;
        long high = NAMED(smaller)(SIDE, p->height - y), wide = NAMED(smaller)(SIDE, p->width - x);
        for (long c = 0; c < p->channels; c += OFFPRINT_LANES) {
            long lanes = NAMED(smaller)(p->channels - c, OFFPRINT_LANES);
            const float *from = products + t * tile + c;
            vec16 down[SIDE][6];
            OFFPRINT_UNROLL
            for (int j = 0; j < 6; j++) {
                vec16 m[6];
                OFFPRINT_UNROLL
                for (int i = 0; i < 6; i++) m[i] = *(const vec16 *)(from + (i * 6 + j) * position);
                OFFPRINT_UNROLL
                for (int i = 0; i < SIDE; i++) down[i][j] = NAMED(output_pixel)(i, m);
            }
            vec16 added = {};
            if (start) NAMED(load)(&added, start + c, lanes);
            OFFPRINT_UNROLL
            for (int i = 0; i < SIDE; i++) {
                if (i >= high) break;
                float *to = corner + i * row + c;
                OFFPRINT_UNROLL
                for (int j = 0; j < SIDE; j++) {
                    vec16 value = NAMED(output_pixel)(j, down[i]);
                    if (start) value += added;
                    if (j < wide) NAMED(store)(to + j * p->pixel, &value, lanes);
                }
            }
        }
    }
}

// A block of 16 x 16: out[j * 16 + i] = from[i * row + j].
OFFPRINT_INLINE void NAMED(transpose_block)(const float *from, long row, float *out) {
    vec16 v[OFFPRINT_LANES], next[OFFPRINT_LANES];
    OFFPRINT_UNROLL
    for (int i = 0; i < OFFPRINT_LANES; i++) v[i] = *(const vec16 *)(from + i * row);
    // Each round moves the first bit of the lane's number into the row's, and the row's into the lane's.
    OFFPRINT_UNROLL
    for (int round = 0; round < 4; round++) {
        OFFPRINT_UNROLL
        for (int i = 0; i < 8; i++) {
            next[2 * i] = __builtin_shufflevector(
                v[i], v[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            next[2 * i + 1] = __builtin_shufflevector(
                v[i], v[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
        OFFPRINT_UNROLL
        for (int i = 0; i < OFFPRINT_LANES; i++) v[i] = next[i];
    }
    OFFPRINT_UNROLL
    for (int i = 0; i < OFFPRINT_LANES; i++) *(vec16 *)(out + i * OFFPRINT_LANES) = v[i];
}

// Copies 16 rows and columns, or fewer, zeros after the last column: out[c * 16 + k].
OFFPRINT_INLINE void NAMED(weight_block)(
    const offprint_winograd_weights *p, const float *from, long rows, long columns, float *out
) {
    if (p->row == 1 && rows == OFFPRINT_LANES && columns == OFFPRINT_LANES) {
        NAMED(transpose_block)(from, p->column, out);
        return;
    }
    for (long c = 0; c < rows; c++) {
        for (long k = 0; k < OFFPRINT_LANES; k++) {
            out[c * OFFPRINT_LANES + k] = k < columns ? from[c * p->row + k * p->column] : 0;
        }
    }
}

static void NAMED(winograd_weights)(const offprint_winograd_weights *p, float *out, long position) {
    enum { BLOCK = OFFPRINT_LANES * OFFPRINT_LANES };
    float beside[9 * BLOCK];
    for (long k = 0; k < OFFPRINT_PANEL; k += OFFPRINT_LANES) {
        long columns = NAMED(larger)(0, NAMED(smaller)(p->columns - k, OFFPRINT_LANES));
        int in_place = p->column == 1 && columns == OFFPRINT_LANES;
        for (long block = 0; block < p->rows; block += OFFPRINT_LANES) {
            long rows = NAMED(smaller)(p->rows - block, OFFPRINT_LANES);
            const float *from = p->w + block * p->row + k * p->column;
            long tap_y = p->tap_y, tap_x = p->tap_x, row = p->row;
            if (!in_place) {
                for (int tap = 0; tap < 9; tap++) {
                    NAMED(weight_block)(p, from + tap / 3 * tap_y + tap % 3 * tap_x, rows, columns, beside + tap * BLOCK);
                }
                from = beside;
                tap_y = 3 * BLOCK;
                tap_x = BLOCK;
                row = OFFPRINT_LANES;
            }
            for (long c = 0; c < rows; c++) {
                float *to = out + (block + c) * OFFPRINT_PANEL + k;
                vec16 down[6][3];
                OFFPRINT_UNROLL
                for (int s = 0; s < 3; s++) {
                    vec16 g[3];
                    OFFPRINT_UNROLL
                    for (int r = 0; r < 3; r++) g[r] = *(const vec16 *)(from + c * row + r * tap_y + s * tap_x);
                    OFFPRINT_UNROLL
                    for (int i = 0; i < 6; i++) down[i][s] = NAMED(weight_frequency)(i, g);
                }
                OFFPRINT_UNROLL
                for (int i = 0; i < 6; i++) {
                    OFFPRINT_UNROLL
                    for (int j = 0; j < 6; j++) {
                        *(vec16 *)(to + (i * 6 + j) * position) = NAMED(weight_frequency)(j, down[i]);
                    }
                }
            }
        }
    }
}

static void NAMED(winograd_weights_across)(
    long rows, long columns, const float *products, long position, long product_row, float *out, long tap, long row
) {
    for (long c = 0; c < rows; c++) {
        for (long k = 0; k < columns; k += OFFPRINT_LANES) {
            vec16 m[6];
            OFFPRINT_UNROLL
            for (int j = 0; j < 6; j++) m[j] = *(const vec16 *)(products + j * position + c * product_row + k);
            OFFPRINT_UNROLL
            for (int s = 0; s < 3; s++) {
                vec16 value = NAMED(weight_tap)(s, m);
                NAMED(store)(out + s * tap + c * row + k, &value, NAMED(smaller)(columns - k, OFFPRINT_LANES));
            }
        }
    }
}

static void NAMED(winograd_weights_down)(
    long count, long parts, const float *sums, long part_step, long frequency, float *out, long tap
) {
    for (long e = 0; e < count; e += OFFPRINT_LANES) {
        long lanes = NAMED(smaller)(count - e, OFFPRINT_LANES);
        vec16 z[6];
        OFFPRINT_UNROLL
        for (int i = 0; i < 6; i++) {
            vec16 sum = {};
            for (long part = 0; part < parts; part++) {
                vec16 value = {};
                NAMED(load)(&value, sums + part * part_step + i * frequency + e, lanes);
                sum = part ? sum + value : value;
            }
            z[i] = sum;
        }
        OFFPRINT_UNROLL
        for (int r = 0; r < 3; r++) {
            vec16 value = NAMED(weight_tap)(r, z);
            NAMED(store)(out + r * tap + e, &value, lanes);
        }
    }
}

static const offprint_winograd_kernels NAMED(winograd_kernels) = {
    .input = NAMED(winograd_input),
    .gradient = NAMED(winograd_gradient),
    .weights = NAMED(winograd_weights),
    .output = NAMED(winograd_output),
    .weights_across = NAMED(winograd_weights_across),
    .weights_down = NAMED(winograd_weights_down),
};
