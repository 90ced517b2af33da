/* longwave table as it is read and printed: bold, short names, what is said once, width, LaTeX,
   columns that are asked for. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"

#define TEST_LIMIT 120.0

static void train_little(const char *name, const char *more)
{
  char words[512];
  snprintf(words, sizeof words, "--set train.steps=1 --set checkpoint.every=0 %s", more);
  train_well(0, name, words);
}

/* What the run's test is said to have given. */
static void set_figures(const char *run, const char *loss, const char *accuracy)
{
  shell("cd '%s/%s' && awk -F, -v OFS=, 'NR == 2 { $4 = %s; $5 = %s } { print }' "
        "evaluation-test.csv >new && mv new evaluation-test.csv",
        folder, run, loss, accuracy);
}

/* Three rows of known figures; the first has two seeds and is exactly as good as the second. */
static void make_runs(void)
{
  start();
  train_little("runs/big_las&a_window-5_seed-1", "--set attention.window=5");
  train_little("runs/big_las&a_window-5_seed-2", "--set attention.window=5 --set train.seed=2");
  train_little("runs/big_plain_window-1_seed-1", "--set attention.window=1");
  train_little("runs/big_mean|b_window-3_seed-1", "--set model.pooling=last");
  cr_assert_eq(longwave(0, "table %s/runs", folder), 0, "%s", output);
  set_figures("runs/big_las&a_window-5_seed-1", "1.5", "0.5");
  set_figures("runs/big_las&a_window-5_seed-2", "2.5", "0.7");
  set_figures("runs/big_plain_window-1_seed-1", "1.75", "0.6");
  set_figures("runs/big_mean|b_window-3_seed-1", "1.5", "0.25");
}

/* The longest line of the output, in characters. */
static int64_t longest_line(void)
{
  int64_t longest = 0, width = 0;
  for (const char *c = output; *c; c++) {
    width = *c == '\n' ? 0 : width + ((*c & 0xC0) != 0x80);
    if (width > longest) longest = width;
  }
  return longest;
}

static void check_markdown(void)
{
  cr_assert_eq(longwave(0, "table %s/runs --kept", folder), 0, "%s", output);
  expect_in_output("| run     |   test accuracy % |   n | by seed            | pooling | window |");
  expect_in_output("\n|---------|------------------:|----:|--------------------|---------|----");
  expect_in_output(
      "\n| las&a   | **60.00 ± 14.14** |   2 | 1: 50.00, 2: 70.00 | mean    | 5      |");
  expect_in_output(
      "\n| mean\\|b |             25.00 |   1 | 1: 25.00           | last    | 3      |");
  expect_in_output(
      "\n| plain   |         **60.00** |   1 | 1: 60.00           | mean    | 1      |");
  expect_in_output("\nThe same in all rows: ");
  expect_in_output("model.layers: 2; model.width: 8; ");
  expect_in_output(
      "\nToo wide to show (--columns chooses, --csv has all): above chance since step");
  cr_assert_leq(longest_line(), 100, "%s", output);
}

/* The least loss is the best; the order is the one asked for; the name keeps what is not shown. */
static void check_columns(void)
{
  cr_assert_eq(longwave(0, "table %s/runs --kept --columns loss,run,optimizer.warmup,n", folder),
               0);
  expect_in_output("|       test loss | run              | warmup |   n |\n");
  expect_in_output("\n| 2.0000 ± 0.7071 | las&a_window-5   | 2      |   2 |\n");
  expect_in_output("\n|      **1.5000** | mean\\|b_window-3 | 2      |   1 |\n");
  expect_in_output("\n|          1.7500 | plain_window-1   | 2      |   1 |\n");
}

static void check_latex(void)
{
  cr_assert_eq(longwave(0, "table %s/runs --kept --latex --columns run,accuracy,loss", folder), 0);
  cr_assert_eq(strncmp(output, "% longwave table /", 18), 0, "%s", output);
  expect_in_output(
      "/runs --kept --latex --columns run,accuracy,loss\n% needs \\usepackage{booktabs}\n"
      "\\begin{table}\n");
  expect_in_output("\\begin{tabular}{lrr}\n    \\toprule\n    run & test accuracy \\% & test loss "
                   "\\\\\n    \\midrule\n    las\\&a\\_window-5 & \\textbf{60.00 $\\pm$ 14.14} & "
                   "2.0000 $\\pm$ 0.7071 \\\\\n    mean\\textbar{}b\\_window-3 & 25.00 & "
                   "\\textbf{1.5000} \\\\\n    plain\\_window-1 & \\textbf{60.00} & 1.7500 \\\\\n"
                   "    \\bottomrule\n  \\end{tabular}\n\\end{table}\n");
}

static void check_refusals(void)
{
  cr_assert_eq(longwave(0, "table %s/runs --kept --columns run,acuracy", folder), 2);
  expect_in_output("--columns: unknown column 'acuracy'; did you mean 'accuracy'?");
  cr_assert_eq(longwave(0, "table %s/runs --kept --columns run,,n", folder), 2);
  expect_in_output("--columns: unknown column ''; 'longwave table --help' lists them");
  cr_assert_eq(longwave(0, "table %s/runs --csv --latex", folder), 2);
  expect_in_output("leave out --latex, --columns and --against");
  cr_assert_eq(longwave(0, "table --help"), 0);
  expect_in_output("\n  best_step ");
}

Test(table, fits_a_page_and_shows_the_best, .timeout = TEST_LIMIT)
{
  make_runs();
  check_markdown();
  check_columns();
  check_latex();
  check_refusals();
  finish();
}
