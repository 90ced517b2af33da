#include "longwave/data/target.h"
#include <math.h>

int64_t lw_dataset_outcomes(const lw_dataset_info *info)
{
  return info->target->outcomes(info);
}

int64_t lw_dataset_width(const lw_dataset_info *info)
{
  return info->target->kind == LW_ANSWER_CLASS ? 1 : info->target->outcomes(info);
}

bool lw_answer_known(const float *wanted, int64_t width)
{
  for (int64_t k = 0; k < width; k++)
    if (!isnan(wanted[k])) return true;
  return false;
}

lw_status lw_dataset_answers(const lw_dataset *dataset, lw_split split, int64_t sample,
                             int64_t max_length, int64_t *count)
{
  const lw_target *target = lw_dataset_describe(dataset)->target;
  const int64_t tokens = lw_dataset_truncated(dataset, split, sample, 0, max_length);
  *count = target->answers(tokens);
  return target->known ? target->known(dataset, split, sample, tokens, count) : LW_OK;
}
