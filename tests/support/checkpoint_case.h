/** Checkpoints for tests: the state of a training that has run for a while, what is saved of it,
 *  and the model that a file makes. */
#ifndef TESTS_SUPPORT_CHECKPOINT_CASE_H
#define TESTS_SUPPORT_CHECKPOINT_CASE_H

#include "longwave/train/subject.h"
#include "mpi_folder.h"
#include "tiny_model.h"
#include <math.h>

static const char plain[] = "model.norm=batch model.positions=learned model.ffn=7";

static lw_checkpoint_saved result;

/** A model and its optimizer in the middle of a training. */
typedef struct state {
  lw_job job;
  lw_model *model;
  lw_optimizer optimizer;
} state;

static inline void state_of_data(state *s, const lw_world *world, const char *settings,
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

static inline void state_init(state *s, const lw_world *world, const char *settings, uint64_t seed)
{
  const lw_model_data data = tiny_data(&lw_input_tokens, 1);
  state_of_data(s, world, settings, &data, seed);
}

/** Numbers of a training that has run for a while, the same on any rank count; gaps between entries
   stay 0. */
static inline void state_stir(state *s)
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

static inline void state_done(state *s)
{
  lw_optimizer_done(&s->optimizer);
  lw_model_destroy(&s->model);
}

static inline lw_checkpoint_state parts(state *s)
{
  return (lw_checkpoint_state){.model = s->model, .optimizer = &s->optimizer};
}

static inline bool same(const state *a, const state *b)
{
  size_t bytes = (size_t)a->model->params.floats * sizeof(float);
  size_t statistics = (size_t)a->model->statistics.floats * sizeof(float);
  size_t states = (size_t)a->optimizer.count * sizeof(float);
  return !memcmp(a->model->params.value, b->model->params.value, bytes) &&
         !memcmp(a->model->statistics.value, b->model->statistics.value, statistics) &&
         !memcmp(a->optimizer.floats, b->optimizer.floats, states);
}

static inline lw_checkpoint_info *info_of(state *s)
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

/** The model of a checkpoint alone, without data. */
static inline lw_status open_model(lw_world *own, const char *path, bool unverified,
                                   lw_subject **out)
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

#endif
