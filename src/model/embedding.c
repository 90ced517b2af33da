#include "longwave/model/embedding.h"
#include "longwave/base/mem.h"
#include "longwave/op/embed.h"
#include <omp.h>

lw_status lw_embedding_init(lw_embedding *embedding, const lw_embedding_shape *shape,
                            lw_params *params)
{
  int64_t C = shape->C;
  lw_status status = LW_OK;
  *embedding = (lw_embedding){.items = lw_item_embedding_find(shape->input),
                              .positions = shape->positions,
                              .C = C,
                              .heads = shape->heads,
                              .head_size = C / shape->heads};
  LW_TRY(embedding->items->init(embedding, shape, params));
  if (shape->positions == LW_POSITIONS_LEARNED) {
    lw_param_shape learned = {LW_PARAM_EMBEDDING,
                              {shape->most_positions, C},
                              LW_START_NORMAL,
                              shape->position_scale,
                              false};
    LW_TRY(lw_params_add(params, learned, &embedding->position, "embedding.position"));
  }
done:
  return status;
}

void lw_embedding_done(lw_embedding *embedding)
{
  lw_mem_give(embedding->sinusoid);
  lw_mem_give(embedding->cosine);
  lw_mem_give(embedding->sine);
  *embedding = (lw_embedding){0};
}

int64_t lw_embedding_table_bytes(const lw_embedding *embedding, int64_t longest)
{
  const int64_t C = embedding->positions == LW_POSITIONS_SINUSOIDAL ? embedding->C : 0;
  const int64_t half = embedding->positions == LW_POSITIONS_ROTARY ? embedding->head_size / 2 : 0;
  return longest * (C + 2 * half) * (int64_t)sizeof(float);
}

lw_status lw_embedding_reserve(lw_embedding *embedding, int64_t longest)
{
  if (longest <= embedding->room) return LW_OK;
  int64_t half = embedding->head_size / 2, room = 0;
  lw_status status = LW_OK;
  if (embedding->positions == LW_POSITIONS_SINUSOIDAL) {
    LW_TRY(
        lw_mem_grow((void **)&embedding->sinusoid, &room, longest * embedding->C, sizeof(float)));
    lw_sinusoid_table(longest, embedding->C, embedding->sinusoid);
  }
  if (embedding->positions == LW_POSITIONS_ROTARY) {
    LW_TRY(lw_mem_grow((void **)&embedding->cosine, &room, longest * half, sizeof(float)));
    room = 0;
    LW_TRY(lw_mem_grow((void **)&embedding->sine, &room, longest * half, sizeof(float)));
    lw_rotary_table(longest, embedding->head_size, embedding->cosine, embedding->sine);
  }
  embedding->room = longest;
done:
  return status;
}

static const float *position_table(const lw_embedding *embedding, const lw_params *params)
{
  if (embedding->positions == LW_POSITIONS_LEARNED)
    return lw_param_value(params, embedding->position);
  return embedding->sinusoid; /* NULL for none and rotary */
}

void lw_embedding_forward(const lw_embedding *embedding, const lw_pass *pass, float *x)
{
  const lw_batch *batch = pass->batch;
  int64_t C = embedding->C;
  embedding->items->forward(embedding, pass, x);

  const float *table = position_table(embedding, pass->params);
  const int64_t count = batch->packing.stretch_count;
  for (int64_t s = 0; table && s < count; s++) {
    const lw_stretch stretch = batch->packing.stretches[s];
    lw_embed_positions(table + stretch.position * C, stretch.tokens, C, x + stretch.row * C);
  }
}

void lw_embedding_backward(const lw_embedding *embedding, const lw_pass *pass, const float *dx)
{
  const lw_batch *batch = pass->batch;
  int64_t C = embedding->C;
  embedding->items->backward(embedding, pass, dx);

  if (embedding->positions != LW_POSITIONS_LEARNED) return;
  float *dtable = lw_param_gradient(pass->params, embedding->position);
  const int64_t count = batch->packing.stretch_count;
  for (int64_t s = 0; s < count; s++) {
    const lw_stretch stretch = batch->packing.stretches[s];
    lw_embed_positions_backward(dx + stretch.row * C, stretch.tokens, C,
                                dtable + stretch.position * C);
  }
}

void lw_embedding_rotate(const lw_embedding *embedding, const lw_batch *batch, float *qkv,
                         float sign)
{
  if (embedding->positions != LW_POSITIONS_ROTARY) return;
  const int64_t C = embedding->C, half = embedding->head_size / 2;
  const int64_t count = batch->packing.stretch_count;
  /* Few long stretches are shared inside lw_rotary_turn instead. */
#pragma omp parallel for schedule(dynamic) if (count >= omp_get_max_threads())
  for (int64_t s = 0; s < count; s++) {
    const lw_stretch stretch = batch->packing.stretches[s];
    /* queries and keys lie side by side: 2 H heads */
    lw_rotary_turn(qkv + stretch.row * 3 * C, 3 * C, stretch.tokens, 2 * embedding->heads,
                   embedding->head_size, embedding->cosine + stretch.position * half,
                   embedding->sine + stretch.position * half, sign);
  }
}
