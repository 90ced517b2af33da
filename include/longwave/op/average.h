/** Moving averages with damping, added to what they are made of: each channel takes part of what
 *  the same channel was in earlier tokens, in N modes that forget at rates of their own.
 *
 *    s[t,n] = a b x[t] + (1 - a d) s[t-1,n]      y[t] = x[t] + sum_n eta s[t,n]
 *    a = 1 / (1 + exp(-alpha)), d = 1 / (1 + exp(-delta))
 *
 *  alpha, delta, b and eta are those of a channel and mode; s is 0 before the first token. This is
 *  the multi-dimensional damped average of [Ma2023] in docs/notation.md (section 3.1), with a plain
 *  residual sum in place of its silu(y + omega x). With two directions the same is added from the
 *  other side, with parameters of its own: s[t] from s[t+1]. Scaled, h = s / (a b), there are two
 *  numbers a mode:
 *
 *    h[t] = x[t] + (1 - p) h[t-1]      y[t] = x[t] + sum w h[t]      p = a d,  w = a b eta
 *
 *  p and not 1 - p is what is multiplied, since near 1 floats are too far apart. Both directions
 *  run over pieces of sequences; states at their edges are joined in double, so rounding does not
 *  add up over a long sequence. Local. No allocation; results have the same bits for any number of
 *  threads. Not here: where pieces and what other ranks have come from
 *  (src/model/layer_average.c). */
#ifndef LONGWAVE_OP_AVERAGE_H
#define LONGWAVE_OP_AVERAGE_H

#include <stdbool.h>
#include <stdint.h>

/** Most modes; tokens of a piece. */
enum { LW_AVERAGE_MODES = 16, LW_AVERAGE_ROWS = 128 };

typedef struct lw_average {
  int64_t channels, modes;    /* C, N */
  int directions;             /* D: 1: over earlier tokens; 2: over later ones, too */
  const float *loss, *weight; /* [D, N, C] p and w */
} lw_average;

/** The parameters, and likewise their gradients, [D C, N] each. */
typedef struct lw_average_parameters {
  const float *alpha, *delta, *beta, *eta;
} lw_average_parameters;
typedef struct lw_average_gradients {
  float *alpha, *delta, *beta, *eta;
} lw_average_gradients;

/** loss, weight [D, N, C] out: p and w of the parameters. */
void lw_average_coefficients(const lw_average *shape, lw_average_parameters of, float *loss,
                             float *weight);
/** dloss, dweight [D, N, C] in: adds to the gradients what they come to. */
void lw_average_parameters_backward(const lw_average *shape, lw_average_parameters of,
                                    const float *dloss, const float *dweight,
                                    lw_average_gradients gradient);

/** Consecutive rows of one sequence. */
typedef struct lw_average_piece {
  const float *x, *dy; /* [rows, C] its first row; dy for backward */
  float *to;           /* [rows, C] y, in backward dx */
  int64_t rows;        /* 1 .. LW_AVERAGE_ROWS */
  int64_t place;       /* of the state before it among all states, the one behind it is the next;
                          -1: a whole sequence, zeros on both sides */
} lw_average_piece;

/** The pieces of a strip: all of LW_AVERAGE_ROWS rows but the last. */
typedef struct lw_average_strip {
  int64_t place;        /* of its first piece; the strip has pieces + 1 places */
  int64_t pieces, rows; /* >= 1 */
} lw_average_strip;

/** One recurrence: of x along a direction, or (`gradient`) of dy against it. */
typedef struct lw_average_run {
  int direction; /* 0: from earlier tokens to later ones; 1: back */
  bool gradient;
  float *states; /* [places, N, C] */
} lw_average_run;

/** Whether a run goes from later tokens to earlier ones. */
static inline bool lw_average_back(const lw_average_run *run)
{
  return (run->direction == 1) != run->gradient;
}

/** States at all places, as if nothing came from outside of a strip. Strips whose place is -1 have
 *  none. */
void lw_average_states(const lw_average *average, const lw_average_run *run,
                       const lw_average_piece *pieces, int64_t count,
                       const lw_average_strip *strips, int64_t strip_count);
/** What a strip hands on [N, C]: the state behind its last row, in the order of the run. */
const float *lw_average_end(const lw_average *average, const lw_average_run *run,
                            const lw_average_strip *strip);
/** Adds to the states of a strip the state that it begins with: come [N, C]. */
void lw_average_enter(const lw_average *average, const lw_average_run *run,
                      const lw_average_strip *strip, const float *come);
/** sum += more, which is `rows` rows old.  sum, more [N, C] */
void lw_average_add(const lw_average *average, int direction, int64_t rows, const float *more,
                    float *sum);

/** y of all pieces; runs [D] of x, with their states. */
void lw_average_forward(const lw_average *average, const lw_average_run *runs,
                        const lw_average_piece *pieces, int64_t count);

/** Floats of `scratch` below. */
int64_t lw_average_scratch(const lw_average *average);
/** dx of all pieces, and adds to the gradients of p and w; runs [D] of x, then [D] of dy. With
 *  r[t] = dy[t] + (1 - p) r[t+1]:
 *    dx[t] = dy[t] + sum w r[t]     dw += sum_t dy[t] h[t]     dp -= w sum_t r[t] h[t-1]
 *  dloss, dweight [D, N, C] in/out; scratch [lw_average_scratch] */
void lw_average_backward(const lw_average *average, const lw_average_run *runs,
                         const lw_average_piece *pieces, int64_t count, float *dloss,
                         float *dweight, float *scratch);

#endif
