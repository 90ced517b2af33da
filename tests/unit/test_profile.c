#include "longwave/base/profile.h"
#include <criterion/criterion.h>

/* Busy until the clock has moved by `seconds`: the sums below hold however slow the machine is. */
static void spend(double seconds)
{
  for (double start = lw_clock(); lw_clock() - start < seconds;) {
  }
}

Test(profile, the_clock_never_goes_back)
{
  double last = lw_clock();
  for (int i = 0; i < 10000; i++) {
    double now = lw_clock();
    cr_assert_geq(now, last);
    last = now;
  }
}

Test(profile, inner_kinds_take_their_time_from_outer_ones)
{
  double start = lw_clock();
  lw_profile_begin(LW_PROFILE_ATTENTION);
  spend(0.002);
  lw_profile_begin(LW_PROFILE_LINEAR);
  spend(0.004);
  lw_profile_end();
  spend(0.001);
  lw_profile_end();
  double all = lw_clock() - start;

  double outer = lw_profile_seconds(LW_PROFILE_ATTENTION);
  double inner = lw_profile_seconds(LW_PROFILE_LINEAR);
  cr_assert_geq(outer, 0.003);
  cr_assert_geq(inner, 0.004);
  cr_assert_leq(outer + inner, all, "no time is counted twice");
  cr_assert_eq(lw_profile_seconds(LW_PROFILE_NORM), 0.0);
}

Test(profile, time_outside_belongs_to_nobody_and_a_reset_forgets)
{
  lw_profile_begin(LW_PROFILE_DATA);
  lw_profile_end();
  double before = lw_profile_seconds(LW_PROFILE_DATA);
  spend(0.002);
  cr_assert_eq(lw_profile_seconds(LW_PROFILE_DATA), before);
  lw_profile_begin(LW_PROFILE_DATA);
  spend(0.001);
  lw_profile_end();
  cr_assert_gt(lw_profile_seconds(LW_PROFILE_DATA), before);
  lw_profile_reset();
  cr_assert_eq(lw_profile_seconds(LW_PROFILE_DATA), 0.0);
}

Test(profile, every_kind_has_a_name)
{
  cr_assert_str_eq(lw_profile_name(LW_PROFILE_OTHER), "other");
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    cr_assert_not_null(lw_profile_name((lw_profile_kind)kind));
}
