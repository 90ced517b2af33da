#include "longwave/comm/world.h"
#include "longwave/base/mem.h"

lw_status lw_world_create(MPI_Comm base, lw_world **out)
{
  lw_world *world = NULL;
  lw_status status = LW_TAKE(&world, 1);
  if (status != LW_OK) return status;
  MPI_Comm_dup(base, &world->all);
  MPI_Comm_rank(world->all, &world->rank);
  MPI_Comm_size(world->all, &world->size);
  MPI_Comm_split_type(world->all, MPI_COMM_TYPE_SHARED, world->rank, MPI_INFO_NULL, &world->node);
  MPI_Comm_rank(world->node, &world->node_rank);
  MPI_Comm_size(world->node, &world->node_size);
  *out = world;
  return LW_OK;
}

void lw_world_destroy(lw_world **world)
{
  if (!*world) return;
  MPI_Comm_free(&(*world)->node);
  MPI_Comm_free(&(*world)->all);
  lw_mem_give(*world);
  *world = NULL;
}
