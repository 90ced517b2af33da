/* The options of sbatch and the batch script of longwave submit. */
#define _POSIX_C_SOURCE 200809L
#include "batch_script.h" /* batch_script: the lines of slurm/train.sbatch, made by the build */
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/version.h"
#include "longwave/run/run.h"
#include "submit.h"
#include <stdio.h>
#include <string.h>

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

/* ---- options of sbatch: they stand in the script, to be read, and on the command line, where
   they win over what the environment says ---- */

/* As it stands: "--exclusive", or what follows a lone "--". */
static lw_status add_word(lw_submission *s, const char *word)
{
  if (s->option_count == LW_SUBMIT_OPTIONS)
    return lw_fail(LW_ERROR_INPUT, "too many options of sbatch; leave some out");
  lw_status status = lw_mem_copy(word, &s->option[s->option_count]);
  if (status == LW_OK) s->option_count++;
  return status;
}

static lw_status add_option(lw_submission *s, const char *name, const char *value)
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

static lw_status add_number(lw_submission *s, const char *name, int64_t value)
{
  char text[32];
  snprintf(text, sizeof text, "%lld", (long long)value);
  return add_option(s, name, value > 0 ? text : "");
}

/* Where the output goes: beside the run's own log, one file a job. A % of the path is written
   twice, for sbatch makes numbers of it. */
static lw_status add_output(lw_submission *s)
{
  char path[4 * LW_PATH_MAX];
  const char *const parts[] = {*s->folder == '/' ? "" : s->here, *s->folder == '/' ? "" : "/",
                               s->folder};
  lw_text to = LW_TEXT_IN(path);
  for (int i = 0; i < 3; i++)
    for (const char *c = parts[i]; *c; c++) lw_text_add(&to, *c == '%' ? "%c%%" : "%c", *c);
  lw_text_add(&to, "/slurm-%s.out", *s->array ? "%A_%a" : "%j");
  return add_option(s, "output", path);
}

lw_status lw_submission_options(lw_submission *s)
{
  const lw_submit_flags *flags = s->flags;
  char text[32];
  lw_status status = LW_OK;
  LW_TRY(add_option(s, "job-name", flags->name));
  LW_TRY(add_number(s, "nodes", flags->nodes));
  LW_TRY(add_number(s, "ntasks", flags->ranks));
  LW_TRY(add_number(s, "ntasks-per-node", flags->ranks_per_node));
  LW_TRY(add_number(s, "cpus-per-task", flags->threads));
  if (flags->exclusive) LW_TRY(add_word(s, "--exclusive"));
  LW_TRY(add_option(s, "time", flags->time));
  LW_TRY(add_option(s, "partition", flags->partition));
  LW_TRY(add_option(s, "account", flags->account));
  LW_TRY(add_option(s, "array", s->array));
  snprintf(text, sizeof text, "B:USR1@%lld", (long long)flags->warning);
  LW_TRY(add_option(s, "signal", text));
  LW_TRY(add_word(s, "--requeue"));
  LW_TRY(add_option(s, "open-mode", "append"));
  LW_TRY(add_output(s));
  for (int i = 1; i < s->arguments->word_count; i++) LW_TRY(add_word(s, s->arguments->words[i]));
done:
  return status;
}

void lw_submission_done(lw_submission *s)
{
  while (s->option_count > 0) lw_mem_give(s->option[--s->option_count]);
  lw_mem_give(s->setup);
}

/* ---- the script ---- */

static void write_options(FILE *to, const lw_submission *s)
{
  fprintf(to, "#!/bin/bash\n# Written by longwave %s submit.\n", LW_VERSION);
  for (int i = 0; i < s->option_count; i++) {
    fputs("#SBATCH ", to);
    write_for_sbatch(to, s->option[i]);
    putc('\n', to);
  }
}

/* The user's lines come behind a command, so that sbatch looks for no options in them, and before
   the folder of work, which they may leave. */
static void write_setup(FILE *to, const lw_submission *s)
{
  fputs("export LONGWAVE=", to);
  write_for_bash(to, s->program);
  if (s->setup) fprintf(to, "\n# Of %s:\n%s", s->setup_path, s->setup);
  fputs("\ncd ", to);
  write_for_bash(to, s->here);
  fputs(" || exit 2\n", to);
}

/* For a study longwave sweep has settings, folders and resumes. */
static void write_arguments(FILE *to, const lw_submission *s)
{
  const lw_submit_flags *flags = s->flags;
  fputs("longwave_cores=", to);
  if (flags->threads > 0) fprintf(to, "%lld", (long long)flags->threads);
  fprintf(to, "\nlongwave_study=%s\nset -- ", s->study ? "yes" : "");
  write_for_bash(to, s->arguments->words[0]);
  if (!s->study) {
    fputs(" --run ", to);
    write_for_bash(to, s->folder);
  }
  for (int i = 0; i < s->arguments->set_count; i++) {
    fputs(" --set ", to);
    write_for_bash(to, s->arguments->sets[i]);
  }
  if (flags->resume)
    fprintf(to, " --resume=%s", LW_CHOICE_WORD_OF(LW_RUN_RESUME_CHOICES, flags->resume));
  fputs(flags->accept_data ? " --accept-data\n\n" : "\n\n", to);
}

/* Without the comments and options at its top, for which the lines above stand. */
static void write_life_cycle(FILE *to)
{
  size_t line = 0;
  while (batch_script[line][0] == '#') line++;
  for (; batch_script[line]; line++) fputs(batch_script[line], to);
}

lw_status lw_submission_script(const lw_submission *s, char **text, size_t *head)
{
  size_t length = 0;
  FILE *to = open_memstream(text, &length);
  if (!to) return lw_fail(LW_ERROR_MEMORY, "no memory for the batch script");
  write_options(to, s);
  write_setup(to, s);
  write_arguments(to, s);
  fflush(to);
  *head = length;
  write_life_cycle(to);
  return fclose(to) ? lw_fail(LW_ERROR_MEMORY, "no memory for the batch script") : LW_OK;
}
