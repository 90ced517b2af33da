/** What the ids of a text are. As bytes an id is the byte itself, 256 in all. As characters: 0 is a
 *  character that is rare in the train split, then the end mark if there is one, then the frequent
 *  characters in the order of their code points. Neighbours: text.c, retrieval.c, language.c. */
#ifndef LONGWAVE_DATA_ALPHABET_H
#define LONGWAVE_DATA_ALPHABET_H

#include "longwave/data/task.h"

typedef enum lw_alphabet_kind { LW_ALPHABET_BYTES, LW_ALPHABET_CHARACTERS } lw_alphabet_kind;
extern const char *const lw_alphabet_choices[]; /* "bytes", "characters" */

typedef struct lw_alphabet {
  lw_alphabet_kind kind;
  bool end_mark; /* a last id behind each text */
  int64_t least; /* how often a character must stand in the train split */
  int64_t characters;
  uint32_t code[LW_IDS_MAX]; /* [characters] ascending */
} lw_alphabet;

/** The place of the first byte that is no UTF-8, or -1. */
int64_t lw_utf8_check(const char *text, int64_t length);

/** Learn the characters of `train` and turn the texts of all splits into ids; each text is cut to
 *  max_length ids, the end mark among them (0: whole). Sets vocabulary and names of the recipe.
 *  Errors: LW_ERROR_INPUT when there are too many characters for 256 ids. */
LW_MUST_USE lw_status lw_alphabet_apply(lw_alphabet *alphabet, int64_t max_length,
                                        lw_product *product);

#endif
