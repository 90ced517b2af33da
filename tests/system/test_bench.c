/* What a user sees of how evenly the ranks work and what they send. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"

#define TEST_LIMIT 120.0

/* Bytes a step of `kind` in the table that was printed; the formula's in *formula. */
static double table_row(const char *kind, double *formula)
{
  char start[32];
  double all = 0.0;
  snprintf(start, sizeof start, "\n  %s ", kind);
  const char *table = strstr(output, "bytes sent a step");
  cr_assert(table, "%s", output);
  const char *line = strstr(table, start);
  *formula = 0.0;
  if (line) sscanf(line + strlen(start), "%*f %*f %lf %lf", &all, formula);
  return all;
}

Test(bench, counts_what_the_formulas_say, .timeout = TEST_LIMIT)
{
  double gradient, parameters, statistics;
  start();
  for (int ranks = 2; ranks <= 3; ranks++) {
    int code = longwave(ranks, "bench step %s/job.yaml --steps 3 --set model.width=64", folder);
    cr_assert_eq(code, 0, "%s", output);
    cr_assert(strstr(output, "seconds busy") && strstr(output, "seconds waiting"), "%s", output);
    /* Summed and given back, whether in one message or two. */
    double sent = table_row("gradient", &gradient) + table_row("parameters", &parameters);
    cr_assert(gradient > 0 && parameters > 0, "%s", output);
    cr_assert_float_eq(sent / (gradient + parameters), 1.0, 0.02, "%s", output);
    double counted = table_row("statistics", &statistics);
    cr_assert_float_eq(counted / statistics, 1.0, 0.02, "%s", output);
  }
  finish();
}

Test(train, tells_how_evenly_the_ranks_work, .timeout = TEST_LIMIT)
{
  start();
  train_well(2, "two", "");
  cr_assert_eq(times_in_output("ranks: busy"), 1, "at the end: %s", output);
  cr_assert(strstr(output, "in 12 steps"), "%s", output);
  train_well(0, "one", "");
  cr_assert_eq(times_in_output("ranks: busy"), 0, "one rank waits for none: %s", output);
  finish();
}
