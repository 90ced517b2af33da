/** What a run writes down about itself in its folder besides metrics.csv, for tables and reports:
 *
 *    times.csv   a line an orderly end: the step, and seconds of rank 0 by kind of work since the
 *                start
 *    chance.csv  a line an evaluation on the validation split: whether the objective's leading
 *                figure is better than that of its baseline (always naming the most frequent class
 *                or next token), and since which step
 *
 *  Each begins with the column `step`; lines beyond the checkpoint that a run goes on from are
 *  dropped. Not here: numbers of every step (run/metrics.h), other splits (run/kept.h), each
 *  start of the run (run/lives.h). */
#ifndef LONGWAVE_RUN_RECORD_H
#define LONGWAVE_RUN_RECORD_H

#include "longwave/train/trainer.h"

/** The sign of record. Zero-initialise. */
typedef struct lw_record {
  double chance; /* lw_evaluation_chance of the samples evaluated; on the root */
  int64_t since; /* above chance in every evaluation since that of this step; 0: not above */
} lw_record;

/** Begin the records: record->since comes from chance.csv. Collective over all; the root
 *  writes. Errors, on all ranks: LW_ERROR_FILE, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_record_start(const char *folder, const lw_trainer *trainer,
                                      lw_record *record);

/** Judge an evaluation by its interval, and add its line. True in *news when the judgement
 *  changed. Local, root. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_record_evaluation(const char *folder, const lw_evaluation *evaluation,
                                           int64_t step, lw_record *record, bool *news);

/** Local, root. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_record_times(const char *folder, int64_t step);

#endif
