#include "runs.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/run/folder.h"
#include "longwave/train/loss.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_row(const lw_run_view *a, const lw_run_view *b)
{
  if (a->data_checksum != b->data_checksum) return false; /* one path, made anew */
  for (int64_t i = 0; i < a->setting_count; i++)
    if ((a->settings[i].option->role & LW_ROLES_APART) &&
        strcmp(a->settings[i].value, b->settings[i].value) != 0)
      return false;
  return true;
}

static int by_row(const void *a, const void *b)
{
  const lw_run_view *x = a, *y = b;
  if (x->row != y->row) return LW_ORDER(x->row, y->row);
  const int seeds = LW_ORDER(x->job.train.seed, y->job.train.seed);
  if (seeds) return seeds;
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

lw_status lw_run_views_read(const lw_run_paths *paths, lw_run_views *out)
{
  lw_run_views views = {0};
  lw_checkpoint_info *info = NULL;
  char aside[LW_PATH_MAX];
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&info, 1));
  LW_TRY(LW_TAKE(&views.list, paths->count));
  for (int64_t i = 0; i < paths->count; i++) {
    lw_run_view *run = &views.list[views.count++];
    LW_TRY(lw_run_paths_aside(paths, i, aside));
    status = lw_run_view_read(paths->path[i], aside, info, run);
    if (lw_run_passed_over(paths->path[i], &status)) lw_run_view_done(&views.list[--views.count]);
    LW_TRY(status);
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
  for (int64_t i = 0; i < views->count; i++) lw_run_view_done(&views->list[i]);
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

bool lw_run_differs(const lw_run_views *views, int64_t index)
{
  const lw_setting *first = &views->list[0].settings[index];
  if (!(first->option->role & LW_ROLES_APART)) return false;
  for (int64_t i = 1; i < views->count; i++)
    if (strcmp(views->list[i].settings[index].value, first->value) != 0) return true;
  return false;
}

int64_t lw_run_spread(const lw_run_views *views, int64_t row, const char *column, double *mean,
                      double *deviation)
{
  int64_t count, used = 0;
  double sum = 0.0, square = 0.0;
  const lw_run_view *run = lw_run_row(views, row, &count);
  for (int64_t i = 0; i < count; i++) {
    const double figure = lw_run_figure(&run[i], column);
    if (!isnan(figure)) sum += figure, used++;
  }
  *mean = used > 0 ? sum / (double)used : (double)NAN;
  for (int64_t i = 0; i < count; i++) {
    const double figure = lw_run_figure(&run[i], column);
    if (!isnan(figure)) square += pow(figure - *mean, 2.0);
  }
  *deviation = used > 1 ? sqrt(square / (double)(used - 1)) : (double)NAN;
  return used;
}

/* Adds those whose column is not there. */
static int add_figures(const lw_objective *objective, const lw_figure **list, int count, int room)
{
  for (int k = 0; k < objective->figures; k++) {
    int i = 0;
    while (i < count && strcmp(list[i]->column, objective->figure[k].column) != 0) i++;
    if (i == count && count < room) list[count++] = &objective->figure[k];
  }
  return count;
}

int lw_run_figures(const lw_run_views *views, const lw_figure **list, int room)
{
  int count = 0;
  for (int64_t i = 0; i < views->count; i++)
    count = add_figures(lw_run_objective(&views->list[i]), list, count, room);
  return count;
}

static bool has_unit(const lw_objective *objective)
{
  for (int k = 0; k < objective->figures; k++)
    if (objective->figure[k].per_unit) return true;
  return false;
}

const char *lw_run_unit(const lw_run_views *views)
{
  const char *unit = NULL;
  for (int64_t i = 0; i < views->count; i++) {
    const lw_objective *objective = lw_run_objective(&views->list[i]);
    if (!has_unit(objective)) continue;
    const char *own = objective->outcome_name(&views->list[i].data);
    /* Of runs that differ what holds for all. */
    unit = !unit || !strcmp(unit, own) ? own : objective->outcome_name(&(lw_model_data){0});
  }
  return unit;
}
