/** A column of a metrics.csv as a curve that can be drawn: at most so many points, each the mean,
 *  least and greatest of a stretch of rows. The rows of one split are divided into stretches of
 *  equal length, whatever their values, so that all columns of a split have their points at the
 *  same steps. Local. Not here: how it is drawn. */
#ifndef LONGWAVE_BASE_CURVE_H
#define LONGWAVE_BASE_CURVE_H

#include "longwave/base/csv.h"
#include <stdbool.h>

/** Zero-initialise. */
typedef struct lw_curve {
  int64_t points;
  bool thinned;              /* a point stands for more than one row */
  double *step;              /* [points], owned: that of the row in the middle of the stretch */
  double *mean, *low, *high; /* [points], owned: over finite values; NAN: there are none */
  double lost;               /* step of the first value that is not finite; NAN: all are finite */
} lw_curve;

/** Rows whose column `split` is `split`; an empty cell is no value, and not a lost one.
 *  most    points, at least 1
 *  curve   out, written over
 *  Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_curve_read(const lw_csv *csv, const char *split, const char *column,
                                    int64_t most, lw_curve *curve);
void lw_curve_done(lw_curve *curve);

#endif
