#define _POSIX_C_SOURCE 200809L
#include "longwave/base/child.h"
#include "longwave/base/mem.h"
#include "longwave/base/signals.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
enum { NOT_STARTED = 127 };

static char **environment; /* of this program's whole life */

lw_status lw_child_environment_keep(void)
{
  int64_t count = 0, bytes = 0;
  char **list = NULL, *text = NULL;
  for (char **entry = environ; *entry; entry++) count++, bytes += (int64_t)strlen(*entry) + 1;
  lw_status status = LW_TAKE(&list, count + 1);
  if (status == LW_OK) status = LW_TAKE(&text, bytes);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < count; i++) {
    list[i] = text;
    const size_t length = strlen(environ[i]) + 1;
    memcpy(text, environ[i], length);
    text += length;
  }
  environment = list;
  return LW_OK;
}

const char *lw_child_environment(const char *name)
{
  const size_t length = strlen(name);
  for (char **entry = environment; entry && *entry; entry++)
    if (!strncmp(*entry, name, length) && (*entry)[length] == '=') return *entry + length + 1;
  return NULL;
}

static volatile sig_atomic_t asked;   /* times */
static volatile sig_atomic_t at_work; /* the child's id */

static void pass_on(int signal)
{
  (void)signal;
  kill((pid_t)at_work, asked++ == 0 ? SIGUSR1 : SIGTERM);
}

/* In the child: become the program, or end. It has a process group of its own, so that Ctrl-C
   reaches only the parent. */
_Noreturn static void become(const lw_child *child)
{
  setpgid(0, 0);
  lw_signals_child();
  const int input = open(child->input ? child->input : "/dev/null", O_RDONLY);
  const int nowhere = open("/dev/null", O_WRONLY);
  if (input < 0 || nowhere < 0 || dup2(input, STDIN_FILENO) < 0) _exit(NOT_STARTED);
  if (child->silent && (dup2(nowhere, STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0))
    _exit(NOT_STARTED);
  if (child->folder && chdir(child->folder) != 0) _exit(NOT_STARTED);
  if (environment) environ = environment;
  execvp(child->argv[0], (char *const *)child->argv);
  _exit(NOT_STARTED);
}

static int wait_for(pid_t child)
{
  int result = 0;
  while (waitpid(child, &result, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(result) ? WEXITSTATUS(result) : 128 + WTERMSIG(result);
}

lw_status lw_child_run(const lw_child *child, int *code, bool *stopped)
{
  struct sigaction before[LW_SIGNALS_LEAVE];
  sigset_t held, old;
  lw_signals_set(&held);
  fflush(NULL);

  /* A signal must not come before there is a child to pass it to. */
  sigprocmask(SIG_BLOCK, &held, &old);
  const pid_t id = fork();
  if (id == 0) {
    sigprocmask(SIG_SETMASK, &old, NULL);
    become(child);
  }
  asked = 0;
  at_work = (sig_atomic_t)id;
  if (id > 0) lw_signals_catch(pass_on, before);
  sigprocmask(SIG_SETMASK, &old, NULL);
  if (id < 0)
    return lw_fail(LW_ERROR_FILE, "cannot start %s: %s", child->argv[0], lw_reason(errno));

  *code = wait_for(id);
  lw_signals_restore(before);
  *stopped = asked > 0;
  if (*code == NOT_STARTED)
    return lw_fail(LW_ERROR_FILE, "cannot start %s: is it installed?", child->argv[0]);
  return LW_OK;
}
