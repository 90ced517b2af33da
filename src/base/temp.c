#define _XOPEN_SOURCE 700
#include "longwave/base/temp.h"
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lw_status lw_temp_make(const char *use, char *path)
{
  const char *below = getenv("TMPDIR");
  if (!below || !*below) below = "/tmp";
  const int length = snprintf(path, LW_TEMP_MAX, "%s/longwave-%s-XXXXXX", below, use);
  if (length < LW_TEMP_MAX && mkdtemp(path)) return LW_OK;
  const int reason = length < LW_TEMP_MAX ? errno : ENAMETOOLONG;
  *path = 0;
  return lw_fail(LW_ERROR_FILE,
                 "cannot make a temporary folder in '%s': %s; set TMPDIR to a folder that can be "
                 "written",
                 below, strerror(reason));
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
  (void)about, (void)kind, (void)walk;
  (void)remove(path); /* what stays is found in the folder of temporary files */
  return 0;
}

void lw_temp_remove(char *path)
{
  enum { OPEN_MOST = 8 };
  if (*path) nftw(path, remove_one, OPEN_MOST, FTW_DEPTH | FTW_PHYS);
  *path = 0;
}
