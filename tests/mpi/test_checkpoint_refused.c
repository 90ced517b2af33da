/* Checkpoints that cannot be taken, or not be written: damage is named, and what does not fit
   together is refused. */
#define _POSIX_C_SOURCE 200809L
#include "checkpoint_case.h"
#include "longwave/base/mem.h"
#include <unistd.h>

/* Put `to` in place of the first `from` in the file. */
static bool change_bytes(const char *path, const void *from, const void *to, size_t bytes)
{
  static char content[1 << 20];
  FILE *file = fopen(path, "r+b");
  if (!file) return false;
  size_t count = fread(content, 1, sizeof content, file), at = 0;
  while (at + bytes <= count && memcmp(content + at, from, bytes) != 0) at++;
  bool done = at + bytes <= count && !fseek(file, (long)at, SEEK_SET) &&
              fwrite(to, 1, bytes, file) == bytes;
  return !fclose(file) && done;
}

/* Changes the last byte of an array (kept: of the optimizer's state of that number, unless below 0);
   it is long enough to stand nowhere else. */
static void damage_array(const char *path, const state *s, const lw_params *params, int kept,
                         const char *name)
{
  int64_t i = 0;
  while (i < params->count && strcmp(params->table[i].name, name) != 0) i++;
  CHECK(i < params->count, "there is no %s", name);
  if (i == params->count) return;
  const size_t size = (size_t)params->table[i].count * sizeof(float);
  const float *data =
      kept < 0 ? lw_param_value(params, i) : lw_optimizer_state_of(&s->optimizer, i, kept);
  char *changed = NULL;
  FINE(LW_TAKE(&changed, (int64_t)size));
  memcpy(changed, data, size);
  changed[size - 1] ^= 0x10;
  CHECK(change_bytes(path, data, changed, size), "%s is not in the file", name);
  lw_mem_give(changed);
}

MPI_TEST(a_flipped_bit_is_refused_with_the_array_named, 1)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  state saved, loaded;
  begin(world, folder, path, "state.h5");
  state_init(&saved, world, plain, 1);
  state_init(&loaded, world, plain, 2);
  state_stir(&saved);
  lw_checkpoint_state from = parts(&saved), to = parts(&loaded);
  const lw_params *params = &saved.model->params;
  const struct {
    const lw_params *table;
    int kept;
    const char *name, *says;
  } places[] = {
      {params, -1, "embedding.weight", "/parameters/embedding.weight is"},
      {params, -1, "head.weight", "/parameters/head.weight is"},
      {&saved.model->statistics, -1, "head.norm.variance", "/statistics/head.norm.variance is"},
      {params, 0, "blocks.1.attention.qkv.weight",
       "/optimizer/first/blocks.1.attention.qkv.weight is"},
      {params, 1, "blocks.0.ffn.up.bias", "/optimizer/second/blocks.0.ffn.up.bias is"},
  };
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    FINE(lw_checkpoint_save(path, world, info_of(&saved), &from, &result));
    damage_array(path, &saved, places[i].table, places[i].kept, places[i].name);
    FAILS(lw_checkpoint_load(path, &to), LW_ERROR_FORMAT, places[i].says);
    CHECK(strstr(lw_fail_message(), path), "no path in: %s", lw_fail_message());
  }
  state_done(&saved);
  state_done(&loaded);
  end(world, folder);
}

MPI_TEST(a_truncated_file_is_refused, 1)
{
  static lw_checkpoint_info read;
  static const double shares[] = {0.0, 0.1, 0.5, 0.9, 0.999};
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  state saved;
  begin(world, folder, path, "state.h5");
  state_init(&saved, world, plain, 1);
  lw_checkpoint_state from = parts(&saved);
  for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
    FINE(lw_checkpoint_save(path, world, info_of(&saved), &from, &result));
    FILE *file = fopen(path, "r+b");
    CHECK(file && !fseek(file, 0, SEEK_END), "cannot open");
    long bytes = file ? ftell(file) : 0;
    if (file) fclose(file);
    CHECK(!truncate(path, (off_t)(shares[i] * (double)bytes)), "cannot truncate");
    FAILS(lw_checkpoint_read_info(path, &read), LW_ERROR_FORMAT, path);
    FAILS(lw_checkpoint_load(path, &from), LW_ERROR_FORMAT, path);
  }
  CHECK(!unlink(path), "cannot remove");
  FAILS(lw_checkpoint_read_info(path, &read), LW_ERROR_FILE, path);
  state_done(&saved);
  end(world, folder);
}

MPI_TEST(a_changed_attribute_is_refused, 1)
{
  static lw_checkpoint_info read;
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  state saved;
  begin(world, folder, path, "state.h5");
  state_init(&saved, world, plain, 1);
  lw_checkpoint_state from = parts(&saved);
  FINE(lw_checkpoint_save(path, world, info_of(&saved), &from, &result));
  FINE(lw_checkpoint_read_info(path, &read));
  CHECK(change_bytes(path, "window: 3", "window: 5", 9), "no such text");
  FAILS(lw_checkpoint_read_info(path, &read), LW_ERROR_FORMAT, path);
  state_done(&saved);
  end(world, folder);
}

/* A damaged or foreign file may name any size: no memory is taken that the file does not fill. */
MPI_TEST_1234(sizes_beyond_the_file_are_refused_before_memory_is_taken)
{
  static lw_checkpoint_info info;
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_world *own = NULL;
  lw_subject *subject = NULL;
  state saved;
  begin(world, folder, path, "state.h5");
  FINE(lw_world_create(world->all, &own));
  state_init(&saved, world, plain, 1);
  lw_checkpoint_state from = parts(&saved);
  info = *info_of(&saved);
  info.data.vocabulary = 1 << 30;
  FINE(lw_checkpoint_save(path, world, &info, &from, &result));
  FAILS(open_model(own, path, true, &subject), LW_ERROR_FORMAT,
        "numbers, but the job's model needs");
  CHECK(!subject && lw_mem_peak() < 1 << 28, "%lld bytes were taken", (long long)lw_mem_peak());
  lw_world_destroy(&own);
  state_done(&saved);
  end(world, folder);
}

/* Two things that no model is at once, in a file with checksums that agree. */
MPI_TEST_1234(pairs_that_ask_for_the_next_token_are_refused)
{
  static lw_checkpoint_info info, read;
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_model_data data = tiny_data(&lw_input_tokens, 1);
  state saved;
  data.objective = &lw_objective_pair_class;
  begin(world, folder, path, "state.h5");
  state_of_data(&saved, world, "model.norm=layer", &data, 1);
  lw_checkpoint_state from = parts(&saved);
  info = *info_of(&saved);
  FINE(lw_checkpoint_save(path, world, &info, &from, &result));
  FINE(lw_checkpoint_read_info(path, &read));
  CHECK(read.data.objective == &lw_objective_pair_class, "what the data are");
  info.data.objective = &lw_objective_next_token;
  FINE(lw_checkpoint_save(path, world, &info, &from, &result));
  FAILS(lw_checkpoint_read_info(path, &read), LW_ERROR_FORMAT, "cannot predict the next token");
  state_done(&saved);
  end(world, folder);
}

MPI_TEST(a_change_on_purpose_loads_unverified, 1)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_world *own = NULL;
  lw_subject *subject = NULL;
  state saved;
  begin(world, folder, path, "state.h5");
  FINE(lw_world_create(world->all, &own));
  state_init(&saved, world, plain, 1);
  lw_checkpoint_state from = parts(&saved);
  FINE(lw_checkpoint_save(path, world, info_of(&saved), &from, &result));
  float *first = lw_param_value(&saved.model->params, 0);
  float was[2] = {first[0], first[1]}, now[2] = {4.0f, -8.0f};
  CHECK(change_bytes(path, was, now, sizeof was), "no such numbers");
  FAILS(open_model(own, path, false, &subject), LW_ERROR_FORMAT, "checksum");
  FINE(open_model(own, path, true, &subject));
  CHECK(subject && lw_param_value(&subject->model->params, 0)[1] == -8.0f,
        "not what the file holds");
  lw_subject_close(&subject);
  lw_world_destroy(&own);
  state_done(&saved);
  end(world, folder);
}

MPI_TEST(a_checkpoint_of_another_model_is_refused, 1)
{
  static const struct {
    const char *settings, *says;
  } others[] = {
      {"model.norm=batch model.positions=learned model.ffn=9", "ffn.up.weight has 56 numbers"},
      {"model.norm=batch model.positions=learned model.ffn=7 model.layers=3", "blocks.2."},
      {"model.norm=batch model.positions=learned model.ffn=7 model.layers=1", "checksums"},
      {"model.norm=layer model.positions=learned model.ffn=7", "checksums"},
  };
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  state saved;
  begin(world, folder, path, "state.h5");
  state_init(&saved, world, plain, 1);
  lw_checkpoint_state from = parts(&saved);
  FINE(lw_checkpoint_save(path, world, info_of(&saved), &from, &result));
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    state other;
    state_init(&other, world, others[i].settings, 1);
    lw_checkpoint_state to = parts(&other);
    FAILS(lw_checkpoint_load(path, &to), LW_ERROR_FORMAT, others[i].says);
    state_done(&other);
  }
  state_done(&saved);
  end(world, folder);
}

/* A folder that is none: this also stops a superuser, whom no permission does. */
MPI_TEST_1234(where_nothing_can_be_written_all_ranks_fail_together)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  state saved;
  begin(world, folder, path, "state.h5");
  state_init(&saved, world, plain, 1);
  lw_checkpoint_state from = parts(&saved);
  FINE(lw_checkpoint_save(path, world, info_of(&saved), &from, &result));
  snprintf(path, sizeof path, "%s/state.h5/below.h5", folder);
  FAILS(lw_checkpoint_save(path, world, info_of(&saved), &from, &result), LW_ERROR_FILE,
        "below.h5");
  snprintf(path, sizeof path, "%s/none/state.h5", folder);
  FAILS(lw_checkpoint_save(path, world, info_of(&saved), &from, &result), LW_ERROR_FILE,
        "none/state.h5");
  state_done(&saved);
  end(world, folder);
}

MPI_TESTS_1234
