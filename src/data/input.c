#include "longwave/data/input.h"
#include <string.h>

const lw_input *const lw_inputs[] = {&lw_input_tokens, &lw_input_values, NULL};

const lw_input *lw_input_find(const char *name)
{
  for (int i = 0; lw_inputs[i]; i++)
    if (!strcmp(name, lw_inputs[i]->name)) return lw_inputs[i];
  return NULL;
}
