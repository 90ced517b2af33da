/* Every page of help: asked for in every way, alone on standard output, in lines that fit; bold on a
   terminal only. What is quiet, and what a step says to --debug. */
#define _GNU_SOURCE
#include "run.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 100, ROOM = 1 << 16 };
#define LIMIT 60.0

static char output[ROOM], other[ROOM];

/* Of `longwave WORDS`, redirected as a shell does. */
static int ask(const char *words, const char *order, char *text)
{
  char command[4096];
  snprintf(command, sizeof command, "exec '%s' %s %s", run_longwave(), words, order);
  const char *const argv[] = {"sh", "-c", command, NULL};
  return run_program(argv, 0, LIMIT, text, ROOM);
}

static int longwave(const char *words, char *text)
{
  return ask(words, "2>/dev/null", text);
}

/* What it says on standard error. */
static int errors(const char *words, char *text)
{
  return ask(words, "2>&1 >/dev/null", text);
}

static const char *const pages[] = {
    "prepare",         "prepare listops",  "prepare images", "prepare language", "prepare pathfinder",
    "prepare retrieval", "prepare random", "prepare text",   "train",            "evaluate",
    "inspect",         "doctor",           "sweep",          "table",            "report",
    "bench",           "bench attention",  "bench scores",   "bench step",       "bench save",
    "plan",            "submit",           "status",         "cancel",           "export"};
enum { PAGES = sizeof pages / sizeof *pages };

static void check_lines(const char *page)
{
  for (const char *line = output; *line; line += strcspn(line, "\n") + 1)
    cr_expect_leq(strcspn(line, "\n"), COLUMNS, "%s: %s", page, line);
}

static void check_page(const char *page)
{
  char words[128], usage[128];
  snprintf(words, sizeof words, "%s -h", page);
  snprintf(usage, sizeof usage, "usage: longwave %s ", page);
  cr_assert_eq(longwave(words, output), 0, "%s", output);
  check_lines(page);
  cr_expect_eq(strncmp(output, usage, strlen(usage)), 0, "%s: %s", page, output);
  cr_expect_null(strchr(output, '\033'), "%s", page);
  if (strcmp(page, "bench") && strcmp(page, "prepare"))
    cr_expect_not_null(strstr(output, "\n  -h, --help "), "%s: %s", page, output);
}

Test(help, every_page_fits_and_is_alone, .timeout = 3 * LIMIT)
{
  for (int i = 0; i < PAGES; i++) check_page(pages[i]);
}

Test(help, all_ways_of_asking_are_one, .timeout = 2 * LIMIT)
{
  static const char *const ways[][4] = {
      {"-h", "--help", "help", NULL},
      {"train -h", "help train", "train no-such.yaml --zebra --help", NULL},
      {"prepare listops -h", "--quiet help prepare listops", NULL},
      {"submit -h", "help submit --debug", NULL},
  };
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    cr_assert_eq(errors(ways[i][0], output), 0);
    cr_assert_str_eq(output, "", "%s", ways[i][0]);
    cr_assert_eq(longwave(ways[i][0], output), 0, "%s", output);
    for (int k = 1; ways[i][k]; k++) {
      cr_expect_eq(longwave(ways[i][k], other), 0, "%s: %s", ways[i][k], other);
      cr_expect_str_eq(other, output, "%s", ways[i][k]);
    }
  }
}

Test(help, without_a_task_or_with_a_wrong_command)
{
  cr_assert_eq(longwave("prepare", output), 2);
  cr_assert_not_null(strstr(output, "\n  listops "), "a command without its task lists them: %s",
                     output);
  cr_assert_eq(errors("help trian", output), 2);
  cr_assert_not_null(strstr(output, "did you mean 'train'?"), "%s", output);
}

/* `script` gives the program a terminal. */
static void on_terminal(const char *settings, const char *words)
{
  char command[4096];
  snprintf(command, sizeof command, "%s script -qec \"'%s' %s\" /dev/null", settings,
           run_longwave(), words);
  const char *const argv[] = {"sh", "-c", command, NULL};
  run_program(argv, 0, LIMIT, output, sizeof output);
}

Test(help, bold_and_colour_on_a_terminal_only, .timeout = 2 * LIMIT)
{
  on_terminal("NO_COLOR= TERM=xterm", "-h");
  if (strstr(output, "not found")) cr_skip_test("there is no script(1)");
  cr_assert_not_null(strstr(output, "\033[1musage:\033[0m"), "%s", output);
  on_terminal("NO_COLOR= TERM=xterm", "trian");
  cr_assert_not_null(strstr(output, "\033[1;31merror: \033[0m"), "%s", output);
  on_terminal("NO_COLOR=1 TERM=xterm", "-h");
  cr_assert_null(strchr(output, '\033'), "%s", output);
  on_terminal("NO_COLOR= TERM=dumb", "trian");
  cr_assert_null(strchr(output, '\033'), "%s", output);
  cr_assert_eq(errors("trian", output), 2);
  cr_assert_null(strchr(output, '\033'), "%s", output);
}

/* ---- quiet, debug ---- */

static void write_job(const char *folder)
{
  char path[TEMP_FOLDER_MAX + 16];
  snprintf(path, sizeof path, "%s/job.yaml", folder);
  FILE *file = fopen(path, "w");
  cr_assert_not_null(file);
  fprintf(file,
          "data: {path: '%s/data.h5'}\nmodel: {layers: 1, width: 8, heads: 2}\n"
          "train: {steps: 3, batch_size: 4, accumulation: 2, evaluate_every: 0}\n",
          folder);
  fclose(file);
}

static int times(const char *text, const char *what)
{
  int count = 0;
  for (const char *c = text; (c = strstr(c, what)); c += strlen(what)) count++;
  return count;
}

Test(help, quiet_keeps_results_and_debug_tells_each_step, .timeout = 3 * LIMIT)
{
  char folder[TEMP_FOLDER_MAX], words[3 * TEMP_FOLDER_MAX];
  cr_assert(temp_folder_make(folder));
  write_job(folder);
  snprintf(words, sizeof words,
           "prepare random --out %s/data.h5 --train 16 --min-length 9 --max-length 20 --quiet",
           folder);
  cr_assert_eq(longwave(words, output), 0, "%s", output);
  cr_assert_not_null(strstr(output, "16"), "results still come out: %s", output);
  snprintf(words, sizeof words, "train %s/job.yaml --run %s/quiet --quiet", folder, folder);
  cr_assert_eq(errors(words, output), 0, "%s", output);
  cr_assert_str_eq(output, "");
  snprintf(words, sizeof words, "--debug train %s/job.yaml --run %s/debug", folder, folder);
  cr_assert_eq(errors(words, output), 0, "%s", output);
  cr_assert_eq(times(output, "debug: step "), 3, "%s", output);
  const char *line = strstr(output, "debug: step 2: loss ");
  cr_assert_not_null(line, "%s", output);
  static const char *const parts[] = {"gradient norm ", "learning rate ", "longest ",
                                      "in 2 micro-batches", "attention "};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    cr_expect_not_null(strstr(line, parts[i]), "%s: %s", parts[i], line);
  cr_assert(temp_folder_remove(folder));
}
