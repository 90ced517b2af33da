/** Matrix products; the only door to BLAS. Weights as in PyTorch: weight [out, in], y = x W^T + b.
 *  Work is divided into blocks whose sizes do not depend on the thread count, each done by one
 *  thread: by BLAS, or by own kernels where the weight is small. So results have the same bits for
 *  any number of OpenMP threads. Local. No allocation. */
#ifndef LONGWAVE_OP_LINEAR_H
#define LONGWAVE_OP_LINEAR_H

#include <stdint.h>

/** BLAS on one thread per call, with kernels that fit the processor also where it is younger than
 *  the library (OPENBLAS_CORETYPE in the environment is obeyed). To be called once after MPI_Init,
 *  before any other use of BLAS, ScaLAPACK's too. */
void lw_linear_init(void);
/** What runs: "OpenBLAS 0.3.21 ... Haswell ...", core name. Borrowed. */
const char *lw_linear_config(void);
const char *lw_linear_core(void);

/** y[t,:] = W x[t,:] + bias.
 *  x [T, in] in;  weight [out, in] in;  bias [out] in or NULL;  y [T, out] out, not x */
void lw_linear_forward(const float *x, const float *weight, const float *bias, int64_t T,
                       int64_t in, int64_t out, float *y);

/** dx[t,:] = W^T dy[t,:] (written);  dweight += sum_t dy[t,:] x[t,:]^T;  dbias += sum_t dy[t,:].
 *  dy [T, out] in;  x [T, in] in;  dx [T, in] out or NULL;  dweight [out, in] in/out or NULL, x may
 *  then be, too;  dbias [out] in/out or NULL */
void lw_linear_backward(const float *dy, const float *x, const float *weight, int64_t T, int64_t in,
                        int64_t out, float *dx, float *dweight, float *dbias);

/** Some outputs of a layer: those from `first` on, which stand in their columns of y and dy. */
typedef struct lw_linear_part {
  int64_t in, out; /* of the whole layer */
  int64_t first, count;
} lw_linear_part;

/** The same of the part's outputs alone; weight, bias, dweight, y and dy are those of the whole
 *  layer. All outputs as one part: the bits of the functions above. backward leaves the gradient of
 *  the bias out, which does not depend on x. */
void lw_linear_part_forward(lw_linear_part part, const float *x, const float *weight,
                            const float *bias, int64_t T, float *y);
void lw_linear_part_backward(lw_linear_part part, const float *dy, const float *x,
                             const float *weight, int64_t T, float *dx, float *dweight);

/** The two that concern the bias alone: y[t,:] += bias, of the part's outputs;
 *  dbias += sum_t dy[t,:]. */
void lw_linear_add_bias(lw_linear_part part, const float *bias, int64_t T, float *y);
void lw_linear_bias_gradient(const float *dy, int64_t T, int64_t out, float *dbias);

#endif
