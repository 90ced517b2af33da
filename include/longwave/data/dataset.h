/** Stop 1. A data set: samples of unequal length in one HDF5 file, for every task. Version 1 of the
 *  format is specified at the top of src/data/dataset.c and in datasets/README.md, version 2 in
 *  docs/data-format.md. An item is what a sample has at a step: a token, or the values of all
 *  channels.
 *  Invariants of an open data set: every sample lies within the items, every length >= 1, labels
 *  in [0, classes), or -1 in version 2; tokens, values, times and answers of steps are checked by
 *  lw_dataset_verify, and again when read.
 *  Not here: the order of training (data/batch.h), making samples (task/task.h,
 *  which says how to add a task; data/builder.h). */
#ifndef LONGWAVE_DATA_DATASET_H
#define LONGWAVE_DATA_DATASET_H

#include "longwave/base/choice.h"
#include "longwave/comm/world.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>

#define LW_SPLIT_CHOICES(TYPE, ITEM)                                                               \
  TYPE(lw_split)                                                                                   \
  ITEM(LW_SPLIT_TRAIN, "train")                                                                    \
  ITEM(LW_SPLIT_VALIDATION, "validation")                                                          \
  ITEM(LW_SPLIT_TEST, "test")
LW_CHOICE(LW_SPLIT_CHOICES);
enum { LW_SPLITS = LW_CHOICE_COUNT(LW_SPLIT_CHOICES) };
/** Room of a name of a class or of a token id. */
enum { LW_NAME_MAX = 64 };

/** "train", "validation", "test" */
const char *lw_split_name(lw_split split);

/** What samples are made of (data/input.h) and what is asked about them (data/target.h). */
typedef struct lw_input lw_input;
typedef struct lw_target lw_target;

typedef struct lw_dataset lw_dataset;

/** A model sees stored * scale + shift of a channel; stored * unit_scale + unit_shift is the value
 *  in its unit. */
typedef struct lw_channel {
  const char *name, *unit; /* "" when there is none */
  double scale, shift;
  double unit_scale, unit_shift;
} lw_channel;

/** A model learns number * scale + shift. */
typedef struct lw_number {
  const char *name, *unit; /* "" when there is none */
  double scale, shift;
} lw_number;

typedef struct lw_dataset_info {
  char task[64]; /* "listops", "images" */
  int64_t version;
  const lw_input *input;
  const lw_target *target;
  int64_t vocabulary;            /* number of token ids; 0 for values */
  const char *const *token_name; /* [vocabulary]; NULL where there are none */
  int64_t channels;              /* numbers of an item; 1 for tokens */
  const lw_channel *channel;     /* [channels]; scale 1 and shift 0 for tokens */
  int64_t classes;               /* 0 where numbers are asked */
  const char *const *class_name; /* [classes]; NULL where there are none */
  int64_t numbers;               /* of an answer; 0 where classes are asked */
  const lw_number *number;       /* [numbers] */
  int64_t step_classes;          /* of labels at each step beside the answers; 0: there are none */
  const char *const *step_name;  /* [step_classes] */
  const int64_t *asked;          /* [numbers] of next values: channels, ascending; else NULL */
  int64_t horizon;               /* items behind a sample that are asked for; 0: none */
  bool missing;                  /* values may be missing: NaN, or a stored code */
  bool has_code;
  double missing_code;
  bool timed;                    /* items have times */
  bool weighted, named, grouped; /* samples have weights, names, groups */
  double time_scale;             /* a typical gap between items, > 0 where there are times */
  double rate;                   /* items in a unit of time; 0: not known */
  char time_unit[16];            /* "s"; "" when there is none */
  int64_t documents;             /* of a sample: 1, or 2, one behind the other (lw_dataset_break) */
  int64_t count[LW_SPLITS];
  int64_t longest[LW_SPLITS]; /* tokens of the longest document, 0 for an empty split */
  int64_t tokens[LW_SPLITS];  /* in all */
  uint32_t checksum; /* of the content of all splits; identifies the data set in a checkpoint */
  int64_t unlabelled[LW_SPLITS];     /* samples without an answer, where answers are of samples */
  uint32_t class_names, token_names; /* checksums of the names in their order; 0: there are none */
  uint32_t content[LW_SPLITS];       /* checksum of a split's samples and labels */
} lw_dataset_info;

/** What is read by itself: a sample, or one of the two in a pair. */
typedef struct lw_document {
  int64_t first; /* its first item in the sample */
  int64_t tokens;
} lw_document;

/** Local (reads offsets and labels of all splits, not the samples). Errors: LW_ERROR_FILE,
 *  LW_ERROR_FORMAT with the path, the array and what to do. */
LW_MUST_USE lw_status lw_dataset_open(const char *path, lw_dataset **out);
/** What another file says of a data set under a group of its own (lw_dataset_define_head): as the
 *  data set itself, but without samples. Local. Errors: as above. */
LW_MUST_USE lw_status lw_dataset_open_head(const char *path, const char *under, lw_dataset **out);
void lw_dataset_close(lw_dataset **dataset);

const lw_dataset_info *lw_dataset_describe(const lw_dataset *dataset); /* borrowed */
const char *lw_dataset_path(const lw_dataset *dataset);                /* borrowed */
const char *lw_dataset_class_name(const lw_dataset *dataset, int64_t label);
/** The name of a token id ("[MAX"), or NULL when the data set gives none (grey levels). */
const char *lw_dataset_token_name(const lw_dataset *dataset, int64_t token);
/** Text attributes of the file: "origin", "settings". Borrowed. */
const char *lw_dataset_origin(const lw_dataset *dataset);
const char *lw_dataset_settings(const lw_dataset *dataset);

/** A checksum of what gives the numbers of version 2 their meaning: names, scales and units of
 *  channels and numbers, the typical gap. 0 of version 1. */
uint32_t lw_dataset_meaning(const lw_dataset_info *info);
/** Whether channels and numbers have the same names, units and, but for rounding, scales of values
 *  in their unit, however these are stored; and the same typical gap. */
bool lw_dataset_means_same(const lw_dataset_info *a, const lw_dataset_info *b);

/** Whether the items of all splits are stored as one byte each. */
bool lw_dataset_stores_bytes(const lw_dataset *dataset);

/** 0 <= sample < count[split] */
int64_t lw_dataset_length(const lw_dataset *dataset, lw_split split, int64_t sample);
/** The class of a sample; -1: not known, or classes are not asked of samples. */
int32_t lw_dataset_label(const lw_dataset *dataset, lw_split split, int64_t sample);
/** wanted [lw_dataset_width] out: of several classes 1 or 0, of numbers what a model learns; NAN:
 *  not known. */
void lw_dataset_wanted(const lw_dataset *dataset, lw_split split, int64_t sample, float *wanted);
/** What a sample counts in training; its group, or -1. */
double lw_dataset_weight(const lw_dataset *dataset, lw_split split, int64_t sample);
int64_t lw_dataset_group(const lw_dataset *dataset, lw_split split, int64_t sample);
/** text [room] out: the name of a sample, "" where samples have none. Errors: those of reading. */
LW_MUST_USE lw_status lw_dataset_sample_name(const lw_dataset *dataset, lw_split split,
                                             int64_t sample, char *text, int64_t room);
/** Of a pair: where its second document begins, > 0 and < length; else 0. */
int64_t lw_dataset_break(const lw_dataset *dataset, lw_split split, int64_t sample);
/** 0 <= document < info.documents */
lw_document lw_dataset_document(const lw_dataset *dataset, lw_split split, int64_t sample,
                                int64_t document);
/** Tokens of a document when it is truncated to max_length tokens (0: whole). */
int64_t lw_dataset_truncated(const lw_dataset *dataset, lw_split split, int64_t sample,
                             int64_t document, int64_t max_length);

/** Positions [first, first + count) of one sample. tokens [count] or values [count, channels] out,
 *  the one that fits the input; NAN: a missing value. Local. Errors: LW_ERROR_FILE, LW_ERROR_FORMAT
 *  (a token outside the vocabulary, a value that is not finite and may not be missing). */
LW_MUST_USE lw_status lw_dataset_read_tokens(const lw_dataset *dataset, lw_split split,
                                             int64_t sample, int64_t first, int64_t count,
                                             int32_t *tokens);
LW_MUST_USE lw_status lw_dataset_read_values(const lw_dataset *dataset, lw_split split,
                                             int64_t sample, int64_t first, int64_t count,
                                             float *values);
/** The channel that number k of the next values is. */
int64_t lw_dataset_asked_channel(const lw_dataset *dataset, int64_t k);
/** Values of the `horizon` items behind a sample: values [horizon, channels] out; NAN: not
 *  known. */
LW_MUST_USE lw_status lw_dataset_read_next(const lw_dataset *dataset, lw_split split,
                                           int64_t sample, float *values);
/** The same of the channels that are asked for: values [horizon, numbers] out. */
LW_MUST_USE lw_status lw_dataset_read_horizon(const lw_dataset *dataset, lw_split split,
                                              int64_t sample, float *values);
/** For each of these the value `lag` items before it, of the last `lag` items of the sample, which
 *  is truncated to max_length tokens (0: whole), again and again: values [horizon, numbers] out; 0,
 *  the mean, where it is missing. A shorter sample is repeated whole. */
LW_MUST_USE lw_status lw_dataset_read_behind(const lw_dataset *dataset, lw_split split,
                                             int64_t sample, int64_t max_length, int64_t lag,
                                             float *values);
/** times [count] out. Errors also: LW_ERROR_FORMAT (a time that falls or is not finite). */
LW_MUST_USE lw_status lw_dataset_read_times(const lw_dataset *dataset, lw_split split,
                                            int64_t sample, int64_t first, int64_t count,
                                            double *times);
/** Values as the file has them, before scale and shift, in full precision: stored
 *  [count, channels] out; NAN: missing. */
LW_MUST_USE lw_status lw_dataset_read_stored(const lw_dataset *dataset, lw_split split,
                                             int64_t sample, int64_t first, int64_t count,
                                             double *stored);

/** Read everything, each rank a share: compare it with the stored checksums, and look for tokens
 *  outside the vocabulary and for values that are not finite as float32. Collective over all. used:
 *  how many splits, from the first on, must be valid; wrong content of the others is only a
 *  warning. Errors, on all ranks: LW_ERROR_FORMAT naming a damaged array, else the first item at
 *  fault and how many more there are, the same on any number of ranks. */
LW_MUST_USE lw_status lw_dataset_verify(const lw_dataset *dataset, const lw_world *world, int used);

/* ---- making one ---- */

/** The samples of one split in memory, while a maker collects them. */
typedef struct lw_samples {
  int64_t count, tokens;                      /* samples; items over all samples */
  int64_t count_room, token_room, break_room, step_room; /* capacities */
  int64_t *offsets;                           /* [count + 1] */
  int32_t *labels;                            /* [count] */
  uint8_t *bytes;                             /* [tokens]: token ids or pixel values up to 255 */
  uint8_t *steps; /* [tokens] a class at each step beside the label (lw_samples_steps), or NULL */
  int64_t *breaks; /* [count] where the second document of a pair begins in its sample, or NULL */
} lw_samples;

/** Append one sample; the memory grows as needed. */
LW_MUST_USE lw_status lw_samples_add(lw_samples *samples, const uint8_t *bytes, int64_t count,
                                     int32_t label);
/** The same for a pair of documents; first 0: a sample without a pair. All samples of a split are
 *  alike in this. bytes [first + second] */
LW_MUST_USE lw_status lw_samples_add_pair(lw_samples *samples, const uint8_t *bytes, int64_t first,
                                          int64_t second, int32_t label);
/** Where the second document begins in its sample; 0 when there is one document. */
int64_t lw_samples_break(const lw_samples *samples, int64_t sample);
/** Append `count` samples of `length` items each, all zero, to be filled by the caller. */
LW_MUST_USE lw_status lw_samples_room(lw_samples *samples, int64_t count, int64_t length);
/** Step labels for all items so far, 0, to be filled by the caller: the last that is called. */
LW_MUST_USE lw_status lw_samples_steps(lw_samples *samples);
void lw_samples_done(lw_samples *samples);

/** Which samples leave the train split for another one. */
typedef struct lw_hold_out {
  int64_t count;
  bool random; /* false: the last ones */
  uint64_t seed;
  uint32_t turn; /* keeps two random choices from one seed apart */
} lw_hold_out;

/** Move `count` samples to `held`, whose old content is given back; both keep the order. Errors:
 *  LW_ERROR_INPUT when nothing would remain. */
LW_MUST_USE lw_status lw_samples_hold_out(lw_samples *samples, const lw_hold_out *how,
                                          lw_samples *held);

typedef struct lw_dataset_recipe {
  const char *task;
  const lw_input *input;
  const lw_target *target;
  int64_t vocabulary, classes;
  double scale, shift;
  const char *const *class_names; /* [classes] */
  const char *const *token_names; /* [vocabulary] or NULL */
  int64_t step_classes;           /* all samples have step labels of so many classes; 0: none has */
  const char *const *step_names;  /* [step_classes] */
  int64_t documents;              /* of a sample; 2: all have been added by lw_samples_add_pair */
  const char *origin;   /* where the samples come from: files, or the generator and its source */
  const char *settings; /* YAML: every option of the maker with its value */
} lw_dataset_recipe;

/** Write the whole data set: in each split the samples [LW_SPLITS] of all ranks, one rank's behind
 *  another's. Only the root's recipe is used. Collective over all. */
LW_MUST_USE lw_status lw_dataset_write(const char *path, const lw_world *world,
                                       const lw_dataset_recipe *recipe, const lw_samples *samples);

/** Counts, lengths (least, median, mean, greatest) and class balance of every split, as text for
 *  people, to `out`. Local. */
void lw_dataset_report(const lw_dataset *dataset, FILE *out);

#endif
