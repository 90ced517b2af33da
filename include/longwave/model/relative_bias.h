/** A learned bias of scores per relative distance (attention.relative_bias): each head adds to the
 *  score of query i and key j, after locality, the number of the bucket of i - j (lw_relative in
 *  op/local.h). Parameter: relative_bias [H, buckets], 0 at the start. Here is the parameter; what
 *  it does to scores is the engines'. */
#ifndef LONGWAVE_MODEL_RELATIVE_BIAS_H
#define LONGWAVE_MODEL_RELATIVE_BIAS_H

#include "longwave/model/layer.h"

/** Of one block's attention. */
typedef struct lw_relative_bias {
  int64_t count; /* numbers; 0: there is none */
  int64_t table; /* index of the parameter */
} lw_relative_bias;

/** Adds the parameter, if the options ask for one. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_relative_bias_create(const lw_layer_site *site,
                                              const lw_attention *attention,
                                              lw_relative_bias *bias);
/** For lw_attention_call; NULL without one. Local. */
const float *lw_relative_bias_value(const lw_relative_bias *bias, const lw_params *params);
/** Room for its gradient in backward, NULL without one. Local. */
float *lw_relative_bias_carve(const lw_relative_bias *bias, lw_carver *carver);
/** `room` as doubles, all 0, for lw_attention_call; NULL without one. Local. */
double *lw_relative_bias_begin(const lw_relative_bias *bias, float *room);
/** Adds what backward left there to the gradient of the parameter. Local. */
void lw_relative_bias_end(const lw_relative_bias *bias, const lw_params *params,
                          const double *gradient);

#endif
