/** Sums of arrays, number by number. Local. No allocation. */
#ifndef LONGWAVE_OP_ADD_H
#define LONGWAVE_OP_ADD_H

#include <stdint.h>

/** sum[n] += more[n].  sum [count] in/out;  more [count] in */
void lw_add(float *sum, const float *more, int64_t count);

#endif
