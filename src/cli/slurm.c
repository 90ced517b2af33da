#define _POSIX_C_SOURCE 200809L
#include "slurm.h"
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
static int start(const char *const *words, int output, pid_t *child)
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
  int failure = posix_spawnp(child, words[0], &actions, &attributes, (char *const *)words, environ);
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
  if (failure) return lw_fail(LW_ERROR_INPUT, "cannot start %s: %s", program, strerror(failure));
  if (WIFSIGNALED(state))
    return lw_fail(LW_ERROR_INPUT, "%s was ended by signal %d", program, WTERMSIG(state));
  if (WEXITSTATUS(state) != 0)
    return lw_fail(LW_ERROR_INPUT, "%s ended with code %d; its own words stand above", program,
                   WEXITSTATUS(state));
  return LW_OK;
}

lw_status lw_slurm_call(const char *const *words, char *output, int64_t room)
{
  int ends[2] = {-1, -1}, state = 0;
  pid_t child = 0;
  fflush(stdout);
  if (output && pipe(ends) != 0)
    return lw_fail(LW_ERROR_FILE, "cannot make a pipe to %s: %s", words[0], strerror(errno));
  int failure = start(words, ends[1], &child);
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
