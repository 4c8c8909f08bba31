// Loops of optimizers. See include/optimization_kernels.h for the contracts.
#include "lanes.h"

// Zero in place of what is close to it, in every lane. A NaN stays.
#define FLUSH16(v) WHERE16(~((ivec16)((v) < SPLAT16(1e-30f)) & (ivec16)((v) > SPLAT16(-1e-30f))), v)

static void NAMED(adam)(long count, const offprint_adam *a, const float *gradient, float *p, float *m, float *v) {
    const vec16 new1 = SPLAT16(a->new1), new2 = SPLAT16(a->new2), beta2 = SPLAT16(a->beta2);
    const vec16 decay = SPLAT16(a->weight_decay), step = SPLAT16(a->step), epsilon = SPLAT16(a->epsilon);
    const vec16 inverse_root = SPLAT16(a->inverse_root_correction2), shrink = SPLAT16(a->shrink);
    const int shrinks = a->shrink != 0;
    for (long i = 0; i < count; i += OFFPRINT_LANES) {
        const long n = NAMED(smaller)(count - i, OFFPRINT_LANES);
        vec16 g = {}, parameter = {}, first = {}, second = {};
        NAMED(load)(&g, gradient + i, n);
        NAMED(load)(&parameter, p + i, n);
        NAMED(load)(&first, m + i, n);
        NAMED(load)(&second, v + i, n);
        g = FMA16(decay, parameter, g);
        first = FMA16(new1, g - first, first);
        second = FMA16(new2 * g, g, beta2 * second);
        first = FLUSH16(first);
        second = FLUSH16(second);
        const vec16 deviation = FMA16(__builtin_elementwise_sqrt(second), inverse_root, epsilon);
        if (shrinks) parameter = FMA16(-shrink, parameter, parameter);
        parameter = FMA16(-step, first / deviation, parameter);
        NAMED(store)(p + i, &parameter, n);
        NAMED(store)(m + i, &first, n);
        NAMED(store)(v + i, &second, n);
    }
}

static void NAMED(sgd)(long count, const offprint_sgd *s, const float *gradient, float *p, float *v) {
    const vec16 momentum = SPLAT16(s->momentum), decay = SPLAT16(s->weight_decay), rate = SPLAT16(s->rate);
    for (long i = 0; i < count; i += OFFPRINT_LANES) {
        const long n = NAMED(smaller)(count - i, OFFPRINT_LANES);
        vec16 g = {}, parameter = {}, velocity = {};
        NAMED(load)(&g, gradient + i, n);
        NAMED(load)(&parameter, p + i, n);
        NAMED(load)(&velocity, v + i, n);
        g = FMA16(decay, parameter, g);
        velocity = FMA16(momentum, velocity, g);
        velocity = FLUSH16(velocity);
        const vec16 direction = s->nesterov ? FMA16(momentum, velocity, g) : velocity;
        parameter = FMA16(-rate, direction, parameter);
        NAMED(store)(p + i, &parameter, n);
        NAMED(store)(v + i, &velocity, n);
    }
}

static double NAMED(sum_of_squares)(long count, const float *x) {
    dvec16 sums = {};
    for (long i = 0; i < count; i += OFFPRINT_LANES) {
        vec16 v = {};
        NAMED(load)(&v, x + i, NAMED(smaller)(count - i, OFFPRINT_LANES));
        const dvec16 wide = __builtin_convertvector(v, dvec16);
        sums += wide * wide;
    }
    double lanes[OFFPRINT_LANES];
    *(dvec16 *)lanes = sums;
    for (int half = OFFPRINT_LANES / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    }
    return lanes[0];
}

static void NAMED(scale)(long count, float factor, float *x) {
    for (long i = 0; i < count; i += OFFPRINT_LANES) {
        const long n = NAMED(smaller)(count - i, OFFPRINT_LANES);
        vec16 v = {};
        NAMED(load)(&v, x + i, n);
        v = SPLAT16(factor) * v;
        NAMED(store)(x + i, &v, n);
    }
}

static void NAMED(approach)(long count, float share, const float *x, float *y) {
    for (long i = 0; i < count; i += OFFPRINT_LANES) {
        const long n = NAMED(smaller)(count - i, OFFPRINT_LANES);
        vec16 v = {}, mean = {};
        NAMED(load)(&v, x + i, n);
        NAMED(load)(&mean, y + i, n);
        mean = FMA16(SPLAT16(share), v - mean, mean);
        mean = FLUSH16(mean);
        NAMED(store)(y + i, &mean, n);
    }
}

static const offprint_optimization_kernels NAMED(optimization_kernels) = {
    .adam = NAMED(adam),
    .sgd = NAMED(sgd),
    .sum_of_squares = NAMED(sum_of_squares),
    .scale = NAMED(scale),
    .approach = NAMED(approach),
};
