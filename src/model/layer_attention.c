/* Attention: y = out(attention(rotate(qkv(x)))), rotary positions where the model has them. All
   blocks share one lw_attention with its work memory (attention_shared.h). Parameters: qkv.weight
   [3C, C], qkv.bias [3C], out.weight [C, C], out.bias [C], those of the clock (model/clock.h), of
   the norm of queries and keys (model/qk_norm.h), of the bias per distance
   (model/relative_bias.h); of convolutions on x and on what attention gives convolution.weight,
   attended_convolution.weight [C, K]; of the gate gate.weight [C, C], gate.bias [C]; of moving
   averages those of layer_average.c. */
#include "longwave/model/layer_attention.h"
#include "attention_shared.h"
#include "longwave/attention/volume.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/model/clock.h"
#include "longwave/model/inner.h"
#include "longwave/model/model.h"
#include "longwave/model/qk_norm.h"
#include "longwave/model/qkv.h"
#include "longwave/model/relative_bias.h"
#include "longwave/op/add.h"

typedef struct layer_attention {
  int64_t C;
  lw_qkv qkv;
  lw_projection out;
  lw_attention *attention;       /* borrowed */
  lw_running *running;           /* borrowed */
  const lw_embedding *embedding; /* borrowed */
  lw_block_clock clock;
  lw_qk_norm norm;
  lw_inner on_input, on_attended; /* convolutions on x and on what attention gives */
  lw_attention_reach *reach;      /* [heads] of this block, in the last forward */
  lw_inner gate;                  /* on what that gives */
  lw_relative_bias bias;
} layer_attention;

/* kept: [rows, 3C] rotated; [rows, C] smoothed values, and what attention gives; [H, rows]; of
   clocks [H, rows] doubles and [rows, H]; queries and keys before their norm; of convolutions,
   the gate and moving averages (model/inner.h) */
enum { QKV, SMOOTH, ATTENDED, LSE, READING, GATE, BEFORE_NORM, ON_INPUT, ON_ATTENDED, GATED };
enum { AVERAGED = GATED + 1 };
/* scratch: [rows, C], [rows, C], [rows, 3C]; of clocks [2, H, rows], [H, rows] doubles,
   [rows, H]; of convolutions and the gate, [rows, C] what the input gets by way of that; of the
   bias per distance; of moving averages */
enum { DATTENDED, DSMOOTH, DQKV, DREADING, DSTEP, DGATE, DON_INPUT, DON_ATTENDED, DGATED };
enum { DBESIDE = DGATED + 1, DBIAS, DAVERAGED };

/* The layers inside of this one. */
static lw_status create_inner(const lw_layer_site *site, layer_attention *self)
{
  const lw_choices places = site->options->convolution;
  lw_status status = LW_OK;
  if (lw_choices_have(places, LW_PLACE_ATTENTION))
    LW_TRY(lw_inner_create(site, &lw_layer_convolution, "convolution", self->C, &self->on_input));
  if (lw_choices_have(places, LW_PLACE_ATTENDED))
    LW_TRY(lw_inner_create(site, &lw_layer_convolution, "attended_convolution", self->C,
                           &self->on_attended));
  if (site->options->attention_gate)
    LW_TRY(lw_inner_create(site, &lw_layer_output_gate, "gate", self->C, &self->gate));
done:
  return status;
}

static lw_status create(const lw_layer_site *site, void **layer)
{
  const int64_t C = site->options->width;
  lw_attention_shared *all = site->shared;
  layer_attention *self = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&self, 1));
  *self = (layer_attention){
      .C = C, .attention = all->attention, .running = &all->running, .embedding = site->embedding};
  *layer = self;
  LW_TRY(LW_TAKE(&self->reach, site->options->heads));
  LW_TRY(lw_qkv_create(site, &self->qkv));
  LW_TRY(lw_layer_projection(site, "out", C, C, site->last_gain, &self->out));
  LW_TRY(lw_clock_create(site, all->attention, all->start + site->block * site->options->heads,
                         &self->clock));
  LW_TRY(lw_qk_norm_create(site, &self->norm));
  LW_TRY(create_inner(site, self));
  LW_TRY(lw_relative_bias_create(site, self->attention, &self->bias));
done:
  return status;
}

static void destroy(void **layer)
{
  layer_attention *self = *layer;
  lw_qkv_done(&self->qkv);
  lw_inner_done(&self->on_input);
  lw_inner_done(&self->on_attended);
  lw_mem_give(self->reach);
  lw_inner_done(&self->gate);
  lw_mem_give(self);
  *layer = NULL;
}

/* Floats of a double. */
enum { DOUBLE = sizeof(double) / sizeof(float) };

static bool is_gated(const layer_attention *self)
{
  return self->clock.row && self->clock.row->gated;
}

/* Whether the clock is trained. */
static bool is_trained(const layer_attention *self)
{
  return self->clock.row && self->clock.row->backward;
}

static void keep(const void *layer, int64_t rows, lw_carver *carver, float *kept[LW_LAYER_ARRAYS])
{
  const layer_attention *self = layer;
  kept[QKV] = lw_carve_rows(carver, rows, 3 * self->C);
  kept[SMOOTH] = lw_carve_rows(carver, rows, self->C);
  kept[ATTENDED] = lw_carve_rows(carver, rows, self->C);
  const int64_t H = self->attention->heads;
  kept[LSE] = lw_carve(carver, rows * H);
  const bool reads = lw_clock_reads(&self->attention->options);
  kept[READING] = reads ? lw_carve(carver, DOUBLE * rows * H) : NULL;
  kept[GATE] = is_gated(self) ? lw_carve_rows(carver, rows, H) : NULL;
  kept[BEFORE_NORM] = lw_qk_norm_carve(&self->norm, rows, carver);
  kept[ON_INPUT] = lw_inner_keep(&self->on_input, rows, carver);
  kept[ON_ATTENDED] = lw_inner_keep(&self->on_attended, rows, carver);
  kept[GATED] = lw_inner_keep(&self->gate, rows, carver);
  kept[AVERAGED] = lw_inner_keep(&self->qkv.average, rows, carver);
}

static void scratch(const void *layer, int64_t rows, lw_carver *carver,
                    float *arrays[LW_LAYER_ARRAYS])
{
  const layer_attention *self = layer;
  arrays[DATTENDED] = lw_carve_rows(carver, rows, self->C);
  arrays[DSMOOTH] = lw_carve_rows(carver, rows, self->C);
  arrays[DQKV] = lw_carve_rows(carver, rows, 3 * self->C);
  const int64_t H = self->attention->heads;
  if (is_trained(self)) arrays[DREADING] = lw_carve(carver, LW_FUSED_KINDS * rows * H);
  if (is_trained(self)) arrays[DSTEP] = lw_carve(carver, DOUBLE * rows * H);
  if (is_gated(self)) arrays[DGATE] = lw_carve_rows(carver, rows, H);
  arrays[DON_INPUT] = lw_inner_scratch(&self->on_input, rows, carver);
  arrays[DON_ATTENDED] = lw_inner_scratch(&self->on_attended, rows, carver);
  arrays[DGATED] = lw_inner_scratch(&self->gate, rows, carver);
  if (self->gate.kind) arrays[DBESIDE] = lw_carve_rows(carver, rows, self->C);
  arrays[DBIAS] = lw_relative_bias_carve(&self->bias, carver);
  arrays[DAVERAGED] = lw_inner_scratch(&self->qkv.average, rows, carver);
}

static double *doubles(float *array)
{
  return (double *)(void *)array;
}

/* Decays, and readings where there are some: the decays of all blocks have one place. */
static void read_clock(const layer_attention *self, const lw_pass *pass, const lw_layer_call *call,
                       bool again)
{
  const lw_clock_row *row = self->clock.row;
  lw_clock_set_decays(&self->clock, pass->params);
  if (again || !lw_clock_reads(&self->attention->options)) return;
  const lw_clock_call of = {.pass = pass, .x = call->x, .gate = call->kept[GATE]};
  row->steps(&self->clock, &of, doubles(call->kept[READING]));
  lw_running_sum(self->running, &pass->batch->packing, self->attention->heads,
                 doubles(call->kept[READING]), false);
}

/* What readings got as keys and as queries, to what steps get, to parameters and dx. */
static void clock_backward(const layer_attention *self, const lw_pass *pass,
                           const lw_layer_call *call)
{
  const int64_t H = self->attention->heads, rows = pass->batch->rows;
  const float *dreading = call->scratch[DREADING];
  double *dstep = doubles(call->scratch[DSTEP]);
  const lw_clock_call of = {.pass = pass,
                            .x = call->x,
                            .gate = call->kept[GATE],
                            .dgate = call->scratch[DGATE],
                            .room = call->scratch[DATTENDED],
                            .dx = call->dx};
  for (int64_t n = 0; n < H * rows; n++)
    dstep[n] = (double)dreading[n] + (double)dreading[H * rows + n];
  lw_running_sum(self->running, &pass->batch->packing, H, dstep, true);
  self->clock.row->backward(&self->clock, &of, dstep);
}

static lw_attention_call attention_call(const layer_attention *self, const lw_pass *pass,
                                        float *const *kept)
{
  return (lw_attention_call){.packing = &pass->batch->packing,
                             .qkv = kept[QKV],
                             .y = kept[ATTENDED],
                             .smooth = kept[SMOOTH],
                             .lse = kept[LSE],
                             .reading = doubles(kept[READING]),
                             .bias = lw_relative_bias_value(&self->bias, pass->params)};
}

/* What attention gives. */
static lw_status attend(const layer_attention *self, const lw_pass *pass, const lw_layer_call *call)
{
  lw_status status = LW_OK;
  LW_TRY(lw_qkv_forward(&self->qkv, pass, call->x, call->kept[AVERAGED], call->kept[QKV]));
  lw_qk_norm_forward(&self->norm, pass, call->kept[QKV], call->kept[BEFORE_NORM]);
  lw_profile_begin(LW_PROFILE_ATTENTION);
  lw_embedding_rotate(self->embedding, pass->batch, call->kept[QKV], 1.0f);
  read_clock(self, pass, call, false);
  const lw_attention_call inner = attention_call(self, pass, call->kept);
  status = lw_attention_forward(self->attention, &inner);
  memcpy(self->reach, self->attention->reach, (size_t)self->attention->heads * sizeof *self->reach);
  lw_profile_end();
done:
  return status;
}

static lw_inner_arrays arrays_of(const lw_layer_call *call, int kept, int scratch)
{
  return (lw_inner_arrays){.kept = call->kept[kept],
                           .scratch = call->scratch ? call->scratch[scratch] : NULL,
                           .beside = call->x};
}

static lw_status forward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const layer_attention *self = layer;
  lw_layer_call own = {.x = call->x, .kept = call->kept};
  const float *y = call->kept[ATTENDED];
  lw_status status = LW_OK;
  LW_TRY(lw_inner_forward(&self->on_input, pass, arrays_of(&own, ON_INPUT, 0), &own.x));
  LW_TRY(attend(self, pass, &own));
  LW_TRY(lw_inner_forward(&self->on_attended, pass, arrays_of(&own, ON_ATTENDED, 0), &y));
  LW_TRY(lw_inner_forward(&self->gate, pass, arrays_of(&own, GATED, 0), &y));
  if (call->y) lw_projection_forward(&self->out, pass->params, y, pass->batch->rows, call->y);
done:
  return status;
}

/* From what attention gave. */
static lw_status attend_backward(const layer_attention *self, const lw_pass *pass,
                                 const lw_layer_call *call)
{
  float *dattended = call->scratch[DATTENDED], *dqkv = call->scratch[DQKV];
  const lw_qkv_arrays of = {.x = call->x,
                            .kept = call->kept[AVERAGED],
                            .scratch = call->scratch[DAVERAGED],
                            .room = dattended,
                            .dx = call->dx};
  lw_profile_begin(LW_PROFILE_ATTENTION);
  lw_attention_call inner = attention_call(self, pass, call->kept);
  inner.dy = dattended;
  inner.dqkv = dqkv;
  inner.dsmooth = call->scratch[DSMOOTH];
  if (is_trained(self)) inner.dreading = call->scratch[DREADING];
  inner.dbias = lw_relative_bias_begin(&self->bias, call->scratch[DBIAS]);
  read_clock(self, pass, call, true);
  lw_status status = lw_attention_backward(self->attention, &inner);
  lw_relative_bias_end(&self->bias, pass->params, inner.dbias);
  lw_embedding_rotate(self->embedding, pass->batch, dqkv, -1.0f);
  lw_profile_end();
  lw_qk_norm_backward(&self->norm, pass, call->kept[BEFORE_NORM], dqkv);
  if (status != LW_OK) goto done;
  LW_TRY(lw_qkv_backward(&self->qkv, pass, dqkv, &of));
  if (is_trained(self)) clock_backward(self, pass, call);
done:
  return status;
}

/* From dy to the gradient of what attention gave; the gate's part of that of x waits. */
static lw_status finish_backward(const layer_attention *self, const lw_pass *pass,
                                 const lw_layer_call *call)
{
  const lw_inner *on = &self->on_attended, *gate = &self->gate;
  const lw_inner_arrays mixed = arrays_of(call, ON_ATTENDED, DON_ATTENDED);
  lw_inner_arrays gated = arrays_of(call, GATED, DGATED);
  const float *attended = call->kept[ATTENDED];
  float *dattended = call->scratch[DATTENDED];
  const float *x = lw_inner_result(on, mixed.kept, attended);
  float *dx = lw_inner_room(on, mixed.scratch, dattended);
  lw_status status = LW_OK;
  if (gate->kind) gated.dbeside = call->scratch[DBESIDE];
  lw_projection_backward(&self->out, pass->params, call->dy, lw_inner_result(gate, gated.kept, x),
                         pass->batch->rows, lw_inner_room(gate, gated.scratch, dx));
  LW_TRY(lw_inner_backward(gate, pass, gated, x, dx));
  LW_TRY(lw_inner_backward(on, pass, mixed, attended, dattended));
done:
  return status;
}

static lw_status backward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const layer_attention *self = layer;
  const lw_inner_arrays input = arrays_of(call, ON_INPUT, DON_INPUT);
  lw_layer_call own = *call;
  lw_status status = LW_OK;
  own.x = lw_inner_result(&self->on_input, input.kept, call->x);
  own.dx = lw_inner_room(&self->on_input, input.scratch, call->dx);
  LW_TRY(finish_backward(self, pass, &own));
  LW_TRY(attend_backward(self, pass, &own));
  if (self->gate.kind) lw_add(own.dx, call->scratch[DBESIDE], pass->batch->rows * self->C);
  LW_TRY(lw_inner_backward(&self->on_input, pass, input, call->x, call->dx));
done:
  return status;
}

/* Sharded: keys and values of windows or of the ring, twice, their gradients, and rows for
   smoothing, each about as much as the rank's own rows. */
static lw_layer_figures figures(const void *layer)
{
  enum { SHARDED_ARRAYS = 6 };
  const layer_attention *self = layer;
  const double C = (double)self->C;
  lw_layer_figures sum = {.token_products = 4.0 * C * C,
                          .pair_products = 2.0 * C,
                          .causal = self->attention->options.causal,
                          .chunk = self->attention->options.chunk,
                          .sharded_bytes = SHARDED_ARRAYS * self->C * (int64_t)sizeof(float)};
  lw_inner_add_figures(&self->on_input, &sum);
  lw_inner_add_figures(&self->on_attended, &sum);
  lw_inner_add_figures(&self->gate, &sum);
  lw_inner_add_figures(&self->qkv.average, &sum);
  return sum;
}

static void sent(const void *layer, const lw_packing *packing, double bytes[LW_TRAFFIC_KINDS])
{
  const layer_attention *self = layer;
  double numbers[LW_TRAFFIC_KINDS] = {0};
  lw_attention_volume_shape shape = lw_attention_volume_shape_of(self->attention, packing);
  shape.reach = self->reach;
  for (int64_t n = 0; n < packing->sequence_count && shape.sequence > 1; n++)
    if (packing->sequences[n].rank == LW_PACKING_SHARDED)
      lw_attention_volume(&shape, packing->sequences[n].tokens, numbers);
  for (int kind = 0; kind < LW_TRAFFIC_KINDS; kind++) bytes[kind] += 4.0 * numbers[kind];
  lw_inner_add_sent(&self->on_input, packing, bytes);
  lw_inner_add_sent(&self->on_attended, packing, bytes);
  lw_inner_add_sent(&self->qkv.average, packing, bytes);
}

const lw_layer_kind lw_layer_attention = {.name = "attention",
                                          .share = lw_attention_share,
                                          .reserve = lw_attention_shared_reserve,
                                          .release = lw_attention_shared_release,
                                          .create = create,
                                          .destroy = destroy,
                                          .keep = keep,
                                          .scratch = scratch,
                                          .forward = forward,
                                          .backward = backward,
                                          .figures = figures,
                                          .sent = sent};

static int part_of(const lw_block *block)
{
  for (int n = 0; n < block->count; n++)
    if (block->part[n].kind == &lw_layer_attention) return n;
  return -1;
}

lw_attention *lw_block_attention(const lw_block *block)
{
  const int n = part_of(block);
  return n < 0 ? NULL : ((const layer_attention *)block->part[n].layer)->attention;
}

const float *lw_block_qkv(const lw_block *block, const lw_block_kept *kept)
{
  const int n = part_of(block);
  return n < 0 ? NULL : kept->part[n].layer[QKV];
}

const double *lw_block_readings(const lw_block *block, const lw_block_kept *kept,
                                const lw_params *params)
{
  const int n = part_of(block);
  if (n < 0) return NULL;
  const layer_attention *self = block->part[n].layer;
  lw_clock_set_decays(&self->clock, params);
  return lw_clock_reads(&self->attention->options) ? doubles(kept->part[n].layer[READING]) : NULL;
}

lw_clock_head lw_block_clock_head(const lw_block *block, const lw_params *params, int64_t h)
{
  const layer_attention *self = block->part[part_of(block)].layer;
  return lw_clock_tell(&self->clock, params, h);
}

const float *lw_block_bias(const lw_block *block, const lw_params *params)
{
  const int n = part_of(block);
  if (n < 0) return NULL;
  return lw_relative_bias_value(&((const layer_attention *)block->part[n].layer)->bias, params);
}
