/* plan: the table, its JSON, rates that are kept and handed over, refusals. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"

#define TEST_LIMIT 180.0

static void start_with_cache(void)
{
  char cache[TRAIN_PATH];
  start();
  snprintf(cache, sizeof cache, "%s/cache", folder);
  setenv("XDG_CACHE_HOME", cache, 1);
}

static void expect_refused(int want, const char *arguments, const char *sentence)
{
  cr_assert_eq(longwave(0, "plan %s/job.yaml %s", folder, arguments), want, "%s", output);
  expect_in_output(sentence);
}

Test(plan, prints_a_row_for_each_number_of_ranks, .timeout = TEST_LIMIT)
{
  start_with_cache();
  cr_assert_eq(longwave(0, "plan %s/job.yaml --ranks 1,3 --json %s/plan.json", folder, folder), 0,
               "%s", output);
  expect_in_output("12 steps, ");
  expect_in_output("\n ranks  grid ");
  expect_in_output("\n     1  1 x 1 ");
  expect_in_output("\n     3  3 x 1 ");
  expect_in_output("\nmost efficient: ");
  expect_in_output("kept in ");
  shell("cd %s && python3 -c \"import json; p = json.load(open('plan.json')); "
        "assert [r['ranks'] for r in p['plan']] == [1, 3]; "
        "assert all(r['seconds'] > 0 and r['memory_bytes'] > 0 for r in p['plan']); "
        "assert p['plan'][0]['bytes_sent'] == 0 < p['plan'][1]['bytes_sent']; "
        "assert p['steps'] == 12 and p['checkpoint_bytes'] > 4 * p['parameters']\"",
        folder);
  /* What is known is not measured again, unless that is asked for. */
  cr_assert_eq(longwave(0, "plan %s/job.yaml --ranks 1,3", folder), 0, "%s", output);
  cr_assert_not(strstr(output, "kept in "), "%s", output);
  cr_assert_eq(longwave(0, "plan %s/job.yaml --ranks 1,3 --calibrate", folder), 0, "%s", output);
  expect_in_output("kept in ");
  finish();
}

Test(plan, takes_the_rates_of_another_machine, .timeout = TEST_LIMIT)
{
  char more[2 * TRAIN_PATH];
  start_with_cache();
  cr_assert_eq(longwave(0, "plan %s/job.yaml --ranks 1", folder), 0, "%s", output);
  shell("cd %s && cp cache/longwave/rates-*.yaml site.yaml && rm -r cache && "
        "sed -i 's/processor: .*/processor: \"Far One\"/; s/memory: .*/memory: 4/' site.yaml",
        folder);
  snprintf(more, sizeof more, "plan %s/job.yaml --ranks 1 --site %s/site.yaml", folder, folder);
  cr_assert_eq(longwave(0, "%s", more), 0, "%s", output);
  expect_in_output("rates: Far One, ");
  expect_in_output("     1  does not work: a rank needs up to ");
  expect_in_output("as the site file says); this would fit: ");
  shell("! [ -e %s/cache ] && sed -i 's/  cores:/  cors:/' %s/site.yaml", folder, folder);
  cr_assert_eq(longwave(0, "%s", more), 2, "%s", output);
  expect_in_output("cors");
  expect_in_output("site.yaml:");
  finish();
}

Test(plan, refuses_in_one_sentence, .timeout = TEST_LIMIT)
{
  char more[2 * TRAIN_PATH];
  start_with_cache();
  expect_refused(2, "--ranks 1,,2", "--ranks takes numbers from 1 to ");
  expect_refused(2, "--ranks 0", "--ranks takes numbers from 1 to ");
  expect_refused(2, "--ranks 2,two", "--ranks takes numbers from 1 to ");
  expect_refused(2, "--set model.width=7", "model.");
  snprintf(more, sizeof more, "--site %s/none.yaml", folder);
  expect_refused(4, more, "none.yaml");
  snprintf(more, sizeof more, "--set data.path=%s/none.h5", folder);
  expect_refused(4, more, "none.h5");
  cr_assert_eq(longwave(0, "plan"), 2, "%s", output);
  expect_in_output("no job file given");
  cr_assert_eq(longwave(2, "plan %s/job.yaml", folder), 2, "%s", output);
  expect_in_output("plan runs by itself");
  /* A file of rates that is none. */
  cr_assert_eq(longwave(0, "plan %s/job.yaml --ranks 1", folder), 0, "%s", output);
  shell("for f in %s/cache/longwave/*.yaml; do echo '[' >$f; done", folder);
  expect_refused(2, "--ranks 1", "rates-");
  expect_refused(0, "--ranks 1 --calibrate", "kept in ");
  finish();
}
