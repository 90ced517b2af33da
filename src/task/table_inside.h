/** What the parts of the task `table` share: table.c (options, plan), table_look.c (what the train
 *  file shows beforehand), table_columns.c (which column is what), table_answer.c (answers, groups,
 *  weights and splits), table_book.c (the same from a file of outcomes), table_rows.c (rows
 *  one after the other), table_wide.c, table_steps.c and table_long.c (samples of the three forms).
 *  */
#ifndef LONGWAVE_TASK_TABLE_INSIDE_H
#define LONGWAVE_TASK_TABLE_INSIDE_H

#include "building.h"
#include "longwave/parse/delimited.h"
#include "longwave/parse/moment.h"
#include "seen.h"

#define LW_TABLE_ROWS_CHOICES(TYPE, ITEM)                                                          \
  TYPE(lw_table_rows)                                                                              \
  ITEM(LW_TABLE_SAMPLE, "sample")                                                                  \
  ITEM(LW_TABLE_STEP, "step")                                                                      \
  ITEM(LW_TABLE_VALUE, "value")
LW_CHOICE(LW_TABLE_ROWS_CHOICES);

#define LW_TABLE_SEPARATOR_CHOICES(TYPE, ITEM)                                                     \
  TYPE(lw_table_separator)                                                                         \
  ITEM(LW_TABLE_AUTO, "auto")                                                                      \
  ITEM(LW_TABLE_COMMA, "comma")                                                                    \
  ITEM(LW_TABLE_SEMICOLON, "semicolon")                                                            \
  ITEM(LW_TABLE_TAB, "tab")                                                                        \
  ITEM(LW_TABLE_BAR, "bar")                                                                        \
  ITEM(LW_TABLE_BLANKS, "blanks")
LW_CHOICE(LW_TABLE_SEPARATOR_CHOICES);

#define LW_TABLE_REPEATED_CHOICES(TYPE, ITEM)                                                      \
  TYPE(lw_table_repeated)                                                                          \
  ITEM(LW_TABLE_REFUSE, "refuse")                                                                  \
  ITEM(LW_TABLE_KEEP, "keep")                                                                      \
  ITEM(LW_TABLE_FIRST, "first")                                                                    \
  ITEM(LW_TABLE_LAST, "last")                                                                      \
  ITEM(LW_TABLE_MEAN, "mean")
LW_CHOICE(LW_TABLE_REPEATED_CHOICES);

#define LW_TABLE_ORDER_CHOICES(TYPE, ITEM)                                                         \
  TYPE(lw_table_order)                                                                             \
  ITEM(LW_TABLE_BY_STEP, "steps")                                                                  \
  ITEM(LW_TABLE_BY_CHANNEL, "channels")
LW_CHOICE(LW_TABLE_ORDER_CHOICES);

typedef struct lw_table_settings {
  lw_task_out out;
  char source[LW_SPLITS][LW_TEXT_MAX];
  lw_table_rows rows;
  lw_table_separator separator;
  bool header, quotes, decimal_comma, padded;
  char comment[LW_TEXT_MAX];
  const char *missing_marks, *channels, *leave_out, *target, *classes;
  char id[LW_TEXT_MAX], time[LW_TEXT_MAX], text[LW_TEXT_MAX], time_unit[LW_TEXT_MAX];
  char variable[LW_TEXT_MAX], value[LW_TEXT_MAX];
  lw_moment_form time_form;
  lw_table_repeated repeated;
  int64_t row_channels;
  lw_table_order row_order;
  lw_question question;
  char class_file[LW_TEXT_MAX], label_separator[LW_TEXT_MAX];
  char group[LW_TEXT_MAX], weight[LW_TEXT_MAX], split[LW_TEXT_MAX];
  char outcomes[LW_TEXT_MAX], outcomes_id[LW_TEXT_MAX];
  int64_t limit, horizon;
  lw_normalise normalise;
  lw_windows windows;
  lw_split_rule rule;
} lw_table_settings;

/* What a record says besides values: one field a target, then group, weight and split. */
enum { LW_TABLE_GROUP, LW_TABLE_WEIGHT, LW_TABLE_SPLIT, LW_TABLE_MORE };
typedef struct lw_table_field {
  const char *text; /* [length]; NULL: there is no such column */
  int64_t length;
  bool missing;
} lw_table_field;

/* Which column is what in one file; -1: none. */
typedef struct lw_table_columns {
  int64_t id, time, text, variable, value;
  int64_t *channel; /* [channels] */
  int64_t channels;
  bool adjacent;   /* they stand one behind the other */
  int64_t *answer; /* [fields] */
} lw_table_columns;

/* A record of the file of outcomes: places in the text of the book. */
typedef struct lw_table_outcome {
  int64_t id; /* in the text; behind it its fields, each a mark ('?': missing) and a text */
  int64_t line;
  bool used;
} lw_table_outcome;

typedef struct lw_table_book {
  lw_delimited *table;       /* open, for sentences; NULL: there is no such file */
  int64_t *column;           /* [fields] */
  lw_table_outcome *outcome; /* [count] by id */
  int64_t count, room;
  char *text;
  int64_t used, text_room;
} lw_table_book;

typedef struct lw_table_counts {
  int64_t rows, missing, repeated;
  int64_t other; /* values of variables that are no channels */
  int64_t empty; /* samples without any value */
  int64_t used;  /* outcomes of all samples */
} lw_table_counts;

typedef struct lw_table_reader {
  const lw_table_settings *own;
  lw_building *building;
  /* decided before all files are read (table_look.c); the same on all ranks */
  lw_list channels;    /* names of channels, or of the columns of a wide row */
  lw_list targets;     /* names of the columns that are asked */
  lw_product classes;  /* named classes: its `classes`; count 0: those that the samples name */
  lw_moment_form form; /* of times */
  lw_table_book book;
  lw_table_counts counts;
  /* the file being read */
  lw_delimited *table;
  lw_table_columns at;
  bool split_given;
  lw_split split;
  int64_t left; /* records that --limit still leaves */
  /* the sample */
  lw_table_field *field; /* [targets.count + LW_TABLE_MORE] */
  int64_t answers_line;  /* of the record that the fields are from */
  const char **labels;   /* [label_room] */
  int64_t label_room;
  float *numbers; /* [targets.count] */
  char *text;     /* copies of texts with a zero behind them */
  int64_t text_room, text_used;
  float *values; /* [value_room] */
  int64_t value_room;
} lw_table_reader;

/* ---- table_look.c ---- */

/** Decide what all files have in common. */
LW_MUST_USE lw_status lw_table_look(lw_table_reader *reader);

/* ---- table_columns.c ---- */

/** The names of channels and targets, by the header of the train file. */
LW_MUST_USE lw_status lw_table_name_columns(lw_table_reader *reader, lw_delimited *table);
/** Whether the channels are those of a data set that a model was trained on. */
bool lw_table_named_before(const lw_table_reader *reader);
/** Find the columns of the open file. */
LW_MUST_USE lw_status lw_table_find_columns(lw_table_reader *reader);
void lw_table_columns_done(lw_table_columns *at);
/** Whether each step has an answer of its own. */
bool lw_table_asks_steps(const lw_table_settings *own);
/** Fields of answers: targets and LW_TABLE_MORE. */
int64_t lw_table_fields(const lw_table_reader *reader);
/** Whether a field is missing: of numbers by the marks of missing values, of texts (a class may be
 *  called "-" or NA) only where the cell is empty. */
bool lw_table_field_missing(const lw_table_reader *reader, const lw_delimited *table, int64_t field,
                            int64_t column);
/** The columns of answers in a table: column [fields] out, -1: none. here: they
 *  are in this table, not in that of outcomes; answers of steps are never there. */
LW_MUST_USE lw_status lw_table_find_answers(const lw_table_reader *reader, lw_delimited *table,
                                            bool here, int64_t *column);

/* ---- table_answer.c ---- */

/** Fields of the current record to reader->field. */
void lw_table_take_fields(lw_table_reader *reader);
/** All that is known of a sample whose id (empty: none) is in the current record; its texts are
 *  borrowed until the next one. */
LW_MUST_USE lw_status lw_table_begin_sample(lw_table_reader *reader, lw_cell id,
                                            lw_builder_sample *sample);
/** The answer of a step in reader->field. */
LW_MUST_USE lw_status lw_table_answer_step(lw_table_reader *reader, int64_t step);

/* ---- table_book.c ---- */

/** Read the file of outcomes, if there is one. */
LW_MUST_USE lw_status lw_table_book_read(lw_table_reader *reader);
/** The outcome of an id; NULL: there is none. */
lw_table_outcome *lw_table_book_find(const lw_table_book *book, const char *id);
/** How many outcomes no sample has. */
int64_t lw_table_book_unused(const lw_table_book *book);
void lw_table_book_done(lw_table_book *book);

/* ---- the three forms: all samples of the open file ---- */

LW_MUST_USE lw_status lw_table_read_wide(lw_table_reader *reader);
LW_MUST_USE lw_status lw_table_read_steps(lw_table_reader *reader);
LW_MUST_USE lw_status lw_table_read_long(lw_table_reader *reader);

/* ---- table_rows.c ---- */

/** Open a file in the format of the settings. */
LW_MUST_USE lw_status lw_table_open(const lw_table_settings *own, const char *path,
                                    lw_delimited **out);
/** The next record, as far as --limit leaves one. */
LW_MUST_USE lw_status lw_table_next(lw_table_reader *reader, bool *more);
/** The time of the current record. */
LW_MUST_USE lw_status lw_table_time(lw_table_reader *reader, double *seconds);
/** The id of the current record; empty where there is no such column. */
lw_cell lw_table_id_of(const lw_table_reader *reader);

/** The ids of a file so far. Zero-initialise. */
typedef struct lw_table_id {
  lw_seen seen;
  bool any;
  char *id; /* [length] of the row before */
  int64_t length, room;
} lw_table_id;
/** *same: whether the current record has the id of the one before. Errors: LW_ERROR_INPUT for one
 *  that is empty or came before others. */
LW_MUST_USE lw_status lw_table_same_id(const lw_table_reader *reader, lw_table_id *ids, bool *same);
void lw_table_id_done(lw_table_id *ids);

#endif
