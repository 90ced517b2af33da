/* sweep and table on tiny runs: what they do, and what they refuse. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"

#define TEST_LIMIT 240.0

static void write_study(const char *name, int steps, const char *grid)
{
  char text[4 * TRAIN_PATH];
  snprintf(text, sizeof text,
           "job: %s/job.yaml\nruns: %s/study\nseeds: [1, 2]\nset: {train.steps: %d}\ngrid:\n%s",
           folder, folder, steps, grid);
  write_text(name, text);
}

static const char two_methods[] = "  method:\n"
                                  "    plain: {attention.bound: 0, attention.window: 1}\n"
                                  "    las: {attention: {locality: scale, window: 3}}\n";

static void expect(const char *text, int times)
{
  cr_assert_eq(times_in_output(text), times, "'%s' stands %d times, not %d, in %s", text,
               times_in_output(text), times, output);
}

Test(sweep, trains_tests_goes_on_and_makes_a_table, .timeout = TEST_LIMIT)
{
  start();
  write_study("study.yaml", 8, two_methods);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml --list", folder), 0, "%s", output);
  expect("longwave train ", 4);
  expect("study/las_seed-2 --resume=auto --set train.steps=8 --set attention.locality=scale", 1);

  cr_assert_eq(longwave(0, "sweep %s/study.yaml --only 2", folder), 0, "%s", output);
  expect("== run 2 of 4: plain_seed-2", 1);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml", folder), 0, "%s", output);
  expect("== run 1 of 4: plain_seed-1; 1 done, 3 left\n", 1);
  expect("== run 2 of 4: plain_seed-2, finished already\n", 1);
  expect("; 2 done, 2 left, about 0:", 1);
  expect("; 3 done, 1 left, about 0:", 1);
  expect("finished 8 steps", 3);
  expect("| plain ", 1);
  expect("| las ", 1);

  /* The order of the study, not that of the names. */
  cr_assert_eq(longwave(0, "table %s/study --kept", folder), 0, "%s", output);
  expect("| plain ", 1);
  cr_assert_lt(strstr(output, "| plain "), strstr(output, "| las "), "%s", output);

  write_study("study.yaml", 12, two_methods);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml", folder), 0, "%s", output);
  expect(", resumed", 4);
  expect("finished 12 steps", 4);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml", folder), 0, "%s", output);
  expect("finished already", 4);
  expect("12 steps", 0);

  /* The same names, made otherwise. */
  write_study("study.yaml", 12, "  method:\n    plain: {optimizer.learning_rate: 0.5}\n");
  cr_assert_eq(longwave(0, "sweep %s/study.yaml", folder), 2, "%s", output);
  expect("holds a run with other settings", 1);
  finish();
}

/* Rates that learn, barely learn and do not learn. */
static const char tuned[] = "  method:\n    las: {attention.locality: scale}\n"
                            "tune:\n  optimizer.learning_rate: [1e-8, 1e-2, 1e-7]\n";

Test(sweep, tunes_by_the_first_seed, .timeout = TEST_LIMIT)
{
  start();
  write_study("study.yaml", 8, tuned);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml --list", folder), 0, "%s", output);
  expect("longwave train ", 3);
  expect("seed-2", 0);
  expect("1 more runs, with other seeds: their settings are chosen when these are finished", 1);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml --only 4", folder), 2, "%s", output);
  expect("run 4 gets the settings of the best of runs 1 to 3", 1);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml", folder), 0, "%s", output);
  expect("las_learning_rate-1e-2_seed-1 is the best of 3: validation loss ", 1);
  expect("== run 4 of 4: las_learning_rate-1e-2_seed-2; 3 done, 1 left", 1);
  expect("finished 8 steps", 4);
  expect("| las ", 3);
  expect(", 2: ", 1);
  cr_assert_eq(longwave(0, "sweep %s/study.yaml --only 4", folder), 0, "%s", output);
  expect("finished already", 1);
  finish();
}

/* What a choice is compared with must be there, but a choice that diverges is out. */
Test(sweep, tunes_without_runs_that_fail, .timeout = TEST_LIMIT)
{
  start();
  write_study("study.yaml", 8,
              "  model.layers: [1]\ntune:\n  data.path: [none.h5]\n  train.log_every: [7, 8]\n");
  cr_assert_eq(longwave(0, "sweep %s/study.yaml", folder), 4, "%s", output);
  expect("2 of 3 runs failed", 1);
  expect("is the best of", 0);
  expect("1 more runs, with other seeds: their settings are chosen when the others are", 1);
  finish();
}

Test(sweep, goes_on_after_a_run_that_fails, .timeout = TEST_LIMIT)
{
  start();
  write_study("study.yaml", 8, "  train.evaluate_every: [2, 4]\n  data.path: [none.h5]\n");
  cr_assert_eq(longwave(0, "sweep %s/study.yaml", folder), 4, "%s", output);
  expect("ended with exit code 4", 4);
  expect("study.yaml:7:15: data.path: there is no file 'none.h5'", 4); /* not that of --set */
  expect("4 of 4 runs failed: evaluate_every-2_path-none.h5_seed-1", 1);
  finish();
}

/* A terminal that is closed ends the training too, saved; the same command finds it there. */
Test(sweep, passes_signals_on_and_finds_the_run_again, .timeout = TEST_LIMIT)
{
  start();
  write_study("study.yaml", 1000000, "  train.log_every: [1000000]\n");
  shell("%s sweep %s/study.yaml >%s/said 2>&1 & sweep=$!; latest=%s/study/*_seed-1/checkpoints; "
        "until ls $latest/latest.h5 >/dev/null 2>&1; do sleep 0.05; done; "
        "kill -HUP $sweep; wait $sweep; [ $? = 130 ] || { cat %s/said; exit 1; }; "
        "grep -q 'stopped; the same command continues' %s/said",
        run_longwave(), folder, folder, folder, folder, folder);
  write_study("study.yaml", 5, "  train.log_every: [1000000]\n");
  cr_assert_eq(longwave(0, "sweep %s/study.yaml --only 1", folder), 0, "%s", output);
  expect(", finished already", 1);
  finish();
}

Test(sweep, mistakes_are_told_before_the_first_run, .timeout = TEST_LIMIT)
{
  static const struct {
    const char *grid, *says;
  } mistakes[] = {{"  method: [1]\n", "study.yaml:6:11: 'method' must hold named groups"},
                  {"  model.width: 3\n", "study.yaml:6:16: 'model.width' must be a list"},
                  {"  model.widht: [4]\n", "study.yaml:6:17: --set model.widht=4: unknown key"},
                  {"  model.width: []\n", "nothing to choose from"},
                  {"  model.width: [8, 8]\n", "two runs would be named width-8_seed-1"},
                  {"  m: {a: {model: {layers: x}}}\n", "'model.layers' must be a whole number"},
                  {"  model.heads: [2, 3]\n", "run heads-3_seed-1: "},
                  {"sed: 1\n", "unknown key 'sed'; did you mean 'set'?"}};
  start();
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    write_study("study.yaml", 8, mistakes[i].grid);
    cr_assert_eq(longwave(0, "sweep %s/study.yaml", folder), 2, "%s", output);
    cr_assert(strstr(output, mistakes[i].says), "%s", output);
    expect("== run", 0);
  }
  cr_assert_eq(longwave(2, "sweep %s/study.yaml", folder), 2);
  expect("start sweep without mpirun", 1);
  finish();
}

Test(table, seeds_are_one_row_and_columns_say_what_differs, .timeout = TEST_LIMIT)
{
  start();
  train_well(2, "runs/a_seed-1", "");
  train_well(1, "runs/a_seed-2", "--set train.seed=2 --set parallel.threads=2");
  train_well(1, "runs/b_seed-1", "--set attention.window=5");
  cr_assert_eq(longwave(2, "table %s/runs --kept", folder), 0, "%s", output);
  expect("no test", 3);
  cr_assert_eq(longwave(2, "table %s/runs", folder), 0, "%s", output);
  expect("testing ", 3);
  expect("| run ", 1);
  expect("| window |", 1);
  expect("| 1: ", 2);
  expect(", 2: ", 1);
  expect(" ± ", 2); /* in a cell and in the note */
  expect("threads", 0);
  cr_assert_eq(longwave(0, "table %s/runs/a_seed-1 %s/runs/b_seed-1/ --csv", folder, folder), 0);
  expect("testing ", 0);
  expect("run,folder,seed,attention.window,test_accuracy", 1);
  expect("\nb,", 1);
  expect(",12,yes,", 2);

  /* The second life began at a checkpoint that was found damaged; the third did its steps again. */
  write_text("runs/b_seed-1/lives.csv", "life,first_step,cores\n1,0,2\n2,8,100\n3,4,3\n");
  write_text("runs/b_seed-1/metrics.csv", "step,split,seconds\n1,train,900\n4,train,3600\n"
                                          "8,train,7200\n12,train,10800\n");
  cr_assert_eq(longwave(0, "table %s/runs/b_seed-1 --csv", folder), 0);
  expect(",8\n", 1);

  /* One run by two ways is one seed; a damaged checkpoint gives way to the one before it; a run that
     has no other is told, and takes no other run with it. */
  cr_assert_eq(longwave(0, "table %s/runs --kept %s/runs/a_seed-1", folder, folder), 0);
  expect("| 1: ", 2);
  expect("1: ", 2);
  write_text("runs/b_seed-1/checkpoints/best.h5", "no checkpoint");
  cr_assert_eq(longwave(2, "table %s/runs", folder), 0, "%s", output);
  expect("trying the previous checkpoint", 2);
  expect("b_seed-1, step 10 of 12", 1);
  shell("for f in %s/runs/b_seed-1/checkpoints/step-*.h5; do echo no checkpoint >$f; done", folder);
  cr_assert_eq(longwave(2, "table %s/runs", folder), 0, "%s", output);
  expect("b_seed-1 is skipped", 1);
  expect("| a ", 1);
  expect("| b ", 0);
  cr_assert_eq(longwave(0, "table %s/runs --kept", folder), 0, "%s", output);
  expect("b_seed-1 is skipped", 1);
  expect("| a ", 1);
  expect("| b ", 0);

  /* What the runs were trained on is no longer there: a test of other data is none of theirs. */
  shell("rm %s/runs/a_seed-1/evaluation-test.csv", folder);
  shell("%s prepare listops --out %s/set.h5 --train 60 --validation 10 --test 10 --seed 99 "
        "--force --min-length 5 --max-length 40",
        run_longwave(), folder);
  cr_assert_eq(longwave(0, "table %s/runs/a_seed-1", folder), 0, "%s", output);
  expect("has been made again since the training", 1);
  expect("no test", 1);
  cr_assert_eq(longwave(0, "evaluate %s/runs/a_seed-1/checkpoints/best.h5 --keep", folder), 2);
  expect("cannot be kept for the run", 1);

  cr_assert_eq(longwave(0, "table %s/none", folder), 2);
  expect("there is no file or folder", 1);
  cr_assert_eq(longwave(0, "table"), 2);
  expect("no run folder given", 1);
  cr_assert_eq(
      longwave(0, "evaluate %s/runs/a_seed-1/checkpoints/best.h5 --keep --limit 3", folder), 2);
  expect("leave out --limit and --data", 1);
  finish();
}

/* ---- rows against each other ---- */

/* A run with a kept test, whose accuracy becomes this one. */
static void made_up(const char *name, const char *more, const char *accuracy)
{
  train_well(1, name, more);
  cr_assert_eq(longwave(0, "evaluate %s/%s", folder, name), 0, "%s", output);
  shell("cd %s/%s && awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == \"accuracy\") "
        "at = i } NR > 1 { $at = %s } { print }' evaluation-test.csv >made && mv made "
        "evaluation-test.csv",
        folder, name, accuracy);
}

/* Differences of 5 and 3 points: 4, and with t = 12.706 of one degree of freedom a half interval of
   12.71. On the other data the order is the other way round. */
Test(table, rows_against_each_other, .timeout = TEST_LIMIT)
{
  start();
  made_up("runs/a_seed-1", "--set train.steps=4", "0.40");
  made_up("runs/a_seed-2", "--set train.steps=4 --set train.seed=2", "0.50");
  made_up("runs/b_seed-1", "--set train.steps=4 --set attention.window=5", "0.45");
  made_up("runs/b_seed-2", "--set train.steps=4 --set attention.window=5 --set train.seed=2",
          "0.53");
  cr_assert_eq(longwave(0, "table %s/runs --kept --against a", folder), 0, "%s", output);
  expect("difference % |", 1);
  expect("+4.00 ± 12.71", 1);
  cr_assert_eq(longwave(0, "table %s/runs --kept --against c", folder), 2, "%s", output);
  expect("no row of runs is called so", 1);
  cr_assert_eq(longwave(0, "table %s/runs --kept --ranks", folder), 2, "%s", output);
  expect("--ranks compares methods over several data sets", 1);

  shell("cd %s && %s prepare listops --out other.h5 --train 30 --validation 8 --test 8 "
        "--min-length 5 --max-length 20 --max-depth 4 --seed 5",
        folder, run_longwave());
  char other[2 * TRAIN_PATH];
  snprintf(other, sizeof other, "--set train.steps=4 --set data.path=%s/other.h5", folder);
  made_up("more/a_seed-1", other, "0.60");
  snprintf(other, sizeof other,
           "--set train.steps=4 --set data.path=%s/other.h5 --set attention.window=5", folder);
  made_up("more/b_seed-1", other, "0.50");
  made_up("more/c_seed-1", "--set train.steps=4 --set attention.window=7", "0.90");
  cr_assert_eq(longwave(0, "table %s/runs %s/more --kept --ranks --against a", folder, folder), 0,
               "%s", output);
  expect("-10.00", 1);
  expect("| method | mean rank | set | other |", 1);
  expect("| a | 1.50 | 45.00 | 60.00 |", 1);
  expect("| b | 1.50 | 49.00 | 50.00 |", 1);
  expect("| c |  | 90.00 |  |", 1);
  finish();
}
