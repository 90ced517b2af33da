/** Pathfinder: two long dashed curves among short ones, and two discs. The class is whether the
 *  discs lie on the ends of one curve. Pictures of 128 x 128 are Path-X. The distribution is that
 *  of [Kim2020] with the settings of Long Range Arena ([Tay2021] in docs/notation.md); the random
 *  numbers are ours, so the pictures are other ones. How a picture is made stands at the top of
 *  src/task/pathfinder.c, what is drawn in src/task/pathfinder_dash.c. Neighbours: task.h. */
#ifndef LONGWAVE_TASK_PATHFINDER_H
#define LONGWAVE_TASK_PATHFINDER_H

#include "longwave/base/choice.h"
#include "longwave/task/task.h"

enum {
  LW_PATHFINDER_SIDE_LEAST = 16,
  LW_PATHFINDER_SIDE_MOST = 1024,
  LW_PATHFINDER_REACH_MOST = 48, /* paddle length + margin */
};

/** Paddles of a long curve at 32 pixels and above: 6, 9, 14. Below, where so many do not fit, in
 *  proportion to the side. */
#define LW_PATHFINDER_LEVEL_CHOICES(TYPE, ITEM)                                                    \
  TYPE(lw_pathfinder_level)                                                                        \
  ITEM(LW_PATHFINDER_EASY, "easy")                                                                 \
  ITEM(LW_PATHFINDER_INTERMEDIATE, "intermediate")                                                 \
  ITEM(LW_PATHFINDER_HARD, "hard")
LW_CHOICE(LW_PATHFINDER_LEVEL_CHOICES);

/** Lengths in pixels. A paddle is one dash of a curve. */
typedef struct lw_pathfinder_settings {
  int64_t side, padding; /* padding: border closed to curves, at least 1 */
  int64_t paddle_length;
  int64_t margin[2];         /* of paddles; each picture draws one of the two */
  int64_t seed_distance;     /* between the starts of the two long curves */
  int64_t contour_length;    /* paddles of a long curve */
  int64_t distractor_length; /* paddles of a short curve */
  int64_t distractors;       /* short curves; fewer when they do not fit */
  double thickness;          /* of a paddle, in halves */
  double disc_radius;
  double continuity; /* turns up to pi / 2 / continuity */
  double snake_contrast, paddle_contrast;
} lw_pathfinder_settings;

/** Those of Long Range Arena at 32, 64, 128 and 256 pixels, in proportion between them; below 32
 *  ours. Of a hard picture: distractors of 4 paddles, as many as in an easy one. */
lw_pathfinder_settings lw_pathfinder_settings_of(int64_t side, lw_pathfinder_level level);

/** What a picture shows; coordinates are y, x. */
typedef struct lw_pathfinder_truth {
  int32_t label;      /* 1: both discs on one curve */
  int64_t disc[2][2]; /* at the start of a curve, at the end of one */
  bool marked[2];     /* the long curves that carry a disc: both of them when the label is 0 */
  int64_t attempts;   /* of the two long curves */
  int64_t distractors;
} lw_pathfinder_truth;

/** What all pictures of a set have in common; read by all threads. */
typedef struct lw_pathfinder lw_pathfinder;
LW_MUST_USE lw_status lw_pathfinder_create(const lw_pathfinder_settings *settings,
                                           lw_pathfinder **out);
void lw_pathfinder_destroy(lw_pathfinder **pathfinder);

/** The memory of one thread at work. */
typedef struct lw_pathfinder_desk lw_pathfinder_desk;
LW_MUST_USE lw_status lw_pathfinder_desk_create(const lw_pathfinder *pathfinder,
                                                lw_pathfinder_desk **out);
void lw_pathfinder_desk_destroy(lw_pathfinder_desk **desk);

/** Picture number `number`, a pure function of (settings, seed, number): pixels [side, side] out.
 *  False when the long curves do not find room in LW_PATHFINDER_ATTEMPTS. */
enum { LW_PATHFINDER_ATTEMPTS = 200000 };
bool lw_pathfinder_draw(lw_pathfinder_desk *desk, uint64_t seed, uint64_t number, uint8_t *pixels,
                        lw_pathfinder_truth *truth);

/** What each pixel belongs to: a curve that carries a disc, or the disc; another curve, long or
 *  short; neither. What has most ink there, but at least a quarter. */
#define LW_PATHFINDER_STEP_CHOICES(TYPE, ITEM)                                                     \
  TYPE(lw_pathfinder_step)                                                                         \
  ITEM(LW_PATHFINDER_BACKGROUND, "background")                                                     \
  ITEM(LW_PATHFINDER_ANOTHER, "another curve")                                                     \
  ITEM(LW_PATHFINDER_MARKED, "marked curve")
LW_CHOICE(LW_PATHFINDER_STEP_CHOICES);
/** Of the picture that was drawn last on this desk, with its truth: steps [side, side] out. */
void lw_pathfinder_trace(lw_pathfinder_desk *desk, const lw_pathfinder_truth *truth,
                         uint8_t *steps);

#endif
