/** Columns of a file among which are figures of an objective. Local. */
#ifndef LONGWAVE_RUN_FIELD_LIST_H
#define LONGWAVE_RUN_FIELD_LIST_H

#include "longwave/base/csv.h"
#include "longwave/model/objective.h"

enum { LW_FIELD_LIST = 16 + LW_FIGURES };

/** Zero-initialise. */
typedef struct lw_field_list {
  int count;
  lw_csv_field field[LW_FIELD_LIST];
} lw_field_list;

void lw_field_list_add(lw_field_list *list, const lw_csv_field *fields, int count);
/** A figure by its number; score: the offset of the lw_score in the rows. */
void lw_field_list_figure(lw_field_list *list, const lw_objective *objective, int figure,
                          size_t score);

#endif
