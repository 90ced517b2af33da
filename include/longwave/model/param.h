/** One table of parameters: name, kind, shape, start value, decayed or not. Memory, start values,
 *  gradient sums, optimizer and checkpoint all walk this table; no order is written twice. Values
 *  and gradients are two flat arrays, so that one reduction sums all gradients; entries start at
 *  multiples of 16 floats, the gaps stay 0. A second table of the same type holds statistics
 *  (running means of batch norm): saved, but not trained. */
#ifndef LONGWAVE_MODEL_PARAM_H
#define LONGWAVE_MODEL_PARAM_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

enum { LW_PARAM_NAME_MAX = 96 };

typedef enum lw_start { LW_START_ZERO, LW_START_ONE, LW_START_NORMAL } lw_start;

/** What the numbers of an entry do: optimizers may treat kinds differently. */
typedef enum lw_param_kind {
  LW_PARAM_VECTOR = 1, /* gains and biases */
  LW_PARAM_MATRIX,     /* [out, in]: maps vectors to vectors inside of the model */
  LW_PARAM_EMBEDDING,  /* a table: one row a token, a position or a channel, one column a value */
  LW_PARAM_READOUT,    /* [out, in]: reads numbers off vectors: classifier, gates of clocks */
} lw_param_kind;

/** Sets of kinds: a bit each. */
#define LW_PARAM_SET(kind) (1u << (kind))
#define LW_PARAM_ALL                                                                               \
  (LW_PARAM_SET(LW_PARAM_VECTOR) | LW_PARAM_SET(LW_PARAM_MATRIX) |                                 \
   LW_PARAM_SET(LW_PARAM_EMBEDDING) | LW_PARAM_SET(LW_PARAM_READOUT))

/** Rows [row, row + rows) of an entry. */
typedef struct lw_param_rows {
  int64_t row, rows; /* rows may be 0 */
} lw_param_rows;

typedef struct lw_param {
  char name[LW_PARAM_NAME_MAX];
  lw_param_kind kind;
  int rank;        /* 1 of a vector, else 2 */
  int64_t dims[2]; /* row-major; dims[1] is 1 for rank 1 */
  int parts;       /* matrices of as many rows, one below the other: 3 of qkv.weight, else 1 */
  int shards;      /* 1: every rank holds all rows; else those of its shard */
  lw_param_rows held;
  int64_t first, count; /* offset in the flat arrays; numbers held */
  lw_start start;
  double deviation; /* of LW_START_NORMAL */
  bool decayed;     /* weight decay applies */
} lw_param;

typedef struct lw_params {
  int64_t count, room;
  lw_param *table; /* [count] */
  int64_t floats;  /* length of the flat arrays, gaps included */
  int64_t numbers; /* of whole entries, without gaps: what people call the number of parameters */
  float *value;    /* [floats], owned; NULL until lw_params_allocate */
  float *gradient; /* [floats], owned; NULL for statistics */
} lw_params;

/** What a parameter is, before it has an offset. */
typedef struct lw_param_shape {
  lw_param_kind kind;
  int64_t dims[2];
  lw_start start;
  double deviation;
  bool decayed;
} lw_param_shape;

/** Shard s of S: block s of ceil(count / S) rows, as ScaLAPACK deals one block a rank. Local. */
lw_param_rows lw_param_shard(int64_t count, int shards, int shard);

/** Add an entry; *index is its number. The name is printf-like. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_params_add(lw_params *params, lw_param_shape shape, int64_t *index,
                                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/** The entry added last is one of which this rank holds only a shard. Local. */
void lw_params_share(lw_params *params, int shards, int shard);

/** Take memory and set start values: a pure function of (seed, name, element), so that adding a
 *  layer does not change the start of the others. Gradients only when asked for. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_params_allocate(lw_params *params, uint64_t seed, bool gradients);
void lw_params_done(lw_params *params);

static inline float *lw_param_value(const lw_params *params, int64_t index)
{
  return params->value + params->table[index].first;
}

static inline float *lw_param_gradient(const lw_params *params, int64_t index)
{
  return params->gradient + params->table[index].first;
}

#endif
