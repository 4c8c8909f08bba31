// Loops of pooling. See include/pooling_kernels.h for the contracts.
//
// Lanes run over channels; every window is walked in row-major order. Where outputs do not depend on what
// they overwrite, the last vector of a pixel overlaps the one before it.
#include "lanes.h"

// The part of a window that lies on the map, along one side.
OFFPRINT_INLINE void NAMED(window_range)(
    const offprint_pooling *g, long output, long extent, long *first, long *end) {
    const long start = output * g->stride - g->padding;
    *first = NAMED(larger)(start, 0);
    *end = NAMED(smaller)(start + g->window, extent);
}

// The outputs whose windows hold one place, along one side.
OFFPRINT_INLINE void NAMED(covering_range)(
    const offprint_pooling *g, long input, long outputs, long *first, long *end) {
    const long before = input + g->padding - g->window;  // The last start of a window that ends too early.
    *first = before < 0 ? 0 : before / g->stride + 1;
    *end = NAMED(smaller)((input + g->padding) / g->stride + 1, outputs);
}

// The winner so far stays where it ties; a NaN beats everything and is never beaten.
#define BEATS16(value, best) ((ivec16)((value) > (best)) | (ivec16)((value) != (value)))

OFFPRINT_INLINE void NAMED(max_row_lanes)(
    const offprint_pooling *g, const float *x, long output_y, float *row, long lanes) {
    const long channels = g->channels;
    long y0, y1, x0, x1;
    NAMED(window_range)(g, output_y, g->height, &y0, &y1);
    for (long output_x = 0; output_x < g->output_width; output_x++, row += channels) {
        NAMED(window_range)(g, output_x, g->width, &x0, &x1);
        for (long wanted = 0; wanted < channels; wanted += OFFPRINT_LANES) {
            const long c = NAMED(smaller)(wanted, channels - lanes);
            vec16 best = {}, v = {};
            NAMED(load)(&best, x + (y0 * g->width + x0) * channels + c, lanes);
            for (long iy = y0; iy < y1; iy++) {
                const float *pixel = x + (iy * g->width + x0) * channels + c;
                for (long ix = x0; ix < x1; ix++, pixel += channels) {
                    NAMED(load)(&v, pixel, lanes);
                    best = SELECT16(BEATS16(v, best), v, best);
                }
            }
            NAMED(store)(row + c, &best, lanes);
        }
    }
}

static void NAMED(max_row)(const offprint_pooling *g, const float *x, long output_y, float *row) {
    if (g->channels >= OFFPRINT_LANES) {
        NAMED(max_row_lanes)(g, x, output_y, row, OFFPRINT_LANES);
    } else {
        NAMED(max_row_lanes)(g, x, output_y, row, g->channels);
    }
}

// One window of one vector of channels: finds the winner in each lane, then adds the gradient there. The first
// `done` lanes belong to the vector before and get zeros, which change nothing: a sum that starts at +0 is
// never -0.
OFFPRINT_INLINE void NAMED(max_gradient_window)(
    const offprint_pooling *g, const float *x, const float *dy, float *dx, long y0, long y1, long x0, long x1,
    long n, int done) {
    const long channels = g->channels;
    vec16 best = {}, v = {}, gradient = {};
    ivec16 winner = {}, place = {};
    NAMED(load)(&best, x + (y0 * g->width + x0) * channels, n);
    for (long iy = y0; iy < y1; iy++) {
        const float *pixel = x + (iy * g->width + x0) * channels;
        for (long ix = x0; ix < x1; ix++, pixel += channels, place += 1) {
            NAMED(load)(&v, pixel, n);
            const ivec16 beats = BEATS16(v, best);
            best = SELECT16(beats, v, best);
            winner = (beats & place) | (~beats & winner);
        }
    }
    NAMED(load)(&gradient, dy, n);
    if (done > 0) {
        const ivec16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        gradient = WHERE16(lane >= (ivec16){} + done, gradient);
    }
    place = (ivec16){};
    for (long iy = y0; iy < y1; iy++) {
        float *pixel = dx + (iy * g->width + x0) * channels;
        for (long ix = x0; ix < x1; ix++, pixel += channels, place += 1) {
            NAMED(load)(&v, pixel, n);
            v = v + WHERE16(winner == place, gradient);
            NAMED(store)(pixel, &v, n);
        }
    }
}

static void NAMED(max_gradient)(
    const offprint_pooling *g, const float *x, const float *dy, long first, long end, float *dx) {
    const long channels = g->channels;
    long cleared = 0;  // Rows of dx that are zero or more; cleared just before use, while they stay in cache.
    for (long oy = 0; oy <= g->output_height; oy++) {
        long y0 = 0, y1 = g->height, x0, x1;
        if (oy < g->output_height) NAMED(window_range)(g, oy, g->height, &y0, &y1);
        for (; cleared < y1; cleared++) {
            float *pixel = dx + cleared * g->width * channels + first;
            for (long ix = 0; ix < g->width; ix++, pixel += channels) {
                __builtin_memset(pixel, 0, (unsigned long)(end - first) * sizeof(float));
            }
        }
        if (oy == g->output_height) break;
        for (long ox = 0; ox < g->output_width; ox++) {
            const float *gradient = dy + (oy * g->output_width + ox) * channels;
            NAMED(window_range)(g, ox, g->width, &x0, &x1);
            long c = first;
            for (; c + OFFPRINT_LANES <= end; c += OFFPRINT_LANES) {
                NAMED(max_gradient_window)(g, x + c, gradient + c, dx + c, y0, y1, x0, x1, OFFPRINT_LANES, 0);
            }
            if (c == end) continue;
            if (end - first >= OFFPRINT_LANES) {
                const long back = end - OFFPRINT_LANES;
                NAMED(max_gradient_window)(
                    g, x + back, gradient + back, dx + back, y0, y1, x0, x1, OFFPRINT_LANES, (int)(c - back));
            } else {
                NAMED(max_gradient_window)(g, x + c, gradient + c, dx + c, y0, y1, x0, x1, end - c, 0);
            }
        }
    }
}

OFFPRINT_INLINE void NAMED(average_row_lanes)(
    const offprint_pooling *g, const float *x, long output_y, float *row, long lanes) {
    const long channels = g->channels;
    const float area = (float)(g->window * g->window);
    long y0, y1, x0, x1;
    NAMED(window_range)(g, output_y, g->height, &y0, &y1);
    for (long output_x = 0; output_x < g->output_width; output_x++, row += channels) {
        NAMED(window_range)(g, output_x, g->width, &x0, &x1);
        for (long wanted = 0; wanted < channels; wanted += OFFPRINT_LANES) {
            const long c = NAMED(smaller)(wanted, channels - lanes);
            vec16 sum = {}, v = {};
            for (long iy = y0; iy < y1; iy++) {
                const float *pixel = x + (iy * g->width + x0) * channels + c;
                for (long ix = x0; ix < x1; ix++, pixel += channels) {
                    NAMED(load)(&v, pixel, lanes);
                    sum = sum + v;
                }
            }
            sum = sum / SPLAT16(area);
            NAMED(store)(row + c, &sum, lanes);
        }
    }
}

static void NAMED(average_row)(const offprint_pooling *g, const float *x, long output_y, float *row) {
    if (g->channels >= OFFPRINT_LANES) {
        NAMED(average_row_lanes)(g, x, output_y, row, OFFPRINT_LANES);
    } else {
        NAMED(average_row_lanes)(g, x, output_y, row, g->channels);
    }
}

OFFPRINT_INLINE void NAMED(average_gradient_row_lanes)(
    const offprint_pooling *g, const float *dy, long input_y, float *row, long lanes) {
    const long channels = g->channels;
    const float area = (float)(g->window * g->window);
    long y0, y1, x0, x1;
    NAMED(covering_range)(g, input_y, g->output_height, &y0, &y1);
    for (long input_x = 0; input_x < g->width; input_x++, row += channels) {
        NAMED(covering_range)(g, input_x, g->output_width, &x0, &x1);
        for (long wanted = 0; wanted < channels; wanted += OFFPRINT_LANES) {
            const long c = NAMED(smaller)(wanted, channels - lanes);
            vec16 sum = {}, v = {};
            for (long oy = y0; oy < y1; oy++) {
                const float *pixel = dy + (oy * g->output_width + x0) * channels + c;
                for (long ox = x0; ox < x1; ox++, pixel += channels) {
                    NAMED(load)(&v, pixel, lanes);
                    sum = sum + v;
                }
            }
            sum = sum / SPLAT16(area);
            NAMED(store)(row + c, &sum, lanes);
        }
    }
}

static void NAMED(average_gradient_row)(const offprint_pooling *g, const float *dy, long input_y, float *row) {
    if (g->channels >= OFFPRINT_LANES) {
        NAMED(average_gradient_row_lanes)(g, dy, input_y, row, OFFPRINT_LANES);
    } else {
        NAMED(average_gradient_row_lanes)(g, dy, input_y, row, g->channels);
    }
}

static void NAMED(mean_pixels)(long pixels, long channels, const float *x, float *y) {
    const long lanes = NAMED(smaller)(channels, OFFPRINT_LANES);
    for (long wanted = 0; wanted < channels; wanted += OFFPRINT_LANES) {
        const long c = NAMED(smaller)(wanted, channels - lanes);
        dvec16 total = {};
        for (long start = 0; start < pixels; start += 16) {
            const long end = NAMED(smaller)(start + 16, pixels);
            vec16 sum = {}, v = {};
            for (long p = start; p < end; p++) {
                NAMED(load)(&v, x + p * channels + c, lanes);
                sum = sum + v;
            }
            total += __builtin_convertvector(sum, dvec16);
        }
        total = total / (double)pixels;
        const vec16 mean = __builtin_convertvector(total, vec16);
        NAMED(store)(y + c, &mean, lanes);
    }
}

static void NAMED(mean_pixels_gradient)(long pixels, long channels, const float *dy, float *dx) {
    const long lanes = NAMED(smaller)(channels, OFFPRINT_LANES);
    const float count = (float)pixels;
    for (long wanted = 0; wanted < channels; wanted += OFFPRINT_LANES) {
        const long c = NAMED(smaller)(wanted, channels - lanes);
        vec16 share = {};
        NAMED(load)(&share, dy + c, lanes);
        share = share / SPLAT16(count);
        for (long p = 0; p < pixels; p++) NAMED(store)(dx + p * channels + c, &share, lanes);
    }
}

static const offprint_pooling_kernels NAMED(pooling_kernels) = {
    .max_row = NAMED(max_row),
    .max_gradient = NAMED(max_gradient),
    .average_row = NAMED(average_row),
    .average_gradient_row = NAMED(average_gradient_row),
    .mean_pixels = NAMED(mean_pixels),
    .mean_pixels_gradient = NAMED(mean_pixels_gradient),
};
