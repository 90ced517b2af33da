/* longwave bench PART: finds the part. */
#include "bench.h"
#include "command.h"
#include "longwave/base/look.h"
#include "longwave/base/option.h"
#include <string.h>

static const struct {
  const char *name, *sentence;
  lw_status (*run)(lw_world *world, int argc, char **argv);
} parts[] = {
    {"attention", "the attention engine on one rank", lw_bench_attention},
    {"scores", "attention with its matrix, shared over ranks", lw_bench_scores},
    {"step", "training steps of a job, and what they send", lw_bench_step},
    {"save", "checkpoints of a job, beside a plain write", lw_bench_save},
};
enum { PARTS = sizeof parts / sizeof *parts };

static void print_parts(void)
{
  lw_look_page(stdout, "usage: longwave bench PART [flags]\n\nMeasures this machine.\n\nparts:");
  for (int i = 0; i < PARTS; i++) printf("  %-10s %s\n", parts[i].name, parts[i].sentence);
  puts("\n'longwave bench PART --help' lists the flags of a part.");
}

lw_status lw_command_bench(lw_world *world, int argc, char **argv)
{
  const char *word = argc > 1 ? argv[1] : "", *names[PARTS + 1] = {NULL};
  const bool help = !strcmp(word, "--help") || !strcmp(word, "-h");
  for (int i = 0; i < PARTS; i++) {
    names[i] = parts[i].name;
    if (!strcmp(word, parts[i].name)) return parts[i].run(world, argc - 1, argv + 1);
  }
  if ((help || argc == 1) && (!world || world->rank == 0)) print_parts();
  if (help) return LW_OK;
  if (argc == 1)
    return lw_fail(LW_ERROR_INPUT, "no part given: longwave bench attention, scores, step JOB or "
                                   "save JOB");
  char hint[LW_TEXT_MAX];
  lw_option_hint_word(word, names, NULL, hint);
  return lw_fail(LW_ERROR_INPUT, "there is no part '%s' of bench%s", word,
                 *hint ? hint : "; longwave bench --help lists them");
}
