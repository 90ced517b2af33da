/* The fused engine: cuts a packed batch into tasks for op/fused.h and shares them over the threads
   of the rank. A task is one head of one piece (a whole sequence, or a chunk of it); forward also
   splits a head by query blocks. Every task writes memory of its own, so results do not depend
   on the thread count. */
#include "longwave/base/mem.h"
#include "longwave/model/attention.h"
#include "longwave/op/fused.h"
#include "longwave/op/smooth.h"
#include <omp.h>

typedef struct stretch {
  int64_t first, tokens; /* rows of the packed batch */
} stretch;

typedef struct fused_state {
  stretch *pieces; /* [piece_count], longest first */
  int64_t piece_count, piece_room;
  int64_t longest;
  float *scratch; /* [threads, each] */
  int64_t scratch_room, each;
} fused_state;

static lw_status fused_create(lw_attention *attention)
{
  return lw_mem_take(1, sizeof(fused_state), &attention->state);
}

static void fused_destroy(lw_attention *attention)
{
  fused_state *state = attention->state;
  if (!state) return;
  lw_mem_give(state->pieces);
  lw_mem_give(state->scratch);
  lw_mem_give(state);
}

static int64_t piece_number(const lw_attention_call *call, int64_t chunk)
{
  int64_t count = 0;
  for (int64_t b = 0; b < call->samples; b++) {
    int64_t T = call->row_first[b + 1] - call->row_first[b];
    count += chunk ? (T + chunk - 1) / chunk : 1;
  }
  return count;
}

/* Longest first, so that the last tasks to start are short ones. Insertion keeps equal lengths
   in order. */
static void sort_pieces(stretch *pieces, int64_t count)
{
  for (int64_t i = 1; i < count; i++) {
    stretch moved = pieces[i];
    int64_t j = i;
    for (; j > 0 && pieces[j - 1].tokens < moved.tokens; j--) pieces[j] = pieces[j - 1];
    pieces[j] = moved;
  }
}

static lw_status fused_reserve(lw_attention *attention, const lw_attention_call *call)
{
  fused_state *state = attention->state;
  int64_t chunk = attention->options.chunk;
  lw_status status = LW_OK;
  state->piece_count = piece_number(call, chunk);
  LW_TRY(lw_mem_grow((void **)&state->pieces, &state->piece_room, state->piece_count,
                     (int64_t)sizeof *state->pieces));
  int64_t p = 0;
  state->longest = 0;
  for (int64_t b = 0; b < call->samples; b++) {
    int64_t end = call->row_first[b + 1];
    for (int64_t first = call->row_first[b]; first < end; p++) {
      int64_t tokens = chunk && end - first > chunk ? chunk : end - first;
      state->pieces[p] = (stretch){first, tokens};
      if (tokens > state->longest) state->longest = tokens;
      first += tokens;
    }
  }
  sort_pieces(state->pieces, state->piece_count);
  if (state->longest > 0) state->each = lw_fused_scratch(state->longest, attention->head_size);
  state->each = (state->each + 15) / 16 * 16;
  LW_TRY(lw_mem_grow((void **)&state->scratch, &state->scratch_room,
                     state->each * omp_get_max_threads(), sizeof(float)));
done:
  return status;
}

/* Head `c` of a piece: rows `first` on of the packed arrays, columns c d on. */
static lw_fused_head head_of(const lw_attention *attention, const lw_attention_call *call,
                             stretch piece, int64_t c)
{
  int64_t d = attention->head_size, C = attention->heads * d;
  const float *q = call->qkv + piece.first * 3 * C + c * d;
  return (lw_fused_head){.tokens = piece.tokens,
                         .head_size = d,
                         .alpha = attention->alpha[c],
                         .locality = (lw_locality)attention->options.locality,
                         .causal = attention->options.causal,
                         .q = q,
                         .k = q + C,
                         .v = call->smooth + piece.first * C + c * d,
                         .qk_stride = 3 * C,
                         .v_stride = C,
                         .y = call->y + piece.first * C + c * d,
                         .y_stride = C,
                         .lse = call->lse + c * call->rows + piece.first};
}

static void smooth_pieces(const lw_attention *attention, const lw_attention_call *call)
{
  const fused_state *state = attention->state;
  int64_t C = attention->heads * attention->head_size;
#pragma omp parallel for schedule(dynamic)
  for (int64_t p = 0; p < state->piece_count; p++) {
    stretch piece = state->pieces[p];
    lw_smooth_forward(call->qkv + piece.first * 3 * C + 2 * C, 3 * C, piece.tokens, C,
                      attention->options.window, (lw_alignment)attention->options.alignment,
                      call->smooth + piece.first * C, C);
  }
}

static lw_status fused_forward(lw_attention *attention, const lw_attention_call *call)
{
  fused_state *state = attention->state;
  lw_status status = fused_reserve(attention, call);
  if (status != LW_OK) return status;
  smooth_pieces(attention, call);

  int64_t H = attention->heads, threads = omp_get_max_threads();
  /* Few heads for many threads: also split each head's queries. */
  int64_t tasks = state->piece_count * H, parts = 1;
  if (threads > 1 && tasks > 0 && tasks < 4 * threads) parts = (4 * threads + tasks - 1) / tasks;
#pragma omp parallel for schedule(dynamic)
  for (int64_t task = 0; task < tasks * parts; task++) {
    stretch piece = state->pieces[task / parts / H];
    lw_fused_head head = head_of(attention, call, piece, task / parts % H);
    int64_t blocks = (piece.tokens + LW_FUSED_BLOCK - 1) / LW_FUSED_BLOCK;
    /* The last queries of causal attention cost most: they go first. */
    int64_t part = parts - 1 - task % parts;
    int64_t first = blocks * part / parts, last = blocks * (part + 1) / parts;
    if (first < last)
      lw_fused_forward(&head, first, last, state->scratch + omp_get_thread_num() * state->each);
  }
  return LW_OK;
}

static lw_status fused_backward(lw_attention *attention, const lw_attention_call *call)
{
  fused_state *state = attention->state;
  lw_status status = fused_reserve(attention, call);
  if (status != LW_OK) return status;

  int64_t H = attention->heads, d = attention->head_size, C = H * d;
#pragma omp parallel for schedule(dynamic)
  for (int64_t task = 0; task < state->piece_count * H; task++) {
    stretch piece = state->pieces[task / H];
    int64_t c = task % H;
    lw_fused_head head = head_of(attention, call, piece, c);
    float *dq = call->dqkv + piece.first * 3 * C + c * d;
    lw_fused_gradient gradient = {.dy = call->dy + piece.first * C + c * d,
                                  .dq = dq,
                                  .dk = dq + C,
                                  .dv = call->dsmooth + piece.first * C + c * d,
                                  .dqk_stride = 3 * C,
                                  .dv_stride = C};
    lw_fused_backward(&head, &gradient, state->scratch + omp_get_thread_num() * state->each);
  }
#pragma omp parallel for schedule(dynamic)
  for (int64_t p = 0; p < state->piece_count; p++) {
    stretch piece = state->pieces[p];
    lw_smooth_backward(call->dsmooth + piece.first * C, C, piece.tokens, C,
                       attention->options.window, (lw_alignment)attention->options.alignment,
                       call->dqkv + piece.first * 3 * C + 2 * C, 3 * C);
  }
  return LW_OK;
}

const lw_attention_engine lw_attention_fused = {.name = "fused",
                                                .create = fused_create,
                                                .destroy = fused_destroy,
                                                .reserve = fused_reserve,
                                                .forward = fused_forward,
                                                .backward = fused_backward};
