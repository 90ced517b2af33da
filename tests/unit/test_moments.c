/* Moments do not lose a small deviation beside a large mean, and do not depend on how numbers come
   in pieces; what they advise. */
#include "longwave/data/moments.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

enum { COUNT = 1000 };

static void fill(double *x, double mean, double size)
{
  for (int i = 0; i < COUNT; i++) x[i] = mean + size * (i % 2 ? 1.0 : -1.0);
}

Test(moments, lose_nothing_far_from_zero)
{
  double x[COUNT];
  fill(x, 1e9, 0.5);
  for (int piece = 1; piece <= COUNT; piece = piece * 3 + 1) {
    lw_moments moments = {0};
    for (int i = 0; i < COUNT; i += piece)
      lw_moments_add(&moments, x + i, COUNT - i < piece ? COUNT - i : piece);
    cr_expect_eq(moments.count, COUNT);
    cr_expect_float_eq(moments.mean, 1e9, 1e-5, "%d: %.9g", piece, moments.mean);
    cr_expect_float_eq(lw_moments_deviation(&moments), 0.5, 1e-6, "%d: %.9g", piece,
                       lw_moments_deviation(&moments));
    cr_expect_eq(moments.least, 1e9 - 0.5);
    cr_expect_eq(moments.greatest, 1e9 + 0.5);
  }
}

Test(moments, of_nothing_are_nothing)
{
  lw_moments moments = {0}, none = {0};
  lw_moments_add(&moments, NULL, 0);
  lw_moments_join(&moments, &none);
  cr_expect_eq(moments.count, 0);
  cr_expect_eq(lw_moments_deviation(&moments), 0.0);
  const double one = -7.0;
  lw_moments_add(&none, &one, 1);
  lw_moments_join(&moments, &none);
  cr_expect_eq(moments.mean, -7.0);
  cr_expect_eq(moments.least, -7.0);
}

Test(moments, are_scaled_with_their_bounds)
{
  double x[COUNT];
  lw_moments moments = {0};
  fill(x, 3.0, 2.0);
  lw_moments_add(&moments, x, COUNT);
  const lw_moments now = lw_moments_scaled(&moments, -2.0, 1.0);
  cr_expect_float_eq(now.mean, -5.0, 1e-12);
  cr_expect_float_eq(lw_moments_deviation(&now), 4.0, 1e-12);
  cr_expect_float_eq(now.least, -9.0, 1e-12);
  cr_expect_float_eq(now.greatest, -1.0, 1e-12);
}

/* mean and size as a model sees them after scale and shift */
Test(moments, advise_what_makes_values_learnable)
{
  static const struct {
    double mean, size, scale, shift;
    bool fine;
  } cases[] = {
      {0.0, 1.0, 1.0, 0.0, true},        {0.1307, 0.3081, 1.0, 0.0, true},
      {5.0, 1.0, 1.0, 0.0, true},        {1000.0, 1.0, 1.0, 0.0, false},
      {-1000.0, 1.0, 1.0, 0.0, false},   {0.0, 1e-3, 1.0, 0.0, false},
      {0.0, 1e3, 1.0, 0.0, false},       {128.0, 70.0, 1.0 / 255.0, 0.0, true},
      {1000.0, 1.0, 1.0, -1000.0, true}, {0.0, 1e3, 1e-3, 0.0, true},
      {20.0, 0.0, 1.0, 0.0, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double x[COUNT], scale, shift;
    char text[LW_MOMENTS_TEXT];
    lw_moments moments = {0};
    lw_dataset_info info = {
        .version = 1, .channel = &(lw_channel){.scale = cases[i].scale, .shift = cases[i].shift}};
    fill(x, cases[i].mean, cases[i].size);
    lw_moments_add(&moments, x, COUNT);
    lw_moments_advice(&moments, &info, 0, text);
    cr_expect_eq(*text == '\0', cases[i].fine, "%zu: '%s'", i, text);
    const char *says = strstr(text, "scale to ");
    if (!says) continue;
    cr_assert_eq(sscanf(says, "scale to %lf and shift to %lf", &scale, &shift), 2, "%s", text);
    const lw_moments mended = lw_moments_scaled(&moments, scale, shift);
    cr_expect_float_eq(mended.mean, 0.0, 1e-5, "%s", text);
    cr_expect_float_eq(lw_moments_deviation(&mended), 1.0, 1e-5, "%s", text);
  }
}
