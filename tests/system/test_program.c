/* The program as its user meets it: help, version, and mistakes on the command line. */
#include "longwave/base/version.h"
#include "run.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define LIMIT 60.0

static char output[RUN_OUTPUT_MAX];

/* Exit code of `longwave first second`; either may be NULL. */
static int longwave(const char *first, const char *second, int ranks)
{
  const char *const argv[] = {run_longwave(), first, second, NULL};
  return run_program(argv, ranks, LIMIT, output, sizeof output);
}

static int times_in_output(const char *text)
{
  int times = 0;
  for (const char *c = output; (c = strstr(c, text)); c += strlen(text)) times++;
  return times;
}

/* Without git, as from an archive, the version stands alone. */
Test(program, the_version_names_its_commit, .timeout = LIMIT)
{
  char commit[64] = "", mark[32] = "";
  cr_assert_eq(longwave("--version", NULL, 0), 0, "%s", output);
  if (!strcmp(output, "longwave " LW_VERSION "\n")) return;
  cr_assert_eq(
      sscanf(output, "longwave " LW_VERSION " (commit %63[0-9a-f]%31[ a-z])\n", commit, mark) > 0,
      1, "%s", output);
  cr_assert(strlen(commit) >= 7 && (!*mark || !strcmp(mark, " with changes")), "%s", output);
}

Test(program, the_version_is_told_once_on_any_ranks, .timeout = 2 * LIMIT)
{
  for (int ranks = 0; ranks <= 3; ranks++) {
    cr_assert_eq(longwave("--version", NULL, ranks), 0, "%s", output);
    cr_assert_eq(times_in_output("longwave "), 1, "%s", output);
  }
}

static const char *const commands[] = {"prepare", "train",  "evaluate", "inspect", "doctor",
                                       "sweep",   "table",  "report",   "bench",   "plan",
                                       "submit",  "status", "cancel"};

Test(program, help_names_every_command, .timeout = 2 * LIMIT)
{
  static const char *const names[] = {"\n  prepare ", "\n  train ", "\n  evaluate ", "\n  inspect ",
                                      "\n  doctor ",  "\n  sweep ", "\n  table ",    "\n  report ",
                                      "\n  bench ",   "\n  plan ",  "\n  submit ",   "\n  status ",
                                      "\n  cancel "};
  cr_assert_eq(longwave("--help", NULL, 0), 0, "%s", output);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    cr_assert_eq(times_in_output(names[i]), 1, "%s: %s", names[i], output);
}

/* What each says is judged in test_help.c. */
Test(program, help_comes_once_on_any_ranks, .timeout = 6 * LIMIT)
{
  static const char *const some[] = {"prepare", "train", "bench", "submit"};
  for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
    cr_assert_eq(longwave(some[i], "--help", 2), 0, "%s: %s", some[i], output);
    cr_assert_eq(times_in_output("--help"), 1, "%s: %s", some[i], output);
  }
}

Test(program, every_command_tells_the_version, .timeout = 4 * LIMIT)
{
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    cr_assert_eq(longwave(commands[i], i % 2 ? "--version" : "-V", i < 2 ? 2 : 0), 0, "%s: %s",
                 commands[i], output);
    cr_assert_eq(times_in_output("longwave 0."), 1, "%s: %s", commands[i], output);
  }
}

Test(program, no_command_is_a_mistake_that_shows_help, .timeout = 2 * LIMIT)
{
  cr_assert_eq(longwave(NULL, NULL, 0), 2, "%s", output);
  cr_assert_eq(times_in_output("error: no command given"), 1, "%s", output);
  cr_assert_eq(times_in_output("\ncommands:\n"), 1, "%s", output);
}

Test(program, a_wrong_command_gets_the_nearest, .timeout = 2 * LIMIT)
{
  cr_assert_eq(longwave("trian", NULL, 2), 2, "%s", output);
  cr_assert_eq(times_in_output("error: there is no command 'trian'; did you mean 'train'?"), 1,
               "%s", output);
}

Test(program, a_wrong_flag_gets_the_nearest, .timeout = 2 * LIMIT)
{
  cr_assert_eq(longwave("train", "--resme", 2), 2, "%s", output);
  cr_assert_eq(times_in_output("error: unknown flag '--resme'; did you mean '--resume'?"), 1, "%s",
               output);
}
