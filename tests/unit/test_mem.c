#include "longwave/base/mem.h"
#include <criterion/criterion.h>
#include <string.h>

Test(mem, blocks_are_aligned_zeroed_and_counted)
{
  static const int64_t counts[] = {0, 1, 15, 16, 17, 1000, 100000};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    float *block = NULL;
    cr_assert_eq(LW_TAKE(&block, counts[i]), LW_OK);
    cr_assert_not_null(block);
    cr_assert_eq((uintptr_t)block % 64, 0);
    cr_assert_eq(lw_mem_live(), counts[i] * (int64_t)sizeof(float));
    for (int64_t k = 0; k < counts[i]; k++) cr_assert_eq(block[k], 0.0f);
    memset(block, 0xAB, (size_t)counts[i] * sizeof *block);
    lw_mem_give(block);
    cr_assert_eq(lw_mem_live(), 0);
  }
  lw_mem_give(NULL);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(mem, the_peak_is_the_most_at_once)
{
  char *a = NULL, *b = NULL;
  cr_assert_eq(LW_TAKE(&a, 1000), LW_OK);
  cr_assert_eq(LW_TAKE(&b, 500), LW_OK);
  lw_mem_give(a);
  cr_assert_eq(LW_TAKE(&a, 700), LW_OK);
  cr_assert_eq(lw_mem_live(), 1200);
  cr_assert_eq(lw_mem_peak(), 1500);
  lw_mem_give(a);
  lw_mem_give(b);
  cr_assert_eq(lw_mem_live(), 0);
  cr_assert_eq(lw_mem_peak(), 1500);
}

Test(mem, what_cannot_be_had_is_refused)
{
  static const struct {
    int64_t count, size;
  } cases[] = {{-1, 4},
               {1, 0},
               {1, -8},
               {INT64_MAX, 1},
               {INT64_MAX / 2, 3},
               {INT64_MAX / 4, 4},
               {(int64_t)1 << 50, 1 << 10}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    void *block = &block;
    cr_assert_eq(lw_mem_take(cases[i].count, cases[i].size, &block), LW_ERROR_MEMORY, "case %zu",
                 i);
    cr_assert_eq(block, (void *)&block, "out is untouched on failure");
    cr_assert(strlen(lw_fail_message()) > 0);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

Test(mem, an_extended_block_keeps_what_is_used)
{
  int64_t *numbers = NULL, capacity = 77, copies = 0;
  for (int64_t used = 0; used < 1000; used++) {
    const int64_t before = numbers ? capacity : 0;
    cr_assert_eq(LW_EXTEND(&numbers, &capacity, used, used + 1), LW_OK);
    cr_assert_gt(capacity, used);
    copies += capacity != before;
    if (capacity != before)
      for (int64_t k = used; k < capacity; k++) cr_assert_eq(numbers[k], 0);
    numbers[used] = used;
  }
  cr_assert_leq(copies, 10, "%lld copies", (long long)copies);
  for (int64_t k = 0; k < 1000; k++) cr_assert_eq(numbers[k], k);
  cr_assert_eq(lw_mem_live(), capacity * (int64_t)sizeof *numbers);
  int64_t *kept = numbers, room = capacity;
  cr_assert_eq(LW_EXTEND(&numbers, &capacity, 1000, INT64_MAX), LW_ERROR_MEMORY);
  cr_assert(numbers == kept && capacity == room && numbers[999] == 999, "changed by a failure");
  lw_mem_give(numbers);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(mem, a_block_grows_and_never_shrinks)
{
  void *block = NULL;
  int64_t capacity = 0;
  cr_assert_eq(lw_mem_grow(&block, &capacity, 10, 8), LW_OK);
  cr_assert_eq(capacity, 10);
  void *kept = block;
  cr_assert_eq(lw_mem_grow(&block, &capacity, 5, 8), LW_OK);
  cr_assert_eq(block, kept);
  cr_assert_eq(capacity, 10);
  cr_assert_eq(lw_mem_grow(&block, &capacity, 20, 8), LW_OK);
  cr_assert_eq(capacity, 20);
  cr_assert_eq(lw_mem_live(), 160);
  cr_assert_eq(lw_mem_grow(&block, &capacity, INT64_MAX, 8), LW_ERROR_MEMORY);
  cr_assert_null(block);
  cr_assert_eq(capacity, 0);
  cr_assert_eq(lw_mem_live(), 0);
}
