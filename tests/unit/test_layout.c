#include "longwave/array/layout.h"
#include "longwave/array/strips.h"
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

/* Strips tile the sequence in whole blocks, every rank has its own in order, and the shortest
 * sequence that may be sharded has a token for each. */
Test(strips, tile_the_sequence_and_ranks_agree)
{
  for (int ranks = 1; ranks <= 7; ranks++)
    for (int paired = 0; paired < 2; paired++) {
      const lw_strips strips = {.ranks = ranks, .paired = paired};
      const int count = lw_strips_count(strips), each = lw_strips_each(strips);
      const int64_t least = ranks > 1 ? lw_strips_least(strips) : 1 + LW_STRIP_BLOCK * (count - 1);
      cr_assert_eq(count, ranks * each);
      for (int64_t T = least; T < least + 200; T++) {
        cr_assert_eq(lw_strips_first(strips, T, 0), 0);
        cr_assert_eq(lw_strips_first(strips, T, count), T);
        for (int s = 0; s < count; s++) {
          cr_assert_eq(lw_strips_first(strips, T, s) % LW_STRIP_BLOCK, 0);
          cr_assert_lt(lw_strips_first(strips, T, s), lw_strips_first(strips, T, s + 1));
        }
      }
      for (int rank = 0; rank < ranks; rank++)
        for (int j = 0; j < each; j++) {
          cr_assert_eq(lw_strips_rank(strips, lw_strips_of(strips, rank, j)), rank);
          cr_assert(j == 0 || lw_strips_of(strips, rank, j) > lw_strips_of(strips, rank, j - 1));
        }
    }
  cr_assert_eq(lw_strips_least((lw_strips){.ranks = 1}), INT64_MAX);
}
