#define _POSIX_C_SOURCE 200809L
#include "longwave/base/profile.h"
#include <assert.h>
#include <time.h>

enum { DEPTH = 16 };
static double seconds[LW_PROFILE_KINDS];
static lw_profile_kind stack[DEPTH];
static int depth;
static double since;

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
}

void lw_profile_end(void)
{
  assert(depth > 0);
  book();
  depth--;
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
