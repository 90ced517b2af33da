/* What micro-batches load a rank with: foretold from lengths, against batches that are loaded. */
#include "hand_made.h"
#include "longwave/base/mem.h"
#include "longwave/data/load.h"
#include "temp_folder.h"
#include <criterion/criterion.h>

enum { SAMPLES = 50, STEPS = 23, BATCH = 6, PIECES = 2, SEED = 5 };

static char folder[TEMP_FOLDER_MAX];
static lw_dataset *dataset;

/* Few samples are long: five of 400 tokens and more among some of 3 to 40. */
static void start(void)
{
  char path[TEMP_FOLDER_MAX + 16];
  int64_t lengths[SAMPLES];
  for (int64_t i = 0; i < SAMPLES; i++) lengths[i] = i % 10 == 7 ? 400 + 100 * i : 3 + i * 37 % 38;
  const hand_made what = {.vocabulary = 2, .split = {{SAMPLES, lengths, 0, NULL, NULL}}};
  cr_assert(temp_folder_make(folder));
  snprintf(path, sizeof path, "%s/set.h5", folder);
  hand_made_write(path, &what);
  cr_assert_eq(lw_dataset_open(path, &dataset), LW_OK, "%s", lw_fail_message());
}

static void finish(void)
{
  lw_dataset_close(&dataset);
  cr_assert(temp_folder_remove(folder));
  cr_assert_eq(lw_mem_live(), 0);
}

static lw_packing_rule packing_of(int sequence, int64_t chunk)
{
  return (lw_packing_rule){.ranks = sequence, .chunk = chunk, .paired = true, .cost = {100, 1}};
}

/* What one rank of a grid really gets in all steps. */
static void follow(int data, int sequence, int place, int rank, int64_t chunk, lw_load *load)
{
  const lw_world axes[] = {{.size = data, .rank = place}, {.size = sequence, .rank = rank}};
  lw_world world = {.data = (lw_world *)&axes[0], .sequence = (lw_world *)&axes[1]};
  lw_batch batch = {0};
  lw_order order;
  int64_t list[BATCH];
  cr_assert_eq(lw_order_init(&order, SEED, SAMPLES), LW_OK);
  for (int64_t step = 0; step < STEPS; step++) {
    for (int64_t i = 0; i < BATCH; i++) list[i] = lw_order_sample(&order, step * BATCH + i);
    for (int64_t piece = 0; piece < PIECES; piece++) {
      const lw_batch_request request = {.list = list,
                                        .count = BATCH,
                                        .piece = piece,
                                        .pieces = PIECES,
                                        .max_length = 4000,
                                        .rule = packing_of(sequence, chunk)};
      cr_assert_eq(lw_batch_load(&batch, dataset, &world, &request), LW_OK);
      if (batch.rows > load->rows) load->rows = batch.rows;
      if (batch.samples > load->samples) load->samples = batch.samples;
    }
  }
  lw_batch_done(&batch);
  lw_order_done(&order);
}

static void check_grid(int data, int sequence, int64_t chunk)
{
  const lw_load_rule rule = {.dataset = dataset,
                             .max_length = 4000,
                             .data = data,
                             .packing = packing_of(sequence, chunk)};
  const lw_load_steps_rule steps = {
      .seed = SEED, .batch = BATCH, .pieces = PIECES, .count = STEPS};
  lw_load real = {0}, foretold = {0}, bound = {0};
  int64_t order[SAMPLES];
  for (int place = 0; place < data; place++)
    for (int rank = 0; rank < sequence; rank++) follow(data, sequence, place, rank, chunk, &real);
  cr_assert_eq(lw_load_steps(&rule, &steps, &foretold), LW_OK);
  cr_expect(foretold.rows == real.rows && foretold.samples == real.samples,
            "%d x %d, chunk %d: %d rows of %d samples, not %d of %d", data, sequence, (int)chunk,
            (int)real.rows, (int)real.samples, (int)foretold.rows, (int)foretold.samples);
  cr_expect_eq(foretold.longest, 4000);
  cr_assert_eq(lw_load_longest(&rule, order), LW_OK);
  cr_assert_eq(lw_load_worst(&rule, order, BATCH / PIECES, 2, &bound), LW_OK);
  cr_expect_geq(bound.rows, real.rows, "%d x %d: %d, but %d came", data, sequence,
                (int)bound.rows, (int)real.rows);
}

Test(load, of_steps_is_what_ranks_get)
{
  start();
  for (int data = 1; data <= 3; data++)
    for (int sequence = 1; sequence <= 3; sequence++)
      for (int64_t chunk = 0; chunk <= 300; chunk += 150) check_grid(data, sequence, chunk);
  finish();
}

Test(load, of_the_worst_order_takes_the_longest_samples)
{
  start();
  const lw_load_rule rule = {.dataset = dataset, .data = 1, .packing = packing_of(1, 0)};
  int64_t order[SAMPLES];
  lw_load once = {0}, twice = {0};
  cr_assert_eq(lw_load_longest(&rule, order), LW_OK);
  for (int64_t i = 1; i < SAMPLES; i++)
    cr_assert_geq(lw_dataset_length(dataset, LW_SPLIT_TRAIN, order[i - 1]),
                  lw_dataset_length(dataset, LW_SPLIT_TRAIN, order[i]));
  cr_assert_eq(lw_load_worst(&rule, order, 3, 1, &once), LW_OK);
  cr_assert_eq(once.rows, 5100 + 4100 + 3100);
  cr_assert_eq(lw_load_worst(&rule, order, 3, 2, &twice), LW_OK);
  cr_assert_eq(twice.rows, 5100 + 5100 + 4100);
  cr_assert(once.samples == 3 && once.longest == 5100);
  finish();
}

Test(load, of_a_list_goes_by_batches)
{
  start();
  const lw_load_rule rule = {.dataset = dataset, .data = 1, .packing = packing_of(1, 0)};
  const int64_t list[] = {7, 0, 17, 1, 27, 47};
  const int64_t short_ones =
      lw_dataset_length(dataset, LW_SPLIT_TRAIN, 0) + lw_dataset_length(dataset, LW_SPLIT_TRAIN, 1);
  lw_load load = {0};
  cr_assert_eq(lw_load_batches(&rule, list, 4, 2, &load), LW_OK);
  cr_assert_eq(load.rows, 2100 + lw_dataset_length(dataset, LW_SPLIT_TRAIN, 1));
  cr_assert_eq(lw_load_batches(&rule, list, 4, 9, &load), LW_OK);
  cr_assert_eq(load.rows, 1100 + 2100 + short_ones);
  cr_assert_eq(lw_load_batches(&rule, list, 6, 2, &load), LW_OK);
  cr_assert_eq(load.rows, 3100 + 5100, "a smaller batch does not lower it");
  cr_assert_eq(load.samples, 4);
  finish();
}
