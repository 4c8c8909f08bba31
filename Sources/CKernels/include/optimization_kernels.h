#ifndef OFFPRINT_OPTIMIZATION_KERNELS_H
#define OFFPRINT_OPTIMIZATION_KERNELS_H

typedef struct {
    /// The learning rate divided by the first bias correction.
    float step;
    /// beta2 and the shares of the new gradient, 1 - beta1 and 1 - beta2.
    float beta2, new1, new2;
    float epsilon, weight_decay;
    /// The learning rate times the decoupled weight decay; 0 for none.
    float shrink;
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
    /// p -= shrink * p, unless shrink is 0;  p -= step * m / (sqrt(v) * inverse_root_correction2 + epsilon).
    void (*adam)(long count, const offprint_adam *a, const float *gradient, float *p, float *m, float *v);
    /// g = gradient + weight_decay * p;  v = momentum * v + g;  p -= rate * (nesterov ? g + momentum * v : v).
    void (*sgd)(long count, const offprint_sgd *s, const float *gradient, float *p, float *v);
    /// The sum of x * x in double, in which each square is exact: 16 sums, lane i % 16, then their sum by halves.
    double (*sum_of_squares)(long count, const float *x);
    /// x[i] = factor * x[i].
    void (*scale)(long count, float factor, float *x);
    /// y[i] += share * (x[i] - y[i]). Results of magnitude below 1e-30 become zero.
    void (*approach)(long count, float share, const float *x, float *y);
} offprint_optimization_kernels;

#endif
