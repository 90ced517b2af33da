/** What samples are made of: one row for each kind of input. A row says what a file may hold, how
 *  people read it and how a batch receives it; nothing else in the program asks which input it is.
 *  Not here: what is asked about a sample (data/target.h), how items become vectors
 *  (src/model/embedding_items.c).
 *
 *  To add an input: 1. src/data/input_<name>.c with its functions and its row; 2. the row in
 *  lw_inputs[] (src/data/input.c); 3. a row in src/model/embedding_items.c: parameters, forward,
 *  backward; 4. what the file holds at the top of src/data/dataset.c and in datasets/README.md;
 *  5. a line in tests/support/model_case.c, whose gradients are checked.
 *  tests/unit/test_objective.c walks all rows. */
#ifndef LONGWAVE_DATA_INPUT_H
#define LONGWAVE_DATA_INPUT_H

#include "longwave/data/dataset.h"
#include <stdio.h>

/** What a number of an item may be: low < stored * scale + shift < high; or, if it may be missing,
 *  not a number, or the stored code. */
typedef struct lw_item_limits {
  double scale, shift, low, high;
  bool missing, has_code;
  double code;
} lw_item_limits;

enum { LW_ITEM_FAULT = 192 };

/** Where a number stands in a sample. */
typedef struct lw_item_place {
  int64_t position, channel;
} lw_item_place;

/** What a model sees where a value is missing; data.missing. */
#define LW_MISSING_CHOICES(TYPE, ITEM)                                                             \
  TYPE(lw_missing)                                                                                 \
  ITEM(LW_MISSING_REFUSE, "refuse")                                                                \
  ITEM(LW_MISSING_ZERO, "zero") /* 0 behind scale and shift: the mean of training */               \
  ITEM(LW_MISSING_LAST,                                                                            \
       "last") /* the last value of the channel before it in its document, else 0 \
                                 */
LW_CHOICE(LW_MISSING_CHOICES);

/** How items of values go into a model; options of the section data. */
typedef struct lw_input_options {
  lw_missing missing;
  bool missing_indicator; /* for each channel an input more: 1 where its value is missing, else 0 */
  bool time_gap; /* an input more: ln(1 + gap / time_scale), gap from the item before, 0 at the
                    first one */
  /* Next values: a model's outputs are added to the last so many values of the sample, repeated
     (lw_dataset_read_behind); 0: to nothing. */
  int64_t from_last;
  bool ticks; /* times for a clock of attention (lw_batch.ticks); no input */
} lw_input_options;

/** Numbers of a row that a model sees: first the channels, then the indicators, then the gap. */
int64_t lw_input_numbers(const lw_dataset_info *info, const lw_input_options *options);

/** Items [first, first + count) of a sample, and the row of the batch that receives the first.
 *  Which of them are masked depends on the epoch; evaluations are of epoch 0. */
typedef struct lw_items {
  int64_t sample, first, count, row;
  int64_t epoch;
} lw_items;

struct lw_batch;

struct lw_input {
  const char *name; /* "tokens": the attribute `kind`, and the name of the array of a split */
  const char *item; /* one of them, in sentences: "token" */
  /* Items are whole numbers in [0, vocabulary), which may have names; else they are real numbers,
     stored * scale + shift. */
  bool ids;
  lw_item_limits (*limits)(const lw_dataset_info *info, int64_t channel);
  /** Why an item is outside its limits: "has token 9 at 4, outside the vocabulary of 8". text
   *  [LW_ITEM_FAULT] out. */
  void (*fault)(const lw_dataset_info *info, const lw_item_place *place, double stored, char *text);
  /** "16 token ids", in the first line about a data set. */
  void (*describe)(const lw_dataset_info *info, FILE *out);
  /** Up to LW_ITEMS_SHOWN items, each with a blank before it. Errors: those of reading. */
  lw_status (*show)(const lw_dataset *dataset, lw_split split, const lw_items *items, FILE *out);
  /** Room in the batch for so many rows. Errors: LW_ERROR_MEMORY. */
  lw_status (*room)(struct lw_batch *batch, int64_t rows);
  /** Read items into their rows of the batch. Errors: as lw_dataset_read_*. */
  lw_status (*read)(struct lw_batch *batch, const lw_dataset *dataset, lw_split split,
                    const lw_items *items);
};
enum { LW_ITEMS_SHOWN = 64 };

/** Whether tokens without names are the bytes of a text: four in five are letters and signs of
 *  ASCII, and none is a control character. Local. */
bool lw_tokens_are_text(const lw_dataset *dataset, const int32_t *tokens, int64_t count);

extern const lw_input lw_input_tokens, lw_input_values;
/** All of them, NULL-ended. */
extern const lw_input *const lw_inputs[];

/** The row of a name; NULL: there is none. */
const lw_input *lw_input_find(const char *name);

#endif
