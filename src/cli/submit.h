/** What longwave submit is about to send: the options of sbatch, the batch script, the folder that
 *  both and the output go to. */
#ifndef LONGWAVE_CLI_SUBMIT_H
#define LONGWAVE_CLI_SUBMIT_H

#include "longwave/base/option.h"
#include "longwave/run/folder.h"
#include "longwave/run/run.h"

typedef struct lw_submit_flags {
  char run[LW_TEXT_MAX], time[LW_TEXT_MAX], partition[LW_TEXT_MAX], account[LW_TEXT_MAX];
  char name[LW_TEXT_MAX], seeds[LW_TEXT_MAX], setup[LW_TEXT_MAX], site[LW_TEXT_MAX];
  int64_t nodes, ranks, ranks_per_node, threads, warning, at_most;
  lw_run_resume resume;
  bool exclusive, accept_data, dry_run, show, help;
} lw_submit_flags;

enum { LW_SUBMIT_WORDS = 128, LW_SUBMIT_OPTIONS = LW_SUBMIT_WORDS + 16 };

typedef struct lw_submission {
  const lw_submit_flags *flags;
  const lw_arguments *arguments; /* words[0]: the job file or study; the others go to sbatch */
  const char *folder;            /* of the run, or of the study's runs */
  char job[LW_TEXT_MAX];         /* the job file, for words[0]; not of a study */
  bool study;
  char *array; /* tasks, as sbatch takes them; "": no array. Borrowed */
  char *setup; /* owned, the lines of setup_path; or NULL */
  const char *setup_path;
  char here[LW_PATH_MAX], program[LW_PATH_MAX];
  char *option[LW_SUBMIT_OPTIONS]; /* [option_count], of sbatch, owned */
  int option_count;
} lw_submission;

/** Fill in option. Local. Errors: LW_ERROR_INPUT, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_submission_options(lw_submission *s);
/** *text: the script, the caller's to free(); its first *head bytes are this job's own, the rest is
 *  slurm/train.sbatch. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_submission_script(const lw_submission *s, char **text, size_t *head);
void lw_submission_done(lw_submission *s);

/** Write the script into the folder, hand it to sbatch, note the job's number there. What it made
 *  goes when sbatch refuses. Errors: LW_ERROR_FILE; LW_ERROR_INPUT when sbatch refuses. */
LW_MUST_USE lw_status lw_submission_send(const lw_submission *s, const char *text);
/** The job that was sent last from this folder, or "". job [64] out. Local. */
void lw_submission_job(const char *folder, char *job);

/** Options of sbatch among the words of submit, in all forms that sbatch knows (-p long, -plong,
 *  --partition=long): those that submit has a flag for become that flag, the others go behind a
 *  lone "--". *list: NULL-ended argv, the caller's to free with lw_sbatch_free; *count: its words.
 *  Local. Errors: LW_ERROR_INPUT for one without its value; LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_sbatch_translate(int argc, char **argv, char ***list, int *count);
void lw_sbatch_free(char **list);

/** Whether the data of this job, or of the runs of this study that are not over, are there, and
 *  whether the model fits the nodes. tasks [LW_TEXT_MAX] out, of a study: the numbers of those
 *  runs, from 1, as "1-3,7". Local. Errors: those of the job; LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_submit_check_job(const lw_submission *s);
LW_MUST_USE lw_status lw_submit_check_study(const lw_submission *s, char *folder, char *tasks);

/** Tell how long the job will take on these ranks, if rates are known (run/rates.h). Local. Errors:
 *  those of the site file and of lw_plan_job_init. */
LW_MUST_USE lw_status lw_submit_estimate(const lw_submission *s, lw_job *job,
                                         const lw_dataset *dataset, int ranks, int sequence);
/** Seconds of a time as sbatch takes it, "90", "1:30:00", "1-12"; 0: it is none. */
double lw_submit_seconds(const char *time);

#endif
