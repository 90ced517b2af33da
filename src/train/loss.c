#include "longwave/train/loss.h"
#include "longwave/op/xent.h"

int64_t lw_loss_guess(const float *row, int64_t classes)
{
  int64_t best = 0;
  for (int64_t k = 1; k < classes; k++)
    if (row[k] > row[best]) best = k;
  return best;
}

void lw_loss_add(const float *logits, int64_t classes, const lw_batch *batch, double smoothing,
                 float *dlogits, lw_loss *sums)
{
  double scale = 1.0 / (double)batch->global_answers;
  for (int64_t b = 0; b < batch->answers; b++) {
    const float *row = logits + b * classes;
    const double loss = lw_xent(row, classes, batch->label[b], smoothing, scale,
                                dlogits ? dlogits + b * classes : NULL);
    if (!batch->counted) continue;
    sums->loss += loss;
    sums->correct += lw_loss_guess(row, classes) == batch->label[b];
  }
}
