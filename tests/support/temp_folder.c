#define _XOPEN_SOURCE 700
#include "temp_folder.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

bool temp_folder_make(char *path)
{
  const char *base = getenv("TMPDIR");
  int length = snprintf(path, TEMP_FOLDER_MAX, "%s/longwave-XXXXXX", base ? base : "/tmp");
  return length < TEMP_FOLDER_MAX && mkdtemp(path);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
  (void)about, (void)kind, (void)walk;
  return remove(path);
}

bool temp_folder_remove(const char *path)
{
  /* Contents before their folder, links not followed. */
  return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0;
}
