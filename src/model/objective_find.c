/* Which objective a data set has. */
#include "longwave/model/objective.h"

const lw_objective *lw_objective_find(const lw_target *target, int64_t documents)
{
  for (int i = 0; lw_objectives[i]; i++)
    if (lw_objectives[i]->target == target && lw_objectives[i]->documents == documents)
      return lw_objectives[i];
  return NULL;
}

const lw_objective *lw_objective_of(const lw_dataset_info *info)
{
  return lw_objective_find(info->target, info->documents);
}
