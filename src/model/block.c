#include "longwave/model/block.h"
#include "longwave/base/profile.h"
#include "longwave/comm/traffic.h"
#include "longwave/op/dropout.h"
#include "longwave/op/gelu.h"
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

lw_status lw_block_init(lw_block *block, const lw_block_shape *shape, lw_attention *attention,
                        const lw_embedding *embedding, lw_params *params, lw_params *statistics)
{
  int64_t C = shape->C, F = shape->F;
  long long l = (long long)shape->layer;
  char name[LW_PARAM_NAME_MAX];
  lw_status status = LW_OK;
  /* Each branch adds to the residual stream: start its last projection smaller the more branches
     there are. */
  double residual = 1.0 / sqrt(2.0 * (double)shape->layers);
  *block = (lw_block){.layer = shape->layer,
                      .C = C,
                      .F = F,
                      .post = shape->post,
                      .attention = attention,
                      .embedding = embedding};
  const struct {
    lw_projection *projection;
    int64_t in, out;
    double gain;
    const char *name;
  } projections[] = {{&block->qkv, C, 3 * C, 1.0, "attention.qkv"},
                     {&block->out, C, C, residual, "attention.out"},
                     {&block->up, C, F, 1.0, "ffn.up"},
                     {&block->down, F, C, residual, "ffn.down"}};
  static const char *const norms[] = {"attention_norm", "ffn_norm"};
  for (int branch = 0; branch < LW_BRANCHES; branch++) {
    snprintf(name, sizeof name, "blocks.%lld.%s", l, norms[branch]);
    LW_TRY(lw_norm_init(&block->norm[branch], shape->norm, C, params, statistics, name));
    for (int i = 2 * branch; i < 2 * branch + 2; i++) {
      snprintf(name, sizeof name, "blocks.%lld.%s", l, projections[i].name);
      LW_TRY(lw_projection_init(projections[i].projection, projections[i].in, projections[i].out,
                                projections[i].gain, shape->matmul, params, name));
    }
  }
done:
  return status;
}

void lw_block_carve_kept(const lw_block *block, int64_t rows, lw_carver *carver,
                         lw_block_kept *kept)
{
  int64_t C = block->C, F = block->F;
  for (int branch = 0; branch < LW_BRANCHES; branch++) {
    int64_t statistics = lw_norm_kept(&block->norm[branch], rows);
    kept->x[branch] = lw_carve_rows(carver, rows, C);
    kept->normed[branch] = lw_carve_rows(carver, rows, C);
    kept->mean[branch] = lw_carve(carver, statistics);
    kept->rstd[branch] = lw_carve(carver, statistics);
  }
  kept->qkv = lw_carve_rows(carver, rows, 3 * C);
  kept->smooth = lw_carve_rows(carver, rows, C);
  kept->attended = lw_carve_rows(carver, rows, C);
  kept->lse = lw_carve(carver, rows * block->attention->heads);
  kept->hidden = lw_carve_rows(carver, rows, F);
  kept->active = lw_carve_rows(carver, rows, F);
}

void lw_block_carve_scratch(const lw_block *block, int64_t rows, lw_carver *carver,
                            lw_block_scratch *scratch)
{
  int64_t C = block->C, F = block->F;
  scratch->dbranch = lw_carve_rows(carver, rows, C);
  scratch->dinput = lw_carve_rows(carver, rows, C);
  scratch->dattended = lw_carve_rows(carver, rows, C);
  scratch->dsmooth = lw_carve_rows(carver, rows, C);
  scratch->wide = lw_carve_rows(carver, rows, 3 * C > F ? 3 * C : F);
}

void lw_pass_dropout(const lw_pass *pass, int64_t slot, int64_t C, float *x)
{
  if (!pass->training || pass->dropout == 0.0) return;
  const lw_batch *batch = pass->batch;
  lw_rng rng = {
      .seed = pass->seed, .stream = LW_RNG_DROPOUT, .first = pass->step, .second = (uint32_t)slot};
  const int64_t count = batch->packing.stretch_count;
  /* Few long stretches are shared inside lw_dropout instead. */
#pragma omp parallel for schedule(dynamic) if (count >= omp_get_max_threads())
  for (int64_t s = 0; s < count; s++) {
    const lw_stretch stretch = batch->packing.stretches[s];
    lw_dropout(x + stretch.row * C, stretch.position, stretch.tokens, C, pass->dropout, rng,
               lw_batch_document_place(batch, stretch.sample));
  }
}

static void add(float *y, const float *x, int64_t count)
{
#pragma omp parallel for simd schedule(static)
  for (int64_t i = 0; i < count; i++) y[i] += x[i];
}

static lw_attention_call attention_call(const lw_pass *pass, const lw_block_kept *kept)
{
  return (lw_attention_call){.packing = &pass->batch->packing,
                             .qkv = kept->qkv,
                             .y = kept->attended,
                             .smooth = kept->smooth,
                             .lse = kept->lse};
}

static lw_status attention_forward(const lw_block *block, const lw_pass *pass, const float *h,
                                   const lw_block_kept *kept, float *y)
{
  int64_t rows = pass->batch->rows;
  lw_projection_forward(&block->qkv, pass->params, h, rows, kept->qkv);
  lw_profile_begin(LW_PROFILE_ATTENTION);
  lw_embedding_rotate(block->embedding, pass->batch, kept->qkv, 1.0f);
  lw_attention_call call = attention_call(pass, kept);
  lw_status status = lw_attention_forward(block->attention, &call);
  lw_profile_end();
  lw_projection_forward(&block->out, pass->params, kept->attended, rows, y);
  return status;
}

static lw_status attention_backward(const lw_block *block, const lw_pass *pass, const float *dy,
                                    const float *h, const lw_block_kept *kept,
                                    const lw_block_scratch *scratch, float *dh)
{
  int64_t rows = pass->batch->rows;
  float *dqkv = scratch->wide;
  lw_projection_backward(&block->out, pass->params, dy, kept->attended, rows, scratch->dattended);
  lw_profile_begin(LW_PROFILE_ATTENTION);
  lw_attention_call call = attention_call(pass, kept);
  call.dy = scratch->dattended;
  call.dqkv = dqkv;
  call.dsmooth = scratch->dsmooth;
  lw_status status = lw_attention_backward(block->attention, &call);
  lw_embedding_rotate(block->embedding, pass->batch, dqkv, -1.0f);
  lw_profile_end();
  lw_projection_clear_beyond(&block->qkv, dqkv, rows, 3 * block->C); /* `wide` had other widths */
  lw_projection_backward(&block->qkv, pass->params, dqkv, h, rows, dh);
  return status;
}

static lw_status ffn_forward(const lw_block *block, const lw_pass *pass, const float *h,
                             const lw_block_kept *kept, float *y)
{
  int64_t rows = pass->batch->rows;
  lw_projection_forward(&block->up, pass->params, h, rows, kept->hidden);
  lw_profile_begin(LW_PROFILE_ACTIVATION);
  lw_gelu_forward(kept->hidden, rows * block->F, kept->active);
  lw_profile_end();
  if (y) lw_projection_forward(&block->down, pass->params, kept->active, rows, y);
  return LW_OK;
}

static lw_status ffn_backward(const lw_block *block, const lw_pass *pass, const float *dy,
                              const float *h, const lw_block_kept *kept,
                              const lw_block_scratch *scratch, float *dh)
{
  int64_t rows = pass->batch->rows;
  float *dhidden = scratch->wide;
  lw_projection_backward(&block->down, pass->params, dy, kept->active, rows, dhidden);
  lw_profile_begin(LW_PROFILE_ACTIVATION);
  lw_gelu_backward(dhidden, kept->hidden, rows * block->F, dhidden);
  lw_profile_end();
  lw_projection_backward(&block->up, pass->params, dhidden, h, rows, dh);
  return LW_OK;
}

static const struct {
  lw_status (*forward)(const lw_block *, const lw_pass *, const float *, const lw_block_kept *,
                       float *);
  lw_status (*backward)(const lw_block *, const lw_pass *, const float *, const float *,
                        const lw_block_kept *, const lw_block_scratch *, float *);
} branches[LW_BRANCHES] = {{attention_forward, attention_backward}, {ffn_forward, ffn_backward}};

/* Dropout slot 0 is the embedding's. */
static int64_t dropout_slot(const lw_block *block, int branch)
{
  return 1 + LW_BRANCHES * block->layer + branch;
}

/* pre: y = x + f(norm(x));  post: y = norm(x + f(x)). y NULL, only for pre and feed-forward: what
   backward needs and no more. */
static lw_status residual_forward(const lw_block *block, int branch, const lw_pass *pass,
                                  const lw_block_kept *kept, float *y)
{
  const lw_norm *norm = &block->norm[branch];
  const float *x = kept->x[branch];
  float *normed = kept->normed[branch], *sum = block->post ? normed : y;
  lw_status status = LW_OK;
  if (!block->post)
    LW_TRY(lw_norm_forward(norm, pass, x, normed, kept->mean[branch], kept->rstd[branch]));
  LW_TRY(branches[branch].forward(block, pass, block->post ? x : normed, kept, sum));
  if (!sum) goto done;
  lw_pass_dropout(pass, dropout_slot(block, branch), block->C, sum);
  add(sum, x, pass->batch->rows * block->C);
  if (block->post)
    LW_TRY(lw_norm_forward(norm, pass, sum, y, kept->mean[branch], kept->rstd[branch]));
done:
  return status;
}

static lw_status residual_backward(const lw_block *block, int branch, const lw_pass *pass,
                                   const lw_block_kept *kept, const lw_block_scratch *scratch,
                                   float *dx)
{
  const lw_norm *norm = &block->norm[branch];
  const float *x = kept->x[branch], *normed = kept->normed[branch];
  int64_t count = pass->batch->rows * block->C;
  lw_status status = LW_OK;
  if (block->post)
    LW_TRY(lw_norm_backward(norm, pass, dx, normed, kept->mean[branch], kept->rstd[branch], dx));
  memcpy(scratch->dbranch, dx, (size_t)count * sizeof *dx);
  lw_pass_dropout(pass, dropout_slot(block, branch), block->C, scratch->dbranch);
  LW_TRY(branches[branch].backward(block, pass, scratch->dbranch, block->post ? x : normed, kept,
                                   scratch, scratch->dinput));
  if (!block->post)
    LW_TRY(lw_norm_backward(norm, pass, scratch->dinput, x, kept->mean[branch], kept->rstd[branch],
                            scratch->dinput));
  add(dx, scratch->dinput, count);
done:
  return status;
}

lw_status lw_block_forward(const lw_block *block, const lw_pass *pass, const lw_block_kept *kept,
                           float *y)
{
  lw_status status = LW_OK;
  lw_traffic_layer(block->layer);
  LW_TRY(residual_forward(block, LW_BRANCH_ATTENTION, pass, kept, kept->x[LW_BRANCH_FFN]));
  LW_TRY(residual_forward(block, LW_BRANCH_FFN, pass, kept, y));
done:
  lw_traffic_layer(-1);
  return status;
}

lw_status lw_block_forward_again(const lw_block *block, const lw_pass *pass,
                                 const lw_block_kept *kept, const lw_block_scratch *scratch)
{
  lw_pass again = *pass;
  again.again = true;
  return lw_block_forward(block, &again, kept, block->post ? scratch->dbranch : NULL);
}

lw_status lw_block_backward(const lw_block *block, const lw_pass *pass, const lw_block_kept *kept,
                            const lw_block_scratch *scratch, float *dx)
{
  lw_status status = LW_OK;
  lw_traffic_layer(block->layer);
  LW_TRY(residual_backward(block, LW_BRANCH_FFN, pass, kept, scratch, dx));
  LW_TRY(residual_backward(block, LW_BRANCH_ATTENTION, pass, kept, scratch, dx));
done:
  lw_traffic_layer(-1);
  return status;
}
