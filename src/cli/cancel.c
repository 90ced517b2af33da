/* longwave cancel JOB-OR-FOLDER... [--now]: end jobs in SLURM's queue, saving first. */
#include "command.h"
#include "longwave/run/lives.h"
#include "longwave/run/named.h"
#include "slurm.h"
#include "submit.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct cancel_flags {
  bool now, help;
} cancel_flags;

static const lw_option table[] = {
    LW_BOOL_ROW("now", FLAG, LW_AT(cancel_flags, now), "false",
                "do not wait for a checkpoint: SLURM's own scancel"),
    LW_BOOL_ROW("help", FLAG, LW_AT(cancel_flags, help), "false", "this text"),
    {0}};

enum { WORDS = 64 };

static const char usage[] =
    "usage: longwave cancel JOB-OR-FOLDER... [flags]\n\n"
    "Ends jobs, named by SLURM's number (12, or 12_3 in an array) or by their run folder. A job\n"
    "that runs saves a checkpoint, ends and does not come back; one that waits is removed.\n\n"
    "flags:";

/* "12", "12_3", or the job that was last sent from the folder, or lived there. job [64] out */
static lw_status find_job(const char *word, char *job)
{
  lw_life life = {0};
  lw_named named;
  char sent[64];
  lw_status status = LW_OK;
  if (*word && !word[strspn(word, "0123456789_")]) {
    snprintf(job, 64, "%s", word);
    return LW_OK;
  }
  LW_TRY(lw_named_find(word, &named));
  const char *folder = *named.folder ? named.folder : word;
  LW_TRY(lw_lives_last(folder, &life));
  lw_submission_job(folder, sent);
  const bool lived = life.number > 0 && strcmp(life.job, "-") != 0;
  if (!lived && !*sent)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "no SLURM job found for '%s': give a job number or a submitted run folder"
                   "; 'longwave status' lists both",
                   word));
  /* Numbers grow: the greater is of the later job. */
  const bool later = strtol(sent, NULL, 10) > (lived ? strtol(life.job, NULL, 10) : 0);
  snprintf(job, 64, "%s", later ? sent : life.job);
done:
  return status;
}

/* What waits has nothing to save. INT is what the batch script takes for an end without return. An
   array may have tasks of both kinds. */
static lw_status cancel_gently(const char *job)
{
  char states[1 << 14];
  char chosen[80];
  snprintf(chosen, sizeof chosen, "--jobs=%s", job);
  const char *const ask[] = {"squeue", "--noheader", chosen, "--format=%T", NULL};
  const char *const waiting[] = {"scancel", "--state=PENDING", job, NULL};
  const char *const running[] = {"scancel", "--state=RUNNING", "--batch", "--signal=INT", job,
                                 NULL};
  lw_status status = LW_OK;
  LW_TRY(lw_slurm_call(ask, states, sizeof states));
  const bool runs = strstr(states, "RUNNING"), waits = strstr(states, "PENDING");
  if (waits) LW_TRY(lw_slurm_call(waiting, NULL, 0));
  if (runs) LW_TRY(lw_slurm_call(running, NULL, 0));
  printf("job %s: %s\n", job,
         runs    ? "asked to save and end"
         : waits ? "taken out of the queue"
                 : "is no longer in the queue, or about to end");
done:
  return status;
}

static lw_status cancel_now(const char *job)
{
  const char *const words[] = {"scancel", job, NULL};
  lw_status status = lw_slurm_call(words, NULL, 0);
  if (status == LW_OK) printf("job %s: cancelled\n", job);
  return status;
}

lw_status lw_command_cancel(lw_world *world, int argc, char **argv)
{
  cancel_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *words[WORDS];
  lw_arguments arguments = {.words = words, .word_room = WORDS};
  char job[64];
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) return LW_OK;
  if (world) return lw_slurm_refuse_ranks(argv[0]);
  if (arguments.word_count == 0)
    return lw_fail(LW_ERROR_INPUT, "nothing to cancel: longwave cancel JOB-OR-FOLDER");
  for (int i = 0; i < arguments.word_count; i++) {
    LW_TRY(find_job(words[i], job));
    LW_TRY(flags.now ? cancel_now(job) : cancel_gently(job));
  }
done:
  return status;
}
