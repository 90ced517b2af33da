/** What the two ways to find files share. */
#ifndef LONGWAVE_TASK_ENTRIES_INSIDE_H
#define LONGWAVE_TASK_ENTRIES_INSIDE_H

#include "entries.h"

/** name: from the folder, or from the root of all files. */
LW_MUST_USE lw_status lw_entries_add(lw_entries *entries, const char *folder, const char *name);
/** A copy of text [length] to *to, NULL before; no text and an empty one leave it so. */
LW_MUST_USE lw_status lw_entry_set(char **to, const char *text, int64_t length);
void lw_entry_put_in(lw_entries *entries, lw_entry *entry, lw_split split);

/** A list of files: lines of path, class, split and group with tabs or, on lines without one,
 *  commas between. A first line that begins with the word "path" or "name" names the columns;
 *  "class", "split" and "group" count, in any order. Paths are from `folder` or, if it is "", from
 *  the folder of the list. Errors: LW_ERROR_FILE; LW_ERROR_INPUT with the line: no path, no class,
 *  no split of this name. */
LW_MUST_USE lw_status lw_entry_list_read(const char *list, const char *folder, bool unlabelled,
                                         lw_entries *entries);

#endif
