#include "longwave/train/run.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/banner.h"
#include "longwave/train/folder.h"
#include "longwave/train/lives.h"
#include "longwave/train/metrics.h"
#include "longwave/train/newest.h"
#include "longwave/train/progress.h"
#include "longwave/train/record.h"
#include "longwave/train/saver.h"
#include "longwave/train/standing.h"
#include "longwave/train/watch.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Lines about the balance of ranks are at least so far apart. The ranks of a killed run may be in
   a step for as long as we wait for the folder. */
static const double balance_seconds = 10.0, lock_seconds = 5.0;

typedef struct run_state {
  const lw_run_request *request;
  lw_world *world;
  lw_trainer *trainer;
  lw_metrics metrics;
  lw_progress_bar bar;
  lw_balance balance;
  lw_life life;     /* on the root */
  lw_record record; /* on the root */
  lw_saver saver;
  lw_watch *watch;
  int lock;       /* of the folder, on the root; -1: none */
  lw_resume resume;
  bool idle;      /* all is done already */
  bool moved;     /* checkpoints have got other names: links must follow */
  bool job_waits; /* until a checkpoint of this life is there, job.yaml is that of the one before */
  bool rows_wait; /* metrics that the disk has not taken */
  bool row_there; /* of an evaluation that the life before could not save */
  bool evaluated; /* in this life */
} run_state;

/* ---- start ---- */

/* The root lists the folder for all: on a shared file system the others may see an older state. */
static lw_status list_steps(const run_state *run, int64_t **steps, int64_t *count)
{
  int64_t *list = NULL, found = 0;
  lw_status status = LW_OK;
  if (run->world->rank == 0) status = lw_folder_steps(run->request->folder, &list, &found);
  LW_TRY_TOGETHER(run->world, status);
  lw_broadcast(run->world, &found, (int64_t)sizeof found);
  if (run->world->rank > 0) status = LW_TAKE(&list, found);
  LW_TRY_TOGETHER(run->world, status);
  lw_broadcast(run->world, list, found * (int64_t)sizeof *list);
  *steps = list;
  *count = found;
  list = NULL;
done:
  lw_mem_give(list);
  return status;
}

/* Damaged ones must not pass for the newest when old checkpoints are pruned. */
static lw_status set_aside(const run_state *run, const int64_t *steps, int64_t count)
{
  lw_status status = LW_OK;
  for (int64_t i = 0; i < count && run->world->rank == 0 && status == LW_OK; i++)
    status = lw_folder_set_aside(run->request->folder, steps[i]);
  return lw_agree(run->world, status);
}

/* What looks damaged is read again before it is called so: a network or a memory may have erred. */
static lw_status restore(run_state *run, const char *path)
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
static lw_status restore_newest(run_state *run, int64_t *step)
{
  char path[LW_PATH_MAX];
  int64_t *steps = NULL, count = 0;
  lw_status status = LW_OK;
  *step = -1;
  run->resume.accept_data = run->request->accept_data;
  if (run->world->rank == 0) status = lw_newest_adopt(run->request->folder, &run->moved);
  LW_TRY_TOGETHER(run->world, status);
  LW_TRY(list_steps(run, &steps, &count));
  for (int64_t i = 0; i < count && *step < 0; i++) {
    LW_TRY(lw_folder_checkpoint(run->request->folder, steps[i], path));
    status = restore(run, path);
    if (status == LW_OK) {
      *step = steps[i];
      lw_log_root(LW_LOG_INFO, "resumed from %s: step %lld, epoch %.4f", path,
                  (long long)run->trainer->progress.step, lw_trainer_epoch(run->trainer));
      run->moved = run->moved || i > 0;
      LW_TRY(set_aside(run, steps, i));
    } else if (status != LW_ERROR_FORMAT || i + 1 == count) {
      goto done;
    } else {
      lw_log_root(LW_LOG_WARN, "%s; trying the checkpoint before it", lw_fail_message());
      status = LW_OK;
    }
  }
done:
  lw_mem_give(steps);
  return status;
}

static lw_status check_empty(const run_state *run)
{
  if (!lw_newest_any(run->request->folder)) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "%s already holds a run with checkpoints: go on with --resume, or choose another "
                 "folder with --run",
                 run->request->folder);
}

static lw_status check_inputs(run_state *run)
{
  static char text[LW_JOB_TEXT_MAX];
  const char *folder = run->request->folder;
  lw_job_text(&run->trainer->job, text);
  return lw_folder_check_inputs(folder, text, run->request->resume && lw_newest_any(folder));
}

static lw_status open_folder(run_state *run)
{
  char path[LW_PATH_MAX];
  const char *folder = run->request->folder;
  lw_status status = LW_OK;
  LW_TRY(lw_folder_create(folder));
  LW_TRY(lw_folder_lock(folder, lock_seconds, &run->lock));
  if (!run->request->resume) LW_TRY(check_empty(run)); /* another run may just have ended */
  LW_TRY(lw_folder_path(folder, "train.log", path));
  LW_TRY(lw_log_open(path));
  if (run->lock < 0)
    lw_log_root(LW_LOG_WARN,
                "the file system of %s has no locks: take care that no other run writes there",
                folder);
done:
  return status;
}

static bool has_checkpoint(const int64_t *steps, int64_t count, int64_t step)
{
  while (count > 0 && steps[count - 1] != step) count--;
  return count > 0;
}

/* The best step whose checkpoint is there: the one on record, unless the disk did not take it. */
static lw_status find_best(const run_state *run, int64_t *best)
{
  const char *folder = run->request->folder;
  int64_t *steps = NULL, count = 0, best_step = run->trainer->progress.best_step;
  lw_status status = lw_folder_steps(folder, &steps, &count);
  if (status == LW_OK)
    *best = has_checkpoint(steps, count, best_step) ? best_step
                                                    : lw_folder_linked(folder, "best.h5");
  lw_mem_give(steps);
  return status;
}

/* Where a damaged checkpoint was passed over, the links still point to it. Not every file system
   has links. */
static void link_restored(const run_state *run, int64_t step, int64_t best)
{
  const char *folder = run->request->folder;
  lw_status linked = lw_folder_link(folder, "latest.h5", step);
  if (best >= 0 && linked == LW_OK) linked = lw_folder_link(folder, "best.h5", best);
  if (linked != LW_OK) lw_log_root(LW_LOG_WARN, "%s; the run goes on", lw_fail_message());
}

/* job.yaml is the job of the newest checkpoint, or before the first one that of this life: one that
   is refused, or has trained nothing yet that will stay, must not replace the run's own. */
static lw_status keep_job(run_state *run)
{
  static char text[LW_JOB_TEXT_MAX];
  lw_job_text(&run->trainer->job, text);
  return lw_folder_write(run->request->folder, "job.yaml", text);
}

static void keep_waiting_job(run_state *run)
{
  if (!run->job_waits || run->saver.step != run->trainer->progress.step) return;
  run->job_waits = false;
  if (run->world->rank == 0 && keep_job(run) != LW_OK)
    lw_log_root(LW_LOG_WARN, "%s; the newest checkpoint has the job (inspect --job)",
                lw_fail_message());
}

static lw_status open_metrics(run_state *run)
{
  char path[LW_PATH_MAX];
  lw_status status = lw_folder_path(run->request->folder, "metrics.csv", path);
  if (status != LW_OK) return status;
  return lw_metrics_open(&run->metrics, path, run->trainer->progress.step);
}

static lw_status begin_life(run_state *run)
{
  lw_life *life = &run->life;
  lw_status status = lw_lives_begin(run->request->folder, life);
  if (status == LW_OK && life->number > 1)
    lw_log_root(LW_LOG_INFO, "life %lld of this run: job %s, on %s", (long long)life->number,
                life->job, life->where);
  return status;
}

static lw_status keep_start(run_state *run)
{
  return lw_lives_resume(run->request->folder, &run->life, run->trainer->progress.step);
}

/* So many evaluations without a better loss that the training is over. */
static bool out_of_patience(const lw_trainer *trainer)
{
  int64_t patience = trainer->job.train.patience;
  return patience > 0 && trainer->progress.evaluations_worse >= patience;
}

/* Whether there is anything to train, and what is not as it was. */
static void judge_resume(run_state *run)
{
  const lw_resume *resume = &run->resume;
  const lw_trainer *trainer = run->trainer;
  const int64_t step = trainer->progress.step, steps = trainer->job.train.steps;
  const bool changed = *resume->changes || *resume->data;
  run->idle =
      !trainer->progress.evaluation_due && (step >= steps || out_of_patience(trainer));
  if (run->idle)
    lw_log_root(LW_LOG_INFO,
                "nothing to do: step %lld of %lld is done; raise train.%s to go on%s%s%s%s",
                (long long)step, (long long)steps, step >= steps ? "steps" : "patience",
                changed ? "; not applied, for nothing is trained:\n" : "", resume->changes,
                *resume->changes && *resume->data ? "\n" : "", resume->data);
  if (run->idle) return;
  if (*resume->changes) lw_log_root(LW_LOG_INFO, "options that changed:\n%s", resume->changes);
  if (*resume->data)
    lw_log_root(LW_LOG_WARN, "the data set is not as it was, which --accept-data allows:\n%s",
                resume->data);
  for (const char *line = resume->settled; *line; line += strspn(line, "\n")) {
    const int length = (int)strcspn(line, "\n");
    lw_log_root(LW_LOG_WARN, "%.*s", length, line);
    line += length;
  }
}

/* The files of the run folder, from the checkpoint of `step` on. A run that trains nothing leaves
   them as they are. Root. */
static lw_status open_files(run_state *run, int64_t step, int64_t *best)
{
  lw_status status = LW_OK;
  LW_TRY(keep_start(run));
  if (step >= 0) LW_TRY(find_best(run, best));
  if (step >= 0 && (!run->idle || run->moved)) link_restored(run, step, *best);
  if (run->idle) return LW_OK;
  if (!run->job_waits) LW_TRY(keep_job(run));
  LW_TRY(open_metrics(run));
done:
  return status;
}

static lw_status start(run_state *run)
{
  bool root = run->world->rank == 0;
  int64_t step = -1, best = root ? lw_folder_linked(run->request->folder, "best.h5") : -1;
  lw_status status = LW_OK;
  /* Refused jobs leave no folder. */
  if (!run->request->resume) LW_TRY(lw_agree(run->world, root ? check_empty(run) : LW_OK));
  LW_TRY(lw_trainer_create(run->request->job, run->world, &run->trainer));
  LW_TRY(lw_agree(run->world, root ? check_inputs(run) : LW_OK));
  LW_TRY(lw_agree(run->world, root ? open_folder(run) : LW_OK));
  lw_life_describe(run->world, &run->life);
  LW_TRY(lw_agree(run->world, root ? begin_life(run) : LW_OK));
  LW_TRY_TOGETHER(run->world, lw_watch_start(run->request->job->train.stall_minutes,
                                             run->request->folder, run->world, &run->watch));
  if (run->request->resume) {
    LW_TRY(restore_newest(run, &step));
    if (step < 0)
      lw_log_root(LW_LOG_WARN, "%s has no checkpoint yet: starting from step 0",
                  run->request->folder);
  }
  judge_resume(run);
  run->job_waits = step >= 0;
  LW_TRY(lw_agree(run->world, root ? open_files(run, step, &best) : LW_OK));
  lw_saver_start(&run->saver, run->world, run->request->folder, step, best);
  LW_TRY(lw_record_start(run->request->folder, run->trainer, &run->record));
done:
  return status;
}

/* ---- during ---- */

/* A full disk must not end the training: what it does not take waits in memory. */
static void write_row(run_state *run, const char *split, double loss, double accuracy, double rate,
                      double norm, double tokens_per_second)
{
  lw_metrics_row row = {.step = run->trainer->progress.step,
                        .epoch = lw_trainer_epoch(run->trainer),
                        .split = split,
                        .loss = loss,
                        .accuracy = accuracy,
                        .learning_rate = rate,
                        .gradient_norm = norm,
                        .tokens_per_second = tokens_per_second,
                        .seconds = run->trainer->progress.seconds};
  const bool waits = lw_metrics_write(&run->metrics, &row) != LW_OK;
  if (waits && !run->rows_wait)
    lw_log_root(LW_LOG_WARN, "%s; its lines wait in memory, training goes on", lw_fail_message());
  run->rows_wait = waits;
}

/* The line of an evaluation, and whether the model has learnt anything yet. Root. */
static void log_evaluation(run_state *run, const lw_evaluation *evaluation, bool best)
{
  const int64_t step = run->trainer->progress.step;
  lw_record *record = &run->record;
  const lw_model_data *data = &run->trainer->model->data;
  char text[LW_LOSS_TEXT];
  double low, high;
  bool news = false;
  /* As with metrics: a full disk must not end the training. */
  if (lw_record_evaluation(run->request->folder, evaluation, step, record, &news) != LW_OK)
    lw_log_root(LW_LOG_WARN, "%s", lw_fail_message());
  lw_wilson(evaluation->accuracy, evaluation->answers, &low, &high);
  lw_log_root(LW_LOG_INFO,
              "step %lld: validation loss %.4f%s, accuracy %.2f %% (95 %%: %.2f to %.2f)%s%s",
              (long long)step, evaluation->loss, lw_loss_text(evaluation->loss, data, text),
              100.0 * evaluation->accuracy, 100.0 * low, 100.0 * high,
              record->since ? "" : ", at chance", best ? ", best so far" : "");
  if (news)
    lw_log_root(LW_LOG_INFO, "step %lld: the accuracy %s chance (%.2f %%, the most frequent %s)",
                (long long)step, record->since ? "has left" : "is back at", 100.0 * record->chance,
                data->target == LW_TARGET_CLASS ? "class" : lw_loss_unit(data->vocabulary));
}

static lw_status validate(run_state *run, bool *best)
{
  const bool root = run->world->rank == 0;
  lw_evaluation evaluation;
  lw_status status = LW_OK;
  LW_TRY(lw_trainer_validate(run->trainer, &evaluation));
  *best = lw_standing_judge(&run->trainer->progress, &run->trainer->job, evaluation.loss,
                            evaluation.accuracy);
  if (root) log_evaluation(run, &evaluation, *best);
  if (!run->row_there)
    write_row(run, "validation", evaluation.loss, evaluation.accuracy, NAN, NAN,
              (double)evaluation.tokens / evaluation.seconds);
done:
  return status;
}

/* The step as it is before its evaluation, which a resumed run then makes up for. Nothing to do
   when it is there already. */
static lw_status save_unevaluated(run_state *run)
{
  if (run->saver.step == run->trainer->progress.step) return LW_OK;
  run->trainer->progress.evaluation_due = 1;
  return lw_saver_step(&run->saver, run->trainer, (lw_saver_why){.due = true});
}

/* An evaluation that failed ends the run, with its own sentence, but not unsaved. */
static lw_status leave_unevaluated(run_state *run, lw_status status)
{
  static char sentence[8192];
  const int64_t step = run->trainer->progress.step;
  snprintf(sentence, sizeof sentence, "%s", lw_fail_message());
  if (save_unevaluated(run) != LW_OK || run->saver.step != step)
    return lw_fail(status, "%s", sentence);
  return lw_fail(status, "%s (step %lld, before its evaluation, is saved)", sentence,
                 (long long)step);
}

/* The first evaluation of a life takes memory that no step has taken, and what the system ends has
   no time to save: the step is saved before. */
static lw_status evaluate(run_state *run, bool *best)
{
  lw_status status = LW_OK;
  if (!run->evaluated) LW_TRY(save_unevaluated(run));
  status = validate(run, best);
  if (status != LW_OK) return leave_unevaluated(run, status);
  run->evaluated = true;
  run->trainer->progress.evaluation_due = 0;
done:
  return status;
}

static bool due(int64_t every, int64_t step)
{
  return every > 0 && step % every == 0;
}

/* One step and all that follows from it; *going false ends the loop. */
static lw_status advance(run_state *run, bool *going, lw_run_end *end)
{
  lw_trainer *trainer = run->trainer;
  const lw_job *job = &trainer->job;
  const lw_progress *progress = &trainer->progress;
  lw_step_result result;
  bool best = false;
  lw_status status = LW_OK;
  const lw_step_wishes wishes = {.stop = *run->request->stop != 0,
                                 .save = lw_saver_wishes(&run->saver, trainer)};
  LW_TRY(lw_step(trainer, wishes, &result));
  write_row(run, "train", result.loss, result.accuracy, result.learning_rate, result.gradient_norm,
            (double)result.tokens / result.seconds);
  const bool line = due(job->train.log_every, progress->step);
  lw_progress_show(&run->bar, &result, progress->step, line);
  lw_balance_add(&run->balance, &result);
  if (line) lw_balance_show(&run->balance, &run->bar, run->world, balance_seconds);

  bool last = progress->step >= job->train.steps;
  int64_t validation = lw_dataset_describe(trainer->dataset)->count[LW_SPLIT_VALIDATION];
  if (validation > 0 && (last || due(job->train.evaluate_every, progress->step)))
    LW_TRY(evaluate(run, &best));
  bool early = out_of_patience(trainer);
  *going = !last && !early && !result.stop;
  if (early && !last)
    *end = LW_RUN_EARLY;
  else if (result.stop && !last)
    *end = LW_RUN_STOPPED;
  const lw_saver_why why = {.due = result.save || due(job->checkpoint.every, progress->step),
                            .best = best,
                            .again = run->saver.step == progress->step,
                            .last = !*going};
  LW_TRY(lw_saver_step(&run->saver, trainer, why));
  keep_waiting_job(run);
done:
  return status;
}

/* Whether metrics.csv has the validation row of this step. Root. */
static lw_status find_row(run_state *run)
{
  char path[LW_PATH_MAX];
  lw_metrics_row row = {.split = "validation"};
  lw_status status = LW_OK;
  LW_TRY(lw_folder_path(run->request->folder, "metrics.csv", path));
  LW_TRY(lw_metrics_last(path, &row, 1));
  run->row_there = row.step == run->trainer->progress.step;
done:
  return status;
}

/* The life before ended between a step and its evaluation. */
static lw_status catch_up(run_state *run)
{
  lw_trainer *trainer = run->trainer;
  const bool there = lw_dataset_describe(trainer->dataset)->count[LW_SPLIT_VALIDATION] > 0;
  bool best = false;
  lw_status status = LW_OK;
  if (!trainer->progress.evaluation_due || !there) return LW_OK;
  LW_TRY(lw_agree(run->world, run->world->rank ? LW_OK : find_row(run)));
  LW_TRY(evaluate(run, &best));
  run->row_there = false;
  const lw_saver_why why = {.best = best,
                            .again = true,
                            .last = trainer->progress.step >= trainer->job.train.steps};
  LW_TRY(lw_saver_step(&run->saver, trainer, why));
  keep_waiting_job(run);
done:
  return status;
}

/* ---- end ---- */

static void log_profile(void)
{
  double all = 0.0;
  char line[512] = "";
  size_t used = 0;
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    all += lw_profile_seconds((lw_profile_kind)kind);
  for (int kind = 0; kind < LW_PROFILE_KINDS && used < sizeof line; kind++)
    used += (size_t)snprintf(line + used, sizeof line - used, "%s %s %.1f %%", kind ? "," : "",
                             lw_profile_name((lw_profile_kind)kind),
                             100.0 * lw_profile_seconds((lw_profile_kind)kind) / fmax(all, 1e-9));
  lw_log_root(LW_LOG_INFO, "time of rank 0:%s", line);
}

/* Where the best model is: by the link, where there is one. path [LW_PATH_MAX] */
static const char *best_path(const run_state *run, char *path)
{
  const char *folder = run->request->folder;
  const int64_t step = run->trainer->progress.best_step;
  lw_status status = LW_OK;
  if (run->saver.best != step) return "the disk did not take it";
  if (lw_folder_linked(folder, "best.h5") == step)
    status = lw_folder_path(folder, "checkpoints/best.h5", path);
  else
    status = lw_folder_checkpoint(folder, step, path);
  return status == LW_OK ? path : folder;
}

static void log_end(const run_state *run, lw_run_end end)
{
  const lw_progress *progress = &run->trainer->progress;
  const char *folder = run->request->folder;
  char path[LW_PATH_MAX];
  const int64_t since = run->record.since;
  char text[LW_LOSS_TEXT];
  log_profile();
  lw_log_root(LW_LOG_INFO, "memory of rank 0: %.1f MiB taken at most",
              (double)lw_mem_peak() / 1048576.0);
  if (end == LW_RUN_STOPPED)
    lw_log_root(LW_LOG_INFO,
                "stopped at step %lld as asked, everything is saved in %s; go on with the same "
                "command and --resume",
                (long long)progress->step, folder);
  else if (end == LW_RUN_EARLY)
    lw_log_root(LW_LOG_INFO,
                "early stop at step %lld: no better validation loss for %lld evaluations",
                (long long)progress->step, (long long)run->trainer->job.train.patience);
  else
    lw_log_root(LW_LOG_INFO, "finished %lld steps in %.1f s", (long long)progress->step,
                progress->seconds);
  if (progress->best_step > 0)
    lw_log_root(
        LW_LOG_INFO, "best validation loss %.4f%s, accuracy %.2f %% at step %lld: %s",
        progress->best_loss, lw_loss_text(progress->best_loss, &run->trainer->model->data, text),
        100.0 * progress->best_accuracy, (long long)progress->best_step, best_path(run, path));
  if (progress->best_step > 0 && since > 0)
    lw_log_root(LW_LOG_INFO, "above chance (%.2f %%) since step %lld", 100.0 * run->record.chance,
                (long long)since);
  else if (progress->best_step > 0)
    lw_log_root(LW_LOG_INFO, "at chance (%.2f %%): nothing learnt that the validation split shows",
                100.0 * run->record.chance);
}

/* A failure that ended the life keeps its own sentence, whatever becomes of the line. */
static lw_status end_life(run_state *run, lw_run_end end, lw_status status)
{
  static const char *const words[] = {
      [LW_RUN_FINISHED] = "finished", [LW_RUN_EARLY] = "early", [LW_RUN_STOPPED] = "stopped"};
  static char sentence[8192];
  const int64_t step = run->saver.step >= 0 ? run->saver.step : run->life.first_step;
  if (run->life.number == 0) return status;
  snprintf(sentence, sizeof sentence, "%s", lw_fail_message());
  lw_status written =
      lw_lives_end(run->request->folder, &run->life, status == LW_OK ? words[end] : "failed", step);
  return status == LW_OK ? written : lw_fail(status, "%s", sentence);
}

lw_status lw_run(const lw_run_request *request, lw_world *world, lw_run_end *end)
{
  run_state run = {.request = request, .world = world, .saver.step = -1, .lock = -1};
  lw_status status = LW_OK;
  *end = LW_RUN_FINISHED;
  LW_TRY(start(&run));
  lw_log_run(run.trainer);
  lw_progress_start(&run.bar, request->bar, run.trainer);
  if (!run.idle) LW_TRY(lw_saver_try(&run.saver, world)); /* before the work */
  LW_TRY(catch_up(&run));
  const bool left = run.trainer->progress.step < run.trainer->job.train.steps;
  if (left && out_of_patience(run.trainer)) *end = LW_RUN_EARLY; /* before, or just now */
  bool going = !run.idle && left && *end != LW_RUN_EARLY;
  while (going) LW_TRY(advance(&run, &going, end));
  LW_TRY(lw_agree(world, lw_metrics_flush(&run.metrics)));
  lw_progress_end(&run.bar);
  lw_balance_show(&run.balance, &run.bar, world, 0.0);
  log_end(&run, *end);
  LW_TRY_TOGETHER(world, world->rank == 0 && !run.idle
                             ? lw_record_times(request->folder, run.trainer->progress.step)
                             : LW_OK);
done:
  status = lw_agree(world, end_life(&run, *end, status));
  lw_progress_end(&run.bar);
  lw_metrics_close(&run.metrics);
  lw_trainer_destroy(&run.trainer);
  lw_watch_stop(&run.watch);
  lw_log_close();
  lw_folder_unlock(&run.lock);
  return status;
}
