/** The parts of the task `signals`: which records there are, what all have in common, what is asked
 *  about them. */
#ifndef LONGWAVE_TASK_SIGNALS_H
#define LONGWAVE_TASK_SIGNALS_H

#include "building.h"
#include "longwave/parse/wfdb.h"
#include "words.h"

typedef struct lw_signals_settings {
  lw_task_out out;
  const char *source[LW_SPLITS];
  const char *channels, *kinds, *codes;
  lw_question question;
  char annotator[LW_TEXT_MAX], key[LW_TEXT_MAX], unit[LW_TEXT_MAX];
  int64_t least_count, horizon;
  lw_prepare_missing missing;
  lw_normalise normalise;
  lw_windows windows;
  lw_split_rule rule;
} lw_signals_settings;

/* ---- records ---- */

typedef struct lw_record {
  char *path; /* without ".hea" */
  lw_split split;
} lw_record;

/** Zero-initialise. */
typedef struct lw_records {
  lw_record *record; /* [count] split by split */
  int64_t count, room;
} lw_records;

/** Of each split a list joined by commas: records, files of names (RECORDS), folders. Errors:
 *  LW_ERROR_FILE; LW_ERROR_INPUT: a record twice, none. */
LW_MUST_USE lw_status lw_records_find(const char *const source[LW_SPLITS], lw_records *records);
void lw_records_done(lw_records *records);

/* ---- what is asked ---- */

/** Zero-initialise. */
typedef struct lw_signals_answers {
  const lw_signals_settings *own;
  lw_list classes;                /* their names, if they are known before the samples */
  int16_t class_of[LW_WFDB_KINDS]; /* of annotations; -1: not asked */
  lw_words codes;                 /* of diagnoses, of all records */
  int64_t passed, twice;          /* annotations of other kinds; further ones of the same step */
  const char *key;                /* of the header */
} lw_signals_answers;

/** Before the first record. Errors: LW_ERROR_INPUT: kinds that are not understood. */
LW_MUST_USE lw_status lw_signals_answers_begin(const lw_signals_settings *own,
                                               lw_signals_answers *answers);
/** Every record is looked at; then the classes are decided, those of `like` unless it is NULL.
 *  Errors: LW_ERROR_INPUT: no code is common enough. */
LW_MUST_USE lw_status lw_signals_answers_look(lw_signals_answers *answers,
                                              const lw_wfdb_header *header);
LW_MUST_USE lw_status lw_signals_answers_decide(lw_signals_answers *answers,
                                                const lw_dataset_info *like);
/** The part of the plan that is about answers. number: of the target, which the plan borrows. */
void lw_signals_answers_plan(const lw_signals_answers *answers, lw_number *number,
                             lw_builder_plan *plan);

/** What is known of a sample before its items; texts are in `memory`. */
typedef struct lw_signals_answer {
  char *memory;
  const char **labels;
  float number;
} lw_signals_answer;
LW_MUST_USE lw_status lw_signals_answer_of(const lw_signals_answers *answers, const char *path,
                                           const lw_wfdb_header *header, bool unlabelled,
                                           lw_signals_answer *answer, lw_builder_sample *sample);
void lw_signals_answer_done(lw_signals_answer *answer);
/** Of annotations: the classes of the steps of a record, behind its items. unlabelled: there may be
 *  no file of them. */
LW_MUST_USE lw_status lw_signals_answers_steps(lw_signals_answers *answers, const char *path,
                                               const lw_wfdb_header *header, bool unlabelled,
                                               lw_builder *builder);

void lw_signals_answers_done(lw_signals_answers *answers);

#endif
