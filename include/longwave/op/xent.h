/** Softmax cross entropy of one row, with label smoothing e: target q_k = (1-e) [k = label] + e/K.
 *  Source: [Szegedy2016] section 7. Local. */
#ifndef LONGWAVE_OP_XENT_H
#define LONGWAVE_OP_XENT_H

#include <stdint.h>

/** Returns the loss -sum_k q_k log p_k, p = softmax(logits), computed in double.
 *  logits [classes] in; dlogits [classes] out or NULL: (p - q) * scale */
double lw_xent(const float *logits, int64_t classes, int32_t label, double smoothing, double scale,
               float *dlogits);

#endif
