/** Stand-ins for SLURM's programs, for tests of what the program tells them. */
#ifndef TESTS_SUPPORT_SLURM_CASE_H
#define TESTS_SUPPORT_SLURM_CASE_H

#include "train_case.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/** The folder of train_case.h with stand-ins for SLURM's programs, first in PATH: each appends its
 *  words, one a line, to the file calls. sbatch refuses while there is a file refuse; squeue says
 *  what the file queue holds, sinfo, whose calls are not noted, the file nodes. */
static inline void start_with_stand_ins(void)
{
  static const char *const programs[] = {"sbatch", "squeue", "scancel", "sinfo"};
  char path[TRAIN_PATH], text[16 * TRAIN_PATH];
  start();
  for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
    snprintf(text, sizeof text,
             "#!/bin/sh\n[ ${0##*/} != sinfo ] || exec cat %s/nodes\n"
             "printf '%%s\\n' \"${0##*/}\" \"$@\" >>%s/calls\n"
             "env >\"$0.environment\"\n"
             "case ${0##*/} in\nsbatch) [ ! -e %s/refuse ] || exit 1; echo '31;west' ;;\n"
             "squeue) cat %s/queue 2>/dev/null ;;\nesac\nexit 0\n",
             folder, folder, folder, folder);
    write_text(programs[i], text);
    snprintf(path, sizeof path, "%s/%s", folder, programs[i]);
    cr_assert_eq(chmod(path, 0755), 0);
  }
  snprintf(text, sizeof text, "%s:%s", folder, getenv("PATH"));
  setenv("PATH", text, 1);
}

/** What they were told since `calls` was last emptied. */
static inline const char *calls(void)
{
  static char text[8192];
  char path[TRAIN_PATH];
  snprintf(path, sizeof path, "%s/calls", folder);
  FILE *file = fopen(path, "r");
  text[file ? fread(text, 1, sizeof text - 1, file) : 0] = '\0';
  if (file) fclose(file);
  return text;
}

static inline bool exists(const char *name)
{
  char path[TRAIN_PATH];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return access(path, F_OK) == 0;
}

static inline int shell_code(const char *text)
{
  return run_program((const char *const[]){"sh", "-c", text, NULL}, 0, TRAIN_LIMIT, output,
                     sizeof output);
}

#endif
