/* The program: starts MPI, finds the subcommand, prints the one sentence of a failure, sets the
   exit code. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/child.h"
#include "command.h"
#include "commit.h"
#include "launcher.h"
#include "longwave/base/log.h"
#include "longwave/base/look.h"
#include "longwave/base/option.h"
#include "longwave/base/version.h"
#include "longwave/op/linear.h"
#include "longwave/run/banner.h"
#include "longwave/base/signals.h"
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const lw_command commands[] = {
    {"prepare", "make a data set: generate it or import it", false, lw_command_prepare, false},
    {"train", "train a model as a job file says", false, lw_command_train, true},
    {"evaluate", "loss, accuracy, logits, gradients of a checkpoint", false, lw_command_evaluate,
     false},
    {"predict", "what a model says about each sample of a data set", false, lw_command_predict,
     false},
    {"export", "weights and metrics in formats of other programs", false, lw_command_export, false},
    {"inspect", "show what a checkpoint or a data set holds", false, lw_command_inspect, false},
    {"doctor", "examine a data set for problems that would make results wrong", false,
     lw_command_doctor, false},
    {"sweep", "train and test every combination of a study's settings", false, lw_command_sweep,
     false},
    {"table", "table of the results of runs, one row for all seeds of the same settings", false,
     lw_command_table, false},
    {"report", "one HTML file with curves, tables, samples and attention of runs", false,
     lw_command_report, false},
    {"bench", "measure this machine", false, lw_command_bench, false},
    {"plan", "what a training will take: memory, time, core hours", true, lw_command_plan, false},
    {"submit", "send a training to SLURM's queue", true, lw_command_submit, false},
    {"status", "the queue, and the progress of every run", true, lw_command_status, false},
    {"cancel", "end jobs in the queue, after they saved", true, lw_command_cancel, false},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help(FILE *out)
{
  lw_look_page(out, "Longwave: distributed training of local-and-smooth attention transformers\n\n"
                    "usage: longwave COMMAND [flags]\n"
                    "       mpirun -n RANKS longwave COMMAND [flags]\n\ncommands:");
  for (int i = 0; i < COMMANDS; i++)
    fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].sentence);
  lw_look_page(out, "\nflags of every command:\n"
                    "  -h, --help     what a command does and takes, as longwave help COMMAND\n"
                    "  -V, --version  the version\n"
                    "  --quiet        warnings and errors only; results still come out\n"
                    "  --debug        more lines: of training, one a step");
}

/* What other programs call the commands. */
static const lw_synonym words[] = {{"eval test validate", "evaluate", NULL, NULL},
                                   {"predict infer", "evaluate", NULL, "Take --logits"},
                                   {"fit run training pretrain finetune", "train", NULL, NULL},
                                   {"resume continue", "train", NULL, "Take --resume"},
                                   {"info show describe", "inspect", NULL, NULL},
                                   {"convert save", "export", NULL, NULL},
                                   {"verify", "inspect", NULL, "Take --verify"},
                                   {"check lint", "doctor", NULL, NULL},
                                   {"grid search tune study", "sweep", NULL, NULL},
                                   {"results compare summary", "table", NULL, NULL},
                                   {"plot html visualize", "report", NULL, NULL},
                                   {"benchmark perf profile", "bench", NULL, NULL},
                                   {"data make preprocess generate import", "prepare", NULL, NULL},
                                   {"download", "prepare", NULL, "It imports files that you have"},
                                   {"sbatch", "submit", NULL, NULL},
                                   {"estimate cost", "plan", NULL, NULL},
                                   {"queue squeue list", "status", NULL, NULL},
                                   {"stop kill scancel", "cancel", NULL, NULL},
                                   {"version", NULL, NULL, "take longwave --version"},
                                   {0}};

static lw_status unknown(const char *word)
{
  const char *names[COMMANDS + 1] = {0};
  char hint[LW_TEXT_MAX];
  for (int i = 0; i < COMMANDS; i++) names[i] = commands[i].name;
  lw_option_hint_word(word, names, words, hint);
  return lw_fail(LW_ERROR_INPUT, "there is no command '%s'%s", word,
                 *hint ? hint : "; see longwave --help");
}

/* No flag takes "--version" or "--help" for its value, so they may stand anywhere before a lone
   "--". */
static bool asks_for(const char *name, const char *letter, int argc, char **argv)
{
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
    if (!strcmp(argv[i], name) || !strcmp(argv[i], letter)) return true;
  return false;
}

static void print_version(void)
{
  const char *commit = lw_version_commit();
  printf("longwave %s%s%s%s\n", LW_VERSION, *commit ? " (commit " : "", commit, *commit ? ")" : "");
}

static bool asks_for_version(int argc, char **argv)
{
  return asks_for("--version", "-V", argc, argv);
}

/* Take what every command has out of argv. Returns argc. */
static int take_loudness(int argc, char **argv)
{
  int kept = 0, i = 0;
  for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
    if (!strcmp(argv[i], "--quiet"))
      lw_log_level_set(LW_LOG_WARN);
    else if (!strcmp(argv[i], "--debug"))
      lw_log_level_set(LW_LOG_DEBUG);
    else
      argv[kept++] = argv[i];
  }
  while (i < argc) argv[kept++] = argv[i++];
  argv[kept] = NULL;
  return kept;
}

/* "help WORDS" is "WORDS --help". */
static void turn_help(int argc, char **argv)
{
  static char flag[] = "--help";
  if (argc < 2 || strcmp(argv[1], "help") != 0) return;
  for (int i = 1; i + 1 < argc; i++) argv[i] = argv[i + 1];
  argv[argc - 1] = flag;
}

static const lw_command *find(const char *word)
{
  for (int i = 0; i < COMMANDS; i++)
    if (!strcmp(word, commands[i].name)) return &commands[i];
  return NULL;
}

/* Whether the answer is the same without ranks, and there at once. */
static bool needs_no_ranks(int argc, char **argv)
{
  const lw_command *command = argc > 1 ? find(argv[1]) : NULL;
  return !command || command->alone || asks_for_version(argc, argv) ||
         asks_for("--help", "-h", argc, argv);
}

/* world: NULL where none is needed */
static lw_status dispatch(lw_world *world, int argc, char **argv)
{
  const char *word = argc > 1 ? argv[1] : "--help";
  const bool root = !world || world->rank == 0;
  const lw_command *command = find(word);
  if (!command || !command->saves) lw_signals_release();
  if (asks_for_version(argc, argv)) {
    if (root) print_version();
    return LW_OK;
  }
  if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
    if (root) help(stdout);
    return argc > 1 ? LW_OK : lw_fail(LW_ERROR_INPUT, "no command given");
  }
  return command ? command->run(world, argc - 1, argv + 1) : unknown(word);
}

/* Whether who read our standard output is gone, as head is after its lines: that is no failure. */
static bool reader_gone(void)
{
  struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
  return poll(&output, 1, 0) > 0 && output.revents & (POLLERR | POLLHUP);
}

static lw_status end_output(void)
{
  const bool before = ferror(stdout);
  if ((!fflush(stdout) && !before) || reader_gone()) return LW_OK;
  return lw_fail(LW_ERROR_FILE, "cannot write all of the standard output: %s",
                 before ? "an earlier write failed; is the disk full?" : lw_reason(errno));
}

static int finish(lw_status status)
{
  if (status == LW_OK) status = end_output();
  if (status != LW_OK && status != LW_STOPPED) lw_log_root(LW_LOG_ERROR, "%s", lw_fail_message());
  fflush(stdout);
  return lw_status_exit_code(status);
}

/* Starts MPI for the rest of the program. A signal that asks to leave must not end a rank
   meanwhile: the others would wait for it. */
static lw_world *join(int *argc, char ***argv, bool others)
{
  int level;
  lw_world *world = NULL;
  lw_status kept = lw_child_environment_keep();
  if (others)
    lw_launcher_begin();
  else
    lw_world_stay_alone(); /* only now: what is started later must not see it */
  lw_world_allow_long_paths();
  lw_signals_hold();
  /* Threads compute; only the main thread talks to MPI. */
  MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &level);
  lw_status status = lw_world_create(MPI_COMM_WORLD, &world);
  if (status == LW_OK) status = kept;
  if (status != LW_OK) MPI_Abort(MPI_COMM_WORLD, lw_status_exit_code(status));
  lw_log_rank_set(world->rank);
  lw_linear_init();
  lw_threads_start(0, world); /* until a command is told more */
  return world;
}

int main(int argc, char **argv)
{
  lw_signals_begin();
  lw_version_commit_set(strcmp(LW_COMMIT, "unknown") != 0 ? LW_COMMIT : "");
  /* What others may write into, they could make a program read; a group may share its runs. */
  umask(umask(0) | S_IWOTH);
  argc = take_loudness(argc, argv);
  turn_help(argc, argv);
  const bool others = lw_launcher_has_others();
  if (!others && needs_no_ranks(argc, argv)) return finish(dispatch(NULL, argc, argv));
  lw_status status = lw_launcher_check();
  if (status != LW_OK) return finish(status);
  lw_world *world = join(&argc, &argv, others);
  status = lw_launcher_end(world);
  int code = finish(status == LW_OK ? dispatch(world, argc, argv) : status);
  lw_world_destroy(&world);
  MPI_Finalize();
  return code;
}
