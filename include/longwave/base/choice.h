/** A choice: one list from which both an enumeration and its words are made, so that they cannot
 *  differ.
 *
 *      #define LW_DECAY_CHOICES(TYPE, ITEM)                                                       \
 *        TYPE(lw_decay)                                                                           \
 *        ITEM(LW_DECAY_LINEAR, "linear")                                                          \
 *        ITEM(LW_DECAY_LIST, "list")
 *      LW_CHOICE(LW_DECAY_CHOICES);
 *
 *  declares `typedef enum lw_decay { LW_DECAY_LINEAR, LW_DECAY_LIST } lw_decay`; a row of a table
 *  of options (base/option.h) takes LW_DECAY_CHOICES, and a member that is an lw_decay.
 *  A set of items is an lw_choices; a row takes it by LW_CHOICES_ROW.
 *  To add an item: add a line to the list, then whatever the compiler reports as missing. Not here:
 *  the parsing of words (base/option.h). */
#ifndef LONGWAVE_BASE_CHOICE_H
#define LONGWAVE_BASE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A set of items of one list: a bit each, of constant c 1 << c. */
typedef struct lw_choices {
  uint32_t bits;
} lw_choices;
static inline bool lw_choices_have(lw_choices set, int constant)
{
  return set.bits >> constant & 1u;
}

/** The enumeration of a list. */
#define LW_CHOICE(LIST)                                                                            \
  LIST(LW_CHOICE_OPEN, LW_CHOICE_CONSTANT)                                                         \
  }                                                                                                \
  ;                                                                                                \
  LIST(LW_CHOICE_TYPEDEF, LW_CHOICE_NOTHING)

/** The words of a list in the order of the enumeration and NULL, for an array's braces. */
#define LW_CHOICE_WORDS(LIST) LIST(LW_CHOICE_NOTHING, LW_CHOICE_WORD) NULL
/** The word of one constant. */
#define LW_CHOICE_WORD_OF(LIST, constant) (((const char *const[]){LW_CHOICE_WORDS(LIST)})[constant])
/** How many items a list has. */
#define LW_CHOICE_COUNT(LIST) (LIST(LW_CHOICE_NOTHING, LW_CHOICE_ONE))
/** "lw_decay *": the type of a pointer to the list's enumeration. */
#define LW_CHOICE_POINTER(LIST) LIST(LW_CHOICE_POINTER_TO, LW_CHOICE_NOTHING)

#define LW_CHOICE_OPEN(type) enum type {
#define LW_CHOICE_TYPEDEF(type) typedef enum type type
#define LW_CHOICE_POINTER_TO(type) type *
#define LW_CHOICE_CONSTANT(constant, word) constant,
#define LW_CHOICE_WORD(constant, word) word,
#define LW_CHOICE_ONE(constant, word) +1
#define LW_CHOICE_NOTHING(...)

#endif
