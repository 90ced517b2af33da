/** What an evaluation counts beside the sums of model/objective.h: as many numbers as an objective
 *  needs for figures that no mean over answers gives, F1, the area under the ROC curve, errors in
 *  the unit of each number. They are added up over answers, threads and ranks; whole counts do not
 *  depend on the order at all. Not here: sums that training has too.
 *
 *  Areas under curves are made from histograms of the logit, equal bins in [-16, 16], two answers
 *  of one bin counting as equal: half right. Source: [Fawcett2006], sections 5 and 7. */
#ifndef LONGWAVE_MODEL_TALLY_H
#define LONGWAVE_MODEL_TALLY_H

#include "longwave/base/text.h"
#include "longwave/data/dataset.h"
#include <stdbool.h>

struct lw_answer;
struct lw_score;

enum { LW_BREAKDOWN_COLUMNS = 8, LW_BREAKDOWN_NAME = 160 };

/** A table of the parts of an evaluation: a line a class, a number, a step ahead, a threshold. */
typedef struct lw_breakdown {
  const char *name;  /* "classes": classes-test.csv */
  const char *title; /* over it, in a report */
  const char *first; /* the name of its first column, "class" */
  int columns;
  const char *column[LW_BREAKDOWN_COLUMNS]; /* the others */
  /* How a report draws it: as a table, or column y over column x, a curve for each name, or a dot
     for each row, the larger the greater column `size`; with a diagonal where that means
     something. */
  struct {
    const char *x, *y, *size, *title;
    bool diagonal;
  } chart[2];
  int64_t (*rows)(const lw_dataset_info *info);
  /** name [LW_BREAKDOWN_NAME] out: of the first column. cells [columns] out, NAN: nothing. false:
   *  the row is left out. */
  bool (*fill)(const lw_dataset *dataset, const double *tally, int64_t row, char *name,
               double *cells);
} lw_breakdown;

typedef struct lw_tally {
  /** How many numbers. */
  int64_t (*size)(int64_t outputs);
  void (*add)(const struct lw_answer *answer, double *tally);
  void (*judge)(const lw_dataset_info *info, const double *tally, struct lw_score *score);
  const lw_breakdown *const *breakdowns; /* NULL-ended */
} lw_tally;

/* ---- counts of a class: its labels, its guesses, and those that agree ---- */

typedef struct lw_hits {
  double labelled, guessed, right;
} lw_hits;
/** right / guessed, right / labelled, 2 right / (guessed + labelled); NAN where there is nothing to
 *  divide by. */
double lw_hits_precision(lw_hits hits);
double lw_hits_recall(lw_hits hits);
double lw_hits_f1(lw_hits hits);
/** The mean of one of them over those of `count` classes for which it is known; NAN: for none.
 *  hits [count] as numbers behind each other. */
double lw_hits_mean(const double *hits, int64_t count, double (*of)(lw_hits));
lw_hits lw_hits_of(const double *hits, int64_t index);

/** Of a breakdown by class: rows, and the name and six cells of one: labelled, guessed, right,
 *  precision, recall, F1. tally begins with the hits. */
int64_t lw_hits_rows(const lw_dataset_info *info);
bool lw_hits_cells(const lw_dataset *dataset, const double *tally, int64_t row, char *name,
                   double *cells);

/* ---- histograms of scores ---- */

/** Bins of a histogram when there are histograms of so many classes: 4096, fewer from 257 on. */
int64_t lw_bins(int64_t classes);
/** The bin of a logit. */
int64_t lw_bin_of(double logit, int64_t bins);
/** without, with [bins] in: answers of which the class is not, or is, right; NAN: one is empty. */
double lw_bins_area(const double *without, const double *with, int64_t bins);

/** Points of a curve that is drawn. */
enum { LW_CURVE_POINTS = 101 };
/** What is right and wrong when the class is named from a threshold on, that which leaves a share
 *  of point / (LW_CURVE_POINTS - 1) of the answers below it. */
typedef struct lw_threshold {
  double logit, recall, false_share, precision;
} lw_threshold;
lw_threshold lw_bins_point(const double *without, const double *with, int64_t bins, int64_t point);
/** A breakdown of them, as initialisers without its functions, and its cells. */
#define LW_CURVES                                                                                  \
  .name = "curves", .title = "curves", .first = "class", .columns = 4,                             \
  .column = {"logit", "false_positive_rate", "recall", "precision"},                               \
  .chart = {{"false_positive_rate", "recall", NULL, "ROC curve", true},                            \
            {"recall", "precision", NULL, "precision and recall", false}}
/** false: the point is the one before. */
bool lw_threshold_cells(const double *without, const double *with, int64_t bins, int64_t point,
                        double *cells);

#endif
