#include "longwave/study/study_tune.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/run/newest.h"
#include <math.h>
#include <stdio.h>

/* What the runs of a combination came to. */
typedef struct contest {
  int64_t finished, best; /* choice; -1: none */
  double value;           /* its figure */
  const lw_figure *figure;
  char name[LW_TEXT_MAX]; /* of its run */
} contest;

/* A finished run with an evaluation takes part. */
static lw_status enter(contest *c, const lw_study_task *task, int64_t choice)
{
  char path[LW_PATH_MAX];
  bool begun, finished;
  lw_checkpoint_info *info = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_study_task_look(task, &begun, &finished));
  if (!finished) goto done;
  c->finished++;
  LW_TRY(LW_TAKE(&info, 1));
  LW_TRY(lw_newest_find(task->folder, path, info));
  if (info->progress.best_step == 0) goto done;
  const int at = lw_job_selection(&task->job, &info->data);
  const lw_figure *figure = &info->data.objective->figure[at];
  const double value = info->progress.best.value[at];
  if (isnan(value) || (c->best >= 0 && !lw_figure_better(figure, value, c->value))) goto done;
  c->best = choice;
  c->value = value;
  c->figure = figure;
  snprintf(c->name, sizeof c->name, "%s", task->name);
done:
  lw_mem_give(info);
  return status;
}

static void tell(const contest *c)
{
  char value[LW_SCORE_TEXT];
  lw_log_root(LW_LOG_INFO,
              "%s is the best of %lld: validation %s %s; the other seeds get its settings", c->name,
              (long long)c->finished, c->figure->title, lw_figure_text(c->figure, c->value, value));
}

static lw_status decide(lw_study *study, const lw_world *world, int64_t combination, bool over,
                        lw_study_task *task)
{
  contest c = {.best = -1};
  lw_status status = LW_OK;
  for (int64_t choice = 0; choice < study->choices; choice++) {
    LW_TRY(lw_study_task_take(study, world, lw_study_first_run(study, combination, choice), task));
    LW_TRY(enter(&c, task, choice));
  }
  if (c.best < 0 || (c.finished < study->choices && !over)) goto done;
  study->chosen[combination] = c.best;
  tell(&c);
done:
  return status;
}

lw_status lw_study_tune(lw_study *study, const lw_world *world, bool over, lw_study_task *task)
{
  lw_status status = LW_OK;
  if (study->choices == 1 || study->seeds == 1) return LW_OK;
  for (int64_t i = 0; i < study->combinations; i++)
    if (study->chosen[i] < 0) LW_TRY(decide(study, world, i, over, task));
done:
  return status;
}

lw_status lw_study_fail_unknown(const lw_study *study, int64_t run)
{
  const int64_t first = lw_study_first_run(study, lw_study_combination(study, run), 0);
  return lw_fail(LW_ERROR_INPUT,
                 "run %lld gets the settings of the best of runs %lld to %lld, which are not all "
                 "finished; start those first",
                 (long long)run + 1, (long long)first + 1, (long long)(first + study->choices));
}
