/* A model of the next byte by the program: any grid, resumed to the bit, its own words for the loss,
   and what it refuses. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/train/checkpoint.h"
#include "train_case.h"
#include <stdlib.h>

#define TEST_LIMIT 180.0

/* 34 pieces of 400 bytes of what `writer` writes; half for training. Long enough that 4 ranks cut
   them. */
static void start_text(const char *writer)
{
  char job[2 * TRAIN_PATH];
  cr_assert(temp_folder_make(folder));
  shell("%s >%s/text", writer, folder);
  int code = longwave(0,
                      "prepare language --out %s/set.h5 --text %s/text --length 400 "
                      "--validation 25 --test 25",
                      folder, folder);
  cr_assert_eq(code, 0, "%s", output);
  cr_assert(strstr(output, "256 token ids, to predict the next token"), "%s", output);
  snprintf(job, sizeof job,
           "data:\n  path: %s/set.h5\n  max_length: 390\n"
           "model:\n  layers: 2\n  width: 16\n  heads: 2\n  positions: rotary\n"
           "attention:\n  alignment: causal\n"
           "train:\n  steps: 8\n  batch_size: 4\n  evaluate_every: 4\n"
           "optimizer:\n  learning_rate: 0.01\n  warmup: 2\n"
           "checkpoint:\n  every: 4\n  keep: 20\n"
           "parallel:\n  threads: 1\n",
           folder);
  write_text("job.yaml", job);
}

static void start_language(void)
{
  start_text("seq 1 3000");
}

Test(language, the_grid_does_not_matter, .timeout = TEST_LIMIT)
{
  static const struct {
    int ranks;
    const char *options;
  } grids[] = {{2, ""},
               {2, "--set parallel.sequence=2"},
               {3, "--set parallel.sequence=3"},
               {4, "--set parallel.sequence=2"},
               {1, "--set train.accumulation=3"},
               {2, "--set train.accumulation=2 --set parallel.sequence=2"},
               {2, "--set parallel.matmul=scalapack --set parallel.sequence=2"}};
  char name[32];
  start_language();
  train_well(1, "one", "");
  for (size_t i = 0; i < sizeof grids / sizeof *grids; i++) {
    snprintf(name, sizeof name, "grid%d", (int)i);
    train_well(grids[i].ranks, name, grids[i].options);
    const double error = metrics_error("one", name);
    cr_expect_leq(error, 1e-5, "%d ranks %s: losses differ by %g", grids[i].ranks, grids[i].options,
                  error);
  }
  finish();
}

Test(language, goes_on_to_the_very_bits, .timeout = TEST_LIMIT)
{
  static lw_checkpoint_info whole, resumed;
  char path[TRAIN_PATH];
  start_language();
  const char *options = "--set model.dropout=0.1 --set parallel.sequence=2";
  train_well(2, "whole", options);
  shell("set -e; cd %s; cp -a whole resumed; cd resumed/checkpoints; rm step-00000008.h5;"
        "ln -sf step-00000004.h5 latest.h5; ln -sf step-00000004.h5 best.h5",
        folder);
  train_well(2, "resumed", "--set model.dropout=0.1 --set parallel.sequence=2 --resume");
  expect_same_metrics("whole", "resumed");
  cr_assert_eq(lw_checkpoint_read_info(checkpoint_of("whole", 8, path), &whole), LW_OK);
  cr_assert_eq(lw_checkpoint_read_info(checkpoint_of("resumed", 8, path), &resumed), LW_OK);
  cr_expect_eq(whole.checksum, resumed.checksum);
  cr_expect_eq(whole.data.objective, &lw_objective_next_token);
  cr_expect_eq(whole.data.outputs, 256);
  finish();
}

/* Loss, perplexity and bits are one number, on any grid, and in every place that shows them. */
Test(language, speaks_of_perplexity_and_bits, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH], text[64];
  start_language();
  train_well(1, "run", "");
  cr_expect_eq(times_in_output(" bits per byte, accuracy "), 3, "%s", output); /* and the best */
  checkpoint_of("run", 8, path);
  cr_assert_eq(longwave(1, "evaluate %s", path), 0, "%s", output);
  const double loss = number_after("loss "), accuracy = number_after("accuracy ");
  cr_expect_float_eq(number_after("perplexity "), exp(loss), 1e-3 * exp(loss));
  snprintf(text, sizeof text, ", %.4f bits per byte", loss / log(2.0));
  cr_expect(strstr(output, text), "no '%s': %s", text, output);
  cr_expect_not(strstr(output, "confusion"), "%s", output);
  for (int sequence = 1; sequence <= 4; sequence *= 2) {
    int code = longwave(4, "evaluate %s --sequence %d --batch-size %d", path, sequence, 3);
    cr_assert_eq(code, 0, "%s", output);
    cr_expect_float_eq(number_after("loss "), loss, 1e-5);
    cr_expect_float_eq(number_after("accuracy "), accuracy, 0.03); /* a byte near a tie */
  }
  cr_assert_eq(longwave(0, "table %s/run", folder), 0, "%s", output);
  cr_expect(strstr(output, "| test bits per byte | perplexity"), "%s", output);
  cr_assert_eq(longwave(0, "table %s/run --csv", folder), 0, "%s", output);
  cr_expect(strstr(output, ",test_perplexity,test_bits_per_token,"), "%s", output);
  shell("test ! -e %s/run/confusion-test.csv; tail -n 1 %s/run/evaluation-test.csv", folder,
        folder);
  const char *last = strrchr(output, ',');
  cr_assert(last, "%s", output);
  cr_expect_float_eq(atof(last + 1), loss / log(2.0), 1e-4, "%s", output);
  cr_assert_eq(longwave(0, "report %s/run --out %s/report.html", folder, folder), 0, "%s", output);
  cr_assert_eq(longwave(0, "inspect %s --attention --out %s/maps.h5", path, folder), 0, "%s",
               output);
  cr_assert_eq(longwave(0, "evaluate %s --gradients %s/g.h5", path, folder), 0, "%s", output);
  finish();
}

Test(language, a_step_has_the_loss_of_an_evaluation, .timeout = TEST_LIMIT)
{
  start_language();
  expect_step_is_evaluation(18, "");
  finish();
}

/* Who does better than 4 bits with 16 letters by lot has been shown what to predict. */
Test(language, nobody_foretells_dice, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start_text(
      "awk 'BEGIN { srand(3); for (i = 0; i < 13600; i++) printf \"%c\", 97 + int(16 * rand()) }'");
  train_well(2, "run", "--set train.steps=60 --set train.evaluate_every=60");
  cr_assert_eq(longwave(0, "evaluate %s", checkpoint_of("run", 60, path)), 0, "%s", output);
  const double bits = number_after("loss ") / log(2.0);
  cr_expect(bits > 3.95 && bits < 4.5, "%g bits", bits);
  finish();
}

Test(language, what_would_show_the_next_byte_is_refused, .timeout = TEST_LIMIT)
{
  static const struct {
    const char *options, *says;
  } refusals[] = {
      {"--set attention.causal=false", "set attention.causal: true"},
      {"--set attention.alignment=centred", "set attention.alignment: causal, or attention.window"},
      {"--set model.norm=batch", "set model.norm: layer"},
      {"--set data.max_length=1", "no training sample has two"},
  };
  char path[TRAIN_PATH];
  start_language();
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    cr_expect_eq(train(2, "refused", refusals[i].options), 2, "%s", output);
    cr_expect_eq(times_in_output(refusals[i].says), 1, "%s", output);
  }
  train_well(2, "run", "--set attention.alignment=centred --set attention.window=1");
  checkpoint_of("run", 8, path);
  cr_expect_eq(longwave(2, "evaluate %s --logits %s/l.h5", path, folder), 2, "%s", output);
  cr_expect_eq(times_in_output("has logits at each token"), 1, "%s", output);
  finish();
}

/* After an a always comes a b; half of all bytes are b. */
Test(language, the_doctor_counts_bytes_and_pairs, .timeout = TEST_LIMIT)
{
  start_language();
  shell("yes ab | tr -d '\\n' | head -c 20000 > %s/ab.txt", folder);
  cr_assert_eq(
      longwave(0, "prepare language --out %s/ab.h5 --text %s/ab.txt --length 200", folder, folder),
      0, "%s", output);
  cr_assert_eq(longwave(0, "doctor %s/ab.h5", folder), 0, "%s", output);
  cr_assert(strstr(output, "bits per byte of the test split"), "%s", output);
  cr_expect_float_eq(number_after("by counts alone:\n"), 1.0, 0.05, "%s", output);
  cr_expect_float_eq(number_after("occurs in the train split\n"), 0.0, 0.01, "%s", output);
  finish();
}
