#include "model_case.h"
#include "approx.h"
#include "longwave/train/loss.h"

enum { SMOOTHING_PERCENT = 10 };

const configuration configurations[CONFIGURATIONS] = {
    {KIND_TOKENS, 0, ""},
    {KIND_VALUES, 0, "model.positions=learned attention.locality=bias"},
    {KIND_TOKENS, 0, "model.positions=sinusoidal attention.locality=both model.heads=4"},
    {KIND_TOKENS, 0, "model.positions=rotary attention.causal=false model.pooling=last"},
    {KIND_VALUES, 0, "model.positions=rotary model.width=10 attention.window=5"},
    {KIND_TOKENS, 0, "model.norm_position=post model.positions=learned model.layers=3"},
    {KIND_TOKENS, 0, "model.pooling=max attention.causal=false attention.window=1"},
    {KIND_TOKENS, 0, "model.norm=batch attention.alignment=causal"},
    {KIND_VALUES, 0, "model.norm=batch model.norm_position=post model.pooling=max"},
    {KIND_TOKENS, 0, "model.dropout=0.3 model.positions=learned"},
    {KIND_TOKENS, 0, "model.dropout=0.3 model.norm=batch model.layers=3 attention.causal=false"},
    {KIND_TOKENS, 0, "model.heads=1 attention.bound=0.5 model.ffn=5"},
    {KIND_TOKENS, 0, "model.heads=3 model.width=9 attention.decay=linear attention.bound=0.4"},
    {KIND_TOKENS, 0, "attention.decay=list attention.alphas=[0.3,0.02] attention.locality=both"},
    {KIND_TOKENS, 0, "attention.chunk=4 attention.window=3 model.layers=1"},
    {KIND_VALUES, 0,
     "attention.chunk=5 attention.causal=false attention.alignment=causal "
     "model.norm_position=post model.dropout=0.3"},
    {KIND_TOKENS, 0,
     "model.heads=2 model.width=14 model.layers=4 model.pooling=last "
     "model.norm_position=post attention.locality=bias"},
    {KIND_TOKENS, 0, "attention.engine=scalapack attention.panel=1 attention.window=5"},
    {KIND_VALUES, 0, "attention.engine=scalapack attention.chunk=4 attention.causal=false"},
    {KIND_VALUES, 9, "model.positions=learned attention.locality=bias model.layers=1"},
    {KIND_TOKENS, 9, "model.positions=rotary attention.causal=false model.layers=1"},
    {KIND_NEXT, 0, "model.positions=rotary attention.alignment=causal"},
    {KIND_NEXT, 9, "attention.window=1 attention.locality=bias model.layers=1"},
    {KIND_NEXT, 0,
     "model.norm_position=post model.dropout=0.3 attention.chunk=4 "
     "attention.alignment=causal"},
    {KIND_TOKENS, 0, "model.pair_head=s4 model.positions=learned"},
    {KIND_TOKENS, 0, "model.pair_head=nystrom model.dropout=0.3 model.norm_position=post"},
    {KIND_TOKENS, 0, "model.pair_head=lra model.norm=batch model.ffn=7 model.pooling=last"},
    {KIND_VALUES, 0, "model.pair_head=lra-nli attention.chunk=4 attention.causal=false"},
    {KIND_VALUES, 0, "model.pair_head=s4 model.pooling=max model.layers=1"},
    {KIND_CHANNELS, 0, "model.positions=learned attention.causal=false"},
    {KIND_CHANNELS, 9, "model.positions=rotary model.layers=1 model.dropout=0.3"},
    {KIND_TOKENS, 0,
     "model.positions=learned,rotary model.rotary_share=0.5 model.width=12 model.start=mimetic "
     "model.pooling=attention model.dropout=0.3"},
    {KIND_VALUES, 0,
     "model.positions=sinusoidal,rotary attention.layer_spread=30 attention.bound=0.5 "
     "model.layers=3 model.pooling=cls attention.causal=false"},
    {KIND_NEXT, 9, "attention.layer_spread=0.1 attention.engine=scalapack"},
    {KIND_VALUES, 0, "model.pooling=attention model.pair_head=s4 model.norm_position=post"},
    {KIND_NEXT, 0, "model.moving_average=2 model.positions=rotary model.dropout=0.3"},
    {KIND_TOKENS, 9,
     "model.moving_average=3 attention.causal=false model.layers=1 model.convolution=attention"},
    {KIND_VALUES, 0,
     "model.moving_average=1 attention.chunk=5 model.norm_position=post attention.causal=false"},
};

static int64_t stretch_of(const configuration *c)
{
  return c->stretch ? c->stretch : 1;
}

bool asks_next(const configuration *c)
{
  return c->kind == KIND_NEXT;
}

bool has_pairs(const configuration *c)
{
  return strstr(c->settings, "pair_head") != NULL;
}

int64_t answers_of(const configuration *c)
{
  int64_t rows = 0;
  for (int64_t b = 0; b < TINY_SAMPLES; b++) rows += tiny_length(b, stretch_of(c));
  return asks_next(c) ? rows : TINY_SAMPLES;
}

lw_model *model_with(const configuration *c, const lw_world *world, lw_matmul_kind matmul)
{
  static lw_job job;
  lw_model *model = NULL;
  lw_model_data data =
      asks_next(c)
          ? tiny_next(stretch_of(c))
          : tiny_data(c->kind == KIND_TOKENS ? &lw_input_tokens : &lw_input_values, stretch_of(c));
  if (c->kind == KIND_CHANNELS) data.inputs = TINY_INPUTS;
  if (has_pairs(c)) data.objective = &lw_objective_pair_class;
  FINE(tiny_job(c->settings, &job));
  lw_model_design design = lw_job_design(&job, &data);
  design.seed = 7;
  FINE(lw_model_create(&design, &(lw_execution){.matmul = (lw_matmul_kind)matmul}, world, &model));
  if (model) tiny_stir(model, 0.2);
  return model;
}

lw_model *model_of(const configuration *c, const lw_world *world)
{
  return model_with(c, world, LW_MATMUL_LOCAL);
}

lw_batch batch_of(const configuration *c, const lw_model *model, const int *owner, int taken)
{
  lw_batch batch;
  lw_packing_rule rule = lw_model_rule(model);
  rule.ranks = model->world->sequence->size;
  rule.rank = model->world->sequence->rank;
  FINE(tiny_batch(has_pairs(c), stretch_of(c), owner, taken, &rule, &batch));
  if (asks_next(c)) FINE(tiny_ask_next(stretch_of(c), &batch));
  if (c->kind == KIND_CHANNELS) FINE(tiny_take_channels(&batch));
  return batch;
}

double loss_of(lw_model *model, const lw_batch *batch, lw_mode mode, bool gradient)
{
  lw_sums sums = {{0.0}};
  FINE(lw_model_forward(model, batch, mode, MODEL_CASE_STEP));
  lw_loss_add(&model->data, &(lw_cost){.smoothing = SMOOTHING_PERCENT / 100.0}, model->logits,
              batch, model->dlogits, &sums);
  if (gradient) FINE(lw_model_backward(model, model->dlogits));
  return sums.sum[0] / (double)batch->global_answers;
}

double flat_error(const lw_params *got, const lw_params *want, bool gradient)
{
  return approx_error_floats(gradient ? got->gradient : got->value,
                             gradient ? want->gradient : want->value, got->floats);
}
