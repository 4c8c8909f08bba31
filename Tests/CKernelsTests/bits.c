// Prints one line for each leaf loop: its name and a digest of the bits it writes on fixed operands, for the
// instruction set named as argument. Two instruction sets agree when their lines do. See scripts/check-bits.
#define _POSIX_C_SOURCE 200809L  // posix_memalign
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

static uint64_t state = 1;

// Floats in [-1, 1), the same everywhere. Not a byte more than asked for, so that a memory checker sees the end.
static float *operand(long count) {
    void *memory = NULL;
    if (posix_memalign(&memory, 64, (size_t)count * 4)) abort();
    float *values = memory;
    for (long i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        values[i] = (float)(int32_t)(state >> 32) * 0x1p-31f;
    }
    return values;
}

static float *blank(long count) {
    float *values = operand(count);
    memset(values, 0, (size_t)count * 4);
    return values;
}

static void report(const char *name, long number, const void *bytes, size_t size) {
    uint64_t hash = 1469598103934665603u;
    for (size_t i = 0; i < size; i++) hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    printf("%s %ld %016llx\n", name, number, (unsigned long long)hash);
}

static void products(const offprint_convolution_kernels *loops) {
    for (long columns = 1; columns <= 65; columns += 16) {
        enum { ROWS = 29, DEPTH = 77 };
        long panels = (columns + OFFPRINT_PANEL - 1) / OFFPRINT_PANEL;
        float *a = operand(ROWS * OFFPRINT_PITCH), *b = operand(panels * DEPTH * OFFPRINT_PANEL);
        float *start = operand(columns), *c = blank(ROWS * columns);
        offprint_product product = {
            .rows = ROWS, .columns = columns, .depth = DEPTH, .a = a, .a_row = OFFPRINT_PITCH, .a_step = 1, .b = b,
            .b_step = OFFPRINT_PANEL, .b_panel = DEPTH * OFFPRINT_PANEL, .start = start, .c = c, .c_row = columns,
        };
        loops->multiply(&product);
        report("multiply", columns, c, (size_t)(ROWS * columns) * 4);
        float *sums = blank(columns);
        loops->sum_rows(ROWS, columns, c, columns, sums);
        report("sum_rows", columns, sums, (size_t)columns * 4);
    }
    enum { PIXELS = 8, CHANNELS = 19, WINDOWS = 2 * PIXELS * PIXELS };
    float *images = operand(2 * PIXELS * PIXELS * CHANNELS), *windows = blank((WINDOWS + 1) * OFFPRINT_PITCH);
    offprint_window window = {PIXELS, PIXELS, CHANNELS, CHANNELS, PIXELS, PIXELS, 1, -1, -1, 3, 3};
    loops->gather(&window, images, images + 2 * PIXELS * PIXELS * CHANNELS, 0, WINDOWS, 5, 9 * CHANNELS - 5, windows,
                  OFFPRINT_PITCH);
    for (long i = 0; i < WINDOWS; i++) {
        if (i % 31 == 0) report("gather", i, windows + i * OFFPRINT_PITCH, (9 * CHANNELS - 5) * 4);
    }
    float *folded = blank(PIXELS * CHANNELS);
    loops->fold_channels(PIXELS * 8, 2, images, folded);
    report("fold_channels", 2, folded, PIXELS * 8 * 4);
}

static void channelBands(const offprint_convolution_kernels *loops) {
    static const long kinds[][2] = {{1, 1}, {1, 2}, {1, 3}, {2, 1}, {4, 1}, {8, 1}};
    for (int kind = 0; kind < 6; kind++) {
        long group = kinds[kind][0], multiplier = kinds[kind][1];
        for (long channels = 48; channels <= 96; channels += 48) {
            enum { HEIGHT = 7, WIDTH = 13 };
            long source = channels / multiplier, taps = 9 * group * channels, places = HEIGHT * WIDTH * channels;
            float *x = operand(HEIGHT * WIDTH * source), *w = operand(taps), *y = blank(places);
            float *gradient = operand(places), *weights = blank(taps), *start = operand(channels);
            offprint_channel_band band = {
                HEIGHT, WIDTH, channels, group, multiplier, x, WIDTH * source, source, HEIGHT, WIDTH, w,
                3 * group * channels, group * channels, channels, 16, 3, 3, 1, -1, -1, start, y, WIDTH * channels, channels,
            };
            loops->channel_band(&band);
            report("channel_band", 1000 * kind + channels, y, (size_t)places * 4);
            loops->channel_band_weights(&band, gradient, weights);
            report("channel_band_weights", 1000 * kind + channels, weights, (size_t)taps * 4);
        }
    }
}

static void denseBands(const offprint_convolution_kernels *loops) {
    enum { HEIGHT = 7, WIDTH = 13, WEIGHTS = 9 * 16 * 16 };
    for (long step = 1; step <= 3; step++) {
        long rows = (HEIGHT - 1) / step + 1, columns = (WIDTH - 1) / step + 1, places = rows * columns * 16;
        float *x = operand(HEIGHT * WIDTH * 16), *w = operand(WEIGHTS), *y = blank(places), *start = operand(16);
        float *gradient = operand(places), *weights = blank(WEIGHTS);
        offprint_channel_band band = {
            rows, columns, 16, 16, 1, x, WIDTH * 16, 16, HEIGHT, WIDTH, w, 3 * 256, 256, 16, WEIGHTS, 3, 3, step, -1, -1,
            start, y, columns * 16, 16,
        };
        loops->dense_band(&band);
        report("dense_band", step, y, (size_t)places * 4);
        loops->dense_band_weights(&band, gradient, weights);
        report("dense_band_weights", step, weights, WEIGHTS * 4);
    }
}

static void packedBands(const offprint_convolution_kernels *loops) {
    static const long kinds[][3] = {{1, 3, 1}, {1, 3, 2}, {1, 7, 1}, {2, 3, 1}, {4, 3, 1}, {4, 3, 2}, {8, 3, 1}, {8, 3, 2}};
    for (int kind = 0; kind < 8; kind++) {
        enum { HEIGHT = 9, WIDTH = 15 };
        long group = kinds[kind][0], side = kinds[kind][1], step = kinds[kind][2];
        long rows = (HEIGHT - 1) / step + 1, columns = (WIDTH - 1) / step + 1, places = rows * columns * 16;
        long tap = group * 16, taps = side * side * tap;
        float *x = operand(HEIGHT * WIDTH * 16), *w = operand(taps), *y = blank(places), *start = operand(16);
        float *gradient = operand(places), *weights = blank(taps);
        offprint_channel_band band = {
            rows, columns, 16, group, 1, x, WIDTH * 16, 16, HEIGHT, WIDTH, w, side * tap, tap, 16, taps, side, side, step,
            -(side / 2), -(side / 2), start, y, columns * 16, 16,
        };
        loops->packed_band(&band);
        report("packed_band", kind, y, (size_t)places * 4);
        loops->packed_band_weights(&band, gradient, weights);
        report("packed_band_weights", kind, weights, (size_t)taps * 4);
    }
}

static void winograd(const offprint_winograd_kernels *loops) {
    for (long channels = 16; channels <= 32; channels += 9) {
        enum { SIDE = 9, GRID = 3, TILES = GRID * GRID };
        long wide = (channels + 15) / 16 * 16, position = TILES * wide;
        float *images = operand(SIDE * SIDE * channels), *tiles = blank(OFFPRINT_POSITIONS * position);
        offprint_tiles grid = {SIDE, SIDE, channels, channels, GRID, GRID, -1};
        loops->input(&grid, images, 0, TILES, 0, 6, tiles, position, wide);
        report("winograd input", channels, tiles, (size_t)(OFFPRINT_POSITIONS * position) * 4);
        grid.origin = 0;
        float *back = blank(SIDE * SIDE * channels);
        loops->output(&grid, tiles, position, wide, 0, TILES, NULL, back);
        report("winograd output", channels, back, (size_t)(SIDE * SIDE * channels) * 4);
        loops->gradient(&grid, images, 0, TILES, 0, 6, tiles, position, wide);
        report("winograd gradient", channels, tiles, (size_t)(OFFPRINT_POSITIONS * position) * 4);
        float *w = operand(9 * channels * 32), *spectrum = blank(OFFPRINT_POSITIONS * channels * 32);
        offprint_winograd_weights weights = {w, 3 * channels * 32, channels * 32, 32, 1, channels, 32};
        loops->weights(&weights, spectrum, channels * 32);
        report("winograd weights", channels, spectrum, (size_t)(OFFPRINT_POSITIONS * channels * 32) * 4);
        float *across = blank(3 * channels * 32), *down = blank(3 * channels * 32);
        loops->weights_across(channels, 32, spectrum, channels * 32, 32, across, channels * 32, 32);
        report("winograd weights_across", channels, across, (size_t)(3 * channels * 32) * 4);
        loops->weights_down(channels * 32, 1, spectrum, 0, channels * 32, down, channels * 32);
        report("winograd weights_down", channels, down, (size_t)(3 * channels * 32) * 4);
    }
}

static void elements(const offprint_elementwise_kernels *loops) {
    enum { COUNT = 1037 };
    float *a = operand(COUNT), *b = operand(COUNT), *y = blank(COUNT);
    offprint_clamp clamp = {OFFPRINT_CLAMP_BOTH, 0.5f};
    loops->add(COUNT, a, b, clamp, y);
    report("add", COUNT, y, sizeof(float) * COUNT);
    loops->accumulate(COUNT, a, y);
    report("accumulate", COUNT, y, sizeof(float) * COUNT);
    loops->clamp_gradient(COUNT, y, b, clamp, y);
    report("clamp_gradient", COUNT, y, sizeof(float) * COUNT);
    unsigned char bytes[COUNT];
    for (int i = 0; i < COUNT; i++) bytes[i] = (unsigned char)(i * 37);
    for (int flipped = 0; flipped < 2; flipped++) {
        loops->load_pixels(COUNT / 3, 3, bytes, flipped, a, b, y);
        report("load_pixels", flipped, y, sizeof(float) * (COUNT / 3 * 3));
    }
    loops->add_clamp_gradient(COUNT, y, a, b, clamp, y);
    report("add_clamp_gradient", COUNT, y, sizeof(float) * COUNT);
}

static void normalization(const offprint_normalization_kernels *loops) {
    for (long width = 16; width <= 40; width += 12) {
        long length = 97 * width;
        float *x = operand(length), *dy = operand(length), *y = blank(length), *mean = operand(width);
        float *scale = operand(width), *shift = operand(width), *slope = operand(width), *slope3 = operand(3 * width);
        double sums[2 * 40] = {0};
        offprint_clamp clamp = {OFFPRINT_CLAMP_BELOW, 0};
        loops->deviation_sums(length, width, x, mean, 1, sums);
        report("deviation_sums", width, sums, sizeof(double) * (size_t)(2 * width));
        loops->normalize(length, width, x, mean, scale, shift, clamp, y);
        report("normalize", width, y, (size_t)length * 4);
        float *part = blank(97 * (width - 3));
        loops->normalize_rows(97, width - 3, x, width, mean, scale, shift, clamp, part, width - 3);
        report("normalize_rows", width, part, (size_t)(97 * (width - 3)) * 4);
        loops->normalize_add(length, width, x, slope3, dy, slope3, clamp, y);
        report("normalize_add", width, y, (size_t)length * 4);
        loops->gradient_sums(length, width, x, dy, mean, scale, shift, clamp, 1, sums);
        report("gradient_sums", width, sums, sizeof(double) * (size_t)(2 * width));
        loops->gradient(length, width, x, dy, mean, scale, shift, shift, slope, clamp, y);
        report("gradient", width, y, (size_t)length * 4);
    }
}

static void poolingAndJoining(const offprint_kernels *kernels) {
    enum { SIDE = 9, CHANNELS = 21, OUT = 5 };
    offprint_pooling g = {SIDE, SIDE, CHANNELS, 3, 2, 1, OUT, OUT};
    float *x = operand(SIDE * SIDE * CHANNELS), *dy = operand(OUT * OUT * CHANNELS);
    float *y = blank(SIDE * SIDE * CHANNELS);
    for (long row = 0; row < OUT; row++) {
        kernels->pooling.max_row(&g, x, row, y);
        report("max_row", row, y, OUT * CHANNELS * 4);
        kernels->pooling.average_row(&g, x, row, y);
        report("average_row", row, y, OUT * CHANNELS * 4);
    }
    kernels->pooling.max_gradient(&g, x, dy, 0, CHANNELS, y);
    report("max_gradient", 0, y, SIDE * SIDE * CHANNELS * 4);
    for (long row = 0; row < SIDE; row++) {
        kernels->pooling.average_gradient_row(&g, dy, row, y);
        report("average_gradient_row", row, y, SIDE * CHANNELS * 4);
    }
    kernels->pooling.mean_pixels(SIDE * SIDE, CHANNELS, x, y);
    report("mean_pixels", 0, y, CHANNELS * 4);
    kernels->joining.interleave(SIDE * SIDE, 3, 7, x, y);
    report("interleave", 0, y, SIDE * SIDE * CHANNELS * 4);
}

static void optimization(const offprint_optimization_kernels *loops) {
    enum { COUNT = 513 };
    float *gradient = operand(COUNT), *p = operand(COUNT), *m = operand(COUNT), *v = operand(COUNT);
    for (int i = 0; i < COUNT; i++) v[i] = v[i] < 0 ? -v[i] : v[i];
    offprint_adam adam = {.step = 1e-3f, .beta2 = 0.999f, .new1 = 0.1f, .new2 = 1e-3f, .epsilon = 1e-8f,
                          .weight_decay = 1e-5f, .shrink = 1e-4f, .inverse_root_correction2 = 1.25f};
    loops->adam(COUNT, &adam, gradient, p, m, v);
    report("adam", COUNT, p, sizeof(float) * COUNT);
    offprint_sgd sgd = {.rate = 0.1f, .momentum = 0.9f, .weight_decay = 1e-4f, .nesterov = 1};
    loops->sgd(COUNT, &sgd, gradient, p, v);
    report("sgd", COUNT, p, sizeof(float) * COUNT);
    double squares = loops->sum_of_squares(COUNT, gradient);
    report("sum_of_squares", COUNT, &squares, sizeof squares);
    loops->scale(COUNT, 0.3f, p);
    loops->approach(COUNT, 0.1f, gradient, p);
    report("approach", COUNT, p, sizeof(float) * COUNT);
}

int main(int count, char **arguments) {
    static const char *names[] = {"portable", "neon", "avx2", "avx512"};
    for (int isa = 0; count == 2 && isa < 4; isa++) {
        if (strcmp(arguments[1], names[isa])) continue;
        const offprint_kernels *kernels = offprint_kernels_for((offprint_isa)isa);
        if (!kernels) return 3;
        products(&kernels->convolution);
        channelBands(&kernels->convolution);
        denseBands(&kernels->convolution);
        packedBands(&kernels->convolution);
        winograd(&kernels->convolution.winograd);
        elements(&kernels->elementwise);
        normalization(&kernels->normalization);
        poolingAndJoining(kernels);
        optimization(&kernels->optimization);
        return 0;
    }
    fprintf(stderr, "usage: bits portable|neon|avx2|avx512\n");
    return 2;
}
