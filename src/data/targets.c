#include "longwave/data/target.h"
#include <string.h>

const lw_target *const lw_targets[] = {&lw_target_class,
                                       &lw_target_next_token,
                                       &lw_target_several,
                                       &lw_target_numbers,
                                       &lw_target_next_values,
                                       &lw_target_step_class,
                                       &lw_target_step_numbers,
                                       &lw_target_masked_tokens,
                                       &lw_target_masked_values,
                                       &lw_target_next_step,
                                       NULL};

const lw_target *lw_target_find(const char *name)
{
  for (int i = 0; lw_targets[i]; i++)
    if (!strcmp(name, lw_targets[i]->name)) return lw_targets[i];
  return NULL;
}
