/* longwave report RUN... [--out report.html]: one file about some runs (study/report.h), once or
   again and again while they go on. */
#include "command.h"
#include "follow.h"
#include "longwave/base/option.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/run/banner.h"
#include "longwave/run/lives.h"
#include "longwave/study/report.h"
#include <stddef.h>
#include <stdio.h>

enum { RUNS = 4096 };

typedef struct report_flags {
  lw_report_request request;
  lw_follow follow;
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
    LW_BOOL_ROW("follow", FLAG, AT(follow.on), "false",
                "write the page again and again while a run is running, as with --kept, and once "
                "more in full at the end; browsers load it again by themselves"),
    LW_INT_ROW("every", FLAG, AT(follow.every), "30", 1, 86400,
               "seconds between two pages of "
               "--follow"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave report RUN... [flags]\n\n"
    "One HTML file about runs (run folders, or folders of such): summary, curves, time, "
    "confusion,\nattention maps, samples, settings, environment. It needs no other file and no "
    "network.\n\nflags:";

static lw_status any_running(const lw_run_paths *paths, bool *running)
{
  lw_status status = LW_OK;
  *running = false;
  for (int64_t i = 0; i < paths->count && !*running; i++)
    LW_TRY(lw_lives_running(paths->path[i], running));
done:
  return status;
}

static lw_status write_full(lw_world *world, const char *const *words, int count,
                            const lw_report_request *request)
{
  lw_run_paths paths = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_run_paths_find(world, words, count, &paths));
  if (!request->kept) LW_TRY(lw_run_paths_test(world, &paths));
  LW_TRY(lw_report_write(world, &paths, request));
done:
  lw_run_paths_done(&paths);
  return status;
}

/* No models are run: the cores are the runs'. */
static lw_status write_look(lw_world *world, const char *const *words, int count,
                            const report_flags *flags, bool *running)
{
  lw_report_request request = flags->request;
  lw_run_paths paths = {0};
  lw_status status = LW_OK;
  request.kept = true;
  request.refresh = flags->follow.every;
  LW_TRY(lw_run_paths_find(world, words, count, &paths));
  LW_TRY_ON_ROOT(world, any_running(&paths, running));
  lw_broadcast(world, running, sizeof *running);
  if (*running || flags->follow.begun) LW_TRY(lw_report_write(world, &paths, &request));
done:
  lw_run_paths_done(&paths);
  return status;
}

static lw_status follow_runs(lw_world *world, const char *const *words, int count,
                             report_flags *flags)
{
  bool running = false;
  lw_status status = LW_OK;
  do LW_TRY(write_look(world, words, count, flags, &running));
  while (lw_follow_again(world, &flags->follow, running));
done:
  return status;
}

lw_status lw_command_report(lw_world *world, int argc, char **argv)
{
  report_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *words[RUNS];
  lw_arguments arguments = {.words = words, .word_room = RUNS};
  const lw_output_kind kind = lw_report_kind();
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) return LW_OK;
  lw_threads_start(0, world);
  LW_TRY_ON_ROOT(world, lw_output_check(flags.request.out, &kind));
  if (flags.follow.on) LW_TRY(follow_runs(world, words, arguments.word_count, &flags));
  LW_TRY(write_full(world, words, arguments.word_count, &flags.request));
  if (world->rank == 0) puts(flags.request.out);
done:
  return status;
}
