/* Hashes against the published values of FNV-1a, and the small arithmetic of whole numbers. */
#include "longwave/base/hash.h"
#include "longwave/base/whole.h"
#include <criterion/criterion.h>

Test(hash, values_are_the_published_ones)
{
  cr_expect_eq(lw_hash_text(LW_HASH_BEGIN, ""), 0x811c9dc5u);
  cr_expect_eq(lw_hash_text(LW_HASH_BEGIN, "a"), 0xe40c292cu);
  cr_expect_eq(lw_hash_text(LW_HASH_BEGIN, "foobar"), 0xbf9cf968u);
  cr_expect_eq(lw_hash_text(lw_hash_text(LW_HASH_BEGIN, "foo"), "bar"), 0xbf9cf968u);
  cr_expect_eq(lw_hash_bytes((const uint8_t *)"", 0), UINT64_C(0xcbf29ce484222325));
  cr_expect_eq(lw_hash_bytes((const uint8_t *)"foobar", 6), UINT64_C(0x85944171f73967e8));
}

Test(whole, parts_cover_and_orders_are_of_numbers_that_no_difference_holds)
{
  for (int64_t part = 1; part <= 9; part++)
    for (int64_t count = 0; count <= 40; count++) {
      const int64_t parts = lw_parts(count, part);
      cr_assert(parts * part >= count && (parts - 1) * part < count);
    }
  cr_expect(lw_smaller(-1, 2) == -1 && lw_smaller(2, -1) == -1);
  cr_expect(lw_larger(-1, 2) == 2 && lw_larger(2, -1) == 2);
  cr_expect_eq(LW_ORDER(INT64_MIN, INT64_MAX), -1);
  cr_expect_eq(LW_ORDER(UINT64_MAX, UINT64_C(1)), 1);
  cr_expect_eq(LW_ORDER(0.5, 0.5), 0);
}
