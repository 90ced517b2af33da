/* What is learnt from at which step: the text of data.before, its stages, lengths that grow. */
#include "longwave/base/mem.h"
#include "longwave/train/curriculum.h"
#include <criterion/criterion.h>
#include <string.h>

static lw_curriculum read_well(const char *before)
{
  lw_curriculum all;
  cr_assert_eq(lw_curriculum_read(before, &all), LW_OK, "%s", lw_fail_message());
  return all;
}

Test(curriculum, stages_are_read)
{
  lw_curriculum all = read_well("");
  cr_assert_eq(all.count + all.steps, 0);
  lw_curriculum_done(&all);
  all = read_well(" a b/easy.h5   100,middle.h5 7 ");
  cr_assert_eq(all.count, 2);
  cr_assert_str_eq(all.stage[0].path, "a b/easy.h5");
  cr_assert_str_eq(all.stage[1].path, "middle.h5");
  cr_assert_eq(all.stage[0].first, 0);
  cr_assert_eq(all.stage[1].first, 100);
  cr_assert_eq(all.steps, 107);
  const int64_t steps[] = {0, 99, 100, 106, 107, 1000};
  const int stage[] = {0, 0, 1, 1, -1, -1};
  for (int i = 0; i < 6; i++) {
    cr_assert_eq(lw_curriculum_stage(&all, steps[i]), stage[i], "%d", i);
    cr_assert_eq(lw_curriculum_over(&all, steps[i]), stage[i] < 0, "%d", i);
  }
  lw_curriculum_done(&all);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(curriculum, wrong_texts_are_refused)
{
  static const char *const wrong[] = {
      "a.h5",    "100",     "a.h5 0",         "a.h5 -3",     "a.h5 3.5",
      "a.h5 3,", ",a.h5 3", "a.h5 3,,b.h5 4", "a.h5 3 b.h5", "a.h5 99999999999999999999"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    lw_curriculum all;
    cr_assert_eq(lw_curriculum_read(wrong[i], &all), LW_ERROR_INPUT, "%s", wrong[i]);
    cr_assert(strstr(lw_fail_message(), "data.before"), "%s", lw_fail_message());
  }
  char many[LW_TEXT_MAX] = "a 1";
  for (int i = 0; i < LW_STAGES; i++) strcat(many, ",a 1");
  lw_curriculum all;
  cr_assert_eq(lw_curriculum_read(many, &all), LW_ERROR_INPUT);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(curriculum, each_stage_has_an_order_of_its_own)
{
  static lw_job job = {.train = {.batch_size = 8}};
  lw_curriculum all = read_well("a.h5 10, b.h5 5");
  lw_lesson lesson = lw_curriculum_lesson(&all, &job, 9, 0, 100);
  cr_assert(lesson.order == &all.stage[0].order && lesson.cursor == 72);
  lesson = lw_curriculum_lesson(&all, &job, 12, 0, 100);
  cr_assert(lesson.order == &all.stage[1].order && lesson.cursor == 16);
  lesson = lw_curriculum_lesson(&all, &job, 17, 24, 100);
  cr_assert(!lesson.order && lesson.cursor == 24 && lesson.max_length == 0);
  lw_curriculum_done(&all);
}

Test(curriculum, epochs_begin_behind_the_stages)
{
  static lw_job job = {.data = {.before = "a.h5 10"}, .train = {.batch_size = 8, .epochs = 2}};
  cr_assert_eq(lw_job_steps(&job, 40, 0, 0), 20);
  cr_assert_eq(lw_job_steps(&job, 40, 4, 0), 20);
  cr_assert_eq(lw_job_steps(&job, 40, 13, 24), 20);
  cr_assert_eq(lw_job_steps(&job, 0, 4, 0), 10); /* samples are known when the first was taken */
}

Test(curriculum, samples_grow)
{
  static lw_job job = {.data = {.length_warmup = 8, .length_start = 16},
                       .train = {.batch_size = 8}};
  lw_curriculum none = read_well("");
  int64_t before = 0;
  for (int64_t step = 0; step < 8; step++) {
    const int64_t length = lw_curriculum_lesson(&none, &job, step, 0, 4096).max_length;
    cr_assert(length > before && length < 4096, "%d: %d", (int)step, (int)length);
    before = length;
  }
  cr_assert_eq(lw_curriculum_lesson(&none, &job, 0, 0, 4096).max_length, 16);
  cr_assert_eq(lw_curriculum_lesson(&none, &job, 4, 0, 4096).max_length, 256);
  cr_assert_eq(lw_curriculum_lesson(&none, &job, 8, 0, 4096).max_length, 0);
  job.data.max_length = 1024;
  cr_assert_eq(lw_curriculum_lesson(&none, &job, 4, 0, 4096).max_length, 128);
  cr_assert_eq(lw_curriculum_lesson(&none, &job, 8, 0, 4096).max_length, 1024);
  cr_assert_eq(lw_curriculum_lesson(&none, &job, 0, 0, 10).max_length, 1024); /* all are shorter */
}
