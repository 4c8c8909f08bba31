#ifndef OFFPRINT_OPTIMIZATION_KERNELS_H
#define OFFPRINT_OPTIMIZATION_KERNELS_H

typedef struct {
    /// The learning rate divided by the first bias correction.
    float step;
    /// beta2 and the shares of the new gradient, 1 - beta1 and 1 - beta2.
    float beta2, new1, new2;
    float epsilon, weight_decay;
    /// One over the root of the second bias correction.
    float inverse_root_correction2;
} offprint_adam;

typedef struct {
    float rate, momentum, weight_decay;
    int nesterov;
} offprint_sgd;

/// The leaf loops of optimizers: one pass over all arrays, 0 <= i < count. No two arrays overlap.
/// Moments of magnitude below 1e-30 become zero, so that none decays into the slow denormal numbers.
typedef struct {
    /// g = gradient + weight_decay * p;  m += new1 * (g - m);  v = beta2 * v + new2 * g * g;
    /// p -= step * m / (sqrt(v) * inverse_root_correction2 + epsilon).
    void (*adam)(long count, const offprint_adam *a, const float *gradient, float *p, float *m, float *v);
    /// g = gradient + weight_decay * p;  v = momentum * v + g;  p -= rate * (nesterov ? g + momentum * v : v).
    void (*sgd)(long count, const offprint_sgd *s, const float *gradient, float *p, float *v);
} offprint_optimization_kernels;

#endif
