/** Files of the archives of time series, one sample (a case) at a time: plain or gzip, LF or CRLF,
 *  known by their content.
 *    ts     UEA and UCR archive, and that of regression: @problemName .. @data; channels split by
 *           ':', values by ',' or pairs (time,value), the target last
 *    arff   the same archive as Weka's files: one attribute a step and the target last, or one
 *           relational attribute with a row a channel, and the target
 *    tsf    the archive of forecasting: attributes, then values, split by ':'
 *    ucr    lines of a label and values, split by tabs, commas or blanks; missing values at the end
 *           of a line fill it up, and are dropped
 *  Comments begin with # or %. A missing value is '?' or NaN in any case. Channels of one sample
 *  that are shorter than others end with missing values. Every failure names file and line. Local.
 *  Not here: what a data set makes of them (src/task/series.c). */
#ifndef LONGWAVE_PARSE_SERIES_H
#define LONGWAVE_PARSE_SERIES_H

#include "longwave/base/choice.h"
#include "longwave/base/status.h"
#include "longwave/parse/moment.h"
#include <stdbool.h>
#include <stdint.h>

#define LW_SERIES_CHOICES(TYPE, ITEM)                                                              \
  TYPE(lw_series_kind)                                                                             \
  ITEM(LW_SERIES_TS, "ts")                                                                         \
  ITEM(LW_SERIES_ARFF, "arff")                                                                     \
  ITEM(LW_SERIES_TSF, "tsf")                                                                       \
  ITEM(LW_SERIES_UCR, "ucr")
LW_CHOICE(LW_SERIES_CHOICES);

typedef enum lw_series_target {
  LW_SERIES_NOTHING, /* no target */
  LW_SERIES_CLASS,
  LW_SERIES_NUMBER,
} lw_series_target;

/** What the header says. Borrowed from the reader. */
typedef struct lw_series_head {
  lw_series_kind kind;
  lw_series_target target;
  const char *problem;        /* its name, or "" */
  const char *const *classes; /* [class_count] in the order of the header; ucr: none */
  int64_t class_count;
  int64_t channels;      /* of every sample; 0 until a sample tells */
  bool stamped;          /* samples have times */
  lw_moment_form moment; /* of times; auto until a sample tells */
} lw_series_head;

/** Borrowed until the next sample. */
typedef struct lw_series_sample {
  int64_t line; /* where it stands, from 1 */
  int64_t steps, channels;
  const float *values; /* [steps, channels], NaN where missing */
  const double *times; /* [steps] (parse/moment.h), or NULL */
  const char *target;  /* its text; "" when it is '?' or there is none */
  double number;       /* LW_SERIES_NUMBER: the target, NaN when it is '?' */
  const char *name;    /* tsf: the attribute series_name, or the first one; else "" */
} lw_series_sample;

typedef struct lw_series lw_series;

/** Opens the file and reads its header. Errors: LW_ERROR_FILE; LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_series_open(const char *path, lw_series **out);
void lw_series_close(lw_series **series);
const lw_series_head *lw_series_head_of(const lw_series *series); /* borrowed */

/** The next sample. *more: whether there was one. Errors: LW_ERROR_INPUT for another number of
 *  channels than before or than the header says, text in numbers, infinity, a class that the header
 *  does not name, no values, channels of one sample with different times. */
LW_MUST_USE lw_status lw_series_next(lw_series *series, lw_series_sample *sample, bool *more);

#endif
