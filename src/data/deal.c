#include "deal.h"
#include "longwave/base/whole.h"
#include <stdlib.h>

static int heavier_first(const void *a, const void *b)
{
  const lw_work *x = a, *y = b;
  const int heavier = LW_ORDER(y->cost, x->cost);
  return heavier ? heavier : LW_ORDER(x->index, y->index);
}

static int least_loaded(const double *load, int ranks)
{
  int best = 0;
  for (int rank = 1; rank < ranks; rank++)
    if (load[rank] < load[best]) best = rank;
  return best;
}

void lw_deal(lw_work *works, int64_t count, int ranks, double *load)
{
  qsort(works, (size_t)count, sizeof *works, heavier_first);
  for (int64_t i = 0; i < count; i++) {
    works[i].rank = least_loaded(load, ranks);
    load[works[i].rank] += works[i].cost;
  }
}
