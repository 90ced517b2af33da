#include "longwave/run/run.h"
#include "rehearsal.h"
#include "run_inside.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/run/banner.h"
#include "longwave/run/folder.h"
#include "longwave/train/standing.h"
#include <math.h>
#include <stdio.h>

/* Lines about the balance of ranks are at least so far apart. */
static const double balance_seconds = 10.0;

/* A full disk must not end the training: what it does not take waits in memory. */
static void write_row(lw_run_state *run, lw_metrics_row *row)
{
  row->step = run->trainer->progress.step;
  row->epoch = lw_trainer_epoch(run->trainer);
  row->seconds = run->trainer->progress.seconds;
  const bool waits = lw_metrics_write(&run->metrics, row) != LW_OK;
  if (waits && !run->rows_wait)
    lw_log_root(LW_LOG_WARN, "%s; its lines are kept in memory, and training goes on",
                lw_fail_message());
  run->rows_wait = waits;
}

/* The line of an evaluation, and whether the model has learnt anything yet. Root. */
static void log_evaluation(lw_run_state *run, const lw_evaluation *evaluation, bool best)
{
  const int64_t step = run->trainer->progress.step;
  lw_record *record = &run->record;
  const lw_model_data *data = &run->trainer->model->data;
  const lw_objective *objective = data->objective;
  const lw_figure *leading = &objective->figure[objective->leading];
  char text[LW_SCORE_TEXT];
  bool news = false;
  /* As with metrics: a full disk must not end the training. */
  if (lw_record_evaluation(run->request->folder, evaluation, step, record, &news) != LW_OK)
    lw_log_root(LW_LOG_WARN, "%s", lw_fail_message());
  lw_log_root(LW_LOG_INFO, "step %lld: validation loss %.4f%s%s%s", (long long)step,
              evaluation->score.value[0],
              lw_score_text(data, &evaluation->score, "95 %:", evaluation->answers, text),
              record->since || lw_run_weighs_classes(run) ? "" : ", at chance",
              best ? ", best so far" : "");
  if (news)
    lw_log_root(LW_LOG_INFO, "step %lld: the %s %s chance (%s, %s)", (long long)step,
                leading->title, record->since ? "has left" : "is back at",
                lw_figure_text(leading, record->chance, text), objective->chance_name(data));
}

/* A figure that the validation split does not give makes no model the best. */
static void warn_unjudged(const lw_run_state *run, const lw_evaluation *evaluation)
{
  const int k = lw_job_selection(&run->trainer->job, &run->trainer->model->data);
  if (isnan(evaluation->score.value[k]))
    lw_log_root(LW_LOG_WARN,
                "step %lld: the validation split gives no %s, by which objective.select judges: "
                "this model cannot be the best",
                (long long)run->trainer->progress.step, evaluation->objective->figure[k].title);
}

/* row_there: metrics.csv has it from a life that ended before it could save. */
static lw_status validate(lw_run_state *run, bool row_there, bool *best)
{
  const bool root = run->world->rank == 0;
  lw_evaluation evaluation;
  lw_status status = LW_OK;
  LW_TRY(lw_trainer_validate(run->trainer, &evaluation));
  *best = lw_standing_judge(&run->trainer->progress, &run->trainer->job, &run->trainer->model->data,
                            &evaluation.score);
  if (root) log_evaluation(run, &evaluation, *best);
  warn_unjudged(run, &evaluation);
  if (!row_there)
    write_row(run,
              &(lw_metrics_row){.split = "validation",
                                .score = evaluation.score,
                                .learning_rate = NAN,
                                .gradient_norm = NAN,
                                .tokens_per_second = (double)evaluation.tokens / evaluation.seconds,
                                .near_tiles = NAN,
                                .step_loss = NAN,
                                .step_accuracy = NAN});
done:
  return status;
}

/* The step as it is before its evaluation, which a resumed run then makes up for. Nothing to do
   when it is there already. */
static lw_status save_unevaluated(lw_run_state *run)
{
  if (run->saver.step == run->trainer->progress.step) return LW_OK;
  run->trainer->progress.evaluation_due = 1;
  return lw_saver_step(&run->saver, run->trainer, (lw_saver_why){.due = true});
}

/* An evaluation that failed ends the run, with its own sentence, but not unsaved. */
static lw_status leave_unevaluated(lw_run_state *run, lw_status status)
{
  char sentence[LW_MESSAGE_MAX];
  const int64_t step = run->trainer->progress.step;
  snprintf(sentence, sizeof sentence, "%s", lw_fail_message());
  if (save_unevaluated(run) != LW_OK || run->saver.step != step)
    return lw_fail(status, "%s", sentence);
  return lw_fail(status, "%s (step %lld, before its evaluation, is saved)", sentence,
                 (long long)step);
}

/* The first evaluation of a life takes memory that no step has taken, and what the system ends has
   no time to save: the step is saved before. */
static lw_status evaluate(lw_run_state *run, bool row_there, bool *best)
{
  lw_status status = LW_OK;
  if (!run->evaluated) LW_TRY(save_unevaluated(run));
  status = validate(run, row_there, best);
  if (status != LW_OK) return leave_unevaluated(run, status);
  run->evaluated = true;
  run->trainer->progress.evaluation_due = 0;
done:
  return status;
}

static void keep_waiting_job(lw_run_state *run)
{
  if (!run->job_waits || run->saver.step != run->trainer->progress.step) return;
  run->job_waits = false;
  if (run->world->rank == 0 && lw_run_keep_job(run) != LW_OK)
    lw_log_root(LW_LOG_WARN, "%s; the newest checkpoint has the job (inspect --job)",
                lw_fail_message());
}

static bool due(int64_t every, int64_t step)
{
  return every > 0 && step % every == 0;
}

/* Where another data set begins to be learnt from. */
static void tell_stage(const lw_run_state *run)
{
  const lw_trainer *trainer = run->trainer;
  const lw_curriculum *curriculum = &trainer->curriculum;
  const int64_t step = trainer->progress.step;
  const int at = lw_curriculum_stage(curriculum, step);
  if (curriculum->count == 0 || (step > 0 && at == lw_curriculum_stage(curriculum, step - 1)))
    return;
  if (at >= 0)
    lw_log_root(LW_LOG_INFO, "step %lld: learning from %s, for %lld steps", (long long)step + 1,
                curriculum->stage[at].path, (long long)curriculum->stage[at].steps);
  else
    lw_log_root(LW_LOG_INFO, "step %lld: learning from %s", (long long)step + 1,
                lw_dataset_path(trainer->dataset));
}

static void write_step(lw_run_state *run, const lw_step_result *result)
{
  write_row(run, &(lw_metrics_row){.split = "train",
                                   .score = result->score,
                                   .learning_rate = result->learning_rate,
                                   .gradient_norm = result->gradient_norm,
                                   .tokens_per_second = (double)result->tokens / result->seconds,
                                   .near_tiles = result->near_tiles,
                                   .step_loss = result->step_loss,
                                   .step_accuracy = result->step_accuracy});
}

/* One step and all that follows from it; *going false ends the loop. */
static lw_status advance(lw_run_state *run, bool *going, lw_run_end *end)
{
  lw_trainer *trainer = run->trainer;
  const lw_job *job = &trainer->job;
  const lw_progress *progress = &trainer->progress;
  lw_step_result result;
  bool best = false;
  lw_status status = LW_OK;
  const lw_step_wishes wishes = {.stop = *run->request->stop != 0,
                                 .save = lw_saver_wishes(&run->saver, trainer)};
  tell_stage(run);
  lw_detail_begin(&run->detail);
  LW_TRY(lw_step(trainer, wishes, &result));
  lw_detail_show(&run->detail, trainer, &result);
  write_step(run, &result);
  const bool line = due(job->train.log_every, progress->step);
  lw_progress_show(&run->bar, &result, progress->step, line);
  lw_balance_add(&run->balance, &result);
  if (line) lw_balance_show(&run->balance, &run->bar, run->world, balance_seconds);

  bool last = progress->step >= job->train.steps;
  int64_t validation = lw_dataset_describe(trainer->dataset)->count[LW_SPLIT_VALIDATION];
  if (validation > 0 && (last || due(job->train.evaluate_every, progress->step)))
    LW_TRY(evaluate(run, false, &best));
  const bool early = lw_standing_early(progress, &job->train);
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
static lw_status find_row(const lw_run_state *run, bool *there)
{
  char path[LW_PATH_MAX];
  lw_metrics_row row = {.split = "validation"};
  const lw_objective *objective;
  lw_status status = LW_OK;
  LW_TRY(lw_folder_path(run->request->folder, "metrics.csv", path));
  LW_TRY(lw_metrics_last(path, &row, 1, &objective));
  *there = row.step == run->trainer->progress.step;
done:
  return status;
}

/* The life before ended between a step and its evaluation. */
static lw_status catch_up(lw_run_state *run)
{
  lw_trainer *trainer = run->trainer;
  const int64_t samples = lw_dataset_describe(trainer->dataset)->count[LW_SPLIT_VALIDATION];
  bool there = false, best = false;
  lw_status status = LW_OK;
  if (!trainer->progress.evaluation_due || samples == 0) return LW_OK;
  LW_TRY_ON_ROOT(run->world, find_row(run, &there));
  LW_TRY(evaluate(run, there, &best));
  const lw_saver_why why = {.best = best,
                            .again = true,
                            .last = lw_standing_over(&trainer->progress, &trainer->job.train)};
  LW_TRY(lw_saver_step(&run->saver, trainer, why));
  keep_waiting_job(run);
done:
  return status;
}

/* Whether steps are left; *end LW_RUN_EARLY when patience has ended before them. */
static bool has_more(const lw_run_state *run, lw_run_end *end)
{
  const lw_progress *progress = &run->trainer->progress;
  const lw_train_options *train = &run->trainer->job.train;
  if (progress->step >= train->steps) return false;
  if (lw_standing_early(progress, train)) *end = LW_RUN_EARLY;
  return *end != LW_RUN_EARLY;
}

/* All steps that are left. */
static lw_status work(lw_run_state *run, lw_run_end *end)
{
  const lw_run_request *request = run->request;
  lw_world *world = run->world;
  lw_status status = LW_OK;
  lw_log_run(run->trainer);
  lw_progress_start(&run->bar, request->bar, run->trainer);
  LW_TRY(lw_saver_try(&run->saver, world)); /* before the work */
  LW_TRY(catch_up(run));
  for (bool going = has_more(run, end); going;) LW_TRY(advance(run, &going, end));
  LW_TRY_TOGETHER(world, lw_metrics_flush(&run->metrics));
  lw_progress_end(&run->bar);
  lw_balance_show(&run->balance, &run->bar, world, 0.0);
  lw_run_log_end(run, *end);
  LW_TRY_ON_ROOT(world, lw_record_times(request->folder, run->trainer->progress.step));
done:
  return status;
}

lw_status lw_run(const lw_run_request *request, lw_world *world, lw_run_end *end)
{
  lw_run_state run = {.request = request, .world = world, .saver.step = -1, .lock = -1};
  lw_status status = LW_OK;
  *end = LW_RUN_FINISHED;
  LW_TRY(lw_run_start(&run));
  if (request->dry_run)
    LW_TRY(lw_rehearse(&run, end));
  else if (run.idle)
    (void)has_more(&run, end);
  else
    LW_TRY(work(&run, end));
done:
  status = lw_agree(world, lw_run_end_life(&run, *end, status));
  lw_progress_end(&run.bar);
  lw_metrics_close(&run.metrics);
  lw_trainer_destroy(&run.trainer);
  lw_mem_give(run.start);
  lw_watch_stop(&run.watch);
  lw_log_close();
  lw_folder_unlock(&run.lock);
  return status;
}
