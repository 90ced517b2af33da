#include "longwave/data/target.h"
#include <string.h>

const lw_target *const lw_targets[] = {&lw_target_class, &lw_target_next_token, NULL};

const lw_target *lw_target_find(const char *name)
{
  for (int i = 0; lw_targets[i]; i++)
    if (!strcmp(name, lw_targets[i]->name)) return lw_targets[i];
  return NULL;
}

int64_t lw_dataset_outcomes(const lw_dataset_info *info)
{
  return info->target->outcomes(info);
}

int64_t lw_dataset_answers(const lw_dataset *dataset, lw_split split, int64_t sample,
                           int64_t max_length)
{
  return lw_dataset_describe(dataset)->target->answers(
      lw_dataset_truncated(dataset, split, sample, 0, max_length));
}
