#include "longwave/study/study_order.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/run/folder.h"
#include <stdio.h>
#include <string.h>

static const char file_name[] = "order.txt";

lw_status lw_study_order_write(const lw_study *study)
{
  const char *sets[LW_STUDY_SETS];
  char name[LW_TEXT_MAX];
  lw_text text = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < study->count; i++) {
    if (!lw_study_known(study, i)) continue;
    lw_study_run(study, i, sets, name);
    lw_text_add(&text, "%s\n", name);
  }
  LW_TRY(lw_text_end(&text));
  LW_TRY(lw_folder_make(study->runs));
  LW_TRY(lw_folder_write(study->runs, file_name, text.text));
done:
  lw_text_done(&text);
  return status;
}

lw_status lw_study_order_each(const char *runs,
                              lw_status (*take)(void *context, const char *folder), void *context)
{
  char path[LW_PATH_MAX], name[LW_TEXT_MAX + 1];
  lw_status status = lw_folder_path(runs, file_name, path);
  FILE *file = status == LW_OK ? fopen(path, "r") : NULL;
  while (file && status == LW_OK && fgets(name, sizeof name, file)) {
    name[strcspn(name, "\n")] = 0;
    status = lw_folder_path(runs, name, path);
    if (status == LW_OK && *name) status = take(context, path);
  }
  if (file) fclose(file);
  return status;
}
