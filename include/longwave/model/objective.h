/** What a model is to achieve: one row for each objective. A row says what it needs of the model's
 *  end, what an answer costs, by which figures answers are judged and what a model must surpass.
 *  Training, evaluation, metrics.csv, log, bar, checkpoints, tables, reports and doctor walk rows
 *  and their named figures; none of them asks which objective it is. Not here: where a data set has
 *  the answers (data/target.h), sums over batches and ranks (train/loss.h).
 *
 *  Invariants: figure 0 is the loss, the mean over answers of what `add` adds to sum 0; every other
 *  stored figure follows from the sums and the number of answers alone, and every tallied one from
 *  the tally of an evaluation (model/tally.h), so that none depends on batches and ranks.
 *
 *  To add an objective: 1. src/model/objective_<name>.c, listed in src/model/meson.build, with its
 *  functions, figures and row; 2. declare the row below and put it into lw_objectives[]
 *  (src/model/objectives.c); 3. if no data set can hold its answers yet, a target (data/target.h).
 *  tests/unit/test_objective.c then checks the row: gradient against differences, sums over parts,
 *  figures; tests/support/toy_objective.c is an objective of one file that is trained
 *  (tests/mpi/test_toy_objective.c). */
#ifndef LONGWAVE_MODEL_OBJECTIVE_H
#define LONGWAVE_MODEL_OBJECTIVE_H

#include "longwave/data/batch.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/model/cost.h"
#include "longwave/model/tally.h"

/** LW_OBJECTIVE_SUMS: room for an objective's sums; LW_FIGURES: for its figures. */
enum { LW_OBJECTIVE_SUMS = 16, LW_FIGURES = 8, LW_SCORE_TEXT = 384 };

typedef struct lw_objective lw_objective;

/** What the data decide about a model. */
typedef struct lw_model_data {
  const lw_input *input;
  const lw_objective *objective;
  int64_t vocabulary;
  int64_t inputs;         /* numbers of a row of values: lw_input_numbers */
  int64_t outputs;        /* of an answer: lw_dataset_outcomes */
  int64_t step_outputs;   /* of a step beside the answers (model/step_head.h); 0: none */
  int64_t most_positions; /* longest document, for learned positions and biases per distance */
} lw_model_data;

/** The end of the model that gives the outputs of an answer. */
typedef enum lw_readout {
  LW_READOUT_SAMPLE, /* from the pooled tokens of a sample */
  LW_READOUT_PAIR,   /* from those of its two documents (model/pair_head.h) */
  LW_READOUT_ROW,    /* from each row by itself */
} lw_readout;

/** Sums over answers; those of batches and ranks are added up one by one. 0: of losses. */
typedef struct lw_sums {
  double sum[LW_OBJECTIVE_SUMS];
} lw_sums;

/** The values of an objective's figures, in their order; NAN: not known. */
typedef struct lw_score {
  double value[LW_FIGURES];
} lw_score;

/** One number by which answers are judged. */
typedef struct lw_figure {
  const char *key;          /* "bits": a column of tables, a member of reports */
  const char *column;       /* "bits_per_token": in the files of a run folder */
  const char *title;        /* "perplexity": in sentences and over charts */
  const char *table;        /* "test bits per": over the column of a table */
  const char *help;         /* what that column is */
  const char *brief;        /* "acc": on the progress bar; NULL: not there */
  const char *unit;         /* "%": behind the value; "": it has none */
  double factor;            /* a value times this is shown in that unit */
  int digits, brief_digits; /* behind the point, as shown */
  int better;               /* 1: more is better, -1: less */
  int position;             /* of its column among the figures of a table, from 1 */
  bool asked;               /* in tables only by its name */
  bool per_unit;            /* `table` ends with what an outcome is: "byte" */
  bool share;               /* a share of the answers: has an interval, and can be at chance */
  bool stored;              /* made from the sums: in metrics.csv and checkpoints */
  bool tallied;             /* made from the tally of an evaluation: in the files behind the rest */
  int64_t outputs;          /* only models with so many outputs have it; 0: all */
  double (*of_loss)(double loss); /* of a figure that is not stored: it follows from the loss */
  /** "2.3821 bits per byte" instead of "title value unit". */
  void (*say)(double value, const lw_model_data *data, char *text, int64_t room);
  enum { LW_CHART_NONE, LW_CHART_VALIDATION, LW_CHART_BOTH } chart; /* curves in a report */
} lw_figure;

/** One answer of a model. */
typedef struct lw_answer {
  const float *output; /* [outputs] */
  int64_t outputs;
  const lw_batch *batch;
  int64_t index; /* of the answer in the batch */
  double weight; /* of its sample, in training; else 1 */
  double scale;  /* of the gradient, beside the weight */
  const lw_cost *cost;
} lw_answer;

/** Whether something is known of what is asked. */
bool lw_answer_asked(const lw_answer *answer, const lw_target *target);

/** Options of the section `objective` and of training that an objective heeds. */
enum {
  LW_HEEDS_LOSS = 1,
  LW_HEEDS_CLASS_WEIGHTS = 2,
  LW_HEEDS_POSITIVE_WEIGHTS = 4,
  LW_HEEDS_SMOOTHING = 8,
};

/** Simple guesses about a data set that `longwave doctor` compares. */
typedef enum lw_guesswork {
  LW_GUESSWORK_NONE,
  LW_GUESSWORK_CLASSES, /* the class from length, counts of items, bright spots */
  LW_GUESSWORK_COUNTS,  /* bits per token from counts of tokens and of pairs */
} lw_guesswork;

/** A guess that needs no training (model/baseline.h); `longwave doctor` tells its figures. */
typedef enum lw_baseline_kind {
  LW_BASELINE_COMMONEST, /* the commonest class of the train split */
  LW_BASELINE_ALL,       /* of several classes: every one */
  LW_BASELINE_NONE,      /* none */
  LW_BASELINE_MEAN,      /* numbers: their mean over the train split */
  LW_BASELINE_BEHIND,    /* next values: those `lag` steps before, again and again; 1: the last one,
                            0: the best lag, which is to be found */
} lw_baseline_kind;

typedef struct lw_baseline {
  lw_baseline_kind kind;
  int64_t lag;
  const char *words; /* "always the mean of the train split" */
} lw_baseline;

struct lw_objective {
  const char *name; /* "next token" */
  /* Data sets that ask for this target, of samples with so many documents, have this objective. */
  const lw_target *target;
  int64_t documents;
  lw_readout readout;
  bool causal; /* an answer stands behind its row: no later token may be seen there */
  int sums, figures;
  const lw_figure *figure; /* [figures]; the loss first */
  int leading; /* the one that is shown first, has an interval and is compared with the baseline */
  unsigned heeds;
  /** sum [sums] added to; gradient [outputs] out or NULL: of scale times the loss, 0 where nothing
   *  is asked. */
  void (*add)(const lw_answer *answer, float *gradient, double *sum);
  /** Stored figures from sums over so many answers. */
  void (*measure)(const double *sum, double answers, lw_score *score);
  /** What the tallied figures are made from; NULL: it has none. */
  const lw_tally *tally;
  /** The outcome that an answer names; NULL: it names none, or too many for a table of labels and
   *  guesses (confusion), which is made with it. */
  int64_t (*guess)(const float *output, int64_t outputs);
  /** The leading figure of one who knows no sample. list [count] samples, truncated to max_length.
   *  Errors: LW_ERROR_MEMORY, those of reading. */
  lw_status (*baseline)(const lw_dataset *dataset, lw_split split, const int64_t *list,
                        int64_t count, int64_t max_length, double *chance);
  const char *baseline_name; /* "always guessing the commonest class" */
  /** The same in short, "the most frequent byte", and what an outcome is, "byte". */
  const char *(*chance_name)(const lw_model_data *data);
  const char *(*outcome_name)(const lw_model_data *data);
  lw_guesswork guesswork;
  const lw_baseline *guesses; /* ended by NULL words; NULL: none */
};

extern const lw_objective lw_objective_class, lw_objective_pair_class, lw_objective_next_token,
    lw_objective_several, lw_objective_pair_several, lw_objective_numbers,
    lw_objective_pair_numbers, lw_objective_next_values, lw_objective_step_class,
    lw_objective_step_numbers, lw_objective_masked_tokens, lw_objective_masked_values,
    lw_objective_next_step;
/** All of them, NULL-ended; the first is that of runs of which nothing is known yet. */
extern const lw_objective *const lw_objectives[];

/** The row for this target and number of documents; NULL: there is none. */
const lw_objective *lw_objective_find(const lw_target *target, int64_t documents);
const lw_objective *lw_objective_of(const lw_dataset_info *info);

/** All figures from sums over `answers` answers; tallied ones are NAN. */
lw_score lw_objective_score(const lw_objective *objective, const lw_sums *sums, double answers);
/** Tallied figures are NAN, the others 0. */
lw_score lw_objective_unknown(const lw_objective *objective);
/** Tallied figures, in the units of the data set, added to it. */
void lw_objective_judge(const lw_objective *objective, const lw_dataset_info *info,
                        const double *tally, lw_score *score);
/** The figure with this key that a model with so many outputs has; -1: there is none, and keys
 *  [room] lists those that there are. */
int lw_objective_figure(const lw_objective *objective, int64_t outputs, const char *key, char *keys,
                        int64_t room);
/** The figures that follow from the loss, where the stored ones are known. */
void lw_score_complete(const lw_objective *objective, lw_score *score);
/** No evaluation yet: the figure that decides is worse than any, the others are 0. */
lw_score lw_objective_worst(const lw_objective *objective, int figure);
/** Whether a value of a figure is better than another. */
bool lw_figure_better(const lw_figure *figure, double a, double b);
/** The 95 % interval of the leading figure; low = high = value where there is none. */
void lw_score_interval(const lw_objective *objective, const lw_score *score, int64_t answers,
                       double *low, double *high);

/** ", perplexity 5.213, 2.3821 bits per byte, accuracy 61.20 %": all figures but the loss that
 *  are known.
 *  interval: "95 %:" adds " (95 %: 58.10 to 64.22)" of so many answers to the leading one; NULL:
 *  adds nothing. */
const char *lw_score_text(const lw_model_data *data, const lw_score *score, const char *interval,
                          int64_t answers, char text[LW_SCORE_TEXT]);
/** The same of those figures alone that tables show only by their names, or of the others alone. */
const char *lw_score_part(const lw_model_data *data, const lw_score *score, const char *interval,
                          int64_t answers, bool asked, char text[LW_SCORE_TEXT]);
/** "61.20 %": a value of a figure. */
const char *lw_figure_text(const lw_figure *figure, double value, char text[LW_SCORE_TEXT]);

/** Wilson's score interval of a share of `answers` at 95 %. Source: [Wilson1927]. It takes answers
 *  as independent, which the tokens of one text are not: of next tokens it is too narrow. */
void lw_wilson(double share, int64_t answers, double *low, double *high);

/* ---- for objectives that choose one of several outcomes ---- */

/** Figures of those that choose a class. */
enum {
  LW_CHOICE_LOSS,
  LW_CHOICE_ACCURACY,
  LW_CHOICE_BALANCED,
  LW_CHOICE_F1,
  LW_CHOICE_AREA,
  LW_CHOICE_FIGURES
};
/** Sum 0: cross entropy; sum 1: whether the greatest output (the first among equals) is right. */
void lw_choice_add(const lw_answer *answer, float *gradient, double *sum);
/** The index of the greatest output. */
int64_t lw_choice_guess(const float *output, int64_t outputs);
/** Counts of labels, guesses and right ones, and the scores of two classes. */
extern const lw_tally lw_choice_tally;
/** The share of the outcome that is right most often. */
lw_status lw_choice_baseline(const lw_dataset *dataset, lw_split split, const int64_t *list,
                             int64_t count, int64_t max_length, double *chance);
/** Figures of several objectives, as initialisers. */
#define LW_FIGURE_LOSS                                                                             \
  {                                                                                                \
    .key = "loss", .column = "loss", .title = "loss", .table = "test loss",                        \
    .help = "mean loss on the test split", .brief = "loss", .unit = "", .factor = 1.0,             \
    .digits = 4, .brief_digits = 4, .better = -1, .position = 9, .asked = true, .stored = true,    \
    .chart = LW_CHART_BOTH                                                                         \
  }
#define LW_FIGURE_ACCURACY                                                                         \
  {                                                                                                \
    .key = "accuracy", .column = "accuracy", .title = "accuracy", .table = "test accuracy %",      \
    .help = "accuracy on the test split, mean over seeds and standard deviation", .brief = "acc",  \
    .unit = "%", .factor = 100.0, .digits = 2, .brief_digits = 1, .better = 1, .position = 3,      \
    .share = true, .stored = true, .chart = LW_CHART_BOTH                                          \
  }
/** One that is tallied: key, column, title, header in tables, help, position there. */
#define LW_FIGURE_TALLIED(k, t, head, sentence, at)                                                \
  .key = (k), .column = (k), .title = (t), .table = (head), .help = (sentence), .position = (at),  \
  .tallied = true
#define LW_FIGURE_ERROR .unit = "", .factor = 1.0, .digits = 4, .brief_digits = 3, .better = -1
/** One between 0 and 1. */
#define LW_FIGURE_SHARE .unit = "%", .factor = 100.0, .digits = 2, .brief_digits = 1, .better = 1
#define LW_FIGURE_AREA .unit = "", .factor = 1.0, .digits = 4, .brief_digits = 3, .better = 1
#define LW_FIGURE_MACRO_F1                                                                         \
  LW_FIGURE_TALLIED("macro_f1", "macro F1", "test macro F1",                                       \
                    "mean F1 over the classes that labels or guesses of the test split have", 4),  \
      LW_FIGURE_AREA

#endif
