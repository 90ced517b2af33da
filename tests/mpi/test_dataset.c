/* Data sets: written together, read by each, damaged on purpose. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/mem.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/io/h5.h"
#include "mpi_folder.h"
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"no", "yes", "perhaps"};
static const char *const letters[] = {"a", "b", "c", "d"};

static lw_dataset_recipe recipe_of(const lw_input *input)
{
  bool tokens = input->ids;
  return (lw_dataset_recipe){.task = "test",
                             .input = input,
                             .target = &lw_target_class,
                             .documents = 1,
                             .vocabulary = tokens ? 4 : 0,
                             .classes = 3,
                             .scale = tokens ? 1 : 0.5,
                             .shift = tokens ? 0 : -1,
                             .class_names = names,
                             .token_names = tokens ? letters : NULL,
                             .origin = "made by a test",
                             .settings = "test: {}\n"};
}

/* Sample i of a split has i + 1 items (i + split + position) mod 4 and the label i mod 3; the test
 * split is empty. */
static uint8_t item(int split, int64_t sample, int64_t position)
{
  return (uint8_t)((sample + split + position) % 4);
}

static void write_set(const lw_world *world, const char *path, const lw_input *input)
{
  lw_samples samples[LW_SPLITS] = {{0}};
  lw_dataset_recipe recipe = recipe_of(input);
  for (int split = 0; split < 2 && !world->rank; split++)
    for (int64_t i = 0; i < 20 - 10 * split; i++) {
      uint8_t items[20];
      for (int64_t p = 0; p <= i; p++) items[p] = item(split, i, p);
      FINE(lw_samples_add(&samples[split], items, i + 1, (int32_t)(i % 3)));
    }
  FINE(lw_dataset_write(path, world, &recipe, samples));
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&samples[split]);
}

/* The sign that the next token is asked for goes to the file and back; values have none. */
MPI_TEST_1234(target_goes_to_the_file_and_back)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_samples samples[LW_SPLITS] = {{0}};
  lw_dataset *dataset = NULL;
  lw_dataset_recipe recipe = recipe_of(&lw_input_tokens);
  const uint8_t items[5] = {0, 1, 2, 3, 0};
  begin(world, folder, path, "set.h5");
  FINE(lw_samples_add(&samples[LW_SPLIT_TRAIN], items, 5, 1));
  for (int target = 0; lw_targets[target]; target++) {
    recipe.target = lw_targets[target];
    FINE(lw_dataset_write(path, world, &recipe, samples));
    if (!recipe.target->of_version_1) {
      FAILS(lw_dataset_open(path, &dataset), LW_ERROR_FORMAT,
            recipe.target->pretext       ? "only a training"
            : recipe.target->values_only ? "of tokens"
                                         : "only files of version 2");
      continue;
    }
    FINE(lw_dataset_open(path, &dataset));
    const lw_dataset_info *info = lw_dataset_describe(dataset);
    int64_t answers;
    CHECK(info->target == recipe.target, "target %s", info->target->name);
    const bool next = recipe.target == &lw_target_next_token;
    CHECK(lw_dataset_outcomes(info) == (next ? 4 : 3), "outcomes");
    FINE(lw_dataset_answers(dataset, LW_SPLIT_TRAIN, (lw_seen_sample){.sample = 0}, &answers));
    CHECK(answers == (next ? 4 : 1), "of the whole");
    FINE(lw_dataset_answers(dataset, LW_SPLIT_TRAIN, (lw_seen_sample){.max_length = 3}, &answers));
    CHECK(answers == (next ? 2 : 1), "when cut");
    lw_dataset_close(&dataset);
  }
  recipe = recipe_of(&lw_input_values);
  recipe.target = &lw_target_next_token;
  FINE(lw_dataset_write(path, world, &recipe, samples));
  FAILS(lw_dataset_open(path, &dataset), LW_ERROR_FORMAT, "next token of values");
  lw_samples pairs[LW_SPLITS] = {{0}};
  FINE(lw_samples_add_pair(&pairs[LW_SPLIT_TRAIN], items, 2, 3, 1));
  recipe = recipe_of(&lw_input_tokens);
  recipe.target = &lw_target_next_token;
  recipe.documents = 2;
  FINE(lw_dataset_write(path, world, &recipe, pairs));
  FAILS(lw_dataset_open(path, &dataset), LW_ERROR_FORMAT, "next token of pairs");
  lw_samples_done(&pairs[LW_SPLIT_TRAIN]);
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&samples[split]);
  end(world, folder);
}

static void check_samples(const lw_dataset *dataset, const lw_input *input)
{
  int32_t tokens[20];
  float values[20];
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  for (int split = 0; split < 2; split++)
    for (int64_t i = 0; i < info->count[split]; i++) {
      lw_split s = (lw_split)split;
      CHECK(lw_dataset_length(dataset, s, i) == i + 1, "length of %lld", (long long)i);
      CHECK(lw_dataset_label(dataset, s, i) == i % 3, "label of %lld", (long long)i);
      int64_t first = i / 2, count = i + 1 - first;
      if (input->ids)
        FINE(lw_dataset_read_tokens(dataset, s, i, first, count, tokens));
      else
        FINE(lw_dataset_read_values(dataset, s, i, first, count, values));
      for (int64_t p = 0; p < count; p++) {
        int stored = item(split, i, first + p);
        if (input->ids)
          CHECK(tokens[p] == stored, "%d for %d", tokens[p], stored);
        else
          CHECK(values[p] == (float)stored * 0.5f - 1, "%g for %d", (double)values[p], stored);
      }
    }
}

static void round_trip(const lw_world *world, const lw_input *input, uint32_t checksum)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_dataset *dataset = NULL;
  begin(world, folder, path, "set.h5");
  write_set(world, path, input);
  FINE(lw_dataset_open(path, &dataset));
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  CHECK(info->input == input && info->classes == 3, "head");
  CHECK(info->count[0] == 20 && info->count[1] == 10 && info->count[2] == 0, "counts");
  CHECK(info->longest[0] == 20 && info->longest[2] == 0, "longest");
  CHECK(info->tokens[0] == 210 && info->tokens[1] == 55 && info->tokens[2] == 0, "tokens");
  CHECK(info->checksum == checksum, "checksum %08x", info->checksum);
  CHECK(!strcmp(info->task, "test"), "%s", info->task);
  CHECK(!strcmp(lw_dataset_class_name(dataset, 2), "perhaps"), "class name");
  CHECK(!strcmp(lw_dataset_origin(dataset), "made by a test"), "origin");
  CHECK(!strcmp(lw_dataset_settings(dataset), "test: {}\n"), "settings");
  const char *letter = lw_dataset_token_name(dataset, 3);
  CHECK(input->ids ? letter && !strcmp(letter, "d") : !letter, "token name");
  check_samples(dataset, input);
  FINE(lw_dataset_verify(dataset, world, LW_SPLITS));
  lw_dataset_close(&dataset);
  end(world, folder);
}

/* The checksums were computed by Python's zlib from the definition at the top of dataset.c. */
MPI_TEST_1234(tokens_come_back)
{
  round_trip(world, &lw_input_tokens, 0xc4ea8b28u);
}

MPI_TEST_1234(values_come_back)
{
  round_trip(world, &lw_input_values, 0x2c11a675u);
}

MPI_TEST_1234(pairs_come_back)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_samples samples[LW_SPLITS] = {{0}};
  lw_dataset_recipe recipe = recipe_of(&lw_input_tokens);
  lw_dataset *dataset = NULL;
  begin(world, folder, path, "set.h5");
  recipe.documents = 2;
  for (int64_t i = 0; i < 9; i++) {
    const uint8_t items[] = {0, 1, 2, 3, 3, 2, 1, 0, 0, 1};
    if (i % world->size == world->rank)
      FINE(lw_samples_add_pair(&samples[0], items, 1 + i, 9 - i, (int32_t)(i % 3)));
  }
  FINE(lw_dataset_write(path, world, &recipe, samples));
  FINE(lw_dataset_open(path, &dataset));
  CHECK(lw_dataset_describe(dataset)->documents == 2, "no pairs");
  int64_t sum = 0;
  for (int64_t i = 0; i < 9; i++) {
    const int64_t middle = lw_dataset_break(dataset, LW_SPLIT_TRAIN, i);
    CHECK((middle - 1) % 3 == lw_dataset_label(dataset, LW_SPLIT_TRAIN, i), "%lld",
          (long long)middle);
    sum += middle;
  }
  CHECK(sum == 45, "%lld", (long long)sum);
  FINE(lw_dataset_verify(dataset, world, LW_SPLITS));
  lw_dataset_close(&dataset);
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&samples[split]);
  end(world, folder);
}

/* Every rank brings its share; the file is the one that the root alone writes. */
MPI_TEST_1234(samples_of_all_ranks_stand_one_behind_another)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_samples samples[LW_SPLITS] = {{0}};
  lw_dataset_recipe recipe = recipe_of(&lw_input_tokens);
  lw_dataset *dataset = NULL;
  begin(world, folder, path, "set.h5");
  for (int split = 0; split < 2; split++)
    for (int64_t i = 0; i < 20 - 10 * split; i++) {
      /* the root has none of the validation samples when there are others to have them */
      const int owner = split && world->size > 1 ? 1 + (int)i * (world->size - 1) / 10
                                                 : (int)i * world->size / 20;
      uint8_t items[20];
      for (int64_t p = 0; p <= i; p++) items[p] = item(split, i, p);
      if (owner == world->rank)
        FINE(lw_samples_add(&samples[split], items, i + 1, (int32_t)(i % 3)));
    }
  FINE(lw_dataset_write(path, world, &recipe, samples));
  FINE(lw_dataset_open(path, &dataset));
  CHECK(lw_dataset_describe(dataset)->checksum == 0xc4ea8b28u, "checksum %08x",
        lw_dataset_describe(dataset)->checksum);
  check_samples(dataset, &lw_input_tokens);
  FINE(lw_dataset_verify(dataset, world, LW_SPLITS));
  lw_dataset_close(&dataset);
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&samples[split]);
  end(world, folder);
}

/* Replace the first place of `old` in the file; true when it was there. */
static bool patch(const char *path, const void *old, const void *new, size_t size)
{
  static char bytes[1 << 16];
  FILE *file = fopen(path, "r+b");
  size_t count = file ? fread(bytes, 1, sizeof bytes, file) : 0;
  bool found = false;
  for (size_t i = 0; i + size <= count && !found; i++)
    if (!memcmp(bytes + i, old, size)) {
      found = fseek(file, (long)i, SEEK_SET) == 0 && fwrite(new, 1, size, file) == size;
    }
  return file && fclose(file) == 0 && found;
}

MPI_TEST_1234(a_flipped_byte_is_found)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  const uint8_t old[] = {0, 1, 2, 3, 0, 1, 2, 3}, new[] = {0, 1, 2, 3, 0, 1, 2, 2};
  lw_dataset *dataset = NULL;
  begin(world, folder, path, "set.h5");
  write_set(world, path, &lw_input_tokens);
  if (!world->rank) CHECK(patch(path, old, new, sizeof old), "nothing to damage");
  MPI_Barrier(world->all);
  FINE(lw_dataset_open(path, &dataset));
  FAILS(lw_dataset_verify(dataset, world, LW_SPLITS), LW_ERROR_FORMAT, "tokens' is damaged");
  lw_dataset_close(&dataset);
  end(world, folder);
}

MPI_TEST(a_token_outside_the_vocabulary_is_refused, 1)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  const uint8_t old[] = {3, 0, 1, 2, 3, 0, 1, 2, 3}, new[] = {3, 0, 1, 4, 3, 0, 1, 2, 3};
  lw_dataset *dataset = NULL;
  int32_t tokens[20];
  begin(world, folder, path, "set.h5");
  write_set(world, path, &lw_input_tokens);
  CHECK(patch(path, old, new, sizeof old), "nothing to damage");
  FINE(lw_dataset_open(path, &dataset));
  int refused = 0;
  for (int64_t i = 0; i < 20; i++)
    refused += lw_dataset_read_tokens(dataset, LW_SPLIT_TRAIN, i, 0, i + 1, tokens) != LW_OK;
  CHECK(refused == 1, "%d refused", refused);
  CHECK(strstr(lw_fail_message(), "has token 4"), "%s", lw_fail_message());
  lw_dataset_close(&dataset);
  end(world, folder);
}

/* ---- foreign and damaged files: one rank writes them by hand ---- */

/* What a hand-made file has wrong; zero is right. */
typedef struct damage {
  const char *format;
  int64_t version, second_offset;
  int32_t label;
  int64_t classes, items;
  bool real_items, no_checksum;
  const char *says;
} damage;

static lw_status write_split(lw_h5_writer *writer, const char *split, const damage *wrong)
{
  char name[64];
  const struct {
    const char *part;
    lw_h5_type type;
    int64_t rows;
  } parts[] = {{"offsets", LW_H5_I64, 3},
               {"tokens", wrong->real_items ? LW_H5_F32 : LW_H5_U16, 4 + wrong->items},
               {"labels", LW_H5_I32, 2}};
  lw_status status = LW_OK;
  for (int i = 0; i < 3; i++) {
    snprintf(name, sizeof name, "/%s/%s", split, parts[i].part);
    LW_TRY(lw_h5_writer_array(writer, name, parts[i].type, 1, &parts[i].rows));
    if (!wrong->no_checksum) LW_TRY(lw_h5_writer_integer(writer, name, "crc32", 0));
  }
done:
  return status;
}

static lw_status put_split(lw_h5_writer *writer, const char *split, const damage *wrong)
{
  const int64_t offsets[] = {0, wrong->second_offset ? wrong->second_offset : 1, 4};
  const int32_t labels[] = {0, wrong->label};
  char name[64];
  lw_status status = LW_OK;
  snprintf(name, sizeof name, "/%s/offsets", split);
  LW_TRY(lw_h5_writer_put(writer, name, 0, 3, offsets));
  snprintf(name, sizeof name, "/%s/labels", split);
  LW_TRY(lw_h5_writer_put(writer, name, 0, 2, labels));
done:
  return status;
}

static lw_status write_by_hand(const lw_world *world, const char *path, const damage *wrong)
{
  static const char *const split[] = {"train", "validation", "test"};
  lw_h5_writer *writer = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_create(world, path, &writer));
  LW_TRY(
      lw_h5_writer_text(writer, "/", "format", wrong->format ? wrong->format : "longwave-dataset"));
  LW_TRY(lw_h5_writer_integer(writer, "/", "version", 1 + wrong->version));
  LW_TRY(lw_h5_writer_text(writer, "/", "task", "by hand"));
  LW_TRY(lw_h5_writer_text(writer, "/", "kind", "tokens"));
  LW_TRY(lw_h5_writer_integer(writer, "/", "vocabulary", 4));
  LW_TRY(lw_h5_writer_integer(writer, "/", "classes", 3 + wrong->classes));
  LW_TRY(lw_h5_writer_real(writer, "/", "scale", 1));
  LW_TRY(lw_h5_writer_real(writer, "/", "shift", 0));
  LW_TRY(lw_h5_writer_texts(writer, "/class_names", names, 3));
  LW_TRY(
      lw_h5_writer_integer(writer, "/class_names", "crc32", lw_crc32(0, "no\0yes\0perhaps", 15)));
  for (int i = 0; i < 3; i++) LW_TRY(write_split(writer, split[i], wrong));
  LW_TRY(lw_h5_writer_start(writer));
  for (int i = 0; i < 3; i++) LW_TRY(put_split(writer, split[i], wrong));
  LW_TRY(lw_h5_writer_finish(writer));
  LW_TRY(lw_h5_writer_publish(writer));
done:
  lw_h5_writer_destroy(&writer);
  return status;
}

MPI_TEST(wrong_data_sets_are_refused_in_words, 1)
{
  static const damage cases[] = {
      {.format = "other", .says = "is not a Longwave data set"},
      {.version = 2, .says = "format version 3"},
      {.second_offset = 5, .says = "does not ascend at 1"},
      {.second_offset = -1, .says = "does not ascend at 0"},
      {.label = 3, .says = "/labels has 3 at 1, outside 3 classes"},
      {.label = -1, .says = "/labels has -1 at 1"},
      {.classes = 1, .says = "'/class_names' must hold 4 texts"},
      {.classes = INT64_C(1) << 40, .says = "'classes'"},
      {.items = 1, .says = "has 5 items in 1 dimensions, not 4"},
      {.real_items = true, .says = "wrong type: it holds float32"},
      {.no_checksum = true, .says = "'crc32'"},
  };
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_dataset *dataset = NULL;
  begin(world, folder, path, "set.h5");
  FINE(write_by_hand(world, path, &(damage){0}));
  FINE(lw_dataset_open(path, &dataset));
  lw_dataset_close(&dataset);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    remove(path); /* another is not replaced */
    FINE(write_by_hand(world, path, &cases[i]));
    FAILS(lw_dataset_open(path, &dataset), LW_ERROR_FORMAT, cases[i].says);
    CHECK(strstr(lw_fail_message(), path), "no path in: %s", lw_fail_message());
    lw_dataset_close(&dataset);
  }
  end(world, folder);
}

MPI_TESTS_1234
