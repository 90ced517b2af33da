/** A builder that takes the place of the library's: it writes what a task gives it as text, so that
 *  a test sees each sample. For tests of tasks that build; beside make_task.h, whose begin and end
 *  they use.
 *
 *      plan:    "values 2 a,b class: x,y"
 *      sample:  "t.csv:2 name group=g weight=2 test =x : 1,2 3,4 @0 1.5 #0=up"
 *  that is where it stands, what is known of it, values by step and channel, times, answers of
 *  steps. */
#ifndef LONGWAVE_TESTS_RECORD_BUILDER_H
#define LONGWAVE_TESTS_RECORD_BUILDER_H

#include "longwave/base/text.h"
#include "longwave/comm/world.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "make_task.h"
#include <math.h>

struct lw_builder {
  lw_builder_plan plan;
  int64_t count, steps;
  lw_text times, answers;
};

static lw_building building;
static const lw_dataset_info *predicted; /* what a building is like; NULL: nothing */
static lw_text record;                   /* all samples, a line each */
static lw_text plan_record;              /* the plan */
static lw_split_rule rule;               /* of the plan */

lw_status lw_builder_create(const lw_world *world, const char *path, const lw_builder_plan *plan,
                            lw_builder **out)
{
  (void)world, (void)path;
  lw_status status = LW_TAKE(out, 1);
  if (status != LW_OK) return status;
  (*out)->plan = *plan;
  (*out)->plan.input = plan->input;
  rule = plan->rule;
  lw_text_add(&plan_record, "%s", plan->input->ids ? "tokens" : "values");
  if (!plan->input->ids) lw_text_add(&plan_record, " %d", (int)plan->channels);
  for (int64_t i = 0; plan->channel && i < plan->channels; i++)
    lw_text_add(&plan_record, "%s%s", i ? "," : " ", plan->channel[i].name);
  if (plan->timed) lw_text_add(&plan_record, " timed %s", plan->time_unit ? plan->time_unit : "?");
  if (plan->windows.length)
    lw_text_add(&plan_record, " window %d/%d", (int)plan->windows.length,
                (int)plan->windows.stride);
  lw_text_add(&plan_record, " %s", plan->target->name);
  for (int64_t i = 0; plan->class_names && i < plan->classes; i++)
    lw_text_add(&plan_record, "%s%s", i ? "," : ": ", plan->class_names[i]);
  for (int64_t i = 0; plan->number && i < plan->numbers; i++)
    lw_text_add(&plan_record, "%s%s", i ? "," : ": ", plan->number[i].name);
  if (plan->horizon) lw_text_add(&plan_record, " %d of %d", (int)plan->horizon, (int)plan->numbers);
  for (int64_t i = 0; plan->asked && i < plan->numbers; i++)
    lw_text_add(&plan_record, "%s%d", i ? "," : ": ", (int)plan->asked[i]);
  return LW_OK;
}

void lw_builder_destroy(lw_builder **builder)
{
  if (!*builder) return;
  lw_text_done(&(*builder)->times);
  lw_text_done(&(*builder)->answers);
  lw_mem_give(*builder);
  *builder = NULL;
}

lw_status lw_builder_begin(lw_builder *builder, const lw_builder_sample *sample)
{
  const char *slash = sample->where ? strrchr(sample->where, '/') : NULL;
  builder->steps = 0;
  builder->times = builder->answers = LW_TEXT_GROWS;
  lw_text_add(&record, "%s", slash ? slash + 1 : sample->where);
  if (builder->plan.named) lw_text_add(&record, " %s", sample->name);
  if (sample->group) lw_text_add(&record, " group=%s", sample->group);
  if (builder->plan.weighted) lw_text_add(&record, " weight=%g", sample->weight);
  if (sample->has_split) lw_text_add(&record, " %s", lw_split_name(sample->split));
  if (sample->label) lw_text_add(&record, " =%s", sample->label);
  if (sample->labels) lw_text_add(&record, " {");
  for (int64_t i = 0; i < sample->label_count; i++)
    lw_text_add(&record, "%s%s", i ? "," : "", sample->labels[i]);
  if (sample->labels) lw_text_add(&record, "}");
  for (int64_t i = 0; sample->numbers && i < builder->plan.numbers; i++)
    lw_text_add(&record, "%s%g", i ? "," : " =", (double)sample->numbers[i]);
  lw_text_add(&record, " :");
  return LW_OK;
}

lw_status lw_builder_items(lw_builder *builder, const void *items, const double *times,
                           int64_t count)
{
  const float *values = items;
  if (builder->plan.input->ids)
    lw_text_add(&record, " %.*s", (int)count, (const char *)items);
  else
    for (int64_t i = 0; i < count * builder->plan.channels; i++)
      lw_text_add(&record, "%s%g", i % builder->plan.channels ? "," : " ", (double)values[i]);
  for (int64_t i = 0; times && i < count; i++)
    lw_text_add(&builder->times, "%s%g", builder->times.used ? " " : " @", times[i]);
  builder->steps += count;
  return LW_OK;
}

lw_status lw_builder_step_label(lw_builder *builder, int64_t step, const char *label)
{
  cr_assert_lt(step, builder->steps);
  lw_text_add(&builder->answers, " #%d=%s", (int)step, label);
  return LW_OK;
}

lw_status lw_builder_step_numbers(lw_builder *builder, int64_t step, const float *numbers)
{
  cr_assert_lt(step, builder->steps);
  lw_text_add(&builder->answers, " #%d", (int)step);
  for (int64_t i = 0; i < builder->plan.numbers; i++)
    lw_text_add(&builder->answers, "%s%g", i ? "," : "=", (double)numbers[i]);
  return LW_OK;
}

lw_status lw_builder_end(lw_builder *builder)
{
  cr_assert_gt(builder->steps, 0);
  builder->count++;
  lw_text_add(&record, "%s%s\n", builder->times.used ? builder->times.text : "",
              builder->answers.used ? builder->answers.text : "");
  lw_text_done(&builder->times);
  lw_text_done(&builder->answers);
  return LW_OK;
}

static inline void build_end(void)
{
  lw_builder_destroy(&building.builder);
  lw_mem_give(building.origin);
  lw_mem_give(building.notes);
  building = (lw_building){0};
  lw_text_done(&record);
  lw_text_done(&plan_record);
}

/* One building at a time. */
static inline lw_status build_task(const lw_task *task, const char *const *more)
{
  static uint64_t settings[8192];
  char *argv[40] = {"task"};
  int argc = 1;
  for (; more[argc - 1]; argc++) argv[argc] = (char *)(uintptr_t)more[argc - 1];
  cr_assert_leq(task->settings_bytes, (int64_t)sizeof settings);
  lw_option_section flags = {.name = "", .options = task->options, .values = settings};
  lw_arguments arguments = {0};
  build_end();
  record = plan_record = LW_TEXT_GROWS;
  building.world = lw_world_lone();
  building.path = "none";
  building.like = predicted;
  lw_option_defaults(&flags, 1);
  lw_status status = lw_option_arguments(&flags, argc, argv, &arguments);
  if (status == LW_OK) status = task->build(&flags, &building);
  cr_assert_eq(lw_text_end(&record), LW_OK);
  cr_assert_eq(lw_text_end(&plan_record), LW_OK);
  return status;
}

#define BUILD(task, ...) build_task(&lw_##task##_task, (const char *const[]){__VA_ARGS__, NULL})
#define SAMPLES(wanted) cr_expect_str_eq(record.text, wanted)
#define PLAN(wanted) cr_expect_str_eq(plan_record.text, wanted)
#define TELLS(says)                                                                                \
  cr_expect(building.notes &&strstr(building.notes, says), "'%s' in: %s", says, building.notes)

#endif
