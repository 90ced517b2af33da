/* Checkpoints: the same file from any rank count, the same bits back, and damage that is named. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/mem.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/subject.h"
#include "mpi_folder.h"
#include "tiny_model.h"
#include <math.h>
#include <stdio.h>
#include <unistd.h>

static const char plain[] = "model.norm=batch model.positions=learned model.ffn=7";

static lw_checkpoint_saved result;

/* A model and its optimizer in the middle of a training. */
typedef struct state {
  lw_job job;
  lw_model *model;
  lw_optimizer optimizer;
} state;

static void state_of_data(state *s, const lw_world *world, const char *settings,
                          const lw_model_data *data, uint64_t seed)
{
  *s = (state){0};
  FINE(tiny_job(settings, &s->job));
  lw_model_design design = lw_job_design(&s->job, data);
  design.seed = seed;
  FINE(lw_model_create(&design, &s->job.execution, world, &s->model));
  FINE(lw_optimizer_init(&s->optimizer, lw_optimizer_of(&s->job.optimizer), &s->model->params,
                         world));
}

static void state_init(state *s, const lw_world *world, const char *settings, uint64_t seed)
{
  const lw_model_data data = tiny_data(&lw_input_tokens, 1);
  state_of_data(s, world, settings, &data, seed);
}

/* Numbers of a training that has run for a while, the same on any rank count; gaps between entries
   stay 0. */
static void state_stir(state *s)
{
  const lw_params *params = &s->model->params;
  lw_rng rng = {.seed = 12, .stream = LW_RNG_TEST};
  tiny_stir(s->model, 0.3);
  for (int64_t i = 0; i < params->count; i++, rng.first++) {
    const lw_shard_part *part = &s->optimizer.shard.parts[i];
    uint64_t first = (uint64_t)(part->row * params->table[i].dims[1]);
    for (int64_t k = 0; k < part->count; k++) {
      lw_optimizer_state_of(&s->optimizer, i, 0)[k] =
          (float)lw_rng_normal(rng, first + (uint64_t)k);
      lw_optimizer_state_of(&s->optimizer, i, 1)[k] =
          (float)lw_rng_uniform(rng, first + (uint64_t)k);
    }
  }
}

static void state_done(state *s)
{
  lw_optimizer_done(&s->optimizer);
  lw_model_destroy(&s->model);
}

static lw_checkpoint_state parts(state *s)
{
  return (lw_checkpoint_state){.model = s->model, .optimizer = &s->optimizer};
}

static bool same(const state *a, const state *b)
{
  size_t bytes = (size_t)a->model->params.floats * sizeof(float);
  size_t statistics = (size_t)a->model->statistics.floats * sizeof(float);
  size_t states = (size_t)a->optimizer.count * sizeof(float);
  return !memcmp(a->model->params.value, b->model->params.value, bytes) &&
         !memcmp(a->model->statistics.value, b->model->statistics.value, statistics) &&
         !memcmp(a->optimizer.floats, b->optimizer.floats, states);
}

static lw_checkpoint_info *info_of(state *s)
{
  static lw_checkpoint_info info;
  info = (lw_checkpoint_info){.progress = {.step = 41,
                                           .cursor = INT64_C(3) << 40,
                                           .tokens = 12345678901,
                                           .seconds = 7.25,
                                           .best = {{INFINITY, 0.3}},
                                           .best_step = 40,
                                           .evaluations_worse = 2,
                                           .plateau_scale = 0.1,
                                           .plateau_worse = 1},
                              .epoch = 2.5,
                              .data = s->model->data,
                              .data_checksum = 0xfedcba98u,
                              .task = "a test"};
  lw_job_text(&s->job, info.job);
  return &info;
}

static void check_info(const lw_checkpoint_info *got, const lw_checkpoint_info *want)
{
  CHECK(!memcmp(&got->progress, &want->progress, sizeof got->progress), "progress");
  CHECK(got->epoch == want->epoch, "epoch %g", got->epoch);
  CHECK(got->data.input == want->data.input && got->data.vocabulary == want->data.vocabulary &&
            got->data.classes == want->data.classes &&
            got->data.most_positions == want->data.most_positions,
        "data");
  CHECK(got->data_checksum == want->data_checksum, "data checksum %08x", got->data_checksum);
  CHECK(!strcmp(got->task, want->task), "task %s", got->task);
  CHECK(!strcmp(got->job, want->job), "job %s", got->job);
}

MPI_TEST_1234(what_was_saved_comes_back_to_the_bit)
{
  static lw_checkpoint_info read;
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  state saved, loaded;
  begin(world, folder, path, "state.h5");
  state_init(&saved, world, plain, 1);
  state_init(&loaded, world, plain, 2);
  state_stir(&saved);
  lw_checkpoint_state from = parts(&saved), to = parts(&loaded);
  CHECK(!same(&saved, &loaded), "the seed makes no difference");
  FINE(lw_checkpoint_save(path, world, info_of(&saved), &from, &result));
  FINE(lw_checkpoint_read_info(path, &read));
  check_info(&read, info_of(&saved));
  FINE(lw_checkpoint_load(path, &to));
  CHECK(same(&saved, &loaded), "other numbers");
  state_done(&saved);
  state_done(&loaded);
  end(world, folder);
}

/* The same state held by all ranks together, with weights of `settings`, and by each alone: each
   file serves both. */
static void check_any_grid(lw_world *world, int sequence, const char *settings)
{
  static lw_checkpoint_info together, alone;
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM], own_path[PATH_ROOM];
  lw_world *self = NULL;
  state shared, own, loaded;
  FINE(lw_world_arrange(world, sequence));
  begin(world, folder, path, "state.h5");
  snprintf(own_path, sizeof own_path, "%s/alone-%d.h5", folder, world->rank);
  FINE(lw_world_create(MPI_COMM_SELF, &self));
  state_init(&shared, world, settings, 1);
  state_init(&own, self, plain, 1);
  state_stir(&shared);
  state_stir(&own);
  lw_checkpoint_state from = parts(&shared), from_own = parts(&own), to;
  FINE(lw_checkpoint_save(path, world, info_of(&shared), &from, &result));
  FINE(lw_checkpoint_save(own_path, self, info_of(&own), &from_own, &result));
  FINE(lw_checkpoint_read_info(path, &together));
  CHECK(result.checksum == together.checksum, "said %08x", result.checksum);
  FINE(lw_checkpoint_read_info(own_path, &alone));
  CHECK(together.checksum == alone.checksum, "%08x by %d ranks, %08x by one", together.checksum,
        world->size, alone.checksum);
  state_init(&loaded, self, plain, 2);
  to = parts(&loaded);
  FINE(lw_checkpoint_load(path, &to));
  CHECK(same(&own, &loaded), "other numbers from the file of %d ranks", world->size);
  state_done(&loaded);
  state_init(&loaded, world, settings, 2);
  to = parts(&loaded);
  FINE(lw_checkpoint_load(own_path, &to));
  CHECK(same(&shared, &loaded), "other numbers from the file of one rank");

  float *one = lw_optimizer_state_of(&shared.optimizer, 0, 1);
  if (!world->rank) one[0] = nextafterf(one[0], 2.0f);
  FINE(lw_checkpoint_save(path, world, info_of(&shared), &from, &result));
  FINE(lw_checkpoint_read_info(path, &together));
  CHECK(together.checksum != alone.checksum, "one bit more and still %08x", alone.checksum);
  state_done(&shared);
  state_done(&own);
  state_done(&loaded);
  lw_world_destroy(&self);
  end(world, folder);
}

static void check_any_ranks(const lw_world *world, const char *settings)
{
  lw_world *grid = NULL;
  FINE(lw_world_create(world->all, &grid));
  for (int sequence = 1; sequence <= world->size; sequence++)
    if (world->size % sequence == 0) check_any_grid(grid, sequence, settings);
  lw_world_destroy(&grid);
}

MPI_TEST_1234(a_state_is_the_same_on_any_ranks)
{
  check_any_ranks(world, plain);
}

MPI_TEST_1234(a_state_is_the_same_with_shared_weights)
{
  check_any_ranks(world, "model.norm=batch model.positions=learned model.ffn=7 "
                         "parallel.matmul=scalapack");
}

/* The model of a checkpoint alone, without data. */
static lw_status open_model(lw_world *own, const char *path, bool unverified, lw_subject **out)
{
  lw_subject *subject = NULL;
  const lw_subject_request request = {.checkpoint = path, .unverified = unverified};
  lw_status status = LW_OK;
  LW_TRY(lw_subject_open(own, &request, &subject));
  LW_TRY(lw_subject_load(subject, &(lw_subject_use){0}));
  *out = subject;
  subject = NULL;
done:
  lw_subject_close(&subject);
  return status;
}

MPI_TEST_1234(a_checkpoint_makes_its_own_model)
{
  static char text[LW_JOB_TEXT_MAX];
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_world *own = NULL;
  lw_subject *subject = NULL;
  state saved;
  begin(world, folder, path, "state.h5");
  FINE(lw_world_create(world->all, &own));
  state_init(&saved, world, plain, 1);
  state_stir(&saved);
  lw_checkpoint_state from = parts(&saved);
  FINE(lw_checkpoint_save(path, world, info_of(&saved), &from, &result));
  FINE(open_model(own, path, false, &subject));
  const lw_model *model = subject ? subject->model : NULL;
  size_t bytes = (size_t)saved.model->params.floats * sizeof(float);
  CHECK(model && model->params.floats == saved.model->params.floats, "another model");
  CHECK(model && !memcmp(model->params.value, saved.model->params.value, bytes), "other numbers");
  if (subject) lw_job_text(&subject->job, text);
  CHECK(!strcmp(text, info_of(&saved)->job), "another job:\n%.900s", text);
  lw_subject_close(&subject);
  lw_world_destroy(&own);
  state_done(&saved);
  end(world, folder);
}

/* ---- damage ---- */

/* Change one bit of the byte behind the place where `size` bytes of memory stand in the file. */
static bool flip(const char *path, const void *bytes, size_t size)
{
  static char whole[1 << 20];
  FILE *file = fopen(path, "r+b");
  size_t count = file ? fread(whole, 1, sizeof whole, file) : 0;
  size_t at = 0;
  while (at + size <= count && memcmp(whole + at, bytes, size) != 0) at++;
  bool found = at + size <= count;
  if (found) {
    char changed = (char)(whole[at + size - 1] ^ 0x10);
    found = !fseek(file, (long)(at + size) - 1, SEEK_SET) && fwrite(&changed, 1, 1, file) == 1;
  }
  return file && !fclose(file) && found;
}

/* The last bytes of an array (kept: of the optimizer's state of that number, unless below 0); long enough to stand nowhere else. */
static void damage_array(const char *path, const state *s, const lw_params *params, int kept,
                         const char *name)
{
  for (int64_t i = 0; i < params->count; i++)
    if (!strcmp(params->table[i].name, name)) {
      const size_t size = (size_t)params->table[i].count * sizeof(float);
      const float *data =
          kept < 0 ? lw_param_value(params, i) : lw_optimizer_state_of(&s->optimizer, i, kept);
      CHECK(flip(path, data, size), "%s is not in the file", name);
      return;
    }
  CHECK(false, "there is no %s", name);
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

/* Weights that the job shares are shared by the ranks at hand, and what does not fit is refused
   before any memory is taken. */
MPI_TEST_1234(a_model_is_computed_as_its_job_says_or_refused)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_world *own = NULL;
  lw_subject *subject = NULL;
  state saved;
  begin(world, folder, path, "state.h5");
  FINE(lw_world_create(world->all, &own));
  state_init(&saved, world, "parallel.matmul=scalapack model.width=32", 1);
  lw_checkpoint_state from = parts(&saved);
  FINE(lw_checkpoint_save(path, world, info_of(&saved), &from, &result));
  FINE(lw_subject_open(own, &(lw_subject_request){.checkpoint = path}, &subject));
  subject->execution.memory = 1;
  FAILS(lw_subject_load(subject, &(lw_subject_use){.sequence = world->size}), LW_ERROR_MEMORY,
        "but has 1.0 MiB");
  CHECK(!subject->model->params.value, "memory was taken");
  subject->execution.memory = 0;
  FINE(lw_subject_load(subject, &(lw_subject_use){.sequence = world->size}));
  const lw_params *params = &subject->model->params;
  CHECK(world->size == 1 || params->floats < 3 * params->numbers / 4,
        "%lld of %lld numbers on a rank", (long long)params->floats, (long long)params->numbers);
  lw_subject_close(&subject);
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
