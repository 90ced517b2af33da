/* What a user sees of a plan: the table, the JSON, rates that are measured once or come from a file,
   refusals; and what submit says with rates and without. */
#define _POSIX_C_SOURCE 200809L
#include "slurm_case.h"

#define TEST_LIMIT 180.0

/* Of the job's FLOP about nothing, so that a step of one rank is 1 ms x its rows. */
static void write_site(const char *more)
{
  char text[1024];
  snprintf(text, sizeof text,
           "machine:\n  processor: \"made up\"\n  cores: 4\n  nodes: 2\n%s"
           "rates:\n  products: 1e6\n  attention: 1e6\n  rest: 1e6\n",
           more);
  write_text("site.yaml", text);
}

static void begin(void)
{
  char cache[TRAIN_PATH];
  start_with_stand_ins();
  snprintf(cache, sizeof cache, "%s/cache", folder);
  setenv("XDG_CACHE_HOME", cache, 1);
  write_text("nodes", "64000+ main*\n");
}

static void plan_well(const char *more)
{
  cr_assert_eq(longwave(0, "plan %s/job.yaml %s", folder, more), 0, "%s", output);
}

static void fails(int code, const char *says, const char *more)
{
  cr_assert_eq(longwave(0, "plan %s/job.yaml %s", folder, more), code, "%s: %s", more, output);
  cr_assert(strstr(output, says), "%s: no '%s' in %s", more, says, output);
}

/* The number in that column, from 0, of the row of so many ranks; the grid "2 x 1" has three. */
static double cell(int ranks, int column)
{
  char begins[32], word[64] = "";
  snprintf(begins, sizeof begins, "\n%5d ", ranks);
  const char *line = strstr(output, begins);
  cr_assert(line, "no row of %d ranks: %s", ranks, output);
  line++;
  for (int i = 0, read = 0; i <= column; i++, line += read)
    cr_assert_eq(sscanf(line, "%63s%n", word, &read), 1, "%s", output);
  return atof(word);
}

Test(plan, tells_by_the_rates_of_a_site, .timeout = TEST_LIMIT)
{
  char more[4 * TRAIN_PATH];
  begin();
  write_site("");
  snprintf(more, sizeof more, "--site %s/site.yaml --ranks 1,2,4,12 --json %s/plan.json", folder,
           folder);
  plan_well(more);
  expect_in_output("12 steps of 6 samples (1.80 epochs)");
  expect_in_output("most efficient: ");
  expect_in_output("ranks beyond the cores of the machine take turns");
  const double one = cell(1, 5), two = cell(2, 5), four = cell(4, 5);
  cr_assert_gt(one, 0.0);
  /* Pieces of three samples: two ranks have two and one of them. */
  cr_assert_float_eq(two / one, 2.0 / 3, 0.02, "%s", output);
  cr_assert_lt(four, two, "%s", output);
  /* Its own step would be a thousandth of a second and not seconds: the file counts. */
  cr_assert_gt(one, 0.5, "%s", output);
  shell("/usr/bin/python3 -c 'import json; p = json.load(open(\"%s/plan.json\")); "
        "r = {row[\"ranks\"]: row for row in p[\"rows\"]}; assert list(r) == [1, 2, 4, 12]; "
        "assert abs(r[1][\"seconds_a_step\"] / %.6g - 1) < 0.01; "
        "assert r[2][\"data\"] * r[2][\"sequence\"] == 2; assert r[1][\"bytes_sent_a_step\"] == 0; "
        "assert p[\"job\"][\"parameters\"] > 0 and p[\"recommended_ranks\"] in r; "
        "assert p[\"machine\"][\"processor\"] == \"made up\"'",
        folder, one);
  cr_assert_not(exists("cache"), "nothing was measured");
  finish();
}

Test(plan, says_what_does_not_fit_and_what_would, .timeout = TEST_LIMIT)
{
  char more[4 * TRAIN_PATH];
  begin();
  write_site("  memory: 40\n");
  snprintf(more, sizeof more, "--site %s/site.yaml --ranks 1,4 --set model.width=512", folder);
  plan_well(more);
  expect_in_output("does not fit");
  expect_in_output("MiB (its share of a node's memory by the site file); this would fit: ");
  expect_in_output("none of these numbers of ranks will do");
  write_site("");
  snprintf(more, sizeof more, "--site %s/site.yaml --ranks 1,2 --set parallel.sequence=2", folder);
  plan_well(more);
  expect_in_output("no grid");
  expect_in_output("2 ranks on the sequence axis do not divide the 1 rank");
  expect_in_output("recommended: 2 ranks, 1 data x 2 sequence");
  finish();
}

Test(plan, measures_once_and_keeps_the_rates, .timeout = TEST_LIMIT)
{
  char more[4 * TRAIN_PATH];
  begin();
  plan_well("");
  expect_in_output("measuring steps of");
  const double step = cell(1, 5);
  cr_assert(step > 0.0 && step < 5.0, "%s", output);
  plan_well("");
  cr_assert_eq(times_in_output("measuring"), 0, "%s", output);
  cr_assert_eq(cell(1, 5), step, "the same rates: %s", output);
  plan_well("--calibrate");
  expect_in_output("measuring steps of");
  /* The file may be taken to another machine. */
  shell("cp %s/cache/longwave/rates-*.yaml %s/copy.yaml", folder, folder);
  snprintf(more, sizeof more, "--site %s/copy.yaml", folder);
  plan_well(more);
  /* Other sizes are other rates; a longer training is not. */
  plan_well("--set train.steps=40");
  cr_assert_eq(times_in_output("measuring"), 0, "%s", output);
  plan_well("--set model.width=16");
  expect_in_output("measuring steps of");
  shell("for f in %s/cache/longwave/rates-*.yaml; do echo 'machine: [' >$f; done", folder);
  fails(2, "the rates in the cache folder cannot be read (--calibrate measures them anew)", "");
  plan_well("--calibrate");
  finish();
}

Test(plan, refuses_what_is_wrong_before_it_measures, .timeout = TEST_LIMIT)
{
  char more[4 * TRAIN_PATH];
  begin();
  fails(2, "--ranks '1,x' is no list of numbers of ranks", "--ranks 1,x");
  fails(2, "--ranks '0' is no list", "--ranks 0");
  fails(2, "--ranks '2,' is no list", "--ranks 2,");
  fails(2, "model.widht", "--set model.widht=8");
  fails(4, "there is no file 'none.h5'", "--set data.path=none.h5");
  fails(4, "none.yaml", "--site none.yaml");
  write_site("  latencies: 3\n");
  snprintf(more, sizeof more, "--site %s/site.yaml", folder);
  fails(2, "site.yaml:5:3", more);
  write_text("site.yaml", "machine:\n  cores: 4\nrates:\n  products: 10\n");
  fails(2, "rates.attention", more);
  snprintf(more, sizeof more, "--site %s/site.yaml --calibrate", folder);
  fails(2, "give one of them", more);
  cr_assert_eq(longwave(0, "plan"), 2, "%s", output);
  expect_in_output("no job file given");
  cr_assert_eq(longwave(2, "plan %s/job.yaml", folder), 2, "%s", output);
  expect_in_output("start it without mpirun or srun");
  cr_assert_not(exists("cache"));
  finish();
}

static void submit_well(const char *more)
{
  cr_assert_eq(longwave(0, "submit %s/job.yaml --run %s/new --dry-run %s", folder, folder, more), 0,
               "%s", output);
}

Test(plan, submit_tells_the_time_by_known_rates, .timeout = TEST_LIMIT)
{
  char more[4 * TRAIN_PATH];
  begin();
  submit_well("");
  expect_in_output("time: not known, since no rates of this job are in the cache folder");
  cr_assert_not(exists("cache"), "submit measures nothing");
  write_site("");
  snprintf(more, sizeof more, "--site %s/site.yaml -t 4 -c 1", folder);
  submit_well(more);
  expect_in_output("site.yaml: a step ");
  expect_in_output("core hours; ");
  expect_in_output("1 life of --time 4");
  finish();
}
