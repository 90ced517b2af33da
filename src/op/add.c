#include "longwave/op/add.h"

void lw_add(float *sum, const float *more, int64_t count)
{
#pragma omp parallel for simd schedule(static)
  for (int64_t n = 0; n < count; n++) sum[n] += more[n];
}
