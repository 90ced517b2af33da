#include "longwave/run/record.h"
#include "longwave/base/csv.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/run/folder.h"
#include <inttypes.h>
#include <math.h>

enum { LINE = 4096 };

typedef struct chance_row {
  int64_t step, samples;
  double accuracy, low, high, chance;
  int64_t since;
} chance_row;

#define COLUMN(member, ...) LW_CSV_FIELD_AS(#member, chance_row, member, __VA_ARGS__)
static const lw_csv_field columns[] = {
    LW_CSV_FIELD("step", chance_row, step),
    LW_CSV_FIELD("samples", chance_row, samples),
    COLUMN(accuracy, .digits = 9),
    COLUMN(low, .decimals = 6),
    COLUMN(high, .decimals = 6),
    COLUMN(chance, .decimals = 6),
    LW_CSV_FIELD("above_since", chance_row, since),
};
enum { COLUMNS = LW_CSV_FIELDS(columns) };

/* times [LINE], chance [LINE] out */
static void write_headers(char *times, char *chance)
{
  lw_text row = lw_text_in(times, LINE);
  lw_csv_put(&row, "step");
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    lw_csv_put(&row, lw_profile_name((lw_profile_kind)kind));
  lw_csv_end(&row);
  row = lw_text_in(chance, LINE);
  lw_csv_put_names(&row, columns, COLUMNS);
  lw_csv_end(&row);
}

/* What a killed life wrote beyond its last checkpoint goes. */
static lw_status trim(const char *folder, int64_t step)
{
  char times[LINE], chance[LINE], path[LW_PATH_MAX];
  write_headers(times, chance);
  const char *const files[][2] = {{"times.csv", times}, {"chance.csv", chance}};
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
  const lw_evaluation evaluation = {.split = LW_SPLIT_VALIDATION,
                                    .limit = trainer->job.train.evaluate_limit,
                                    .max_length = trainer->job.data.max_length};
  lw_status status = LW_OK;
  LW_TRY_ON_ROOT(trainer->world,
                 lw_evaluation_chance(&evaluation, trainer->dataset, &record->chance));
  /* An evaluation that is still due is recorded anew. */
  const int64_t step = trainer->progress.step - trainer->progress.evaluation_due;
  LW_TRY_ON_ROOT(trainer->world, trim(folder, step));
  LW_TRY_ON_ROOT(trainer->world, read_record(folder, record));
done:
  return status;
}

static lw_status append(const char *folder, const char *name, const char *line)
{
  char path[LW_PATH_MAX];
  lw_status status = lw_folder_path(folder, name, path);
  return status == LW_OK ? lw_csv_append(path, line) : status;
}

lw_status lw_record_evaluation(const char *folder, const lw_evaluation *evaluation, int64_t step,
                               lw_record *record, bool *news)
{
  char line[LINE];
  double low, high;
  lw_wilson(evaluation->accuracy, evaluation->answers, &low, &high);
  const bool was = record->since > 0, is = low > record->chance;
  *news = was != is;
  if (*news) record->since = is ? step : 0;
  const chance_row cells = {step, evaluation->samples, evaluation->accuracy, low,
                            high, record->chance,      record->since};
  lw_text row = LW_TEXT_IN(line);
  lw_csv_put_fields(&row, columns, COLUMNS, &cells);
  lw_csv_end(&row);
  return append(folder, "chance.csv", line);
}

lw_status lw_record_times(const char *folder, int64_t step)
{
  char line[LINE];
  lw_text row = LW_TEXT_IN(line);
  lw_csv_put_as(&row, "%" PRId64, step);
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    lw_csv_put_as(&row, "%.3f", lw_profile_seconds((lw_profile_kind)kind));
  lw_csv_end(&row);
  return append(folder, "times.csv", line);
}
