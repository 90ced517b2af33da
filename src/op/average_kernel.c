/* The pieces of moving averages on vectors of channels; compiled once per instruction set. Each
   row's state waits for that of the row before, so a vector of channels takes its modes two at a
   time, and goes through the rows, which stay in the L1 cache, once for each two. */
#include "isa.h"
#include "isa_vector.h"
#include <string.h>

enum { PAIR = 2, ROWS = LW_AVERAGE_ROWS };

/* Added to what states are made of: where rows are exact zeros, states and their products do not
   become subnormal, which would be slow; beside other numbers it is below rounding. */
static const float least = 1e-18f;

/* Channels [c, c + lanes) of a row, zeros beyond; all lanes but at the end of a row. */
LW_INLINE lw_vector load(const float *from, int64_t lanes)
{
  float lane[LW_LANES] = {0};
  if (lanes == LW_LANES) return lw_load(from);
  memcpy(lane, from, (size_t)lanes * sizeof *lane);
  return lw_load(lane);
}

LW_INLINE void store(float *to, lw_vector x, int64_t lanes)
{
  float lane[LW_LANES];
  if (lanes == LW_LANES) {
    lw_store(to, x);
    return;
  }
  lw_store(lane, x);
  memcpy(to, lane, (size_t)lanes * sizeof *lane);
}

/* Where `modes` modes from mode n on stand, of channels from c on. */
typedef struct part {
  int64_t C, N, c, n, lanes;
  int modes;
} part;

/* Number [d, n + k, c] of the coefficients, or of the states with a place in the stead of d. */
LW_INLINE int64_t index_of(const part *at, int64_t d, int k)
{
  return (d * at->N + at->n + k) * at->C + at->c;
}

LW_INLINE void load_modes(const part *at, const float *from, int64_t d, lw_vector *v)
{
  for (int k = 0; k < at->modes; k++) v[k] = load(from + index_of(at, d, k), at->lanes);
}

/* The states that a run begins a piece with. */
LW_INLINE void load_states(const part *at, const lw_average_run *run, const lw_average_piece *piece,
                           lw_vector *state)
{
  for (int k = 0; k < at->modes; k++) state[k] = (lw_vector){0};
  if (piece->place < 0) return;
  load_modes(at, run->states, piece->place + (lw_average_back(run) ? 1 : 0), state);
}

/* The r-th row that a run meets. */
LW_INLINE int64_t row_of(const lw_average_piece *piece, bool back, int64_t r)
{
  return back ? piece->rows - 1 - r : r;
}

LW_INLINE lw_vector next(lw_vector state, lw_vector x, lw_vector p)
{
  return (state + (x + least)) - p * state;
}

/* ---- the state behind a piece ---- */

LW_INLINE void end_of(const part *at, const lw_average *average, const lw_average_run *run,
                      const lw_average_piece *piece)
{
  const bool back = lw_average_back(run);
  const float *from = (run->gradient ? piece->dy : piece->x) + at->c;
  lw_vector p[PAIR], state[PAIR] = {{0}};
  load_modes(at, average->loss, run->direction, p);
  for (int64_t r = 0; r < piece->rows; r++) {
    const lw_vector x = load(from + row_of(piece, back, r) * at->C, at->lanes);
    for (int k = 0; k < at->modes; k++) state[k] = next(state[k], x, p[k]);
  }
  for (int k = 0; k < at->modes; k++)
    store(run->states + index_of(at, piece->place + (back ? 0 : 1), k), state[k], at->lanes);
}

/* ---- forward ---- */

/* first: y begins with x. */
LW_INLINE void forward_part(const part *at, const lw_average *average, const lw_average_run *run,
                            const lw_average_piece *piece, bool first)
{
  const bool back = lw_average_back(run);
  lw_vector p[PAIR], w[PAIR], state[PAIR];
  load_modes(at, average->loss, run->direction, p);
  load_modes(at, average->weight, run->direction, w);
  load_states(at, run, piece, state);
  for (int64_t r = 0; r < piece->rows; r++) {
    const int64_t to = row_of(piece, back, r) * at->C + at->c;
    const lw_vector x = load(piece->x + to, at->lanes);
    lw_vector y = first ? x : load(piece->to + to, at->lanes);
    for (int k = 0; k < at->modes; k++) {
      state[k] = next(state[k], x, p[k]);
      y += w[k] * state[k];
    }
    store(piece->to + to, y, at->lanes);
  }
}

/* ---- backward ---- */

LW_INLINE void add_lanes(const part *at, const lw_vector *sum, int64_t d, double *sums)
{
  for (int k = 0; k < at->modes; k++) {
    float lane[LW_LANES];
    lw_store(lane, sum[k]);
    for (int64_t n = 0; n < at->lanes; n++) sums[index_of(at, d, k) + n] += (double)lane[n];
  }
}

/* along: the run of x; before [rows, modes]: the states that its rows meet. */
LW_INLINE void states_part(const part *at, const lw_average *average, const lw_average_run *along,
                           const lw_average_piece *piece, lw_vector *before, double *sums)
{
  const bool back = lw_average_back(along);
  lw_vector p[PAIR], state[PAIR], dw[PAIR] = {{0}};
  load_modes(at, average->loss, along->direction, p);
  load_states(at, along, piece, state);
  for (int64_t r = 0; r < piece->rows; r++) {
    const int64_t t = row_of(piece, back, r);
    const lw_vector x = load(piece->x + t * at->C + at->c, at->lanes);
    const lw_vector dy = load(piece->dy + t * at->C + at->c, at->lanes);
    for (int k = 0; k < at->modes; k++) {
      before[t * at->modes + k] = state[k];
      state[k] = next(state[k], x, p[k]);
      dw[k] += dy * state[k];
    }
  }
  add_lanes(at, dw, 2 * along->direction, sums);
}

/* against: the run of dy. first: dx begins with dy. */
LW_INLINE void backward_part(const part *at, const lw_average *average,
                             const lw_average_run *against, const lw_average_piece *piece,
                             bool first, const lw_vector *before, double *sums)
{
  const bool back = lw_average_back(against);
  lw_vector p[PAIR], w[PAIR], state[PAIR], dp[PAIR] = {{0}};
  load_modes(at, average->loss, against->direction, p);
  load_modes(at, average->weight, against->direction, w);
  load_states(at, against, piece, state);
  for (int64_t r = 0; r < piece->rows; r++) {
    const int64_t t = row_of(piece, back, r), to = t * at->C + at->c;
    const lw_vector dy = load(piece->dy + to, at->lanes);
    lw_vector dx = first ? dy : load(piece->to + to, at->lanes);
    for (int k = 0; k < at->modes; k++) {
      state[k] = next(state[k], dy, p[k]);
      dx += w[k] * state[k];
      dp[k] += state[k] * before[t * at->modes + k];
    }
    store(piece->to + to, dx, at->lanes);
  }
  add_lanes(at, dp, 2 * against->direction + 1, sums);
}

/* runs: of x along each direction, then of dy against it. */
LW_INLINE void both_parts(const part *at, const lw_average *average, const lw_average_run *runs,
                          int d, const lw_average_piece *piece, double *sums)
{
  lw_vector before[ROWS * PAIR];
  states_part(at, average, &runs[d], piece, before, sums);
  backward_part(at, average, &runs[average->directions + d], piece, d == 0 && at->n == 0, before,
                sums);
}

/* ---- all channels and modes ---- */

/* `work` on two modes at a time and on vectors of channels: numbers of modes and lanes are
   constants once inlined. */
#define EACH_PART(average, work)                                                                   \
  do {                                                                                             \
    const int64_t C = (average)->channels, N = (average)->modes;                                   \
    for (int64_t c = 0; c < C; c += LW_LANES)                                                      \
      for (int64_t n = 0; n < N; n += PAIR) {                                                      \
        const bool whole = c + LW_LANES <= C, two = n + PAIR <= N;                                 \
        part at = {C, N, c, n, whole ? LW_LANES : C - c, two ? PAIR : 1};                          \
        if (whole && two) {                                                                        \
          at.lanes = LW_LANES, at.modes = PAIR;                                                    \
          work;                                                                                    \
        } else if (whole) {                                                                        \
          at.lanes = LW_LANES, at.modes = 1;                                                       \
          work;                                                                                    \
        } else {                                                                                   \
          work;                                                                                    \
        }                                                                                          \
      }                                                                                            \
  } while (0)

void LW_ISA_NAME(average_end)(const lw_average *average, const lw_average_run *run,
                              const lw_average_piece *piece)
{
  EACH_PART(average, end_of(&at, average, run, piece));
}

void LW_ISA_NAME(average_forward)(const lw_average *average, const lw_average_run *runs,
                                  const lw_average_piece *piece)
{
  for (int d = 0; d < average->directions; d++)
    EACH_PART(average, forward_part(&at, average, &runs[d], piece, d == 0 && at.n == 0));
}

void LW_ISA_NAME(average_backward)(const lw_average *average, const lw_average_run *runs,
                                   const lw_average_piece *piece, double *sums)
{
  for (int d = 0; d < average->directions; d++)
    EACH_PART(average, both_parts(&at, average, runs, d, piece, sums));
}
