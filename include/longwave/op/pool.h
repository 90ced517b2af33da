/** The tokens of one sample to one vector. Local. */
#ifndef LONGWAVE_OP_POOL_H
#define LONGWAVE_OP_POOL_H

#include <stdint.h>

typedef enum lw_pooling { LW_POOLING_MEAN, LW_POOLING_LAST, LW_POOLING_MAX } lw_pooling;

/** out[c] = mean, last or greatest of x[0..count, c]. x [count, C] in; out [C] out; place [C] out:
 *  row of the greatest (first among equals), only for MAX, else may be NULL */
void lw_pool_forward(lw_pooling pooling, const float *x, int64_t count, int64_t C, float *out,
                     int32_t *place);
/** dx (written, all rows). dout [C] in, place as above */
void lw_pool_backward(lw_pooling pooling, const float *dout, int64_t count, int64_t C,
                      const int32_t *place, float *dx);

#endif
