/* Step to learning rate, and the factor that clips. */
#include "longwave/train/gradient.h"
#include "longwave/train/schedule.h"
#include <criterion/criterion.h>
#include <math.h>

static double rate(lw_schedule schedule, int64_t warmup, double final_rate, int64_t step)
{
  lw_optimizer_options options = {.learning_rate = 0.5,
                                  .schedule = schedule,
                                  .warmup = warmup,
                                  .final_rate = final_rate,
                                  .decay_share = 0.25};
  const double got = lw_schedule_rate(&options, 100, step, 0.25);
  cr_assert_float_eq(lw_schedule_share(&options, 100, step, 0.25), got / 0.5, 1e-12);
  return got;
}

#define EXPECT(got, want) cr_assert_float_eq((got), (want), 1e-12, "%.17g for %.17g", (got), (want))

Test(schedule, warmup_is_a_line_that_ends_with_the_full_rate)
{
  for (int schedule = LW_SCHEDULE_CONSTANT; schedule <= LW_SCHEDULE_TRAPEZOID; schedule++) {
    EXPECT(rate((lw_schedule)schedule, 10, 0.1, 0), 0.05);
    EXPECT(rate((lw_schedule)schedule, 10, 0.1, 4), 0.25);
    EXPECT(rate((lw_schedule)schedule, 10, 0.1, 9), 0.5);
    EXPECT(rate((lw_schedule)schedule, 10, 0.1, 10), 0.5); /* the schedule begins at its top */
    EXPECT(rate((lw_schedule)schedule, 0, 0.1, 0), 0.5);
  }
}

Test(schedule, cosine)
{
  EXPECT(rate(LW_SCHEDULE_COSINE, 20, 0.0, 60), 0.25);
  EXPECT(rate(LW_SCHEDULE_COSINE, 20, 0.0, 40), 0.25 * (1.0 + sqrt(0.5)));
  EXPECT(rate(LW_SCHEDULE_COSINE, 20, 0.0, 100), 0.0);
  EXPECT(rate(LW_SCHEDULE_COSINE, 20, 0.2, 60), 0.5 * 0.6);
  EXPECT(rate(LW_SCHEDULE_COSINE, 20, 0.2, 100), 0.1);
}

Test(schedule, linear)
{
  EXPECT(rate(LW_SCHEDULE_LINEAR, 20, 0.0, 40), 0.375);
  EXPECT(rate(LW_SCHEDULE_LINEAR, 20, 0.2, 60), 0.3);
  EXPECT(rate(LW_SCHEDULE_LINEAR, 20, 0.2, 100), 0.1);
}

/* From the warm-up at 20 to 80 nothing falls; a share of 1 is a line, one of 0 never falls. */
Test(schedule, trapezoid)
{
  EXPECT(rate(LW_SCHEDULE_TRAPEZOID, 20, 0.2, 50), 0.5);
  EXPECT(rate(LW_SCHEDULE_TRAPEZOID, 20, 0.2, 80), 0.5);
  EXPECT(rate(LW_SCHEDULE_TRAPEZOID, 20, 0.2, 90), 0.3);
  EXPECT(rate(LW_SCHEDULE_TRAPEZOID, 20, 0.0, 95), 0.125);
  EXPECT(rate(LW_SCHEDULE_TRAPEZOID, 20, 0.2, 100), 0.1);
  lw_optimizer_options options = {
      .learning_rate = 1.0, .schedule = LW_SCHEDULE_TRAPEZOID, .decay_share = 1.0};
  EXPECT(lw_schedule_rate(&options, 100, 40, 1.0), 0.6);
  options.decay_share = 0.0;
  EXPECT(lw_schedule_rate(&options, 100, 99, 1.0), 1.0);
  EXPECT(lw_schedule_rate(&options, 100, 100, 1.0), 1.0);
}

Test(schedule, constant_and_plateau)
{
  for (int64_t step = 10; step <= 100; step += 45) {
    EXPECT(rate(LW_SCHEDULE_CONSTANT, 10, 0.2, step), 0.5);
    EXPECT(rate(LW_SCHEDULE_PLATEAU, 10, 0.2, step), 0.125);
  }
}

Test(schedule, never_rises_after_the_warmup)
{
  static const lw_schedule falling[] = {LW_SCHEDULE_COSINE, LW_SCHEDULE_LINEAR};
  for (int i = 0; i < 2; i++)
    for (int64_t step = 10; step < 100; step++)
      cr_assert_lt(rate(falling[i], 10, 0.0, step + 1), rate(falling[i], 10, 0.0, step));
  for (double share = 0.0; share <= 1.0; share += 0.01) {
    lw_optimizer_options options = {
        .learning_rate = 0.3, .schedule = LW_SCHEDULE_TRAPEZOID, .decay_share = share};
    for (int64_t step = 0; step < 100; step++)
      cr_assert_leq(lw_schedule_rate(&options, 100, step + 1, 1.0),
                    lw_schedule_rate(&options, 100, step, 1.0));
  }
}

/* A warm-up as long as the training, or longer: the rate is still a number. */
Test(schedule, warmup_over_the_whole_training)
{
  EXPECT(rate(LW_SCHEDULE_COSINE, 100, 0.0, 99), 0.5);
  EXPECT(rate(LW_SCHEDULE_COSINE, 100, 0.25, 100), 0.125);
  EXPECT(rate(LW_SCHEDULE_LINEAR, 200, 0.0, 99), 0.25);
  EXPECT(rate(LW_SCHEDULE_TRAPEZOID, 100, 0.25, 100), 0.125);
}

Test(clip, brings_the_norm_to_the_bound)
{
  EXPECT(lw_gradient_clip(4.0, 1.0), 0.25);
  EXPECT(lw_gradient_clip(1.0, 1.0), 1.0);
  EXPECT(lw_gradient_clip(0.5, 1.0), 1.0);
  EXPECT(lw_gradient_clip(0.0, 1.0), 1.0);
  EXPECT(lw_gradient_clip(1e6, 0.0), 1.0); /* 0: never */
}
