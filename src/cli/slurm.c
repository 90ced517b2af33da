#define _POSIX_C_SOURCE 200809L
#include "slurm.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "signals.h"
#include <errno.h>
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
  static const char *const prefixes[] = {
      "SLURM",          "SBATCH_",        "SALLOC_",         "SRUN_",
      "SQUEUE_",        "SCANCEL_",       "PMI_",            "PMIX_",
      "OMPI_COMM_",     "OMPI_MCA_orte_", "OMPI_MCA_ess",    "OMPI_MCA_pmix",
      "OMPI_UNIVERSE_", "OMPI_APP_CTX_",  "OMPI_NUM_APP_",   "OMPI_FIRST_RANKS",
      "OMPI_FILE_LOC",  "OMPI_COMMAND",   "OMPI_ARGV",       "OMPI_MCA_initial_wdir",
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
  char names[1024] = "";
  size_t used = 0;
  for (char **entry = environ; *entry && used < sizeof names; entry++)
    if (!strncmp(*entry, prefix, strlen(prefix)))
      used += (size_t)snprintf(names + used, sizeof names - used, "%s%.*s", used ? ", " : "",
                               (int)strcspn(*entry, "="), *entry);
  if (used)
    lw_log_root(LW_LOG_WARN,
                "the environment's %s are not obeyed: give flags, or options of sbatch after --",
                names);
}

/* ---- calls ---- */

/* All of it, so that the writer never waits; what does not fit is dropped. */
static void read_all(int input, char *output, int64_t room)
{
  char rest[4096];
  int64_t used = 0;
  for (;;) {
    const bool fits = used < room - 1;
    ssize_t got = fits ? read(input, output + used, (size_t)(room - 1 - used))
                       : read(input, rest, sizeof rest);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (fits) used += got;
  }
  output[used] = '\0';
}

/* Its standard output is `output`, unless that is -1; standard input is empty. */
static int start(const char *const *words, char **environment, int output, pid_t *child)
{
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
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
  int failure = posix_spawnp(child, words[0], &actions, &attributes, (char *const *)words,
                             environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}

static lw_status judge(const char *program, int failure, int state)
{
  if (failure == ENOENT)
    return lw_fail(LW_ERROR_INPUT,
                   "there is no %s here: run this where SLURM's commands are, as on a cluster's "
                   "login node",
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

lw_status lw_slurm_call(const char *const *words, char *output, int64_t room)
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
  int failure = start(words, environment, ends[1], &child);
  lw_mem_give(environment);
  if (output) {
    close(ends[1]);
    read_all(ends[0], output, room);
    close(ends[0]);
  }
  while (!failure && waitpid(child, &state, 0) < 0 && errno == EINTR) continue;
  return judge(words[0], failure, state);
}

lw_status lw_slurm_refuse_ranks(const char *command)
{
  return lw_fail(LW_ERROR_INPUT,
                 "longwave %s talks to SLURM and has no ranks: run it by itself, without mpirun "
                 "or srun",
                 command);
}
