#include "longwave/data/target.h"
#include "longwave/data/input.h"
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

lw_status lw_dataset_answers(const lw_dataset *dataset, lw_split split, lw_seen_sample seen,
                             int64_t *count)
{
  const lw_target *target = lw_dataset_describe(dataset)->target;
  const lw_items items = {.sample = seen.sample,
                          .count =
                              lw_dataset_truncated(dataset, split, seen.sample, 0, seen.max_length),
                          .epoch = seen.epoch};
  *count = target->answers(items.count);
  return target->known ? target->known(dataset, split, &items, count) : LW_OK;
}
