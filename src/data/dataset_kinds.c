/* What goes into a model and what is asked of it, by the names in a file. */
#include "dataset_inside.h"
#include "longwave/base/text.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <stdio.h>

enum { NAMES = 32, SENTENCE = 512 };

/* "attribute 'kind' is neither 'tokens' nor 'values'". names: NULL-ended; text [SENTENCE] out */
static const char *none_of(const char *attribute, const char *const *names, char *text)
{
  lw_text sentence = lw_text_in(text, SENTENCE);
  lw_text_add(&sentence, "attribute '%s' is neither ", attribute);
  for (int i = 0; names[i]; i++)
    lw_text_add(&sentence, "%s'%s'", !i ? "" : names[i + 1] ? ", " : " nor ", names[i]);
  return text;
}

lw_status lw_dataset_find_input(lw_dataset *dataset, const char *name)
{
  const char *names[NAMES] = {NULL};
  char sentence[SENTENCE];
  dataset->info.input = lw_input_find(name);
  if (dataset->info.input) return LW_OK;
  for (int i = 0; lw_inputs[i] && i < NAMES - 1; i++) names[i] = lw_inputs[i]->name;
  return lw_dataset_foreign(dataset, none_of("kind", names, sentence), LW_DATASET_MAKE_AGAIN);
}

lw_status lw_dataset_find_target(lw_dataset *dataset, const char *name)
{
  lw_dataset_info *info = &dataset->info;
  char sentence[SENTENCE];
  info->target = lw_target_find(name);
  if (!info->target) {
    const char *names[NAMES] = {NULL};
    for (int i = 0, n = 0; lw_targets[i] && n < NAMES - 1; i++)
      if (!lw_targets[i]->pretext) names[n++] = lw_targets[i]->name;
    return lw_dataset_foreign(dataset, none_of("target", names, sentence), LW_DATASET_MAKE_AGAIN);
  }
  snprintf(sentence, sizeof sentence, "attribute 'target' asks for %s, as only a training can",
           info->target->wanted);
  if (info->target->pretext && !*dataset->under)
    return lw_dataset_foreign(dataset, sentence, LW_DATASET_MAKE_AGAIN);
  snprintf(sentence, sizeof sentence, "attribute 'target' asks for %s of %s", info->target->wanted,
           info->input->name);
  if (info->input->ids ? info->target->values_only : info->target->ids_only)
    return lw_dataset_foreign(dataset, sentence, LW_DATASET_MAKE_AGAIN);
  return LW_OK;
}
