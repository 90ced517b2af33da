/* longwave report RUN... [--out report.html]: one file about some runs (study/report.h). */
#include "command.h"
#include "longwave/base/option.h"
#include "longwave/comm/agree.h"
#include "longwave/run/banner.h"
#include "longwave/study/report.h"
#include <stddef.h>
#include <stdio.h>

enum { RUNS = 4096 };

typedef struct report_flags {
  lw_report_request request;
  bool help;
} report_flags;

#define AT(member) LW_AT(report_flags, member)
static const lw_option table[] = {
    LW_TEXT_ROW("out", FLAG, AT(request.out), "report.html", 1, LW_TEXT_MAX - 1,
                "the file to write"),
    LW_INT_ROW("sample", FLAG, AT(request.sample), "0", 0, 1e12,
               "sample of the test split whose attention is shown"),
    LW_INT_ROW("maps", FLAG, AT(request.maps), "4", 0, LW_REPORT_MAPS,
               "how many settings have their attention shown (first seed)"),
    LW_INT_ROW(
        "most_tokens", FLAG, AT(request.most_tokens), "4096", 1, 1e12,
        "no attention maps of samples longer than this: cost grows with the square of the length"),
    LW_BOOL_ROW("kept", FLAG, AT(request.kept), "false",
                "run no model: no new tests, no attention maps, no samples"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave report RUN... [flags]\n\n"
    "One HTML file about runs (run folders, or folders of such): summary, curves, time, "
    "confusion,\nattention maps, samples, settings, environment. It needs no other file and no "
    "network.\n\nflags:";

lw_status lw_command_report(lw_world *world, int argc, char **argv)
{
  report_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *words[RUNS];
  lw_arguments arguments = {.words = words, .word_room = RUNS};
  lw_run_paths paths = {0};
  const lw_output_kind kind = lw_report_kind();
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) return LW_OK;
  lw_threads_start(0, world);
  LW_TRY_ON_ROOT(world, lw_output_check(flags.request.out, &kind));
  LW_TRY(lw_run_paths_find(world, words, arguments.word_count, &paths));
  if (!flags.request.kept) LW_TRY(lw_run_paths_test(world, &paths));
  LW_TRY(lw_report_write(world, &paths, &flags.request));
  if (world->rank == 0) puts(flags.request.out);
done:
  lw_run_paths_done(&paths);
  return status;
}
