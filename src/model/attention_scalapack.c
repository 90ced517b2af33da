/* The scalapack engine: the whole score matrix, panel by panel (model/scores.h), one sequence or
 * chunk after the other. Today a rank holds whole samples, so its grid is 1 x 1: itself. */
#include "longwave/base/mem.h"
#include "longwave/model/attention.h"
#include "longwave/model/scores.h"

typedef struct scalapack_state {
  lw_world *self;
  lw_grid *grid; /* of this rank alone */
  lw_scores *scores;
  int64_t longest; /* tokens that scores has room for */
} scalapack_state;

static lw_status scalapack_create(lw_attention *attention)
{
  scalapack_state *state = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&state, 1));
  attention->state = state;
  LW_TRY(lw_world_create(MPI_COMM_SELF, &state->self));
  LW_TRY(lw_grid_create(state->self, 1, 1, &state->grid));
done:
  return status;
}

static void scalapack_destroy(lw_attention *attention)
{
  scalapack_state *state = attention->state;
  if (!state) return;
  lw_scores_destroy(&state->scores);
  lw_grid_destroy(&state->grid);
  lw_world_destroy(&state->self);
  lw_mem_give(state);
}

/* The piece of sample b that begins at row `first`: a chunk, or all of it. */
static int64_t piece_tokens(const lw_attention *attention, const lw_attention_call *call, int64_t b,
                            int64_t first)
{
  const int64_t chunk = attention->options.chunk, left = call->row_first[b + 1] - first;
  return chunk && left > chunk ? chunk : left;
}

static lw_status scalapack_reserve(lw_attention *attention, const lw_attention_call *call)
{
  scalapack_state *state = attention->state;
  int64_t longest = 0;
  lw_status status = LW_OK;
  for (int64_t b = 0; b < call->samples; b++) {
    const int64_t tokens = piece_tokens(attention, call, b, call->row_first[b]);
    if (tokens > longest) longest = tokens;
  }
  if (longest <= state->longest) return LW_OK;
  const lw_scores_shape shape = {.tokens = longest,
                                 .heads = attention->heads,
                                 .head_size = attention->head_size,
                                 .bytes = attention->options.panel * 1024};
  lw_scores_destroy(&state->scores);
  state->longest = 0;
  LW_TRY(
      lw_scores_create(state->grid, &shape, &attention->options, attention->alpha, &state->scores));
  state->longest = longest;
done:
  return status;
}

typedef lw_status piece_pass(lw_scores *scores, const lw_attention_call *call, int64_t C,
                             int64_t first, int64_t tokens);

static lw_status forward_piece(lw_scores *scores, const lw_attention_call *call, int64_t C,
                               int64_t first, int64_t tokens)
{
  lw_scores_set(scores, tokens, call->qkv + first * 3 * C);
  lw_status status = lw_scores_forward(scores, call->lse + first, call->rows);
  if (status == LW_OK) lw_scores_get(scores, call->y + first * C);
  return status;
}

static lw_status backward_piece(lw_scores *scores, const lw_attention_call *call, int64_t C,
                                int64_t first, int64_t tokens)
{
  lw_scores_set(scores, tokens, call->qkv + first * 3 * C);
  lw_scores_set_gradient(scores, call->dy + first * C);
  lw_status status = lw_scores_backward(scores, call->lse + first, call->rows);
  if (status == LW_OK) lw_scores_get_gradient(scores, call->dqkv + first * 3 * C);
  return status;
}

static lw_status each_piece(lw_attention *attention, const lw_attention_call *call,
                            piece_pass *pass)
{
  scalapack_state *state = attention->state;
  const int64_t C = attention->heads * attention->head_size;
  lw_status status = LW_OK;
  LW_TRY(scalapack_reserve(attention, call));
  for (int64_t b = 0; b < call->samples; b++)
    for (int64_t first = call->row_first[b], tokens; first < call->row_first[b + 1];
         first += tokens) {
      tokens = piece_tokens(attention, call, b, first);
      LW_TRY(pass(state->scores, call, C, first, tokens));
    }
done:
  return status;
}

static lw_status scalapack_forward(lw_attention *attention, const lw_attention_call *call)
{
  return each_piece(attention, call, forward_piece);
}

static lw_status scalapack_backward(lw_attention *attention, const lw_attention_call *call)
{
  return each_piece(attention, call, backward_piece);
}

const lw_attention_engine lw_attention_scalapack = {.name = "scalapack",
                                                    .create = scalapack_create,
                                                    .destroy = scalapack_destroy,
                                                    .reserve = scalapack_reserve,
                                                    .forward = scalapack_forward,
                                                    .backward = scalapack_backward};
