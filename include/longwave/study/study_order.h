/** order.txt in the folder of a study's runs: their names in the order of the study, a line each,
 *  so that tables and reports of the folder need not sort them by name. Local, root. */
#ifndef LONGWAVE_STUDY_STUDY_ORDER_H
#define LONGWAVE_STUDY_STUDY_ORDER_H

#include "longwave/study/study.h"

/** Make the folder if need be. Errors: LW_ERROR_FILE, LW_ERROR_INPUT, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_study_order_write(const lw_study *study);

/** Call `take` with the path of each run that the file names, until one fails. No file: none.
 *  Errors: those of `take`. */
LW_MUST_USE lw_status lw_study_order_each(const char *runs,
                                          lw_status (*take)(void *context, const char *folder),
                                          void *context);

#endif
