#include "longwave/base/version.h"

/* Set by the program and not compiled in here: a new commit then rebuilds the program alone. */
static const char *commit_now = "";

const char *lw_version_commit(void)
{
  return commit_now;
}

void lw_version_commit_set(const char *commit)
{
  commit_now = commit;
}
