#include "longwave/model/block.h"
#include "longwave/comm/traffic.h"
#include "longwave/op/add.h"
#include "longwave/op/dropout.h"
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

lw_status lw_block_init(lw_block *block, const lw_block_shape *shape, const lw_layers *layers,
                        const lw_layer_site *site, lw_params *statistics)
{
  lw_layer_site at = *site;
  lw_status status = LW_OK;
  *block = (lw_block){.number = shape->number, .C = shape->C, .post = shape->post};
  at.layers = layers;
  at.block = shape->number;
  at.last_gain = 1.0 / sqrt((double)(layers->count * shape->blocks));
  for (int n = 0; n < layers->count; n++) {
    lw_block_part *part = &block->part[block->count++];
    char norm[LW_PARAM_NAME_MAX], name[LW_PARAM_NAME_MAX - 8];
    part->kind = layers->kind[n];
    snprintf(name, sizeof name, "blocks.%lld.%s", (long long)shape->number, part->kind->name);
    snprintf(norm, sizeof norm, "%s_norm", name);
    at.name = name;
    at.shared = layers->shared[n];
    LW_TRY(lw_norm_init(&part->norm, shape->norm, shape->C, site->params, statistics, norm));
    LW_TRY(part->kind->create(&at, &part->layer));
  }
done:
  return status;
}

void lw_block_done(lw_block *block)
{
  for (int n = 0; n < block->count; n++)
    if (block->part[n].layer) block->part[n].kind->destroy(&block->part[n].layer);
  *block = (lw_block){0};
}

void lw_block_carve_kept(const lw_block *block, int64_t rows, lw_carver *carver,
                         lw_block_kept *kept)
{
  for (int n = 0; n < block->count; n++) {
    const lw_block_part *part = &block->part[n];
    lw_part_kept *one = &kept->part[n];
    one->x = lw_carve_rows(carver, rows, block->C);
    one->normed = lw_carve_rows(carver, rows, block->C);
    one->norm = lw_norm_carve(&part->norm, rows, carver);
    part->kind->keep(part->layer, rows, carver, one->layer);
  }
}

static void carve_layer(const lw_block_part *part, int64_t rows, lw_carver *carver,
                        float *scratch[LW_LAYER_ARRAYS])
{
  if (part->kind->scratch) part->kind->scratch(part->layer, rows, carver, scratch);
}

void lw_block_carve_scratch(const lw_block *block, int64_t rows, lw_carver *carver,
                            lw_block_scratch *scratch)
{
  int64_t most = 0;
  scratch->dbranch = lw_carve_rows(carver, rows, block->C);
  scratch->dinput = lw_carve_rows(carver, rows, block->C);
  for (int n = 0; n < block->count; n++) {
    float *nowhere[LW_LAYER_ARRAYS];
    lw_carver measure = {.room = carver->room};
    carve_layer(&block->part[n], rows, &measure, nowhere);
    if (measure.used > most) most = measure.used;
  }
  scratch->layer = (lw_carver){.base = lw_carve(carver, most), .room = carver->room};
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

/* Dropout slot 0 is the embedding's. */
static int64_t dropout_slot(const lw_block *block, int n)
{
  return 1 + block->count * block->number + n;
}

/* pre: y = x + f(norm(x));  post: y = norm(x + f(x)). y NULL, only for pre: what backward needs
   and no more. */
static lw_status part_forward(const lw_block *block, int n, const lw_pass *pass,
                              const lw_part_kept *kept, float *y)
{
  const lw_block_part *part = &block->part[n];
  float *normed = kept->normed, *sum = block->post ? normed : y;
  const lw_layer_call call = {.x = block->post ? kept->x : normed, .y = sum, .kept = kept->layer};
  lw_status status = LW_OK;
  if (!block->post) LW_TRY(lw_norm_forward(&part->norm, pass, kept->x, normed, kept->norm));
  LW_TRY(part->kind->forward(part->layer, pass, &call));
  if (!sum) goto done;
  lw_pass_dropout(pass, dropout_slot(block, n), block->C, sum);
  lw_add(sum, kept->x, pass->batch->rows * block->C);
  if (block->post) LW_TRY(lw_norm_forward(&part->norm, pass, sum, y, kept->norm));
done:
  return status;
}

static lw_status layer_backward(const lw_block *block, int n, const lw_pass *pass,
                                const lw_part_kept *kept, const lw_block_scratch *scratch)
{
  const lw_block_part *part = &block->part[n];
  float *arrays[LW_LAYER_ARRAYS];
  lw_carver carver = scratch->layer;
  const lw_layer_call call = {.x = block->post ? kept->x : kept->normed,
                              .dy = scratch->dbranch,
                              .dx = scratch->dinput,
                              .kept = kept->layer,
                              .scratch = arrays};
  carve_layer(part, pass->batch->rows, &carver, arrays);
  return part->kind->backward(part->layer, pass, &call);
}

static lw_status part_backward(const lw_block *block, int n, const lw_pass *pass,
                               const lw_part_kept *kept, const lw_block_scratch *scratch, float *dx)
{
  const lw_norm *norm = &block->part[n].norm;
  float *dinput = scratch->dinput;
  const int64_t count = pass->batch->rows * block->C;
  lw_status status = LW_OK;
  if (block->post) LW_TRY(lw_norm_backward(norm, pass, dx, kept->normed, kept->norm, dx));
  memcpy(scratch->dbranch, dx, (size_t)count * sizeof *dx);
  lw_pass_dropout(pass, dropout_slot(block, n), block->C, scratch->dbranch);
  LW_TRY(layer_backward(block, n, pass, kept, scratch));
  if (!block->post) LW_TRY(lw_norm_backward(norm, pass, dinput, kept->x, kept->norm, dinput));
  lw_add(dx, dinput, count);
done:
  return status;
}

lw_status lw_block_forward(const lw_block *block, const lw_pass *pass, const lw_block_kept *kept,
                           float *y)
{
  lw_status status = LW_OK;
  lw_traffic_layer(block->number);
  for (int n = 0; n < block->count; n++)
    LW_TRY(part_forward(block, n, pass, &kept->part[n],
                        n + 1 < block->count ? kept->part[n + 1].x : y));
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
  lw_traffic_layer(block->number);
  for (int n = block->count - 1; n >= 0; n--)
    LW_TRY(part_backward(block, n, pass, &kept->part[n], scratch, dx));
done:
  lw_traffic_layer(-1);
  return status;
}
