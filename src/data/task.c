#include "longwave/data/task.h"
#include "sample_set.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void lw_product_done(lw_product *product)
{
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&product->samples[split]);
}

lw_status lw_list_cut(char *text, const char *what, const char **pieces, int64_t room,
                      int64_t *count)
{
  *count = 0;
  for (char *piece = text; piece;) {
    char *comma = strchr(piece, ',');
    if (comma) *comma = 0;
    if (!*piece) return lw_fail(LW_ERROR_INPUT, "%s has an empty entry", what);
    for (int64_t i = 0; i < *count; i++)
      if (!strcmp(pieces[i], piece))
        return lw_fail(LW_ERROR_INPUT, "%s has '%s' twice", what, piece);
    if (*count == room)
      return lw_fail(LW_ERROR_INPUT, "%s has more than %" PRId64 " entries", what, room);
    pieces[(*count)++] = piece;
    piece = comma ? comma + 1 : NULL;
  }
  return LW_OK;
}

lw_status lw_product_name_classes(lw_product *product, const char *list, const char *what)
{
  snprintf(product->name_text, sizeof product->name_text, "%s", list);
  product->recipe.class_names = product->names;
  return lw_list_cut(product->name_text, what, product->names, LW_CLASSES_NAMED_MAX,
                     &product->recipe.classes);
}

/* again[split][before]: samples of `split` whose first equal stands in `before`. */
static lw_status find_again(const lw_samples *samples, int64_t again[LW_SPLITS][LW_SPLITS])
{
  lw_sample_set seen = {.samples = samples};
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t i = 0; i < samples[split].count; i++) {
      const int64_t first = samples[split].offsets[i], last = samples[split].offsets[i + 1];
      const int before = lw_sample_set_find(&seen, samples[split].bytes + first, last - first);
      if (before >= 0)
        again[split][before]++;
      else
        LW_TRY(lw_sample_set_add(&seen, (lw_split)split, i));
    }
done:
  lw_sample_set_done(&seen);
  return status;
}

lw_status lw_product_count_duplicates(lw_product *product, const bool given[LW_SPLITS])
{
  static const char *const earlier[] = {"", "train", "train or validation"};
  int64_t again[LW_SPLITS][LW_SPLITS] = {0};
  lw_status status = find_again(product->samples, again);
  if (status != LW_OK) return status;
  const int64_t in_train = again[LW_SPLIT_VALIDATION][LW_SPLIT_TRAIN];
  const int64_t in_both =
      again[LW_SPLIT_TEST][LW_SPLIT_TRAIN] + again[LW_SPLIT_TEST][LW_SPLIT_VALIDATION];
  const int64_t common[LW_SPLITS] = {0, in_train, in_both};
  for (int split = 1; split < LW_SPLITS; split++) {
    const int64_t count = product->samples[split].count;
    if (given[split] && count && 10 * common[split] >= 9 * count)
      return lw_fail(LW_ERROR_INPUT,
                     "%" PRId64 " of %" PRId64 " %s samples stand in %s as well: the splits are "
                     "mixed up, or one file was given twice",
                     common[split], count, lw_split_name((lw_split)split), earlier[split]);
  }
  const size_t used = strlen(product->notes);
  snprintf(product->notes + used, sizeof product->notes - used,
           "duplicates: %" PRId64 " within train, %" PRId64 " validation samples in train, %" PRId64
           " test samples in train or validation\n",
           again[LW_SPLIT_TRAIN][LW_SPLIT_TRAIN], in_train, in_both);
  return LW_OK;
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
