#ifndef OFFPRINT_WINOGRAD_KERNELS_H
#define OFFPRINT_WINOGRAD_KERNELS_H

/// Positions of a transformed tile: six frequencies down, six across. Position `i * 6 + j` is frequency i down, j across.
#define OFFPRINT_POSITIONS 36
/// Output pixels of a tile, in height and in width.
#define OFFPRINT_TILE_SIDE 4

/// A grid of tiles over each image of a `[N, height, width, pixel]` tensor. The patch of grid place (gy, gx) begins at
/// pixel (4 * gy + origin, 4 * gx + origin).
typedef struct {
    long height, width;
    /// Floats from one pixel to the next, and how many consecutive ones of them take part.
    long pixel, channels;
    long grid_height, grid_width;
    long origin;
} offprint_tiles;

/// Weights g(r, s, c, k) = w[r * tap_y + s * tap_x + c * row + k * column] for r, s < 3, c < rows, k < columns.
/// Either `row` or `column` is 1.
typedef struct {
    const float *w;
    long tap_y, tap_x, row, column;
    long rows, columns;
} offprint_winograd_weights;

/// The transforms of Winograd's F(4x4, 3x3) over the points 0, 5/8, -5/8, 3/2, -3/2 and infinity.
///
/// Tiles are numbered through the images; `first` and `count` name a range of them. The first two loops write
/// frequencies [from, to) down (all six, or one): value c of tile t at position (i, j) goes to
/// out[((i - from) * 6 + j) * position + t * tile + c], t counted from `first`. They may also write the floats after the
/// last channel up to the next multiple of 16.
typedef struct {
    /// Patches of 6x6 pixels, zeros outside of the image, transformed as B^T d B.
    void (*input)(const offprint_tiles *tiles, const float *images, long first, long count, int from, int to,
                  float *out, long position, long tile);

    /// Patches of 4x4 pixels, zeros outside of the image, transformed as A d A^T: the gradient of `output`.
    void (*gradient)(const offprint_tiles *tiles, const float *images, long first, long count, int from, int to,
                     float *out, long position, long tile);

    /// Weights transformed as G g G^T: (c, k) goes to out[(i * 6 + j) * position + c * 32 + k], zero for
    /// columns <= k < 32. At most 32 columns.
    void (*weights)(const offprint_winograd_weights *weights, float *out, long position);

    /// Transforms positions back to 4x4 pixels as A^T m A and adds `start` (one value a channel, or null). Reads
    /// products[(i * 6 + j) * position + t * tile + c] and writes the pixels that lie in the image. May also read the
    /// floats after the last channel up to the next multiple of 16.
    void (*output)(const offprint_tiles *tiles, const float *products, long position, long tile, long first, long count,
                   const float *start, float *images);

    /// The six positions across of one frequency down, transformed back to three taps as m G: reads
    /// products[j * position + c * product_row + k] for c < rows, k < columns (and the floats after it up to a multiple
    /// of 16), writes out[s * tap + c * row + k].
    void (*weights_across)(long rows, long columns, const float *products, long position, long product_row, float *out,
                           long tap, long row);

    /// The six frequencies down transformed back to three taps as G^T z, each frequency being the sum over its parts in
    /// ascending order: reads sums[part * part_step + i * frequency + e] and writes out[r * tap + e] for e < count.
    void (*weights_down)(long count, long parts, const float *sums, long part_step, long frequency, float *out,
                         long tap);
} offprint_winograd_kernels;

#endif
