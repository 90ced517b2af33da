/** Aligned memory that is counted, so that a leak shows as lw_mem_live() != 0 and the peak can be
 *  reported. Not here: who owns what; that stands in each module's header. Counts are int64_t
 *  everywhere in Longwave. */
#ifndef LONGWAVE_BASE_MEM_H
#define LONGWAVE_BASE_MEM_H

#include "longwave/base/status.h"
#include <stdint.h>

/** Of all memory: a cache line, and the widest vector of any kernel. */
enum { LW_MEM_ALIGNMENT = 64 };

/** `count` items of `size` bytes, zeroed, aligned to LW_MEM_ALIGNMENT; *out is untouched on
 *  failure. Local. count 0 gives a valid pointer. Errors: LW_ERROR_MEMORY, also when count * size
 *  overflows. */
LW_MUST_USE lw_status lw_mem_take(int64_t count, int64_t size, void **out);

/** Typed form: LW_TAKE(&x->data, n) for a `float *data`. */
#define LW_TAKE(out, count) lw_mem_take((count), (int64_t)sizeof **(out), (void **)(out))

/** A copy of a text. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_mem_copy(const char *text, char **out);

/** Grow (never shrink) *block to `count` items of `size`; old content is NOT kept. *capacity counts
 *  items and is ignored if *block is NULL. New memory is zero. On failure the old block is gone.
 *  Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_mem_grow(void **block, int64_t *capacity, int64_t count, int64_t size);

/** The same, but the first `used` items are kept, and there is room for more than `count`, so that
 *  appending bit by bit does not copy everything every time. All untouched on failure. */
LW_MUST_USE lw_status lw_mem_extend(void **block, int64_t *capacity, int64_t used, int64_t count,
                                    int64_t size);
/** Typed form: LW_EXTEND(&x->data, &x->room, used, count) for a `float *data`. */
#define LW_EXTEND(block, capacity, used, count)                                                    \
  lw_mem_extend((void **)(block), (capacity), (used), (count), (int64_t)sizeof **(block))

/** Free a block; NULL is fine. */
void lw_mem_give(void *block);

/** Bytes that are allocated now; the most that ever were at once. */
int64_t lw_mem_live(void);
int64_t lw_mem_peak(void);

#endif
