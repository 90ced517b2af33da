/* Every row of the tables of inputs, targets and objectives keeps what their headers promise. */
#include "longwave/base/mem.h"
#include "objective_case.h"
#include <criterion/criterion.h>

Test(input, rows_are_found_by_their_names)
{
  for (int i = 0; lw_inputs[i]; i++) {
    const lw_input *input = lw_inputs[i];
    cr_assert_eq(lw_input_find(input->name), input);
    cr_assert(input->item && input->limits && input->fault && input->describe && input->show &&
                  input->room && input->read,
              "%s", input->name);
  }
  cr_assert_null(lw_input_find("class"));
}

Test(input, limits_and_faults_of_items)
{
  char text[LW_ITEM_FAULT];
  const lw_dataset_info info = {.vocabulary = 8,
                                .channels = 1,
                                .channel = &(lw_channel){.name = "", .unit = "", .scale = 1e300}};
  for (int i = 0; lw_inputs[i]; i++) {
    const lw_item_limits limits = lw_inputs[i]->limits(&info, 0);
    cr_assert(limits.low < limits.shift && limits.shift < limits.high, "%s", lw_inputs[i]->name);
    *text = 0;
    lw_inputs[i]->fault(&info, &(lw_item_place){3, 0}, 9e9, text);
    cr_assert(strstr(text, "at 3"), "%s: %s", lw_inputs[i]->name, text);
  }
}

Test(target, rows_say_where_answers_are)
{
  lw_dataset_info info = {.vocabulary = 8, .classes = 3, .numbers = 2, .horizon = 4};
  for (int i = 0; lw_targets[i]; i++) {
    const lw_target *target = lw_targets[i];
    cr_assert_eq(lw_target_find(target->name), target);
    cr_assert(target->by_row ? !!target->answer_rows : !!target->answer_samples, "%s",
              target->name);
    cr_assert_eq(target->answers(20), target->by_row ? 20 - target->ahead : 1, "%s", target->name);
    const bool numbers = target->kind == LW_ANSWER_NUMBERS;
    info.target = target;
    const bool horizon = target->next && !target->by_row;
    const int64_t outcomes = numbers ? (horizon ? 8 : 2) : target->next ? 8 : 3;
    cr_assert_eq(lw_dataset_outcomes(&info), outcomes, "%s", target->name);
    cr_assert_eq(lw_dataset_width(&info), target->kind == LW_ANSWER_CLASS ? 1 : outcomes, "%s",
                 target->name);
  }
  cr_assert_null(lw_target_find("tokens"));
}

/* Figures that share a column of a table. */
static void expect_same_units(const lw_objective *objective, const lw_objective *other)
{
  for (int k = 0; k < objective->figures; k++)
    for (int l = 0; l < other->figures; l++)
      if (!strcmp(objective->figure[k].column, other->figure[l].column))
        cr_assert_str_eq(objective->figure[k].unit, other->figure[l].unit, "%s has two units",
                         objective->figure[k].column);
}

Test(objective, rows_are_whole_and_found_by_what_is_asked)
{
  for (int i = 0; lw_objectives[i]; i++) {
    const lw_objective *one = lw_objectives[i];
    cr_assert_eq(lw_objective_find(one->target, one->documents), one, "%s", one->name);
    cr_assert_eq(row_wrong(one), 0);
    cr_assert(one->target->by_row == (one->readout == LW_READOUT_ROW), "%s", one->name);
    for (int other = 0; other < i; other++) expect_same_units(one, lw_objectives[other]);
  }
  cr_assert_null(lw_objective_find(&lw_target_next_token, 2));
}

Test(objective, gradients_are_those_of_the_loss)
{
  for (int i = 0; lw_objectives[i]; i++) cr_assert_eq(gradient_wrong(lw_objectives[i]), 0);
}

Test(objective, figures_do_not_depend_on_parts)
{
  for (int i = 0; lw_objectives[i]; i++) cr_assert_eq(parts_wrong(lw_objectives[i]), 0);
  cr_assert_eq(lw_mem_live(), 0);
}
