/** Small models, and batches for them, for tests: options as text, samples by rule. */
#ifndef TESTS_SUPPORT_TINY_MODEL_H
#define TESTS_SUPPORT_TINY_MODEL_H

#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/train/job.h"
#include <stdio.h>
#include <string.h>

enum {
  TINY_SAMPLES = 7,
  TINY_CLASSES = 3,
  TINY_VOCABULARY = 5,
  TINY_INPUTS = 3,
  TINY_TEXT_MAX = 512
};

/** The defaults with `settings`: "model.heads=2 attention.window=5", no blanks inside of one, at
 *  most TINY_TEXT_MAX of them with their end. */
static inline lw_status tiny_job(const char *settings, lw_job *job)
{
  char text[TINY_TEXT_MAX + 80];
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_status status = LW_OK;
  memset(job, 0, sizeof *job);
  lw_job_sections(job, sections);
  lw_option_defaults(sections, LW_JOB_SECTIONS);
  snprintf(text, sizeof text,
           "data.path=x.h5 train.steps=1 model.layers=2 model.width=8 "
           "model.heads=2 %s",
           settings);
  for (char *next = text, *word; *next;) {
    word = next;
    next += strcspn(next, " ");
    if (*next) *next++ = '\0';
    if (*word) LW_TRY(lw_option_set(sections, LW_JOB_SECTIONS, word));
  }
done:
  return status;
}

/** Tokens of sample b; `stretch` times the least lengths. */
static inline int64_t tiny_length(int64_t b, int64_t stretch)
{
  static const int64_t lengths[TINY_SAMPLES] = {6, 1, 11, 3, 8, 2, 5};
  return lengths[b] == 1 ? 1 : lengths[b] * stretch;
}

static inline lw_model_data tiny_data(const lw_input *input, int64_t stretch)
{
  return (lw_model_data){.input = input,
                         .objective = &lw_objective_class,
                         .vocabulary = input->ids ? TINY_VOCABULARY : 0,
                         .inputs = 1,
                         .outputs = TINY_CLASSES,
                         .most_positions = 11 * stretch};
}

/** The same to predict the next token. */
static inline lw_model_data tiny_next(int64_t stretch)
{
  lw_model_data data = tiny_data(&lw_input_tokens, stretch);
  data.objective = &lw_objective_next_token;
  data.outputs = TINY_VOCABULARY;
  return data;
}

/** Token t of document b. */
static inline int32_t tiny_token(int64_t b, int64_t t)
{
  lw_rng rng = {.seed = 5, .stream = LW_RNG_TEST, .first = (uint32_t)b};
  return (int32_t)lw_rng_below(rng, (uint64_t)t, TINY_VOCABULARY);
}

/** The rows that this rank of a sequence axis has of the samples b with owner[b] == taken (all of
 *  them when owner is NULL), as tokens and as values. pairs: each has a second document, as long as
 *  sample b + 3. To be ended by lw_batch_done. */
static inline lw_status tiny_batch(bool pairs, int64_t stretch, const int *owner, int taken,
                                   const lw_packing_rule *rule, lw_batch *batch)
{
  int64_t length[2 * TINY_SAMPLES], documents = 0;
  lw_status status = LW_OK;
  *batch = (lw_batch){.documents = pairs ? 2 : 1,
                      .inputs = 1,
                      .global_answers = TINY_SAMPLES,
                      .counted = rule->rank == 0};
  LW_TRY(LW_TAKE(&batch->sample, TINY_SAMPLES));
  LW_TRY(LW_TAKE(&batch->index, TINY_SAMPLES));
  LW_TRY(LW_TAKE(&batch->label, TINY_SAMPLES));
  for (int64_t b = 0; b < TINY_SAMPLES; b++) {
    if (owner && owner[b] != taken) continue;
    length[documents++] = tiny_length(b, stretch);
    if (pairs) length[documents++] = tiny_length((b + 3) % TINY_SAMPLES, stretch);
    batch->sample[batch->samples] = batch->index[batch->samples] = b;
    batch->label[batch->samples++] = (int32_t)(b % TINY_CLASSES);
  }
  LW_TRY(lw_packing_make(&batch->packing, rule, length, documents));
  batch->answers = batch->samples;
  batch->rows = batch->packing.rows;
  LW_TRY(LW_TAKE(&batch->tokens, batch->rows));
  LW_TRY(LW_TAKE(&batch->values, batch->rows));
  for (int64_t s = 0; s < batch->packing.stretch_count; s++) {
    const lw_stretch part = batch->packing.stretches[s];
    const int64_t place = lw_batch_document_place(batch, part.sample);
    lw_rng rng = {.seed = 5, .stream = LW_RNG_TEST, .first = (uint32_t)place};
    for (int64_t t = 0; t < part.tokens; t++) {
      batch->tokens[part.row + t] = tiny_token(place, part.position + t);
      batch->values[part.row + t] = (float)lw_rng_normal(rng, (uint64_t)(part.position + t));
    }
  }
done:
  return status;
}

/** The batch with values of several inputs, those of a row beside each other. */
static inline lw_status tiny_take_channels(lw_batch *batch)
{
  lw_mem_give(batch->values);
  batch->inputs = TINY_INPUTS;
  lw_status status = LW_TAKE(&batch->values, batch->rows * TINY_INPUTS);
  for (int64_t s = 0; status == LW_OK && s < batch->packing.stretch_count; s++) {
    const lw_stretch part = batch->packing.stretches[s];
    const lw_rng rng = {.seed = 6,
                        .stream = LW_RNG_TEST,
                        .first = (uint32_t)lw_batch_document_place(batch, part.sample)};
    for (int64_t n = 0; n < part.tokens * TINY_INPUTS; n++)
      batch->values[part.row * TINY_INPUTS + n] =
          (float)lw_rng_normal(rng, (uint64_t)(part.position * TINY_INPUTS + n));
  }
  return status;
}

/** Ask the batch for the next token instead: of the whole, whatever this rank has of it. */
static inline lw_status tiny_ask_next(int64_t stretch, lw_batch *batch)
{
  const lw_packing *packing = &batch->packing;
  lw_status status = LW_OK;
  lw_mem_give(batch->label);
  batch->label = NULL;
  LW_TRY(LW_TAKE(&batch->label, batch->rows));
  for (int64_t s = 0; s < packing->stretch_count; s++) {
    const lw_stretch part = packing->stretches[s];
    for (int64_t t = part.position; t < part.position + part.tokens; t++)
      batch->label[part.row + t - part.position] =
          t + 1 < packing->length[part.sample] ? tiny_token(batch->sample[part.sample], t + 1) : -1;
  }
  batch->answers = batch->rows;
  batch->counted = true;
  batch->global_answers = 0;
  for (int64_t b = 0; b < TINY_SAMPLES; b++) batch->global_answers += tiny_length(b, stretch) - 1;
done:
  return status;
}

/** Move all parameters and statistics off their start values, which are 0 and 1 for many; by
 *  element, whoever holds it. */
static inline void tiny_stir(lw_model *model, double size)
{
  lw_params *params = &model->params, *statistics = &model->statistics;
  lw_rng rng = {.seed = 6, .stream = LW_RNG_TEST};
  for (int64_t i = 0; i < params->count; i++, rng.first++) {
    const lw_param *param = &params->table[i];
    const int64_t first = param->held.row * param->dims[1];
    for (int64_t k = 0; k < param->count; k++)
      lw_param_value(params, i)[k] += (float)(size * lw_rng_normal(rng, (uint64_t)(first + k)));
  }
  rng.second = 1;
  for (int64_t i = 0; i < statistics->count; i++, rng.first++)
    for (int64_t k = 0; k < statistics->table[i].count; k++)
      lw_param_value(statistics, i)[k] += (float)(size * lw_rng_uniform(rng, (uint64_t)k));
}

#endif
