/* Files that cannot be read now, or are not for this program: they are not damaged. */
#define _POSIX_C_SOURCE 200809L
#include "fault.h"
#include "h5_change.h"
#include "train_case.h"

#define TEST_LIMIT 240.0

#define ON "--resume --set train.steps=14"

static void expect_none_aside(const char *run)
{
  shell("cd %s/%s/checkpoints && [ -s step-00000012.h5 ] && ! ls | grep -v '^step-[0-9]*.h5$' | "
        "grep -v '^latest.h5$' | grep -v '^best.h5$'",
        folder, run);
}

Test(unreadable, checkpoint_ends_the_life_and_stays, .timeout = TEST_LIMIT)
{
  /* Where the reads of a checkpoint begin, of its head, of its arrays. */
  static const struct {
    const char *rule, *says;
  } cases[] = {
      {"read path=step-00000012 times=1 errno=EIO", "Input/output error"},
      {"read path=step-00000012 after=1 times=1 errno=EIO", "Input/output error"},
      {"read path=step-00000012 after=8 times=1 errno=ESTALE", "Stale file handle"},
      {"read path=step-00000012 after=30 times=1 errno=EIO", "Input/output error"},
      {"read path=step-00000012 errno=EACCES", "Permission denied"},
      {"open path=step-00000012 errno=EMFILE", "Too many open files"},
      {"open path=step-00000012 after=1 errno=EMFILE", "Too many open files"},
      {"open path=step-00000012 errno=EACCES", "Permission denied"},
  };
  start();
  train_well(1, "run", "");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    faults(cases[i].rule);
    const int code = train(0, "run", ON);
    faults_end();
    cr_assert_eq(code, 4, "'%s' ends with %d: %s", cases[i].rule, code, output);
    expect_in_output(cases[i].says);
    expect_in_output("step-00000012.h5");
    cr_assert_not(strstr(output, "trying the previous checkpoint"), "%s", output);
    expect_none_aside("run");
  }
  train_well(1, "run", ON);
  expect_in_output("step-00000012.h5: step 12");
  finish();
}

Test(unreadable, on_one_rank_of_three_ends_them_all, .timeout = TEST_LIMIT)
{
  start();
  train_well(3, "run", "");
  faults("read path=step-00000012 after=20 times=1 rank=1");
  const int code = train(3, "run", ON);
  faults_end();
  cr_assert_eq(code, 4, "%d: %s", code, output);
  expect_in_output("Input/output error");
  expect_none_aside("run");
  finish();
}

/* Where nothing else is left of a table, too: a table, an inspection, an evaluation. */
Test(unreadable, is_not_called_damaged_anywhere, .timeout = TEST_LIMIT)
{
  static const char *const commands[] = {"inspect --verify", "evaluate"};
  char path[TRAIN_PATH];
  start();
  train_well(1, "run", "");
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    for (int after = 0; after < 40; after += 13) {
      char rule[128];
      snprintf(rule, sizeof rule, "read path=step-00000012 after=%d times=1", after);
      faults(rule);
      const int code =
          longwave(0, "%s %s", commands[i], checkpoint_of("run", 12, path));
      faults_end();
      /* Whose result is shown for the run is asked once more, and may stay unknown. */
      const bool whole = code == 0 && strstr(output, "the result is not kept");
      cr_assert(code == 4 || whole, "%s, '%s': %d: %s", commands[i], rule, code, output);
      expect_in_output("Input/output error");
      cr_assert_not(strstr(output, "damaged"), "%s", output);
    }
  finish();
}

Test(unreadable, data_set_is_not_called_damaged, .timeout = TEST_LIMIT)
{
  start();
  int after = 0, code = 4;
  for (; code == 4; after += 8) {
    char rule[128];
    snprintf(rule, sizeof rule, "read path=set.h5 after=%d times=1", after);
    faults(rule);
    code = longwave(0, "inspect --verify %s/set.h5", folder);
    faults_end();
    if (code == 0) break; /* so many reads there are not */
    cr_assert_eq(code, 4, "'%s': %d: %s", rule, code, output);
    expect_in_output("Input/output error");
    cr_assert_not(strstr(output, "make it again") || strstr(output, "damaged"), "%s", output);
  }
  cr_assert_gt(after, 16);
  finish();
}

/* ---- of another version ---- */

Test(foreign, checkpoint_of_a_newer_format_ends_the_life_and_stays, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  train_well(1, "run", "");
  h5_change_integer(checkpoint_of("run", 12, path), "version", 9);
  for (int ranks = 0; ranks <= 2; ranks += 2) {
    cr_assert_eq(train(ranks, "run", ON), 5, "%s", output);
    expect_in_output("version 9");
    expect_in_output("versions 2 to 4");
    expect_none_aside("run");
  }
  shell("cp %s/set.h5 %s", folder, path); /* a file of another kind */
  cr_assert_eq(train(1, "run", ON), 5, "%s", output);
  expect_in_output("is not a Longwave checkpoint");
  expect_none_aside("run");
  finish();
}

Test(damaged, checkpoint_is_still_set_aside, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  train_well(1, "run", "");
  shell("printf x | dd of=%s bs=1 seek=30000 conv=notrunc", checkpoint_of("run", 12, path));
  train_well(2, "run", ON);
  expect_in_output("trying the previous checkpoint");
  shell("[ -s %s.damaged ] && [ -s %s ]", path, path);
  finish();
}
