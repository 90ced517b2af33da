/** Stop 8. An optimizer over the whole parameter table: it changes the parameters by their summed
 *  gradient (train/gradient.h). Optimizers are rows of a table; what one keeps from step to step
 *  are its named states. Each rank updates the rows that it owns (train/shard.h) and keeps states
 *  for these alone, then gives the new values to all. Not here: the learning rate
 *  (train/schedule.h), the sum over ranks and its norm. Checkpoints and the memory estimate walk
 *  the states; only an optimizer's own file knows what they mean.
 *
 *  To add an optimizer:
 *  1. src/train/optimizer_NAME.c: its options with their table, its states, its update and the row
 *     lw_optimizer_NAME, as in optimizer_adamw.c; a line in src/train/meson.build.
 *  2. NAME in the list of src/train/optimizers.c. With a second name, jobs have the key
 *     optimizer.kind.
 *  3. Its formula in tests/unit/test_optimizer.c. */
#ifndef LONGWAVE_TRAIN_OPTIMIZER_H
#define LONGWAVE_TRAIN_OPTIMIZER_H

#include "longwave/train/gradient.h"
#include "longwave/train/optimizer_options.h"

/** What the trainer knows of a step; and, set by lw_optimizer_update, what the job says. */
typedef struct lw_optimizer_step {
  int64_t number;   /* of the step, from 1 */
  double rate;      /* learning rate */
  double share;     /* of its greatest value, as the schedule has it: for rates of a row's own */
  double scale;     /* the gradient is multiplied by it first: clipping */
  double decay;     /* rate of weight decay: 0 for a parameter that does not decay */
  const void *own;  /* the row's options: to be copied to the struct of its file */
  const void *rest; /* those of the row `rest`; NULL: there is none */
} lw_optimizer_step;

enum { LW_OPTIMIZER_STATES = 4 };

/** Rows of one parameter, all of them where matrices are whole; at least one. Pointers have
 *  [rows, columns] numbers. */
typedef struct lw_optimizer_block {
  lw_param_kind kind;
  int64_t rows, columns;
  int parts;                         /* of a whole matrix: so many, one below the other */
  const float *gradient;             /* in, summed over ranks */
  float *value;                      /* in/out */
  float *state[LW_OPTIMIZER_STATES]; /* in/out, as the row names them; NULL: not of this kind */
  float *work;                       /* as much as the row's `work` says; its content is lost */
} lw_optimizer_block;

/** What an optimizer keeps: one number for each of a parameter, 0 before the first step; in
 *  checkpoints /optimizer/NAME. */
typedef struct lw_optimizer_state {
  const char *name;
  unsigned kinds; /* of the parameters that have it: LW_PARAM_ALL, or LW_PARAM_SET(kind) | ... */
} lw_optimizer_state;

/** A row of the table. */
typedef struct lw_optimizer_kind {
  /* A row with a place of its own in the table, whose update this one's calls for some kinds */
  const struct lw_optimizer_kind *rest;
  const lw_option *options; /* keys that no other has; offsets in a struct of its own; or NULL */
  lw_optimizer_state states[LW_OPTIMIZER_STATES + 1]; /* ends with a NULL name */
  /* Matrices come whole, each to one rank; then parallel.matmul cannot be scalapack. */
  bool whole_matrix;
  /* Floats of work memory for so many rows of a parameter; NULL: none. */
  int64_t (*work)(const lw_param *param, int64_t rows);
  /* One block. Local, no allocation, cannot fail; the numbers of a block may be shared out over the
     threads, and must not depend on how. */
  void (*update)(const lw_optimizer_step *step, const lw_optimizer_block *block);
} lw_optimizer_kind;

/** The table, in the order of the list in optimizers.c; both end with NULL. Names in jobs. */
extern const lw_optimizer_kind *const lw_optimizers[];
extern const char *const lw_optimizer_names[];

/** Defines both from a list of names: #define LIST(NAME) NAME(adamw) NAME(...) */
#define LW_OPTIMIZER_TABLE(LIST)                                                                   \
  LIST(LW_OPTIMIZER_DECLARED)                                                                      \
  const lw_optimizer_kind *const lw_optimizers[] = {LIST(LW_OPTIMIZER_ROW) NULL};                  \
  const char *const lw_optimizer_names[] = {LIST(LW_OPTIMIZER_NAME) NULL};
#define LW_OPTIMIZER_DECLARED(name) extern const lw_optimizer_kind lw_optimizer_##name;
#define LW_OPTIMIZER_ROW(name) &lw_optimizer_##name,
#define LW_OPTIMIZER_NAME(name) #name,

/** The row that a job takes. */
static inline const lw_optimizer_kind *lw_optimizer_of(const lw_optimizer_options *options)
{
  return lw_optimizers[options->kind];
}

typedef struct lw_optimizer {
  const lw_optimizer_kind *kind; /* borrowed */
  lw_shard shard;
  float **state; /* [params->count, LW_OPTIMIZER_STATES]; lw_optimizer_state_of */
  float *floats; /* [count]: memory of all states */
  int64_t count;
  float *work;
} lw_optimizer;

/** States are 0. params, which need no gradients, and world are borrowed. Local. Errors:
 *  LW_ERROR_INPUT (whole matrices are wanted, and ranks hold shards of them), LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_optimizer_init(lw_optimizer *optimizer, const lw_optimizer_kind *kind,
                                        const lw_params *params, const lw_world *world);
void lw_optimizer_done(lw_optimizer *optimizer);

/** State number `state` of entry number `entry`: the rows optimizer->shard.parts[entry]; NULL:
 *  there is none. */
static inline float *lw_optimizer_state_of(const lw_optimizer *optimizer, int64_t entry, int state)
{
  return optimizer->state[entry * LW_OPTIMIZER_STATES + state];
}

/** One step, of which number, rate, share and scale are given. After it all ranks have the same
 *  values. Collective over all. */
void lw_optimizer_update(lw_optimizer *optimizer, const lw_optimizer_options *options,
                         const lw_gradient *gradient, lw_optimizer_step step);

/** Bytes of the states of a rank of so many, at most and without gaps: with one rank, those of a
 *  checkpoint. Pure arithmetic. */
int64_t lw_optimizer_state_bytes(const lw_optimizer_kind *kind, const lw_params *params, int ranks);
/** Bytes that a rank of so many takes for states, work memory and the summed gradient, at most and
 *  without gaps. Pure arithmetic. */
int64_t lw_optimizer_bytes(const lw_optimizer_kind *kind, const lw_params *params, int ranks);

#endif
