#include "longwave/op/local.h"
#include <assert.h>
#include <math.h>

double lw_local_layer_factor(double spread, int64_t block, int64_t blocks)
{
  return blocks > 1 ? pow(spread, 0.5 - (double)block / (double)(blocks - 1)) : 1.0;
}

void lw_local_alphas(lw_decay decay, double bound, int64_t heads, const double *list, float *alpha)
{
  assert(heads >= 1 && (decay != LW_DECAY_LIST || list));
  for (int64_t c = 0; c < heads; c++) {
    double value = 0;
    if (decay == LW_DECAY_LIST)
      value = list[c];
    else if (c > 0 && decay == LW_DECAY_GEOMETRIC)
      value = ldexp(bound, -(int)(heads - 1 - c));
    else if (c > 0)
      value = bound * (double)c / (double)(heads - 1);
    alpha[c] = (float)value;
  }
}
