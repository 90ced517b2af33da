/* Inside of a layer: y = x + conv(x), a depthwise convolution over K tokens (op/convolution.h),
   causal where attention is, else centred. It ends with its sequence: with attention.chunk, with
   its chunk. Parameter: weight [C, K], as in a Conv1d of C groups; start: as wide as PyTorch's. */
#include "longwave/array/halo.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/whole.h"
#include "longwave/comm/agree.h"
#include "longwave/model/model.h"
#include "longwave/op/convolution.h"
#include <math.h>

/* What all blocks and places share, in turns. */
typedef struct common {
  const lw_world *world; /* borrowed */
  int64_t taps, before;
  int64_t widest; /* channels of a place */
  lw_sharded sharded;
  lw_halo halo;
  lw_convolution_piece *pieces;
  int64_t room;
} common;

typedef struct short_convolution {
  common *all; /* borrowed */
  int64_t C;
  int64_t weight; /* index of the parameter */
} short_convolution;

enum { SUMS }; /* scratch: of the weight's gradient */

static void release(void **shared)
{
  common *all = *shared;
  if (!all) return;
  lw_halo_done(&all->halo);
  lw_sharded_done(&all->sharded);
  lw_mem_give(all->pieces);
  lw_mem_give(all);
  *shared = NULL;
}

static lw_status share(const lw_layer_site *site, void **shared)
{
  const struct lw_model_options *options = site->options;
  const int64_t taps = options->convolution_taps;
  const bool wide = lw_choices_have(options->convolution, LW_PLACE_FEED_FORWARD);
  common *all = NULL;
  lw_status status = LW_OK;
  if (lw_choices_have(options->convolution, LW_PLACE_NONE)) return LW_OK;
  LW_TRY_TOGETHER(site->world, LW_TAKE(&all, 1));
  *all = (common){.world = site->world,
                  .taps = taps,
                  .before = site->attention->causal ? taps - 1 : (taps - 1) / 2,
                  .widest = wide ? lw_larger(options->width, options->ffn) : options->width};
  *shared = all;
done:
  return status;
}

/* Neighbours that forward sees; backward's are the mirror image. */
static lw_status set_halo(common *all, int64_t width, bool back)
{
  const int64_t after = all->taps - 1 - all->before;
  return lw_halo_set(&all->halo, &all->sharded, width, back ? after : all->before,
                     back ? all->before : after);
}

static lw_status reserve(void *shared, const lw_packing *packing)
{
  common *all = shared;
  int64_t count = 0;
  lw_status status = LW_OK;
  if (!all) return LW_OK;
  for (int64_t s = 0; s < packing->strip_count; s++)
    count += lw_parts(packing->strips[s].tokens, LW_CONVOLUTION_ROWS);
  LW_TRY(lw_mem_grow((void **)&all->pieces, &all->room, count, (int64_t)sizeof *all->pieces));
  LW_TRY(lw_packing_sharded(packing, all->world->sequence, &all->sharded));
  if (all->sharded.sequence_count == 0) return LW_OK;
  LW_TRY(set_halo(all, all->widest, false));
  LW_TRY(set_halo(all, all->widest, true));
done:
  return status;
}

static lw_status create(const lw_layer_site *site, void **layer)
{
  const int64_t C = site->width, K = site->options->convolution_taps;
  const lw_param_shape weight = {.kind = LW_PARAM_EMBEDDING,
                                 .dims = {C, K},
                                 .start = LW_START_NORMAL,
                                 .deviation = 1.0 / sqrt(3.0 * (double)K),
                                 .decayed = true};
  short_convolution *self = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&self, 1));
  *self = (short_convolution){.all = site->shared, .C = C};
  *layer = self;
  LW_TRY(lw_params_add(site->params, weight, &self->weight, "%s.weight", site->name));
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
  const short_convolution *self = layer;
  (void)rows;
  arrays[SUMS] = lw_carve(carver, lw_convolution_scratch(self->C, self->all->taps));
}

/* ---- pieces ---- */

/* The packed arrays [rows, C]. */
typedef struct rows {
  const float *from, *other;
  float *to;
} rows;

static int64_t cut(lw_convolution_piece *pieces, const lw_halo_strip *strip, int64_t C, rows at)
{
  int64_t count = 0;
  for (int64_t t = 0; t < strip->tokens; t += LW_CONVOLUTION_ROWS) {
    const int64_t piece = lw_smaller(LW_CONVOLUTION_ROWS, strip->tokens - t);
    pieces[count++] = (lw_convolution_piece){.from = strip->rows + t * C,
                                             .rows = piece,
                                             .before = strip->before + t,
                                             .after = strip->after + strip->tokens - t - piece,
                                             .other = at.other ? at.other + t * C : NULL,
                                             .to = at.to + t * C};
  }
  return count;
}

/* All strips of the packing: sharded ones with their neighbours from other ranks. */
static int64_t cut_all(const common *all, const lw_packing *packing, int64_t C, rows x)
{
  int64_t count = 0, sharded = 0;
  for (int64_t s = 0; s < packing->strip_count; s++) {
    const lw_strip *strip = &packing->strips[s];
    const int64_t first = strip->row * C;
    const bool whole = packing->sequences[strip->sequence].rank != LW_PACKING_SHARDED;
    const lw_halo_strip alone = {.rows = x.from + first, .tokens = strip->tokens};
    count += cut(all->pieces + count, whole ? &alone : &all->halo.strips[sharded++], C,
                 (rows){.other = x.other ? x.other + first : NULL, .to = x.to + first});
  }
  return count;
}

/* The pieces of x.from with what they see of it. */
static int64_t pieces_of(common *all, const lw_packing *packing, int64_t C, rows x)
{
  if (all->sharded.sequence_count > 0) {
    lw_traffic_begin(LW_TRAFFIC_CONVOLUTION);
    lw_halo_fetch(&all->halo, x.from, C);
    lw_traffic_end();
  }
  return cut_all(all, packing, C, x);
}

static lw_convolution convolution_of(const short_convolution *self, const lw_params *params)
{
  return (lw_convolution){.weight = lw_param_value(params, self->weight),
                          .channels = self->C,
                          .taps = self->all->taps,
                          .before = self->all->before};
}

static lw_status forward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const short_convolution *self = layer;
  const lw_convolution convolution = convolution_of(self, pass->params);
  lw_status status = LW_OK;
  lw_profile_begin(LW_PROFILE_CONVOLUTION);
  if (self->all->sharded.sequence_count > 0) LW_TRY(set_halo(self->all, self->C, false));
  const int64_t count =
      pieces_of(self->all, &pass->batch->packing, self->C, (rows){.from = call->x, .to = call->y});
  lw_convolution_forward(&convolution, self->all->pieces, count);
done:
  lw_profile_end();
  return status;
}

static lw_status backward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const short_convolution *self = layer;
  const lw_convolution convolution = convolution_of(self, pass->params);
  lw_status status = LW_OK;
  lw_profile_begin(LW_PROFILE_CONVOLUTION);
  if (self->all->sharded.sequence_count > 0) LW_TRY(set_halo(self->all, self->C, true));
  const int64_t count = pieces_of(self->all, &pass->batch->packing, self->C,
                                  (rows){.from = call->dy, .other = call->x, .to = call->dx});
  lw_convolution_backward(&convolution, self->all->pieces, count,
                          lw_param_gradient(pass->params, self->weight), call->scratch[SUMS]);
done:
  lw_profile_end();
  return status;
}

/* Sharded: its strips beside their neighbours. */
static lw_layer_figures figures(const void *layer)
{
  const short_convolution *self = layer;
  return (lw_layer_figures){.token_products = (double)(self->C * self->all->taps),
                            .sharded_bytes = self->C * (int64_t)sizeof(float)};
}

/* K - 1 rows at each edge with another rank, forward and backward together. */
static void sent(const void *layer, const lw_packing *packing, double bytes[LW_TRAFFIC_KINDS])
{
  const short_convolution *self = layer;
  const int edges = lw_strips_edges(lw_packing_strips(&packing->rule), packing->rule.rank);
  for (int64_t n = 0; n < packing->sequence_count; n++)
    if (packing->sequences[n].rank == LW_PACKING_SHARDED)
      bytes[LW_TRAFFIC_CONVOLUTION] +=
          (double)(edges * (self->all->taps - 1) * self->C) * sizeof(float);
}

const lw_layer_kind lw_layer_convolution = {.name = "convolution",
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
