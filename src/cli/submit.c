/* longwave submit JOB --nodes N --time T [...] [-- options of sbatch]: write the batch script of a
   training, show it, send it. Its life cycle is slurm/train.sbatch, built into the program. */
#define _POSIX_C_SOURCE 200809L
#include "batch_script.h" /* batch_script: the lines of slurm/train.sbatch, made by the build */
#include "command.h"
#include "longwave/base/mem.h"
#include "longwave/base/version.h"
#include "longwave/train/job.h"
#include "longwave/train/newest.h"
#include "slurm.h"
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct submit_flags {
  char run[LW_TEXT_MAX], time[LW_TEXT_MAX], partition[LW_TEXT_MAX], account[LW_TEXT_MAX];
  char name[LW_TEXT_MAX], seeds[LW_TEXT_MAX];
  int64_t nodes, ranks_per_node, threads, warning;
  bool exclusive, resume, accept_data, dry_run, help;
} submit_flags;

#define AT(member) offsetof(submit_flags, member)
static const lw_option table[] = {
    {"nodes", LW_OPTION_INT, AT(nodes), "1", 1, 1e6, NULL, "nodes"},
    {"time", LW_OPTION_TEXT, AT(time), "01:00:00", 1, 64, NULL,
     "most time of a life, as sbatch takes it: minutes, hours:minutes:seconds, days-hours"},
    {"ranks_per_node", LW_OPTION_INT, AT(ranks_per_node), "2", 1, 4096, NULL,
     "ranks on each node; one a socket is best"},
    {"threads", LW_OPTION_INT, AT(threads), "0", 0, 4096, NULL,
     "cores of each rank; 0: the cores that the job gets, shared out"},
    {"exclusive", LW_OPTION_BOOL, AT(exclusive), "true", 0, 0, NULL,
     "nodes of its own, whole; else set threads"},
    {"partition", LW_OPTION_TEXT, AT(partition), "", 0, 255, NULL,
     "partition; if empty the site's"},
    {"account", LW_OPTION_TEXT, AT(account), "", 0, 255, NULL, "account; if empty your own"},
    {"name", LW_OPTION_TEXT, AT(name), "", 0, 255, NULL,
     "name in the queue; if empty that of the run folder"},
    {"seeds", LW_OPTION_TEXT, AT(seeds), "", 0, 255, NULL,
     "one run a seed, each a job of its own: 1-4, or 1,5,7, or 1-16%4 for four at a time"},
    {"warning", LW_OPTION_INT, AT(warning), "180", 1, 65535, NULL,
     "seconds before the end of the time at which training saves and leaves: two steps and a "
     "checkpoint should fit"},
    {"run", LW_OPTION_TEXT, AT(run), "", 0, LW_TEXT_MAX - 1, NULL,
     "folder of the run; if empty runs/NAME for a job file NAME.yaml"},
    {"resume", LW_OPTION_BOOL, AT(resume), "false", 0, 0, NULL,
     "go on from the newest checkpoint of the folder"},
    {"accept_data", LW_OPTION_BOOL, AT(accept_data), "false", 0, 0, NULL,
     "with --resume: go on although the data set is not as it was, and say what changed"},
    {"dry_run", LW_OPTION_BOOL, AT(dry_run), "false", 0, 0, NULL,
     "show the script, write and send nothing"},
    {"help", LW_OPTION_BOOL, AT(help), "false", 0, 0, NULL, "this text"},
    {0}};

enum { SETS = 256, WORDS = 64, OPTIONS = WORDS + 16, ANSWER_MAX = 256 };

typedef struct submission {
  const submit_flags *flags;
  const lw_arguments *arguments; /* words[0]: the job file; the others go to sbatch */
  char here[LW_PATH_MAX], program[LW_PATH_MAX];
  char *option[OPTIONS]; /* [option_count], of sbatch, owned */
  int option_count;
} submission;

/* ---- words that two readers must take for what they are ---- */

/* For bash: nothing within single quotes has a meaning, but the quote itself. */
static void write_for_bash(FILE *to, const char *word)
{
  putc('\'', to);
  for (const char *c = word; *c; c++) {
    if (*c == '\'')
      fputs("'\\''", to);
    else
      putc(*c, to);
  }
  putc('\'', to);
}

/* For sbatch, which reads its lines by rules of its own: within double quotes a backslash stands
   before what has a meaning. */
static void write_for_sbatch(FILE *to, const char *word)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "-_=:@%,./+";
  if (!word[strspn(word, plain)]) {
    fputs(word, to);
    return;
  }
  putc('"', to);
  for (const char *c = word; *c; c++) {
    if (*c == '"' || *c == '\\') putc('\\', to);
    putc(*c, to);
  }
  putc('"', to);
}

static lw_status check_text(const char *what, const char *text, const char *allowed)
{
  for (const char *c = text; *c; c++)
    if (iscntrl((unsigned char)*c))
      return lw_fail(LW_ERROR_INPUT,
                     "%s has a line end or another control character"
                     "; take it out",
                     what);
  if (allowed && text[strspn(text, allowed)])
    return lw_fail(LW_ERROR_INPUT,
                   "%s cannot be '%s'"
                   "; longwave submit --help tells what it can be",
                   what, text);
  return LW_OK;
}

/* A folder that the output goes to: sbatch reads no pattern in a path with a backslash. */
static lw_status check_path(const char *what, const char *path)
{
  lw_status status = check_text(what, path, NULL);
  if (status == LW_OK && strchr(path, '\\'))
    status = lw_fail(LW_ERROR_INPUT,
                     "%s has a backslash in its name, which sbatch cannot take: %s; choose another",
                     what, path);
  return status;
}

/* ---- options of sbatch: they stand in the script, to be read, and on the command line, where
   they win over what the environment says ---- */

/* As it stands: "--exclusive", or what follows a lone "--". */
static lw_status add_word(submission *s, const char *word)
{
  if (s->option_count == OPTIONS)
    return lw_fail(LW_ERROR_INPUT, "too many options of sbatch; leave some out");
  lw_status status = lw_mem_copy(word, &s->option[s->option_count]);
  if (status == LW_OK) s->option_count++;
  return status;
}

static lw_status add_option(submission *s, const char *name, const char *value)
{
  char *text = NULL;
  lw_status status = LW_OK;
  if (!*value) return LW_OK;
  const int64_t room = (int64_t)(strlen(name) + strlen(value)) + 4;
  LW_TRY(LW_TAKE(&text, room));
  snprintf(text, (size_t)room, "--%s=%s", name, value);
  LW_TRY(add_word(s, text));
done:
  lw_mem_give(text);
  return status;
}

static lw_status add_number(submission *s, const char *name, int64_t value)
{
  char text[32];
  snprintf(text, sizeof text, "%lld", (long long)value);
  return add_option(s, name, value > 0 ? text : "");
}

/* Where the output goes: beside the run's own log, one file a job. A % of the path is written
   twice, for sbatch makes numbers of it. */
static lw_status add_output(submission *s)
{
  char path[4 * LW_PATH_MAX];
  const char *const parts[] = {*s->flags->run == '/' ? "" : s->here,
                               *s->flags->run == '/' ? "" : "/", s->flags->run};
  size_t used = 0;
  for (int i = 0; i < 3; i++)
    for (const char *c = parts[i]; *c; c++) {
      path[used++] = *c;
      if (*c == '%') path[used++] = '%';
    }
  snprintf(path + used, sizeof path - used, "/slurm-%s.out", *s->flags->seeds ? "%A_%a" : "%j");
  return add_option(s, "output", path);
}

static lw_status add_options(submission *s)
{
  const submit_flags *flags = s->flags;
  char text[32];
  lw_status status = LW_OK;
  LW_TRY(add_option(s, "job-name", flags->name));
  LW_TRY(add_number(s, "nodes", flags->nodes));
  LW_TRY(add_number(s, "ntasks-per-node", flags->ranks_per_node));
  LW_TRY(add_number(s, "cpus-per-task", flags->threads));
  if (flags->exclusive) LW_TRY(add_word(s, "--exclusive"));
  LW_TRY(add_option(s, "time", flags->time));
  LW_TRY(add_option(s, "partition", flags->partition));
  LW_TRY(add_option(s, "account", flags->account));
  LW_TRY(add_option(s, "array", flags->seeds));
  snprintf(text, sizeof text, "B:USR1@%lld", (long long)flags->warning);
  LW_TRY(add_option(s, "signal", text));
  LW_TRY(add_word(s, "--requeue"));
  LW_TRY(add_option(s, "open-mode", "append"));
  LW_TRY(add_output(s));
  for (int i = 1; i < s->arguments->word_count; i++)
    LW_TRY(add_word(s, s->arguments->words[i]));
done:
  return status;
}

/* ---- the script ---- */

static void write_options(FILE *to, const submission *s)
{
  fprintf(to, "#!/bin/bash\n# Written by longwave %s submit.\n", LW_VERSION);
  for (int i = 0; i < s->option_count; i++) {
    fputs("#SBATCH ", to);
    write_for_sbatch(to, s->option[i]);
    putc('\n', to);
  }
}

static void write_arguments(FILE *to, const submission *s)
{
  fputs("cd ", to);
  write_for_bash(to, s->here);
  fputs(" || exit 2\nexport LONGWAVE=", to);
  write_for_bash(to, s->program);
  fputs("\nlongwave_cores=", to);
  if (s->flags->threads > 0) fprintf(to, "%lld", (long long)s->flags->threads);
  fputs("\nset -- ", to);
  write_for_bash(to, s->arguments->words[0]);
  fputs(" --run ", to);
  write_for_bash(to, s->flags->run);
  for (int i = 0; i < s->arguments->set_count; i++) {
    fputs(" --set ", to);
    write_for_bash(to, s->arguments->sets[i]);
  }
  if (s->flags->resume) fputs(" --resume", to);
  if (lw_command_loudness()) fprintf(to, " %s", lw_command_loudness());
  fputs(s->flags->accept_data ? " --accept-data\n\n" : "\n\n", to);
}

/* Without the comments and options at its top, for which the lines above stand. */
static void write_life_cycle(FILE *to)
{
  size_t line = 0;
  while (batch_script[line][0] == '#') line++;
  for (; batch_script[line]; line++) fputs(batch_script[line], to);
}

/* *text is the caller's to free. */
static lw_status make_script(const submission *s, char **text)
{
  size_t length = 0;
  FILE *to = open_memstream(text, &length);
  if (!to) return lw_fail(LW_ERROR_MEMORY, "no memory for the batch script");
  write_options(to, s);
  write_arguments(to, s);
  write_life_cycle(to);
  return fclose(to) ? lw_fail(LW_ERROR_MEMORY, "no memory for the batch script") : LW_OK;
}

/* ---- checks: what would be refused by the first life, hours later ---- */

static lw_status check_flags(const submit_flags *flags, const lw_arguments *arguments)
{
  lw_status status = LW_OK;
  LW_TRY(check_text("--time", flags->time, "0123456789:-"));
  LW_TRY(check_text("--seeds", flags->seeds, "0123456789,-:%"));
  LW_TRY(check_text("--partition", flags->partition, NULL));
  LW_TRY(check_text("--account", flags->account, NULL));
  LW_TRY(check_text("--name", flags->name, NULL));
  LW_TRY(check_path("--run", flags->run));
  if (flags->accept_data && !flags->resume)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "--accept-data is for going on: give --resume, too"));
  for (int i = 1; i < arguments->word_count; i++) {
    const char *word = arguments->words[i];
    LW_TRY(check_text("an option of sbatch", word, NULL));
    if (strncmp(word, "--", 2) != 0)
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "'%s' is no option of sbatch: after -- write each as one word, --name=value",
                     word));
  }
done:
  return status;
}

static lw_status check_folder(const submit_flags *flags)
{
  if (flags->resume || *flags->seeds || !lw_newest_any(flags->run)) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "%s already holds a run with checkpoints: go on with --resume, or choose another "
                 "folder with --run",
                 flags->run);
}

static lw_status find_places(submission *s)
{
  if (!getcwd(s->here, sizeof s->here))
    return lw_fail(LW_ERROR_FILE, "cannot tell the folder of work: %s", lw_reason(errno));
  ssize_t length = readlink("/proc/self/exe", s->program, sizeof s->program - 1);
  if (length < 0)
    return lw_fail(LW_ERROR_FILE, "cannot tell where longwave lies: %s", lw_reason(errno));
  s->program[length] = '\0';
  return check_path("the folder of work", s->here);
}

/* ---- the command ---- */

static const char usage[] =
    "usage: longwave submit JOB [flags] [--set section.key=value ...] [-- options of sbatch]\n\n"
    "Writes the batch script of a training into the run folder, shows it and sends it to SLURM.\n"
    "The job saves before its time is over and goes back into the queue until the training is\n"
    "done. What follows a lone -- is for sbatch, as in -- --qos=long --constraint=avx512.\n\n"
    "flags:";

static lw_status send(const submission *s, const char *text)
{
  char path[LW_PATH_MAX], answer[ANSWER_MAX];
  const char *words[OPTIONS + 5];
  const char *run = s->flags->run;
  lw_status status = LW_OK;
  LW_TRY(lw_folder_create(run));
  LW_TRY(lw_folder_path(run, "submit.sbatch", path));
  LW_TRY(lw_folder_write(run, "submit.sbatch", text));
  int used = 0;
  words[used++] = "sbatch", words[used++] = "--parsable";
  for (int i = 0; i < s->option_count; i++) words[used++] = s->option[i];
  words[used++] = "--", words[used++] = path, words[used] = NULL;
  LW_TRY(lw_slurm_call(words, answer, sizeof answer));
  answer[strcspn(answer, ";\n")] = '\0';
  printf("\njob %s is in the queue; its script is %s\n"
         "longwave status shows it, longwave cancel %s lets it save and leave\n",
         answer, path, answer);
done:
  return status;
}

lw_status lw_command_submit(lw_world *world, int argc, char **argv)
{
  static lw_job job;
  static submission s;
  submit_flags flags = {.help = false};
  lw_option_section section = {
      .name = "", .sentence = usage, .options = table, .values = &flags};
  const char *words[WORDS], *sets[SETS];
  lw_arguments arguments = {.words = words, .word_room = WORDS, .sets = sets, .set_room = SETS};
  char *text = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) return LW_OK;
  if (world) return lw_slurm_refuse_ranks(argv[0]);
  if (arguments.word_count == 0)
    return lw_fail(LW_ERROR_INPUT, "no job file given: longwave submit JOB.yaml");
  if (!*flags.run) lw_command_run_folder(words[0], flags.run);
  if (!*flags.name) {
    const char *slash = strrchr(flags.run, '/');
    snprintf(flags.name, sizeof flags.name, "%s", slash ? slash + 1 : flags.run);
  }
  LW_TRY(lw_job_read_alone(&job, words[0], sets, arguments.set_count));
  LW_TRY(check_flags(&flags, &arguments));
  LW_TRY(check_folder(&flags));
  s = (submission){.flags = &flags, .arguments = &arguments};
  LW_TRY(find_places(&s));
  LW_TRY(add_options(&s));
  LW_TRY(make_script(&s, &text));
  lw_slurm_tell_unseen("SBATCH_");
  fputs(text, stdout);
  if (!flags.dry_run) LW_TRY(send(&s, text));
done:
  while (s.option_count > 0) lw_mem_give(s.option[--s.option_count]);
  free(text);
  return status;
}
