/** Small data sets of tokens, of values and of tokens with labels of their steps, and trainers of a
 *  tiny model on them, for tests on several ranks. */
#ifndef LONGWAVE_TESTS_PRETRAIN_CASE_H
#define LONGWAVE_TESTS_PRETRAIN_CASE_H

#include "hand_made.h"
#include "longwave/base/text.h"
#include "longwave/data/target.h"
#include "longwave/train/trainer.h"
#include "mpi_folder.h"
#include "tiny_model.h"
#include <math.h>
#include <omp.h>

enum { SAMPLES = 13, LENGTH = 37 };

typedef enum kind { TOKENS, VALUES, LABELLED, KINDS } kind;
static const char *const kind_names[KINDS] = {"tokens", "values", "labelled"};

/* Tokens with classes of steps beside their class: the token before, 3 is unknown. */
static inline void write_labelled(const char *path, const lw_world *self)
{
  static const char *const names[] = {"a", "b", "c"};
  const lw_dataset_recipe recipe = {.task = "test",
                                    .input = &lw_input_tokens,
                                    .target = &lw_target_class,
                                    .vocabulary = 5,
                                    .classes = 2,
                                    .scale = 1.0,
                                    .class_names = names,
                                    .step_classes = 3,
                                    .step_names = names,
                                    .documents = 1,
                                    .origin = "made by a test",
                                    .settings = "test: {}\n"};
  lw_samples samples[LW_SPLITS] = {{0}};
  FINE(lw_samples_room(&samples[LW_SPLIT_TRAIN], SAMPLES, LENGTH));
  FINE(lw_samples_steps(&samples[LW_SPLIT_TRAIN]));
  for (int64_t i = 0; i < SAMPLES * LENGTH; i++) {
    samples[0].bytes[i] = (uint8_t)(i * i % 7 % 5);
    samples[0].steps[i] = i % LENGTH ? samples[0].bytes[i - 1] % 3 : 0;
    samples[0].labels[i / LENGTH] = (int32_t)(i / LENGTH % 2);
  }
  for (int split = 1; split < LW_SPLITS; split++) {
    FINE(lw_samples_room(&samples[split], 1, LENGTH));
    FINE(lw_samples_steps(&samples[split]));
  }
  FINE(lw_dataset_write(path, self, &recipe, samples));
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&samples[split]);
}

/* Both the next item and the one at the middle of two others can be learnt. */
static inline void write_data(const char *path, bool tokens)
{
  double items[SAMPLES * LENGTH];
  for (int i = 0; i < SAMPLES * LENGTH; i++) {
    const int t = i % LENGTH + i / LENGTH;
    items[i] = tokens ? t * t % 7 % 5 : 20 + (int)(15.0 * sin(0.3 * t));
  }
  hand_made_write(path, &(hand_made){.values = !tokens,
                                     .vocabulary = tokens ? 5 : 0,
                                     .scale = tokens ? 1.0 : 0.1,
                                     .split = {{SAMPLES, NULL, LENGTH, items, NULL},
                                               {SAMPLES, NULL, LENGTH, items, NULL}}});
}

typedef struct asking {
  kind data;
  const char *settings;
} asking;

typedef struct place {
  char folder[TEMP_FOLDER_MAX], data[KINDS][PATH_ROOM];
  lw_world *grid, *self;
} place;

static inline void enter(const lw_world *world, place *p)
{
  omp_set_num_threads(1);
  FINE(lw_world_create(MPI_COMM_SELF, &p->self));
  begin(world, p->folder, p->data[0], "tokens.h5");
  for (int k = 0; k < KINDS; k++)
    snprintf(p->data[k], PATH_ROOM, "%s/%s.h5", p->folder, kind_names[k]);
  if (!world->rank) {
    write_data(p->data[TOKENS], true);
    write_data(p->data[VALUES], false);
    write_labelled(p->data[LABELLED], p->self);
  }
  MPI_Barrier(world->all);
  FINE(lw_world_create(world->all, &p->grid));
}

static inline void leave(const lw_world *world, place *p)
{
  lw_world_destroy(&p->grid);
  lw_world_destroy(&p->self);
  end(world, p->folder);
}

static inline lw_status create(lw_world *world, const char *data, const char *settings,
                               const char *more, lw_trainer **out)
{
  static lw_job job;
  char text[TINY_TEXT_MAX];
  lw_text to = LW_TEXT_IN(text);
  lw_text_add(&to,
              "data.path=%s train.steps=100 train.batch_size=8 optimizer.learning_rate=0.01 "
              "optimizer.warmup=0 parallel.sequence=%d %s %s",
              data, world->size, settings, more);
  CHECK(!to.truncated, "too long: %s", text);
  FINE(tiny_job(text, &job));
  return lw_trainer_create(&job, world, out);
}

static inline lw_trainer *trainer_of(lw_world *world, const place *p, const asking *a,
                                     const char *more)
{
  lw_trainer *trainer = NULL;
  FINE(create(world, p->data[a->data], a->settings, more, &trainer));
  return trainer;
}

#endif
