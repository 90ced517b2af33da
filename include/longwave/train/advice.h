/** Settings of a job that cannot do what they ask for, or do it worse, told before the first step.
 *  One rule each in the table of src/train/advice.c. What is fulfilled anyway, such as a limit
 *  above the number of samples, is not told. Not here: what is refused (train/job.h). */
#ifndef LONGWAVE_TRAIN_ADVICE_H
#define LONGWAVE_TRAIN_ADVICE_H

#include "longwave/data/dataset.h"
#include "longwave/train/job.h"

enum { LW_ADVICE_TEXT = 1024 };

/** How many rules there are. */
int lw_advice_rules(void);
/** The sentence of rule number `rule` on a job and its data; "" when there is nothing to say. Pure
 *  arithmetic. text out, returned. */
const char *lw_advice(int rule, const lw_job *job, const lw_dataset_info *data,
                      char text[LW_ADVICE_TEXT]);

/** All that the rules say, and classes that a split lacks, as warnings of the root. Local. */
void lw_advice_log(const lw_job *job, const lw_dataset *dataset);

#endif
