/** Who keeps what of the training state. Rank r of p owns rows lw_layout_first(rows, p, r) on of
 *  each entry of a parameter table; of an entry that the ranks of the sequence axis hold in shards,
 *  the ranks of the data axis with the same shard own its rows in the same way. They are the rows
 *  that a rank writes to a checkpoint. Where matrices must stay whole, all rows of a matrix have
 *  one owner: the matrices, in the order of the table, are cut into p runs of about equal work,
 *  which is taken to be that of making them orthogonal (op/muon.h). What only the owner needs, the
 *  summed gradient, stands in shard arrays: the own rows of all entries, one entry behind another,
 *  entries without shards first. The gap behind an entry goes with its last row: every float of
 *  the flat arrays has one owner, and with one rank a shard array is a flat array.
 *
 *  Between ranks, floats travel in buckets of bounded size. */
#ifndef LONGWAVE_TRAIN_SHARD_H
#define LONGWAVE_TRAIN_SHARD_H

#include "longwave/comm/world.h"
#include "longwave/model/param.h"

/** This rank's rows of one entry. */
typedef struct lw_shard_part {
  int sole;          /* the one rank that owns all rows; LW_SHARD_DEALT: the ranks share them out */
  int64_t row, rows; /* rows may be 0 */
  int64_t count;     /* numbers: rows times the row's length */
  int64_t first;     /* offset in the flat arrays */
  int64_t offset;    /* in shard arrays */
} lw_shard_part;

/** The next float of a rank's shard to travel. */
typedef struct lw_shard_cursor {
  int64_t entry, done;
} lw_shard_cursor;

/** The entries that the same ranks share out among themselves. */
typedef struct lw_shard_group {
  const lw_world *world; /* borrowed; NULL: this rank alone */
  bool sharded;          /* entries with shards, else whole ones */
  int64_t first, floats; /* offset in this rank's shard arrays */
  int64_t most;          /* the greatest `floats` over ranks */
  /* For travelling, per rank; NULL with one rank. */
  int64_t *lengths;
  lw_shard_cursor *cursors;
  int *counts, *firsts;
} lw_shard_group;

enum { LW_SHARD_GROUPS = 2, LW_SHARD_DEALT = -1 };
typedef struct lw_shard {
  const lw_world *world;   /* borrowed: all ranks */
  const lw_params *params; /* borrowed */
  lw_shard_part *parts;    /* [params->count] */
  int64_t floats;          /* length of this rank's shard arrays */
  lw_shard_group groups[LW_SHARD_GROUPS];
  float *bucket; /* NULL with one rank */
} lw_shard;

/** Rows of an entry that rank `rank` of `ranks` owns; sole as in lw_shard_part. The owners in the
 *  order of rows: index k is rank lw_shard_owner(param, ranks, k). Pure arithmetic. */
lw_param_rows lw_shard_rows(const lw_param *param, int sole, int ranks, int rank);
int lw_shard_owner(const lw_param *param, int ranks, int index);

/** Whether an entry must have one owner. Pure arithmetic. */
static inline bool lw_shard_whole(const lw_param *param, bool whole_matrices)
{
  return whole_matrices && param->kind == LW_PARAM_MATRIX;
}

/** Bytes of one float for each number of the entries of these kinds (LW_PARAM_SET) that a rank
 *  owns, at most. Pure arithmetic. */
int64_t lw_shard_bytes(const lw_params *params, unsigned kinds, bool whole_matrices, int ranks);

/** The table must be complete; matrices that must be whole have no shards. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_shard_init(lw_shard *shard, const lw_params *params, const lw_world *world,
                                    bool whole_matrices);
void lw_shard_done(lw_shard *shard);

/** own [floats] = this rank's rows of the sum of all ranks' flat arrays. flat [params->floats] in;
 *  with one rank own may be flat. Collective over shard->world. */
void lw_shard_sum(lw_shard *shard, const float *flat, float *own);
/** flat [params->floats]: every rank's own rows to all. Collective over shard->world. */
void lw_shard_gather(lw_shard *shard, float *flat);

/** Bytes that lw_shard_init takes for travelling between so many ranks. Local. */
int64_t lw_shard_travel_bytes(int ranks);

#endif
