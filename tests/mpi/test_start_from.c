/* Start values from a model of another training. */
#include "longwave/comm/agree.h"
#include "longwave/study/export.h"
#include "longwave/train/start_from.h"
#include "pretrain_case.h"

static const lw_param *find(const lw_params *params, const char *name)
{
  for (int64_t i = 0; i < params->count; i++)
    if (!strcmp(params->table[i].name, name)) return &params->table[i];
  return NULL;
}

/* Arrays of the blocks that are the same in both. */
static bool same(const lw_trainer *a, const lw_trainer *b, const char *name)
{
  const lw_params *x = &a->model->params, *y = &b->model->params;
  const lw_param *one = find(x, name), *other = find(y, name);
  return one && other && one->count == other->count &&
         !memcmp(x->value + one->first, y->value + other->first,
                 (size_t)one->count * sizeof(float));
}

static void expect_start(lw_trainer *from, lw_trainer *to, const char *told)
{
  CHECK(same(from, to, "blocks.1.attention.qkv.weight"), "blocks");
  CHECK(same(from, to, "embedding.weight") && same(from, to, "head.norm.gain"), "ends");
  CHECK(!same(from, to, "head.weight"), "the readout of another question");
  CHECK(strstr(told, "not taken: head.weight (it answers another question, masked tokens)"), "%s",
        told);
  CHECK(strstr(told, "only in the file: embedding.mask"), "%s", told);
  CHECK(strstr(told, "other there: objective.pretrain: \"masked\" in the checkpoint, \"none\""),
        "%s", told);
}

/* Of a longer model's positions the first ones are taken. */
static void expect_positions(const lw_trainer *from, const lw_trainer *to, const char *told)
{
  const lw_params *x = &from->model->params, *y = &to->model->params;
  const lw_param *one = find(x, "embedding.position"), *other = find(y, "embedding.position");
  CHECK(one->count > other->count, "the pretraining has more positions");
  CHECK(
      !memcmp(x->value + one->first, y->value + other->first, (size_t)other->count * sizeof(float)),
      "positions");
  CHECK(strstr(told, "taken in part: embedding.position (20 of 20 rows)"), "%s", told);
}

MPI_TEST_1234(start_values_come_from_another_training)
{
  static lw_checkpoint_saved saved;
  static char told[LW_START_TEXT];
  const asking answers = {TOKENS, "model.positions=learned"};
  const asking masked = {TOKENS, "objective.pretrain=masked model.positions=learned"};
  char path[PATH_ROOM];
  lw_step_result result = {0};
  place p;
  enter(world, &p);
  snprintf(path, sizeof path, "%s/state.h5", p.folder);
  lw_trainer *from = trainer_of(p.grid, &p, &masked, "");
  FINE(lw_step(from, (lw_step_wishes){0}, &result));
  FINE(lw_trainer_save(from, path, &saved));
  lw_trainer *to = trainer_of(p.grid, &p, &answers, "data.max_length=20");
  FINE(lw_start_from(to, path, told));
  expect_start(from, to, told);
  expect_positions(from, to, told);
  lw_trainer_destroy(&to);
  to = trainer_of(p.grid, &p, &answers, "model.width=4");
  FAILS(lw_start_from(to, path, told), LW_ERROR_INPUT, "start from a model with the same");
  FAILS(lw_start_from(to, p.data[TOKENS], told), LW_ERROR_FOREIGN, "is not a Longwave checkpoint");
  FAILS(lw_start_from(to, "nowhere.h5", told), LW_ERROR_FILE, "train.start_from: cannot open");
  lw_trainer_destroy(&to);
  lw_trainer_destroy(&from);
  leave(world, &p);
}

/* Each rank takes what it holds, whichever kind of file it comes from. */
static void expect_equal_start(const place *p, const char *settings)
{
  static lw_checkpoint_saved saved;
  static char told[LW_START_TEXT];
  const asking answers = {TOKENS, settings};
  char state[PATH_ROOM], weights[PATH_ROOM];
  snprintf(state, sizeof state, "%s/state.h5", p->folder);
  snprintf(weights, sizeof weights, "%s/weights.safetensors", p->folder);
  lw_trainer *from = trainer_of(p->grid, p, &answers, "");
  lw_trainer *one = trainer_of(p->grid, p, &answers, "train.seed=2");
  lw_trainer *other = trainer_of(p->grid, p, &answers, "train.seed=3");
  FINE(lw_trainer_save(from, state, &saved));
  FINE(lw_agree(p->grid, p->grid->rank == 0 ? lw_export_weights(state, weights, NULL) : LW_OK));
  FINE(lw_start_from(one, state, told));
  FINE(lw_start_from(other, weights, told));
  const lw_params *x = &one->model->params, *y = &other->model->params;
  for (int64_t i = 0; i < x->count; i++)
    CHECK(same(one, other, x->table[i].name), "%s: %s", settings, x->table[i].name);
  CHECK(x->count == y->count && same(from, other, "head.weight"), "%s: %s", settings, told);
  lw_trainer_destroy(&other);
  lw_trainer_destroy(&one);
  lw_trainer_destroy(&from);
}

MPI_TEST_1234(weights_of_safetensors_start_as_their_checkpoint)
{
  place p;
  enter(world, &p);
  expect_equal_start(&p, "model.positions=learned");
  expect_equal_start(&p, "parallel.matmul=scalapack model.norm=batch");
  leave(world, &p);
}

MPI_TESTS_1234
