/** What a checkpoint's model says about samples of a data set, labelled or not: probabilities of
 *  classes, numbers in their own unit, the same at each step. It is computed as by an evaluation,
 *  with the same bits for the same batches and ranks. Every rank writes the answers of its own rows
 *  into an HDF5 file, so nobody holds those of a whole sample that is sharded; a table is made of
 *  that file afterwards. Not here: figures over answers (run/checkpoint_test.h).
 *
 *  The file: attributes of the root format "longwave-predictions", checkpoint, data, split, target;
 *  /answers float32 [A, W], /samples int64 [N] numbers in the split, /first int64 [N + 1]: the
 *  answers of sample i are the rows first[i] to first[i + 1] - 1, one a sample, or one a step, or
 *  of the next values one a step of the horizon; /names texts [W] of classes or numbers. Of a class
 *  and of several classes an answer is the probability of each; of the next token it is how
 *  surprising the token was, in bits (NAN at a last token).
 *  The table: comma-separated values with one line of column names. */
#ifndef LONGWAVE_RUN_PREDICT_H
#define LONGWAVE_RUN_PREDICT_H

#include "longwave/data/dataset.h"

typedef struct lw_prediction_request {
  const char *checkpoint;
  const char *data; /* "": that of the training */
  const char *out;  /* ends in .csv, or else HDF5 */
  lw_split split;
  int64_t batch_size; /* samples at a time; 0: as many as a piece of training's batch */
  int64_t sequence;   /* ranks on the sequence axis; 0: chosen */
  int64_t top;        /* of a class: the most probable ones that a table names */
  bool all_steps;     /* also those that the data set does not ask for, in a table */
  bool accept_data;
} lw_prediction_request;

/** Collective over all. Errors, on all ranks: LW_ERROR_INPUT: no sample, a file that must stay;
 *  those of lw_subject_open and lw_subject_load; LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_predict(lw_world *world, const lw_prediction_request *request);

/* ---- what the outputs of a model mean: Local ---- */

/** Rows of the file that an answer of the model takes: `horizon` of the next values, else 1. */
int64_t lw_prediction_rows(const lw_dataset_info *info);
/** Numbers of such a row. */
int64_t lw_prediction_width(const lw_dataset_info *info);
/** The answer that an output [outcomes] is: out [rows, width]. label: of the next token. */
void lw_prediction_tell(const lw_dataset_info *info, const float *output, int32_t label,
                        float *out);
/** The name of column `k` of the answers; "" where it has none. */
const char *lw_prediction_name(const lw_dataset *dataset, int64_t k);

#endif
