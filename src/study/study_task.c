#define _POSIX_C_SOURCE 200809L
#include "longwave/study/study_task.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/run/newest.h"
#include "longwave/train/standing.h"
#include "table_inside.h"
#include <stdio.h>
#include <string.h>

/* Where the study names the data set, messages name the study's line and not "--set". */
static void tell_of_data(const lw_study *study, lw_study_task *task)
{
  lw_data_options *data = &task->job.data;
  char location[LW_TEXT_MAX];
  lw_study_location(study, task->number, "data.path", location);
  if (!*location) return;
  memcpy(data->given, location, sizeof location);
  lw_job_find_recipe(study->path, data->path, data->recipe);
}

lw_status lw_study_task_take(const lw_study *study, const lw_world *world, int64_t number,
                             lw_study_task *task)
{
  lw_status status = LW_OK;
  task->number = number;
  task->set_count = lw_study_run(study, number, task->sets, task->name);
  if (snprintf(task->folder, sizeof task->folder, "%s/%s", study->runs, task->name) >=
      (int)sizeof task->folder)
    return lw_fail(LW_ERROR_INPUT,
                   "the path %s/%s is too long"
                   "; choose shorter names",
                   study->runs, task->name);
  status = world ? lw_job_read(&task->job, world, study->job, task->sets, task->set_count)
                 : lw_job_read_alone(&task->job, study->job, task->sets, task->set_count);
  if (status == LW_ERROR_INPUT) return lw_fail_context(LW_ERROR_INPUT, "run %s", task->name);
  if (status == LW_OK) tell_of_data(study, task);
  return status;
}

bool lw_study_task_data(const lw_study_task *task, int *code)
{
  lw_dataset *dataset = NULL;
  const lw_status status = lw_job_open_data(&task->job, &dataset);
  lw_dataset_close(&dataset);
  if (status != LW_OK) lw_log_root(LW_LOG_ERROR, "%s", lw_fail_message());
  *code = lw_status_exit_code(status);
  return status == LW_OK;
}

/* A folder may go on, or count as done, only if it was trained as the study says; a study may make
   its runs longer. */
static lw_status check_same(const lw_study_task *task, lw_job *saved)
{
  char different[4096];
  lw_job job = task->job;
  lw_job_compare(saved, &job, LW_ROLES_FIXED, different, sizeof different);
  if (!*different) {
    lw_job_compare(saved, &job, LW_ROLE_RUN, different, sizeof different);
    different[strcspn(different, "\n")] = 0;
  }
  if (!*different) return LW_OK;
  return lw_fail(
      LW_ERROR_INPUT,
      "%s holds a run with other settings (%s): remove it, or give the study another folder 'runs'",
      task->folder, different);
}

lw_status lw_study_task_look(const lw_study_task *task, bool *begun, bool *finished)
{
  char newest[LW_PATH_MAX];
  lw_checkpoint_info *info = NULL;
  lw_job *saved = NULL;
  lw_status status = LW_OK;
  *finished = false;
  *begun = lw_newest_any(task->folder);
  if (!*begun) goto done;
  LW_TRY(LW_TAKE(&info, 1));
  LW_TRY(LW_TAKE(&saved, 1));
  status = lw_newest_find(task->folder, newest, info);
  if (status != LW_OK && status != LW_ERROR_MEMORY) { /* training knows what to do or says why */
    status = LW_OK;
    goto done;
  }
  LW_TRY(status);
  LW_TRY(lw_job_from_text(saved, info->job, newest));
  LW_TRY(check_same(task, saved));
  lw_train_options train = task->job.train;
  train.steps = lw_job_steps(&task->job, lw_checkpoint_samples(info), info->progress.step,
                             info->progress.cursor);
  *finished = lw_standing_over(&info->progress, &train);
done:
  lw_mem_give(info);
  lw_mem_give(saved);
  return status;
}
