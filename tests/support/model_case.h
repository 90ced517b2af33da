/** Models and batches for the tests of the model as a whole: every option of model and attention in a
 *  table of configurations, a pass with its loss and gradient. */
#ifndef TESTS_SUPPORT_MODEL_CASE_H
#define TESTS_SUPPORT_MODEL_CASE_H

#include "mpi_case.h"
#include "tiny_model.h"

/** The step of all passes, on which dropout depends. */
enum { MODEL_CASE_STEP = 3 };

/** What goes in, and, for the last, what is asked: tokens, of which the next one. */
enum { KIND_TOKENS, KIND_VALUES, KIND_CHANNELS, KIND_NEXT };

typedef struct configuration {
  int kind;
  int64_t stretch; /* of the samples; 0: 1 */
  const char *settings;
} configuration;

/** Every option of model and attention stands in at least one line. Lines that name a head for pairs
 *  have pairs of documents as samples. */
enum { CONFIGURATIONS = 38 };
extern const configuration configurations[CONFIGURATIONS];

bool asks_next(const configuration *c);
bool has_pairs(const configuration *c);
/** Rows of logits for all samples. */
int64_t answers_of(const configuration *c);

/** A model off its start values, the same on each call. */
lw_model *model_with(const configuration *c, const lw_world *world, lw_matmul_kind matmul);
lw_model *model_of(const configuration *c, const lw_world *world);

/** This rank's rows of the samples b with owner[b] == taken (all of them when owner is NULL), as the
 *  model wants them. */
lw_batch batch_of(const configuration *c, const lw_model *model, const int *owner, int taken);

/** This rank's part of the mean loss; its gradient is added to the model's when asked for. */
double loss_of(lw_model *model, const lw_batch *batch, lw_mode mode, bool gradient);

/** Relative distance of all gradients, or of all values. */
double flat_error(const lw_params *got, const lw_params *want, bool gradient);

#endif
