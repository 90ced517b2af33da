/** ListOps: nested MIN, MAX, MED and SM (sum modulo 10) of digits; the class is the value. The
 *  grammar, its probabilities and the length limits are those of Long Range Arena ([Tay2021] in
 *  docs/notation.md), after [Nangia2018]; the random numbers are ours, so the trees are other ones
 *  of the same distribution. Token ids: 0..9 the digits, then LW_LISTOPS_MIN.. as below; brackets
 *  ( and ) are dropped, as LRA's reader does. There is no padding id: samples are stored and
 *  trained on without padding. Neighbours: task.h. */
#ifndef LONGWAVE_TASK_LISTOPS_H
#define LONGWAVE_TASK_LISTOPS_H

#include "longwave/task/task.h"

enum {
  LW_LISTOPS_MIN = 10,
  LW_LISTOPS_MAX,
  LW_LISTOPS_MED, /* mean of the two middle values, truncated, when their count is even */
  LW_LISTOPS_SM,
  LW_LISTOPS_CLOSE,
  LW_LISTOPS_TOKENS,
  LW_LISTOPS_END = LW_LISTOPS_TOKENS, /* only with the end mark */
  LW_LISTOPS_CLASSES = 10,
  LW_LISTOPS_DEPTH_MAX = 256, /* operators inside each other that lw_listops_evaluate follows */
};

typedef struct lw_listops_settings {
  lw_task_out out;
  int64_t count[LW_SPLITS];
  int64_t min_length, max_length; /* both kept; the end mark does not count */
  int64_t max_depth, max_arguments;
  int64_t seed;
  bool end_mark;
  char import[LW_SPLITS][LW_TEXT_MAX]; /* files in place of drawing; "" for none */
} lw_listops_settings;

/** Value of a whole expression. Local. Errors: LW_ERROR_INPUT with the position in tokens. */
LW_MUST_USE lw_status lw_listops_evaluate(const uint8_t *tokens, int64_t count, int32_t *value);

/** Tree number `number`, a pure function of (seed, number). Returns its length, or max_length + 1
 *  when it is longer. tokens [max_length + 1] out */
int64_t lw_listops_draw(const lw_listops_settings *settings, uint64_t number, uint8_t *tokens);

/** Draw trees in order of their number; those of fitting length that have not been seen go to train
 *  until it is full, then to validation, then to test. *drawn: the trees looked at. Local. Errors:
 *  LW_ERROR_INPUT when so many new trees cannot be found. */
LW_MUST_USE lw_status lw_listops_generate(const lw_listops_settings *settings,
                                          lw_samples samples[LW_SPLITS], int64_t *drawn);

/** Append a file: LRA's (header line, expression TAB label) or the original (label TAB expression,
 *  no header), plain or gzip. Every label is checked by evaluation. Local. Errors: LW_ERROR_FILE;
 *  LW_ERROR_INPUT with file, line and byte. */
LW_MUST_USE lw_status lw_listops_import(const char *path, bool end_mark, lw_samples *samples);

#endif
