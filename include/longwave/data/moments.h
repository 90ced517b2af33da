/** Mean, deviation and bounds of many numbers, and whether a model can learn from values like
 *  these. Arithmetic that does not cancel: a mean far above the deviation loses nothing. */
#ifndef LONGWAVE_DATA_MOMENTS_H
#define LONGWAVE_DATA_MOMENTS_H

#include "longwave/data/dataset.h"

/** All zero: of no number. */
typedef struct lw_moments {
  int64_t count;
  double mean, squares; /* squares: the sum of (x - mean)^2 */
  double least, greatest;
} lw_moments;

/** x [count] in, all finite. Local. */
void lw_moments_add(lw_moments *moments, const double *x, int64_t count);
/** moments [channels] and items [count, channels] in: each channel by itself; a missing value (NAN)
 *  does not count. Local. */
void lw_moments_add_items(lw_moments *moments, const double *items, int64_t count,
                          int64_t channels);
/** As if the numbers of `more` had been added. Local. */
void lw_moments_join(lw_moments *moments, const lw_moments *more);
/** sqrt(squares / count); 0 of no number. */
double lw_moments_deviation(const lw_moments *moments);
/** Of scale * x + shift in place of x. */
lw_moments lw_moments_scaled(const lw_moments *moments, double scale, double shift);

enum { LW_MOMENTS_TEXT = 512 };

/** What is wrong with the values of a channel, and what to do about it: "mean 1000 and deviation 1,
 *  ...". "" when nothing is. `stored` are the moments before scale and shift. Local. */
const char *lw_moments_advice(const lw_moments *stored, const lw_dataset_info *info,
                              int64_t channel, char text[LW_MOMENTS_TEXT]);

/** Moments [channels] of stored values (before scale and shift) from at most 64 samples of a split,
 *  at most 16,384 neighbours of each; which ones is a function of the seed. Local. Errors: as
 *  lw_dataset_read_stored. */
LW_MUST_USE lw_status lw_moments_sample(const lw_dataset *dataset, lw_split split, uint64_t seed,
                                        lw_moments *moments);

#endif
