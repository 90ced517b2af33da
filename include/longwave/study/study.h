/** A study: one job with every combination of some settings and seeds. The file:
 *
 *    job: jobs/demo.yaml          # what all runs have in common
 *    runs: runs/methods           # folder of their run folders; runs/NAME for a study NAME.yaml
 *    launch: sh jobs/launch.sh 2  # words before `longwave`; nothing: one rank
 *    seeds: [1, 2, 3]
 *    set: {train.steps: 500}      # changes to the job, for all runs
 *    grid:
 *      method:                    # a word: named groups of settings
 *        plain: {attention.bound: 0, attention.window: 1}
 *        las: {attention: {locality: scale, window: 3}}
 *      optimizer.learning_rate: [1e-3, 3e-3]   # section.key: a list of values
 *    tune:                        # as grid, but only the best choice gets the other seeds
 *      optimizer.warmup: [100, 300]
 *
 *  Only `job` is required. Runs are numbered from 0, seeds change fastest. With `tune` each
 *  combination of the grid first has a run with every choice of `tune` and the first seed; behind
 *  all of these come the runs with the other seeds, whose choice is the one of which the first run
 *  was best on the validation split (study_tune.h). */
#ifndef LONGWAVE_STUDY_STUDY_H
#define LONGWAVE_STUDY_STUDY_H

#include "longwave/base/option.h"

typedef struct lw_study_choice {
  char label[128]; /* its part of a run's name; "" for none */
  int64_t set_count;
  struct lw_study_set *sets; /* owned */
} lw_study_choice;

typedef struct lw_study_set {
  char text[LW_TEXT_MAX]; /* "section.key=value" */
  int line, column;       /* of the value in the study */
} lw_study_set;

typedef struct lw_study_axis {
  int64_t count;
  lw_study_choice *choices; /* owned */
} lw_study_axis;

enum { LW_STUDY_AXES = 32, LW_STUDY_SETS = 256, LW_STUDY_RUNS = 100000 };

typedef struct lw_study {
  char path[LW_TEXT_MAX]; /* of the study itself */
  char job[LW_TEXT_MAX], runs[LW_TEXT_MAX], launch[LW_TEXT_MAX];
  int64_t axis_count;
  lw_study_axis axes[LW_STUDY_AXES];
  int64_t count; /* of runs */
  /* Axes [tune_from, tune_to) are those of `tune`, [tune_to, axis_count) the seeds. */
  int64_t tune_from, tune_to;
  int64_t combinations, choices, seeds; /* of the grid, of `tune` (1: there is none), of seeds */
  int64_t first;   /* runs before the first one whose choice is found by others; all: count */
  int64_t *chosen; /* [combinations] choice of `tune`; -1: not known yet. Owned */
} lw_study;

/** Local. Errors: LW_ERROR_FILE; LW_ERROR_INPUT with file:line:column; LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_study_read(lw_study *study, const char *path);
void lw_study_done(lw_study *study);

/** Whether the settings of a run are known: they may depend on what others come to. */
bool lw_study_known(const lw_study *study, int64_t run);
/** The combination of the grid that a run belongs to, and the run of it with a choice of `tune` and
 *  the first seed. */
int64_t lw_study_combination(const lw_study *study, int64_t run);
int64_t lw_study_first_run(const lw_study *study, int64_t combination, int64_t choice);

/** The settings of a run in sets [LW_STUDY_SETS], borrowed; returns how many. name [LW_TEXT_MAX]
 *  out: "las_learning_rate-1e-3_seed-2". */
int lw_study_run(const lw_study *study, int64_t run, const char **sets, char *name);

/** "study.yaml:5:12", where a run's value of `key` stands in the study; "" when the study does not
 *  set it. location [LW_TEXT_MAX] out. */
void lw_study_location(const lw_study *study, int64_t run, const char *key, char *location);

#endif
