/** The version of the program; meson.build stops if its own version differs. */
#ifndef LONGWAVE_BASE_VERSION_H
#define LONGWAVE_BASE_VERSION_H

#define LW_VERSION "0.1.0"

/** The git commit that the program was built from, as "abc1234", or "abc1234 with changes" when
 *  files differed from it; "" when it was built without git, and in programs that never set it. */
const char *lw_version_commit(void);

/** At the start of the program. The text is borrowed for its whole run. */
void lw_version_commit_set(const char *commit);

#endif
