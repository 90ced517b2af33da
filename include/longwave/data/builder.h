/** Makes a data set of format version 2 (docs/data-format.md) from samples that come one at a time,
 *  from any source. Memory: some 100 bytes a sample and the names of classes and groups, however
 *  long samples are: items wait in temporary files beside the data set, one a rank and array, which
 *  are removed in any case. Every rank adds its own samples; the data set has those of rank 0, then
 *  those of rank 1, and so on, so a maker that gives rank r the r-th part of its source makes the
 *  same bytes on any number of ranks.
 *
 *  A sample: lw_builder_begin, then its items in any number of pieces, then (or in between) answers
 *  of steps in ascending order, then lw_builder_end. Splits, the order and numbers of classes that
 *  are found, scale and shift are decided in lw_builder_finish. Not here: what files from outside
 *  hold (parse/), samples of version 1 (lw_dataset_write). */
#ifndef LONGWAVE_DATA_BUILDER_H
#define LONGWAVE_DATA_BUILDER_H

#include "longwave/base/choice.h"
#include "longwave/data/dataset.h"
#include "longwave/io/h5.h"

/** How samples whose split is not given are shared out. A pure function of the seed and of the
 *  samples in their order. */
#define LW_SPLIT_BY_CHOICES(TYPE, ITEM)                                                            \
  TYPE(lw_split_by)                                                                                \
  ITEM(LW_SPLIT_BY_RANDOM, "random")                                                               \
  ITEM(LW_SPLIT_BY_CLASS, "class") /* random, with equal shares of each class */                   \
  ITEM(LW_SPLIT_BY_GROUP, "group") /* random groups, each whole */                                 \
  ITEM(LW_SPLIT_BY_ORDER, "order") /* the last for testing, those before for validation */
LW_CHOICE(LW_SPLIT_BY_CHOICES);

typedef struct lw_split_rule {
  lw_split_by by;
  double validation, test; /* shares from 0 to below 1; from 1 on: numbers of samples (of
                              windowed series: of items) */
  uint64_t seed;
} lw_split_rule;

/** Of what the train split has: mean 0, deviation 1. */
#define LW_NORMALISE_CHOICES(TYPE, ITEM)                                                           \
  TYPE(lw_normalise)                                                                               \
  ITEM(LW_NORMALISE_CHANNEL, "channel") /* each channel by itself */                               \
  ITEM(LW_NORMALISE_ALL, "all")         /* one scale and shift for all of them */                  \
  ITEM(LW_NORMALISE_NONE, "none")       /* as they are in their unit */
LW_CHOICE(LW_NORMALISE_CHOICES);

/** Windows that series are cut into, each a sample; none straddles two splits. */
typedef struct lw_windows {
  int64_t length; /* items; 0: a sample is a sample */
  int64_t stride; /* items from one window's start to the next, >= 1 */
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
  int64_t channels;
  const lw_channel *channel; /* [channels] names and units (NULL: none), unit_scale, unit_shift;
                                scale and shift are used if normalised is true, else found */
  bool normalised;
  lw_normalise normalise;
  bool missing; /* values may be missing: NaN, or the code */
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
  int64_t numbers;
  const lw_number *number; /* [numbers] names and units; scale and shift as of channels */
  int64_t horizon;         /* of next values; the channels asked for are `asked` */
  const int64_t *asked;    /* [numbers] */
  bool sparse;             /* targets of steps: only listed steps have an answer */
  bool weighted, named, grouped;
  int64_t documents; /* of a sample: 1 or 2 */
  lw_windows windows;
  lw_split_rule rule;
} lw_builder_plan;

typedef struct lw_builder lw_builder;

/** Nothing is written under the final name before lw_builder_publish. Collective over all. Errors:
 *  LW_ERROR_FILE, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_builder_create(const lw_world *world, const char *path,
                                        const lw_builder_plan *plan, lw_builder **out);
/** Removes what was not published. NULL is fine. Local. */
void lw_builder_destroy(lw_builder **builder);

/** A sample, as far as it is known before its items. Zero-initialise; texts are copied. */
typedef struct lw_builder_sample {
  const char *where; /* "a.csv:12", "b.wav": in sentences about it; NULL: its index */
  const char *name;  /* where plan.named */
  const char *group; /* where plan.grouped */
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
 *  is not finite and may not be missing, a time that falls or is not finite, a sample without
 *  items, steps outside the sample or not ascending; LW_ERROR_FILE (disk full), LW_ERROR_MEMORY. */
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
 *  over all. Errors, on all ranks: LW_ERROR_INPUT: no sample, a group in two given splits, a class
 *  that only test has, a train split that comes out empty or without any answer;
 *  LW_ERROR_FILE, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_builder_finish(lw_builder *builder, const char *origin,
                                        const char *settings);

#endif
