#include "longwave/array/layout.h"

int64_t lw_layout_first(int64_t rows, int ranks, int rank)
{
  int64_t each = rows / ranks, longer = rows % ranks;
  return each * rank + (rank < longer ? rank : longer);
}

int64_t lw_layout_count(int64_t rows, int ranks, int rank)
{
  return lw_layout_first(rows, ranks, rank + 1) - lw_layout_first(rows, ranks, rank);
}

int lw_layout_owner(int64_t rows, int ranks, int64_t row)
{
  int64_t each = rows / ranks, longer = rows % ranks;
  int64_t edge = (each + 1) * longer; /* first row of the first shorter block */
  return (int)(row < edge ? row / (each + 1) : longer + (row - edge) / each);
}
