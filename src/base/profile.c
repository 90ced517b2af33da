#define _POSIX_C_SOURCE 200809L
#include "longwave/base/profile.h"
#include "longwave/base/text.h"
#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { DEPTH = 16 };
static double seconds[LW_PROFILE_KINDS];
static lw_profile_kind stack[DEPTH];
static int depth;
static double since;

/* The same for other threads: kinds of the stack in groups of BITS, the innermost lowest. */
enum { BITS = 4, MASK = (1 << BITS) - 1 };
static_assert((int)LW_PROFILE_KINDS <= (int)MASK && (int)DEPTH * (int)BITS <= 64,
              "a phase fits into 64 bits");
static _Atomic uint64_t phase;
static _Atomic int64_t moves, step_now, block_now = -1;
static _Atomic bool backward_now;

static void move_to(uint64_t next)
{
  atomic_store_explicit(&phase, next, memory_order_relaxed);
  atomic_fetch_add_explicit(&moves, 1, memory_order_relaxed);
}

double lw_clock(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Book the time since the last change on the kind that was on top. */
static void book(void)
{
  double now = lw_clock();
  if (depth > 0) seconds[stack[depth - 1]] += now - since;
  since = now;
}

void lw_profile_begin(lw_profile_kind kind)
{
  assert(depth < DEPTH);
  book();
  stack[depth++] = kind;
  move_to(phase << BITS | ((uint64_t)kind + 1));
}

void lw_profile_end(void)
{
  assert(depth > 0);
  book();
  depth--;
  move_to(phase >> BITS);
}

double lw_profile_seconds(lw_profile_kind kind)
{
  return seconds[kind];
}

const char *lw_profile_name(lw_profile_kind kind)
{
  static const char *const names[] = {
#define LW_PROFILE_NAME(name, text) [name] = (text),
      LW_PROFILE_TABLE(LW_PROFILE_NAME)
#undef LW_PROFILE_NAME
  };
  return names[kind];
}

void lw_profile_reset(void)
{
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++) seconds[kind] = 0.0;
}

void lw_profile_step(int64_t step)
{
  step_now = step;
}

void lw_profile_block(int64_t block, bool backward)
{
  block_now = block;
  backward_now = backward;
}

int64_t lw_profile_moves(void)
{
  return moves;
}

void lw_profile_place(char *text)
{
  const uint64_t now = phase;
  const int64_t block = block_now;
  lw_text to = lw_text_in(text, LW_PROFILE_PLACE_MAX);
  lw_text_add(&to, "step %lld", (long long)step_now);
  if (block >= 0)
    lw_text_add(&to, ", %s of block %lld", backward_now ? "backward" : "forward", (long long)block);
  for (int shift = (DEPTH - 1) * BITS; shift >= 0; shift -= BITS) {
    const int kind = (int)(now >> shift & MASK) - 1;
    if (kind < 0 || kind == LW_PROFILE_OTHER) continue;
    lw_text_add(&to, ", %s", lw_profile_name((lw_profile_kind)kind));
  }
}
