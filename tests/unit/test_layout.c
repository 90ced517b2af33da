#include "longwave/array/layout.h"
#include <criterion/criterion.h>

Test(layout, blocks_tile_the_rows_and_owners_agree)
{
  for (int64_t rows = 0; rows <= 40; rows++) {
    for (int ranks = 1; ranks <= 9; ranks++) {
      int64_t next = 0;
      for (int rank = 0; rank < ranks; rank++) {
        int64_t first = lw_layout_first(rows, ranks, rank);
        int64_t count = lw_layout_count(rows, ranks, rank);
        cr_assert_eq(first, next, "%d rows, %d ranks, rank %d", (int)rows, ranks, rank);
        cr_assert_eq(count, rows / ranks + (rank < rows % ranks));
        for (int64_t row = first; row < first + count; row++)
          cr_assert_eq(lw_layout_owner(rows, ranks, row), rank, "row %d", (int)row);
        next = first + count;
      }
      cr_assert_eq(next, rows);
      cr_assert_eq(lw_layout_first(rows, ranks, ranks), rows);
    }
  }
}

Test(layout, more_rows_than_an_int_counts)
{
  int64_t rows = ((int64_t)1 << 40) + 1; /* 2 more than a multiple of 3 */
  cr_assert_eq(lw_layout_first(rows, 3, 2), 2 * (rows / 3 + 1));
  cr_assert_eq(lw_layout_owner(rows, 3, rows - 1), 2);
}
