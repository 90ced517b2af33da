/** Memory that is taken in the middle of a pass, when its size is known: what depends on numbers
 *  cannot be taken before. A rank that has none then ends the job (comm/agree.h). Private to
 *  attention/. */
#ifndef LONGWAVE_ATTENTION_PASS_MEMORY_H
#define LONGWAVE_ATTENTION_PASS_MEMORY_H

#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include <stddef.h>

static inline void lw_pass_need(const lw_world *axis, lw_status status)
{
  if (status != LW_OK) lw_abort(axis, status);
}

/** The block with room for `count` items of `size` bytes, its old content lost if it grew. */
static inline void *lw_pass_grow(const lw_world *axis, void *block, int64_t *room, int64_t count,
                                 size_t size)
{
  lw_pass_need(axis, lw_mem_grow(&block, room, count, (int64_t)size));
  return block;
}

/** A block of floats that grows. */
typedef struct lw_pass_floats {
  float *at;
  int64_t room;
} lw_pass_floats;

static inline float *lw_pass_floats_grow(const lw_world *axis, lw_pass_floats *floats,
                                         int64_t count)
{
  return floats->at = lw_pass_grow(axis, floats->at, &floats->room, count, sizeof(float));
}

#endif
