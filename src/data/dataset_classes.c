#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/data/classes.h"
#include "longwave/data/target.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAMED = 5 }; /* so many of the classes that are missing */

static void write_lack(const lw_dataset *dataset, lw_split split, const uint8_t *seen,
                       int64_t missing, char text[LW_LACK_TEXT])
{
  const int64_t classes = lw_dataset_describe(dataset)->classes;
  lw_text to = lw_text_in(text, LW_LACK_TEXT);
  int64_t named = 0;
  lw_text_add(&to, "the %s split has no sample of ", lw_split_name(split));
  if (missing > 1)
    lw_text_add(&to, "%" PRId64 " of %" PRId64 " classes: ", missing, classes);
  else
    lw_text_add(&to, "class ");
  for (int64_t k = 0; k < classes && named < NAMED; k++)
    if (!seen[k])
      lw_text_add(&to, "%s%" PRId64 " (%.60s)", named++ ? ", " : "", k,
                  lw_dataset_class_name(dataset, k));
  if (missing > named) lw_text_add(&to, " and %" PRId64 " more", missing - named);
}

lw_status lw_dataset_lack(const lw_dataset *dataset, lw_split split, char text[LW_LACK_TEXT])
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  uint8_t *seen = NULL;
  int64_t missing = info->classes;
  lw_status status = LW_OK;
  *text = 0;
  if (!info->target->labels || info->count[split] == 0) return LW_OK;
  LW_TRY(LW_TAKE(&seen, info->classes));
  for (int64_t i = 0; i < info->count[split]; i++) {
    uint8_t *one = &seen[lw_dataset_label(dataset, split, i)];
    missing -= !*one;
    *one = 1;
  }
  if (missing > 0) write_lack(dataset, split, seen, missing, text);
done:
  lw_mem_give(seen);
  return status;
}
