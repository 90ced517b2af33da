/** Messages between two ranks; the only place of their MPI calls. */
#ifndef LONGWAVE_COMM_EXCHANGE_H
#define LONGWAVE_COMM_EXCHANGE_H

#include "longwave/comm/world.h"
#include <stdint.h>

/** Give `gone` to rank `to` and take `come` from rank `from` at once; either may be this rank.
 *  `count` floats may differ between the two and may be 0. To be called by all ranks concerned. */
typedef struct lw_exchange_side {
  int rank;
  float *data;
  int64_t count; /* below 2^31 */
} lw_exchange_side;
void lw_exchange(const lw_world *world, lw_exchange_side gone, lw_exchange_side come);

#endif
