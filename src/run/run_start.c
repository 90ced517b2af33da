/* The start of a run: a new folder, or the newest checkpoint of one that is there. */
#include "run_inside.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/run/folder.h"
#include "longwave/run/newest.h"
#include "longwave/train/standing.h"
#include "longwave/train/start_from.h"
#include <string.h>

/* The ranks of a killed run may be in a step for as long as we wait for the folder. */
static const double lock_seconds = 5.0;

/* ---- from the newest checkpoint ---- */

/* Damaged ones must not pass for the newest when old checkpoints are pruned. */
static lw_status set_aside(const lw_run_state *run, const int64_t *steps, int64_t count)
{
  lw_status status = LW_OK;
  if (run->request->dry_run) return LW_OK;
  for (int64_t i = 0; i < count && run->world->rank == 0 && status == LW_OK; i++)
    status = lw_folder_set_aside(run->request->folder, steps[i]);
  return lw_agree(run->world, status);
}

/* What looks damaged is read again before it is called so: a network or a memory may have erred. */
static lw_status restore(lw_run_state *run, const char *path)
{
  lw_status status = lw_trainer_restore(run->trainer, path, &run->resume);
  if (status != LW_ERROR_FORMAT) return status;
  status = lw_trainer_restore(run->trainer, path, &run->resume);
  if (status == LW_OK)
    lw_log_root(LW_LOG_WARN, "%s looked damaged, but is good when read again", path);
  return status;
}

/* The newest checkpoint that can be read; older ones are tried when it is damaged. One that the
   system does not give, or that is not for this program, ends the life: it may be good. *step -1:
   there is none. */
static lw_status restore_newest(lw_run_state *run, int64_t *step)
{
  char path[LW_PATH_MAX];
  int64_t *steps = NULL, count = 0;
  lw_status status = LW_OK;
  *step = -1;
  run->resume.accept_data = run->request->accept_data;
  if (run->world->rank == 0 && !run->request->dry_run)
    status = lw_newest_adopt(run->request->folder, &run->moved);
  LW_TRY_TOGETHER(run->world, status);
  LW_TRY(lw_newest_steps(run->world, run->request->folder, &steps, &count));
  for (int64_t i = 0; i < count && *step < 0; i++) {
    LW_TRY(lw_folder_checkpoint(run->request->folder, steps[i], path));
    status = restore(run, path);
    if (status == LW_OK) {
      *step = steps[i];
      run->moved = run->moved || i > 0;
      LW_TRY(set_aside(run, steps, i));
    } else if (status != LW_ERROR_FORMAT || i + 1 == count) {
      goto done;
    } else {
      lw_log_root(LW_LOG_WARN, "%s; trying the previous checkpoint", lw_fail_message());
      status = LW_OK;
    }
  }
done:
  lw_mem_give(steps);
  return status;
}

/* ---- from another training ---- */

/* A run that has a checkpoint goes on from that. */
static lw_status start_from(lw_run_state *run)
{
  const char *path = run->trainer->job.train.start_from;
  bool begun = false;
  lw_status status = LW_OK;
  if (!*path) return LW_OK;
  if (run->world->rank == 0) begun = lw_newest_any(run->request->folder);
  lw_broadcast(run->world, &begun, (int64_t)sizeof begun);
  if (begun) return LW_OK;
  LW_TRY_TOGETHER(run->world, LW_TAKE(&run->start, LW_START_TEXT));
  LW_TRY(lw_start_from(run->trainer, path, run->start));
done:
  return status;
}

/* ---- the folder ---- */

static lw_status fail_taken(const char *folder, int64_t step)
{
  char at[48] = "";
  if (step >= 0) snprintf(at, sizeof at, ", at step %lld", (long long)step);
  return lw_fail(LW_ERROR_INPUT,
                 "%s already holds a run%s: add --resume to go on, or --run FOLDER to train in "
                 "another folder",
                 folder, at);
}

lw_status lw_run_check_folder(const char *folder, lw_run_resume resume)
{
  int64_t *steps = NULL, count = 0;
  lw_status status = LW_OK;
  if (resume == LW_RESUME_AUTO) return LW_OK;
  LW_TRY(lw_folder_steps(folder, &steps, &count));
  const bool any = lw_newest_any(folder);
  if (any && resume == LW_RESUME_NO) LW_TRY(fail_taken(folder, count > 0 ? steps[0] : -1));
  if (!any && resume == LW_RESUME_YES)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "--resume: there is no checkpoint in %s to go on from; leave --resume out to "
                   "start at step 0, or write --resume=auto to go on only if there is one",
                   folder));
done:
  lw_mem_give(steps);
  return status;
}

/* A start from step 0 must not go over a run whose checkpoints are all damaged. Root. */
static lw_status check_nothing_lost(const char *folder)
{
  char path[LW_PATH_MAX];
  lw_checkpoint_info *info = NULL;
  lw_status status = LW_OK;
  if (!lw_newest_any(folder)) {
    lw_log_root(LW_LOG_INFO, "%s has no checkpoint yet: starting from step 0", folder);
    return LW_OK;
  }
  LW_TRY(LW_TAKE(&info, 1));
  LW_TRY(lw_newest_find(folder, path, info));
done:
  lw_mem_give(info);
  return status;
}

/* The job of a run has both, and they agree; a resumed training may have come to its steps by other
   batches. */
static lw_status check_length(const lw_run_state *run)
{
  const lw_train_options *asked = &run->request->job->train;
  const int64_t steps = run->trainer->job.train.steps;
  const int64_t samples = lw_dataset_describe(run->trainer->dataset)->count[LW_SPLIT_TRAIN];
  if (asked->steps == 0 || asked->steps == steps) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "train.steps: %lld and train.epochs: %lld are both given, and these epochs of "
                 "%lld training samples are %lld steps; leave one of the two out",
                 (long long)asked->steps, (long long)asked->epochs, (long long)samples,
                 (long long)steps);
}

static lw_status check_inputs(lw_run_state *run)
{
  const char *folder = run->request->folder;
  char *text = NULL;
  lw_life life = {0};
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&text, LW_JOB_TEXT_MAX));
  LW_TRY(lw_lives_last(folder, &life));
  const bool begun = lw_newest_any(folder) || life.number > 0;
  lw_job_text(&run->trainer->job, text);
  LW_TRY(lw_folder_check_inputs(folder, text, run->request->resume && begun));
done:
  lw_mem_give(text);
  return status;
}

static lw_status open_folder(lw_run_state *run)
{
  char path[LW_PATH_MAX];
  const char *folder = run->request->folder;
  lw_status status = LW_OK;
  LW_TRY(lw_folder_create(folder));
  LW_TRY(lw_folder_lock(folder, lock_seconds, &run->lock));
  /* another run may just have ended */
  LW_TRY(lw_run_check_folder(folder, run->request->resume));
  LW_TRY(lw_folder_path(folder, "train.log", path));
  LW_TRY(lw_log_open(path));
  if (run->lock < 0)
    lw_log_root(LW_LOG_WARN,
                "the file system of %s has no locks: make sure that no other run writes there",
                folder);
done:
  return status;
}

static bool has_checkpoint(const int64_t *steps, int64_t count, int64_t step)
{
  while (count > 0 && steps[count - 1] != step) count--;
  return count > 0;
}

/* The best step whose checkpoint is there: the one on record, unless it could not be saved. */
static lw_status find_best(const lw_run_state *run, int64_t *best)
{
  const char *folder = run->request->folder;
  int64_t *steps = NULL, count = 0, best_step = run->trainer->progress.best_step;
  lw_status status = lw_folder_steps(folder, &steps, &count);
  if (status == LW_OK)
    *best =
        has_checkpoint(steps, count, best_step) ? best_step : lw_folder_linked(folder, "best.h5");
  lw_mem_give(steps);
  return status;
}

/* Where a damaged checkpoint was passed over, the links still point to it. Not every file system
   has links. */
static void link_restored(const lw_run_state *run, int64_t step, int64_t best)
{
  const char *folder = run->request->folder;
  lw_status linked = lw_folder_link(folder, "latest.h5", step);
  if (best >= 0 && linked == LW_OK) linked = lw_folder_link(folder, "best.h5", best);
  if (linked != LW_OK) lw_log_root(LW_LOG_WARN, "%s; the run goes on", lw_fail_message());
}

/* job.yaml is the job of the newest checkpoint, or before the first one that of this life: one that
   is refused, or has trained nothing yet that will stay, must not replace the run's own. */
lw_status lw_run_keep_job(const lw_run_state *run)
{
  char *text = NULL;
  lw_status status = LW_TAKE(&text, LW_JOB_TEXT_MAX);
  if (status == LW_OK) {
    lw_job_text(&run->trainer->job, text);
    status = lw_folder_write(run->request->folder, "job.yaml", text);
  }
  lw_mem_give(text);
  return status;
}

static lw_status open_metrics(lw_run_state *run)
{
  char path[LW_PATH_MAX];
  lw_status status = lw_folder_path(run->request->folder, "metrics.csv", path);
  if (status != LW_OK) return status;
  return lw_metrics_open(&run->metrics, path, run->trainer->model->data.objective,
                         run->trainer->progress.step);
}

static lw_status keep_start(lw_run_state *run)
{
  return lw_lives_resume(run->request->folder, &run->life, run->trainer->progress.step);
}

static void log_idle(const lw_run_state *run)
{
  const lw_resume *resume = &run->resume;
  const lw_trainer *trainer = run->trainer;
  const int64_t step = trainer->progress.step, steps = trainer->job.train.steps;
  const char *measure = trainer->job.train.epochs ? "epochs" : "steps";
  const char *what = step < steps ? "patience" : measure;
  const bool changed = *resume->changes || *resume->data;
  lw_log_root(LW_LOG_INFO,
              "%s: %s at step %lld of %lld: nothing to do; raise train.%s to go on%s%s%s%s",
              run->request->folder, step >= steps ? "finished" : "stopped early", (long long)step,
              (long long)steps, what, changed ? "; not applied, because nothing is trained:\n" : "",
              resume->changes, *resume->changes && *resume->data ? "\n" : "", resume->data);
}

/* step -1: from none */
static void log_start(const lw_run_state *run, int64_t step)
{
  const lw_life *life = &run->life;
  const bool in_queue = strcmp(life->job, "-") != 0;
  if (life->number > 1)
    lw_log_root(LW_LOG_INFO, "start %lld of this run%s%s, on %s %s", (long long)life->number,
                in_queue ? ", job " : "", in_queue ? life->job : "", in_queue ? "nodes" : "host",
                life->where);
  if (step >= 0)
    lw_log_root(LW_LOG_INFO, "resumed from %s/checkpoints/step-%08lld.h5: step %lld, epoch %.4f",
                run->request->folder, (long long)step, (long long)run->trainer->progress.step,
                lw_trainer_epoch(run->trainer));
}

/* Whether there is anything to train, and what is not as it was. */
static void judge_resume(lw_run_state *run, int64_t step)
{
  const lw_resume *resume = &run->resume;
  run->idle = lw_standing_over(&run->trainer->progress, &run->trainer->job.train);
  if (run->idle) {
    log_idle(run);
    return;
  }
  log_start(run, step);
  if (run->start) lw_log_root(LW_LOG_INFO, "%s", run->start);
  if (*resume->changes) lw_log_root(LW_LOG_INFO, "options that changed:\n%s", resume->changes);
  if (*resume->data)
    lw_log_root(LW_LOG_WARN, "the data set has changed, which --accept-data allows:\n%s",
                resume->data);
  for (const char *line = resume->settled; *line; line += strspn(line, "\n")) {
    const int length = (int)strcspn(line, "\n");
    lw_log_root(LW_LOG_WARN, "%.*s", length, line);
    line += length;
  }
}

/* The files of the run folder, from the checkpoint of `step` on. A run that trains nothing leaves
   them as they are. Root. */
static lw_status open_files(lw_run_state *run, int64_t step, int64_t *best)
{
  lw_status status = LW_OK;
  LW_TRY(keep_start(run));
  if (step >= 0) LW_TRY(find_best(run, best));
  if (step >= 0 && (!run->idle || run->moved)) link_restored(run, step, *best);
  if (run->idle) return LW_OK;
  if (!run->job_waits) LW_TRY(lw_run_keep_job(run));
  LW_TRY(open_metrics(run));
done:
  return status;
}

/* From here on the folder is ours. */
static lw_status enter(lw_run_state *run)
{
  lw_status status = LW_OK;
  LW_TRY_ON_ROOT(run->world, open_folder(run));
  lw_life_describe(run->world, &run->life);
  LW_TRY_ON_ROOT(run->world, lw_lives_begin(run->request->folder, &run->life));
  LW_TRY_TOGETHER(run->world, lw_watch_start(run->request->job->train.stall_minutes,
                                             run->request->folder, run->world, &run->watch));
done:
  return status;
}

static lw_status begin_files(lw_run_state *run, int64_t step)
{
  const bool root = run->world->rank == 0;
  const char *folder = run->request->folder;
  int64_t best = root ? lw_folder_linked(folder, "best.h5") : -1;
  lw_status status = LW_OK;
  run->job_waits = step >= 0;
  LW_TRY_ON_ROOT(run->world, open_files(run, step, &best));
  lw_saver_start(&run->saver, run->world, folder, step, best);
  LW_TRY(lw_record_start(folder, run->trainer, &run->record));
done:
  return status;
}

lw_status lw_run_start(lw_run_state *run)
{
  const bool dry = run->request->dry_run;
  int64_t step = -1;
  lw_status status = LW_OK;
  /* Refused jobs leave no folder. */
  LW_TRY_ON_ROOT(run->world, lw_run_check_folder(run->request->folder, run->request->resume));
  LW_TRY(lw_trainer_create(run->request->job, run->world, &run->trainer));
  if (!run->request->resume) LW_TRY(check_length(run));
  LW_TRY(start_from(run));
  LW_TRY_ON_ROOT(run->world, check_inputs(run));
  if (dry)
    LW_TRY_ON_ROOT(run->world, lw_folder_try(run->request->folder));
  else
    LW_TRY(enter(run));
  if (run->request->resume) {
    LW_TRY(restore_newest(run, &step));
    if (step < 0) LW_TRY_ON_ROOT(run->world, check_nothing_lost(run->request->folder));
  }
  judge_resume(run, step);
  if (!dry) LW_TRY(begin_files(run, step));
done:
  return status;
}
