/** Clocks of attention: where the readings come from whose differences are distances, and where
 *  their gradient goes. A row of one table for each choice of attention.clock that moves; `index`
 *  has none. With tick_m the step from token m - 1 to m of its sample (1, or with
 *  attention.clock_step: times the time between them in typical gaps) and alpha_h the decay of
 *  head h at the start:
 *
 *    time      C_i = alpha_h sum_(m <= i) tick_m
 *    learned   the same, softplus(r_h + rate_h) for alpha_h; r_h: what gives alpha_h with rate 0
 *    content   C_i = sum_(m <= i) softplus(r_h - w_h . x_m - b_h) tick_m, x the input of the layer
 *
 *  A learned clock that counts tokens is the decay of today with another alpha in each step: it has
 *  no readings, only a gradient. Heads whose decay is 0 at the start stay plain, and are not
 *  trained; attention.fixed_heads names others that are not.
 *
 *  To add a clock: 1. src/model/clock_<name>.c with the functions of lw_clock_row that it needs and
 *  its row, listed in src/model/meson.build; 2. a word for attention.clock in op/local.h; 3. the
 *  row's declaration below and its place in src/model/clocks.c; 4. a line in the cases of
 *  tests/mpi/test_layers.c, which hold it to differences and to any number of ranks, in
 *  docs/notation.md and in the Python twin. An example is tests/support/toy_clock.c. */
#ifndef LONGWAVE_MODEL_CLOCK_H
#define LONGWAVE_MODEL_CLOCK_H

#include "longwave/model/layer.h"
#include "longwave/model/running.h"

typedef struct lw_clock_row lw_clock_row;

/** The clock of one block's attention. */
typedef struct lw_block_clock {
  const lw_clock_row *row; /* NULL: index */
  lw_attention *attention; /* borrowed: its decays are those of the block at work */
  const float *start;      /* [heads] borrowed: decays at the start, of this block */
  int64_t C;
  int64_t rate;       /* index of a parameter [heads], of clocks that have one */
  lw_projection gate; /* of `content` */
} lw_block_clock;

/** Arrays of one pass. Steps and readings are [heads, rows] doubles. */
typedef struct lw_clock_call {
  const lw_pass *pass;
  const float *x; /* [rows, C] the layer's input */
  float *gate;    /* [rows, heads] kept by forward, if the row says so */
  float *dgate;   /* [rows, heads] scratch of backward, likewise */
  float *room;    /* [rows, C] scratch of backward */
  float *dx;      /* [rows, C] backward adds to it */
} lw_clock_call;

/** What the parameters say of the clock of one head. */
typedef struct lw_clock_head {
  double start, now;   /* decay; now, of content: the gate of a token whose x is 0 */
  double bias, weight; /* of content: b, and the norm of w; else NAN */
} lw_clock_head;

struct lw_clock_row {
  lw_clock_kind kind;
  bool gated; /* keeps a number a token and head */
  /** Adds parameters. Errors: LW_ERROR_MEMORY. NULL: none, and no backward. */
  lw_status (*create)(lw_block_clock *clock, const lw_layer_site *site);
  /** Decays of this step to the attention; NULL: those at the start. */
  void (*decays)(const lw_block_clock *clock, const lw_params *params);
  /** step [heads, rows] out: what each token adds to the reading, >= 0; of clocks with readings. */
  void (*steps)(const lw_block_clock *clock, const lw_clock_call *call, double *step);
  /** From dstep [heads, rows] to the gradients of the parameters, and added to dx. */
  void (*backward)(const lw_block_clock *clock, const lw_clock_call *call, const double *dstep);
  /** Of a head whose decay is above 0 at the start; NULL: all is as then. */
  void (*tell)(const lw_block_clock *clock, const lw_params *params, int64_t h,
               lw_clock_head *head);
};
extern const lw_clock_row lw_clock_time, lw_clock_learned, lw_clock_content;

/** All clocks; NULL is the last. */
extern const lw_clock_row *const lw_clock_table[];

/** Gives the attention the decays of this block in this step. Local. */
void lw_clock_set_decays(const lw_block_clock *clock, const lw_params *params);

/** The decays at the start [heads], for lw_clock_create; in the order of the heads. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_clock_create(const lw_layer_site *site, lw_attention *attention,
                                      const float *start, lw_block_clock *clock);

/** What the parameters say of head h now. Local. */
lw_clock_head lw_clock_tell(const lw_block_clock *clock, const lw_params *params, int64_t h);

/** ln(e^z + 1). Local. */
double lw_clock_plus(double z);
/** Whether the option lets head h learn, and its decay at the start is not 0. Local. */
bool lw_clock_learns(const lw_block_clock *clock, int64_t h);
/** ln(e^alpha - 1): softplus of it is alpha > 0. Local. */
double lw_clock_unplus(float alpha);
/** Whether anything is seen across a step. Beyond it weights are 0, and the gradient of the step
 *  would be the rounding of a sum that cancels, times the time that went by. Local. */
bool lw_clock_crosses(double step);
/** The step from the token before row `row`, in the unit of the clock. Local. */
double lw_clock_tick(const lw_block_clock *clock, const lw_pass *pass, int64_t row);

#endif
