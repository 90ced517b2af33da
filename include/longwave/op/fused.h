/** The streaming attention tile engine: exact, float32, never holds T x T. One head of one sequence
 *  a call, on the calling thread; the caller (model/attention.c) shares calls over its threads. No
 *  MPI, no allocation, cannot fail. Sources compiled once per instruction set (AVX-512, AVX2+FMA,
 *  plain C) and chosen at run time.
 *
 *  Formulas (docs/notation.md; V here is already smoothed, op/smooth.h):
 *    s_ij = q_i . k_j / sqrt(d),  x_ij = locality(s_ij, |i-j|),  a_ij = exp(x_ij) / Z_i over
 *    allowed keys, y_i = sum_j a_ij v_j,  lse_i = log Z_i
 *    D_i = dy_i . y_i,  dv_j = sum_i a_ij dy_i,  dx_ij = a_ij (dy_i . v_j - D_i),
 *    dq_i = 1/sqrt(d) sum_j dx_ij lambda_ij k_j,  dk_j = 1/sqrt(d) sum_i dx_ij lambda_ij q_i
 *  (lambda = 1 for bias locality). Results do not depend on how calls are shared over threads. */
#ifndef LONGWAVE_OP_FUSED_H
#define LONGWAVE_OP_FUSED_H

#include "longwave/op/local.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct lw_fused_head {
  int64_t tokens;    /* T of this sequence or chunk, >= 1, all valid */
  int64_t head_size; /* d >= 1 */
  float alpha;
  lw_locality locality;
  bool causal;
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

/** Floats of scratch one call needs; one such block per thread, aligned to 64 bytes, content
 *  irrelevant. */
int64_t lw_fused_scratch(int64_t tokens, int64_t head_size);

/** Queries a block has; forward may be called for query blocks [block_first, block_last) only, of
 *  (tokens + LW_FUSED_BLOCK - 1) / LW_FUSED_BLOCK, so that threads can share one head. */
enum { LW_FUSED_BLOCK = 64 };
void lw_fused_forward(const lw_fused_head *head, int64_t block_first, int64_t block_last,
                      float *scratch);

/** All of one head. Local. */
void lw_fused_backward(const lw_fused_head *head, const lw_fused_gradient *gradient,
                       float *scratch);

/** "avx512", "avx2" or "plain": what this machine runs. lw_fused_path_force(NULL) goes back to the
 *  best; returns false (and changes nothing) for a name unknown or not executable here. For
 *  tests and bench. */
const char *lw_fused_path(void);
bool lw_fused_path_force(const char *name);

#endif
