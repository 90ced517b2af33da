/** An open data set from inside: for dataset.c and the dataset_*.c files only. */
#ifndef LONGWAVE_DATA_DATASET_INSIDE_H
#define LONGWAVE_DATA_DATASET_INSIDE_H

#include "longwave/data/dataset.h"
#include "longwave/io/h5.h"

#define LW_DATASET_FORMAT "longwave-dataset"
#define LW_DATASET_MAKE_AGAIN "make it again with 'longwave prepare'"
enum { LW_DATASET_VERSION = 1 };

/** The arrays of a split; breaks only in a set of pairs. */
typedef enum lw_part {
  LW_PART_OFFSETS,
  LW_PART_ITEMS,
  LW_PART_LABELS,
  LW_PART_BREAKS,
  LW_PARTS,
} lw_part;

/** How many of them a data set has. */
static inline int lw_dataset_parts(int64_t documents)
{
  return documents > 1 ? LW_PARTS : LW_PART_BREAKS;
}

typedef struct lw_name {
  char text[LW_NAME_MAX];
} lw_name;

/** The stored crc32 of every array. */
typedef struct lw_dataset_sums {
  uint32_t class_names, token_names;
  uint32_t part[LW_SPLITS][LW_PARTS];
} lw_dataset_sums;

typedef struct lw_split_index {
  int64_t *offsets; /* [count + 1] */
  int32_t *labels;  /* [count] */
  int64_t *breaks;  /* [count], or NULL */
  char items_name[LW_H5_NAME_MAX];
  lw_h5_type type; /* of the items in the file */
} lw_split_index;

struct lw_dataset {
  lw_h5 *file;
  lw_dataset_info info;
  lw_dataset_sums sums;
  lw_split_index split[LW_SPLITS];
  lw_name *class_names; /* [classes] */
  lw_name *token_names; /* [vocabulary] or NULL */
  char *origin, *settings;
};

struct lw_items;
/** Items of a sample as they are stored. out: [items->count] numbers of `type`, which is LW_H5_I32,
 *  LW_H5_F32 or LW_H5_F64. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_items_read(const lw_dataset *dataset, lw_split split,
                                    const struct lw_items *items, lw_h5_type type, void *out);

/** The sentence about an item outside its limits: its stored number, its position in the sample,
 *  and how many others like it follow. */
LW_MUST_USE lw_status lw_dataset_refuse_item(const lw_dataset *dataset, lw_split split,
                                             int64_t sample, int64_t position, double stored,
                                             int64_t others);
/** The same for one item, of which the caller does not have the stored number. */
LW_MUST_USE lw_status lw_dataset_refuse_read(const lw_dataset *dataset, lw_split split,
                                             int64_t sample, int64_t position);

/** "/train/offsets" and so on, written to buffer. */
const char *lw_dataset_array_name(const lw_input *input, lw_split split, lw_part part,
                                  char buffer[LW_H5_NAME_MAX]);

/** The checksum of the whole data set, as the top of dataset.c defines it. */
uint32_t lw_dataset_checksum(const lw_dataset_sums *sums, int64_t documents, double scale,
                             double shift);

#endif
