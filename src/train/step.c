/* The path of one batch, stop by stop: docs/tour.md follows it. */
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/model/layer_attention.h"
#include "longwave/train/schedule.h"
#include "longwave/train/trainer.h"
#include <math.h>

/* The samples of this step, the same list on every rank. */
static void list_samples(lw_trainer *trainer)
{
  const lw_progress *progress = &trainer->progress;
  const int64_t B = trainer->job.train.batch_size;
  const int64_t longest = lw_dataset_describe(trainer->dataset)->longest[LW_SPLIT_TRAIN];
  lw_lesson *lesson = &trainer->lesson;
  *lesson = lw_curriculum_lesson(&trainer->curriculum, &trainer->job, progress->step,
                                 progress->cursor, longest);
  if (!lesson->dataset) {
    lesson->dataset = trainer->dataset;
    lesson->order = &trainer->order;
  }
  for (int64_t i = 0; i < B; i++)
    trainer->list[i] = lw_order_sample(lesson->order, lesson->cursor + i);
}

static lw_status load_batch(lw_trainer *trainer, int64_t piece)
{
  const lw_job *job = &trainer->job;
  lw_batch_request request = {.split = LW_SPLIT_TRAIN,
                              .list = trainer->list,
                              .count = job->train.batch_size,
                              .cursor = trainer->lesson.cursor,
                              .piece = piece,
                              .pieces = job->train.accumulation,
                              .max_length = trainer->lesson.max_length,
                              .input = trainer->model->input,
                              .beside = trainer->model->data.step_outputs > 0,
                              .rule = lw_model_rule(trainer->model)};
  lw_profile_begin(LW_PROFILE_DATA);
  lw_status status =
      lw_agree(trainer->world,
               lw_batch_load(&trainer->batch, trainer->lesson.dataset, trainer->world, &request));
  lw_profile_end();
  return status;
}

/* What the pieces of a step add up. */
typedef struct step_sums {
  lw_sums answers;
  double beside[2]; /* of step labels beside the answers: losses, right ones */
  int64_t tokens;
} step_sums;

/* Micro-batch `piece`: gradients are added up in the model, what figures need in *sums. */
static lw_status compute_piece(lw_trainer *trainer, int64_t piece, step_sums *sums)
{
  lw_model *model = trainer->model;
  lw_status status = LW_OK;
  LW_TRY(load_batch(trainer, piece)); /* stops 1, 2 */
  LW_TRY(lw_model_forward(model, &trainer->batch, LW_MODE_TRAIN, trainer->progress.step)); /* 3-5 */
  lw_loss_add(&model->data, &trainer->weights.cost, model->logits, &trainer->batch, model->dlogits,
              &sums->answers); /* stop 6 */
  lw_loss_add_steps(model, &trainer->batch, trainer->job.objective.step_weight, sums->beside);
  LW_TRY(lw_model_backward(model, model->dlogits));
  sums->tokens += trainer->batch.rows;
done:
  return status;
}

/* What became of the tiles of attention here since the last call. */
static lw_fused_tiles count_tiles(const lw_model *model)
{
  lw_attention *attention = lw_block_attention(&model->blocks[0]);
  lw_fused_tiles tiles = {0};
  if (!attention) return tiles;
  tiles = attention->counted;
  attention->counted = (lw_fused_tiles){0};
  return tiles;
}

/* One small message for all that ranks must know of each other's step. */
static void share_sums(const lw_trainer *trainer, step_sums *sums, lw_step_wishes wishes,
                       lw_step_result *result)
{
  enum { MORE = 7 };
  const lw_objective *objective = trainer->model->data.objective;
  const double answers = (double)trainer->batch.global_answers;
  const lw_fused_tiles tiles = count_tiles(trainer->model);
  double more[MORE] = {(double)sums->tokens, wishes.stop,     wishes.save,    (double)tiles.near,
                       (double)tiles.far,    sums->beside[0], sums->beside[1]};
  const bool steps = trainer->model->data.step_outputs > 0;
  const double labels = steps ? (double)trainer->batch.global_beside : (double)NAN;
  lw_loss_share(trainer->world, objective, &sums->answers, more, steps ? MORE : MORE - 2);
  result->score = lw_objective_score(objective, &sums->answers, answers);
  result->step_loss = more[5] / labels;
  result->step_accuracy = more[6] / labels;
  result->tokens = (int64_t)more[0];
  result->stop = more[1] > 0.0;
  result->save = more[2] > 0.0;
  result->near_tiles = more[3] + more[4] > 0.0 ? more[3] / (more[3] + more[4]) : (double)NAN;
}

/* All ranks see the same numbers, so they fail, and make the table, together. */
static lw_status check_finite(const lw_trainer *trainer, const lw_step_result *result)
{
  enum { ROOM = 7000 };
  char *table = NULL;
  lw_status status = LW_OK;
  const double loss = result->score.value[0];
  if (isfinite(loss) && isfinite(result->gradient_norm)) return LW_OK;
  LW_TRY_TOGETHER(trainer->world, LW_TAKE(&table, ROOM));
  lw_gradient_table(&trainer->gradient, table, ROOM);
  status = lw_fail(LW_ERROR_DIVERGED,
                   "step %lld: loss %g, gradient norm %g; the parameters of step %lld were kept. "
                   "Lower optimizer.learning_rate, lengthen optimizer.warmup or set "
                   "optimizer.clip, then resume from the last checkpoint.\n%s",
                   (long long)trainer->progress.step + 1, loss, result->gradient_norm,
                   (long long)trainer->progress.step, table);
done:
  lw_mem_give(table);
  return status;
}

/* The parameters change by the summed gradient, which is cut to the greatest norm allowed. */
static void update(lw_trainer *trainer, lw_step_result *result)
{
  const lw_job *job = &trainer->job;
  const lw_progress *progress = &trainer->progress;
  const double scale = lw_gradient_clip(result->gradient_norm, job->optimizer.clip);
  result->learning_rate =
      lw_schedule_rate(&job->optimizer, job->train.steps, progress->step, progress->plateau_scale);
  const lw_optimizer_step step = {.number = progress->step + 1,
                                  .rate = result->learning_rate,
                                  .share =
                                      lw_schedule_share(&job->optimizer, job->train.steps,
                                                        progress->step, progress->plateau_scale),
                                  .scale = scale};
  lw_optimizer_update(&trainer->optimizer, &job->optimizer, &trainer->gradient, step);
}

/* The step is done: what the next one, and a checkpoint, begin from. */
static void advance(lw_trainer *trainer, const lw_step_result *result)
{
  lw_progress *progress = &trainer->progress;
  if (lw_curriculum_over(&trainer->curriculum, progress->step))
    progress->cursor += trainer->job.train.batch_size;
  progress->step++;
  progress->tokens += result->tokens;
  progress->seconds += result->seconds;
}

lw_status lw_step(lw_trainer *trainer, lw_step_wishes wishes, lw_step_result *result)
{
  step_sums sums = {.tokens = 0};
  double start = lw_clock(), waited = lw_profile_seconds(LW_PROFILE_WAIT);
  lw_status status = LW_OK;
  lw_profile_begin(LW_PROFILE_OTHER);
  lw_profile_step(trainer->progress.step + 1);

  list_samples(trainer);
  count_tiles(trainer->model); /* what evaluations counted is not of this step */
  lw_gradient_zero(&trainer->model->params);
  for (int64_t piece = 0; piece < trainer->job.train.accumulation; piece++)
    LW_TRY(compute_piece(trainer, piece, &sums)); /* stops 1 to 6 */
  share_sums(trainer, &sums, wishes, result);
  lw_gradient_sum(&trainer->gradient); /* stop 7 */
  result->gradient_norm = lw_gradient_norm(&trainer->gradient);
  LW_TRY(check_finite(trainer, result));
  update(trainer, result); /* stop 8 */

  result->seconds = lw_clock() - start;
  result->waiting = lw_profile_seconds(LW_PROFILE_WAIT) - waited;
  advance(trainer, result);
done:
  lw_profile_end();
  return status;
}
