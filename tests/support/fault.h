/** File systems that fail, for tests that start the program: fault.c, loaded before all else, lets
 *  chosen calls fail. Until faults_end, programs started by this process meet the faults.
 *
 *    faults("write path=step-00000005 after=10 times=1 errno=EDQUOT; symlink errno=EPERM");
 *    cr_assert_eq(train(2, "run", ""), 0, "%s", output);
 *    faults_end();
 *
 *  A rule: CALL [path=PART] [after=N] [times=M] [rank=R] [errno=NAME | nap=MILLISECONDS | short]
 *    CALL   open, read, write (also p- and -v), fsync, fsync_folder, fallocate, lock, rename, link,
 *           symlink, unlink, mkdir; clock, which by its nap (whole seconds) only seems to be late:
 *           each look at the monotonic clock finds it so much later; not what stdio does by itself behind fputs and fclose
 *    PART   of the path; without it every path
 *    N, M   so many matching calls pass, then so many are struck; without M all
 *    R      only on this rank; a process alone is rank 0
 *    short  a write takes only half of its bytes */
#ifndef TESTS_SUPPORT_FAULT_H
#define TESTS_SUPPORT_FAULT_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/** The library, for scripts: `LD_PRELOAD=... LONGWAVE_FAULTS='RULES' PROGRAM`. */
static inline const char *faults_library(void)
{
  const char *library = getenv("LONGWAVE_FAULT_LIBRARY"); /* set by meson */
  cr_assert(library, "LONGWAVE_FAULT_LIBRARY names no library");
  return library;
}

static inline void faults(const char *rules)
{
  setenv("LONGWAVE_FAULTS", rules, 1);
  setenv("LD_PRELOAD", faults_library(), 1);
  /* a program with sanitizers wants to be the first otherwise */
  const char *own = getenv("ASAN_OPTIONS");
  char options[512];
  snprintf(options, sizeof options, "%s%sverify_asan_link_order=0", own ? own : "", own ? ":" : "");
  setenv("ASAN_OPTIONS", options, 1);
}

static inline void faults_end(void)
{
  unsetenv("LD_PRELOAD");
  unsetenv("LONGWAVE_FAULTS");
}

#endif
