/** An open data set from inside: for dataset.c and the dataset_*.c files only. */
#ifndef LONGWAVE_DATA_DATASET_INSIDE_H
#define LONGWAVE_DATA_DATASET_INSIDE_H

#include "longwave/data/dataset.h"
#include "longwave/data/moments.h"
#include "longwave/data/question.h"
#include "longwave/io/h5.h"

#define LW_DATASET_FORMAT "longwave-dataset"
#define LW_DATASET_MAKE_AGAIN "make it again with 'longwave prepare'"
enum { LW_DATASET_VERSION = 2 };

/** The arrays of a split, in the order of their checksums. Version 1 has offsets, items and labels,
 *  and breaks in a set of pairs; version 2 has no offsets. */
typedef enum lw_part {
  LW_PART_OFFSETS,
  LW_PART_STARTS,
  LW_PART_LENGTHS,
  LW_PART_ITEMS,
  LW_PART_TIMES,
  LW_PART_LABELS,
  LW_PART_ASKED,
  LW_PART_WEIGHTS,
  LW_PART_GROUPS,
  LW_PART_BREAKS,
  LW_PART_STEP_LABELS, /* in no checksum where it is not there */
  LW_PARTS,
} lw_part;

/** A set of parts, a bit each. */
#define LW_PART_BIT(part) (1u << (part))
static inline bool lw_part_in(unsigned parts, lw_part part)
{
  return parts & LW_PART_BIT(part);
}

/** The stored crc32 of every array; 0: it is not there. */
typedef struct lw_dataset_sums {
  uint32_t class_names, token_names, channel_names;
  uint32_t channel_scale, channel_shift; /* version 2 */
  uint32_t number_scale, number_shift, asked_channels;
  uint32_t step_names; /* of either version */
  uint32_t part[LW_SPLITS][LW_PARTS];
} lw_dataset_sums;

typedef struct lw_split_index {
  int64_t *starts;  /* [count], in version 1 [count + 1]: first items of samples */
  int64_t *lengths; /* [count], or NULL: a sample ends where the next one begins */
  int64_t items;    /* of the split's arrays */
  int32_t *labels;  /* [count] of target class, or NULL */
  uint8_t *several; /* [count, classes] of several classes, or NULL */
  float *numbers;   /* [count, numbers] as they are told, or NULL */
  int64_t *breaks;  /* [count], or NULL */
  int64_t *asked;   /* [asked_count] items that have answers, or NULL: all */
  int64_t asked_count;
  int64_t *known_steps; /* [count] the same of step labels, or NULL: there are none */
  int64_t *known;  /* [count] of targets of steps: 1 + answers of a sample, once they are counted */
  float *weights;  /* [count], or NULL */
  int64_t *groups; /* [count], or NULL */
  char items_name[LW_H5_NAME_MAX];
  lw_h5_type type; /* of the items in the file */
} lw_split_index;

/** Texts behind each other, each with its 0. */
typedef struct lw_names {
  char *bytes;
  int64_t *first; /* [count] */
  int64_t count;
} lw_names;
void lw_names_done(lw_names *names);
const char *lw_names_at(const lw_names *names, int64_t index); /* "" beyond them */

struct lw_dataset {
  lw_h5 *file;
  const char *under; /* "", or the group that another file has its head in; borrowed */
  lw_dataset_info info;
  lw_dataset_sums sums;
  unsigned parts; /* arrays of each split */
  lw_split_index split[LW_SPLITS];
  lw_names class_names, token_names; /* of version 2 class_names are those of numbers, too */
  lw_names channel_names, channel_units, number_units, step_names;
  lw_channel *channels;    /* [info.channels] */
  lw_number *numbers;      /* [info.numbers] */
  int64_t *asked_channels; /* [info.numbers] of next values */
  const char **class_name; /* [info.classes] into class_names, or NULL */
  const char **token_name; /* [info.vocabulary] into token_names, or NULL */
  const char **step_name;  /* [info.step_classes] into step_names, or NULL */
  char *origin, *settings;
  const lw_target *stored; /* what the file asks; info.target is what the training asks */
  int64_t stored_numbers;  /* of an answer in the file */
  lw_question question;    /* of the training */
};

/** What a model learns as a number, and is told in its unit: a channel. */
lw_number lw_channel_number(const lw_channel *channel);
/** *count added to: items of which a value is known; masked [items->count] or NULL: of those that
 *  are 1 there. Errors: those of reading, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_dataset_count_values(const lw_dataset *dataset, lw_split split,
                                              const struct lw_items *items, const uint8_t *masked,
                                              int64_t *count);

struct lw_item_place;
/** Items [item, item + count) of a split's array. */
typedef struct lw_item_range {
  lw_split split;
  int64_t item, count;
} lw_item_range;
/** Items as they are stored. out: [count, channels] numbers of `type`, which is LW_H5_I32,
 *  LW_H5_F32 or LW_H5_F64. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_items_read(const lw_dataset *dataset, const lw_item_range *range,
                                    lw_h5_type type, void *out);

/** The sentence about an item outside its limits: its stored number, its place in the sample,
 *  and how many others like it follow. */
LW_MUST_USE lw_status lw_dataset_refuse_item(const lw_dataset *dataset, lw_split split,
                                             int64_t sample, const struct lw_item_place *place,
                                             double stored, int64_t others);
/** The same for one item, of which the caller does not have the stored number. */
LW_MUST_USE lw_status lw_dataset_refuse_read(const lw_dataset *dataset, lw_split split,
                                             int64_t sample, const struct lw_item_place *place);

/** "/train/offsets" and so on, written to buffer. */
const char *lw_dataset_array_name(const lw_input *input, lw_split split, lw_part part,
                                  char buffer[LW_H5_NAME_MAX]);

/** The checksum of a data set of version 1, as the top of dataset.c defines it. */
uint32_t lw_dataset_checksum_1(const lw_dataset_sums *sums, int64_t documents, double scale,
                               double shift);
/** And of version 2, as docs/data-format.md defines it. */
uint32_t lw_dataset_checksum_2(const lw_dataset_sums *sums, const char *target, int64_t horizon);

/* ---- step labels beside the answers: dataset_steps.c ---- */

/** Whether there are any, and their names; those of a split, which has its items; what they add to
 *  the checksum of the data set. */
LW_MUST_USE lw_status lw_dataset_head_steps(lw_dataset *dataset);
LW_MUST_USE lw_status lw_dataset_split_steps(lw_dataset *dataset, lw_split split);
uint32_t lw_dataset_checksum_steps(const lw_dataset *dataset, uint32_t checksum);
/** What they are, and the share of each class. */
void lw_dataset_report_steps(const lw_dataset *dataset, FILE *out);

/* ---- telling ---- */

/** Shares of classes in each split. times [LW_SPLITS, classes]; all: of which they are shares. */
typedef struct lw_class_counts {
  const lw_dataset *dataset;
  const char *title;
  const int64_t *times;
  int64_t all[LW_SPLITS];
} lw_class_counts;
void lw_dataset_print_classes(const lw_class_counts *counts, FILE *out);
/** The same, counted, of samples. */
void lw_dataset_report_classes(const lw_dataset *dataset, const char *title, FILE *out);

/** How numbers lie in each split: moments [LW_SPLITS, numbers]. */
void lw_dataset_print_numbers(const lw_dataset *dataset, const lw_moments *moments, FILE *out);

/* ---- opening: dataset_open.c, of each version dataset_open_1.c and dataset_open_2.c ---- */

/** Puts an optional array, which is in all splits or in none, into dataset->parts. */
LW_MUST_USE lw_status lw_dataset_find_optional(lw_dataset *dataset, lw_part part);
/** *out stays NULL where there are no names: count of them as an array. */
LW_MUST_USE lw_status lw_dataset_list_names(const lw_names *names, int64_t count,
                                            const char ***out);
/** "'x.h5': what; mend" */
LW_MUST_USE lw_status lw_dataset_foreign(const lw_dataset *dataset, const char *what,
                                         const char *mend);
/** info.input and info.target from their names. */
LW_MUST_USE lw_status lw_dataset_find_input(lw_dataset *dataset, const char *name);
LW_MUST_USE lw_status lw_dataset_find_target(lw_dataset *dataset, const char *name);
/** The object of the attributes of the root; the name of an array that stands beside them. */
const char *lw_dataset_root(const lw_dataset *dataset);
const char *lw_dataset_under(const lw_dataset *dataset, const char *name,
                             char buffer[LW_H5_NAME_MAX]);
/** The attribute crc32 of an array. */
LW_MUST_USE lw_status lw_dataset_read_sum(const lw_h5 *file, const char *name, uint32_t *out);
/** Names and their checksum, which is compared. count: how many there must be. */
LW_MUST_USE lw_status lw_dataset_read_names(const lw_h5 *file, const char *name, int64_t count,
                                            lw_names *out, uint32_t *sum);
/** A one-dimensional array of `items` numbers (-1: of any length). whole: real ones are refused. */
LW_MUST_USE lw_status lw_dataset_check_shape(const lw_h5 *file, const char *name, bool whole,
                                             int64_t items, lw_h5_shape *shape);
LW_MUST_USE lw_status lw_dataset_read_breaks(lw_dataset *dataset, lw_split split);
/** The sentence about a label outside the classes. */
LW_MUST_USE lw_status lw_dataset_refuse_label(const lw_dataset *dataset, lw_split split,
                                              int64_t sample);
/** The labels of a split of version 2. */
LW_MUST_USE lw_status lw_dataset_open_answers(lw_dataset *dataset, lw_split split);
/** What a version has in the root, with dataset->parts; and in a split. */
LW_MUST_USE lw_status lw_dataset_head_1(lw_dataset *dataset);
LW_MUST_USE lw_status lw_dataset_head_2(lw_dataset *dataset);
LW_MUST_USE lw_status lw_dataset_split_1(lw_dataset *dataset, lw_split split);
LW_MUST_USE lw_status lw_dataset_split_2(lw_dataset *dataset, lw_split split);

#endif
