#include "longwave/train/loss.h"
#include "longwave/array/layout.h"
#include "longwave/op/xent.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Answers are summed in so many parts, whatever the number of threads. */
enum { PARTS = 64, BYTES = 256 };

int64_t lw_loss_guess(const float *row, int64_t classes)
{
  int64_t best = 0;
  for (int64_t k = 1; k < classes; k++)
    if (row[k] > row[best]) best = k;
  return best;
}

static void add_answer(const float *row, int64_t classes, int32_t label, double smoothing,
                       double scale, float *drow, lw_loss *sums)
{
  if (label < 0) {
    if (drow) memset(drow, 0, (size_t)classes * sizeof *drow);
    return;
  }
  sums->loss += lw_xent(row, classes, label, smoothing, scale, drow);
  sums->correct += lw_loss_guess(row, classes) == label;
}

void lw_loss_add(const float *logits, int64_t classes, const lw_batch *batch, double smoothing,
                 float *dlogits, lw_loss *sums)
{
  const double scale = 1.0 / (double)batch->global_answers;
  lw_loss part[PARTS] = {{0}};
#pragma omp parallel for schedule(dynamic) if (batch->answers > PARTS)
  for (int p = 0; p < PARTS; p++) {
    const int64_t end = lw_layout_first(batch->answers, PARTS, p + 1);
    for (int64_t b = lw_layout_first(batch->answers, PARTS, p); b < end; b++)
      add_answer(logits + b * classes, classes, batch->label[b], smoothing, scale,
                 dlogits ? dlogits + b * classes : NULL, &part[p]);
  }
  for (int p = 0; p < PARTS && batch->counted; p++) {
    sums->loss += part[p].loss;
    sums->correct += part[p].correct;
  }
}

double lw_loss_perplexity(double loss)
{
  return exp(loss);
}

double lw_loss_bits(double loss)
{
  return loss / log(2.0);
}

const char *lw_loss_unit(int64_t vocabulary)
{
  return vocabulary == BYTES ? "byte" : "token";
}

const char *lw_loss_text(double loss, const lw_model_data *data, char text[LW_LOSS_TEXT])
{
  *text = 0;
  if (data->target == LW_TARGET_NEXT_TOKEN)
    snprintf(text, LW_LOSS_TEXT, ", perplexity %.4g, %.4f bits per %s", lw_loss_perplexity(loss),
             lw_loss_bits(loss), lw_loss_unit(data->vocabulary));
  return text;
}
