/** What an import skips: counted while files are read, reported in the notes of the product.
 *  Neighbours: parse/source.h, text.c, text_folder.c, retrieval.c, language.c. */
#ifndef LONGWAVE_TASK_PASSED_OVER_H
#define LONGWAVE_TASK_PASSED_OVER_H

#include "longwave/task/task.h"
#include "longwave/parse/source.h"

/** Zero-initialise. */
typedef struct lw_passed_over {
  lw_cleaned cleaned;
  int64_t last_ends; /* line ends at the end of files that are a document each */
} lw_passed_over;

/** Add a line to the notes if something was skipped. */
LW_MUST_USE lw_status lw_passed_over_note(const lw_passed_over *passed, lw_product *product);

/** "s" for all but 1. */
const char *lw_plural(int64_t count);

#endif
