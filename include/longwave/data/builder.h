/** Makes a data set of format version 2 (docs/data-format.md) from samples that come one at a time,
 *  from any source. Memory: some 100 bytes a sample and the names of classes and groups, however
 *  long samples are: items wait in temporary files beside the data set, which are gone in any case
 *  when the process is. So twice the space of the data set is needed while it is made. Every rank
 *  adds its own samples; the data set has those of rank 0, then those of rank 1, and so on, so a
 *  maker that gives rank r the r-th part of its source makes the same bytes on any number of ranks.
 *
 *  A sample: lw_builder_begin, then its items in any number of pieces, and behind or between them
 *  its answers of steps in ascending order, then lw_builder_end. After a failure the builder can
 *  only be destroyed. Splits, the order and numbers of classes that are found, scale and shift are
 *  decided in lw_builder_finish. Within a split samples keep their order. Not here: what files from
 *  outside hold (parse/), samples of version 1 (lw_dataset_write). */
#ifndef LONGWAVE_DATA_BUILDER_H
#define LONGWAVE_DATA_BUILDER_H

#include "longwave/base/choice.h"
#include "longwave/data/dataset.h"
#include "longwave/io/h5.h"

/** How samples whose split is not given are shared out. A pure function of the seed and of the
 *  samples in their order. */
#define LW_SPLIT_BY_CHOICES(TYPE, ITEM)                                                            \
  TYPE(lw_split_by)                                                                                \
  ITEM(LW_SPLIT_BY_RANDOM, "random") /* random samples; where they have groups, as by group */     \
  ITEM(LW_SPLIT_BY_CLASS, "class")   /* random, with equal shares of each class */                 \
  ITEM(LW_SPLIT_BY_GROUP, "group")   /* random groups, each whole; samples without one alone */    \
  ITEM(LW_SPLIT_BY_ORDER, "order")   /* the last for testing, those before for validation; of      \
                                        windowed series the last items of each */
LW_CHOICE(LW_SPLIT_BY_CHOICES);

typedef struct lw_split_rule {
  lw_split_by by;
  /* shares from 0 to below 1 of the samples whose split is not given; from 1 on: numbers of samples
     (of windowed series by order: of items of each series) */
  double validation, test;
  int64_t seed;
} lw_split_rule;

/** Of what the train split has: mean 0, deviation 1. */
#define LW_NORMALISE_CHOICES(TYPE, ITEM)                                                           \
  TYPE(lw_normalise)                                                                               \
  ITEM(LW_NORMALISE_CHANNEL, "channel") /* each channel by itself */                               \
  ITEM(LW_NORMALISE_ALL, "all")         /* one scale and shift for all of them */                  \
  ITEM(LW_NORMALISE_NONE, "none")       /* as they are in their unit */
LW_CHOICE(LW_NORMALISE_CHOICES);

/** Windows that series are cut into, each a sample; none straddles two splits, unless it
 *  may reach back. A series that is too
 *  short for one window is left out (lw_builder_notes). */
typedef struct lw_windows {
  int64_t length; /* items; 0: a sample is a sample */
  int64_t stride; /* items from one window's start to the next; 0: as many as its length */
  /* Of next values, split by order: windows for validation and testing may begin before their
     split, as long as no value that is asked for does; a window lies in its series in any case. */
  bool reach_back;
} lw_windows;

/** What is known before the first sample; the same on all ranks. All texts and arrays are
 *  copied. */
typedef struct lw_builder_plan {
  const char *task;
  const lw_input *input;
  const lw_target *target;
  lw_h5_type stored; /* of items: values LW_H5_U8, LW_H5_I16 or LW_H5_F32; tokens LW_H5_U8 or
                        LW_H5_I32 */
  /* of values */
  int64_t channels;          /* of tokens 0 or 1 */
  const lw_channel *channel; /* [channels] names and units (NULL: none), unit_scale (0: 1),
                                unit_shift; scale and shift are used if normalised is true, else
                                found. NULL: as if all were 0 */
  bool normalised;
  lw_normalise normalise;
  bool missing; /* values may be missing: NaN, or the code; the data set says whether some are */
  bool has_code;
  double missing_code;   /* of whole types */
  double rate;           /* 0: not known */
  bool timed;            /* items have times */
  const char *time_unit; /* NULL: none */
  /* of tokens */
  int64_t vocabulary;
  const char *const *token_names; /* [vocabulary] or NULL */
  /* of answers */
  int64_t classes; /* named below; 0: those that the samples name, in the order of their names
                      (of numbers, if all are numbers) */
  const char *const *class_names;
  int64_t numbers;         /* of targets of numbers, of next values those of `asked` */
  const lw_number *number; /* [numbers] names and units (NULL: none); scale and shift are used if
                              normalised is true, else found. NULL: as if all were 0 */
  int64_t horizon;         /* of next values: a sample is given with the items behind it */
  const int64_t *asked;    /* [numbers] of next values: channels, ascending; NULL: all */
  bool sparse;             /* targets of steps: only listed steps have an answer */
  bool weighted, named, grouped;
  int64_t documents; /* of a sample: 0 or 1, or 2 */
  lw_windows windows;
  lw_split_rule rule;
  /* For predictions: names of classes, scales and the typical gap of times are those of this data
     set, all samples go into the test split, and answers may be absent; of next values in float32
     those behind the end of each series are asked for, too, and its last window ends with it. Must
     not change before lw_builder_finish. NULL: a data set to train on. */
  const lw_dataset_info *like;
} lw_builder_plan;

typedef struct lw_builder lw_builder;

/** Nothing is written under the final name before lw_builder_finish. Collective over all. Errors,
 *  on all ranks: LW_ERROR_INPUT: a plan that contradicts itself, or `like`; LW_ERROR_FILE,
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_builder_create(const lw_world *world, const char *path,
                                        const lw_builder_plan *plan, lw_builder **out);
/** Removes what was not published. NULL is fine. Local. */
void lw_builder_destroy(lw_builder **builder);

/** A sample, as far as it is known before its items. Zero-initialise; texts are copied. */
typedef struct lw_builder_sample {
  const char *where; /* "a.csv:12", "b.wav": in sentences about it; NULL: its index */
  const char *name;  /* where plan.named; NULL: none */
  const char *group; /* where plan.grouped; NULL: of no group */
  bool has_split;    /* the split is given */
  lw_split split;
  const char *label;         /* of target class; NULL: not known */
  const char *const *labels; /* [label_count] of several classes; NULL: not known */
  int64_t label_count;
  const float *numbers; /* [numbers] in their unit, NAN: not known; NULL: none is */
  double weight;        /* where plan.weighted */
  int64_t second;       /* of two documents: where the second begins */
} lw_builder_sample;

/** All of these Local. Errors: LW_ERROR_INPUT with `where`: a label that is not named, a value that
 *  is not finite and may not be missing, a token outside the vocabulary, a time that falls or is
 *  not finite, a sample without items, steps outside the sample or not ascending; LW_ERROR_FILE
 *  (disk full), LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_builder_begin(lw_builder *builder, const lw_builder_sample *sample);
/** items [count, channels] of the stored type; times [count], or NULL without them. */
LW_MUST_USE lw_status lw_builder_items(lw_builder *builder, const void *items, const double *times,
                                       int64_t count);
/** The class of a step of the sample, by name; the class, by index among those named, of steps
 *  [first, first + count): classes [count], -1: not known; the numbers [numbers] of a step. */
LW_MUST_USE lw_status lw_builder_step_label(lw_builder *builder, int64_t step, const char *label);
LW_MUST_USE lw_status lw_builder_step_classes(lw_builder *builder, int64_t first,
                                              const int32_t *classes, int64_t count);
LW_MUST_USE lw_status lw_builder_step_numbers(lw_builder *builder, int64_t step,
                                              const float *numbers);
LW_MUST_USE lw_status lw_builder_end(lw_builder *builder);

/** Samples that this rank has added. */
int64_t lw_builder_count(const lw_builder *builder);

/** Decide splits, classes, scales; write everything. Only the root's texts are used. Collective
 *  over all. Errors, on all ranks: LW_ERROR_INPUT: no sample, a group in two splits, a class that
 *  only samples given to test have, a train split that comes out empty or without any answer, a
 *  validation or test split that was asked for and comes out empty; LW_ERROR_FILE,
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_builder_finish(lw_builder *builder, const char *origin,
                                        const char *settings);

/** After lw_builder_finish: what a person should know besides lw_dataset_report, whole lines; "":
 *  nothing. Borrowed. */
const char *lw_builder_notes(const lw_builder *builder);

#endif
