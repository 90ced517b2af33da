/** Files from outside that are read as the data set of a training was: by the same task with the
 *  same settings, with the names of classes and the scales of that data set, whether they have
 *  answers or not. All samples are in the test split. For predictions. */
#ifndef LONGWAVE_TASK_NEW_DATA_H
#define LONGWAVE_TASK_NEW_DATA_H

#include "longwave/data/dataset.h"

typedef struct lw_new_data {
  const lw_dataset *like;   /* the data set of the training, or its head; borrowed */
  const char *const *files; /* [count] >= 1 */
  int count;
  const char *path; /* of the data set to make */
} lw_new_data;

/** notes out: lines for people, to be given back with lw_mem_give; NULL: none. Collective over all.
 *  Errors, on all ranks: LW_ERROR_INPUT: the task reads no such files, or not several; those of the
 *  task and of lw_builder_finish. */
LW_MUST_USE lw_status lw_new_data_make(const lw_world *world, const lw_new_data *how, char **notes);

#endif
