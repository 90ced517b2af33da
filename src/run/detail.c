#include "longwave/run/detail.h"
#include "longwave/base/log.h"
#include "longwave/base/text.h"
#include "longwave/comm/reduce.h"
#include "longwave/model/layer_attention.h"
#include <math.h>
#include <stdio.h>

void lw_detail_begin(lw_detail *detail)
{
  if (!lw_log_shows(LW_LOG_DEBUG)) return;
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    detail->before[kind] = lw_profile_seconds((lw_profile_kind)kind);
}

/* Tokens of the longest document of the step, over all ranks. */
static int64_t longest_of(const lw_trainer *trainer)
{
  const lw_job *job = &trainer->job;
  const lw_dataset *dataset = trainer->lesson.dataset;
  const int64_t documents = lw_dataset_describe(dataset)->documents;
  int64_t most = 0;
  for (int64_t n = 0; n < job->train.batch_size * documents; n++) {
    const int64_t length =
        lw_dataset_truncated(dataset, LW_SPLIT_TRAIN, trainer->list[n / documents], n % documents,
                             trainer->lesson.max_length);
    if (length > most) most = length;
  }
  return most;
}

static void add_times(lw_text *line, const lw_detail *detail, const lw_step_result *result)
{
  const char *before = ": ";
  lw_text_add(line, "; rank 0 %.3g s", result->seconds);
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++) {
    const double seconds = lw_profile_seconds((lw_profile_kind)kind) - detail->before[kind];
    if (seconds < 0.001 * result->seconds) continue;
    lw_text_add(line, "%s%s %.3g", before, lw_profile_name((lw_profile_kind)kind), seconds);
    before = ", ";
  }
}

/* Of the streaming engine, in the block that came last. */
static void add_tiles(lw_text *line, const lw_trainer *trainer)
{
  const lw_attention *attention = lw_block_attention(&trainer->model->blocks[0]);
  const lw_fused_tiles tiles = attention ? attention->tiles : (lw_fused_tiles){0};
  if (tiles.near + tiles.far == 0) return;
  lw_text_add(line, "; tiles of a block: %lld near, %lld far, %lld masked", (long long)tiles.near,
              (long long)tiles.far, (long long)tiles.masked);
}

static void add_ranks(lw_text *line, const lw_trainer *trainer, const lw_step_result *result)
{
  lw_spread busy = {.mean = result->seconds - result->waiting};
  if (trainer->world->size == 1) return;
  lw_reduce_spread(trainer->world, &busy, 1);
  lw_text_add(line, "; %d ranks busy %.3g to %.3g s (imbalance %.1f %%)", trainer->world->size,
              busy.least, busy.greatest, 100.0 * (busy.greatest / fmax(busy.mean, 1e-9) - 1.0));
}

/* The stored ones but the loss. */
static void add_figures(lw_text *line, const lw_objective *objective, const lw_score *score)
{
  char text[LW_SCORE_TEXT];
  for (int k = 1; k < objective->figures; k++)
    if (objective->figure[k].stored)
      lw_text_add(line, ", %s %s", objective->figure[k].title,
                  lw_figure_text(&objective->figure[k], score->value[k], text));
}

void lw_detail_show(const lw_detail *detail, const lw_trainer *trainer,
                    const lw_step_result *result)
{
  const lw_job *job = &trainer->job;
  const double clip = job->optimizer.clip;
  char text[1024];
  lw_text line = LW_TEXT_IN(text);
  if (!lw_log_shows(LW_LOG_DEBUG)) return;
  lw_text_add(&line, "step %lld: loss %.6f", (long long)trainer->progress.step,
              result->score.value[0]);
  add_figures(&line, trainer->model->data.objective, &result->score);
  lw_text_add(&line, ", learning rate %.4g, gradient norm %.4g", result->learning_rate,
              result->gradient_norm);
  if (clip > 0.0 && result->gradient_norm > clip) lw_text_add(&line, " (clipped to %.4g)", clip);
  lw_text_add(&line, ", %lld samples, longest %lld tokens, all %lld, in %lld micro-batch%s",
              (long long)job->train.batch_size, (long long)longest_of(trainer),
              (long long)result->tokens, (long long)job->train.accumulation,
              job->train.accumulation > 1 ? "es" : "");
  add_times(&line, detail, result);
  add_tiles(&line, trainer);
  add_ranks(&line, trainer, result);
  lw_log_root(LW_LOG_DEBUG, "%s", text);
}
