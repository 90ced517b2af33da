/** What the ids of a text are. As bytes an id is the byte itself, 256 in all. As characters: 0 is a
 *  character that is rare in the train split, then the end mark if there is one, then the frequent
 *  characters in the order of their code points. Neighbours: text.c, retrieval.c, language.c. */
#ifndef LONGWAVE_TASK_ALPHABET_H
#define LONGWAVE_TASK_ALPHABET_H

#include "longwave/base/choice.h"
#include "longwave/task/task.h"

#define LW_ALPHABET_CHOICES(TYPE, ITEM)                                                            \
  TYPE(lw_alphabet_kind)                                                                           \
  ITEM(LW_ALPHABET_BYTES, "bytes")                                                                 \
  ITEM(LW_ALPHABET_CHARACTERS, "characters")
LW_CHOICE(LW_ALPHABET_CHOICES);

/** How texts become ids: a part of a task's settings, filled by LW_ALPHABET_OPTIONS. */
typedef struct lw_alphabet_settings {
  int64_t max_length; /* ids of a text, the end mark among them; 0: whole */
  int64_t min_count;  /* how often a character must stand in the train split */
  lw_alphabet_kind kind;
  bool end_mark; /* a last id behind each text */
} lw_alphabet_settings;

/* clang-format off */
#define LW_ALPHABET_OPTIONS(settings, member, least, longest)                                      \
  LW_CHOICE_ROW("alphabet", FLAG, LW_AT(settings, member.kind), LW_ALPHABET_CHOICES, "bytes",      \
                "bytes as in Long Range Arena, or characters as in S4's results"),                 \
  LW_INT_ROW("min_count", FLAG, LW_AT(settings, member.min_count), least, 1, 1e9,                  \
             "characters: rarer ones of the train split share one id"),                            \
  LW_BOOL_ROW("end_mark", FLAG, LW_AT(settings, member.end_mark), "false",                         \
              "characters: end each document with an id of its own"),                              \
  LW_INT_ROW("max_length", FLAG, LW_AT(settings, member.max_length), longest, 0, 1e9,              \
             "cut each document to so many ids, the end mark among them; 0: whole")
/* clang-format on */

/** What --like sets: "alphabet", "min_count", "end_mark", NULL */
extern const char *const lw_alphabet_flags[];

/** Refuse flags for characters beside bytes: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_alphabet_check(const lw_alphabet_settings *own,
                                        const lw_option_section *flags);

/** Take kind and end mark from another data set (NULL: nothing to do). Errors: LW_ERROR_INPUT when
 *  its ids are neither bytes nor characters. */
LW_MUST_USE lw_status lw_alphabet_like(const lw_dataset *other, lw_alphabet_settings *own);

/** Learn the characters of the train split, or take those of `other` when it is not NULL, and turn
 *  the texts of all splits into ids. Sets vocabulary and names of the recipe. Characters that
 *  `other` does not know become its id for rare ones and are counted in the notes. Errors:
 *  LW_ERROR_INPUT when there are too many characters for 256 ids, or no id for unknown ones. */
LW_MUST_USE lw_status lw_alphabet_apply(const lw_alphabet_settings *own, const lw_dataset *other,
                                        lw_product *product);

#endif
