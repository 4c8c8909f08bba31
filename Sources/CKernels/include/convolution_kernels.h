#ifndef OFFPRINT_CONVOLUTION_KERNELS_H
#define OFFPRINT_CONVOLUTION_KERNELS_H

#include "winograd_kernels.h"

/// Columns in one packed panel of the right-hand side of a product.
#define OFFPRINT_PANEL 32
/// The longest piece of the reduction that is packed at a time, in elements.
#define OFFPRINT_DEPTH 256
/// Floats from one row to the next of a packed left-hand side: an odd number of cache lines, so that rows
/// do not collide, and 16 more than `OFFPRINT_DEPTH`, which `gather` may overwrite.
#define OFFPRINT_PITCH 272

/// C = start + A * B over one piece of the reduction.
typedef struct {
    long rows, columns, depth;
    /// A(i, k) = a[i * a_row + k * a_step]. Either `a_step` or `a_row` must be 1.
    const float *a;
    long a_row, a_step;
    /// Where A is a copy: what the next piece will be a copy of, to be asked for ahead, a row (where `a_row` is 1: a term)
    /// every `ask_row` floats. Null where A lies in place, or nothing is to be asked for.
    const float *ask;
    long ask_row;
    /// The reduction may be made of several runs of `depth` elements: A of run r begins at a + r * a_run, and B goes on
    /// where it was. 0 stands for one run.
    long runs, a_run;
    /// B(k, j) = b[j / OFFPRINT_PANEL * b_panel + k * b_step + j % OFFPRINT_PANEL]. Readable, in every row of a
    /// panel, up to the next multiple of 16 columns.
    const float *b;
    long b_step, b_panel;
    /// start(i, j) = start[i * start_row + j], or zero where `start` is null. May be C itself.
    const float *start;
    long start_row;
    /// C(i, j) = c[i * c_row + j].
    float *c;
    long c_row;
} offprint_product;

/// Windows over the images of a `[N, height, width, pixel]` tensor: one for every place of a grid over each image.
/// Tap (ty, tx) of the window at grid place (gy, gx) lies on the source pixel
/// (gy * step + y_origin + ty, gx * step + x_origin + tx); outside of the image it reads as zeros.
typedef struct {
    long height, width;
    /// Floats from one source pixel to the next, and how many consecutive ones of them a tap takes.
    long pixel, channels;
    long grid_height, grid_width;
    long step, y_origin, x_origin;
    long taps_y, taps_x;
} offprint_window;

/// Rows of places over one image of a convolution whose groups are small. Lane c sums over the taps and over the
/// `group` channels j of its group x(j) * w(c).
typedef struct {
    /// Rows, places in each, and channels of each place.
    long rows, places, channels;
    /// Input channels of a group: 1, 2, 4, 8, or 16 for the loops named dense. Where it is 1, lane c reads source channel c / multiplier; else
    /// `multiplier` is 1.
    long group, multiplier;
    /// The first pixel of the image, the floats from one source row to the next and from one source pixel to the
    /// next, and the extents of the image.
    const float *x;
    long x_row, x_pixel, height, width;
    /// Tap (ty, tx) has the weights w[ty * w_row + tx * w_tap + j * w_channel + c / 16 * w_block + c % 16].
    const float *w;
    long w_row, w_tap, w_channel, w_block;
    long taps_y, taps_x;
    /// Tap (ty, tx) of place i of a row lies on the pixel (row * step + y_origin + ty, i * step + x_origin + tx);
    /// outside of the image it is left out.
    long step, y_origin, x_origin;
    /// The value the sums start from, for every channel, or null for zero.
    const float *start;
    /// The places to write: rows `y_row` and places `y_place` floats apart.
    float *y;
    long y_row, y_place;
    /// Whether the loops over gradients ask ahead, because the tensors are not in the second cache. They then lie whole in
    /// memory, row after row and image after image.
    int far;
    /// Floats from where the source lies to where to ask ahead for it, where it is a copy whose next piece lies elsewhere.
    long ahead;
} offprint_channel_band;

/// The leaf loops of matrix products and convolutions.
typedef struct {
    /// Chains of independent fused multiply-adds in registers: the yardstick of `bench kernels`.
    /// Performs `iterations` rounds and returns the floating-point operations done (two per multiply-add).
    double (*fma_peak)(long iterations, float *sink);

    /// Every C(i, j) is start(i, j) followed by one fused multiply-add for each k, in ascending order.
    void (*multiply)(const offprint_product *product);

    /// Copies elements [first_depth, first_depth + depth) of the windows [first, first + count), each window read
    /// in the order tap row, tap column, channel, to out[window * pitch + element]. Reads nothing at or past
    /// `limit`, the end of the tensor. May also write the 15 floats after each window's last element.
    void (*gather)(const offprint_window *window, const float *source, const float *limit, long first, long count,
                   long first_depth, long depth, float *out, long pitch);

    /// Packs one panel: out[k * out_step + j] = source[k * step + j * column] for j < columns <= out_step, and zero
    /// for the other j < out_step.
    void (*pack_panel)(long depth, long columns, const float *source, long step, long column, float *out,
                       long out_step);

    /// Packs pixels vector by vector of their channels: out[v * pitch + i * 16 + c] = source[i * pixel + v * 16 + c] for
    /// c < 16.
    void (*pack_vectors)(long pixels, long vectors, const float *source, long pixel, float *out, long pitch);

    /// out[j] = the sum over i of source[i * row + j], in ascending order of i, for j < columns.
    void (*sum_rows)(long rows, long columns, const float *source, long row, float *out);

    /// Writes y[row * y_row + i * y_place + c] for all rows, places i and channels c: `start`, then one fused
    /// multiply-add for each tap inside of the image and each j, in ascending order of ty, tx, j.
    void (*channel_band)(const offprint_channel_band *band);

    /// Adds to `weight_gradient`, laid out as `w` would be, the products of the source at each tap (channel j of c's
    /// group) and `gradient[row * y_row + i * y_place + c]`, for all rows and places in ascending order. `w`, `start`
    /// and `y` of the band are not used.
    void (*channel_band_weights)(const offprint_channel_band *band, const float *gradient, float *weight_gradient);

    /// `channel_band` for one group of 16 channels in and out, whose pixels and weights are packed: `channels`, `x_pixel`
    /// and `w_channel` are 16.
    void (*dense_band)(const offprint_channel_band *band);

    /// `channel_band_weights` likewise; `y_place` is 16 as well.
    void (*dense_band_weights)(const offprint_channel_band *band, const float *gradient, float *weight_gradient);

    /// Whether the next two are faster than `channel_band` and `channel_band_weights`, packing included, where these have
    /// more to do than to read: few registers.
    int packs_groups;

    /// `channel_band` for one vector of 16 channels whose pixels are packed: `channels` and `x_pixel` are 16, `multiplier` is
    /// 1, and so is `group`, or 2, 4 or 8.
    void (*packed_band)(const offprint_channel_band *band);

    /// `channel_band_weights` likewise; `y_place` is 16 as well.
    void (*packed_band_weights)(const offprint_channel_band *band, const float *gradient, float *weight_gradient);

    /// out[i * channels + c] = the sum over j < multiplier of source[(i * channels + c) * multiplier + j], ascending.
    void (*fold_channels)(long count, long multiplier, const float *source, float *out);

    /// The transforms of the convolution by Winograd.
    offprint_winograd_kernels winograd;
} offprint_convolution_kernels;

#endif
