#include "longwave/op/xent.h"
#include <assert.h>
#include <math.h>
#include <stddef.h>

double lw_xent(const float *logits, int64_t classes, int32_t label, double smoothing, double scale,
               float *dlogits)
{
  assert(label >= 0 && label < classes);
  double greatest = (double)logits[0];
  for (int64_t k = 1; k < classes; k++)
    greatest = (double)logits[k] > greatest ? (double)logits[k] : greatest;
  double total = 0.0, shifted = 0.0; /* sums of exp(x_k - greatest) and of x_k - greatest */
  for (int64_t k = 0; k < classes; k++) {
    double weight = exp((double)logits[k] - greatest);
    total += weight;
    shifted += (double)logits[k] - greatest;
    if (dlogits) dlogits[k] = (float)weight;
  }
  double share = smoothing / (double)classes;
  double own = (double)logits[label] - greatest;
  if (dlogits) {
    for (int64_t k = 0; k < classes; k++)
      dlogits[k] = (float)(((double)dlogits[k] / total - share) * scale);
    double p = exp(own) / total;
    dlogits[label] = (float)((p - share - (1.0 - smoothing)) * scale);
  }
  return log(total) - (1.0 - smoothing) * own - share * shifted;
}
