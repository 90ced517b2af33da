#define _POSIX_C_SOURCE 200809L
#include "run_view.h"
#include "longwave/base/mem.h"
#include "longwave/run/folder.h"
#include "longwave/run/newest.h"
#include "longwave/train/standing.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A text without the quotes that YAML has around it. */
static char *bare(char *value)
{
  const size_t length = strlen(value);
  if (length < 2 || *value != '"' || value[length - 1] != '"') return value;
  value[length - 1] = 0;
  return value + 1;
}

static lw_status list_settings(lw_run_view *run)
{
  lw_option_section sections[LW_JOB_SECTIONS];
  int64_t count = 0;
  size_t used = 0;
  lw_status status = LW_OK;
  lw_job_sections(&run->job, sections);
  for (lw_option_visit at = {0}; lw_option_each(sections, LW_JOB_SECTIONS, &at);) count++;
  LW_TRY(LW_TAKE(&run->settings, count));
  LW_TRY(LW_TAKE(&run->text, LW_JOB_TEXT_MAX));
  for (lw_option_visit at = {0}; lw_option_each(sections, LW_JOB_SECTIONS, &at);) {
    lw_setting *setting = &run->settings[run->setting_count++];
    lw_text value = lw_text_in(run->text + used, LW_JOB_TEXT_MAX - used);
    lw_option_save_value(at.of, at.option, &value);
    used += (size_t)value.used + 1;
    setting->option = at.option;
    snprintf(setting->key, sizeof setting->key, "%s.%s", at.of->name, at.option->name);
    setting->value = bare(value.text);
  }
done:
  return status;
}

lw_status lw_run_view_defaults(lw_run_view *run)
{
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_job_sections(&run->job, sections);
  lw_option_defaults(sections, LW_JOB_SECTIONS);
  return list_settings(run);
}

/* What has been trained says the newest checkpoint; job.yaml is for a run that has none yet. */
static lw_status read_job(lw_run_view *run, lw_checkpoint_info *newest)
{
  char path[LW_PATH_MAX];
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_status status = LW_OK;
  LW_TRY(lw_newest_shown(run->folder, newest, run->checkpoint));
  if (*run->checkpoint) {
    LW_TRY(lw_job_from_text(&run->job, newest->job, run->folder));
  } else {
    LW_TRY(lw_folder_path(run->folder, "job.yaml", path));
    lw_job_sections(&run->job, sections);
    lw_option_defaults(sections, LW_JOB_SECTIONS);
    LW_TRY(lw_option_read_file(sections, LW_JOB_SECTIONS, path));
  }
  LW_TRY(list_settings(run));
done:
  return status;
}

static lw_status read_tables(lw_run_view *run)
{
  char path[LW_PATH_MAX];
  const struct {
    const char *name;
    lw_csv *csv;
  } files[] = {{"metrics.csv", &run->metrics},
               {"chance.csv", &run->chances},
               {"lives.csv", &run->lives},
               {"times.csv", &run->times}};
  lw_status status = LW_OK;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    LW_TRY(lw_folder_path(run->folder, files[i].name, path));
    if (access(path, F_OK) == 0) LW_TRY(lw_csv_read(files[i].csv, path));
  }
done:
  return status;
}

static lw_status count_parameters(lw_run_view *run, const lw_model_data *data)
{
  lw_world *self = NULL;
  lw_model *model = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_world_create(MPI_COMM_SELF, &self));
  const lw_model_design design = lw_job_design(&run->job, data);
  LW_TRY(lw_model_outline(&design, &(lw_execution){.matmul = LW_MATMUL_LOCAL}, self, &model));
  run->parameters = model->params.numbers;
done:
  lw_model_destroy(&model);
  lw_world_destroy(&self);
  return status;
}

/* info: of the newest checkpoint, then of the one that stands for the run. */
static lw_status read_checkpoints(lw_run_view *run, lw_checkpoint_info *info)
{
  const lw_progress *progress = &info->progress;
  lw_status status = LW_OK;
  if (!*run->checkpoint) return LW_OK;
  run->step = progress->step;
  run->finished = lw_standing_over(progress, &run->job.train);
  const lw_objective *objective = info->data.objective;
  run->best = progress->best_step > 0 ? progress->best.value[objective->leading] : (double)NAN;
  LW_TRY(lw_checkpoint_read_info(run->checkpoint, info));
  run->best_step = info->progress.step;
  run->data = info->data;
  run->data_checksum = info->data_checksum;
  LW_TRY(count_parameters(run, &info->data));
  LW_TRY(lw_kept_read(run->folder, LW_SPLIT_TEST, info->checksum, objective, &run->test,
                      &run->tested));
  if (!run->tested && *run->aside)
    LW_TRY(lw_kept_read(run->aside, LW_SPLIT_TEST, info->checksum, objective, &run->test,
                        &run->tested));
done:
  return status;
}

/* Seconds of the run when `step` was done; the rows of metrics.csv ascend. */
static double seconds_at(const lw_run_view *run, double step)
{
  const lw_csv *m = &run->metrics;
  const int64_t steps = lw_csv_column(m, "step"), seconds = lw_csv_column(m, "seconds");
  int64_t low = 0, high = m->rows; /* rows before low have a step of at most `step` */
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (lw_csv_number(m, middle, steps) <= step)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 ? lw_csv_number(m, low - 1, seconds) : 0.0;
}

/* Each life has its own cores. What it did beyond the checkpoint that a later one went on from has
 * been done again, and left metrics.csv. */
static double core_hours(const lw_run_view *run)
{
  const lw_csv *lives = &run->lives;
  const int64_t first = lw_csv_column(lives, "first_step"), cores = lw_csv_column(lives, "cores");
  double sum = 0.0, end = (double)INFINITY;
  for (int64_t i = lives->rows - 1; i >= 0; i--) {
    const double begin = lw_csv_number(lives, i, first);
    if (begin >= end) continue;
    sum += lw_csv_number(lives, i, cores) * (seconds_at(run, end) - seconds_at(run, begin));
    end = begin;
  }
  return lives->rows > 0 ? sum / 3600.0 : (double)NAN;
}

const lw_objective *lw_run_objective(const lw_run_view *run)
{
  return run->data.objective ? run->data.objective : lw_objectives[0];
}

const lw_figure *lw_run_leading(const lw_run_view *run)
{
  const lw_objective *objective = lw_run_objective(run);
  return &objective->figure[objective->leading];
}

double lw_run_figure(const lw_run_view *run, const char *column)
{
  const lw_objective *objective = lw_run_objective(run);
  for (int k = 0; k < objective->figures && run->tested; k++)
    if (!strcmp(objective->figure[k].column, column)) return run->test.score.value[k];
  return (double)NAN;
}

lw_status lw_run_view_read(const char *folder, const char *aside, lw_checkpoint_info *info,
                           lw_run_view *run)
{
  lw_status status = LW_OK;
  snprintf(run->folder, sizeof run->folder, "%s", folder);
  snprintf(run->aside, sizeof run->aside, "%.1023s", aside);
  run->chance = NAN;
  LW_TRY(read_job(run, info));
  LW_TRY(read_tables(run));
  LW_TRY(read_checkpoints(run, info));
  const lw_csv *chances = &run->chances;
  if (chances->rows > 0) {
    const int64_t last = chances->rows - 1;
    run->chance = lw_csv_number(chances, last, lw_csv_column(chances, "chance"));
    run->above_since =
        (int64_t)fmax(lw_csv_number(chances, last, lw_csv_column(chances, "above_since")), 0.0);
  }
  run->core_hours = core_hours(run);
done:
  return status;
}

void lw_run_view_done(lw_run_view *run)
{
  lw_mem_give(run->settings);
  lw_mem_give(run->text);
  lw_kept_done(&run->test);
  lw_csv_done(&run->metrics);
  lw_csv_done(&run->chances);
  lw_csv_done(&run->lives);
  lw_csv_done(&run->times);
  *run = (lw_run_view){0};
}
