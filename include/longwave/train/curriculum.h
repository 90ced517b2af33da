/** What a training learns from, step by step: easier data sets before the one that it is about
 *  (data.before), and shorter samples at first (data.length_warmup). Which data set, which of its
 *  samples and how long they are is a function of the step alone. Evaluations are always of
 *  data.path at its full length.
 *  Not here: the order of samples (data/batch.h), start values of another training
 *  (train/start_from.h). */
#ifndef LONGWAVE_TRAIN_CURRICULUM_H
#define LONGWAVE_TRAIN_CURRICULUM_H

#include "longwave/data/batch.h"
#include "longwave/train/job.h"

enum { LW_STAGES = 16 };

/** A data set before the one of the job. */
typedef struct lw_stage {
  char path[LW_TEXT_MAX];
  int64_t first, steps; /* it is learnt from in steps first + 1 .. first + steps */
  lw_dataset *dataset;  /* NULL until it is opened */
  lw_order order;
} lw_stage;

typedef struct lw_curriculum {
  int count;
  lw_stage *stage; /* [count] owned */
  int64_t steps;   /* of all stages */
} lw_curriculum;

/** Samples of a step: of which data set, from which place of its order on, cut to how many tokens
 *  (0: whole). */
typedef struct lw_lesson {
  const lw_dataset *dataset; /* NULL: that of the job */
  lw_order *order;           /* likewise */
  int64_t cursor, max_length;
} lw_lesson;

/** The stages that data.before names; nothing is opened. Local. Errors: LW_ERROR_INPUT (what is
 *  wrong with the text, without its place), LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_curriculum_read(const char *before, lw_curriculum *out);
/** Steps of all stages; 0 for a text that lw_curriculum_read refuses. Local. */
int64_t lw_curriculum_steps(const lw_job *job);
/** Opens the data sets of the stages, which must ask what `dataset` asks, of items with the same
 *  meaning, in samples that are not longer. Local. Errors: those of lw_job_open_data;
 *  LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_curriculum_open(lw_curriculum *curriculum, const lw_job *job,
                                         const lw_dataset *dataset);
void lw_curriculum_done(lw_curriculum *curriculum);

/** The lesson of the step behind `step`. cursor: of the job's own order. longest: tokens of the
 *  longest training sample. Local. */
lw_lesson lw_curriculum_lesson(lw_curriculum *curriculum, const lw_job *job, int64_t step,
                               int64_t cursor, int64_t longest);
/** Whether samples of the job's own data set are learnt from behind `step`. Local. */
bool lw_curriculum_over(const lw_curriculum *curriculum, int64_t step);
/** The stage of the step behind `step`; -1: all are over. Local. */
int lw_curriculum_stage(const lw_curriculum *curriculum, int64_t step);

#endif
