/** Which steps of one sample mattered for one output of a model: the gradient of the output with
 *  respect to what goes in, times what goes in, one number a step and input; and the attention
 *  matrices (study/attention_maps.h). As numbers, and as a picture of the sample.
 *
 *  Gradient x input is, to first order, what the output would lose if the input were 0. Of values
 *  the input is what the model sees, behind scale and shift and with missing values filled, so 0 is
 *  the mean of the training data where these are normalised. Of a token it is the token's vector,
 *  without its position: their products are summed over the width. It does not add up to the output
 *  exactly: the model is not linear. Source: [Shrikumar2016] in docs/notation.md. Dropout is off
 *  and batch norm takes the statistics of the training, as in an evaluation; a sample that is
 *  sharded stays so, and the results are those of any ranks but for rounding.
 *
 *  The file, a document's rows behind those of the one before:
 *  attributes of the root: format "longwave-explanation", checkpoint, data, split, sample, name,
 *    target; answer (the name of the class, number or token), output (its index among the outputs
 *    of an answer), step (-1: there is one answer), value (a logit; a number in its unit),
 *    probability (not of numbers), unit; second: the first row of a pair's second document, else -1
 *  /values float32 [T, channels] in their units, NaN: missing; /input, /gradient, /gradient_x_input
 *    float32 [T, inputs] as the model sees them; /inputs texts [inputs]; or
 *  /tokens int32 [T], /gradient_x_input float32 [T, 1]
 *  /times float64 [T] where there are times
 *  /layers/L/heads/H/before and after, of a second document below /second, as inspect --attention
 *  writes them. */
#ifndef LONGWAVE_STUDY_EXPLANATION_H
#define LONGWAVE_STUDY_EXPLANATION_H

#include "longwave/comm/world.h"
#include "longwave/data/dataset.h"
#include <stdbool.h>
#include <stdio.h>

typedef struct lw_explanation_request {
  const char *checkpoint, *data; /* "" data: that of the training */
  lw_split split;
  int64_t sample;
  const char *answer; /* class, number or token by its name or index; "": the most probable one, or
                         the only number */
  int64_t step;       /* of answers at steps, or of the next values; -1: there is one answer */
  const char *out, *pictures; /* file; folder, "" for none */
  bool maps;                  /* attention matrices, too */
  int64_t most_bytes;         /* of each document's */
  int64_t sequence;           /* ranks on the sequence axis; 0: chosen */
  bool accept_data;
  FILE *told; /* gets a few lines about what was found; or NULL */
} lw_explanation_request;

/** Collective over all; arranges the world. Errors, on all ranks: LW_ERROR_INPUT: no such sample,
 *  answer or step, files that must stay; those of lw_subject_open and lw_subject_load, of reading
 *  and writing. */
LW_MUST_USE lw_status lw_explain(lw_world *world, const lw_explanation_request *request);

#endif
