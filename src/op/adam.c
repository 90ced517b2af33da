#include "longwave/op/adam.h"
#include "share.h"
#include <assert.h>
#include <math.h>

void lw_adam_update(const lw_adam *adam, int64_t count, const float *gradient, double scale,
                    float *value, float *first, float *second)
{
  assert(adam->step >= 1);
  /* The corrections for the start from 0 go into two factors, in double because 1 - b^n cancels. */
  double correct1 = 1.0 / (1.0 - pow(adam->beta1, (double)adam->step));
  double correct2 = 1.0 / (1.0 - pow(adam->beta2, (double)adam->step));
  float keep1 = (float)adam->beta1, take1 = (float)(1.0 - adam->beta1);
  float keep2 = (float)adam->beta2, take2 = (float)(1.0 - adam->beta2);
  float rate = (float)(adam->rate * correct1), root = (float)correct2;
  float epsilon = (float)adam->epsilon, decay = (float)(adam->rate * adam->decay);
  float factor = (float)scale;
#pragma omp parallel for simd schedule(static) if (count >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i] * factor;
    first[i] = keep1 * first[i] + take1 * g;
    second[i] = keep2 * second[i] + take2 * (g * g);
    value[i] -= rate * first[i] / (sqrtf(root * second[i]) + epsilon) + decay * value[i];
  }
}
