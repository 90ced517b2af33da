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

static volatile sig_atomic_t asked;                     /* times */
static volatile sig_atomic_t at_work[LW_CHILDREN_MOST]; /* their ids; 0: none */

static void pass_on(int signal)
{
  (void)signal;
  const int passed = asked++ == 0 ? SIGUSR1 : SIGTERM;
  for (int i = 0; i < LW_CHILDREN_MOST; i++)
    if (at_work[i] > 0) kill((pid_t)at_work[i], passed);
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

/* How many could be started; errno tells why not all were. */
static int start_all(const lw_child *children, int count, const sigset_t *old)
{
  for (int i = 0; i < count; i++) {
    const pid_t id = fork();
    if (id == 0) {
      sigprocmask(SIG_SETMASK, old, NULL);
      become(&children[i]);
    }
    if (id < 0) return i;
    at_work[i] = (sig_atomic_t)id;
  }
  return count;
}

/* The worst of their exit codes. */
static int wait_for_all(int count)
{
  int worst = 0;
  for (int i = 0; i < count; i++) {
    const int code = wait_for((pid_t)at_work[i]);
    at_work[i] = 0;
    if (code > worst) worst = code;
  }
  return worst;
}

lw_status lw_child_run_all(const lw_child *children, int count, int *code, bool *stopped)
{
  struct sigaction before[LW_SIGNALS_LEAVE];
  sigset_t held, old;
  lw_signals_set(&held);
  fflush(NULL);

  /* A signal must not come before there is a child to pass it to. */
  sigprocmask(SIG_BLOCK, &held, &old);
  asked = 0;
  const int started = start_all(children, count, &old);
  const int error = errno;
  if (started > 0) lw_signals_catch(pass_on, before);
  sigprocmask(SIG_SETMASK, &old, NULL);

  *code = wait_for_all(started);
  if (started > 0) lw_signals_restore(before);
  *stopped = asked > 0;
  if (started < count)
    return lw_fail(LW_ERROR_FILE, "cannot start %s: %s", children->argv[0], lw_reason(error));
  if (*code == NOT_STARTED)
    return lw_fail(LW_ERROR_FILE, "cannot start %s: is it installed?", children->argv[0]);
  return LW_OK;
}

lw_status lw_child_run(const lw_child *child, int *code, bool *stopped)
{
  return lw_child_run_all(child, 1, code, stopped);
}
