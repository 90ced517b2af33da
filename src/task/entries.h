/** Files that are a sample each: those of a folder and the folders in it, with a class, a group and
 *  a split by a pattern over their names; or those that a list names. Neighbours: audio.c,
 *  colour.c. */
#ifndef LONGWAVE_TASK_ENTRIES_H
#define LONGWAVE_TASK_ENTRIES_H

#include "building.h"

/** What the options say, a member of the settings struct. */
typedef struct lw_entry_settings {
  char folder[LW_TEXT_MAX], list[LW_TEXT_MAX], pattern[LW_TEXT_MAX];
  char validation_if[LW_TEXT_MAX], test_if[LW_TEXT_MAX];
} lw_entry_settings;
/* clang-format off */
#define LW_ENTRY_OPTIONS(owner, member)                                                            \
  LW_TEXT_ROW("folder", FLAG, LW_AT(owner, member.folder), "", 0, LW_TEXT_MAX - 1,                 \
              "the folder of the files, which may be in folders of it"),                           \
  LW_TEXT_ROW("list", FLAG, LW_AT(owner, member.list), "", 0, LW_TEXT_MAX - 1,                     \
              "in place of --pattern: a file of lines path, class, split, group with tabs or "     \
              "commas between; the last two may be missing, paths are from --folder or from the "  \
              "folder of the list"),                                                               \
  LW_TEXT_ROW("pattern", FLAG, LW_AT(owner, member.pattern), "{class}/{name}", 1, LW_TEXT_MAX - 1, \
              "what a path from --folder without its ending tells, in parts of any name; {class}, "\
              "{group} and {split} count; several patterns with || between are tried in turn"),   \
  LW_TEXT_ROW("validation_if", FLAG, LW_AT(owner, member.validation_if), "", 0, LW_TEXT_MAX - 1,   \
              "files for validation by a part of the pattern, such as take=5,6"),                  \
  LW_TEXT_ROW("test_if", FLAG, LW_AT(owner, member.test_if), "", 0, LW_TEXT_MAX - 1,               \
              "files for testing by a part of the pattern, such as take=0,1,2,3,4")
/* clang-format on */

typedef struct lw_entry {
  char *path;          /* to be opened */
  const char *name;    /* borrowed from path: without the folder */
  char *class, *group; /* NULL: not known */
  bool has_split;
  lw_split split;
} lw_entry;

/** Zero-initialise. */
typedef struct lw_entries {
  lw_entry *entry; /* [count] in the order of the names, or of the list */
  int64_t count, room;
  bool grouped, split[LW_SPLITS]; /* whether some have a group; which splits are given */
  int64_t passed;                 /* files with other endings */
  char *first_passed;             /* one of them */
} lw_entries;

/** endings: of the files, such as {".wav", NULL}, in either case. unlabelled: entries may have no
 *  class. Local; the same on all ranks. Errors: LW_ERROR_FILE; LW_ERROR_INPUT: nothing is found, a
 *  name does not fit the pattern, a line of the list with its number, all have one class. */
LW_MUST_USE lw_status lw_entries_read(const lw_entry_settings *settings, const char *const *endings,
                                      bool unlabelled, lw_entries *entries);
void lw_entries_done(lw_entries *entries);

/** A note about the files of the folder that were passed over, if there are some. endings for
 *  people: ".wav or .ogg". Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_entries_say_passed(lw_building *building, const lw_entries *entries,
                                            const char *folder, const char *endings);

#endif
