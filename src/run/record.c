#include "longwave/run/record.h"
#include "field_list.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/run/folder.h"
#include <inttypes.h>
#include <math.h>

enum { LINE = 4096 };

typedef struct chance_row {
  int64_t step, samples;
  lw_score score;
  double low, high, chance;
  int64_t since;
} chance_row;

#define COLUMN(member, ...) LW_CSV_FIELD_AS(#member, chance_row, member, __VA_ARGS__)
static const lw_csv_field which[] = {
    LW_CSV_FIELD("step", chance_row, step),
    LW_CSV_FIELD("samples", chance_row, samples),
};
static const lw_csv_field around[] = {
    COLUMN(low, .decimals = 6),
    COLUMN(high, .decimals = 6),
    COLUMN(chance, .decimals = 6),
    LW_CSV_FIELD("above_since", chance_row, since),
};

/* The leading figure between them. */
static lw_field_list columns_of(const lw_objective *objective)
{
  lw_field_list list = {.count = 0};
  lw_field_list_add(&list, which, LW_CSV_FIELDS(which));
  lw_field_list_figure(&list, objective, objective->leading, offsetof(chance_row, score));
  lw_field_list_add(&list, around, LW_CSV_FIELDS(around));
  return list;
}

/* times [LINE], chance [LINE] out */
static void write_headers(const lw_objective *objective, char *times, char *chance)
{
  const lw_field_list columns = columns_of(objective);
  lw_text row = lw_text_in(times, LINE);
  lw_csv_put(&row, "step");
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    lw_csv_put(&row, lw_profile_name((lw_profile_kind)kind));
  lw_csv_end(&row);
  row = lw_text_in(chance, LINE);
  lw_csv_put_names(&row, columns.field, columns.count);
  lw_csv_end(&row);
}

/* What a killed life wrote beyond its last checkpoint goes. */
static lw_status trim(const char *folder, const lw_objective *objective, int64_t step)
{
  char times[LINE], chance[LINE], path[LW_PATH_MAX];
  write_headers(objective, times, chance);
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
  LW_TRY_ON_ROOT(trainer->world, trim(folder, trainer->model->data.objective, step));
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
  const lw_objective *objective = evaluation->objective;
  const lw_figure *leading = &objective->figure[objective->leading];
  const lw_field_list columns = columns_of(objective);
  double low, high;
  lw_score_interval(objective, &evaluation->score, evaluation->answers, &low, &high);
  const bool was = record->since > 0;
  const bool is = lw_figure_better(leading, leading->better > 0 ? low : high, record->chance);
  *news = was != is;
  if (*news) record->since = is ? step : 0;
  const chance_row cells = {.step = step,
                            .samples = evaluation->samples,
                            .score = evaluation->score,
                            .low = low,
                            .high = high,
                            .chance = record->chance,
                            .since = record->since};
  lw_text row = LW_TEXT_IN(line);
  lw_csv_put_fields(&row, columns.field, columns.count, &cells);
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
