#include "longwave/data/task.h"
#include <string.h>

void lw_product_done(lw_product *product)
{
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&product->samples[split]);
}

lw_status lw_task_forbid(const lw_option_section *flags, const char *const *names, const char *why)
{
  for (int i = 0; flags->options[i].name; i++)
    for (int n = 0; names[n]; n++)
      if (!strcmp(flags->options[i].name, names[n]) &&
          strcmp(flags->origin[i].source, "default") != 0)
        return lw_fail(LW_ERROR_INPUT, "'%s' has no meaning %s; leave it out",
                       flags->origin[i].source, why);
  return LW_OK;
}
