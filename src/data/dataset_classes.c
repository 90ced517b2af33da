#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/data/classes.h"
#include "longwave/data/target.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAMED = 5 };           /* so many of the classes that are missing */
enum { READ_MOST = 1 << 24 }; /* steps whose answers are read for this */

static void write_lack(const lw_dataset *dataset, lw_split split, const int64_t *times,
                       int64_t missing, char text[LW_LACK_TEXT])
{
  const int64_t classes = lw_dataset_describe(dataset)->classes;
  lw_text to = lw_text_in(text, LW_LACK_TEXT);
  int64_t named = 0;
  lw_text_add(&to, "the %s split has no %s of ", lw_split_name(split),
              lw_dataset_describe(dataset)->target->by_row ? "step" : "sample");
  if (missing > 1)
    lw_text_add(&to, "%" PRId64 " of %" PRId64 " classes: ", missing, classes);
  else
    lw_text_add(&to, "class ");
  for (int64_t k = 0; k < classes && named < NAMED; k++)
    if (!times[k])
      lw_text_add(&to, "%s%" PRId64 " (%.60s)", named++ ? ", " : "", k,
                  lw_dataset_class_name(dataset, k));
  if (missing > named) lw_text_add(&to, " and %" PRId64 " more", missing - named);
}

/* times [classes]: of the answers of a split; scratch [longest] */
static lw_status count_all(const lw_dataset *dataset, lw_split split, int32_t *scratch,
                           int64_t *times)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  lw_status status = LW_OK;
  for (int64_t i = 0; i < info->count[split] && status == LW_OK; i++)
    status = info->target->tally(dataset, split, i, 0, scratch, times);
  return status;
}

lw_status lw_dataset_lack(const lw_dataset *dataset, lw_split split, char text[LW_LACK_TEXT])
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const lw_target *target = info->target;
  int64_t *times = NULL, missing = 0;
  int32_t *scratch = NULL;
  lw_status status = LW_OK;
  *text = 0;
  if (target->kind == LW_ANSWER_NUMBERS || target->next) return LW_OK;
  if (info->count[split] == info->unlabelled[split]) return LW_OK; /* none at all */
  if (target->by_row && info->tokens[split] > READ_MOST) return LW_OK;
  LW_TRY(LW_TAKE(&times, info->classes));
  LW_TRY(LW_TAKE(&scratch, target->by_row ? info->longest[split] : 1));
  LW_TRY(count_all(dataset, split, scratch, times));
  for (int64_t k = 0; k < info->classes; k++) missing += times[k] == 0;
  if (missing > 0) write_lack(dataset, split, times, missing, text);
done:
  lw_mem_give(times);
  lw_mem_give(scratch);
  return status;
}
