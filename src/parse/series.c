#include "longwave/base/mem.h"
#include "series_inside.h"

lw_status lw_series_open(const char *path, lw_series **out)
{
  lw_series *series = NULL;
  lw_status status = LW_TAKE(&series, 1);
  if (status != LW_OK) return status;
  series->head.problem = "";
  LW_TRY(lw_source_open(path, &series->source));
  LW_TRY(lw_series_read_head(series));
  *out = series;
  series = NULL;
done:
  lw_series_close(&series);
  return status;
}

void lw_series_close(lw_series **series)
{
  if (!*series) return;
  lw_source_close(&(*series)->source);
  lw_mem_give((*series)->problem);
  lw_mem_give((*series)->class_text);
  lw_mem_give((*series)->classes);
  lw_mem_give((*series)->parts);
  lw_mem_give((*series)->values);
  lw_mem_give((*series)->times);
  lw_mem_give(*series);
  *series = NULL;
}

const lw_series_head *lw_series_head_of(const lw_series *series)
{
  return &series->head;
}

lw_status lw_series_next(lw_series *series, lw_series_sample *sample, bool *more)
{
  lw_status status = lw_series_line(series);
  if (status != LW_OK) return status;
  *more = series->text != NULL;
  return *more ? lw_series_read_row(series, sample) : LW_OK;
}
