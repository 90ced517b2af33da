/** Different texts, each with how often it was added; found by their hash. Memory: that of the
 *  different ones. */
#ifndef LONGWAVE_TASK_WORDS_H
#define LONGWAVE_TASK_WORDS_H

#include "longwave/base/status.h"
#include <stdint.h>

typedef struct lw_word {
  int64_t text; /* where it begins in `texts` */
  int64_t count;
} lw_word;

/** Zero-initialise. */
typedef struct lw_words {
  char *texts; /* each with a 0 behind it */
  int64_t text_used, text_room;
  lw_word *word; /* [count] in the order in which they came */
  int64_t count, room;
  int64_t *slot; /* [slots], a power of two: index + 1, 0: free */
  int64_t slots;
} lw_words;

/** Count a text [length] once more. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_words_add(lw_words *words, const char *text, int64_t length);
/** The index of a text, or -1. */
int64_t lw_words_find(const lw_words *words, const char *text, int64_t length);
/** Borrowed until the next one is added. */
const char *lw_words_text(const lw_words *words, int64_t index);

/** The texts that came at least `least` times: the commonest first, equally common ones by strcmp.
 *  *out [*count]: to be given back with lw_mem_give; the texts are borrowed. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_words_common(const lw_words *words, int64_t least, const char ***out,
                                      int64_t *count);

void lw_words_done(lw_words *words);

#endif
