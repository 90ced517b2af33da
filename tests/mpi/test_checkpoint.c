/* Checkpoints: the same file from any rank count, the same bits back, and the model that a file
   makes. What is refused: test_checkpoint_refused.c. */
#include "checkpoint_case.h"
#include "longwave/base/mem.h"

static void check_info(const lw_checkpoint_info *got, const lw_checkpoint_info *want)
{
  CHECK(!memcmp(&got->progress, &want->progress, sizeof got->progress), "progress");
  CHECK(got->epoch == want->epoch, "epoch %g", got->epoch);
  CHECK(got->data.input == want->data.input && got->data.vocabulary == want->data.vocabulary &&
            got->data.outputs == want->data.outputs &&
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

MPI_TESTS_1234
