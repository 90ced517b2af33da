/* longwave table RUN...: results of runs (study/table.h). */
#include "command.h"
#include "longwave/base/option.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include "longwave/run/banner.h"
#include "longwave/study/table.h"
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>

enum { RUNS = 4096, COMMAND = 8192 };

typedef struct table_flags {
  char columns[LW_TEXT_MAX];
  char against[LW_TEXT_MAX];
  bool latex, csv, ranks, kept, help;
} table_flags;

#define AT(member) LW_AT(table_flags, member)
static const lw_option table[] = {
    LW_TEXT_ROW("columns", FLAG, AT(columns), "", 0, LW_TEXT_MAX - 1,
                "columns to show, in this order, joined by commas; if empty all that fit"),
    LW_TEXT_ROW("against", FLAG, AT(against), "", 0, LW_TEXT_MAX - 1,
                "name of rows that the others are compared with, seed by seed on the same data"),
    LW_BOOL_ROW("ranks", FLAG, AT(ranks), "false",
                "behind the table: how methods of the same name rank over several data sets"),
    LW_BOOL_ROW("latex", FLAG, AT(latex), "false",
                "a LaTeX table (package booktabs), not Markdown"),
    LW_BOOL_ROW("csv", FLAG, AT(csv), "false",
                "comma-separated values, one line for each run, not Markdown"),
    LW_BOOL_ROW("kept", FLAG, AT(kept), "false",
                "show only the results of earlier tests; test nothing now"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static lw_status test_and_show(lw_world *world, const lw_arguments *arguments,
                               const table_flags *flags, const char *command)
{
  const lw_table_request request = {.columns = flags->columns,
                                    .latex = flags->latex,
                                    .csv = flags->csv,
                                    .against = flags->against,
                                    .ranks = flags->ranks,
                                    .command = command};
  lw_run_paths paths = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_run_paths_find(world, arguments->words, arguments->word_count, &paths));
  if (!flags->kept) LW_TRY(lw_run_paths_test(world, &paths));
  LW_TRY_ON_ROOT(world, lw_table_show(&paths, &request, stdout));
done:
  lw_run_paths_done(&paths);
  return status;
}

/* As it was typed, in one line. */
static void join(int argc, char **argv, char *command)
{
  lw_text to = lw_text_in(command, COMMAND);
  lw_text_add(&to, "longwave");
  for (int i = 0; i < argc; i++) lw_text_add(&to, " %s", argv[i]);
  for (char *c = command; *c; c++)
    if (iscntrl((unsigned char)*c)) *c = '?';
}

static const char usage[] =
    "usage: longwave table RUN... [flags]\n\n"
    "A table of the results of runs. RUN is a run folder, or a folder of run folders. Runs that "
    "differ\nonly in their seed are one row; columns show the settings that differ between rows. "
    "The checkpoint\nof a run with the least validation loss is tested once, on all ranks, and "
    "the result is kept in\nthe run's folder.\n\nflags:";

lw_status lw_command_table(lw_world *world, int argc, char **argv)
{
  char command[COMMAND];
  table_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *words[RUNS];
  lw_arguments arguments = {.words = words, .word_room = RUNS};
  join(argc, argv, command);
  lw_status status = lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments);
  if (status == LW_OK && flags.help && (!world || world->rank == 0)) lw_table_help(stdout);
  if (status != LW_OK || flags.help) return status;
  if (flags.csv && (flags.latex || *flags.columns || *flags.against))
    return lw_fail(LW_ERROR_INPUT,
                   "--csv has all columns, one line for each run; leave out --latex, "
                   "--columns and --against");
  if (flags.ranks && (flags.csv || flags.latex))
    return lw_fail(LW_ERROR_INPUT, "--ranks is Markdown; leave out --csv and --latex");
  lw_threads_start(0, world);
  return test_and_show(world, &arguments, &flags, command);
}
