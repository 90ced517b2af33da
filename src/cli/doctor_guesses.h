/** The figures of guesses that need no training, as the objective of a data set lists them. Local.
 *  Neighbours: doctor_study.h, guesses at the class of a sample that look at items. */
#ifndef LONGWAVE_CLI_DOCTOR_GUESSES_H
#define LONGWAVE_CLI_DOCTOR_GUESSES_H

#include "longwave/data/dataset.h"

/** On the split that is judged. Errors: LW_ERROR_MEMORY, those of reading. */
LW_MUST_USE lw_status lw_doctor_print_figures(const lw_dataset *dataset, lw_split judged);

#endif
