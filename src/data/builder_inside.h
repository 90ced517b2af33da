/** A builder from inside, for the builder*.c files only: builder.c makes it; builder_add.c,
 *  builder_steps.c and builder_labels.c take samples; builder_names.c numbers classes and groups,
 *  builder_split.c shares samples out, builder_stretch.c says what of each is in a split,
 *  builder_parts.c and builder_make.c make its arrays, builder_scale.c and builder_gap.c decide
 *  scales and the typical gap, dataset_head.c defines the root, builder_finish.c puts all
 *  together. */
#ifndef LONGWAVE_DATA_BUILDER_INSIDE_H
#define LONGWAVE_DATA_BUILDER_INSIDE_H

#include "dataset_inside.h"
#include "intern.h"
#include "longwave/base/text.h"
#include "longwave/data/builder.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "moments_tree.h"
#include "spool.h"

/** In place of a split: the items of a series are shared out by their order; a sample is left
 *  out. */
enum { LW_SPLIT_CUT = LW_SPLITS, LW_SPLIT_NONE };
/** Names of samples beside the parts of a data set that its checksum covers. */
enum { LW_PART_NAMES = LW_PARTS, LW_BUILDER_PARTS };
enum { LW_WHERE = 512, LW_NAME_ROOM = 1024 };

/** Temporary files of a rank. */
typedef enum lw_spool_use {
  LW_SPOOL_ITEMS,
  LW_SPOOL_TIMES,  /* double */
  LW_SPOOL_LABELS, /* numbers: float [numbers] a sample or step; else int32 as the samples named
                      them: those of a sample, or one a step */
  LW_SPOOL_ASKED,  /* sparse: int64, the step of each label in its sample */
  LW_SPOOL_TEXTS,  /* of a sample its `where` and its name */
  LW_SPOOLS
} lw_spool_use;

/** A sample, or a series that will be cut into windows. */
typedef struct lw_record {
  int64_t items, rows; /* rows: of LW_SPOOL_LABELS */
  int64_t second;
  int32_t label, group;            /* as this rank numbers them; -1: none */
  int32_t where_bytes, name_bytes; /* of LW_SPOOL_TEXTS */
  float weight;
  uint8_t split; /* once it is decided */
  bool given, answered;
} lw_record;

/** What a split has, of one rank or of all. */
typedef struct lw_census {
  int64_t stretches, samples, items, rows;
} lw_census;
enum { LW_CENSUS_NUMBERS = sizeof(lw_census) / sizeof(int64_t) };

struct lw_builder {
  const lw_world *world; /* borrowed */
  char *path;
  lw_builder_plan plan; /* its texts and arrays are owned, but for those of `like` */
  char **texts;         /* [text_count] owned, of the plan */
  int64_t text_count, text_room;
  lw_channel *channel;
  lw_number *number;
  int64_t *asked;
  const char **token_names;
  bool classes_named;

  lw_spool spool[LW_SPOOLS];
  lw_record *records;
  int64_t count, room;
  lw_intern classes, groups; /* of this rank */
  bool some_missing;         /* at the end of all ranks */

  /* the sample that is open */
  char where[LW_WHERE];
  int64_t next_step;
  double last_time;

  /* while it is finished */
  lw_intern all_classes, all_groups;
  int32_t *class_of, *group_of; /* [count] final numbers of this rank's */
  int32_t *class_order;         /* [class_count] of all_classes, in their final order */
  int64_t class_count;
  lw_census all[LW_SPLITS], before[LW_SPLITS];
  int64_t name_width;
  double time_scale;
  lw_text notes;
};

/** LW_ERROR_INPUT: "'where' of the open sample: ..." */
lw_status lw_builder_refuse(lw_builder *builder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

int64_t lw_builder_item_bytes(const lw_builder *builder);
/** Bytes of a row of LW_SPOOL_LABELS. */
int64_t lw_builder_label_bytes(const lw_builder *builder);
bool lw_builder_sparse(const lw_builder *builder);

/** The number of a class that a sample names. */
LW_MUST_USE lw_status lw_builder_number_label(lw_builder *builder, const char *label,
                                              int32_t *number);
/** The end of a sample's steps. */
LW_MUST_USE lw_status lw_builder_end_steps(lw_builder *builder, lw_record *record);

/* ---- while it is finished ---- */

/** Collective over all. */
LW_MUST_USE lw_status lw_builder_number_names(lw_builder *builder);
/** The split of each record. Collective over all. */
LW_MUST_USE lw_status lw_builder_share_out(lw_builder *builder);
/** Builder->all and ->before, name_width. Collective over all. Errors also: a split that came out
 *  empty. */
LW_MUST_USE lw_status lw_builder_count_all(lw_builder *builder);

/** The name of a class, by its final number. */
const char *lw_builder_class_name(const lw_builder *builder, int64_t number);
/** The final number of a label as this rank numbered it; -1 stays. */
int32_t lw_builder_class(const lw_builder *builder, int32_t label);

/** Items of a record that are in a split. */
typedef struct lw_stretch {
  const lw_record *of;
  int64_t record;                               /* its index */
  int64_t item, row, text;                      /* the first ones of the record in its files */
  int64_t first, count;                         /* items, from the record's first */
  int64_t number;                               /* of the stretch, of this rank */
  int64_t samples;                              /* windows in it */
  int64_t next_item, next_row, next_text, next; /* where the search goes on */
  int64_t found, left_out;                      /* so far */
} lw_stretch;
/** at: zero-initialised before the first call. false: there are no more. Stretches in which no
 *  sample fits are left out. */
bool lw_stretch_next(const lw_builder *builder, lw_split split, lw_stretch *at);
/** Rows [*first, *first + *count) of the labels' file that belong to the stretch. */
LW_MUST_USE lw_status lw_stretch_rows(lw_builder *builder, const lw_stretch *at, int64_t *first,
                                      int64_t *count);
/** Items of each of its samples. */
int64_t lw_stretch_length(const lw_builder *builder, const lw_stretch *at);
/** How many of `count` samples, or of items of a series, a share is. */
int64_t lw_builder_share(double share, int64_t count);

/** "'a.csv:12'" of the first record, over all ranks, that a rank gives; -1: this one gives none.
 *  text [LW_WHERE] out. false: no rank has one. Collective over all. */
bool lw_builder_tell(lw_builder *builder, int64_t record, char *text);

enum { LW_MOMENTS_ROOM = 1 << 14 };
/** What is found while the checksums are made. */
typedef struct lw_builder_found {
  lw_moments_tree values, numbers; /* of the train split */
  lw_moments *scratch;             /* [channels + numbers] of a stretch */
  double *room;                    /* [LW_MOMENTS_ROOM] */
  int64_t answers[LW_SPLITS];      /* known ones, of all ranks at the end */
  int64_t *seen;                   /* [LW_SPLITS, classes] */
  int64_t *first;                  /* [classes] this rank's first record given to test with it */
  uint32_t sum[LW_SPLITS][LW_BUILDER_PARTS];
} lw_builder_found;

/** The parts that the data set has. */
unsigned lw_builder_part_set(const lw_builder *builder);
lw_h5_type lw_builder_part_type(const lw_builder *builder, int part);
/** Numbers in a row of a part. */
int64_t lw_builder_part_columns(const lw_builder *builder, int part);
/** Rows of all ranks, and of those before this one. */
int64_t lw_builder_part_rows(const lw_builder *builder, lw_split split, int part);
int64_t lw_builder_part_first(const lw_builder *builder, lw_split split, int part);
void lw_builder_part_name(const lw_builder *builder, lw_split split, int part,
                          char name[LW_H5_NAME_MAX]);

typedef struct lw_builder_turn {
  lw_split split;
  int part;
  lw_h5_writer *writer; /* NULL: only the checksum */
  struct lw_work *work;
} lw_builder_turn;
/** This rank's rows of a part into the file (found NULL), or their checksum and bytes to sum, and
 *  what is found. Local. */
LW_MUST_USE lw_status lw_builder_make_part(lw_builder *builder, const lw_builder_turn *turn,
                                           lw_builder_found *found, int64_t sum[2]);

/** Stored values of each channel are added to found->scratch; those that are missing do not
 *  count. */
void lw_builder_add_moments(const lw_builder *builder, const void *items, int64_t count,
                            lw_builder_found *found);
/** Scale and shift of channels and numbers. Collective over all. */
LW_MUST_USE lw_status lw_builder_find_scales(lw_builder *builder, const lw_builder_found *found);
/** builder->time_scale. Collective over all. */
LW_MUST_USE lw_status lw_builder_find_gap(lw_builder *builder);
#endif
