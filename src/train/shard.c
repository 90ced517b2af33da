#include "longwave/train/shard.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include <assert.h>
#include <math.h>
#include <string.h>

typedef lw_shard_group group;

/* Floats of all ranks together that travel at once. */
enum { BUCKET = 1 << 20 };

lw_param_rows lw_shard_rows(const lw_param *param, int sole, int ranks, int rank)
{
  if (sole != LW_SHARD_DEALT) return (lw_param_rows){0, rank == sole ? param->dims[0] : 0};
  int shards = param->shards, owners = ranks / shards;
  lw_param_rows held = lw_param_shard(param->dims[0], shards, rank % shards);
  return (lw_param_rows){held.row + lw_layout_first(held.rows, owners, rank / shards),
                         lw_layout_count(held.rows, owners, rank / shards)};
}

int lw_shard_owner(const lw_param *param, int ranks, int index)
{
  int owners = ranks / param->shards;
  return index % owners * param->shards + index / owners;
}

/* Multiplications, but for a factor, of X^T X, of its square and of what X is multiplied by. */
static double work_of(const lw_param *param)
{
  const double rows = (double)param->dims[0] / param->parts, columns = (double)param->dims[1];
  const double small = fmin(rows, columns), tall = fmax(rows, columns);
  return param->parts * small * small * (2.0 * tall + small);
}

/* Owners of whole matrices, asked for in the order of the table. */
typedef struct dealer {
  bool whole_matrices;
  int ranks;
  double all, before; /* work */
} dealer;

static dealer deal(const lw_params *params, bool whole_matrices, int ranks)
{
  dealer d = {.whole_matrices = whole_matrices, .ranks = ranks};
  for (int64_t i = 0; i < params->count; i++)
    if (lw_shard_whole(&params->table[i], whole_matrices)) d.all += work_of(&params->table[i]);
  return d;
}

/* The rank in whose run the middle of the matrix falls. */
static int next_owner(dealer *d, const lw_param *param)
{
  if (!lw_shard_whole(param, d->whole_matrices)) return LW_SHARD_DEALT;
  const double work = work_of(param), middle = d->before + work / 2.0;
  d->before += work;
  return (int)(middle / d->all * d->ranks);
}

/* Of whole matrices a rank has its run; of all else ceil(n / p) numbers. */
int64_t lw_shard_bytes(const lw_params *params, unsigned kinds, bool whole_matrices, int ranks)
{
  int64_t shared = 0, most = 0;
  for (int rank = 0; rank < (whole_matrices ? ranks : 1); rank++) {
    int64_t whole = 0;
    dealer d = deal(params, whole_matrices, ranks);
    shared = 0;
    for (int64_t i = 0; i < params->count; i++) {
      const lw_param *param = &params->table[i];
      const bool counts = kinds & LW_PARAM_SET(param->kind);
      const int64_t bytes = counts * param->dims[0] * param->dims[1] * (int64_t)sizeof(float);
      const int owner = next_owner(&d, param);
      if (owner == LW_SHARD_DEALT)
        shared += bytes;
      else if (owner == rank)
        whole += bytes;
    }
    if (whole > most) most = whole;
  }
  return most + (shared + ranks - 1) / ranks;
}

static int ranks_of(const group *g)
{
  return g->world ? g->world->size : 1;
}

static int rank_in(const group *g)
{
  return g->world ? g->world->rank : 0;
}

/* What a rank of the group owns of an entry, the gap behind the last row held included: [first,
   first + floats) of the flat arrays. Nothing of an entry that is not the group's. */
typedef struct span {
  int64_t first, floats;
} span;

static span span_of(const lw_shard *shard, const group *g, int64_t entry, int rank)
{
  const lw_params *params = shard->params;
  const lw_param *param = &params->table[entry];
  const int sole = shard->parts[entry].sole;
  if ((param->shards > 1) != g->sharded) return (span){param->first, 0};
  const int64_t all = param->held.rows;
  lw_param_rows own = {lw_layout_first(all, ranks_of(g), rank),
                       lw_layout_count(all, ranks_of(g), rank)};
  if (sole != LW_SHARD_DEALT) own = lw_shard_rows(param, sole, ranks_of(g), rank);
  int64_t first = param->first + own.row * param->dims[1];
  int64_t last = first + own.rows * param->dims[1];
  if (own.rows > 0 && own.row + own.rows == all)
    last = entry + 1 < params->count ? param[1].first : params->floats;
  return (span){first, last - first};
}

/* Floats of each rank in one bucket. */
static int64_t bucket_share(int ranks)
{
  return ranks < BUCKET ? BUCKET / ranks : 1;
}

int64_t lw_shard_travel_bytes(int ranks)
{
  return ranks > 1 ? ranks * bucket_share(ranks) * (int64_t)sizeof(float) : 0;
}

static void set_owners(lw_shard *shard, bool whole_matrices)
{
  dealer d = deal(shard->params, whole_matrices, shard->world->size);
  for (int64_t i = 0; i < shard->params->count; i++) {
    const lw_param *param = &shard->params->table[i];
    assert(!lw_shard_whole(param, whole_matrices) || param->shards == 1);
    shard->parts[i].sole = next_owner(&d, param);
  }
}

static void set_parts(lw_shard *shard, group *g)
{
  const lw_params *params = shard->params;
  g->first = shard->floats;
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *param = &params->table[i];
    if ((param->shards > 1) != g->sharded) continue;
    const int sole = shard->parts[i].sole;
    span own = span_of(shard, g, i, rank_in(g));
    lw_param_rows rows = lw_shard_rows(param, sole, shard->world->size, shard->world->rank);
    shard->parts[i] = (lw_shard_part){.sole = sole,
                                      .row = rows.row,
                                      .rows = rows.rows,
                                      .count = rows.rows * param->dims[1],
                                      .first = own.first,
                                      .offset = shard->floats};
    shard->floats += own.floats;
  }
  g->most = g->floats = shard->floats - g->first;
}

static lw_status take_travel(const lw_shard *shard, group *g)
{
  int ranks = ranks_of(g);
  lw_status status = LW_OK;
  if (ranks == 1) goto done;
  LW_TRY(LW_TAKE(&g->lengths, ranks));
  LW_TRY(LW_TAKE(&g->cursors, ranks));
  LW_TRY(LW_TAKE(&g->counts, ranks));
  LW_TRY(LW_TAKE(&g->firsts, ranks));
  for (int rank = 0; rank < ranks; rank++) {
    for (int64_t i = 0; i < shard->params->count; i++)
      g->lengths[rank] += span_of(shard, g, i, rank).floats;
    if (g->lengths[rank] > g->most) g->most = g->lengths[rank];
  }
done:
  return status;
}

lw_status lw_shard_init(lw_shard *shard, const lw_params *params, const lw_world *world,
                        bool whole_matrices)
{
  lw_status status = LW_OK;
  *shard = (lw_shard){.world = world,
                      .params = params,
                      .groups = {{.world = world}, {.world = world->data, .sharded = true}}};
  LW_TRY(LW_TAKE(&shard->parts, params->count));
  set_owners(shard, whole_matrices);
  for (int g = 0; g < LW_SHARD_GROUPS; g++) {
    set_parts(shard, &shard->groups[g]);
    LW_TRY(take_travel(shard, &shard->groups[g]));
  }
  if (world->size > 1)
    LW_TRY(lw_mem_take(lw_shard_travel_bytes(world->size), 1, (void **)&shard->bucket));
done:
  return status;
}

void lw_shard_done(lw_shard *shard)
{
  for (int g = 0; g < LW_SHARD_GROUPS; g++) {
    lw_mem_give(shard->groups[g].lengths);
    lw_mem_give(shard->groups[g].cursors);
    lw_mem_give(shard->groups[g].counts);
    lw_mem_give(shard->groups[g].firsts);
  }
  lw_mem_give(shard->parts);
  lw_mem_give(shard->bucket);
  *shard = (lw_shard){0};
}

/* The next run of a rank's shard, at most `most` floats, that lies together in the flat arrays:
   its offset there and its length, which may be 0. */
static span next_run(const lw_shard *shard, group *g, int rank, int64_t most)
{
  lw_shard_cursor *at = &g->cursors[rank];
  span whole = span_of(shard, g, at->entry, rank);
  int64_t left = whole.floats - at->done;
  span run = {whole.first + at->done, left < most ? left : most};
  at->done += run.floats;
  if (run.floats == left) *at = (lw_shard_cursor){.entry = at->entry + 1};
  return run;
}

/* The next counts[rank] floats of a rank's shard, out of the flat array into the bucket. */
static void pack(lw_shard *shard, group *g, int rank, const float *flat)
{
  float *bucket = shard->bucket + g->firsts[rank];
  for (int64_t done = 0; done < g->counts[rank];) {
    span run = next_run(shard, g, rank, g->counts[rank] - done);
    memcpy(bucket + done, flat + run.first, (size_t)run.floats * sizeof *flat);
    done += run.floats;
  }
}

/* The same floats back. */
static void unpack(lw_shard *shard, group *g, int rank, float *flat)
{
  const float *bucket = shard->bucket + g->firsts[rank];
  for (int64_t done = 0; done < g->counts[rank];) {
    span run = next_run(shard, g, rank, g->counts[rank] - done);
    memcpy(flat + run.first, bucket + done, (size_t)run.floats * sizeof *flat);
    done += run.floats;
  }
}

/* Shares of the bucket when `done` floats of each shard have travelled; lengths differ. */
static void set_shares(group *g, int64_t done)
{
  int ranks = ranks_of(g);
  int64_t room = bucket_share(ranks);
  if (done == 0) memset(g->cursors, 0, (size_t)ranks * sizeof *g->cursors);
  for (int rank = 0, first = 0; rank < ranks; rank++) {
    int64_t left = g->lengths[rank] - done;
    g->counts[rank] = (int)(left < 0 ? 0 : (left < room ? left : room));
    g->firsts[rank] = first;
    first += g->counts[rank];
  }
}

/* Nobody to sum with: what is here goes from the flat array to the shard array. */
static void copy_own(const lw_shard *shard, const group *g, const float *flat, float *own)
{
  if (own == flat) return;
  for (int64_t i = 0; i < shard->params->count; i++) {
    span all = span_of(shard, g, i, 0);
    memcpy(own, flat + all.first, (size_t)all.floats * sizeof *own);
    own += all.floats;
  }
}

void lw_shard_sum(lw_shard *shard, const float *flat, float *own)
{
  for (group *g = shard->groups; g < shard->groups + LW_SHARD_GROUPS; g++) {
    int ranks = ranks_of(g);
    float *to = own + g->first;
    if (ranks == 1) copy_own(shard, g, flat, to);
    for (int64_t done = 0; ranks > 1 && done < g->most; done += bucket_share(ranks)) {
      set_shares(g, done);
      for (int rank = 0; rank < ranks; rank++) pack(shard, g, rank, flat);
      lw_traffic_begin(LW_TRAFFIC_GRADIENT);
      lw_reduce_scatter_floats(g->world, shard->bucket, g->counts, to);
      lw_traffic_end();
      to += g->counts[rank_in(g)];
    }
  }
}

void lw_shard_gather(lw_shard *shard, float *flat)
{
  for (group *g = shard->groups; g < shard->groups + LW_SHARD_GROUPS; g++) {
    int ranks = ranks_of(g), own = rank_in(g);
    for (int64_t done = 0; ranks > 1 && done < g->most; done += bucket_share(ranks)) {
      set_shares(g, done);
      pack(shard, g, own, flat);
      lw_traffic_begin(LW_TRAFFIC_PARAMETERS);
      lw_gather_floats(g->world, shard->bucket, g->counts, g->firsts);
      lw_traffic_end();
      for (int rank = 0; rank < ranks; rank++)
        if (rank != own) unpack(shard, g, rank, flat);
    }
  }
}
