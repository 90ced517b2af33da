#include "longwave/model/embedding.h"
#include "longwave/data/input.h"
#include "longwave/op/embed.h"
#include <assert.h>
#include <math.h>

static const float *value_of(const lw_pass *pass, int64_t param)
{
  return lw_param_value(pass->params, param);
}

static float *gradient_of(const lw_pass *pass, int64_t param)
{
  return lw_param_gradient(pass->params, param);
}

/* ---- tokens: embedding.weight [V, C] ---- */

static lw_status tokens_init(lw_embedding *embedding, const lw_embedding_shape *shape,
                             lw_params *params)
{
  const lw_param_shape table = {
      LW_PARAM_EMBEDDING, {shape->vocabulary, shape->C}, LW_START_NORMAL, 1.0, false};
  return lw_params_add(params, table, &embedding->weight, "embedding.weight");
}

static void tokens_forward(const lw_embedding *embedding, const lw_pass *pass, float *x)
{
  lw_embed_tokens(pass->batch->tokens, value_of(pass, embedding->weight), pass->batch->rows,
                  embedding->C, x);
}

static void tokens_backward(const lw_embedding *embedding, const lw_pass *pass, const float *dx)
{
  lw_embed_tokens_backward(dx, pass->batch->tokens, pass->batch->rows, embedding->C,
                           gradient_of(pass, embedding->weight));
}

static void tokens_backward_input(const lw_embedding *embedding, const lw_pass *pass,
                                  const float *dx, float *gradient)
{
  lw_embed_tokens_product(dx, pass->batch->tokens, value_of(pass, embedding->weight),
                          pass->batch->rows, embedding->C, gradient);
}

/* ---- values: embedding.weight [C, inputs], embedding.bias [C]; of one input a vector ---- */

static bool several(const lw_embedding *embedding)
{
  return embedding->projection.in > 1;
}

/* Deviations of uniform numbers in [-1, 1] / sqrt(inputs), as linear layers have them. */
static lw_status values_init(lw_embedding *embedding, const lw_embedding_shape *shape,
                             lw_params *params)
{
  const double deviation = 0.5773502691896258 / sqrt((double)shape->inputs);
  const lw_param_shape vector = {LW_PARAM_VECTOR, {shape->C, 1}, LW_START_NORMAL, deviation, false};
  lw_param_shape weight = vector;
  if (shape->inputs > 1) {
    weight.kind = LW_PARAM_EMBEDDING;
    weight.dims[1] = shape->inputs;
  }
  lw_status status = lw_params_add(params, weight, &embedding->weight, "embedding.weight");
  if (status != LW_OK) return status;
  status = lw_params_add(params, vector, &embedding->bias, "embedding.bias");
  embedding->projection = (lw_projection){
      .in = shape->inputs, .out = shape->C, .weight = embedding->weight, .bias = embedding->bias};
  return status;
}

static void values_forward(const lw_embedding *embedding, const lw_pass *pass, float *x)
{
  const lw_batch *batch = pass->batch;
  if (several(embedding))
    lw_projection_forward(&embedding->projection, pass->params, batch->values, batch->rows, x);
  else
    lw_embed_values(batch->values, value_of(pass, embedding->weight),
                    value_of(pass, embedding->bias), batch->rows, embedding->C, x);
}

static void values_backward(const lw_embedding *embedding, const lw_pass *pass, const float *dx)
{
  const lw_batch *batch = pass->batch;
  if (several(embedding))
    lw_projection_backward(&embedding->projection, pass->params, dx, batch->values, batch->rows,
                           NULL);
  else
    lw_embed_values_backward(dx, batch->values, batch->rows, embedding->C,
                             gradient_of(pass, embedding->weight),
                             gradient_of(pass, embedding->bias));
}

static void values_backward_input(const lw_embedding *embedding, const lw_pass *pass,
                                  const float *dx, float *gradient)
{
  lw_projection_backward_input(&embedding->projection, pass->params, dx, pass->batch->rows,
                               gradient);
}

/* ---- all ---- */

static const lw_item_embedding rows[] = {
    {&lw_input_tokens, tokens_init, tokens_forward, tokens_backward, tokens_backward_input},
    {&lw_input_values, values_init, values_forward, values_backward, values_backward_input},
};

const lw_item_embedding *lw_item_embedding_find(const lw_input *input)
{
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].input == input) return &rows[i];
  assert(0 && "an input without a row");
  return rows;
}
