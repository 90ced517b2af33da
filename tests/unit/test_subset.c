/* What a limit leaves of a split: drawn, fixed for ever, not the front. */
#include "longwave/base/mem.h"
#include "longwave/data/subset.h"
#include <criterion/criterion.h>

enum { COUNT = 500 };

/* list [COUNT] */
static int64_t draw(int64_t count, int64_t limit, int64_t *list)
{
  cr_assert_eq(lw_subset_draw(count, limit, list), LW_OK);
  return lw_subset_count(count, limit);
}

Test(subset, is_everything_without_a_limit_below_the_count)
{
  static const int64_t limits[] = {0, 9, 10, 1000000};
  int64_t list[COUNT];
  for (int n = 0; n < 4; n++) {
    cr_assert_eq(draw(9, limits[n], list), 9);
    for (int64_t i = 0; i < 9; i++) cr_assert_eq(list[i], i);
  }
  cr_assert_eq(draw(0, 0, list), 0);
  cr_assert_eq(draw(0, 5, list), 0);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(subset, ascends_and_smaller_ones_are_parts_of_greater_ones)
{
  int64_t list[COUNT];
  uint8_t before[COUNT] = {0};
  for (int64_t limit = 1; limit < COUNT; limit++) {
    uint8_t now[COUNT] = {0};
    cr_assert_eq(draw(COUNT, limit, list), limit);
    for (int64_t i = 0; i < limit; i++) {
      cr_assert(list[i] >= 0 && list[i] < COUNT && (i == 0 || list[i] > list[i - 1]));
      now[list[i]] = 1;
    }
    for (int64_t i = 0; i < COUNT; i++) cr_assert(!before[i] || now[i], "%d", (int)limit);
    for (int64_t i = 0; i < COUNT; i++) before[i] = now[i];
  }
}

/* Of a split sorted by class the front half is one class. */
Test(subset, comes_from_everywhere)
{
  int64_t list[COUNT], front = 0;
  const int64_t count = draw(COUNT, 200, list);
  for (int64_t i = 0; i < count; i++) front += list[i] < COUNT / 2;
  cr_assert(front > 70 && front < 130, "%d of 200 from the front half", (int)front);
}

/* Figures of other days stay comparable: these numbers must never change. */
Test(subset, is_fixed_for_ever)
{
  static const int64_t of_20[] = {0, 10, 11, 12, 19}, of_500[] = {103, 139, 187, 299, 325, 341};
  int64_t list[COUNT];
  cr_assert_eq(draw(20, 5, list), 5);
  cr_assert_arr_eq(list, of_20, sizeof of_20);
  cr_assert_eq(draw(COUNT, 6, list), 6);
  cr_assert_arr_eq(list, of_500, sizeof of_500);
}
