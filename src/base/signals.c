#define _GNU_SOURCE /* SIGPWR */
#include "longwave/base/signals.h"
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>

static const struct {
  int number;
  bool always; /* even if it was ignored, as INT is by what a shell script starts with & */
} leave[LW_SIGNALS_LEAVE] = {{SIGINT, true},   {SIGTERM, true},  {SIGUSR1, true},
                             {SIGHUP, false},  {SIGQUIT, false}, {SIGUSR2, false},
                             {SIGXCPU, false}, {SIGALRM, false}, {SIGPWR, false}};

static const int broken[] = {SIGPIPE, SIGXFSZ};
enum { BROKEN = sizeof broken / sizeof *broken };
static struct sigaction broken_before[BROKEN];

static bool held;
static sigset_t mask_before; /* lw_signals_hold */

void lw_signals_begin(void)
{
  const struct sigaction ignore = {.sa_handler = SIG_IGN};
  for (int i = 0; i < BROKEN; i++) sigaction(broken[i], &ignore, &broken_before[i]);
  for (int stream = 0; stream <= 2; stream++)
    if (fcntl(stream, F_GETFD) < 0) (void)!open("/dev/null", stream ? O_WRONLY : O_RDONLY);
}

void lw_signals_catch(void (*handler)(int), struct sigaction *before)
{
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < LW_SIGNALS_LEAVE; i++) {
    sigaction(leave[i].number, NULL, &old);
    if (leave[i].always || old.sa_handler != SIG_IGN) sigaction(leave[i].number, &action, NULL);
    if (before) before[i] = old;
  }
}

void lw_signals_restore(const struct sigaction *before)
{
  for (int i = 0; i < LW_SIGNALS_LEAVE; i++) sigaction(leave[i].number, &before[i], NULL);
}

void lw_signals_set(sigset_t *set)
{
  sigemptyset(set);
  for (int i = 0; i < LW_SIGNALS_LEAVE; i++) sigaddset(set, leave[i].number);
}

void lw_signals_hold(void)
{
  sigset_t set;
  lw_signals_set(&set);
  held = sigprocmask(SIG_BLOCK, &set, &mask_before) == 0;
}

void lw_signals_release(void)
{
  if (held) sigprocmask(SIG_SETMASK, &mask_before, NULL);
  held = false;
}

void lw_signals_child(void)
{
  for (int i = 0; i < BROKEN; i++) sigaction(broken[i], &broken_before[i], NULL);
}

void lw_signals_default(sigset_t *set)
{
  sigemptyset(set);
  for (int i = 0; i < BROKEN; i++)
    if (broken_before[i].sa_handler != SIG_IGN) sigaddset(set, broken[i]);
}
