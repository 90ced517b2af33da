/** A picture in memory: rectangles, small text, maps of numbers in colours. Nothing reaches beyond
 *  the edges: what would is left out. */
#ifndef LONGWAVE_IO_PICTURE_H
#define LONGWAVE_IO_PICTURE_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct lw_picture {
  int64_t width, height;
  uint8_t *rgb; /* [height, width, 3], owned, white at first */
} lw_picture;

typedef struct lw_colour {
  uint8_t red, green, blue;
} lw_colour;

/** Size of a letter with the gap after it, in pixels. */
enum { LW_LETTER_WIDTH = 8, LW_LETTER_HEIGHT = 12 };

LW_MUST_USE lw_status lw_picture_init(lw_picture *picture, int64_t width, int64_t height);
void lw_picture_done(lw_picture *picture);

void lw_picture_fill(lw_picture *picture, int64_t x, int64_t y, int64_t width, int64_t height,
                     lw_colour colour);
/** Capitals, digits and signs of ASCII; small letters are written as capitals, others as blanks. */
void lw_picture_text(lw_picture *picture, int64_t x, int64_t y, const char *text);

typedef struct lw_point {
  int64_t x, y;
} lw_point;
/** Two pixels thick, to the right or straight down or up: from.x <= to.x. */
void lw_picture_line(lw_picture *picture, lw_point from, lw_point to, lw_colour colour);

/** What raises, in red, and what lowers, in blue, each from 0 (white) to 1; purple is both. */
lw_colour lw_colour_of_two(double up, double down);

/** How numbers become colours: from `least` (dark) to `most` (bright), linearly or by logarithm;
 *  less than 0 is grey: there is no number. */
typedef struct lw_colour_scale {
  bool logarithmic;
  double least, most;
} lw_colour_scale;
lw_colour lw_colour_of(const lw_colour_scale *scale, double x);

typedef struct lw_picture_numbers {
  const float *number; /* [side, side], borrowed */
  int64_t side, zoom;  /* a number is zoom pixels wide and high */
  lw_colour_scale scale;
} lw_picture_numbers;

/** A square of numbers in colours, with a thin frame. */
void lw_picture_map(lw_picture *picture, int64_t x, int64_t y, const lw_picture_numbers *map);
/** A bar of all colours of a scale, with its ends in figures. */
void lw_picture_scale(lw_picture *picture, int64_t x, int64_t y, int64_t width,
                      const lw_colour_scale *scale);

#endif
