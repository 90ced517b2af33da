#include "longwave/run/record.h"
#include "longwave/base/csv.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/run/folder.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 4096 };
static const char chance_header[] = "step,samples,accuracy,low,high,chance,above_since\n";

static void times_header(char *line)
{
  size_t used = (size_t)snprintf(line, LINE, "step");
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    used +=
        (size_t)snprintf(line + used, LINE - used, ",%s", lw_profile_name((lw_profile_kind)kind));
  snprintf(line + used, LINE - used, "\n");
}

/* What a killed life wrote beyond its last checkpoint goes. */
static lw_status trim(const char *folder, int64_t step)
{
  char times[LINE], path[LW_PATH_MAX];
  times_header(times);
  const char *const files[][2] = {{"times.csv", times}, {"chance.csv", chance_header}};
  lw_status status = LW_OK;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    LW_TRY(lw_folder_path(folder, files[i][0], path));
    LW_TRY(lw_csv_trim(path, files[i][1], step));
  }
done:
  return status;
}

static lw_status read_record(const char *folder, lw_record *record)
{
  char path[LW_PATH_MAX];
  lw_csv csv = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_folder_path(folder, "chance.csv", path));
  LW_TRY(lw_csv_read(&csv, path));
  const double since = lw_csv_number(&csv, csv.rows - 1, lw_csv_column(&csv, "above_since"));
  record->since = isnan(since) ? 0 : (int64_t)since;
done:
  lw_csv_done(&csv);
  return status;
}

lw_status lw_record_start(const char *folder, const lw_trainer *trainer, lw_record *record)
{
  const bool root = trainer->world->rank == 0;
  const lw_evaluation evaluation = {.split = LW_SPLIT_VALIDATION,
                                    .limit = trainer->job.train.evaluate_limit,
                                    .max_length = trainer->job.data.max_length};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(trainer->world,
                  root ? lw_evaluation_chance(&evaluation, trainer->dataset, &record->chance)
                       : LW_OK);
  /* An evaluation that is still due is recorded anew. */
  const int64_t step = trainer->progress.step - trainer->progress.evaluation_due;
  LW_TRY_TOGETHER(trainer->world, root ? trim(folder, step) : LW_OK);
  LW_TRY_TOGETHER(trainer->world, root ? read_record(folder, record) : LW_OK);
done:
  return status;
}

lw_status lw_record_evaluation(const char *folder, const lw_evaluation *evaluation, int64_t step,
                               lw_record *record, bool *news)
{
  char path[LW_PATH_MAX], line[LINE];
  double low, high;
  lw_wilson(evaluation->accuracy, evaluation->answers, &low, &high);
  const bool was = record->since > 0, is = low > record->chance;
  *news = was != is;
  if (*news) record->since = is ? step : 0;
  snprintf(line, sizeof line, "%lld,%lld,%.9g,%.6f,%.6f,%.6f,%lld\n", (long long)step,
           (long long)evaluation->samples, evaluation->accuracy, low, high, record->chance,
           (long long)record->since);
  lw_status status = lw_folder_path(folder, "chance.csv", path);
  return status == LW_OK ? lw_csv_append(path, line) : status;
}

lw_status lw_record_times(const char *folder, int64_t step)
{
  char path[LW_PATH_MAX], line[LINE];
  size_t used = (size_t)snprintf(line, sizeof line, "%lld", (long long)step);
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    used += (size_t)snprintf(line + used, sizeof line - used, ",%.3f",
                             lw_profile_seconds((lw_profile_kind)kind));
  snprintf(line + used, sizeof line - used, "\n");
  lw_status status = lw_folder_path(folder, "times.csv", path);
  return status == LW_OK ? lw_csv_append(path, line) : status;
}
