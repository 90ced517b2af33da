/** One kind of data set that `longwave prepare` makes: its options and its maker. A maker runs on
 *  the root, or on all ranks when its samples are drawn independently of each other; it fills
 *  samples; or the task builds, on all ranks, what needs format version 2 or does not fit into
 *  memory (data/builder.h). The rest is common to all tasks: writing, checksums, messages, help,
 *  the refusal to overwrite a file.
 *
 *  To add a task: 1. src/task/<task>.c, listed in src/task/meson.build: a struct of settings with
 *  its table of options, a maker that fills an lw_samples for each split and the recipe (or a
 *  function that builds), and the row `const lw_task lw_<task>_task`; 2. declare the row below and
 *  put it into src/task/tasks.c; 3. a test with samples that are known, and one of what it must
 *  refuse; 4. a row in datasets/README.md. An example is tests/support/toy_task.c. */
#ifndef LONGWAVE_TASK_TASK_H
#define LONGWAVE_TASK_TASK_H

#include "longwave/base/option.h"
#include "longwave/data/builder.h"
#include "longwave/data/dataset.h"

enum {
  LW_IDS_MAX = 256, /* token ids of a maker: as many as a byte can hold */
  LW_ID_NAME_MAX = 12,
};

typedef struct lw_list_key {
  const char *entry;
  int64_t index;
} lw_list_key;

/** A list split at its commas: as many entries as there are. Zero-initialise. */
typedef struct lw_list {
  char *text;
  const char **entry;  /* [count] */
  lw_list_key *sorted; /* [count] in the order of strcmp */
  int64_t count;
} lw_list;

/** Errors: LW_ERROR_INPUT for an empty entry or one that comes twice, naming `what`. */
LW_MUST_USE lw_status lw_list_split(const char *text, const char *what, lw_list *out);
/** The same at another separator; the same from an array of entries [count], which are copied. */
LW_MUST_USE lw_status lw_list_split_at(const char *text, char separator, const char *what,
                                       lw_list *out);
LW_MUST_USE lw_status lw_list_take(const char *const *entries, int64_t count, const char *what,
                                   lw_list *out);
void lw_list_done(lw_list *list);
/** The index of an entry, or -1. text [length] */
int64_t lw_list_find(const lw_list *list, const char *text, int64_t length);

/** What a maker makes. Zero-initialise. */
typedef struct lw_product {
  int rank, ranks; /* in: this maker's share of the samples, 0 of 1 on the root alone */
  lw_samples samples[LW_SPLITS];
  lw_dataset_recipe recipe; /* its texts are borrowed from below or are constants; `origin` and
                               `settings` are the caller's */
  char *origin;             /* where the samples come from: lw_product_origin */
  char *notes; /* what a person should know besides lw_dataset_report, one line each; or NULL */
  int64_t note_room;
  lw_list classes;                          /* lw_product_name_classes */
  bool labels_are_indices;                  /* no class is named by the number of another one */
  char id_text[LW_IDS_MAX][LW_ID_NAME_MAX]; /* names of token ids, for makers that find them */
  const char *id_names[LW_IDS_MAX];
} lw_product;

void lw_product_done(lw_product *product);

/** Set the origin; add to the notes (a whole line, with its end). */
LW_MUST_USE lw_status lw_product_origin(lw_product *product, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
LW_MUST_USE lw_status lw_product_note(lw_product *product, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** The classes of the recipe from a list joined by commas, as the option `what` gave it. Errors:
 *  LW_ERROR_INPUT for a name that is empty, too long, or comes twice. */
LW_MUST_USE lw_status lw_product_name_classes(lw_product *product, const char *list,
                                              const char *what);
/** The same from an array of names [count], which `what` gave. They are copied. */
LW_MUST_USE lw_status lw_product_take_classes(lw_product *product, const char *const *names,
                                              int64_t count, const char *what);
/** The class that a label of a source means, or -1: the class of just this name; or else, when
 *  labels_are_indices, the one at this index ("1" or "1.0", from 0). label [length] */
int32_t lw_product_label(const lw_product *product, const char *label, int64_t length);
/** What a label must be, after "label 'x' ", for a failure. text [LW_TEXT_MAX] out, returned */
const char *lw_product_label_rule(const lw_product *product, char *text);
/** How many samples are equal, within and across splits, to the notes. given: the splits that were
 *  read, not held out of another. Errors: LW_ERROR_INPUT when nine tenths of such a split stand in
 *  those before it: the splits are mixed up. */
LW_MUST_USE lw_status lw_product_count_duplicates(lw_product *product, const bool given[LW_SPLITS]);

/** Splits that are sorted by class. as_given: those whose samples have the order of a source of
 *  their own: they keep it, and a note says so. The others were drawn, or others were drawn from
 *  them: if one of these is sorted, all of them are shuffled by the seed. To be called last. */
LW_MUST_USE lw_status lw_product_order(lw_product *product, const bool as_given[LW_SPLITS],
                                       uint64_t seed);
/** Before samples are held out of a train split: the last ones of a split that is sorted by class
 *  are not typical of it. *random in and out: taken by default where --hold-out was not given; else
 *  noted. */
LW_MUST_USE lw_status lw_product_hold_out_last(lw_product *product, const lw_option_section *flags,
                                               bool *random);

/** Every settings struct begins with it, and every table with LW_TASK_OUT_OPTIONS: where the data
 *  set is written, which is not recorded in it. */
typedef struct lw_task_out {
  char path[LW_TEXT_MAX];
  bool force;
} lw_task_out;
enum { LW_TASK_OUT_COUNT = 2 };
/* clang-format off */
#define LW_TASK_OUT_OPTIONS                                                                        \
  LW_TEXT_ROW("out", FLAG, LW_AT(lw_task_out, path), NULL, 1, LW_TEXT_MAX - 1,                     \
              "the data set to write (HDF5)"),                                                     \
  LW_BOOL_ROW("force", FLAG, LW_AT(lw_task_out, force), "false",                                   \
              "replace a data set that is there, once the new one is whole")

/** Options that tasks which build share; each task takes those that fit, with the same words. A
 *  member that they fill is named: lw_split_rule, lw_normalise, lw_windows, int64_t, const char *
 *  of the settings struct. Their values go into lw_builder_plan as they are. */
#define LW_TASK_SPLIT_OPTIONS(settings, rule)                                                      \
  LW_REAL_ROW("validation", FLAG, LW_AT(settings, rule.validation), "0.1", 0, 1e12,                \
              "of the samples whose split is not given: the share for validation (0.1), or from "  \
              "1 on their number"),                                                                \
  LW_REAL_ROW("test", FLAG, LW_AT(settings, rule.test), "0.1", 0, 1e12,                            \
              "the same for testing"),                                                             \
  LW_CHOICE_ROW("split_by", FLAG, LW_AT(settings, rule.by), LW_SPLIT_BY_CHOICES, "random",         \
                "which samples those are: drawn at random, whole groups where there are some; "   \
                "with equal shares of each class; whole groups; the last in order (of windowed "   \
                "series the last items of each)"),                                                 \
  LW_INT_ROW("seed", FLAG, LW_AT(settings, rule.seed), "1", 0, 1e15, "seed of what is drawn")
#define LW_TASK_NORMALISE_OPTION(settings, member)                                                 \
  LW_CHOICE_ROW("normalise", FLAG, LW_AT(settings, member), LW_NORMALISE_CHOICES, "channel",       \
                "values of the train split get mean 0 and deviation 1: each channel by itself, "   \
                "all channels together, or none: they stay as they are")
#define LW_TASK_WINDOW_OPTIONS(settings, member)                                                   \
  LW_INT_ROW("window", FLAG, LW_AT(settings, member.length), "0", 0, 1e12,                         \
             "cut each series into samples of this many steps; 0: a series is a sample"),          \
  LW_AUTO_ROW("stride", FLAG, LW_AT(settings, member.stride), "auto", 1, 1e12,                     \
              "steps from the start of one window to that of the next; auto: their length")
#define LW_TASK_HORIZON_OPTION(settings, member)                                                   \
  LW_INT_ROW("horizon", FLAG, LW_AT(settings, member), "1", 1, 1e9,                                \
             "to predict the next values: how many steps behind a sample are asked for")
/* member: of lw_windows */
#define LW_TASK_REACH_OPTION(settings, member)                                                     \
  LW_BOOL_ROW("reach_back", FLAG, LW_AT(settings, member), "false",                                \
              "next values, --split-by order: the first windows for validation and testing begin " \
              "before their split; what is asked of them never does")
/* lw_list_split splits it */
#define LW_TASK_CLASSES_OPTION(settings, member)                                                   \
  LW_LONG_ROW("classes", FLAG, LW_AT(settings, member), "", 0,                                     \
              "names of the classes in their order, split by commas; if empty those that the "     \
              "samples name, sorted")
/* clang-format on */

/** What a task that builds is given, and what it leaves. Zero-initialise. */
typedef struct lw_building {
  const lw_world *world; /* in, borrowed */
  const char *path;      /* in: of the data set */
  /* in: for predictions, to be put into the plan (data/builder.h): answers may be absent then;
     NULL: training */
  const lw_dataset_info *like;
  lw_builder *builder;  /* out, owned: with all samples of this rank; not finished */
  char *origin, *notes; /* out, owned: as of lw_product; NULL: none. Only the root's count */
} lw_building;

/** Write the data set of a building that its task has filled, and give back what it holds. settings
 *  YAML, of the root; notes out: lines for people, to be given back with lw_mem_give. Collective
 *  over all. Errors, on all ranks: those of lw_builder_finish, LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_building_finish(lw_building *building, const char *settings, char **notes);
/** The building is over, filled or not. Local. */
void lw_building_done(lw_building *building);

/** How a task that builds takes files that are to be predicted, by the settings that made the data
 *  set of the training. */
typedef struct lw_task_source {
  const char *files; /* the option that names the file or folder */
  bool many;         /* it takes several, joined by commas */
  bool folder;       /* it takes a folder; files are given by the option `list` */
  /* NULL-ended: options that are empty then: other files, and how splits are told */
  const char *aside[12];
} lw_task_source;

typedef struct lw_task {
  const char *name, *sentence;
  const lw_option *options;
  int64_t settings_bytes; /* of the struct that the options fill; it begins with lw_task_out */
  /** A lower bound of the data set's bytes, as far as the settings determine it. NULL: unknown. */
  double (*least_bytes)(const void *settings);
  bool shared; /* every rank makes its share; the shares are stored in rank order */
  /** flags: the options with where each value came from; flags->values is the struct. Local. */
  lw_status (*make)(const lw_option_section *flags, lw_product *product);
  /** In place of make, for data sets of format version 2 (data/builder.h). Collective over all:
   *  every rank reads its part of the source. */
  lw_status (*build)(const lw_option_section *flags, lw_building *building);
  lw_task_source source; /* of one that builds */
} lw_task;

/** LW_ERROR_INPUT when one of the options in `names` (NULL-ended) was given: it has no meaning
 *  because of `why`. */
LW_MUST_USE lw_status lw_task_forbid(const lw_option_section *flags, const char *const *names,
                                     const char *why);

/** Whether an option of the table was given, even with its default value. */
bool lw_task_given(const lw_option_section *flags, const char *name);

extern const lw_task lw_arrays_task;     /* src/task/arrays.c */
extern const lw_task lw_audio_task;      /* src/task/audio.c */
extern const lw_task lw_colour_task;     /* src/task/colour.c */
extern const lw_task lw_letters_task;    /* src/task/letters.c */
extern const lw_task lw_listops_task;    /* src/task/listops.c */
extern const lw_task lw_images_task;     /* src/task/images.c */
extern const lw_task lw_language_task;   /* src/task/language.c */
extern const lw_task lw_pathfinder_task; /* src/task/pathfinder_task.c */
extern const lw_task lw_random_task;     /* src/task/random.c */
extern const lw_task lw_retrieval_task;  /* src/task/retrieval.c */
extern const lw_task lw_series_task;     /* src/task/series.c */
extern const lw_task lw_table_task;      /* src/task/table.c */
extern const lw_task lw_signals_task;    /* src/task/signals.c */
extern const lw_task lw_tokens_task;     /* src/task/tokens.c */
extern const lw_task lw_text_task;       /* src/task/text.c */

/** All tasks; NULL is the last. */
enum { LW_TASKS_MOST = 32 };
extern const lw_task *const lw_tasks[];

#endif
