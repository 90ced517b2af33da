/* What objectives that choose one of several outcomes have in common. */
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include "longwave/model/objective.h"
#include "longwave/op/xent.h"
#include <string.h>

int64_t lw_choice_guess(const float *output, int64_t outputs)
{
  int64_t best = 0;
  for (int64_t k = 1; k < outputs; k++)
    if (output[k] > output[best]) best = k;
  return best;
}

void lw_choice_add(const lw_answer *answer, float *gradient, double *sum)
{
  const int32_t label = answer->batch->label[answer->index];
  if (label < 0) {
    if (gradient) memset(gradient, 0, (size_t)answer->outputs * sizeof *gradient);
    return;
  }
  sum[0] +=
      lw_xent(answer->output, answer->outputs, label, answer->smoothing, answer->scale, gradient);
  sum[1] += lw_choice_guess(answer->output, answer->outputs) == label;
}

lw_status lw_choice_baseline(const lw_dataset *dataset, lw_split split, const int64_t *list,
                             int64_t count, int64_t max_length, double *chance)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t outcomes = lw_dataset_outcomes(info);
  int64_t *times = NULL, most = 0, all = 0;
  int32_t *scratch = NULL;
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "commonest answer", "samples", count);
  LW_TRY(LW_TAKE(&times, outcomes));
  LW_TRY(LW_TAKE(&scratch, info->longest[split]));
  for (int64_t i = 0; i < count; lw_work_show(&work, ++i))
    LW_TRY(info->target->tally(dataset, split, list[i], max_length, scratch, times));
  for (int64_t k = 0; k < outcomes; k++) {
    all += times[k];
    if (times[k] > most) most = times[k];
  }
  *chance = all > 0 ? (double)most / (double)all : 0.0;
done:
  lw_work_end(&work);
  lw_mem_give(times);
  lw_mem_give(scratch);
  return status;
}
