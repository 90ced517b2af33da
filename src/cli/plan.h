/** What `longwave plan` found, and how it is told. */
#ifndef LONGWAVE_CLI_PLAN_H
#define LONGWAVE_CLI_PLAN_H

#include "longwave/base/json.h"
#include "longwave/run/folder.h"
#include "longwave/run/plan.h"

enum { LW_PLAN_ROWS = 32 };

typedef struct lw_plan {
  const char *path;         /* of the job file */
  char source[LW_PATH_MAX]; /* the file of the rates */
  lw_rates rates;
  lw_plan_job job;
  lw_plan_row row[LW_PLAN_ROWS];
  int count;
  lw_plan_choice choice;
} lw_plan;

/** "1,2,4" into the rows. Errors: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_plan_ranks_read(lw_plan *plan, const char *list);

void lw_plan_print(const lw_plan *plan, FILE *out);
/** Add everything to an empty document. */
void lw_plan_add_to(lw_json root, const lw_plan *plan);

#endif
