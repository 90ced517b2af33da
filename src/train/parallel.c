#include "longwave/train/parallel.h"
#include <stdbool.h>
#include <stdio.h>

/* Few ranks that share samples send each other least; but more places on the data axis than samples
 * would leave some without work. */
static int choose_sequence(int ranks, const lw_parallel_request *request)
{
  int chosen = 1;
  for (int sequence = 1; sequence <= ranks && sequence <= request->longest; sequence++) {
    if (ranks % sequence != 0) continue;
    chosen = sequence;
    if (ranks / sequence <= request->samples && sequence >= request->least) break;
  }
  return chosen;
}

lw_status lw_parallel_choose(int ranks, const lw_parallel_request *request, int *sequence)
{
  const int64_t asked = request->sequence;
  if (asked > request->longest)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' (%lld) is more ranks than the longest sample has tokens (%lld): some "
                   "ranks would never get a token; use fewer",
                   request->option, (long long)asked, (long long)request->longest);
  *sequence = asked ? (int)asked : choose_sequence(ranks, request);
  lw_status status = lw_world_check_sequence(ranks, *sequence);
  if (status == LW_OK) return LW_OK;
  return lw_fail_context(status, "'%s'", request->option);
}

lw_status lw_parallel_arrange(lw_world *world, const lw_parallel_request *request)
{
  int sequence = 1;
  lw_status status = lw_parallel_choose(world->size, request, &sequence);
  return status == LW_OK ? lw_world_arrange(world, sequence) : status;
}

lw_status lw_parallel_fit(lw_world *world, lw_parallel_request request,
                          lw_status (*make)(void *context), void *context)
{
  bool more;
  lw_status status = LW_OK;
  do {
    LW_TRY(lw_parallel_arrange(world, &request));
    status = make(context);
    request.least = world->sequence->size + 1;
    more = request.sequence == 0 && choose_sequence(world->size, &request) >= request.least;
  } while (status == LW_ERROR_MEMORY && more);
done:
  return status;
}
