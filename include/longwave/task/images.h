/** Small grey pictures read as sequences of pixels, row by row: MNIST, Fashion-MNIST, CIFAR-10.
 *  Neighbours: task.h. The file formats are read in src/task/idx.c and src/task/cifar.c. */
#ifndef LONGWAVE_TASK_IMAGES_H
#define LONGWAVE_TASK_IMAGES_H

#include "longwave/base/choice.h"
#include "longwave/task/task.h"

/** How colours become grey. */
#define LW_GREY_CHOICES(TYPE, ITEM)                                                                \
  TYPE(lw_grey)                                                                                    \
  /* (19595 R + 38470 G + 7471 B + 32768) >> 16, the usual 8-bit luma */                           \
  ITEM(LW_GREY_LUMA, "luma")                                                                       \
  /* Long Range Arena: 0.2989 R + 0.587 G + 0.114 B, then truncation of grey / 255 * 255.5 */      \
  ITEM(LW_GREY_LRA, "lra")
LW_CHOICE(LW_GREY_CHOICES);

#define LW_PERMUTE_CHOICES(TYPE, ITEM)                                                             \
  TYPE(lw_permute)                                                                                 \
  ITEM(LW_PERMUTE_NONE, "none")                                                                    \
  /* the bits of 0 .. 2^b - 1 reversed, 2^b >= pixels; those below `pixels`, in that order */      \
  ITEM(LW_PERMUTE_BIT_REVERSAL, "bit-reversal")                                                    \
  ITEM(LW_PERMUTE_RANDOM, "random") /* one random order, the same for all pictures */
LW_CHOICE(LW_PERMUTE_CHOICES);

uint8_t lw_grey_of(lw_grey grey, uint8_t red, uint8_t green, uint8_t blue);

/** order[0..pixels): position i of the sequence takes pixel order[i]. */
void lw_image_order(lw_permute permute, uint64_t seed, int64_t pixels, int64_t *order);

#endif
