/** A folder for one test's files. Names begin with /tmp/longwave-, or $TMPDIR. */
#ifndef TESTS_SUPPORT_TEMP_FOLDER_H
#define TESTS_SUPPORT_TEMP_FOLDER_H

#include <stdbool.h>

enum { TEMP_FOLDER_MAX = 512 };

/** path [TEMP_FOLDER_MAX] becomes the name of a fresh, empty folder. */
bool temp_folder_make(char *path);

/** Remove the folder and all in it. */
bool temp_folder_remove(const char *path);

#endif
