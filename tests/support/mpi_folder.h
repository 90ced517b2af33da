/** A fresh folder that all ranks of a case share, for files they write together. */
#ifndef TESTS_SUPPORT_MPI_FOLDER_H
#define TESTS_SUPPORT_MPI_FOLDER_H

#include "longwave/comm/reduce.h"
#include "mpi_case.h"
#include "temp_folder.h"
#include <stdio.h>

#define PATH_ROOM (TEMP_FOLDER_MAX + 32)

/** The folder, the same on all ranks; path: of a file `name` in it. Collective over all. */
static inline void begin(const lw_world *world, char folder[TEMP_FOLDER_MAX], char path[PATH_ROOM],
                         const char *name)
{
  if (!world->rank) CHECK(temp_folder_make(folder), "no folder");
  lw_broadcast(world, folder, TEMP_FOLDER_MAX);
  snprintf(path, PATH_ROOM, "%s/%s", folder, name);
}

static inline void end(const lw_world *world, const char *folder)
{
  MPI_Barrier(world->all);
  if (!world->rank) CHECK(temp_folder_remove(folder), "%s stays", folder);
}

#endif
