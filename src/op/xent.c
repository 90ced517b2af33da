#include "longwave/op/xent.h"
#include "isa.h"
#include <assert.h>
#include <math.h>

/* Classes taken at once when the weights are not asked for and need a place. */
enum { BLOCK = 256 };

/* sum[0] = sum of exp(x_k - greatest), sum[1] = sum of x_k - greatest; weight [classes] out or
 * NULL: the terms of the first. */
static void sum_up(const float *logits, int64_t classes, double greatest, float *weight,
                   double sum[2])
{
  const lw_isa *isa = lw_isa_now();
  float own[BLOCK];
  sum[0] = sum[1] = 0.0;
  for (int64_t k = 0; k < classes; k += BLOCK) {
    int64_t count = classes - k < BLOCK ? classes - k : BLOCK;
    isa->xent_weights(logits + k, count, greatest, weight ? weight + k : own, sum);
  }
}

static float greatest_of(const float *x, int64_t count)
{
  float greatest = x[0];
  for (int64_t k = 0; k < count; k++) greatest = x[k] > greatest ? x[k] : greatest;
  return greatest;
}

double lw_xent(const float *logits, int64_t classes, int32_t label, double smoothing, double scale,
               float *dlogits)
{
  assert(label >= 0 && label < classes);
  double greatest = (double)greatest_of(logits, classes), own = (double)logits[label] - greatest;
  double share = smoothing / (double)classes, sum[2];
  sum_up(logits, classes, greatest, dlogits, sum);
  if (dlogits) {
    double factor = scale / sum[0], offset = share * scale;
    for (int64_t k = 0; k < classes; k++)
      dlogits[k] = (float)((double)dlogits[k] * factor - offset);
    /* p - 1 in double, or it would round to 0 where the label is almost certain */
    dlogits[label] = (float)((exp(own) / sum[0] - share - (1.0 - smoothing)) * scale);
  }
  return log(sum[0]) - (1.0 - smoothing) * own - share * sum[1];
}
