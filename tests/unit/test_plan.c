/* The arithmetic of plans against numbers made by hand, and the file of rates. */
#include "longwave/run/plan.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <string.h>

/* One rank: 0.1 s of products, 0.1 of attention, 0.1 of the rest, 0.05 of the optimizer. */
static const lw_plan_job job = {.steps = 3600,
                                .samples = 100,
                                .batch = 8,
                                .piece = 8,
                                .tokens = 64,
                                .products = 1e9,
                                .attention = 2e9,
                                .rows = 1e6,
                                .parameters = 1000000,
                                .blocks = 2,
                                .width = 16,
                                .documents = 1,
                                .window = 1,
                                .evaluations = 10,
                                .evaluated = 16};

static lw_rates rates(void)
{
  return (lw_rates){
      .machine = {.threads = 1, .cores = 4, .nodes = 1, .latency = 5, .bandwidth = 2000},
      .step = {.products = 10, .attention = 20, .rest = 100, .update = 50, .crowding = 1.3}};
}

static void near(double got, double want, const char *what)
{
  cr_assert_float_eq(got, want, 1e-9 * want, "%s: %.12g and not %.12g", what, got, want);
}

static lw_plan_time time_of(int ranks, int sequence)
{
  const lw_rates on = rates();
  lw_plan_grid grid = lw_plan_grid_of(&on.machine, ranks);
  grid.sequence = sequence;
  return lw_plan_time_of(&job, &on, &grid);
}

Test(plan, one_rank_takes_the_sum_of_its_work)
{
  const lw_plan_time one = time_of(1, 1);
  near(one.step, 0.35, "step");
  cr_assert_eq(one.bytes, 0.0);
  near(one.training, 0.35 * 3600, "training");
  near(one.evaluation, 0.1 * 2 * 10, "ten evaluations of two batches, forward alone");
  near(one.core_hours, (0.35 * 3600 + 2) / 3600, "core hours");
}

Test(plan, ranks_share_the_work_and_get_in_each_others_way)
{
  const lw_plan_time two = time_of(2, 1), three = time_of(3, 1), four = time_of(4, 1);
  near(two.bytes, 4e6, "half the gradient and half the parameters");
  near(two.step, (0.15 + 0.025) * 1.1 + 4e6 / 2e9 + 2 * 5e-6, "two");
  /* Of eight samples a rank of three has three. */
  near(three.pass, 0.3 * 3 / 8 * 1.2, "three");
  near(four.pass, 0.3 / 4 * 1.3, "four");
  near(four.core_hours, (four.training + four.evaluation) * 4 / 3600, "core hours");
}

Test(plan, ranks_beyond_the_cores_take_turns)
{
  const lw_plan_time four = time_of(4, 1), eight = time_of(8, 1);
  near(eight.pass, four.pass, "the same work on the same cores");
  near(eight.core_hours, (eight.training + eight.evaluation) * 4 / 3600, "of four cores");
}

Test(plan, more_threads_are_more_speed)
{
  const lw_rates on = rates();
  const lw_plan_grid grid = {.ranks = 1, .sequence = 1, .threads = 4, .per_node = 1};
  const lw_plan_time one = lw_plan_time_of(&job, &on, &grid);
  near(one.step, 0.35 / 4 * 1.3, "four threads");
  near(one.core_hours, (one.training + one.evaluation) * 4 / 3600, "core hours");
}

Test(plan, sharded_samples_send_their_keys_and_values)
{
  const lw_plan_time halves = time_of(2, 2), whole = time_of(2, 1);
  near(halves.pass, whole.pass, "half the tokens are as much as half the samples");
  /* Keys and values of 32 tokens of 16 channels: twice out, and gradients of as many back; each
     block and sample. */
  near(halves.bytes - whole.bytes, 4.0 * 3 * 2 * 16 * 32 * 2 * 8, "bytes");
}

Test(plan, nodes_are_filled_up)
{
  lw_machine machine = {.threads = 2, .cores = 8};
  cr_assert_eq(lw_plan_grid_of(&machine, 4).per_node, 4);
  cr_assert_eq(lw_plan_grid_of(&machine, 5).per_node, 3);
  cr_assert_eq(lw_plan_grid_of(&machine, 1).per_node, 1);
  machine.nodes = 2;
  cr_assert_eq(lw_plan_grid_of(&machine, 20).per_node, 10);
  machine.threads = 16; /* more than there are cores */
  cr_assert_eq(lw_plan_grid_of(&machine, 2).per_node, 1);
}

static lw_plan_row row_of(bool fits, double seconds, double core_hours)
{
  return (lw_plan_row){.fits = fits, .time = {.training = seconds, .core_hours = core_hours}};
}

Test(plan, chooses_the_fastest_that_wastes_little)
{
  lw_plan_row rows[] = {row_of(false, 0, 0), row_of(true, 100, 10), row_of(true, 60, 12),
                        row_of(true, 50, 20)};
  const lw_plan_choice choice = lw_plan_choose(rows, 4);
  cr_assert_eq(choice.cheapest, 1);
  cr_assert_eq(choice.fastest, 3);
  cr_assert_eq(choice.chosen, 2);
  near(rows[3].efficiency, 0.5, "efficiency");
  const lw_plan_choice none = lw_plan_choose(rows, 1);
  cr_assert(none.cheapest == -1 && none.fastest == -1 && none.chosen == -1);
}

Test(plan, rates_are_read_as_they_were_written)
{
  char folder[TEMP_FOLDER_MAX], path[TEMP_FOLDER_MAX + 64];
  lw_rates one = rates(), other;
  snprintf(one.machine.processor, sizeof one.machine.processor, "A \"B\": C");
  cr_assert(temp_folder_make(folder));
  snprintf(path, sizeof path, "%s/new/rates.yaml", folder);
  cr_assert_eq(lw_rates_write(path, &one), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(lw_rates_read(path, &other), LW_OK, "%s", lw_fail_message());
  cr_assert_str_eq(other.machine.processor, one.machine.processor);
  cr_assert_eq(other.machine.cores, 4);
  cr_assert_eq(other.step.crowding, 1.3);
  cr_assert_eq(other.step.update, 50.0);
  cr_assert(temp_folder_remove(folder));
}
