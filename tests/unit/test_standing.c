/* What losses of evaluations decide, and what of it holds on resume. */
#include "longwave/base/mem.h"
#include "longwave/train/schedule.h"
#include "longwave/train/standing.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static lw_job job, saved;
static const lw_model_data class_data = {.objective = &lw_objective_class, .outputs = 3};
static lw_progress progress;
static char text[2048];

static lw_job plain(void)
{
  return (lw_job){.train = {.steps = 100, .evaluate_every = 10},
                  .objective = {.select = "loss"},
                  .optimizer = {.learning_rate = 0.1,
                                .schedule = LW_SCHEDULE_CONSTANT,
                                .plateau_factor = 0.5,
                                .plateau_patience = 2}};
}

/* A run that stands at step 50 with a best loss, two worse evaluations, and a plateau. */
static void start(void)
{
  job = saved = plain();
  progress = (lw_progress){.step = 50,
                           .best = {{0.25, 0.9}},
                           .best_step = 30,
                           .evaluations_worse = 2,
                           .plateau_scale = 0.5,
                           .plateau_worse = 1};
}

static lw_standing_case the_case(void)
{
  return (lw_standing_case){
      .saved = &saved, .job = &job, .data = &class_data, .samples = 80, .same_split = true};
}

/* An evaluation with this loss and accuracy. */
static bool judge(double loss, double accuracy)
{
  const lw_score score = {{loss, accuracy}};
  return lw_standing_judge(&progress, &job, &class_data, &score);
}

static void settle(lw_standing_case at)
{
  lw_standing_settle(&at, &progress, text, sizeof text);
}

static bool says(const char *words)
{
  return strstr(text, words);
}

static bool forgotten(void)
{
  return isinf(progress.best.value[0]) && progress.best_step == 0 &&
         progress.best.value[1] == 0.0 && progress.evaluations_worse == 0 &&
         progress.plateau_worse == 0;
}

/* ---- resume ---- */

Test(standing, holds_when_nothing_changed, .init = start)
{
  saved.train.evaluate_limit = job.train.evaluate_limit = 20;
  settle(the_case());
  cr_assert_str_eq(text, "");
  cr_assert(progress.best.value[0] == 0.25 && progress.evaluations_worse == 2);
  job.train.patience = 7;          /* another question, but of the same losses */
  job.train.label_smoothing = 0.1; /* in training only */
  settle(the_case());
  cr_assert_str_eq(text, "");
}

Test(standing, is_forgotten_with_another_limit, .init = start)
{
  saved.train.evaluate_limit = 20;
  settle(the_case());
  cr_assert(forgotten());
  cr_assert(says("80 of the 80 validation samples (before: 20)") && says("0.2500 at step 30"), "%s",
            text);
  cr_assert_eq(progress.plateau_scale, 0.5, "what was lowered stays so");
}

Test(standing, holds_when_another_limit_takes_the_same_samples, .init = start)
{
  job.train.evaluate_limit = 1000;
  saved.train.evaluate_limit = 80;
  settle(the_case());
  cr_assert_str_eq(text, "");
}

Test(standing, is_forgotten_with_limits_that_took_the_front, .init = start)
{
  lw_standing_case at = the_case();
  at.limits_by_front = true;
  settle(at);
  cr_assert_str_eq(text, "", "all samples are all samples");
  saved.train.evaluate_limit = job.train.evaluate_limit = 20;
  settle(at);
  cr_assert(forgotten() && says("20 drawn samples (before: the first 20"), "%s", text);
}

Test(standing, is_forgotten_with_other_data_or_lengths, .init = start)
{
  lw_standing_case at = the_case();
  at.same_split = false;
  settle(at);
  cr_assert(forgotten() && says("the validation split has changed"), "%s", text);
  start();
  job.data.max_length = 9;
  settle(the_case());
  cr_assert(forgotten() && says("data.max_length is 9 (before: 0)"), "%s", text);
}

Test(standing, is_forgotten_when_another_figure_or_loss_judges, .init = start)
{
  strcpy(job.objective.select, "accuracy");
  settle(the_case());
  cr_assert(says("are judged otherwise from now on (objective.select is accuracy (before: loss))"),
            "%s", text);
  cr_assert(progress.best.value[1] == -INFINITY && progress.best_step == 0);
  start();
  job.objective.loss = LW_LOSS_HUBER;
  settle(the_case());
  cr_assert(forgotten() && says("objective.loss"), "%s", text);
}

/* More accuracy is better, whatever the loss; a figure that is not known never is. */
Test(standing, follows_the_figure_that_is_selected, .init = start)
{
  strcpy(job.objective.select, "accuracy");
  cr_assert(judge(9.0, 0.95) && progress.evaluations_worse == 0);
  cr_assert(!judge(0.1, 0.94) && progress.evaluations_worse == 1);
  cr_assert(!judge(0.1, (double)NAN) && progress.evaluations_worse == 2);
  strcpy(job.objective.select, "macro_f1");
  progress.best.value[LW_CHOICE_F1] = -INFINITY;
  lw_score score = {{1.0, 0.5, 0.5, 0.25, NAN}};
  cr_assert(lw_standing_judge(&progress, &job, &class_data, &score));
}

Test(standing, has_nothing_to_forget_before_the_first_evaluation_or_after_the_last_step,
     .init = start)
{
  saved.train.evaluate_limit = 20;
  progress.step = 100;
  settle(the_case());
  cr_assert_str_eq(text, "");
  cr_assert_eq(progress.best_step, 30);
  progress = (lw_progress){.step = 5, .best = {{INFINITY}}, .plateau_scale = 1.0};
  settle(the_case());
  cr_assert_str_eq(text, "");
}

Test(standing, says_that_the_rate_jumps, .init = start)
{
  saved.optimizer.schedule = job.optimizer.schedule = LW_SCHEDULE_COSINE;
  saved.train.steps = 50;
  settle(the_case());
  /* 0.1 times half of 1 + cos(pi 49/50), and of 1 + cos(pi / 2) */
  cr_assert(says("from 9.87e-05 in step 50 to 0.05 in step 51, because of train.steps"), "%s",
            text);
  saved.train.steps = 100;
  settle(the_case());
  cr_assert_str_eq(text, "");
  job.optimizer.schedule = LW_SCHEDULE_LINEAR;
  job.optimizer.final_rate = 0.5;
  settle(the_case());
  cr_assert(says("because of optimizer.schedule, optimizer.final_rate"), "%s", text);
}

Test(standing, of_a_plateau_does_not_come_from_another_schedule, .init = start)
{
  job.optimizer.schedule = LW_SCHEDULE_PLATEAU;
  settle(the_case());
  cr_assert(progress.plateau_scale == 1.0 && progress.plateau_worse == 0);
  cr_assert_str_eq(text, "");
  progress.plateau_scale = 0.5;
  saved.optimizer.schedule = LW_SCHEDULE_PLATEAU;
  settle(the_case());
  cr_assert_eq(progress.plateau_scale, 0.5);
}

/* ---- evaluations ---- */

/* One evaluation that is no better, after this step. */
static void worse(int64_t step)
{
  progress.step = step;
  cr_assert(!judge(9.0, 0.1));
}

Test(standing, counts_worse_evaluations_and_lowers_the_plateau)
{
  start();
  progress = (lw_progress){.step = 10, .best = {{INFINITY}}, .plateau_scale = 1.0};
  job.optimizer.schedule = LW_SCHEDULE_PLATEAU;
  cr_assert(judge(1.0, 0.5));
  cr_assert(progress.best_step == 10 && progress.best.value[0] == 1.0 &&
            progress.best.value[1] == 0.5);
  worse(20);
  cr_assert_eq(progress.plateau_scale, 1.0);
  worse(30);
  cr_assert(progress.plateau_scale == 0.5 && progress.evaluations_worse == 2);
  worse(40);
  worse(50);
  cr_assert(progress.plateau_scale == 0.25 && progress.evaluations_worse == 4);
  cr_assert(!judge(NAN, 0.5));
  cr_assert(judge(0.5, 0.5));
  cr_assert(progress.evaluations_worse == 0 && progress.plateau_worse == 0);
}

Test(standing, plateau_counts_neither_in_the_warm_up_nor_under_another_schedule)
{
  start();
  progress = (lw_progress){.best = {{1.0}}, .plateau_scale = 1.0};
  job.optimizer.schedule = LW_SCHEDULE_PLATEAU;
  job.optimizer.warmup = 40;
  for (int64_t step = 10; step <= 40; step += 10) worse(step);
  cr_assert(progress.plateau_scale == 1.0 && progress.plateau_worse == 0);
  worse(50);
  worse(60);
  cr_assert_eq(progress.plateau_scale, 0.5);
  job.optimizer.schedule = LW_SCHEDULE_COSINE;
  worse(70);
  worse(80);
  cr_assert_eq(progress.plateau_scale, 0.5);
  cr_assert_eq(lw_mem_live(), 0);
}
