/* The scalapack engine: the whole score matrix, panel by panel (attention/scores.h), one sequence
 * after the other. Whole sequences are computed by their rank alone, on a grid of one; sharded ones
 * by all ranks of the sequence axis, on a grid of 1 x ranks, the shape in which products move
 * least: their rows are gathered, and each rank takes its own ones out of the result. */
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include "longwave/attention/attention.h"
#include "longwave/attention/scores.h"
#include <string.h>

/* Some ranks and their matrices. */
typedef struct board {
  lw_grid *grid;
  lw_scores *scores;
  int64_t longest; /* tokens that scores has room for */
} board;

typedef struct scalapack_state {
  lw_world *self;
  board alone, axis; /* the second without a grid where the axis is one rank */
  /* for sharded sequences */
  float *whole; /* [longest, 3C] rows of all ranks: q, k, v or y or dy or dq, dk, dv */
  float *lse;   /* [H, longest] */
  double *reading, *dreading; /* [H, longest] of a sequence, where a clock moves */
  int64_t reading_room, dreading_room;
  int *count, *first; /* [ranks] rows of the strips that are gathered at once */
} scalapack_state;

/* ---- making ---- */

static lw_status create_alone(const lw_attention *attention, scalapack_state *state)
{
  const int ranks = attention->world->sequence->size;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&state->count, ranks));
  LW_TRY(LW_TAKE(&state->first, ranks));
  LW_TRY(lw_world_create(MPI_COMM_SELF, &state->self));
  LW_TRY(lw_grid_create(state->self, 1, 1, &state->alone.grid));
done:
  return status;
}

static lw_status scalapack_create(lw_attention *attention)
{
  const lw_world *axis = attention->world->sequence;
  scalapack_state *state = NULL;
  lw_status status = LW_OK;
  status = LW_TAKE(&state, 1);
  attention->state = state;
  LW_TRY_TOGETHER(axis, status);
  LW_TRY_TOGETHER(axis, create_alone(attention, state));
  if (axis->size > 1) LW_TRY(lw_grid_create(axis, 1, axis->size, &state->axis.grid));
done:
  return status;
}

static void scalapack_destroy(lw_attention *attention)
{
  scalapack_state *state = attention->state;
  if (!state) return;
  lw_scores_destroy(&state->alone.scores);
  lw_scores_destroy(&state->axis.scores);
  lw_grid_destroy(&state->alone.grid);
  lw_grid_destroy(&state->axis.grid);
  lw_world_destroy(&state->self);
  lw_mem_give(state->whole);
  lw_mem_give(state->lse);
  lw_mem_give(state->reading);
  lw_mem_give(state->dreading);
  lw_mem_give(state->count);
  lw_mem_give(state->first);
  lw_mem_give(state);
}

/* Tokens of the longest sequence on `rank`, LW_PACKING_SHARDED among them. */
static int64_t longest_on(const lw_packing *packing, int rank)
{
  int64_t longest = 0;
  for (int64_t n = 0; n < packing->sequence_count; n++)
    if (packing->sequences[n].rank == rank && packing->sequences[n].tokens > longest)
      longest = packing->sequences[n].tokens;
  return longest;
}

/* Collective over the board's grid. */
static lw_status board_reserve(board *b, const lw_attention *attention, int64_t longest)
{
  if (longest <= b->longest) return LW_OK;
  const lw_scores_shape shape = {.tokens = longest,
                                 .heads = attention->heads,
                                 .head_size = attention->head_size,
                                 .relative = attention->relative,
                                 .bytes = attention->options.panel * 1024};
  lw_scores_destroy(&b->scores);
  b->longest = 0;
  lw_status status =
      lw_scores_create(b->grid, &shape, &attention->options, attention->alpha, &b->scores);
  if (status == LW_OK) b->longest = longest;
  return status;
}

static lw_status take_whole(const lw_attention *attention, scalapack_state *state, int64_t longest)
{
  const int64_t H = attention->heads, C = H * attention->head_size;
  int64_t room = 0, lse_room = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_mem_grow((void **)&state->whole, &room, longest * 3 * C, sizeof(float)));
  LW_TRY(lw_mem_grow((void **)&state->lse, &lse_room, longest * H, sizeof(float)));
done:
  return status;
}

static lw_status take_readings(const lw_attention *attention, scalapack_state *state,
                               int64_t longest)
{
  const int64_t count = longest * attention->heads;
  lw_status status = LW_OK;
  LW_TRY(lw_mem_grow((void **)&state->reading, &state->reading_room, count, sizeof(double)));
  LW_TRY(lw_mem_grow((void **)&state->dreading, &state->dreading_room, count, sizeof(double)));
done:
  return status;
}

/* What the axis makes together comes first: a rank that fails alone does so after it. */
static lw_status scalapack_reserve(lw_attention *attention, const lw_attention_call *call)
{
  scalapack_state *state = attention->state;
  const lw_world *axis = attention->world->sequence;
  const int64_t sharded = longest_on(call->packing, LW_PACKING_SHARDED);
  lw_status status = LW_OK;
  if (sharded > state->axis.longest) {
    state->axis.longest = 0;
    LW_TRY_TOGETHER(axis, take_whole(attention, state, sharded));
    LW_TRY(board_reserve(&state->axis, attention, sharded));
  }
  const int64_t alone = longest_on(call->packing, axis->rank);
  LW_TRY(board_reserve(&state->alone, attention, alone));
  if (attention->moving) LW_TRY(take_readings(attention, state, sharded > alone ? sharded : alone));
done:
  return status;
}

/* ---- clocks ---- */

/* The decays of now and, of a whole sequence with T tokens, [H, T] readings in the state. */
static void set_clock(const lw_attention *attention, const lw_attention_call *call,
                      lw_scores *scores, int64_t T)
{
  const scalapack_state *state = attention->state;
  if (!attention->shifting) return;
  lw_scores_set_clock(scores, &(lw_scores_clock){.alpha = attention->alpha,
                                                 .clocked = attention->clocked,
                                                 .reading = call->reading ? state->reading : NULL,
                                                 .stride = T});
}

/* The readings of a strip, token t of which is token first + t of the whole sequence. */
static void read_strip(const lw_attention *attention, const lw_attention_call *call,
                       const lw_strip *strip, int64_t first, int64_t T)
{
  const scalapack_state *state = attention->state;
  for (int64_t c = 0; call->reading && c < attention->heads; c++)
    memcpy(state->reading + c * T + first, call->reading + c * call->packing->rows + strip->row,
           (size_t)strip->tokens * sizeof *state->reading);
}

/* Both kinds together, to the keys'. */
static void give_strip(const lw_attention *attention, const lw_attention_call *call,
                       const lw_strip *strip, int64_t first, int64_t T)
{
  const scalapack_state *state = attention->state;
  const int64_t H = attention->heads, rows = call->packing->rows;
  for (int64_t c = 0; c < H; c++)
    for (int64_t t = 0; t < strip->tokens; t++) {
      float *as_key = call->dreading + c * rows + strip->row + t;
      as_key[0] = (float)state->dreading[c * T + first + t];
      as_key[H * rows] = 0;
    }
}

/* ---- the bias per distance ---- */

static void set_bias(const scalapack_state *state, const lw_attention_call *call)
{
  if (!call->bias) return;
  if (state->alone.scores) lw_scores_set_bias(state->alone.scores, call->bias);
  if (state->axis.scores) lw_scores_set_bias(state->axis.scores, call->bias);
}

/* ---- sequences of one rank ---- */

static lw_status forward_alone(const lw_attention *attention, const lw_attention_call *call,
                               const lw_strip *strip)
{
  const scalapack_state *state = attention->state;
  const int64_t C = attention->heads * attention->head_size, rows = call->packing->rows;
  lw_scores *scores = state->alone.scores;
  read_strip(attention, call, strip, 0, strip->tokens);
  set_clock(attention, call, scores, strip->tokens);
  lw_scores_set(scores, strip->tokens, call->qkv + strip->row * 3 * C);
  lw_status status = lw_scores_forward(scores, call->lse + strip->row, rows);
  if (status == LW_OK) lw_scores_get(scores, call->y + strip->row * C);
  return status;
}

static lw_status backward_alone(const lw_attention *attention, const lw_attention_call *call,
                                const lw_strip *strip)
{
  const scalapack_state *state = attention->state;
  const int64_t C = attention->heads * attention->head_size, rows = call->packing->rows;
  lw_scores *scores = state->alone.scores;
  read_strip(attention, call, strip, 0, strip->tokens);
  set_clock(attention, call, scores, strip->tokens);
  lw_scores_set(scores, strip->tokens, call->qkv + strip->row * 3 * C);
  lw_scores_set_gradient(scores, call->dy + strip->row * C);
  lw_status status = lw_scores_backward(scores, call->lse + strip->row, rows);
  if (status != LW_OK) return status;
  lw_scores_get_gradient(scores, call->dqkv + strip->row * 3 * C);
  if (call->dbias) lw_scores_add_dbias(scores, call->dbias);
  if (!call->dreading) return LW_OK;
  lw_scores_get_dreading(scores, state->dreading);
  give_strip(attention, call, strip, 0, strip->tokens);
  return LW_OK;
}

/* ---- sharded sequences ---- */

/* Strips of a sharded sequence that each rank holds, one after the other in its rows. */
static int strips_each(const lw_packing *packing)
{
  return lw_strips_each(lw_packing_strips(&packing->rule));
}

static int64_t tokens_of(const lw_packing *packing, const lw_strip *strip)
{
  return packing->sequences[strip->sequence].tokens;
}

/* The whole sequence, [T, width], of the rows [rows, width] that its strips have on each rank:
 * first those of the ranks' first strips, then those of their second ones. */
static void gather(const lw_attention *attention, const lw_packing *packing, const lw_strip *strip,
                   const float *own, int64_t width)
{
  const scalapack_state *state = attention->state;
  const lw_strips strips = lw_packing_strips(&packing->rule);
  const int64_t T = tokens_of(packing, strip);
  for (int turn = 0; turn < strips_each(packing); turn++) {
    for (int n = 0; n < strips.ranks; n++) {
      const int s = turn * strips.ranks + n, rank = lw_strips_rank(strips, s);
      state->first[rank] = (int)lw_strips_first(strips, T, s);
      state->count[rank] = (int)lw_strips_first(strips, T, s + 1) - state->first[rank];
    }
    lw_gather_rows(attention->world->sequence, own + strip[turn].row * width, width, state->count,
                   state->first, state->whole);
  }
}

/* This rank's rows of the whole. */
static void take_rows(const scalapack_state *state, const lw_packing *packing,
                      const lw_strip *strip, int64_t width, float *own)
{
  for (int n = 0; n < strips_each(packing); n++)
    memcpy(own + strip[n].row * width, state->whole + strip[n].first * width,
           (size_t)(strip[n].tokens * width) * sizeof *own);
}

/* Copy this rank's tokens between lse [H, T] of the whole and [H, rows]. */
static void copy_lse(const lw_attention *attention, const lw_attention_call *call,
                     const lw_strip *strip, bool to_whole)
{
  const scalapack_state *state = attention->state;
  const int64_t T = tokens_of(call->packing, strip), rows = call->packing->rows;
  for (int64_t c = 0; c < attention->heads; c++)
    for (int n = 0; n < strips_each(call->packing); n++) {
      float *own = call->lse + c * rows + strip[n].row;
      float *whole = state->lse + c * T + strip[n].first;
      memcpy(to_whole ? whole : own, to_whole ? own : whole, (size_t)strip[n].tokens * sizeof *own);
    }
}

/* Each number has one owner: with 0 elsewhere the sum over ranks is a copy. */
static void share_readings(const lw_attention *attention, const lw_attention_call *call,
                           const lw_strip *strip)
{
  const scalapack_state *state = attention->state;
  const int64_t T = tokens_of(call->packing, strip), count = attention->heads * T;
  if (!call->reading) return;
  memset(state->reading, 0, (size_t)count * sizeof *state->reading);
  for (int n = 0; n < strips_each(call->packing); n++)
    read_strip(attention, call, &strip[n], strip[n].first, T);
  lw_reduce_sum_doubles(attention->world->sequence, state->reading, count);
}

static lw_status forward_sharded(const lw_attention *attention, const lw_attention_call *call,
                                 const lw_strip *strip)
{
  const scalapack_state *state = attention->state;
  const int64_t C = attention->heads * attention->head_size, T = tokens_of(call->packing, strip);
  lw_scores *scores = state->axis.scores;
  share_readings(attention, call, strip);
  set_clock(attention, call, scores, T);
  gather(attention, call->packing, strip, call->qkv, 3 * C);
  lw_scores_set(scores, T, state->whole);
  lw_status status = lw_scores_forward(scores, state->lse, T);
  if (status != LW_OK) return status;
  lw_scores_get(scores, state->whole);
  take_rows(state, call->packing, strip, C, call->y);
  copy_lse(attention, call, strip, false);
  return LW_OK;
}

static lw_status backward_sharded(const lw_attention *attention, const lw_attention_call *call,
                                  const lw_strip *strip)
{
  const scalapack_state *state = attention->state;
  const int64_t H = attention->heads, C = H * attention->head_size;
  const int64_t T = tokens_of(call->packing, strip);
  lw_scores *scores = state->axis.scores;
  share_readings(attention, call, strip);
  set_clock(attention, call, scores, T);
  gather(attention, call->packing, strip, call->qkv, 3 * C);
  lw_scores_set(scores, T, state->whole);
  gather(attention, call->packing, strip, call->dy, C);
  lw_scores_set_gradient(scores, state->whole);
  /* Each number has one owner: with 0 elsewhere the sum over ranks is a copy. */
  memset(state->lse, 0, (size_t)(H * T) * sizeof *state->lse);
  copy_lse(attention, call, strip, true);
  lw_reduce_sum_floats(attention->world->sequence, state->lse, H * T);
  lw_status status = lw_scores_backward(scores, state->lse, T);
  if (status != LW_OK) return status;
  lw_scores_get_gradient(scores, state->whole);
  take_rows(state, call->packing, strip, 3 * C, call->dqkv);
  if (call->dbias) lw_scores_add_dbias(scores, call->dbias);
  if (!call->dreading) return LW_OK;
  lw_scores_get_dreading(scores, state->dreading);
  for (int n = 0; n < strips_each(call->packing); n++)
    give_strip(attention, call, &strip[n], strip[n].first, T);
  return LW_OK;
}

/* ---- the passes ---- */

typedef lw_status strip_pass(const lw_attention *attention, const lw_attention_call *call,
                             const lw_strip *strip);

/* Every rank holds a part of each sharded sequence, so all walk through them in the same order;
 * first, so that none waits while another is busy with whole ones. */
static lw_status each_sequence(lw_attention *attention, const lw_attention_call *call,
                               strip_pass *sharded_pass, strip_pass *alone_pass)
{
  const lw_packing *packing = call->packing;
  lw_status status = LW_OK;
  lw_traffic_begin(LW_TRAFFIC_MATRIX);
  LW_TRY(scalapack_reserve(attention, call));
  set_bias(attention->state, call);
  for (int alone = 0; alone < 2; alone++)
    for (int64_t s = 0; s < packing->strip_count;) {
      const lw_strip *strip = &packing->strips[s];
      const bool sharded = packing->sequences[strip->sequence].rank == LW_PACKING_SHARDED;
      if (sharded && !alone) LW_TRY(sharded_pass(attention, call, strip));
      if (!sharded && alone) LW_TRY(alone_pass(attention, call, strip));
      s += sharded ? strips_each(packing) : 1;
    }
done:
  lw_traffic_end();
  return status;
}

static lw_status scalapack_forward(lw_attention *attention, const lw_attention_call *call)
{
  return each_sequence(attention, call, forward_sharded, forward_alone);
}

static lw_status scalapack_backward(lw_attention *attention, const lw_attention_call *call)
{
  return each_sequence(attention, call, backward_sharded, backward_alone);
}

const lw_attention_engine lw_attention_scalapack = {.create = scalapack_create,
                                                    .destroy = scalapack_destroy,
                                                    .reserve = scalapack_reserve,
                                                    .forward = scalapack_forward,
                                                    .backward = scalapack_backward};
