/* Step labels beside the answers of a data set: written together, read with a rank's rows of a
 * batch, counted, checked. */
#include "longwave/comm/reduce.h"
#include "longwave/data/batch.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "mpi_folder.h"
#include <stdio.h>
#include <string.h>

enum { SAMPLES = 13, CLASSES = 3, LONGEST = 900, CUT = 300 };

static const char *const names[] = {"no", "yes"};
static const char *const steps[] = {"background", "another", "marked"};

/* Sample i of a split, whichever rank brings it. */
static int64_t length_of(int64_t sample)
{
  return 1 + sample * 317 % LONGEST;
}

static int label_of(int split, int64_t sample, int64_t position)
{
  return (int)((split + 7 * sample + position * position) % CLASSES);
}

/* Of `wrong` step labels the last is outside. */
static void add_samples(const lw_world *world, int split, int64_t count, bool wrong,
                        lw_samples *samples)
{
  const int64_t first = count * world->rank / world->size;
  const int64_t end = count * (world->rank + 1) / world->size;
  uint8_t items[LONGEST + 1] = {0};
  for (int64_t i = first; i < end; i++)
    FINE(lw_samples_add(samples, items, length_of(i), (int32_t)(i % 2)));
  FINE(lw_samples_steps(samples));
  for (int64_t i = first; i < end; i++)
    for (int64_t t = 0; t < length_of(i); t++)
      samples->steps[samples->offsets[i - first] + t] = (uint8_t)label_of(split, i, t);
  if (wrong && end == count) samples->steps[samples->tokens - 1] = CLASSES;
}

static void write_set(const lw_world *world, const char *path, bool labelled, bool wrong)
{
  lw_samples samples[LW_SPLITS] = {{0}};
  const lw_dataset_recipe recipe = {.task = "test",
                                    .input = &lw_input_tokens,
                                    .target = &lw_target_class,
                                    .documents = 1,
                                    .vocabulary = 4,
                                    .classes = 2,
                                    .scale = 1,
                                    .class_names = names,
                                    .step_classes = labelled ? CLASSES : 0,
                                    .step_names = steps,
                                    .origin = "made by a test",
                                    .settings = "test: {}\n"};
  for (int split = 0; split < 2; split++)
    add_samples(world, split, split ? 4 : SAMPLES, wrong && !split, &samples[split]);
  FINE(lw_dataset_write(path, world, &recipe, samples));
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&samples[split]);
}

static void check_sample(const lw_dataset *dataset, int split, int64_t i)
{
  int32_t labels[LONGEST + 1];
  const int64_t first = length_of(i) / 3, count = length_of(i) - first;
  const lw_items items = {.sample = i, .first = first, .count = count};
  FINE(lw_dataset_read_beside(dataset, (lw_split)split, &items, labels));
  for (int64_t t = 0; t < count; t++)
    CHECK(labels[t] == label_of(split, i, first + t), "split %d sample %d step %d", split, (int)i,
          (int)(first + t));
}

MPI_TEST_1234(step_labels_go_to_the_file_and_back)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_dataset *dataset = NULL;
  begin(world, folder, path, "set.h5");
  write_set(world, path, false, false);
  FINE(lw_dataset_open(path, &dataset));
  const lw_dataset_info bare = *lw_dataset_describe(dataset);
  CHECK(bare.step_classes == 0 && !bare.step_name, "labels that are not there");
  lw_dataset_close(&dataset);

  write_set(world, path, true, false);
  FINE(lw_dataset_open(path, &dataset));
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  CHECK(info->step_classes == CLASSES && !strcmp(info->step_name[2], "marked"), "classes");
  CHECK(info->target == &lw_target_class && info->classes == 2, "what is asked stays");
  CHECK(info->checksum != bare.checksum, "the labels are in the checksum");
  FINE(lw_dataset_verify(dataset, world, LW_SPLITS));
  for (int64_t i = 0; i < SAMPLES; i++) check_sample(dataset, LW_SPLIT_TRAIN, i);
  for (int64_t i = 0; i < 4; i++) check_sample(dataset, LW_SPLIT_VALIDATION, i);
  CHECK(lw_dataset_label(dataset, LW_SPLIT_TRAIN, 5) == 1, "the sample's own label");
  lw_dataset_close(&dataset);
  end(world, folder);
}

MPI_TEST_1234(a_step_label_outside_is_refused)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  int32_t label;
  lw_dataset *dataset = NULL;
  begin(world, folder, path, "set.h5");
  write_set(world, path, true, true);
  FINE(lw_dataset_open(path, &dataset));
  FAILS(lw_dataset_verify(dataset, world, LW_SPLITS), LW_ERROR_FORMAT, "'/train/step_labels' at");
  const lw_items last = {.sample = SAMPLES - 1, .first = length_of(SAMPLES - 1) - 1, .count = 1};
  FAILS(lw_dataset_read_beside(dataset, LW_SPLIT_TRAIN, &last, &label), LW_ERROR_FORMAT,
        "outside 3 classes of steps");
  lw_dataset_close(&dataset);
  end(world, folder);
}

/* ---- batches ---- */

static int64_t cut(int64_t length, int64_t most)
{
  return most > 0 && length > most ? most : length;
}

/* Every row of this rank; returns how many. */
static int64_t check_rows(const lw_batch *batch)
{
  int64_t seen = 0;
  for (int64_t s = 0; s < batch->packing.stretch_count; s++) {
    const lw_stretch *stretch = &batch->packing.stretches[s];
    for (int64_t t = 0; t < stretch->tokens; t++) {
      const int64_t sample = batch->sample[stretch->sample], position = stretch->position + t;
      CHECK(batch->beside[stretch->row + t] == label_of(0, sample, position),
            "sample %d step %d: %d", (int)sample, (int)position, batch->beside[stretch->row + t]);
      seen++;
    }
  }
  CHECK(seen == batch->rows, "all rows");
  return seen;
}

static void check_batches(const lw_world *world, const lw_dataset *dataset, int64_t most,
                          int64_t pieces)
{
  int64_t list[SAMPLES], all = 0, seen = 0;
  lw_batch batch = {0};
  for (int64_t i = 0; i < SAMPLES; i++) {
    list[i] = SAMPLES - 1 - i;
    all += cut(length_of(i), most);
  }
  for (int64_t piece = 0; piece < pieces; piece++) {
    const lw_batch_request request = {.split = LW_SPLIT_TRAIN,
                                      .list = list,
                                      .count = SAMPLES,
                                      .piece = piece,
                                      .pieces = pieces,
                                      .max_length = most,
                                      .beside = true,
                                      .rule = {.cost = {1.0, 0.01}}};
    FINE(lw_batch_load(&batch, dataset, world, &request));
    seen += check_rows(&batch);
    CHECK(batch.global_beside == all, "%d known", (int)batch.global_beside);
  }
  lw_reduce_sum_integers(world, &seen, 1);
  CHECK(seen == all, "each step once: %d of %d", (int)seen, (int)all);
  lw_batch_done(&batch);
}

MPI_TEST_1234(each_rank_has_the_step_labels_of_its_rows)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_dataset *dataset = NULL;
  lw_world *grid = NULL;
  begin(world, folder, path, "set.h5");
  write_set(world, path, true, false);
  FINE(lw_dataset_open(path, &dataset));
  FINE(lw_world_create(world->all, &grid));
  for (int sequence = 1; sequence <= world->size; sequence++) {
    if (world->size % sequence) continue;
    FINE(lw_world_arrange(grid, sequence));
    check_batches(grid, dataset, 0, 1);
    check_batches(grid, dataset, CUT, 2);
  }
  lw_world_destroy(&grid);
  lw_dataset_close(&dataset);
  end(world, folder);
}

MPI_TESTS_1234
