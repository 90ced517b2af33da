#define _POSIX_C_SOURCE 200809L
#include "slurm.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/signals.h"
#include "longwave/base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- the environment ---- */

/* Options in disguise of SLURM's commands, some of which an outer job passes on to all below it;
   and where MPI finds an outer step. */
static bool is_seen(const char *entry)
{
  static const char *const kept[] = {"SLURM_CONF=", "SLURM_CONF_SERVER=", "SLURM_JWT=",
                                     "SLURM_CLUSTERS=", "OMPI_MCA_orte_tmpdir_base="};
  static const char *const prefixes[] = {"SLURM",
                                         "SBATCH_",
                                         "SALLOC_",
                                         "SRUN_",
                                         "SQUEUE_",
                                         "SCANCEL_",
                                         "SINFO_",
                                         "PMI_",
                                         "PMIX_",
                                         "OMPI_COMM_",
                                         "OMPI_MCA_orte_",
                                         "OMPI_MCA_ess",
                                         "OMPI_MCA_pmix",
                                         "OMPI_UNIVERSE_",
                                         "OMPI_APP_CTX_",
                                         "OMPI_NUM_APP_",
                                         "OMPI_FIRST_RANKS",
                                         "OMPI_FILE_LOC",
                                         "OMPI_COMMAND",
                                         "OMPI_ARGV",
                                         "OMPI_MCA_initial_wdir",
                                         "PRTE_"};
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    if (!strncmp(entry, kept[i], strlen(kept[i]))) return true;
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
    if (!strncmp(entry, prefixes[i], strlen(prefixes[i]))) return false;
  return true;
}

/* *list: the caller's to give back, its entries borrowed. */
static lw_status clean_environment(char ***list)
{
  int64_t count = 0, used = 0;
  while (environ[count]) count++;
  lw_status status = LW_TAKE(list, count + 1);
  for (int64_t i = 0; i < count && status == LW_OK; i++)
    if (is_seen(environ[i])) (*list)[used++] = environ[i];
  return status;
}

void lw_slurm_tell_unseen(const char *prefix)
{
  char names[1024];
  lw_text list = LW_TEXT_IN(names);
  for (char **entry = environ; *entry; entry++)
    if (!strncmp(*entry, prefix, strlen(prefix)))
      lw_text_item(&list, ", ", "%.*s", (int)strcspn(*entry, "="), *entry);
  if (list.used)
    lw_log_root(LW_LOG_WARN,
                "%s of the environment are ignored: give flags, or options of sbatch after --",
                names);
}

/* ---- calls ---- */

static const double quiet_seconds = 5.0;

/* Whether there is something to read, or an end, within `seconds` from `start`; 0: for ever. */
static bool arrives(int input, double start, double seconds)
{
  struct pollfd wanted = {.fd = input, .events = POLLIN};
  int found = -1;
  do {
    const double left = start + seconds - lw_clock();
    found = poll(&wanted, 1, seconds == 0.0 ? -1 : left > 0.0 ? (int)(1e3 * left) : 0);
  } while (found < 0 && errno == EINTR);
  return found > 0;
}

/* All of it, so that the writer never waits; what does not fit is dropped. false: too late. */
static bool read_all(int input, double seconds, char *output, int64_t room)
{
  const double start = lw_clock();
  char rest[4096];
  int64_t used = 0;
  bool in_time;
  while ((in_time = arrives(input, start, seconds))) {
    const bool fits = used < room - 1;
    ssize_t got = fits ? read(input, output + used, (size_t)(room - 1 - used))
                       : read(input, rest, sizeof rest);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (fits) used += got;
  }
  output[used] = '\0';
  return in_time;
}

/* Its standard output is `output`, unless that is -1; standard input is empty. quiet: what it
   writes to standard error is lost. */
static int start(const char *const *words, char **environment, int output, bool quiet, pid_t *child)
{
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
  if (quiet) posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  if (output >= 0) {
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, output);
  }
  posix_spawnattr_t attributes;
  sigset_t defaults;
  lw_signals_default(&defaults);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  int failure =
      posix_spawnp(child, words[0], &actions, &attributes, (char *const *)words, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}

static lw_status judge(const char *program, int failure, int state)
{
  if (failure == ENOENT)
    return lw_fail(LW_ERROR_INPUT,
                   "there is no %s here: run this where SLURM's commands are, for example on a "
                   "cluster's login node",
                   program);
  if (failure) return lw_fail(LW_ERROR_INPUT, "cannot start %s: %s", program, lw_reason(failure));
  if (WIFSIGNALED(state))
    return lw_fail(LW_ERROR_INPUT,
                   "%s was ended by signal %d"
                   "; try again",
                   program, WTERMSIG(state));
  if (WEXITSTATUS(state) != 0)
    return lw_fail(LW_ERROR_INPUT, "%s failed (code %d); see its message above", program,
                   WEXITSTATUS(state));
  return LW_OK;
}

static lw_status call(const char *const *words, bool quiet, char *output, int64_t room)
{
  int ends[2] = {-1, -1}, state = 0;
  pid_t child = 0;
  char **environment = NULL;
  lw_status status = clean_environment(&environment);
  if (status != LW_OK) return status;
  fflush(stdout);
  if (output && pipe(ends) != 0) {
    lw_mem_give(environment);
    return lw_fail(LW_ERROR_FILE, "cannot make a pipe to %s: %s", words[0], lw_reason(errno));
  }
  int failure = start(words, environment, ends[1], quiet, &child);
  lw_mem_give(environment);
  if (output) {
    close(ends[1]);
    /* Without an answer from its controller SLURM tries again for minutes. */
    if (!read_all(ends[0], quiet ? quiet_seconds : 0.0, output, room) && !failure)
      kill(child, SIGKILL);
    close(ends[0]);
  }
  while (!failure && waitpid(child, &state, 0) < 0 && errno == EINTR) continue;
  return judge(words[0], failure, state);
}

lw_status lw_slurm_call(const char *const *words, char *output, int64_t room)
{
  return call(words, false, output, room);
}

bool lw_slurm_ask(const char *const *words, char *output, int64_t room)
{
  *output = '\0';
  return call(words, true, output, room) == LW_OK;
}

/* ---- what its programs say ---- */

/* The numbers in "4-6,9", or whether `task` is one of them; %limit at the end. */
static bool lists(const char *list, long task)
{
  while (*list >= '0' && *list <= '9') {
    char *end;
    const long first = strtol(list, &end, 10);
    long last = first, step = 1;
    if (*end == '-') last = strtol(end + 1, &end, 10);
    if (*end == ':') step = strtol(end + 1, &end, 10);
    if (task >= first && task <= last && step > 0 && (task - first) % step == 0) return true;
    list = *end == ',' ? end + 1 : end;
  }
  return false;
}

/* One word of squeue: "12", "12_3", "12_[4-6%2]". */
static bool is_job(const char *word, size_t length, const char *job)
{
  const size_t base = strcspn(job, "_"), own = strcspn(word, "_ \n");
  if (own != base || strncmp(word, job, base) != 0) return false;
  if (!job[base]) return true; /* a whole array, or no array */
  if (word[own] != '_') return false;
  if (word[own + 1] == '[') return lists(word + own + 2, strtol(job + base + 1, NULL, 10));
  return length == strlen(job) && !strncmp(word, job, length);
}

bool lw_slurm_queue_has(const char *queue, const char *job)
{
  for (const char *line = queue; *line; line += strcspn(line, "\n"), line += *line == '\n') {
    const char *word = line + strspn(line, " ");
    if (is_job(word, strcspn(word, " \n"), job)) return true;
  }
  return false;
}

/* Nodes may differ, and then this is that of the largest that is named: "64000" or "64000+" MiB.
   Where SLURM has not been told it says 1. */
double lw_slurm_node_memory(const char *partition)
{
  char answer[4096], chosen[1100];
  snprintf(chosen, sizeof chosen, "--partition=%s", partition);
  const char *const words[] = {"sinfo", "--noheader", "--format=%m %P", *partition ? chosen : NULL,
                               NULL};
  double most = 0.0;
  char *rest = NULL;
  if (!lw_slurm_ask(words, answer, sizeof answer)) return 0.0;
  for (char *line = strtok_r(answer, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
    char *end;
    const double mib = strtod(line, &end);
    const size_t length = strlen(end);
    const bool ours = *partition || (length > 0 && end[length - 1] == '*');
    if (ours && mib > most) most = mib;
  }
  return most > 1.0 ? most * 1048576.0 : 0.0;
}

lw_status lw_slurm_refuse_ranks(const char *command)
{
  return lw_fail(LW_ERROR_INPUT,
                 "longwave %s talks to SLURM and has no ranks: start it without mpirun or srun",
                 command);
}
