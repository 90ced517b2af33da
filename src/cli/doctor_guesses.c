#include "doctor_guesses.h"
#include "longwave/base/mem.h"
#include "longwave/data/subset.h"
#include "longwave/model/baseline.h"
#include <stdio.h>
#include <string.h>

static lw_status print_guess(const lw_dataset *dataset, const lw_samples_list *samples,
                             const lw_baseline *guess)
{
  const lw_objective *objective = lw_objective_of(lw_dataset_describe(dataset));
  const lw_model_data data = {.objective = objective};
  lw_baseline own = *guess;
  char text[LW_SCORE_TEXT], found[64] = "";
  lw_score score;
  lw_status status = LW_OK;
  if (own.kind == LW_BASELINE_BEHIND && own.lag == 0) {
    LW_TRY(lw_baseline_season(dataset, &own.lag));
    if (own.lag == 0) goto done; /* the last value has been told */
    snprintf(found, sizeof found, " (%lld)", (long long)own.lag);
  }
  if (own.lag > lw_dataset_describe(dataset)->longest[samples->split]) goto done;
  LW_TRY(lw_baseline_score(objective, dataset, samples, own, &score));
  lw_score_text(&data, &score, NULL, 0, text);
  printf("  always %s%s: ", own.words, found);
  if (objective->heeds & LW_HEEDS_LOSS) printf("loss %.4f, ", score.value[0]);
  printf("%s\n", text + strlen(", "));
done:
  return status;
}

lw_status lw_doctor_print_figures(const lw_dataset *dataset, lw_split judged)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const lw_objective *objective = lw_objective_of(info);
  const lw_samples_list samples = {.split = judged, .count = info->count[judged]};
  int64_t *list = NULL;
  lw_status status = LW_OK;
  if (!objective || !objective->guesses || !info->count[LW_SPLIT_TRAIN] || !samples.count)
    return LW_OK;
  LW_TRY(LW_TAKE(&list, samples.count));
  LW_TRY(lw_subset_draw(samples.count, 0, list));
  const lw_samples_list all = {judged, list, samples.count, 0};
  printf("guesses without training on the %lld samples of the %s split:\n",
         (long long)samples.count, lw_split_name(judged));
  for (const lw_baseline *guess = objective->guesses; guess->words; guess++)
    LW_TRY(print_guess(dataset, &all, guess));
done:
  lw_mem_give(list);
  return status;
}
