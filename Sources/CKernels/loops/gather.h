// Copies that bring the operands of a product into the order in which it reads them.

// Both write whole vectors: up to 15 floats past the end.
OFFPRINT_INLINE void NAMED(clear_run)(float *to, long count) {
    for (long i = 0; i < count; i += OFFPRINT_LANES) *(vec16 *)(to + i) = (vec16){};
}

OFFPRINT_INLINE void NAMED(copy_run)(float *to, const float *from, long count, const float *limit) {
    long whole = (count + OFFPRINT_LANES - 1) / OFFPRINT_LANES * OFFPRINT_LANES;
    if (limit - from >= whole) {
        for (long i = 0; i < count; i += OFFPRINT_LANES) *(vec16 *)(to + i) = *(const vec16 *)(from + i);
    } else {
        for (long i = 0; i < count; i++) to[i] = from[i];
    }
}

OFFPRINT_INLINE long NAMED(clamp_index)(long value, long low, long high) {
    return value < low ? low : value > high ? high : value;
}

static void NAMED(gather)(
    const offprint_window *w, const float *source, const float *limit, long first, long count, long first_depth,
    long depth, float *out, long pitch
) {
    // All channels of neighbouring pixels follow each other: then a row of taps is one run.
    int whole_rows = w->channels == w->pixel;
    long length = whole_rows ? w->taps_x * w->channels : w->channels;
    long place = first % (w->grid_height * w->grid_width);
    const float *first_image = source + first / (w->grid_height * w->grid_width) * w->height * w->width * w->pixel;
    // Run after run for all windows, in order: what a run writes past its end, the next one overwrites.
    for (long at = 0; at < depth;) {
        long run = (first_depth + at) / length, from = (first_depth + at) % length;
        long to = from + depth - at < length ? from + depth - at : length;
        long tap_y = whole_rows ? run : run / w->taps_x, tap_x = whole_rows ? 0 : run % w->taps_x;
        long grid_y = place / w->grid_width, grid_x = place % w->grid_width;
        const float *image = first_image;
        float *target = out + at;
        for (long i = 0; i < count; i++, target += pitch) {
            long y = grid_y * w->step + w->y_origin + tap_y, x = grid_x * w->step + w->x_origin + tap_x;
            long inside_from = to, inside_to = to;
            if (y >= 0 && y < w->height) {
                if (whole_rows) {
                    inside_from = NAMED(clamp_index)(-x * w->pixel, from, to);
                    inside_to = NAMED(clamp_index)((w->width - x) * w->pixel, inside_from, to);
                } else if (x >= 0 && x < w->width) {
                    inside_from = from;
                }
            }
            if (inside_from > from) NAMED(clear_run)(target, inside_from - from);
            if (inside_to > inside_from) {
                NAMED(copy_run)(target + (inside_from - from), image + (y * w->width + x) * w->pixel + inside_from,
                                inside_to - inside_from, limit);
            }
            if (to > inside_to) NAMED(clear_run)(target + (inside_to - from), to - inside_to);
            if (++grid_x == w->grid_width) {
                grid_x = 0;
                if (++grid_y == w->grid_height) {
                    grid_y = 0;
                    image += w->height * w->width * w->pixel;
                }
            }
        }
        at += to - from;
    }
}

static void NAMED(pack_panel)(
    long depth, long columns, const float *source, long step, long column, float *out, long out_step
) {
    if (column == 1) {
        for (long k = 0; k < depth; k++) {
            const float *from = source + k * step;
            float *to = out + k * out_step;
            long j = 0;
            for (; j + OFFPRINT_LANES <= columns; j += OFFPRINT_LANES) {
                *(vec16 *)(to + j) = *(const vec16 *)(from + j);
            }
            for (; j < columns; j++) to[j] = from[j];
            for (; j < out_step; j++) to[j] = 0;
        }
        return;
    }
    // Transposing: blocks of 16 rows of the panel stay in the first cache while the columns pass.
    for (long block = 0; block < depth; block += OFFPRINT_LANES) {
        long rows = depth - block < OFFPRINT_LANES ? depth - block : OFFPRINT_LANES;
        float *to = out + block * out_step;
        for (long j = 0; j < columns; j++) {
            const float *from = source + block * step + j * column;
            for (long k = 0; k < rows; k++) to[k * out_step + j] = from[k * step];
        }
        for (long k = 0; k < rows; k++) {
            for (long j = columns; j < out_step; j++) to[k * out_step + j] = 0;
        }
    }
}

// The source is read in its order: each pixel goes to as many places as it has vectors.
static void NAMED(pack_vectors)(long pixels, long vectors, const float *source, long pixel, float *out, long pitch) {
    for (long i = 0; i < pixels; i++, source += pixel, out += OFFPRINT_LANES) {
        for (long v = 0; v < vectors; v++) *(vec16 *)(out + v * pitch) = *(const vec16 *)(source + v * OFFPRINT_LANES);
    }
}

// Columns of `vectors` vectors: their chains wait for each other's additions, and lines that lie together are read together.
OFFPRINT_INLINE void NAMED(sum_columns)(const int vectors, long rows, const float *source, long row, float *out) {
    vec16 sums[8];
    OFFPRINT_UNROLL
    for (int v = 0; v < vectors; v++) sums[v] = (vec16){};
    for (long i = 0; i < rows; i++, source += row) {
        OFFPRINT_UNROLL
        for (int v = 0; v < vectors; v++) sums[v] += *(const vec16 *)(source + v * OFFPRINT_LANES);
    }
    OFFPRINT_UNROLL
    for (int v = 0; v < vectors; v++) *(vec16 *)(out + v * OFFPRINT_LANES) = sums[v];
}

static void NAMED(sum_rows)(long rows, long columns, const float *source, long row, float *out) {
    long j = 0;
#define OFFPRINT_SUM_COLUMNS(vectors)                                                                      \
    for (; j + (vectors) * OFFPRINT_LANES <= columns; j += (vectors) * OFFPRINT_LANES) {                   \
        NAMED(sum_columns)(vectors, rows, source + j, row, out + j);                                       \
    }
    OFFPRINT_SUM_COLUMNS(8)
    OFFPRINT_SUM_COLUMNS(4)
    OFFPRINT_SUM_COLUMNS(1)
#undef OFFPRINT_SUM_COLUMNS
    for (; j < columns; j++) {
        float sum = 0;
        for (long i = 0; i < rows; i++) sum += source[i * row + j];
        out[j] = sum;
    }
}
