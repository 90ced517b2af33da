/** The streaming attention engine: float32, tile by tile, never T x T. One call takes any number of
 *  heads of any number of sequences and shares them over the OpenMP threads. No MPI, no allocation,
 *  cannot fail. Its kernels are compiled once per instruction set (AVX-512, AVX2+FMA, plain C) and
 *  chosen at run time.
 *
 *  Formulas (docs/notation.md; V here is already smoothed, op/smooth.h):
 *    s_ij = q_i . k_j / sqrt(d),  x_ij = locality(s_ij, |i-j|),
 *    a_ij = exp(x_ij) / Z_i over allowed keys,  y_i = sum_j a_ij v_j,  lse_i = log Z_i
 *    D_i = dy_i . y_i,  dv_j = sum_i a_ij dy_i,  dx_ij = a_ij (dy_i . v_j - D_i),
 *    dq_i = 1/sqrt(d) sum_j dx_ij lambda_ij k_j,  dk_j = 1/sqrt(d) sum_i dx_ij lambda_ij q_i
 *  (lambda = 1 for bias locality).
 *
 *  Far field: with `tolerance` > 0 and alpha > 0 a tile of 64 queries by 64 keys is computed only
 *  if a bound from its largest norms and its least distance says that it must be. With scale
 *  locality the others enter through sums at block edges, as exp(x) ~ 1 + x (order 1) or ~ 1
 *  (order 0), with an error of at most `tolerance` of each weight; with bias and both they are left
 *  out, having together about `tolerance` of their row's sum at most. The cost of a head then grows
 *  as T times its near width. docs/notation.md has the bounds and the sums.
 *
 *  Results depend on neither the thread count nor on what other heads the call has. Not a number in
 *  q, k, v or dy comes out again: what its bound cannot judge is computed. */
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

typedef struct lw_fused_head {
  int64_t tokens;    /* T of this sequence or chunk, >= 1, all valid */
  int64_t head_size; /* d >= 1 */
  float alpha;
  lw_locality locality;
  bool causal;
  double tolerance; /* of the far field, < 1; 0: every allowed tile is computed */
  lw_fused_order order;
  const float *q, *k, *v; /* [T, d] in; row strides below, in floats */
  int64_t qk_stride, v_stride;
  float *y; /* [T, d] out of forward, in of backward */
  int64_t y_stride;
  float *lse; /* [T] out of forward, in of backward */
} lw_fused_head;

typedef struct lw_fused_gradient {
  const float *dy;     /* [T, d] in, stride as y */
  float *dq, *dk, *dv; /* [T, d] out, written not added; strides as q, k (qk) and v */
  int64_t dqk_stride, dv_stride;
} lw_fused_gradient;

/** What became of the tiles of the score matrices: computed; in sums or left out; masked. */
typedef struct lw_fused_tiles {
  int64_t near, far, masked;
} lw_fused_tiles;

/** Bytes of memory that either call needs with these heads and the thread count now in force. Looks
 *  at no array: q to lse may be NULL. */
int64_t lw_fused_memory(const lw_fused_head *heads, int64_t count);

/** y and lse of `count` heads, which write to different memory. `memory` aligned to 64 bytes, its
 *  content irrelevant. tiles: summed over the heads; or NULL. */
void lw_fused_forward(const lw_fused_head *heads, int64_t count, void *memory,
                      lw_fused_tiles *tiles);

/** dq, dk, dv, gradients[n] being those of heads[n], with the y and lse that forward gave. */
void lw_fused_backward(const lw_fused_head *heads, const lw_fused_gradient *gradients,
                       int64_t count, void *memory);

/** "avx512", "avx2" or "plain": what this machine runs. lw_fused_path_force(NULL) goes back to the
 *  best; returns false (and changes nothing) for a name unknown or not executable here. For tests
 *  and bench. */
const char *lw_fused_path(void);
bool lw_fused_path_force(const char *name);

#endif
