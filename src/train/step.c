/* The path of one batch, stop by stop: docs/tour.md follows it. */
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/gradient.h"
#include "longwave/train/schedule.h"
#include "longwave/train/trainer.h"
#include <math.h>

/* The samples of this step, the same list on every rank. */
static void list_samples(lw_trainer *trainer)
{
  int64_t B = trainer->job.train.batch_size;
  for (int64_t i = 0; i < B; i++)
    trainer->list[i] = lw_order_sample(&trainer->order, trainer->progress.cursor + i);
}

static lw_status load_batch(lw_trainer *trainer, int64_t piece)
{
  const lw_job *job = &trainer->job;
  lw_batch_request request = {.split = LW_SPLIT_TRAIN,
                              .list = trainer->list,
                              .count = job->train.batch_size,
                              .piece = piece,
                              .pieces = job->train.accumulation,
                              .max_length = job->data.max_length,
                              .rule = lw_model_rule(trainer->model)};
  lw_profile_begin(LW_PROFILE_DATA);
  lw_status status =
      lw_agree(trainer->world,
               lw_batch_load(&trainer->batch, trainer->dataset, trainer->world, &request));
  lw_profile_end();
  return status;
}

/* Micro-batch `piece`: gradients are added up in the model, what figures need in *sums. */
static lw_status compute_piece(lw_trainer *trainer, int64_t piece, lw_sums *sums, int64_t *tokens)
{
  lw_model *model = trainer->model;
  lw_status status = LW_OK;
  LW_TRY(load_batch(trainer, piece));                                          /* stops 1, 2 */
  LW_TRY(lw_model_forward(model, &trainer->batch, LW_MODE_TRAIN, trainer->progress.step)); /* 3-5 */
  lw_loss_add(&model->data, model->logits, &trainer->batch, trainer->job.train.label_smoothing,
              model->dlogits, sums); /* stop 6 */
  LW_TRY(lw_model_backward(model, model->dlogits));
  *tokens += trainer->batch.rows;
done:
  return status;
}

/* One small message for all that ranks must know of each other's step. */
static void share_sums(const lw_trainer *trainer, lw_sums *sums, int64_t tokens,
                       lw_step_wishes wishes, lw_step_result *result)
{
  const lw_objective *objective = trainer->model->data.objective;
  const double answers = (double)trainer->batch.global_answers;
  double more[] = {(double)tokens, wishes.stop, wishes.save};
  lw_loss_share(trainer->world, objective, sums, more, 3);
  result->score = lw_objective_score(objective, sums, answers);
  result->tokens = (int64_t)more[0];
  result->stop = more[1] > 0.0;
  result->save = more[2] > 0.0;
}

/* All ranks see the same numbers, so they fail, and make the table, together. */
static lw_status check_finite(const lw_trainer *trainer, const lw_step_result *result)
{
  static char table[7000];
  const double loss = result->score.value[0];
  if (isfinite(loss) && isfinite(result->gradient_norm)) return LW_OK;
  lw_gradient_table(&trainer->optimizer.shard, trainer->optimizer.gradient, table, sizeof table);
  return lw_fail(LW_ERROR_DIVERGED,
                 "step %lld: loss %g, gradient norm %g; the parameters of step %lld were kept. "
                 "Lower optimizer.learning_rate, lengthen optimizer.warmup or set optimizer.clip, "
                 "then resume from the last checkpoint.\n%s",
                 (long long)trainer->progress.step + 1, loss, result->gradient_norm,
                 (long long)trainer->progress.step, table);
}

lw_status lw_step(lw_trainer *trainer, lw_step_wishes wishes, lw_step_result *result)
{
  const lw_job *job = &trainer->job;
  lw_params *params = &trainer->model->params;
  lw_optimizer *optimizer = &trainer->optimizer;
  lw_progress *progress = &trainer->progress;
  lw_sums sums = {{0.0}};
  int64_t tokens = 0;
  double start = lw_clock(), waited = lw_profile_seconds(LW_PROFILE_WAIT);
  lw_status status = LW_OK;
  lw_profile_begin(LW_PROFILE_OTHER);
  lw_profile_step(progress->step + 1);

  list_samples(trainer);
  lw_gradient_zero(params);
  for (int64_t piece = 0; piece < job->train.accumulation; piece++)
    LW_TRY(compute_piece(trainer, piece, &sums, &tokens));
  share_sums(trainer, &sums, tokens, wishes, result);
  lw_optimizer_sum(optimizer, params);                                         /* stop 7 */
  result->gradient_norm = lw_gradient_norm(&optimizer->shard, optimizer->gradient);
  LW_TRY(check_finite(trainer, result));
  result->learning_rate = lw_schedule_rate(&job->optimizer, job->train.steps, progress->step,
                                           progress->plateau_scale);
  lw_optimizer_update(optimizer, &job->optimizer, params, progress->step + 1,
                      result->learning_rate,
                      lw_gradient_clip(result->gradient_norm, job->optimizer.clip)); /* stop 8 */

  progress->step++;
  progress->cursor += job->train.batch_size;
  progress->tokens += result->tokens;
  result->seconds = lw_clock() - start;
  result->waiting = lw_profile_seconds(LW_PROFILE_WAIT) - waited;
  progress->seconds += result->seconds;
done:
  lw_profile_end();
  return status;
}
