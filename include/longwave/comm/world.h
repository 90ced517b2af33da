/** The process grid. Only this module creates, duplicates or frees communicators; everything else
 *  borrows a const lw_world *. The ranks stand in a grid of two axes: the data axis shares out the
 *  samples of a batch, the sequence axis the tokens of each sample. With S ranks on the sequence
 *  axis, rank r stands at r / S on the data axis and at r % S on the sequence axis: ranks that
 *  share a sample are neighbours, on one node where possible. Each axis is a world of its own. */
#ifndef LONGWAVE_COMM_WORLD_H
#define LONGWAVE_COMM_WORLD_H

#include "longwave/base/status.h"
#include <mpi.h>

typedef struct lw_world {
  MPI_Comm all;             /* owned duplicate: no other library's messages meet ours */
  MPI_Comm node;            /* owned: the ranks that share this node's memory */
  int rank, size;           /* in all */
  int node_rank, node_size; /* in node */
  int cores;                /* that this rank may run on */
  int node_cores;           /* that the ranks of this node may run on together */
  int quota;                /* where node_cores is a quota of time and not a set of cores; else 0 */
  /* Owned; the ranks at the same place of the other axis. NULL in worlds that are an axis or a part
     themselves. */
  struct lw_world *data, *sequence;
} lw_world;

/** For a process that no launcher has started, or that is a launcher's only task, before MPI_Init:
 *  settings of Open MPI, in the environment, by which it starts in a quarter of the time, without
 *  the daemon that would let it spawn others and without a network. What the launcher of a single
 *  task has put there is forgotten. */
void lw_world_stay_alone(void);
/** For every process, before MPI_Init: files with long paths can be written. */
void lw_world_allow_long_paths(void);
/** All ranks on the data axis. Collective over `base`. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_world_create(MPI_Comm base, lw_world **out);
/** One rank without MPI, for arithmetic on a model that never computes. Borrowed. Local. */
const lw_world *lw_world_lone(void);
/** Whether `sequence` ranks on the sequence axis divide `ranks`. Local. Errors: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_world_check_sequence(int ranks, int sequence);
/** Put `sequence` ranks on the sequence axis; the axes there were are gone. Collective over all.
 *  Errors, on all ranks: LW_ERROR_INPUT when it does not divide the ranks. */
LW_MUST_USE lw_status lw_world_arrange(lw_world *world, int sequence);
/** A world of those ranks that pass the same `part` >= 0, in the order of their ranks, without
 *  axes; NULL for ranks that pass -1. Collective over all. Errors, on all ranks:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_world_split(const lw_world *world, int part, lw_world **out);
/** Collective over all. NULL is fine. */
void lw_world_destroy(lw_world **world);

enum { LW_WORLD_LIBRARY_MAX = 128 };
/** "Open MPI v4.1.4": the MPI library in use. text [LW_WORLD_LIBRARY_MAX] out. Local. */
void lw_world_library(char *text);

#endif
