#include "longwave/model/embedding.h"
#include "longwave/base/mem.h"
#include "longwave/op/embed.h"
#include <omp.h>
#include <string.h>

static lw_positions added_code(lw_choices positions)
{
  if (lw_choices_have(positions, LW_POSITIONS_LEARNED)) return LW_POSITIONS_LEARNED;
  if (lw_choices_have(positions, LW_POSITIONS_SINUSOIDAL)) return LW_POSITIONS_SINUSOIDAL;
  return LW_POSITIONS_NONE;
}

lw_status lw_embedding_init(lw_embedding *embedding, const lw_embedding_shape *shape,
                            lw_params *params)
{
  int64_t C = shape->C;
  lw_status status = LW_OK;
  *embedding = (lw_embedding){.items = lw_item_embedding_find(shape->input),
                              .code = added_code(shape->positions),
                              .C = C,
                              .heads = shape->heads,
                              .head_size = C / shape->heads};
  if (lw_choices_have(shape->positions, LW_POSITIONS_ROTARY))
    embedding->turned = lw_rotary_channels(shape->rotary_share, embedding->head_size);
  LW_TRY(embedding->items->init(embedding, shape, params));
  if (embedding->code == LW_POSITIONS_LEARNED) {
    lw_param_shape learned = {LW_PARAM_EMBEDDING,
                              {shape->most_positions, C},
                              LW_START_NORMAL,
                              shape->position_scale,
                              false};
    LW_TRY(lw_params_add(params, learned, &embedding->position, "embedding.position"));
  }
  embedding->marked = shape->marked;
  if (shape->marked) {
    lw_param_shape mark = {LW_PARAM_EMBEDDING, {1, C}, LW_START_NORMAL, 0.02, false};
    LW_TRY(lw_params_add(params, mark, &embedding->cls, "embedding.cls"));
  }
  embedding->masks = shape->masks;
  if (shape->masks) {
    lw_param_shape mask = {LW_PARAM_EMBEDDING, {1, C}, LW_START_NORMAL, 0.02, false};
    LW_TRY(lw_params_add(params, mask, &embedding->mask, "embedding.mask"));
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
  const int64_t C = embedding->code == LW_POSITIONS_SINUSOIDAL ? embedding->C : 0;
  return longest * (C + 2 * (embedding->turned / 2)) * (int64_t)sizeof(float);
}

lw_status lw_embedding_reserve(lw_embedding *embedding, int64_t longest)
{
  if (longest <= embedding->room) return LW_OK;
  int64_t half = embedding->turned / 2, room = 0;
  lw_status status = LW_OK;
  if (embedding->code == LW_POSITIONS_SINUSOIDAL) {
    LW_TRY(
        lw_mem_grow((void **)&embedding->sinusoid, &room, longest * embedding->C, sizeof(float)));
    lw_sinusoid_table(longest, embedding->C, embedding->sinusoid);
  }
  if (half > 0) {
    room = 0;
    LW_TRY(lw_mem_grow((void **)&embedding->cosine, &room, longest * half, sizeof(float)));
    room = 0;
    LW_TRY(lw_mem_grow((void **)&embedding->sine, &room, longest * half, sizeof(float)));
    lw_rotary_table(longest, embedding->turned, embedding->cosine, embedding->sine);
  }
  embedding->room = longest;
done:
  return status;
}

static const float *position_table(const lw_embedding *embedding, const lw_params *params)
{
  if (embedding->code == LW_POSITIONS_LEARNED) return lw_param_value(params, embedding->position);
  return embedding->sinusoid; /* NULL for none */
}

/* Whether the item of a row is hidden. */
static bool hidden(const lw_embedding *embedding, const lw_batch *batch, int64_t row)
{
  return embedding->masks && batch->masked && batch->masked[row];
}

/* One vector stands in for all hidden items. */
static void hide(const lw_embedding *embedding, const lw_pass *pass, float *x)
{
  const int64_t C = embedding->C;
  const float *mask = lw_param_value(pass->params, embedding->mask);
  for (int64_t row = 0; row < pass->batch->rows; row++)
    if (hidden(embedding, pass->batch, row)) memcpy(x + row * C, mask, (size_t)C * sizeof *x);
}

/* The gradient of that vector; none is left for the items. In the order of rows, by one thread: the
   same on any number of threads. */
static void hide_backward(const lw_embedding *embedding, const lw_pass *pass, float *dx)
{
  const int64_t C = embedding->C;
  float *dmask = lw_param_gradient(pass->params, embedding->mask);
  for (int64_t row = 0; row < pass->batch->rows; row++) {
    if (!hidden(embedding, pass->batch, row)) continue;
    for (int64_t c = 0; c < C; c++) dmask[c] += dx[row * C + c];
    memset(dx + row * C, 0, (size_t)C * sizeof *dx);
  }
}

void lw_embedding_forward(const lw_embedding *embedding, const lw_pass *pass, float *x)
{
  const lw_batch *batch = pass->batch;
  int64_t C = embedding->C;
  embedding->items->forward(embedding, pass, x);
  if (embedding->masks) hide(embedding, pass, x);

  const float *table = position_table(embedding, pass->params);
  const float *mark = embedding->marked ? lw_param_value(pass->params, embedding->cls) : NULL;
  const int64_t count = batch->packing.stretch_count;
  for (int64_t s = 0; (table || mark) && s < count; s++) {
    const lw_stretch stretch = batch->packing.stretches[s];
    float *rows = x + stretch.row * C;
    if (table) lw_embed_positions(table + stretch.position * C, stretch.tokens, C, rows);
    if (mark && stretch.position == 0) lw_embed_positions(mark, 1, C, rows);
  }
}

void lw_embedding_backward(const lw_embedding *embedding, const lw_pass *pass, float *dx)
{
  const lw_batch *batch = pass->batch;
  int64_t C = embedding->C;
  const bool learned = embedding->code == LW_POSITIONS_LEARNED, marked = embedding->marked;
  float *dtable = learned ? lw_param_gradient(pass->params, embedding->position) : NULL;
  float *dmark = marked ? lw_param_gradient(pass->params, embedding->cls) : NULL;
  const int64_t count = batch->packing.stretch_count;
  for (int64_t s = 0; (learned || marked) && s < count; s++) {
    const lw_stretch stretch = batch->packing.stretches[s];
    const float *rows = dx + stretch.row * C;
    if (dtable) lw_embed_positions_backward(rows, stretch.tokens, C, dtable + stretch.position * C);
    if (dmark && stretch.position == 0) lw_embed_positions_backward(rows, 1, C, dmark);
  }
  /* behind the positions, which hidden items have, too */
  if (embedding->masks) hide_backward(embedding, pass, dx);
  embedding->items->backward(embedding, pass, dx);
}

void lw_embedding_rotate(const lw_embedding *embedding, const lw_batch *batch, float *qkv,
                         float sign)
{
  const int64_t C = embedding->C, half = embedding->turned / 2;
  if (half == 0) return;
  const int64_t count = batch->packing.stretch_count;
  /* Few long stretches are shared inside lw_rotary_turn instead. */
#pragma omp parallel for schedule(dynamic) if (count >= omp_get_max_threads())
  for (int64_t s = 0; s < count; s++) {
    const lw_stretch stretch = batch->packing.stretches[s];
    /* queries and keys lie side by side: 2 H heads */
    lw_rotary_turn(qkv + stretch.row * 3 * C, 3 * C, stretch.tokens, 2 * embedding->heads,
                   embedding->head_size, embedding->turned,
                   embedding->cosine + stretch.position * half,
                   embedding->sine + stretch.position * half, sign);
  }
}
