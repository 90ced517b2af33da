/** Stop 4a. Local-and-smooth attention over a packed batch: one interface, engines behind it.
 *  Formulas: docs/notation.md; source [Zimerman2024]. An engine gets queries, keys and values after
 *  positions were applied and does everything from the smoothing of V to y; it keeps what its
 *  backward needs in `kept`. Not here: the projections around it
 *  (src/model/layer_attention.c), tiles (op/fused.h).
 *
 *  To add an engine: 1. write src/attention/attention_<name>.c with the functions of
 *  lw_attention_engine, declared below; 2. give it a row in src/attention/engines.c; 3. run the
 *  conformance tests over it (tests/mpi/test_attention.c). Another kernel, or number type, for the
 *  fused engine is no engine but a backend: op/fused.h. */
#ifndef LONGWAVE_ATTENTION_ATTENTION_H
#define LONGWAVE_ATTENTION_ATTENTION_H

#include "longwave/base/option.h"
#include "longwave/comm/world.h"
#include "longwave/data/packing.h"
#include "longwave/op/fused.h"
#include "longwave/op/local.h"
#include "longwave/op/smooth.h"
#include <stdint.h>

typedef struct lw_attention_options {
  int engine; /* index in lw_attention_choices */
  lw_locality locality;
  lw_decay decay;
  lw_clock_kind clock;
  lw_clock_step clock_step;
  int64_t relative_bias; /* reach of a learned bias per distance; 0: none */
  double bound;          /* B */
  lw_reals alphas;       /* for decay: list */
  lw_reals fixed_heads;  /* heads whose learned or content clock is not trained */
  double layer_spread;   /* the lowest block's decays in units of the highest's; 1: the same */
  int64_t window;        /* P, odd */
  lw_alignment alignment;
  bool causal;
  int64_t chunk;    /* M; 0: the whole sequence */
  int64_t panel;    /* KiB, engine scalapack */
  double tolerance; /* of the far field of engine fused; 0: none */
} lw_attention_options;
extern const lw_option lw_attention_option_table[];

/** Rules between the options; `heads` H. *name out: the option that is wrong. Errors:
 *  LW_ERROR_INPUT, one sentence without its place. Local. */
LW_MUST_USE lw_status lw_attention_options_check(const lw_attention_options *options, int64_t heads,
                                                 const char **name);

/** Whether the distances of these options are differences of readings that a call brings, and not
 *  of positions. Local. */
bool lw_clock_reads(const lw_attention_options *options);
/** Buckets of the bias per relative distance, if the options ask for one, of a model for sequences
 *  of up to `longest` tokens; longer ones go on with the last bucket. Local. */
lw_relative lw_attention_relative(const lw_attention_options *options, int64_t longest);
/** Whether it counts the times of the data set. Local. */
bool lw_clock_times(const lw_attention_options *options);

typedef struct lw_attention lw_attention;

/** One layer's work on the rows that this rank holds of a packed batch. C = H d. */
typedef struct lw_attention_call {
  const lw_packing *packing; /* the same sequences on all ranks of the sequence axis; its rows */
  const float *qkv;          /* [rows, 3C] in: queries, keys, values side by side */
  float *y;                  /* [rows, C] out of forward, in of backward */
  float *smooth;             /* [rows, C] kept: smoothed values */
  float *lse;                /* [H, rows] kept: log of the softmax denominators */
  const float *dy;           /* [rows, C] in of backward */
  float *dqkv;               /* [rows, 3C] out of backward */
  float *dsmooth;            /* [rows, C] scratch of backward */
  /* Of clocks that move: readings [H, rows] of clocked heads, in; what readings get as keys and as
     queries, [LW_FUSED_KINDS, H, rows] out of backward; NULL: not wanted. */
  const double *reading;
  float *dreading;
  /* Of a bias per relative distance, [H, buckets] of lw_attention.relative: in; added to by
     backward, this rank's part. */
  const float *bias;
  double *dbias;
} lw_attention_call;

typedef struct lw_attention_engine {
  lw_status (*create)(lw_attention *attention);
  void (*destroy)(lw_attention *attention);
  lw_status (*reserve)(lw_attention *attention, const lw_attention_call *call);
  lw_status (*forward)(lw_attention *attention, const lw_attention_call *call);
  lw_status (*backward)(lw_attention *attention, const lw_attention_call *call);
} lw_attention_engine;

/** What attention.engine chooses: an engine, and the backend of the fused one. */
typedef struct lw_attention_choice {
  const lw_attention_engine *engine;
  const lw_fused_backend *backend; /* NULL for other engines */
} lw_attention_choice;

/** The table, in the order of the list in src/attention/engines.c, and the names of its rows. Both
 *  end with NULL. */
extern const lw_attention_choice lw_attention_choices[];
extern const char *const lw_attention_names[];

/** Defines both from a list of rows: #define LIST(row) row("fused", engine, &backend) row(...) */
#define LW_ATTENTION_TABLE(LIST)                                                                   \
  const lw_attention_choice lw_attention_choices[] = {LIST(LW_ATTENTION_CHOICE){NULL, NULL}};      \
  const char *const lw_attention_names[] = {LIST(LW_ATTENTION_NAME) NULL};
#define LW_ATTENTION_CHOICE(name, engine, backend) {&(engine), backend},
#define LW_ATTENTION_NAME(name, engine, backend) name,

extern const lw_attention_engine lw_attention_fused, lw_attention_scalapack;

/** How a head met the keys of sharded sequences in the last forward. */
typedef struct lw_attention_reach {
  double ring;  /* share of the sequences in which it had no far keys */
  double width; /* of the others: tokens that windows reached beyond their strips, to one side */
} lw_attention_reach;

struct lw_attention {
  const lw_attention_engine *engine;
  const lw_fused_backend *backend; /* of the fused engine; NULL for others */
  const lw_world *world;           /* borrowed */
  lw_attention_options options;
  int64_t heads, head_size;
  float *alpha;              /* [heads] that are not clocked */
  bool *clocked;             /* [heads]: distance is the difference of two readings */
  bool moving;               /* a clock that is not index: rows that travel have readings */
  bool shifting;             /* alpha may differ from call to call */
  lw_relative relative;      /* of a bias per distance; set after create by who has one */
  lw_fused_tiles tiles;      /* of whole sequences, in the last forward of the fused engine */
  lw_fused_tiles counted;    /* of all queries here, in all forwards; its reader sets it to 0 */
  lw_attention_reach *reach; /* [heads] of sharded ones */
  void *state;               /* the engine's own */
};

/** Collective over all (an engine may build a process grid). The world, arranged, is borrowed.
 *  Errors, on all ranks: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_attention_create(const lw_attention_options *options, int64_t heads,
                                          int64_t head_size, const lw_world *world,
                                          lw_attention **out);
void lw_attention_destroy(lw_attention **attention);

/** Whether these options choose an engine that streams tiles (the fused one, with any backend) and
 *  not one that makes the score matrix. Local. */
bool lw_attention_streams(const lw_attention_options *options);

/** Take the memory that forward and backward of a call of this shape need (its arrays are not
 *  looked at), so that they cannot fail for want of it in the middle of a pass. Collective over
 *  the sequence axis; the caller agrees over all afterwards. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_attention_reserve(lw_attention *attention, const lw_attention_call *call);

/** y from qkv; keeps smooth and lse. Collective over the sequence axis (fused, one rank a sample:
 *  Local). After lw_attention_reserve for this shape. Errors: those of the engine. */
LW_MUST_USE lw_status lw_attention_forward(lw_attention *attention, const lw_attention_call *call);
/** dqkv from dy and what forward kept. Collective and errors as forward. */
LW_MUST_USE lw_status lw_attention_backward(lw_attention *attention, const lw_attention_call *call);

#endif
