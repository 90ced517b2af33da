#include "longwave/train/standing.h"
#include "longwave/base/text.h"
#include "longwave/data/subset.h"
#include "longwave/train/schedule.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- during a run ---- */

static void count_plateau(lw_progress *progress, const lw_optimizer_options *options)
{
  if (!lw_schedule_of(options)->judged || progress->step <= options->warmup) return;
  if (++progress->plateau_worse < options->plateau_patience) return;
  progress->plateau_worse = 0;
  progress->plateau_scale *= options->plateau_factor;
}

bool lw_standing_judge(lw_progress *progress, const lw_job *job, const lw_model_data *data,
                       const lw_score *score)
{
  const int k = lw_job_selection(job, data);
  const bool best =
      lw_figure_better(&data->objective->figure[k], score->value[k], progress->best.value[k]);
  if (best) {
    progress->best = *score;
    progress->best_step = progress->step;
    progress->evaluations_worse = progress->plateau_worse = 0;
  } else {
    progress->evaluations_worse++;
    count_plateau(progress, &job->optimizer);
  }
  return best;
}

bool lw_standing_early(const lw_progress *progress, const lw_train_options *options)
{
  return options->patience > 0 && progress->evaluations_worse >= options->patience;
}

bool lw_standing_over(const lw_progress *progress, const lw_train_options *options)
{
  return !progress->evaluation_due &&
         (progress->step >= options->steps || lw_standing_early(progress, options));
}

/* ---- going on with other settings ---- */

/* What later evaluations do otherwise than that of the best one, and why; reason "": nothing. */
static const char *find_reason(const lw_standing_case *at, char *reason, size_t room)
{
  const lw_objective_options *old = &at->saved->objective, *new = &at->job->objective;
  const int64_t was = lw_subset_count(at->samples, at->saved->train.evaluate_limit);
  const int64_t is = lw_subset_count(at->samples, at->job->train.evaluate_limit);
  *reason = 0;
  if (!at->same_split)
    snprintf(reason, room, "the validation split has changed");
  else if (was != is)
    snprintf(reason, room,
             "train.evaluate_limit: %lld of the %lld validation samples (before: %lld)",
             (long long)is, (long long)at->samples, (long long)was);
  else if (at->saved->data.max_length != at->job->data.max_length)
    snprintf(reason, room, "data.max_length is %lld (before: %lld)",
             (long long)at->job->data.max_length, (long long)at->saved->data.max_length);
  else if (at->limits_by_front && is < at->samples)
    snprintf(reason, room,
             "train.evaluate_limit: %lld drawn samples (before: the first %lld of the split)",
             (long long)is, (long long)is);
  if (*reason) return "use other samples";
  if (strcmp(old->select, new->select) != 0)
    snprintf(reason, room, "objective.select is %.64s (before: %.64s)", new->select, old->select);
  else if (old->loss != new->loss || old->huber_delta != new->huber_delta)
    snprintf(reason, room, "objective.loss or objective.huber_delta has changed");
  return "are judged otherwise";
}

static void settle_best(const lw_standing_case *at, lw_progress *progress, lw_text *to)
{
  const lw_objective *objective = at->data->objective;
  const int k = lw_job_selection(at->saved, at->data);
  const lw_figure *figure = &objective->figure[k];
  char reason[256];
  const char *otherwise = find_reason(at, reason, sizeof reason);
  if (!*reason || (progress->best_step == 0 && progress->evaluations_worse == 0)) return;
  lw_text_item(
      to, "\n",
      "evaluations %s from now on (%s): the best %s so far (%.*f at step %lld) is "
      "forgotten, and patience and plateau count from 0; best.h5 will be the best of the next "
      "evaluations",
      otherwise, reason, figure->title, figure->digits, figure->factor * progress->best.value[k],
      (long long)progress->best_step);
  progress->best = lw_objective_worst(objective, lw_job_selection(at->job, at->data));
  progress->best_step = progress->evaluations_worse = progress->plateau_worse = 0;
}

/* What was counted under another schedule lowers nothing. */
static void settle_plateau(const lw_standing_case *at, lw_progress *progress)
{
  if (!lw_schedule_of(&at->job->optimizer)->judged ||
      at->job->optimizer.schedule == at->saved->optimizer.schedule)
    return;
  progress->plateau_scale = 1.0;
  progress->plateau_worse = 0;
}

/* Which settings of the schedule are not as they were. */
static void name_causes(const lw_job *was, const lw_job *is, lw_text *to)
{
  const lw_optimizer_options *old = &was->optimizer, *new = &is->optimizer;
  const struct {
    const char *name;
    bool differs;
  } causes[] = {
      {is->train.epochs ? "train.epochs" : "train.steps", was->train.steps != is->train.steps},
      {"optimizer.learning_rate", old->learning_rate != new->learning_rate},
      {"optimizer.schedule", old->schedule != new->schedule},
      {"optimizer.warmup", old->warmup != new->warmup},
      {"optimizer.final_rate", old->final_rate != new->final_rate},
      {"optimizer.decay_share", old->decay_share != new->decay_share},
  };
  const char *between = "because of ";
  for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
    if (!causes[i].differs) continue;
    lw_text_add(to, "%s%s", between, causes[i].name);
    between = ", ";
  }
}

/* scale: of the plateau schedule when the checkpoint was written */
static void tell_rate(const lw_standing_case *at, const lw_progress *progress, double scale,
                      lw_text *to)
{
  const lw_job *was = at->saved, *is = at->job;
  const int64_t step = progress->step;
  if (step == 0) return;
  const double last = lw_schedule_rate(&was->optimizer, was->train.steps, step - 1, scale);
  const double planned = lw_schedule_rate(&was->optimizer, was->train.steps, step, scale);
  const double now =
      lw_schedule_rate(&is->optimizer, is->train.steps, step, progress->plateau_scale);
  if (fabs(now - planned) <= 0.01 * fmax(now, planned)) return;
  lw_text_item(to, "\n", "the learning rate jumps from %.3g in step %lld to %.3g in step %lld, ",
               last, (long long)step, now, (long long)step + 1);
  name_causes(was, is, to);
}

void lw_standing_settle(const lw_standing_case *at, lw_progress *progress, char *text, int64_t room)
{
  lw_text to = lw_text_in(text, (size_t)room);
  const double scale = progress->plateau_scale;
  if (progress->step >= at->job->train.steps) return; /* nothing is to come */
  settle_best(at, progress, &to);
  settle_plateau(at, progress);
  tell_rate(at, progress, scale, &to);
}
