/* Start values from a model of another training. */
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

MPI_TESTS_1234
