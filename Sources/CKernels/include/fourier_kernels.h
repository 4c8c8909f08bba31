#ifndef OFFPRINT_FOURIER_KERNELS_H
#define OFFPRINT_FOURIER_KERNELS_H

/// Signals of a tile: what is transformed at a time. Two neighbouring channels are the real and the imaginary part of
/// one complex signal, so a tile is 8 complex signals, 16 floats at each point.
#define OFFPRINT_SIGNALS 16
/// Columns (complex) in one panel of the right-hand side of a complex product.
#define OFFPRINT_COMPLEX_PANEL 16

/// 16 channels of a piece of an image, on the points of a tile.
typedef struct {
    /// The points of the tile; its point (y, x) begins at float y * row + x * OFFPRINT_SIGNALS.
    long rows, columns, row;
    /// The position in the image that lies on the point (0, 0).
    long top, left;
    /// The positions that exist: outside of them a tile reads as zeros and nothing is stored.
    long from_y, to_y, from_x, to_x;
    /// Floats between rows and between pixels of the image; the pointer that goes with it is position (0, 0).
    long image_row, pixel;
    /// Channels that exist, 1 ... 16: the others read as zeros.
    long lanes;
} offprint_tile;

/// How the taps of a kernel become complex signals. With z = w1 + i w2 for neighbouring output channels:
typedef enum {
    /// (z of the first input channel - i z of the second) / 2: what meets the spectrum of the pair of inputs.
    OFFPRINT_TAPS_PAIR = 0,
    /// (z of the first + i z of the second) / 2: what meets the conjugate of the mirrored spectrum.
    OFFPRINT_TAPS_MIRROR = 1,
    /// (w1 + w2) / 2 and (w1 - w2) / 2, real: the same for channels that meet only themselves.
    OFFPRINT_TAPS_SUM = 2,
    OFFPRINT_TAPS_DIFFERENCE = 3,
} offprint_tap_kind;

/// 16 output channels of a kernel. Tap (r, s) of an input channel begins at float r * tap_row + s * tap.
typedef struct {
    long taps_y, taps_x, tap_row, tap;
    /// Tap (r, s) lies on the point (r, s) of the tile, or on (taps_y - 1 - r, taps_x - 1 - s).
    int reversed;
    /// Points in a row of the tile, and floats from one row to the next.
    long columns, row;
    /// Output channels that exist, 1 ... 16.
    long lanes;
    /// What every tap is multiplied with.
    float scale;
} offprint_taps;

/// The butterflies between a transform of `radix * count` points and `radix` transforms of `count` points.
typedef struct {
    /// 2 or 3.
    long radix;
    long count;
    /// Floats from one point of the transform to the next, each with 16 floats.
    long step;
    /// How many transforms, and the floats between them.
    long transforms, apart;
    /// Before the small transforms (twiddle factors last), or after them (twiddle factors first).
    int before;
    /// -1 for the forward transform, 1 for the inverse.
    float sign;
    /// exp(sign * 2 pi i j n / (radix * count)) as re, im at twiddles[2 * ((j - 1) * count + n)].
    const float *twiddles;
} offprint_butterflies;

/// C (+)= A * B + conjugate(A') * B', complex: re and im side by side.
typedef struct {
    /// Complex numbers. `columns` is a multiple of 8.
    long rows, columns, depth;
    /// A(i, k) = a[i * a_row + k * a_step] and the float after it; one of both steps is 2. Null leaves the term out.
    const float *a, *a_conjugate;
    long a_row, a_step;
    /// B(k, j) = b[j / OFFPRINT_COMPLEX_PANEL * b_panel + k * b_step + j % OFFPRINT_COMPLEX_PANEL * 2].
    const float *b, *b_conjugate;
    long b_step, b_panel;
    /// Add to what C holds.
    int accumulate;
    /// C(i, j) = c[i * c_row + 2 * j].
    float *c;
    long c_row;
} offprint_complex_product;

/// A spectrum of rows x columns points with 16 floats each; its point (y, x) begins at float
/// y * row + x * OFFPRINT_SIGNALS.
typedef struct {
    long rows, columns, row;
} offprint_spectrum;

/// The loops around FFTW's transforms.
typedef struct {
    /// Writes every point of the tile.
    void (*load_tile)(const offprint_tile *tile, const float *image, float *out);

    /// image = tile + bias (`lanes` floats, or null) at every position of the tile that exists.
    void (*store_tile)(const offprint_tile *tile, const float *points, const float *bias, float *image);

    /// Writes the first `taps_y` rows of a tile. `second` is the second input channel, or null for zeros; the last
    /// two kinds do not use it.
    void (*load_taps)(const offprint_taps *taps, offprint_tap_kind kind, const float *first, const float *second,
                      float *out);

    /// The adjoint of `load_taps`: from the points of a pair and of its mirror to the gradients of both input
    /// channels. Where `mirror` is null, the points hold the gradient of `first` as it is. `second` may be null.
    void (*store_taps)(const offprint_taps *taps, const float *pair, const float *mirror, float *first, float *second);

    /// In place.
    void (*butterflies)(const offprint_butterflies *butterflies, float *data);

    /// Copies the 16 floats at each point to to[y * to_row + x * to_column], past the caches: for spectra that do not
    /// fit them. `to` and both steps are multiples of 64 bytes. Other threads see the copies when it returns.
    void (*spread_spectrum)(const offprint_spectrum *shape, const float *from, float *to, long to_row, long to_column);

    void (*complex_multiply)(const offprint_complex_product *product);

    /// z(f) = z(f) * sum(f) + conjugate(z(-f)) * difference(f), in place, for the 8 complex signals at each point.
    void (*channel_product)(const offprint_spectrum *shape, const float *sum, const float *difference, float *z);

    /// gradient(f) += (conjugate(X1) Y1 + i conjugate(X2) Y2)(f), where x and y are X1 + i X2 and Y1 + i Y2.
    void (*channel_gradient)(const offprint_spectrum *shape, const float *x, const float *y, float *gradient);
} offprint_fourier_kernels;

#endif
