/** AdamW, one block of parameters. Source: [Loshchilov2019] algorithm 2, bias-corrected:
 *    m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2;
 *    w -= rate ( m / (1 - b1^n) / (sqrt(v / (1 - b2^n)) + epsilon) + decay w ).   Local. */
#ifndef LONGWAVE_OP_ADAM_H
#define LONGWAVE_OP_ADAM_H

#include <stdint.h>

typedef struct lw_adam {
  double beta1, beta2, epsilon;
  double rate, decay; /* learning rate of this step; decay 0 for parameters that do not decay */
  int64_t step;       /* n, from 1 */
} lw_adam;

/** value, first, second [count] in/out; gradient [count] in, multiplied by `scale` (clipping)
 *  before use. */
void lw_adam_update(const lw_adam *adam, int64_t count, const float *gradient, double scale,
                    float *value, float *first, float *second);

#endif
