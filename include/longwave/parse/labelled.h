/** Words with a label each, in sentences: CoNLL-U, and lines of two or more columns with an empty
 *  line after each sentence; plain or gzip. Of CoNLL-U, lines with ids such as 3-4 (several words
 *  that are written as one) and 5.1 (a word that is left out) are passed over and counted. Local.
 *  Source: the CoNLL-U format of Universal Dependencies. Not here: classes and vocabularies. */
#ifndef LONGWAVE_PARSE_LABELLED_H
#define LONGWAVE_PARSE_LABELLED_H

#include "longwave/base/choice.h"
#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

#define LW_LABELLED_CHOICES(TYPE, ITEM)                                                            \
  TYPE(lw_labelled_form)                                                                           \
  ITEM(LW_LABELLED_CONLLU, "conllu")   /* ten columns with tabs between them, '#' comments */      \
  ITEM(LW_LABELLED_COLUMNS, "columns") /* tabs between them or, on lines without one, blanks */
LW_CHOICE(LW_LABELLED_CHOICES);

typedef struct lw_labelled_settings {
  lw_labelled_form form;
  int64_t word, label; /* their columns, from 1 */
} lw_labelled_settings;

typedef struct lw_labelled lw_labelled;

/** Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_labelled_open(const char *path, const lw_labelled_settings *settings,
                                       lw_labelled **out);
void lw_labelled_close(lw_labelled **file);

typedef enum lw_labelled_kind {
  LW_LABELLED_WORD,
  LW_LABELLED_SENTENCE, /* a sentence with words has ended */
  LW_LABELLED_END       /* of the file; `word` is NULL */
} lw_labelled_kind;

typedef struct lw_labelled_item {
  lw_labelled_kind kind;
  const char *word, *label; /* UTF-8; borrowed until the next call */
  bool document;            /* of a word: it is the first of a document ("# newdoc") */
  const char *name;         /* of that document, "" without one ("# newdoc id = a") */
  int64_t line;             /* from 1 */
} lw_labelled_item;

/** The next item. Errors: LW_ERROR_FILE; LW_ERROR_FORMAT with path and line: too few columns, no
 *  UTF-8, no id, an empty word or label. */
LW_MUST_USE lw_status lw_labelled_next(lw_labelled *file, lw_labelled_item *item);

/** Lines of words that were passed over: written as one, left out. */
void lw_labelled_passed(const lw_labelled *file, int64_t *joined, int64_t *empty);

#endif
