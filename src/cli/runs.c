#define _XOPEN_SOURCE 700
#include "runs.h"
#include "command.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/folder.h"
#include "longwave/train/loss.h"
#include "longwave/train/newest.h"
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- which ---- */

static bool has(const char *folder, const char *name)
{
  char path[LW_PATH_MAX];
  struct stat about;
  return lw_folder_path(folder, name, path) == LW_OK && stat(path, &about) == 0;
}

/* The same folder by another way is the same run: it must not count as two seeds. */
static bool is_listed(const lw_run_paths *paths, const char *folder)
{
  struct stat one, other;
  if (stat(folder, &one) != 0) return false;
  for (int64_t i = 0; i < paths->count; i++)
    if (stat(paths->path[i], &other) == 0 && one.st_dev == other.st_dev &&
        one.st_ino == other.st_ino)
      return true;
  return false;
}

static lw_status add_path(lw_run_paths *paths, int64_t *room, const char *folder)
{
  const size_t length = strlen(folder);
  if (is_listed(paths, folder)) return LW_OK;
  if (length >= LW_TEXT_MAX)
    return lw_fail(LW_ERROR_INPUT,
                   "the path %s is too long"
                   "; take a shorter one",
                   folder);
  lw_status status = LW_EXTEND(&paths->path, room, paths->count, paths->count + 1);
  if (status != LW_OK) return status;
  snprintf(paths->path[paths->count++], LW_TEXT_MAX, "%s", folder);
  return LW_OK;
}

/* The run folders right below, by name. */
static lw_status add_below(lw_run_paths *paths, int64_t *room, const char *folder, bool *any)
{
  struct dirent **entries = NULL;
  char path[LW_PATH_MAX];
  lw_status status = LW_OK;
  const int count = scandir(folder, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    if (status == LW_OK && entries[i]->d_name[0] != '.' && has(path, "job.yaml")) {
      status = add_path(paths, room, path);
      *any = true;
    }
    free(entries[i]);
  }
  free(entries);
  return status;
}

static lw_status find_local(const char *const *words, int count, lw_run_paths *paths)
{
  int64_t room = 0;
  char folder[LW_TEXT_MAX];
  lw_status status = LW_OK;
  for (int i = 0; i < count; i++) {
    bool any = has(words[i], "job.yaml");
    snprintf(folder, sizeof folder, "%s", words[i]);
    for (size_t end = strlen(folder); end > 1 && folder[end - 1] == '/';) folder[--end] = 0;
    if (any)
      LW_TRY(add_path(paths, &room, folder));
    else
      LW_TRY(add_below(paths, &room, folder, &any));
    if (!any)
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "%s is no run folder, nor a folder of such: there is no job.yaml in it"
                     "; name one that 'longwave train' has made",
                     words[i]));
  }
done:
  return status;
}

lw_status lw_run_paths_find(const lw_world *world, const char *const *words, int count,
                            lw_run_paths *out)
{
  lw_run_paths paths = {0};
  lw_status status = LW_OK;
  if (count == 0) return lw_fail(LW_ERROR_INPUT, "no run folder given, such as runs/mine");
  LW_TRY_TOGETHER(world, world->rank == 0 ? find_local(words, count, &paths) : LW_OK);
  lw_broadcast(world, &paths.count, (int64_t)sizeof paths.count);
  if (world->rank > 0) status = LW_TAKE(&paths.path, paths.count);
  LW_TRY_TOGETHER(world, status);
  lw_broadcast(world, paths.path, paths.count * (int64_t)sizeof *paths.path);
  *out = paths;
  paths = (lw_run_paths){0};
done:
  lw_run_paths_done(&paths);
  return status;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
  (void)about, (void)kind, (void)walk;
  return remove(path);
}

void lw_run_paths_done(lw_run_paths *paths)
{
  enum { OPEN_MOST = 8 };
  if (*paths->aside) nftw(paths->aside, remove_one, OPEN_MOST, FTW_DEPTH | FTW_PHYS);
  lw_mem_give(paths->path);
  *paths = (lw_run_paths){0};
}

/* ---- tests ---- */

/* The checkpoint that stands for a run: the best, or without evaluations the newest. checkpoint
   [LW_TEXT_MAX] out, "": none. newest: what the newest one says. */
static lw_status name_checkpoint(const char *folder, lw_checkpoint_info *newest, char *checkpoint)
{
  char path[LW_PATH_MAX];
  lw_status status = lw_newest_find(folder, path, newest);
  if (status != LW_OK) return status;
  if (*path) lw_newest_best(folder, &newest->progress, path);
  if (snprintf(checkpoint, LW_TEXT_MAX, "%.*s", LW_TEXT_MAX, path) >= LW_TEXT_MAX)
    return lw_fail(LW_ERROR_INPUT, "the path %s is too long", path);
  return LW_OK;
}

static lw_status find_untested(const char *folder, lw_checkpoint_info *info, char *checkpoint,
                               bool *untested)
{
  lw_kept kept = {0};
  lw_dataset *dataset = NULL;
  lw_job *job = NULL;
  bool found = false;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&job, 1));
  LW_TRY(lw_checkpoint_read_info(checkpoint, info));
  LW_TRY(lw_kept_read(folder, LW_SPLIT_TEST, info->checksum, &kept, &found));
  *untested = false;
  if (found) goto done;
  LW_TRY(lw_job_from_text(job, info->job, checkpoint));
  if (lw_dataset_open(job->data.path, &dataset) != LW_OK)
    lw_log_root(LW_LOG_WARN, "%s cannot be tested: %s", folder, lw_fail_message());
  else if (lw_checkpoint_check_data(checkpoint, info, dataset, false) != LW_OK)
    lw_log_root(LW_LOG_WARN, "%s cannot be tested: %s", folder, lw_fail_message());
  else if (lw_dataset_describe(dataset)->checksum != info->data_checksum)
    lw_log_root(LW_LOG_WARN, "%s cannot be tested: %s has been made anew since the training",
                folder, job->data.path);
  else
    *untested = lw_dataset_describe(dataset)->count[LW_SPLIT_TEST] > 0;
done:
  lw_kept_done(&kept);
  lw_dataset_close(&dataset);
  lw_mem_give(job);
  return status;
}

lw_status lw_run_untested(const char *folder, char *checkpoint, bool *untested)
{
  lw_checkpoint_info *info = NULL;
  lw_status status = LW_OK;
  *untested = false;
  LW_TRY(LW_TAKE(&info, 1));
  LW_TRY(name_checkpoint(folder, info, checkpoint));
  if (!*checkpoint) goto done;
  LW_TRY(find_untested(folder, info, checkpoint, untested));
done:
  lw_mem_give(info);
  return status;
}

/* A run that is damaged, or not for us to read, takes none of the others with it. */
static bool passes_over(const char *folder, lw_status *status)
{
  if (*status != LW_ERROR_FORMAT && *status != LW_ERROR_FOREIGN && *status != LW_ERROR_INPUT &&
      *status != LW_ERROR_FILE)
    return false;
  lw_log_root(LW_LOG_WARN, "%s is passed over: %s", folder, lw_fail_message());
  *status = LW_OK;
  return true;
}

/* folder [LW_PATH_MAX] out: the place aside of run i. */
static lw_status aside_of(const lw_run_paths *paths, int64_t i, char *folder)
{
  char name[32];
  snprintf(name, sizeof name, "%lld", (long long)i);
  return lw_folder_path(paths->aside, name, folder);
}

/* Where the test of a run goes that one may only read. folder [LW_PATH_MAX] out: "" where the run
   itself takes it. Root. */
static lw_status choose_place(lw_run_paths *paths, int64_t i, char *folder)
{
  const char *temporary = getenv("TMPDIR");
  lw_status status = LW_OK;
  *folder = 0;
  if (access(paths->path[i], W_OK) == 0 || (errno != EACCES && errno != EROFS)) goto done;
  lw_log_root(LW_LOG_WARN, "%s may only be read: its test is not kept, and done anew each time",
              paths->path[i]);
  if (!*paths->aside) {
    snprintf(paths->aside, sizeof paths->aside, "%.900s/longwave-tests-XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(paths->aside)) {
      status = lw_fail(LW_ERROR_FILE, "cannot make the folder %s: %s; set TMPDIR to one that can",
                       paths->aside, strerror(errno));
      *paths->aside = 0;
      goto done;
    }
  }
  LW_TRY(aside_of(paths, i, folder));
  if (mkdir(folder, 0777))
    status = lw_fail(LW_ERROR_FILE, "cannot make the folder %s: %s", folder, lw_reason(errno));
done:
  return status;
}

lw_status lw_run_paths_test(lw_world *world, lw_run_paths *paths)
{
  char folder[LW_PATH_MAX] = "";
  struct {
    char checkpoint[LW_TEXT_MAX];
    bool untested;
  } todo = {0};
  lw_status status = LW_OK;
  for (int64_t i = 0; i < paths->count; i++) {
    if (world->rank == 0) status = lw_run_untested(paths->path[i], todo.checkpoint, &todo.untested);
    if (passes_over(paths->path[i], &status)) todo.untested = false;
    LW_TRY_TOGETHER(world, status);
    lw_broadcast(world, &todo, (int64_t)sizeof todo);
    if (!todo.untested) continue;
    lw_log_root(LW_LOG_INFO, "testing %s", todo.checkpoint);
    LW_TRY_TOGETHER(world, world->rank == 0 ? choose_place(paths, i, folder) : LW_OK);
    LW_TRY(lw_command_keep(world, todo.checkpoint, LW_SPLIT_TEST, folder));
  }
done:
  return status;
}

/* ---- one run ---- */

bool lw_setting_is_incidental(const char *key)
{
  static const char *const keys[] = {
      "train.seed",      "train.log_every", "train.stall_minutes", "attention.engine",
      "attention.panel", "checkpoint.",     "parallel.",           NULL};
  for (const char *const *k = keys; *k; k++)
    if (!strncmp(key, *k, strlen(*k))) return true;
  return false;
}

/* A text without the quotes that YAML has around it. */
static char *bare(char *value)
{
  const size_t length = strlen(value);
  if (length < 2 || *value != '"' || value[length - 1] != '"') return value;
  value[length - 1] = 0;
  return value + 1;
}

static lw_status split_settings(lw_run_view *run)
{
  char section[64] = "", *rest = NULL;
  int64_t lines = 0;
  for (const char *c = run->text; (c = strchr(c, '\n')); c++) lines++;
  lw_status status = LW_TAKE(&run->settings, lines + 1);
  if (status != LW_OK) return status;
  for (char *line = strtok_r(run->text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
    const size_t indent = strspn(line, " "), name = strcspn(line + indent, ":");
    if (indent == 0) {
      snprintf(section, sizeof section, "%.*s", (int)name, line);
      continue;
    }
    lw_setting *setting = &run->settings[run->setting_count++];
    snprintf(setting->key, sizeof setting->key, "%s.%.*s", section, (int)name, line + indent);
    setting->value = bare(line + indent + name + strspn(line + indent + name, ": "));
  }
  return LW_OK;
}

/* What has been trained says the newest checkpoint; job.yaml is for a run that has none yet. */
static lw_status read_job(lw_run_view *run, lw_checkpoint_info *newest)
{
  char path[LW_PATH_MAX];
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_status status = LW_OK;
  LW_TRY(name_checkpoint(run->folder, newest, run->checkpoint));
  if (*run->checkpoint) {
    LW_TRY(lw_job_from_text(&run->job, newest->job, run->folder));
  } else {
    LW_TRY(lw_folder_path(run->folder, "job.yaml", path));
    lw_job_sections(&run->job, sections);
    lw_option_defaults(sections, LW_JOB_SECTIONS);
    LW_TRY(lw_option_read_file(sections, LW_JOB_SECTIONS, path));
  }
  LW_TRY(LW_TAKE(&run->text, LW_JOB_TEXT_MAX));
  lw_job_text(&run->job, run->text);
  LW_TRY(split_settings(run));
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
    if (!has(run->folder, files[i].name)) continue;
    LW_TRY(lw_folder_path(run->folder, files[i].name, path));
    LW_TRY(lw_csv_read(files[i].csv, path));
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
  LW_TRY(lw_model_outline(&run->job.model, &run->job.attention, data, 0, self, &model));
  run->parameters = model->params.numbers;
done:
  lw_model_destroy(&model);
  lw_world_destroy(&self);
  return status;
}

/* info: of the newest checkpoint, then of the one that stands for the run. */
static lw_status read_checkpoints(lw_run_view *run, lw_checkpoint_info *info)
{
  const lw_train_options *train = &run->job.train;
  const lw_progress *progress = &info->progress;
  lw_status status = LW_OK;
  if (!*run->checkpoint) return LW_OK;
  run->step = progress->step;
  run->finished = progress->step >= train->steps ||
                  (train->patience > 0 && progress->evaluations_worse >= train->patience);
  run->best_accuracy = progress->best_step > 0 ? progress->best_accuracy : (double)NAN;
  LW_TRY(lw_checkpoint_read_info(run->checkpoint, info));
  run->best_step = info->progress.step;
  run->data = info->data;
  run->data_checksum = info->data_checksum;
  LW_TRY(count_parameters(run, &info->data));
  LW_TRY(lw_kept_read(run->folder, LW_SPLIT_TEST, info->checksum, &run->test, &run->tested));
  if (!run->tested && *run->aside)
    LW_TRY(lw_kept_read(run->aside, LW_SPLIT_TEST, info->checksum, &run->test, &run->tested));
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

static lw_status read_run(const char *folder, const char *aside, lw_checkpoint_info *info,
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

/* ---- rows ---- */

static bool same_row(const lw_run_view *a, const lw_run_view *b)
{
  if (a->data_checksum != b->data_checksum) return false; /* one path, made anew */
  for (int64_t i = 0; i < a->setting_count; i++)
    if (!lw_setting_is_incidental(a->settings[i].key) &&
        strcmp(a->settings[i].value, b->settings[i].value))
      return false;
  return true;
}

static int by_row(const void *a, const void *b)
{
  const lw_run_view *x = a, *y = b;
  if (x->row != y->row) return x->row < y->row ? -1 : 1;
  if (x->job.train.seed != y->job.train.seed) return x->job.train.seed < y->job.train.seed ? -1 : 1;
  return strcmp(x->folder, y->folder);
}

/* The folder's own name without its seed: "plain_seed-3" to "plain". */
static void name_run(const lw_run_view *run, char *name)
{
  char seed[32];
  const char *slash = strrchr(run->folder, '/');
  snprintf(name, LW_TEXT_MAX, "%s", slash ? slash + 1 : run->folder);
  const int digits = snprintf(seed, sizeof seed, "%lld", (long long)run->job.train.seed);
  size_t end = strlen(name);
  if (end <= (size_t)digits || strcmp(name + end - digits, seed) != 0) return;
  for (end -= (size_t)digits; end > 0 && strchr("-_=.", name[end - 1]);) end--;
  if (end < 5 || strncmp(name + end - 4, "seed", 4) != 0) return;
  for (end -= 4; end > 0 && strchr("-_=.", name[end - 1]);) end--;
  if (end > 0) name[end] = 0;
}

static void find_rows(lw_run_views *views)
{
  for (int64_t i = 0; i < views->count; i++) {
    lw_run_view *run = &views->list[i];
    run->row = -1;
    for (int64_t k = 0; k < i && run->row < 0; k++)
      if (same_row(run, &views->list[k])) run->row = views->list[k].row;
    if (run->row < 0) run->row = views->rows++;
  }
  qsort(views->list, (size_t)views->count, sizeof *views->list, by_row);
}

static void view_done(lw_run_view *run)
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

lw_status lw_run_views_read(const lw_run_paths *paths, lw_run_views *out)
{
  lw_run_views views = {0};
  lw_checkpoint_info *info = NULL;
  char aside[LW_PATH_MAX] = "";
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&info, 1));
  LW_TRY(LW_TAKE(&views.list, paths->count));
  for (int64_t i = 0; i < paths->count; i++) {
    lw_run_view *run = &views.list[views.count++];
    if (*paths->aside) LW_TRY(aside_of(paths, i, aside));
    status = read_run(paths->path[i], aside, info, run);
    if (!passes_over(paths->path[i], &status))
      LW_TRY(status);
    else
      view_done(&views.list[--views.count]);
  }
  if (views.count == 0)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "there is no run that can be read"
                                   "; the warnings above say why"));
  find_rows(&views);
  LW_TRY(LW_TAKE(&views.names, views.rows));
  for (int64_t i = views.count - 1; i >= 0; i--)
    name_run(&views.list[i], views.names[views.list[i].row]);
  *out = views;
  views = (lw_run_views){0};
done:
  lw_run_views_done(&views);
  lw_mem_give(info);
  return status;
}

void lw_run_views_done(lw_run_views *views)
{
  for (int64_t i = 0; i < views->count; i++) view_done(&views->list[i]);
  lw_mem_give(views->list);
  lw_mem_give(views->names);
  *views = (lw_run_views){0};
}

const lw_run_view *lw_run_row(const lw_run_views *views, int64_t row, int64_t *count)
{
  int64_t first = 0;
  while (views->list[first].row < row) first++;
  for (*count = 0; first + *count < views->count && views->list[first + *count].row == row;)
    ++*count;
  return &views->list[first];
}

bool lw_run_differs(const lw_run_views *views, int64_t place)
{
  const lw_setting *first = &views->list[0].settings[place];
  if (lw_setting_is_incidental(first->key)) return false;
  for (int64_t i = 1; i < views->count; i++)
    if (strcmp(views->list[i].settings[place].value, first->value) != 0) return true;
  return false;
}

static double figure_of(const lw_run_view *run, size_t figure)
{
  return run->tested ? *(const double *)((const char *)&run->test + figure) : (double)NAN;
}

int64_t lw_run_spread(const lw_run_views *views, int64_t row, size_t figure, double *mean,
                      double *deviation)
{
  int64_t count, used = 0;
  double sum = 0.0, square = 0.0;
  const lw_run_view *run = lw_run_row(views, row, &count);
  for (int64_t i = 0; i < count; i++)
    if (!isnan(figure_of(&run[i], figure))) sum += figure_of(&run[i], figure), used++;
  *mean = used > 0 ? sum / (double)used : (double)NAN;
  for (int64_t i = 0; i < count; i++)
    if (!isnan(figure_of(&run[i], figure))) square += pow(figure_of(&run[i], figure) - *mean, 2.0);
  *deviation = used > 1 ? sqrt(square / (double)(used - 1)) : (double)NAN;
  return used;
}

const char *lw_run_unit(const lw_run_views *views)
{
  const char *unit = NULL;
  for (int64_t i = 0; i < views->count; i++) {
    const lw_model_data *data = &views->list[i].data;
    if (data->target != LW_TARGET_NEXT_TOKEN) continue;
    const char *own = lw_loss_unit(data->vocabulary);
    unit = !unit || !strcmp(unit, own) ? own : "token";
  }
  return unit;
}
