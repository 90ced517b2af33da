/** What signals mean to this program. Writing to a reader that is gone (PIPE), or beyond the
 *  largest allowed size of a file (XFSZ), fails like any other write and does not end the program.
 *  When a signal asks the program to end, training saves first. */
#ifndef LONGWAVE_BASE_SIGNALS_H
#define LONGWAVE_BASE_SIGNALS_H

#include <signal.h>

enum { LW_SIGNALS_LEAVE = 9 };

/** Called once by main, before anything is opened: PIPE and XFSZ are ignored; standard input,
 *  output and error that are closed become /dev/null, or the next file to be opened would get
 *  their numbers, and lines that are meant for people would be written into it. */
void lw_signals_begin(void);

/** Call `handler` at each signal that asks to leave: INT, TERM, USR1, and, unless they were ignored
 *  (as HUP is under nohup), HUP, QUIT, USR2, XCPU, ALRM, PWR.
 *  before [LW_SIGNALS_LEAVE]  out: for lw_signals_restore; or NULL */
void lw_signals_catch(void (*handler)(int), struct sigaction *before);
void lw_signals_restore(const struct sigaction *before);
/** The signals of lw_signals_catch, to be blocked while it is not yet known how to handle them. */
void lw_signals_set(sigset_t *set);
/** Hold them back from here on, also from threads that are started meanwhile, until _release, when
 *  those that came are delivered. _release without _hold does nothing. */
void lw_signals_hold(void);
void lw_signals_release(void);

/** For another program: PIPE and XFSZ as they were before lw_signals_begin. _child is called
 *  between fork and exec; _default fills a set for posix_spawn. */
void lw_signals_child(void);
void lw_signals_default(sigset_t *set);

#endif
