/** Stop 2. Which samples this rank takes at step s, and which of their tokens (data/packing.h),
 *  packed one strip after the other without padding. Everything outside attention works on rows.
 *  The order is a pure function of (seed, epoch, index): sample number n of the training is entry
 *  n mod N of the permutation of epoch n / N, whatever the rank count. Which ranks compute a sample
 *  is decided by cost: the data axis shares out samples, the sequence axis their tokens. Not here:
 *  files (data/dataset.h). */
#ifndef LONGWAVE_DATA_BATCH_H
#define LONGWAVE_DATA_BATCH_H

#include "longwave/comm/world.h"
#include "longwave/data/dataset.h"
#include "longwave/data/input.h"
#include "longwave/data/packing.h"

/** Most samples of a step: dropout can tell twice as many documents apart (op/dropout.h). */
enum { LW_BATCH_MAX = 1 << 23 };

typedef struct lw_batch {
  int64_t samples;   /* that the ranks of this sequence axis share: the same on all of them */
  int64_t documents; /* of a sample: of two, 2b and 2b + 1 of the packing are those of sample b */
  int64_t rows;      /* tokens on this rank: packing.rows */
  /* Questions that the model answers with a row of logits each: one a sample, or, of the next
     token, one a row */
  int64_t answers;
  /* of the whole step, over all ranks and micro-batches: the divisor of the mean loss */
  int64_t global_answers;
  /* Each rank of the axis knows the logits of all its samples; one of them counts their losses.
     Of the next token each rank counts its rows. */
  bool counted;
  lw_packing packing; /* which tokens the rows are */
  int64_t *sample;    /* [samples] index in the split */
  int64_t *index;     /* [samples] index in the global batch of the step */
  /* What is right, of the kind that the target has (data/target.h). Of a class: -1: nothing is
     asked (a sample's last token). */
  int32_t *label; /* [answers] */
  float *wanted;  /* [answers, width] NAN: not asked */
  int64_t width;
  float *from;     /* [answers, width] to be added to the outputs, or NULL (input.from_last) */
  float *weight;   /* [samples] what each counts in training, or NULL: all the same */
  int32_t *tokens; /* [rows], for token data */
  float *values;   /* [rows, inputs], for value data */
  int32_t *beside; /* [rows] step labels beside the answers, -1: not known; NULL: not wanted */
  /* known ones of the whole step, over all ranks and micro-batches, at least 1: the divisor of the
     mean loss of an objective about them */
  int64_t global_beside;
  uint8_t *masked; /* [rows] 1: hidden from the model; NULL: the target hides none */
  /* [rows] with input.ticks: the time from the item before in typical gaps, 0 at the first */
  double *ticks;
  int64_t inputs;         /* numbers of a row that a model sees: lw_input_numbers */
  lw_input_options input; /* how they are made of the items */
  int64_t sample_room, label_room, row_room, weight_room, from_room, tick_room;
  int64_t mask_room, beside_room;
} lw_batch;

void lw_batch_done(lw_batch *batch);

/** The key of the dropout masks of a document of the packing: its index among all documents of the
 *  global batch, whichever rank has it. */
static inline int64_t lw_batch_document_place(const lw_batch *batch, int64_t document)
{
  const int64_t each = batch->documents;
  return batch->index[document / each] * each + document % each;
}

/** The order of an epoch, kept while the epoch lasts. Zero-initialise. */
typedef struct lw_order {
  uint64_t seed;
  int64_t epoch, count; /* epoch -1 before the first use */
  int64_t *permutation; /* [count] */
} lw_order;
LW_MUST_USE lw_status lw_order_init(lw_order *order, uint64_t seed, int64_t count);
void lw_order_done(lw_order *order);
/** The sample that stands at index `cursor` >= 0 of the endless training order. */
int64_t lw_order_sample(lw_order *order, int64_t cursor);

/** Load samples list[0..count), this rank's share of them, for micro-batch `piece` of `pieces`.
 *  list [count] the global batch in order, the same on all ranks; documents are truncated to
 *  max_length tokens (0: whole). Local: reads files, so the caller agrees afterwards. Errors: as
 *  lw_dataset_read_*. */
typedef struct lw_batch_request {
  lw_split split;
  const int64_t *list;
  int64_t count;
  int64_t cursor; /* of list[0] in the endless order of training; 0 of evaluations */
  int64_t piece, pieces;
  int64_t max_length;
  lw_input_options input;
  bool beside; /* step labels, too; only of a data set that has some */
  /* how samples lie on the sequence axis, and what they cost; its ranks and rank are filled in */
  lw_packing_rule rule;
} lw_batch_request;
LW_MUST_USE lw_status lw_batch_load(lw_batch *batch, const lw_dataset *dataset,
                                    const lw_world *world, const lw_batch_request *request);

/** What samples cost by which they are shared out: chunks of M tokens see at most M keys each, so
 *  with them the cost is linear in T. */
lw_batch_cost lw_batch_sample_cost(const lw_packing_rule *rule);

/** owner[i] = the rank of sample i: costly ones first, each to the rank with least work so far
 *  (ties: lowest rank). length [count * documents] in: of a sample's documents, one behind the
 *  other; owner [count] out. Pure arithmetic. */
LW_MUST_USE lw_status lw_batch_share(const int64_t *length, int64_t count, int64_t documents,
                                     int ranks, lw_batch_cost cost, int *owner);

#endif
