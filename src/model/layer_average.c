/* Inside of a layer: y = x + moving averages of x with damping, N modes a channel (op/average.h),
   over earlier tokens and, where attention is not causal, over later ones. They begin anew with
   each sequence: with attention.chunk, with its chunk. Of a sharded sequence each strip hands its
   states on by a scan (array/scan.h). Parameters: alpha, delta, beta, eta [D C, N], first the rows
   of averages over earlier tokens; start: alpha and delta as wide as in [Ma2023], and eta so small
   that y is near x. */
#include "longwave/array/scan.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/whole.h"
#include "longwave/comm/agree.h"
#include "longwave/model/model.h"
#include "longwave/op/average.h"
#include <math.h>
#include <string.h>

/* Directions; runs of a backward: of x and of dy in each direction. */
enum { WAYS = 2, RUNS = 2 * WAYS };

/* What all blocks share, in turns. */
typedef struct common {
  const lw_world *world; /* borrowed */
  lw_average shape;
  float *coefficients; /* [2, D, N, C] p and w of the block at work */
  lw_sharded sharded;
  lw_scan scan;
  float *come; /* [own strips, sequences, runs of a scan, N, C] */
  lw_average_piece *pieces;
  lw_average_strip *strips; /* as those of the packing */
  float *states;            /* [RUNS, places, N, C] */
  int64_t count, strip_count, places;
  int64_t come_room, piece_room, strip_room, state_room;
} common;

typedef struct moving_average {
  common *all; /* borrowed */
  int64_t alpha, delta, beta, eta;
} moving_average;

enum { SUMS, DLOSS, DWEIGHT }; /* scratch: of the gradients of p and w; these [D, N, C] */

static int64_t states_of(const common *all)
{
  return all->shape.modes * all->shape.channels;
}

static void release(void **shared)
{
  common *all = *shared;
  if (!all) return;
  lw_scan_done(&all->scan);
  lw_sharded_done(&all->sharded);
  lw_mem_give(all->coefficients);
  lw_mem_give(all->come);
  lw_mem_give(all->pieces);
  lw_mem_give(all->strips);
  lw_mem_give(all->states);
  lw_mem_give(all);
  *shared = NULL;
}

static lw_status share(const lw_layer_site *site, void **shared)
{
  common *all = NULL;
  lw_status status = LW_OK;
  if (site->options->moving_average == 0) return LW_OK;
  LW_TRY_TOGETHER(site->world, LW_TAKE(&all, 1));
  *shared = all;
  all->world = site->world;
  all->shape = (lw_average){.channels = site->options->width,
                            .modes = site->options->moving_average,
                            .directions = site->attention->causal ? 1 : 2};
  LW_TRY_TOGETHER(site->world,
                  LW_TAKE(&all->coefficients, 2 * all->shape.directions * states_of(all)));
done:
  if (status != LW_OK) release(shared);
  return status;
}

/* ---- pieces and strips of a packing ---- */

static bool is_sharded(const lw_packing *packing, int64_t s)
{
  return packing->sequences[packing->strips[s].sequence].rank == LW_PACKING_SHARDED;
}

/* A whole sequence that is one piece has no place. */
static bool has_places(const lw_packing *packing, int64_t s)
{
  return is_sharded(packing, s) || packing->strips[s].tokens > LW_AVERAGE_ROWS;
}

static lw_status reserve(void *shared, const lw_packing *packing)
{
  common *all = shared;
  lw_status status = LW_OK;
  if (!all) return LW_OK;
  all->count = all->places = 0;
  for (int64_t s = 0; s < packing->strip_count; s++) {
    const int64_t pieces = lw_parts(packing->strips[s].tokens, LW_AVERAGE_ROWS);
    all->count += pieces;
    all->places += has_places(packing, s) ? pieces + 1 : 0;
  }
  LW_TRY(lw_mem_grow((void **)&all->pieces, &all->piece_room, all->count,
                     (int64_t)sizeof *all->pieces));
  LW_TRY(lw_mem_grow((void **)&all->strips, &all->strip_room, packing->strip_count,
                     (int64_t)sizeof *all->strips));
  LW_TRY(lw_mem_grow((void **)&all->states, &all->state_room, RUNS * all->places * states_of(all),
                     sizeof *all->states));
  LW_TRY(lw_packing_sharded(packing, all->world->sequence, &all->sharded));
  const int64_t floats = all->sharded.sequence_count * WAYS * states_of(all);
  if (floats == 0) return LW_OK;
  LW_TRY(lw_scan_set(&all->scan, &all->sharded, floats));
  LW_TRY(lw_mem_grow((void **)&all->come, &all->come_room, all->sharded.own * floats,
                     sizeof *all->come));
done:
  return status;
}

static void cut(common *all, const lw_packing *packing, const lw_layer_call *call)
{
  const int64_t C = all->shape.channels;
  float *to = call->dy ? call->dx : call->y;
  lw_average_piece *piece = all->pieces;
  int64_t place = 0;
  for (int64_t s = 0; s < packing->strip_count; s++) {
    const lw_strip *of = &packing->strips[s];
    const bool placed = has_places(packing, s);
    lw_average_strip *strip = &all->strips[s];
    *strip = (lw_average_strip){.place = placed ? place : -1, .rows = of->tokens};
    for (int64_t t = 0; t < of->tokens; t += LW_AVERAGE_ROWS, strip->pieces++) {
      const int64_t first = (of->row + t) * C;
      *piece++ = (lw_average_piece){.x = call->x + first,
                                    .dy = call->dy ? call->dy + first : NULL,
                                    .to = to + first,
                                    .rows = lw_smaller(LW_AVERAGE_ROWS, of->tokens - t),
                                    .place = placed ? place + strip->pieces : -1};
    }
    place += placed ? strip->pieces + 1 : 0;
  }
  all->strip_count = packing->strip_count;
}

/* ---- states of other ranks ---- */

/* The runs that go one way. */
typedef struct travel {
  const common *all;
  const lw_packing *packing;
  const lw_average_run *run[WAYS];
  int count;
  bool back;
} travel;

/* Of the k-th sharded strip in the packing's list, its number among the rank's strips; where the
   states of a run stand in what its strip gives or gets. */
static int own_of(const travel *t, int64_t k)
{
  return (int)(k % t->all->sharded.own);
}

static int64_t offset_of(const travel *t, int64_t k, int run)
{
  return (k / t->all->sharded.own * t->count + run) * states_of(t->all);
}

static void join(const void *context, float *sum, int to, const float *more, int from)
{
  const travel *t = context;
  const lw_sharded *sharded = &t->all->sharded;
  for (int64_t q = 0; q < sharded->sequence_count; q++) {
    const int64_t rows =
        t->back ? lw_sharded_first(sharded, q, from + 1) - lw_sharded_first(sharded, q, to + 1)
                : lw_sharded_first(sharded, q, to) - lw_sharded_first(sharded, q, from);
    for (int run = 0; run < t->count; run++) {
      const int64_t at = offset_of(t, q * sharded->own, run);
      lw_average_add(&t->all->shape, t->run[run]->direction, rows, more + at, sum + at);
    }
  }
}

/* What each sharded strip hands on, or (entering) what it gets. */
static void pass_states(const travel *t, bool entering)
{
  const common *all = t->all;
  int64_t k = 0;
  for (int64_t s = 0; s < all->strip_count; s++) {
    if (!is_sharded(t->packing, s)) continue;
    const int own = own_of(t, k);
    for (int run = 0; run < t->count; run++) {
      const int64_t at = offset_of(t, k, run);
      const lw_average_strip *strip = &all->strips[s];
      if (entering)
        lw_average_enter(&all->shape, t->run[run], strip, all->come + own * all->scan.floats + at);
      else
        memcpy(lw_scan_part(&all->scan, own) + at, lw_average_end(&all->shape, t->run[run], strip),
               (size_t)states_of(all) * sizeof(float));
    }
    k++;
  }
}

/* All runs that go one way, in one scan. */
static lw_status scan(common *all, const lw_packing *packing, const lw_average_run *runs, int count,
                      bool back)
{
  travel t = {.all = all, .packing = packing, .back = back};
  lw_status status = LW_OK;
  for (int i = 0; i < count; i++)
    if (lw_average_back(&runs[i]) == back) t.run[t.count++] = &runs[i];
  if (t.count == 0) return LW_OK;
  LW_TRY(lw_scan_set(&all->scan, &all->sharded,
                     all->sharded.sequence_count * t.count * states_of(all)));
  pass_states(&t, false);
  lw_traffic_begin(LW_TRAFFIC_AVERAGE);
  lw_scan_run(&all->scan, back ? LW_SCAN_TO_EARLIER : LW_SCAN_TO_LATER, (lw_scan_adder){join, &t},
              all->come);
  lw_traffic_end();
  pass_states(&t, true);
done:
  return status;
}

/* States of x, and backward of dy, at the edges of all pieces. runs [RUNS] out */
static lw_status run_all(common *all, const lw_packing *packing, const lw_layer_call *call,
                         lw_average_run *runs)
{
  const int D = all->shape.directions, count = call->dy ? 2 * D : D;
  lw_status status = LW_OK;
  cut(all, packing, call);
  for (int i = 0; i < count; i++) {
    runs[i] = (lw_average_run){.direction = i % D,
                               .gradient = i >= D,
                               .states = all->states + i * all->places * states_of(all)};
    lw_average_states(&all->shape, &runs[i], all->pieces, all->count, all->strips,
                      all->strip_count);
  }
  if (all->sharded.sequence_count == 0) return LW_OK;
  LW_TRY(scan(all, packing, runs, count, false));
  LW_TRY(scan(all, packing, runs, count, true));
done:
  return status;
}

/* ---- the layer ---- */

static lw_status create(const lw_layer_site *site, void **layer)
{
  common *all = site->shared;
  const double N = (double)all->shape.modes;
  lw_param_shape shape = {.kind = LW_PARAM_EMBEDDING,
                          .dims = {all->shape.directions * all->shape.channels, all->shape.modes},
                          .start = LW_START_NORMAL,
                          .deviation = 0.2};
  moving_average *self = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&self, 1));
  self->all = all;
  *layer = self;
  LW_TRY(lw_params_add(site->params, shape, &self->alpha, "%s.alpha", site->name));
  LW_TRY(lw_params_add(site->params, shape, &self->delta, "%s.delta", site->name));
  shape.deviation = 0.1 / sqrt(N);
  LW_TRY(lw_params_add(site->params, shape, &self->eta, "%s.eta", site->name));
  shape.start = LW_START_ONE;
  LW_TRY(lw_params_add(site->params, shape, &self->beta, "%s.beta", site->name));
done:
  return status;
}

static void destroy(void **layer)
{
  lw_mem_give(*layer);
  *layer = NULL;
}

static void scratch(const void *layer, int64_t rows, lw_carver *carver,
                    float *arrays[LW_LAYER_ARRAYS])
{
  const common *all = ((const moving_average *)layer)->all;
  const int64_t count = all->shape.directions * states_of(all);
  (void)rows;
  arrays[SUMS] = lw_carve(carver, lw_average_scratch(&all->shape));
  arrays[DLOSS] = lw_carve(carver, count);
  arrays[DWEIGHT] = lw_carve(carver, count);
}

static lw_average_parameters parameters_of(const moving_average *self, const lw_params *params)
{
  return (lw_average_parameters){.alpha = lw_param_value(params, self->alpha),
                                 .delta = lw_param_value(params, self->delta),
                                 .beta = lw_param_value(params, self->beta),
                                 .eta = lw_param_value(params, self->eta)};
}

static lw_average_gradients gradients_of(const moving_average *self, const lw_params *params)
{
  return (lw_average_gradients){.alpha = lw_param_gradient(params, self->alpha),
                                .delta = lw_param_gradient(params, self->delta),
                                .beta = lw_param_gradient(params, self->beta),
                                .eta = lw_param_gradient(params, self->eta)};
}

/* With the parameters of this block. */
static lw_average average_of(const moving_average *self, const lw_params *params)
{
  common *all = self->all;
  float *weight = all->coefficients + all->shape.directions * states_of(all);
  lw_average_coefficients(&all->shape, parameters_of(self, params), all->coefficients, weight);
  all->shape.loss = all->coefficients;
  all->shape.weight = weight;
  return all->shape;
}

static lw_status forward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const moving_average *self = layer;
  lw_average_run runs[RUNS];
  lw_status status = LW_OK;
  lw_profile_begin(LW_PROFILE_AVERAGE);
  const lw_average average = average_of(self, pass->params);
  LW_TRY(run_all(self->all, &pass->batch->packing, call, runs));
  lw_average_forward(&average, runs, self->all->pieces, self->all->count);
done:
  lw_profile_end();
  return status;
}

static lw_status backward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const moving_average *self = layer;
  float *dloss = call->scratch[DLOSS], *dweight = call->scratch[DWEIGHT];
  lw_average_run runs[RUNS];
  lw_status status = LW_OK;
  lw_profile_begin(LW_PROFILE_AVERAGE);
  const lw_average average = average_of(self, pass->params);
  const size_t bytes = (size_t)(average.directions * states_of(self->all)) * sizeof(float);
  LW_TRY(run_all(self->all, &pass->batch->packing, call, runs));
  memset(dloss, 0, bytes);
  memset(dweight, 0, bytes);
  lw_average_backward(&average, runs, self->all->pieces, self->all->count, dloss, dweight,
                      call->scratch[SUMS]);
  lw_average_parameters_backward(&average, parameters_of(self, pass->params), dloss, dweight,
                                 gradients_of(self, pass->params));
done:
  lw_profile_end();
  return status;
}

/* A step of each mode, and its part of y. What travels does not grow with rows. */
static lw_layer_figures figures(const void *layer)
{
  const common *all = ((const moving_average *)layer)->all;
  return (lw_layer_figures){.token_products =
                                2.0 * (double)(all->shape.directions * states_of(all))};
}

/* Of each direction states of x forward, and of x and dy backward. */
static void sent(const void *layer, const lw_packing *packing, double bytes[LW_TRAFFIC_KINDS])
{
  const common *all = ((const moving_average *)layer)->all;
  const lw_strips strips = lw_packing_strips(&packing->rule);
  const int later = lw_scan_messages(strips, packing->rule.rank, LW_SCAN_TO_LATER);
  const int earlier = lw_scan_messages(strips, packing->rule.rank, LW_SCAN_TO_EARLIER);
  const int messages = all->shape.directions == 1 ? 2 * later + earlier : 3 * (later + earlier);
  for (int64_t n = 0; n < packing->sequence_count; n++)
    if (packing->sequences[n].rank == LW_PACKING_SHARDED)
      bytes[LW_TRAFFIC_AVERAGE] += (double)(messages * states_of(all)) * sizeof(float);
}

const lw_layer_kind lw_layer_average = {.name = "average",
                                        .share = share,
                                        .reserve = reserve,
                                        .release = release,
                                        .create = create,
                                        .destroy = destroy,
                                        .scratch = scratch,
                                        .forward = forward,
                                        .backward = backward,
                                        .figures = figures,
                                        .sent = sent};
