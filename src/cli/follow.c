/* When to look at runs again. */
#define _POSIX_C_SOURCE 200809L
#include "follow.h"
#include "longwave/comm/reduce.h"
#include <time.h>

enum { IDLE_MAX = 3 };

static bool decide(lw_follow *follow, bool running, bool first)
{
  follow->idle = running ? 0 : follow->idle + 1;
  return follow->on && follow->idle < IDLE_MAX && (running || !first);
}

bool lw_follow_again(const lw_world *world, lw_follow *follow, bool running)
{
  bool again = !world || world->rank == 0 ? decide(follow, running, !follow->begun) : false;
  follow->begun = true;
  if (world) lw_broadcast(world, &again, sizeof again);
  if (!again) return false;
  struct timespec left = {.tv_sec = follow->every};
  while (nanosleep(&left, &left) != 0) {
  }
  return true;
}
