/* A column of metrics as a curve of few points. */
#include "longwave/base/curve.h"
#include "longwave/base/mem.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

static lw_csv csv;

/* Rows of two splits; row i of train (from 0) has step i + 1, loss i % 10, and no rate. */
static void begin(int rows, const char *more)
{
  char folder[TEMP_FOLDER_MAX], path[TEMP_FOLDER_MAX + 16];
  cr_assert(temp_folder_make(folder));
  snprintf(path, sizeof path, "%s/file", folder);
  FILE *file = fopen(path, "w");
  cr_assert(file);
  fputs("step,split,loss,rate\n", file);
  for (int i = 0; i < rows; i++)
    fprintf(file, "%d,train,%d,\n%d,validation,100,\n", i + 1, i % 10, i + 1);
  fputs(more, file);
  fclose(file);
  csv = (lw_csv){0};
  cr_assert_eq(lw_csv_read(&csv, path), LW_OK, "%s", lw_fail_message());
  cr_assert(temp_folder_remove(folder));
}

static lw_curve read_curve(const char *column, int64_t most)
{
  lw_curve curve = {0};
  cr_assert_eq(lw_curve_read(&csv, "train", column, most, &curve), LW_OK);
  return curve;
}

static void end(lw_curve *curve)
{
  lw_curve_done(curve);
  lw_csv_done(&csv);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(curve, a_short_one_is_as_it_is)
{
  begin(7, "");
  lw_curve curve = read_curve("loss", 7);
  cr_assert_eq(curve.points, 7);
  cr_assert(!curve.thinned && isnan(curve.lost));
  for (int i = 0; i < 7; i++) {
    cr_expect_eq(curve.step[i], i + 1);
    cr_expect(curve.mean[i] == i && curve.low[i] == i && curve.high[i] == i);
  }
  end(&curve);
}

Test(curve, a_long_one_has_mean_least_and_greatest_of_stretches)
{
  begin(1000, "");
  lw_curve curve = read_curve("loss", 50);
  cr_assert_eq(curve.points, 50);
  cr_assert(curve.thinned);
  for (int i = 0; i < 50; i++) {
    cr_expect_eq(curve.step[i], 20 * i + 11);
    cr_expect_eq(curve.mean[i], 4.5);
    cr_expect(curve.low[i] == 0 && curve.high[i] == 9);
  }
  end(&curve);
}

Test(curve, every_row_is_in_one_stretch)
{
  for (int rows = 1; rows < 40; rows++) {
    begin(rows, "");
    for (int most = 1; most < 12; most++) {
      lw_curve curve = read_curve("loss", most);
      cr_assert_eq(curve.points, rows < most ? rows : most);
      double least = 10.0, most_seen = -1.0, before = 0.0;
      for (int64_t i = 0; i < curve.points; i++) {
        cr_expect(curve.step[i] > before && curve.step[i] <= rows, "%d %d", rows, most);
        before = curve.step[i];
        least = fmin(least, curve.low[i]);
        most_seen = fmax(most_seen, curve.high[i]);
      }
      cr_expect(least == 0 && most_seen == (rows < 10 ? rows - 1 : 9), "%d %d", rows, most);
      lw_curve_done(&curve);
    }
    lw_csv_done(&csv);
  }
}

Test(curve, values_that_are_not_finite_are_left_out_and_told)
{
  begin(2, "3,train,nan,\n4,train,5,\n5,train,inf,\n");
  lw_curve curve = read_curve("loss", 5);
  cr_expect_eq(curve.lost, 3.0);
  cr_expect(isnan(curve.mean[2]) && curve.mean[3] == 5.0 && isnan(curve.high[4]));
  lw_curve_done(&curve);
  curve = read_curve("loss", 1);
  cr_expect_eq(curve.mean[0], 2.0);
  cr_expect_eq(curve.high[0], 5.0);
  end(&curve);
}

Test(curve, an_empty_cell_is_no_value_and_a_missing_column_has_none)
{
  begin(3, "");
  static const char *const columns[] = {"rate", "none"};
  for (int i = 0; i < 2; i++) {
    lw_curve curve = read_curve(columns[i], 9);
    cr_expect(curve.points == 3 && isnan(curve.mean[0]) && isnan(curve.lost));
    lw_curve_done(&curve);
  }
  lw_csv_done(&csv);
  lw_curve curve = read_curve("loss", 9);
  cr_expect_eq(curve.points, 0);
  end(&curve);
}
