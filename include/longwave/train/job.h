/** A job: everything that decides a training, as one struct of plain data, joined from the option
 *  tables of the modules. Read by the root from a YAML file and --set, sent to all, saved in the
 *  run folder and in every checkpoint. Not here: what the options do; each section's module says
 *  that. */
#ifndef LONGWAVE_TRAIN_JOB_H
#define LONGWAVE_TRAIN_JOB_H

#include "longwave/base/option.h"
#include "longwave/comm/world.h"
#include "longwave/data/dataset.h"
#include "longwave/model/model.h"
#include "longwave/train/optimizer_options.h"

typedef struct lw_data_options {
  char path[LW_TEXT_MAX];
  int64_t max_length;
  lw_input_options input;
  char before[LW_TEXT_MAX]; /* train/curriculum.h */
  int64_t length_start, length_warmup;
  /* Not options. Where the path was given: "jobs/x.yaml:7:9", "--set", a checkpoint; and the
     command that makes the file, if the comments of the job file name it. */
  char given[LW_TEXT_MAX], recipe[LW_TEXT_MAX];
} lw_data_options;

typedef struct lw_train_options {
  int64_t steps;  /* of the whole training; of a job with epochs known once the data set is */
  int64_t epochs; /* 0: the steps were given */
  int64_t batch_size, accumulation, seed;
  char start_from[LW_TEXT_MAX]; /* train/start_from.h; "": nothing */
  double label_smoothing;
  int64_t evaluate_every, evaluate_limit, patience, log_every;
  double stall_minutes;
} lw_train_options;

typedef struct lw_checkpoint_options {
  int64_t every, keep, keep_every;
  double minutes;
} lw_checkpoint_options;

typedef struct lw_job {
  lw_data_options data;
  lw_model_options model;
  lw_attention_options attention;
  lw_objective_options objective;
  lw_train_options train;
  lw_optimizer_options optimizer;
  lw_checkpoint_options checkpoint;
  lw_execution execution; /* the section `parallel` */
} lw_job;

enum { LW_JOB_SECTIONS = 8, LW_JOB_TEXT_MAX = 65536 };

/** Tie the eight tables to the members of `job`. Local. */
void lw_job_sections(lw_job *job, lw_option_section sections[LW_JOB_SECTIONS]);

/** Defaults < file at `path` < sets[0..set_count), all rules checked. Collective over all; the root
 *  reads. Errors, on all ranks: LW_ERROR_INPUT, LW_ERROR_FILE, one sentence a line. */
LW_MUST_USE lw_status lw_job_read(lw_job *job, const lw_world *world, const char *path,
                                  const char *const *sets, int set_count);

/** The same by one process, without a world. Local. */
LW_MUST_USE lw_status lw_job_read_alone(lw_job *job, const char *path, const char *const *sets,
                                        int set_count);

/** From the text of a checkpoint. Local. Errors: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_job_from_text(lw_job *job, const char *text, const char *name);

/** The command in the comments of a job file that makes the data set `path`: a comment line with
 *  two spaces or more before it that holds the path as a word, "#   sh datasets/x.sh data/x.h5".
 *  recipe [LW_TEXT_MAX] out; "": there is none. Local. */
void lw_job_find_recipe(const char *file, const char *path, char *recipe);

/** lw_dataset_open for the job's data set; a failure is told with the location of data.path, and of
 *  a missing file with the command that makes it. Local. Errors: those of lw_dataset_open. */
LW_MUST_USE lw_status lw_job_open_data(const lw_job *job, lw_dataset **out);
/** The same for a job of a checkpoint, unless --data names another file. other: "" for none. */
LW_MUST_USE lw_status lw_job_open_data_or(const lw_job *job, const char *other, lw_dataset **out);

/** Whether the options of the section data fit what the data set has: missing values, times. Local.
 *  Errors: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_job_check_input(const lw_job *job, const lw_dataset *dataset);
/** Whether a training of the job can learn from the data set. Local. Errors: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_job_check_data(const lw_job *job, const lw_dataset *dataset);
/** The figure that objective.select names: of a job that has been checked with its data. Local. */
int lw_job_selection(const lw_job *job, const lw_model_data *data);
/** What an error costs, without weights and smoothing. Local. */
lw_cost lw_job_cost(const lw_job *job);
/** What its model must know of the data set. Local. */
lw_model_data lw_job_model_data(const lw_job *job, const lw_dataset *dataset);

/** The model of the job, which must stay while it is made. Local. */
lw_model_design lw_job_design(const lw_job *job, const lw_model_data *data);

/** As YAML that lw_job_read takes. text [LW_JOB_TEXT_MAX] out. Local. */
void lw_job_text(lw_job *job, char *text);

/** Steps of the whole training. With epochs E of N training samples in batches of B, as the order
 *  of samples goes on from one epoch into the next: ceil(E N / B) behind the steps of data.before;
 *  or, of a training that is at `step` with `cursor` samples behind it,
 *  step + ceil((E N - cursor) / B) and what is left of those. Else: train.steps. */
int64_t lw_job_steps(const lw_job *job, int64_t samples, int64_t step, int64_t cursor);

/** Samples of the largest piece that a step's batch is computed in: what memory must be enough for.
 *  Local. */
int64_t lw_job_piece(const lw_job *job);
/** Samples of the smallest one. Local. */
int64_t lw_job_least_piece(const lw_job *job);

/** The sections, their options, defaults and ranges, for people. Local. */
void lw_job_help(FILE *out);

/** The options of certain roles that differ, with both values, one a line: "model.width: 8 in the
 *  checkpoint, 16 in the job"; "" when there are none. Local.
 *  roles      of lw_option_role, joined by |: LW_ROLES_FIXED for what a training that goes on from
 *             `saved` must keep, LW_ROLES_FREE for what it may change
 *  text [room] out */
void lw_job_compare(lw_job *saved, lw_job *job, lw_option_role roles, char *text, int64_t room);

#endif
