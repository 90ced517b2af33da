/* What the sources of explanations share: explanation.c (the pass), explanation_answer.c (what is
   explained), explanation_file.c (numbers), explanation_look.c (reading them again, what is told),
   explanation_picture.c and explanation_tokens.c. */
#ifndef LONGWAVE_STUDY_EXPLANATION_INSIDE_H
#define LONGWAVE_STUDY_EXPLANATION_INSIDE_H

#include "longwave/data/batch.h"
#include "longwave/data/target.h"
#include "longwave/io/h5.h"
#include "longwave/io/picture.h"
#include "longwave/study/explanation.h"
#include "longwave/train/subject.h"

enum {
  EXPLANATION_NAME = 512,
  EXPLANATION_PEAKS = 5,
  EXPLANATION_COLUMNS = 1000,
  EXPLANATION_PATH = LW_TEXT_MAX + 32
};

/* The one output that is explained. */
typedef struct explained {
  int64_t named;  /* the class, number or token that was asked for, or the model's guess; -1: not
                     known yet */
  int64_t output; /* its index among the outputs of an answer */
  double value;   /* a logit, or a number in its unit */
  double probability;
} explained;

typedef struct explanation {
  const lw_explanation_request *request;
  lw_subject *subject;
  const lw_dataset *dataset; /* borrowed, as info */
  const lw_dataset_info *info;
  char name[EXPLANATION_NAME]; /* of the sample; "" */
  int64_t tokens[2];           /* of its documents */
  int64_t rows, inputs;        /* tokens of all documents; numbers that go in at each */
  lw_batch batch;
  float *gradient; /* [batch.rows, inputs] */
  float *told;     /* [outputs] scratch */
  explained of;
  lw_h5_writer *writer;
} explanation;

/* ---- what is explained: Local, but for the last ---- */

static inline bool explanation_of_numbers(const explanation *e)
{
  return e->info->target->kind == LW_ANSWER_NUMBERS;
}
/* What the request asks for, checked. Errors: LW_ERROR_INPUT. */
LW_MUST_USE lw_status explanation_choose(explanation *e);
/* After forward: which output it is and what it came to, and its gradient with respect to the
   outputs, in the model's dlogits. Collective over all. */
void explanation_ask(explanation *e);
/* text [EXPLANATION_NAME] out: of the output, "N"; of what goes in, "lead II". */
void explanation_answer_name(const explanation *e, int64_t named, char *text);
void explanation_input_name(const explanation *e, int64_t input, char *text);
/* After backward: an output that is added to a last value of the sample (data.from_last) has that
   value's own slope, too. Local. Errors: those of reading. */
LW_MUST_USE lw_status explanation_add_last(const explanation *e);
/* "class N at step 12: logit 2.1, probability 0.93". text [EXPLANATION_NAME] out */
void explanation_title(const explanation *e, char *text);

/* ---- the file ---- */

/* All but the attention matrices. Local. */
LW_MUST_USE lw_status explanation_define(const explanation *e);
/* The rows of this rank. Local. */
LW_MUST_USE lw_status explanation_put(const explanation *e);

/* ---- looking at it: the root reads the file again, piece by piece ---- */

typedef struct explanation_peak {
  int64_t step;
  double product; /* sum over the inputs */
} explanation_peak;

typedef struct explanation_look {
  const explanation *e;
  lw_h5 *file;
  double *weight;                           /* [inputs] sum over the steps of |product| */
  explanation_peak peak[EXPLANATION_PEAKS]; /* greatest first; step -1: there are no more */
} explanation_look;

/* Errors: those of reading; LW_ERROR_MEMORY. */
LW_MUST_USE lw_status explanation_look_begin(const explanation *e, explanation_look *look);
void explanation_look_end(explanation_look *look);
void explanation_tell(const explanation_look *look);

/* Some steps as one column of a picture. */
typedef struct explanation_cell {
  float least, most; /* of the signal; least > most: all is missing */
  float up, down;    /* sums of the products above and below 0 */
} explanation_cell;

/* Cells [shown + 1, columns] of the inputs that are shown, and of the sum over all inputs behind
   them, for the steps [first, first + steps). */
typedef struct explanation_cells {
  int64_t first, steps, columns, shown;
  const int64_t *input; /* [shown], borrowed */
  explanation_cell *cell;
} explanation_cells;
LW_MUST_USE lw_status explanation_read_cells(const explanation_look *look,
                                             const explanation_cells *cells);
/* path [EXPLANATION_PATH] out: of the picture of the whole sample, or of that of the steps near the
   one that gave most, which a long sample has, too. */
void explanation_picture_path(const explanation *e, bool near, char *path);
bool explanation_has_near(const explanation *e);
LW_MUST_USE lw_status explanation_picture(const explanation_look *look, bool near);

/* A page of tokens, coloured by their products. */
typedef struct explanation_page {
  int64_t first, count;  /* tokens that are shown */
  int64_t width, height; /* in pixels */
  int32_t *token;        /* [count] */
  float *product;        /* [count] */
  bool text;             /* they are the bytes of a text */
} explanation_page;
/* The tokens around the greatest product, as many as a page has room for. Errors: those of
   reading. */
LW_MUST_USE lw_status explanation_page_init(const explanation_look *look, int64_t width,
                                            explanation_page *page);
void explanation_page_done(explanation_page *page);
void explanation_page_draw(const explanation *e, const explanation_page *page, lw_picture *picture,
                           int64_t left, int64_t top);

#endif
