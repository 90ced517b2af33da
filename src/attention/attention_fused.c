/* The fused engine: hands the heads of all sequences that this rank holds whole to op/fused.h at
   once, which shares them over the rank's threads. Sharded sequences:
   sharded.h. */
#include "head_shape.h"
#include "sharded.h"
#include "longwave/base/mem.h"
#include "longwave/attention/attention.h"
#include "longwave/op/fused.h"
#include "longwave/op/smooth.h"
#include <omp.h>

typedef struct fused_state {
  lw_strip *pieces; /* [piece_count] whole sequences of this rank */
  int64_t piece_count, piece_room;
  lw_fused_head *heads; /* [piece_count, H] */
  lw_fused_gradient *gradients;
  int64_t head_room, gradient_room;
  void *memory;
  int64_t memory_room;
  lw_sharded_attention *sharded;
  bool any_sharded; /* of the packing at hand */
} fused_state;

static lw_status fused_create(lw_attention *attention)
{
  fused_state *state = NULL;
  lw_status status = LW_TAKE(&state, 1);
  if (status != LW_OK) return status;
  attention->state = state;
  return lw_sharded_attention_create(attention, &state->sharded);
}

static void fused_destroy(lw_attention *attention)
{
  fused_state *state = attention->state;
  if (!state) return;
  lw_mem_give(state->pieces);
  lw_mem_give(state->heads);
  lw_mem_give(state->gradients);
  lw_mem_give(state->memory);
  lw_sharded_attention_destroy(&state->sharded);
  lw_mem_give(state);
}

static lw_status list_pieces(fused_state *state, const lw_packing *packing)
{
  lw_status status = lw_mem_grow((void **)&state->pieces, &state->piece_room, packing->strip_count,
                                 (int64_t)sizeof *state->pieces);
  if (status != LW_OK) return status;
  state->piece_count = 0;
  for (int64_t s = 0; s < packing->strip_count; s++)
    if (packing->sequences[packing->strips[s].sequence].rank != LW_PACKING_SHARDED)
      state->pieces[state->piece_count++] = packing->strips[s];
  return LW_OK;
}

/* Head `c` of a piece without its arrays. */
static lw_fused_head shape_of(const lw_attention *attention, const lw_attention_call *call,
                              int64_t tokens, int64_t c)
{
  const int64_t C = attention->heads * attention->head_size;
  lw_fused_head head = lw_head_shape(attention, call, tokens, c);
  head.q_stride = head.k_stride = 3 * C;
  head.v_stride = head.y_stride = C;
  return head;
}

static lw_status fused_reserve(lw_attention *attention, const lw_attention_call *call)
{
  fused_state *state = attention->state;
  const int64_t H = attention->heads;
  lw_status status = LW_OK;
  LW_TRY(lw_sharded_attention_set(state->sharded, call->packing, &state->any_sharded));
  LW_TRY(list_pieces(state, call->packing));
  const int64_t count = state->piece_count * H;
  LW_TRY(
      lw_mem_grow((void **)&state->heads, &state->head_room, count, (int64_t)sizeof *state->heads));
  LW_TRY(lw_mem_grow((void **)&state->gradients, &state->gradient_room, count,
                     (int64_t)sizeof *state->gradients));
  for (int64_t n = 0; n < count; n++)
    state->heads[n] = shape_of(attention, call, state->pieces[n / H].tokens, n % H);
  LW_TRY(lw_mem_grow(&state->memory, &state->memory_room,
                     attention->backend->memory(state->heads, count), 1));
done:
  return status;
}

/* Head n % H of piece n / H: rows `row` on of the packed arrays, columns c d on. */
static void attach(const lw_attention *attention, const lw_attention_call *call)
{
  const fused_state *state = attention->state;
  const int64_t H = attention->heads, d = attention->head_size, C = H * d;
  for (int64_t n = 0; n < state->piece_count * H; n++) {
    const int64_t row = state->pieces[n / H].row, c = n % H;
    const int64_t at = row * C + c * d, at_qkv = row * 3 * C + c * d;
    lw_fused_head *head = &state->heads[n];
    head->q = call->qkv + at_qkv;
    head->k = head->q + C;
    head->v = call->smooth + at;
    head->y = call->y + at;
    head->lse = call->lse + c * call->packing->rows + row;
    for (int kind = 0; kind < LW_FUSED_KINDS; kind++)
      head->reading[kind] = lw_head_readings(attention, call, c, row);
    if (!call->dy) continue;
    float *dq = call->dqkv + at_qkv;
    state->gradients[n] = (lw_fused_gradient){.dy = call->dy + at,
                                              .dq = dq,
                                              .dk = dq + C,
                                              .dv = call->dsmooth + at,
                                              .dq_stride = 3 * C,
                                              .dk_stride = 3 * C,
                                              .dv_stride = C,
                                              .dreading_stride = {1, 1},
                                              .dbias = lw_head_dbias(attention, call, c)};
    for (lw_fused_kind kind = 0; kind < LW_FUSED_KINDS; kind++)
      state->gradients[n].dreading[kind] = lw_head_dreading(attention, call, kind, c, row);
  }
}

static void smooth_pieces(const lw_attention *attention, const lw_attention_call *call)
{
  const fused_state *state = attention->state;
  int64_t C = attention->heads * attention->head_size;
  /* Few long pieces are shared inside instead. */
#pragma omp parallel for schedule(dynamic) if (state->piece_count >= omp_get_max_threads())
  for (int64_t p = 0; p < state->piece_count; p++) {
    const lw_strip piece = state->pieces[p];
    lw_smooth_forward(call->qkv + piece.row * 3 * C + 2 * C, 3 * C, piece.tokens, C,
                      attention->options.window, attention->options.alignment,
                      call->smooth + piece.row * C, C);
  }
}

static lw_status fused_forward(lw_attention *attention, const lw_attention_call *call)
{
  fused_state *state = attention->state;
  lw_status status = fused_reserve(attention, call);
  if (status != LW_OK) return status;
  /* First, so that no rank waits while another is busy with whole sequences. */
  if (state->any_sharded)
    lw_sharded_attention_forward(state->sharded, call, &attention->counted);
  smooth_pieces(attention, call);
  attach(attention, call);
  attention->backend->forward(state->heads, state->piece_count * attention->heads, state->memory,
                              &attention->tiles);
  lw_fused_tiles_add(&attention->counted, &attention->tiles);
  return LW_OK;
}

static lw_status fused_backward(lw_attention *attention, const lw_attention_call *call)
{
  fused_state *state = attention->state;
  lw_status status = fused_reserve(attention, call);
  if (status != LW_OK) return status;
  if (state->any_sharded) lw_sharded_attention_backward(state->sharded, call);
  attach(attention, call);
  attention->backend->backward(state->heads, state->gradients,
                               state->piece_count * attention->heads, state->memory);
  const int64_t C = attention->heads * attention->head_size;
  /* Few long pieces are shared inside instead. */
#pragma omp parallel for schedule(dynamic) if (state->piece_count >= omp_get_max_threads())
  for (int64_t p = 0; p < state->piece_count; p++) {
    const lw_strip piece = state->pieces[p];
    lw_smooth_backward(call->dsmooth + piece.row * C, C, piece.tokens, C, attention->options.window,
                       attention->options.alignment, call->dqkv + piece.row * 3 * C + 2 * C, 3 * C);
  }
  return LW_OK;
}

const lw_attention_engine lw_attention_fused = {.create = fused_create,
                                                .destroy = fused_destroy,
                                                .reserve = fused_reserve,
                                                .forward = fused_forward,
                                                .backward = fused_backward};
