/** The tokens of a document to one vector, whichever ranks of the sequence axis have them
 *  (model.pooling); every rank of the axis gets all vectors. x are the token rows that leave the
 *  last norm.
 *
 *    mean, last, max   op/pool.h
 *    cls               the first token, to which the embedding adds a learned vector
 *                      (model/embedding.h)
 *    attention         sum_t a_t x_t, a = softmax over the document's tokens of query . x_t; one
 *                      learned query for all channels. Source: [Hassani2021], SeqPool. Parameter:
 *                      head.query [C], 0 at the start, which is the mean.
 *
 *  No rank gathers a document: for attention the greatest scores travel, then sums. */
#ifndef LONGWAVE_MODEL_POOLING_H
#define LONGWAVE_MODEL_POOLING_H

#include "longwave/comm/reduce.h"
#include "longwave/model/pass.h"
#include "longwave/op/pool.h"

typedef struct lw_pooler {
  lw_pooling pooling;
  int64_t C;
  int64_t query; /* index in params; of attention */
} lw_pooler;

typedef struct lw_pooler_kept {
  float *pooled;   /* [documents, C] */
  float *dpooled;  /* [documents, C] in of backward */
  int32_t *argmax; /* [documents, C] tokens of the greatest, for max */
  lw_peak *peaks;  /* [documents, C] scratch of forward, for max */
  /* For attention: exp(score - greatest of the document) and scratch of backward, [rows]; of
     documents the greatest score and the sum of the weights. */
  float *weight, *slope;
  float *greatest, *total;
} lw_pooler_kept;

/** Adds the parameter, if there is one. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_pooler_init(lw_pooler *pooler, lw_pooling pooling, int64_t C,
                                     lw_params *params);
/** The arrays of one pass, for `rows` token rows. Local. */
void lw_pooler_carve(const lw_pooler *pooler, int64_t rows, int64_t documents, lw_carver *carver,
                     lw_pooler_kept *kept);

/** kept->pooled from x [rows, C]. Collective over the sequence axis. */
void lw_pooler_forward(const lw_pooler *pooler, const lw_pass *pass, const float *x,
                       const lw_pooler_kept *kept);
/** dx [rows, C] out from kept->dpooled, the same on all ranks of the axis; the gradient of the
 *  parameter gets what this rank's rows give. Local. */
void lw_pooler_backward(const lw_pooler *pooler, const lw_pass *pass, const float *x,
                        const lw_pooler_kept *kept, float *dx);

/** Bytes that a rank sends in forward of a micro-batch, by formula; max as if it sent what sums do.
 *  Local. */
double lw_pooler_sent(const lw_pooler *pooler, const lw_packing *packing, const lw_world *world);

#endif
