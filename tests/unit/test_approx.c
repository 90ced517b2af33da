#include "approx.h"
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

Test(approx, errors_are_relative_to_the_norm)
{
  double want[] = {3, 4}, near[] = {3, 4.5}, bad[] = {NAN, 4}, none[] = {0, 0};
  float want_floats[] = {3, 4}, near_floats[] = {3, 4.5f};
  cr_assert_eq(approx_error(want, want, 2), 0.0);
  cr_assert_float_eq(approx_error(near, want, 2), 0.1, 1e-15);
  cr_assert_float_eq(approx_error_floats(near_floats, want_floats, 2), 0.1, 1e-15);
  cr_assert_eq(approx_error(bad, want, 2), INFINITY);
  cr_assert_eq(approx_error(want, none, 2), 5.0);
}

Test(approx, ulps_count_the_numbers_between)
{
  cr_assert_eq(approx_ulps(1.0f, 1.0f), 0);
  cr_assert_eq(approx_ulps(1.0f, 1.0f + FLT_EPSILON), 1);
  cr_assert_eq(approx_ulps(0.0f, -0.0f), 0);
  cr_assert_eq(approx_ulps(-0x1p-149f, 0x1p-149f), 2);
  cr_assert_eq(approx_ulps(1.0f, NAN), INT64_MAX);
  cr_assert_eq(approx_ulps_double(2.0, 2.0 - DBL_EPSILON), 1);
  cr_assert_eq(approx_ulps_double(-0x1p-1074, 0x1p-1074), 2);
  cr_assert_eq(approx_ulps_double(-DBL_MAX, DBL_MAX), INT64_MAX);
}
