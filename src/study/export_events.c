#define _POSIX_C_SOURCE 200809L
#include "longwave/base/csv.h"
#include "longwave/base/input.h"
#include "longwave/base/option.h"
#include "longwave/io/events.h"
#include "longwave/study/export.h"
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

/* Columns that say where a number belongs, and are no curves. */
static bool is_place(const char *column)
{
  return !strcmp(column, "step") || !strcmp(column, "split");
}

static lw_status put_row(const lw_csv *csv, int64_t row, double begin, FILE *out)
{
  const double step = lw_csv_number(csv, row, lw_csv_column(csv, "step"));
  const double seconds = lw_csv_number(csv, row, lw_csv_column(csv, "seconds"));
  const char *split = lw_csv_text(csv, row, lw_csv_column(csv, "split"));
  char tag[LW_TEXT_MAX];
  lw_status status = LW_OK;
  if (!(step >= 0 && step < 9e15) || !*split)
    return lw_fail(LW_ERROR_FORMAT, "metrics.csv: row %lld has no step or no split",
                   (long long)row + 1);
  for (int64_t c = 0; c < csv->columns; c++) {
    const char *name = csv->cells[c];
    const double number = lw_csv_number(csv, row, c);
    if (is_place(name) || isnan(number)) continue;
    snprintf(tag, sizeof tag, "%s/%s", name, split);
    LW_TRY(lw_events_number(out, begin + (isnan(seconds) ? 0.0 : seconds), (int64_t)step, tag,
                            (float)number));
  }
done:
  return status;
}

/* The time at which the training would have begun without pauses. */
static double beginning(const char *path, const lw_csv *csv)
{
  struct stat about;
  const double seconds = lw_csv_number(csv, csv->rows - 1, lw_csv_column(csv, "seconds"));
  if (stat(path, &about) || csv->rows == 0 || isnan(seconds)) return 0.0;
  return (double)about.st_mtime - seconds;
}

static lw_status write_events(const lw_csv *csv, double begin, const char *path)
{
  lw_aside aside = LW_ASIDE_NONE;
  lw_status status = LW_OK;
  LW_TRY(lw_aside_open_text(path, &aside));
  LW_TRY(lw_events_begin(aside.stream, begin));
  for (int64_t row = 0; row < csv->rows; row++) LW_TRY(put_row(csv, row, begin, aside.stream));
done:
  return lw_aside_end(&aside, status);
}

lw_status lw_export_events(const char *run, const char *folder, FILE *told)
{
  char metrics[LW_TEXT_MAX + 16], path[LW_TEXT_MAX + 64];
  lw_csv csv = {0};
  lw_status status = LW_OK;
  snprintf(metrics, sizeof metrics, "%s/metrics.csv", run);
  LW_TRY(lw_csv_read(&csv, metrics));
  if (mkdir(folder, 0777) && errno != EEXIST)
    LW_TRY(lw_fail(LW_ERROR_FILE, "cannot make the folder '%s': %s", folder, lw_reason(errno)));
  snprintf(path, sizeof path, "%s/events.out.tfevents.0000000000.longwave", folder);
  LW_TRY(write_events(&csv, beginning(metrics, &csv), path));
  if (told) fprintf(told, "%s: the curves of %lld rows\n", path, (long long)csv.rows);
done:
  lw_csv_done(&csv);
  return status;
}
