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

/* The least k with reach 2^k >= n. */
static int64_t doublings(int64_t reach, int64_t n)
{
  int64_t k = 0;
  for (; reach < n; reach *= 2) k++;
  return k;
}

lw_relative lw_relative_of(int64_t reach, int64_t longest, bool causal)
{
  if (reach == 0) return (lw_relative){0};
  return (lw_relative){reach, reach + doublings(reach, longest - 1), !causal};
}

int64_t lw_relative_buckets(const lw_relative *relative)
{
  return relative->reach == 0 ? 0 : 1 + (relative->both ? 2 : 1) * relative->side;
}

int64_t lw_relative_bucket(const lw_relative *relative, int64_t ahead)
{
  const int64_t n = ahead < 0 ? -ahead : ahead, reach = relative->reach;
  int64_t bucket = n <= reach ? n : reach + doublings(reach, n);
  if (bucket > relative->side) bucket = relative->side;
  return ahead < 0 && relative->both ? relative->side + bucket : bucket;
}
