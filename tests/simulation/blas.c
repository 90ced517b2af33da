/* Products that op/linear.c leaves to BLAS as costs. */
#include "simulate.h"
#include "rates.h"
#include <cblas.h>

void cblas_sgemm(const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE turn_a,
                 const enum CBLAS_TRANSPOSE turn_b, const blasint m, const blasint n,
                 const blasint k, const float alpha, const float *a, const blasint a_row,
                 const float *b, const blasint b_row, const float beta, float *c,
                 const blasint c_row)
{
  (void)order, (void)turn_a, (void)turn_b, (void)alpha, (void)a, (void)a_row, (void)b, (void)b_row;
  (void)beta, (void)c, (void)c_row;
  simulate_work(linear * 2.0 * (double)m * (double)n * (double)k);
}
