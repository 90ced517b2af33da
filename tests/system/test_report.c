/* longwave report: one file that holds the figures of its runs, whatever they are called. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"
#include <stdlib.h>

#define TEST_LIMIT 240.0

/* The page r.html of these runs, one string, blanks between them, in the order of the page. */
static void check_page(const char *runs)
{
  const char *root = getenv("LONGWAVE_ROOT");
  cr_assert(root);
  shell("cd %s && python3 %s/tests/system/report_page.py r.html %s", folder, root, runs);
}

/* Long enough for stretches, and lost in the end. */
static const char long_metrics[] =
    "{ head -n 1 m/metrics.csv; awk 'BEGIN { for (i = 1; i <= 30000; i++) { "
    "printf \"%d,%g,train,%s,%g,1e-3,%g,1000,%g\\n\", i, i / 1000, (i > 29900 ? \"nan\" : 1 / i), "
    "i / 30000, i % 100, i / 10; if (i % 1000 == 0) printf "
    "\"%d,%g,validation,%g,0.5,,,1000,%g\\n\", "
    "i, i / 1000, 1 / i, i / 10 } }'; } >long && mv long m/metrics.csv";

Test(report, has_all_figures_in_one_file_that_needs_no_other, .timeout = TEST_LIMIT)
{
  start();
  train_well(1, "runs/a_seed-1", "--set model.norm=layer");
  train_well(2, "runs/a_seed-2", "--set model.norm=layer --set train.seed=2");
  cr_assert_eq(longwave(2, "report %s/runs --out %s/r.html", folder, folder), 0, "%s", output);
  check_page("$PWD/runs/a_seed-1 $PWD/runs/a_seed-2");
  expect_in_output("\"maps\": 2");
  expect_in_output("\"attention_note\": null, \"samples_note\": null");
  cr_assert(strstr(output, "[MAX") || strstr(output, "[MIN") || strstr(output, "[SM"), "%s",
            output);

  /* Names that mean something to HTML; a run that nobody has tested; many rows. */
  shell("cd %s && mv runs/a_seed-1 m && rm m/evaluation-test.csv && mv runs/a_seed-2 "
        "'x<!--<script>&' && %s && %s report --kept m 'x<!--<script>&' --out r.html",
        folder, long_metrics, run_longwave());
  check_page("m 'x<!--<script>&'");
  expect_in_output("\"maps\": 0");
  expect_in_output("Left out: by --kept");
  shell("cd %s && [ $(wc -c <r.html) -lt 600000 ]", folder);

  cr_assert_eq(longwave(0, "report %s/m --kept --out %s/none/r.html", folder, folder), 4);
  expect_in_output("cannot write");
  finish();
}

/* Tokens that are bytes of a text are shown as the text, whatever it says. */
Test(report, shows_bytes_of_a_text_as_a_text, .timeout = TEST_LIMIT)
{
  cr_assert(temp_folder_make(folder));
  write_text("train.tsv", "0\tbad\n1\tgood\n");
  write_text("test.tsv", "0\ta bad film</script>\n1\tquite a good caf\xC3\xA9\n");
  cr_assert_eq(longwave(0,
                        "prepare text --train %s/train.tsv --validation 0 --test %s/test.tsv --out "
                        "%s/set.h5",
                        folder, folder, folder),
               0, "%s", output);
  write_text("job.yaml", "data: {path: set.h5}\nmodel: {layers: 2, width: 8, heads: 2}\n"
                         "train: {steps: 2, batch_size: 2, evaluate_every: 0}\n");
  shell("cd %s && %s train job.yaml --run run && %s report run --out r.html --maps 0", folder,
        run_longwave(), run_longwave());
  check_page("run");
  cr_assert(strstr(output, "a bad film</script>"), "%s", output);
  cr_assert(strstr(output, "quite a good caf\\u00e9"), "%s", output);
  finish();
}
