#include "longwave/train/shard.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include <string.h>

typedef lw_shard_group group;

/* Floats of all ranks together that travel at once. */
enum { BUCKET = 1 << 20 };

lw_param_rows lw_shard_rows(const lw_param *param, int ranks, int rank)
{
  int shards = param->shards, owners = ranks / shards;
  lw_param_rows held = lw_param_shard(param->dims[0], shards, rank % shards);
  return (lw_param_rows){held.row + lw_layout_first(held.rows, owners, rank / shards),
                         lw_layout_count(held.rows, owners, rank / shards)};
}

int lw_shard_owner(const lw_param *param, int ranks, int place)
{
  int owners = ranks / param->shards;
  return place % owners * param->shards + place / owners;
}

static int ranks_of(const group *of)
{
  return of->world ? of->world->size : 1;
}

static int rank_in(const group *of)
{
  return of->world ? of->world->rank : 0;
}

/* What a rank of the group owns of an entry, the gap behind the last row held included: [first,
   first + floats) of the flat arrays. Nothing of an entry that is not the group's. */
typedef struct span {
  int64_t first, floats;
} span;

static span span_of(const lw_params *params, const group *of, int64_t entry, int rank)
{
  const lw_param *param = &params->table[entry];
  if ((param->shards > 1) != of->sharded) return (span){param->first, 0};
  int64_t row = lw_layout_first(param->held.rows, ranks_of(of), rank);
  int64_t rows = lw_layout_count(param->held.rows, ranks_of(of), rank);
  int64_t first = param->first + row * param->dims[1];
  int64_t last = first + rows * param->dims[1];
  if (rows > 0 && row + rows == param->held.rows)
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

static void set_parts(lw_shard *shard, group *of)
{
  const lw_params *params = shard->params;
  of->first = shard->floats;
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *param = &params->table[i];
    if ((param->shards > 1) != of->sharded) continue;
    span own = span_of(params, of, i, rank_in(of));
    lw_param_rows rows = lw_shard_rows(param, shard->world->size, shard->world->rank);
    shard->parts[i] = (lw_shard_part){.row = rows.row,
                                      .rows = rows.rows,
                                      .count = rows.rows * param->dims[1],
                                      .first = own.first,
                                      .place = shard->floats};
    shard->floats += own.floats;
  }
  of->most = of->floats = shard->floats - of->first;
}

static lw_status take_travel(const lw_params *params, group *of)
{
  int ranks = ranks_of(of);
  lw_status status = LW_OK;
  if (ranks == 1) goto done;
  LW_TRY(LW_TAKE(&of->lengths, ranks));
  LW_TRY(LW_TAKE(&of->cursors, ranks));
  LW_TRY(LW_TAKE(&of->counts, ranks));
  LW_TRY(LW_TAKE(&of->firsts, ranks));
  for (int rank = 0; rank < ranks; rank++) {
    for (int64_t i = 0; i < params->count; i++)
      of->lengths[rank] += span_of(params, of, i, rank).floats;
    if (of->lengths[rank] > of->most) of->most = of->lengths[rank];
  }
done:
  return status;
}

lw_status lw_shard_init(lw_shard *shard, const lw_params *params, const lw_world *world)
{
  lw_status status = LW_OK;
  *shard = (lw_shard){.world = world,
                      .params = params,
                      .groups = {{.world = world}, {.world = world->data, .sharded = true}}};
  LW_TRY(LW_TAKE(&shard->parts, params->count));
  for (int g = 0; g < LW_SHARD_GROUPS; g++) {
    set_parts(shard, &shard->groups[g]);
    LW_TRY(take_travel(params, &shard->groups[g]));
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
   its place there and its length, which may be 0. */
static span next_run(const lw_shard *shard, group *of, int rank, int64_t most)
{
  lw_shard_cursor *at = &of->cursors[rank];
  span whole = span_of(shard->params, of, at->entry, rank);
  int64_t left = whole.floats - at->done;
  span run = {whole.first + at->done, left < most ? left : most};
  at->done += run.floats;
  if (run.floats == left) *at = (lw_shard_cursor){.entry = at->entry + 1};
  return run;
}

/* The next counts[rank] floats of a rank's shard, out of the flat array into the bucket. */
static void pack(lw_shard *shard, group *of, int rank, const float *flat)
{
  float *bucket = shard->bucket + of->firsts[rank];
  for (int64_t done = 0; done < of->counts[rank];) {
    span run = next_run(shard, of, rank, of->counts[rank] - done);
    memcpy(bucket + done, flat + run.first, (size_t)run.floats * sizeof *flat);
    done += run.floats;
  }
}

/* The same floats back. */
static void unpack(lw_shard *shard, group *of, int rank, float *flat)
{
  const float *bucket = shard->bucket + of->firsts[rank];
  for (int64_t done = 0; done < of->counts[rank];) {
    span run = next_run(shard, of, rank, of->counts[rank] - done);
    memcpy(flat + run.first, bucket + done, (size_t)run.floats * sizeof *flat);
    done += run.floats;
  }
}

/* Shares of the bucket when `place` floats of each shard have travelled; lengths differ. */
static void set_shares(group *of, int64_t place)
{
  int ranks = ranks_of(of);
  int64_t room = bucket_share(ranks);
  if (place == 0) memset(of->cursors, 0, (size_t)ranks * sizeof *of->cursors);
  for (int rank = 0, first = 0; rank < ranks; rank++) {
    int64_t left = of->lengths[rank] - place;
    of->counts[rank] = (int)(left < 0 ? 0 : (left < room ? left : room));
    of->firsts[rank] = first;
    first += of->counts[rank];
  }
}

/* Nobody to sum with: what is here goes from the flat array to the shard array. */
static void copy_own(const lw_shard *shard, const group *of, const float *flat, float *own)
{
  if (own == flat) return;
  for (int64_t i = 0; i < shard->params->count; i++) {
    span all = span_of(shard->params, of, i, 0);
    memcpy(own, flat + all.first, (size_t)all.floats * sizeof *own);
    own += all.floats;
  }
}

void lw_shard_sum(lw_shard *shard, const float *flat, float *own)
{
  for (group *of = shard->groups; of < shard->groups + LW_SHARD_GROUPS; of++) {
    int ranks = ranks_of(of);
    float *to = own + of->first;
    if (ranks == 1) copy_own(shard, of, flat, to);
    for (int64_t place = 0; ranks > 1 && place < of->most; place += bucket_share(ranks)) {
      set_shares(of, place);
      for (int rank = 0; rank < ranks; rank++) pack(shard, of, rank, flat);
      lw_traffic_begin(LW_TRAFFIC_GRADIENT);
      lw_reduce_scatter_floats(of->world, shard->bucket, of->counts, to);
      lw_traffic_end();
      to += of->counts[rank_in(of)];
    }
  }
}

void lw_shard_gather(lw_shard *shard, float *flat)
{
  for (group *of = shard->groups; of < shard->groups + LW_SHARD_GROUPS; of++) {
    int ranks = ranks_of(of), own = rank_in(of);
    for (int64_t place = 0; ranks > 1 && place < of->most; place += bucket_share(ranks)) {
      set_shares(of, place);
      pack(shard, of, own, flat);
      lw_traffic_begin(LW_TRAFFIC_PARAMETERS);
      lw_gather_floats(of->world, shard->bucket, of->counts, of->firsts);
      lw_traffic_end();
      for (int rank = 0; rank < ranks; rank++)
        if (rank != own) unpack(shard, of, rank, flat);
    }
  }
}
