/** What a word of the command line names. A run goes by many names: its folder, the job.yaml in it,
 *  its folder of checkpoints, each with or without slashes at its end. Not here: lists of runs
 *  (run_paths.h), what stands in them (run_view.h). */
#ifndef LONGWAVE_RUN_NAMED_H
#define LONGWAVE_RUN_NAMED_H

#include "longwave/base/option.h"
#include "longwave/comm/world.h"
#include <stdbool.h>

typedef enum lw_named_kind {
  LW_NAMED_NONE,       /* nothing is there */
  LW_NAMED_FILE,       /* a file that belongs to no run */
  LW_NAMED_CHECKPOINT, /* a file among the checkpoints of the run `folder` */
  LW_NAMED_RUN,        /* the run `folder` */
  LW_NAMED_FOLDER,     /* a folder that holds no run itself, maybe one of runs */
} lw_named_kind;

typedef struct lw_named {
  lw_named_kind kind;
  char word[LW_TEXT_MAX];
  char folder[LW_TEXT_MAX]; /* "" of the first two; no slash at its end */
} lw_named;

/** A run is a folder with checkpoints, or with job.yaml and lives.csv. Local. Errors:
 *  LW_ERROR_INPUT for a path that is too long. */
LW_MUST_USE lw_status lw_named_find(const char *word, lw_named *out);

/** Whether runs are right below the folder. Local. */
bool lw_named_holds_runs(const lw_named *named);

/** Fails with LW_ERROR_INPUT: it is not a run; the sentence says what it is, and names the
 *  runs in it if there are some. Local. */
LW_MUST_USE lw_status lw_named_refuse(const lw_named *named);

/** The job file that a word names, and where its run goes when it is told nothing else:
 *  runs/NAME for NAME.yaml, or the run that the word names.
 *  job [LW_TEXT_MAX]  out
 *  run [LW_TEXT_MAX]  in: a folder that was asked for, by any name of its run, or ""; out: it
 *  Local. Errors: LW_ERROR_INPUT when the word names anything but a job. */
LW_MUST_USE lw_status lw_named_job(const char *word, char *job, char *run);

/** "jobs/demo.yaml" to "runs/demo". run [LW_TEXT_MAX] out */
void lw_named_default_run(const char *job, char *run);

typedef enum lw_named_pick { LW_NAMED_NEWEST, LW_NAMED_BEST } lw_named_pick;

/** The file that a word names: itself, or of a run its newest or best checkpoint, which a line of
 *  the log then tells. Without evaluations the newest is the best. path [LW_TEXT_MAX] out, on all
 *  ranks. Collective over all. Errors: LW_ERROR_INPUT when it is neither; those of reading. */
LW_MUST_USE lw_status lw_named_checkpoint(const lw_world *world, const char *word,
                                          lw_named_pick pick, char *path);

#endif
