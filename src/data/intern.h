/** Numbers for names: 0, 1 and so on, in the order in which they are first met. Local but for the
 *  union. Neighbour: data/builder.h. */
#ifndef LONGWAVE_DATA_INTERN_H
#define LONGWAVE_DATA_INTERN_H

#include "longwave/comm/world.h"
#include <stdint.h>

/** Zero-initialise. */
typedef struct lw_intern {
  char *bytes; /* the names behind each other, each with its 0 */
  int64_t used, room;
  int64_t *first; /* [count] where a name begins */
  int64_t count, first_room;
  int32_t *slot; /* [slots] number + 1, at the hash of its name or behind; 0: empty */
  int64_t slots; /* a power of two */
} lw_intern;

/** *number: of the name, a new one if it has none. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_intern_add(lw_intern *names, const char *name, int32_t *number);
/** -1: it has none. */
int32_t lw_intern_find(const lw_intern *names, const char *name);
const char *lw_intern_at(const lw_intern *names, int64_t number);
void lw_intern_done(lw_intern *names);

/** all: the names of rank 0, then those of rank 1 that are new, and so on; the same on all ranks.
 *  Collective over all. Errors, on all ranks: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_intern_union(const lw_world *world, const lw_intern *own, lw_intern *all);

#endif
