/** LaS attention by its definition, in double, on a packed batch: what every engine must give. The
 *  smoothing acts on the matrix of weights. For tests only: O(T^2) memory, no attention to speed.
 *  Source: docs/notation.md; letters as there. */
#ifndef TESTS_SUPPORT_REFERENCE_ATTENTION_H
#define TESTS_SUPPORT_REFERENCE_ATTENTION_H

#include "longwave/attention/attention.h"

typedef struct reference_problem {
  const lw_attention_options *options; /* engine, decay and bound do not matter */
  const float *alpha;                  /* [heads] */
  int64_t heads, head_size;
  int64_t samples;
  const int64_t *row_first; /* [samples + 1] */
  const float *qkv, *dy;    /* [rows, 3C], [rows, C] */
  const double *reading;    /* [heads, rows] of a clock; NULL: alpha i */
  double *dreading;         /* [heads, rows] out, for heads with alpha > 0; NULL: not wanted */
  lw_relative relative;     /* reach 0: no bias per distance */
  const float *bias;        /* [heads, buckets] in */
  double *dbias;            /* [heads, buckets] out: the part of the head; zero before */
} reference_problem;

/** Head c alone. y [rows, C], dqkv [rows, 3C] out: the columns of the head; zero before the call,
 *  as dreading is.
 *  Returns the greatest |s|; negative when memory is short. */
double reference_attention(const reference_problem *problem, int64_t c, double *y, double *dqkv);

#endif
