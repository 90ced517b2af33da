/** Sharing pieces of work out over ranks. */
#ifndef LONGWAVE_DATA_DEAL_H
#define LONGWAVE_DATA_DEAL_H

#include <stdint.h>

typedef struct lw_work {
  int64_t index; /* the caller's name for it */
  double cost;
  int rank; /* out */
} lw_work;

/** Costly ones first, each to the rank with least load so far; ties go to the lower index, and to
 *  the lower rank. works [count] are sorted so; load [ranks] in and out. Local. */
void lw_deal(lw_work *works, int64_t count, int ranks, double *load);

#endif
