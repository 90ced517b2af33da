/** Streaming attention: tile by tile, never T x T. What a kernel backend is given and what it has
 *  to give; the engine for packed batches (attention/attention_fused.c) and that for sharded
 *  sequences (attention/sharded.c) call no kernel but through it. One call takes any number of
 *  heads of any number of sequences, or of parts of them, and shares them over the OpenMP threads.
 *  Today's only backend, src/op/fused_float32.c, computes in float32; its kernels are compiled
 *  once per instruction set (AVX-512, AVX2+FMA, plain C) and chosen at run time
 *  (op/instruction_set.h).
 *
 *  Formulas (docs/notation.md; V here is already smoothed, op/smooth.h):
 *    s_ij = q_i . k_j / sqrt(d),  x_ij = locality(s_ij, delta_ij),
 *    a_ij = exp(x_ij) / Z_i over allowed keys,  y_i = sum_j a_ij v_j,  lse_i = log Z_i
 *    D_i = dy_i . y_i,  dv_j = sum_i a_ij dy_i,  dx_ij = a_ij (dy_i . v_j - D_i),
 *    dq_i = 1/sqrt(d) sum_j dx_ij lambda_ij k_j,  dk_j = 1/sqrt(d) sum_i dx_ij lambda_ij q_i
 *  with distance delta_ij = alpha |i-j|, or |C_i - C_j| of the readings C of a clock, and lambda =
 *  exp(-delta) (1 for bias locality). Where the readings depend on parameters, with e_ij = dx_ij
 *  dx/ddelta_ij and the signs of i - m and m - j,
 *    dC_m = sum_j sign(m-j) e_mj   (m as a query)   - sum_i sign(i-m) e_im   (as a key).
 *  A head may have a learned bias per relative distance: x_ij = locality(s_ij, delta_ij) + b of the
 *  bucket (op/local.h) of i - j; db of a bucket is the sum of its dx_ij.
 *
 *  Far field: with `tolerance` > 0 and alpha > 0 a tile of 64 queries by 64 keys is computed only
 *  if a bound from its largest norms and its least distance says that it must be. With scale
 *  locality the others enter through sums at block edges, as exp(x) ~ 1 + x (order 1) or ~ 1
 *  (order 0), with an error of at most `tolerance` of each weight; with bias and both they are left
 *  out, having together tolerance / 64 of their row's sum at most. The cost of a head then grows
 *  as T times its near width. docs/notation.md has the bounds and the sums. A head with a bias per
 *  distance has no such sums: with scale locality it has no far field.
 *
 *  Results depend on neither the thread count nor on what other heads the call has. Not a number in
 *  q, k, v or dy comes out again: what its bound cannot judge is computed.
 *
 *  To add a backend (a second number type, another kernel): 1. write src/op/fused_<name>.c with the
 *  functions of lw_fused_backend and the row `const lw_fused_backend lw_fused_<name>`, and put it
 *  into src/op/meson.build; 2. declare the row below and put it into src/attention/engines.c: it is
 *  then a choice of attention.engine, and the tests of tiles run over it (tests/support/problem.h;
 *  tests/unit/test_fused.c and test_far_field.c for whole sequences, tests/mpi/test_attention.c for
 *  batches); 3. say in the sentence of attention.engine (attention/attention.c) what it is for. An
 *  example is tests/support/toy_backend.c. */
#ifndef LONGWAVE_OP_FUSED_H
#define LONGWAVE_OP_FUSED_H

#include "longwave/op/local.h"
#include <stdbool.h>
#include <stdint.h>

/** Queries, and keys, of a tile. */
enum { LW_FUSED_BLOCK = 64 };

/** How far tiles are expanded; BEST takes, head by head, what should cost least. */
typedef enum lw_fused_order {
  LW_FUSED_ORDER_BEST,
  LW_FUSED_ORDER_ZERO,
  LW_FUSED_ORDER_ONE,
} lw_fused_order;

typedef enum lw_fused_far {
  LW_FUSED_FAR_NONE, /* all allowed tiles are near */
  LW_FUSED_FAR_DROP, /* bias: weights that vanish */
  LW_FUSED_FAR_ZERO, /* exp(x) ~ 1 */
  LW_FUSED_FAR_ONE,  /* exp(x) ~ 1 + x */
} lw_fused_far;

/** Sums over keys, or over queries, on one side of an edge between blocks. */
typedef enum lw_fused_kind { LW_FUSED_KEYS, LW_FUSED_QUERIES, LW_FUSED_KINDS } lw_fused_kind;
typedef enum lw_fused_side { LW_FUSED_BEFORE, LW_FUSED_AFTER, LW_FUSED_SIDES } lw_fused_side;

/** What is near in a whole sequence, which may lie on several ranks: the near key blocks of query
 *  block I are edge[BEFORE][I] .. edge[AFTER][I] - 1. Neither end ever falls as I grows. */
typedef struct lw_fused_near {
  lw_fused_far far;
  int64_t blocks;
  int64_t *edge[LW_FUSED_SIDES]; /* [blocks] */
} lw_fused_near;

/** Sums over tokens that a call does not have, on one side of what it has (outside keys: at the
 *  first or last key; outside queries: at the first or last query), as lw_fused_gather made
 *  them. */
typedef struct lw_fused_outside {
  const float *sums;  /* [lw_fused_sums_size] or NULL: there are none */
  int64_t count;      /* tokens in them */
  int64_t first, end; /* blocks, of the other kind, for which they are far; of outside keys all */
  double reading;     /* of a clocked head: the edge's, as the sums were made for it */
} lw_fused_outside;

/** Readings C of a clock, of queries or of keys. They never fall from token to token of a sequence,
 *  and are finite and below 1e15 in size: tiles take differences in double. */
typedef struct lw_fused_readings {
  const double *at;
  int64_t stride; /* in doubles */
} lw_fused_readings;

typedef struct lw_fused_head {
  int64_t queries, keys; /* of this sequence or chunk, >= 1, all valid */
  /* Position of the first query less that of the first key. 0 for a whole sequence. Otherwise a
     multiple of 64, unless all keys are allowed to all queries and none is far. */
  int64_t ahead;
  int64_t head_size;                         /* d >= 1 */
  float alpha;                               /* not of a clocked head */
  bool clocked;                              /* distance is the difference of two readings */
  lw_fused_readings reading[LW_FUSED_KINDS]; /* [keys], [queries] of a clocked head, in */
  lw_relative relative;                      /* reach 0: no bias per distance */
  const float *bias;                         /* [buckets] of it, in */
  lw_locality locality;
  bool causal;
  double tolerance; /* of the far field, < 1; 0: every allowed tile is computed */
  lw_fused_order order;
  /* What is near, decided for the whole sequence, in which the queries begin with block first_query
     and the keys with block first_key; NULL: decided here, and queries and keys are the same. */
  const lw_fused_near *near;
  int64_t first_query, first_key;
  lw_fused_outside outside[LW_FUSED_SIDES]; /* keys not in `keys` that are far for all queries */
  const float *q, *k, *v; /* [queries, d], [keys, d] twice, in; row strides below, in floats */
  int64_t q_stride, k_stride, v_stride;
  /* Keys in several calls: forward leaves y a sum of weights relative to what lse says (float32:
     2^lse), their sum in total [queries], until `finish`; all but the first call are resumed, no
     outside sums. NULL: all keys in this call. */
  float *total;
  bool resumed;
  float *y; /* [queries, d] out of forward, in of backward */
  int64_t y_stride;
  float *lse; /* [queries] out of forward, in of backward; over all keys there are */
} lw_fused_head;

typedef struct lw_fused_gradient {
  const float *dy;     /* [queries, d] in, stride as y */
  float *dq, *dk, *dv; /* as q, k, v; out */
  int64_t dq_stride, dk_stride, dv_stride;
  /* [keys], [queries] out: dC of tokens as keys, and as queries; of a head that is not clocked with
     C = alpha i. NULL: not wanted. Strides in floats. */
  float *dreading[LW_FUSED_KINDS];
  int64_t dreading_stride[LW_FUSED_KINDS];
  /* [buckets] of a bias per distance: db is added in the order of the heads; NULL: not wanted.
     Heads may share it. */
  double *dbias;
  bool added;                               /* added to what is there, else written */
  lw_fused_outside outside[LW_FUSED_SIDES]; /* queries not in `queries`, far for some keys */
} lw_fused_gradient;

/** What became of the tiles of the score matrices: computed; in sums or left out; masked. */
typedef struct lw_fused_tiles {
  int64_t near, far, masked;
} lw_fused_tiles;

/** Local. */
static inline void lw_fused_tiles_add(lw_fused_tiles *sum, const lw_fused_tiles *more)
{
  sum->near += more->near;
  sum->far += more->far;
  sum->masked += more->masked;
}

/** Blocks [first, end) of keys or queries to be summed as seen from `side`'s readers: BEFORE at the
 *  edge after the last, AFTER at the edge before the first. */
typedef struct lw_fused_range {
  lw_fused_kind kind;
  lw_fused_side side;
  int64_t first, end;
  double reading; /* of a clocked head: the edge's, between those of the tokens on its two sides */
  float *sums;    /* [lw_fused_sums_size] out, aligned to 8 bytes */
} lw_fused_range;

/** A kernel backend: all that computes tiles, for heads of any number of sequences at once. Calls
 *  are per batch, per sequence or per strip, never per tile. No MPI, no allocation, cannot fail.
 *  One without a far field computes every allowed key, whatever the tolerance; `norms` to `join`
 *  are then NULL, and no head has `near` or outside sums. */
typedef struct lw_fused_backend {
  /** Bytes of memory that forward, backward and gather need with these heads and the thread count
   *  now in force. Looks at no array: q to lse may be NULL. */
  int64_t (*memory)(const lw_fused_head *heads, int64_t count);

  /** y and lse of `count` heads, which write to different memory. `memory` aligned to 64 bytes, its
   *  content irrelevant. tiles: summed over the heads; or NULL. */
  void (*forward)(const lw_fused_head *heads, int64_t count, void *memory, lw_fused_tiles *tiles);
  /** y and lse of heads that had several calls of forward. */
  void (*finish)(const lw_fused_head *heads, int64_t count);
  /** dq, dk, dv, gradients[n] being those of heads[n], with the y and lse that forward gave. */
  void (*backward)(const lw_fused_head *heads, const lw_fused_gradient *gradients, int64_t count,
                   void *memory);

  /** Largest norm of the rows of each block of 64; infinite if one is not a number. rows [count, d]
   *  in, `stride` floats apart; norms [blocks] out. */
  void (*norms)(const float *rows, int64_t stride, int64_t count, int64_t d, float *norms);
  /** What is near, from the norms of all blocks of a sequence. shape: of the whole sequence, of
   *  its arrays only `bias` is looked at. query_norms, key_norms [blocks] in; readings [blocks] in,
   *  of the first token of each block of a clocked head, else NULL; scratch [2 blocks]; near: edge
   *  in, the rest and edge[..][..] out. */
  void (*find_near)(const lw_fused_head *shape, const float *query_norms, const float *key_norms,
                    const double *readings, double *scratch, lw_fused_near *near);

  /** Floats of the sums over far tokens of a head of `d` channels. */
  int64_t (*sums_size)(int64_t d);
  /** ranges[n] of heads[n], whose `near` says how they are expanded. gradients: with lse and y set;
   *  NULL for keys. memory as for forward and backward. */
  void (*gather)(const lw_fused_head *heads, const lw_fused_gradient *gradients,
                 const lw_fused_range *ranges, int64_t count, void *memory);
  /** sums += more, whose edge lies `distance` further off. */
  void (*join)(float *sums, const float *more, int64_t d, float distance);

  /** Its instruction sets, widest first, NULL-ended; the one in force on this machine; another one,
   *  for tests and bench: NULL goes back to the best, false (and no change) for a name unknown or
   *  not executable here. */
  const char *const *instruction_sets;
  const char *(*instruction_set)(void);
  bool (*force_instruction_set)(const char *name);
} lw_fused_backend;

extern const lw_fused_backend lw_fused_float32;

#endif
