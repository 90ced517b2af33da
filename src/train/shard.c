#include "longwave/train/shard.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include <string.h>

/* Floats of all ranks together that travel at once. */
enum { BUCKET = 1 << 20 };

/* What a rank owns of an entry, the gap behind its last row included: [first, first + floats) of
   the flat arrays. */
typedef struct span {
  int64_t first, floats;
} span;

static span span_of(const lw_params *params, int64_t entry, int ranks, int rank)
{
  const lw_param *param = &params->table[entry];
  int64_t row = lw_layout_first(param->dims[0], ranks, rank);
  int64_t rows = lw_layout_count(param->dims[0], ranks, rank);
  int64_t first = param->first + row * param->dims[1];
  int64_t last = first + rows * param->dims[1];
  if (rows > 0 && row + rows == param->dims[0])
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

static void set_parts(lw_shard *shard)
{
  const lw_params *params = shard->params;
  int ranks = shard->world->size, rank = shard->world->rank;
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *param = &params->table[i];
    span own = span_of(params, i, ranks, rank);
    int64_t rows = lw_layout_count(param->dims[0], ranks, rank);
    shard->parts[i] = (lw_shard_part){.row = lw_layout_first(param->dims[0], ranks, rank),
                                      .rows = rows,
                                      .count = rows * param->dims[1],
                                      .first = own.first,
                                      .place = shard->floats};
    shard->floats += own.floats;
  }
}

static lw_status take_travel(lw_shard *shard)
{
  const lw_params *params = shard->params;
  int ranks = shard->world->size;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&shard->lengths, ranks));
  LW_TRY(LW_TAKE(&shard->cursors, ranks));
  LW_TRY(LW_TAKE(&shard->counts, ranks));
  LW_TRY(LW_TAKE(&shard->firsts, ranks));
  LW_TRY(LW_TAKE(&shard->bucket, ranks * bucket_share(shard->world->size)));
  for (int rank = 0; rank < ranks; rank++) {
    for (int64_t i = 0; i < params->count; i++)
      shard->lengths[rank] += span_of(params, i, ranks, rank).floats;
    if (shard->lengths[rank] > shard->most) shard->most = shard->lengths[rank];
  }
done:
  return status;
}

lw_status lw_shard_init(lw_shard *shard, const lw_params *params, const lw_world *world)
{
  lw_status status = LW_OK;
  *shard = (lw_shard){.world = world, .params = params};
  LW_TRY(LW_TAKE(&shard->parts, params->count));
  set_parts(shard);
  shard->most = shard->floats;
  if (world->size > 1) LW_TRY(take_travel(shard));
done:
  return status;
}

void lw_shard_done(lw_shard *shard)
{
  lw_mem_give(shard->parts);
  lw_mem_give(shard->lengths);
  lw_mem_give(shard->cursors);
  lw_mem_give(shard->counts);
  lw_mem_give(shard->firsts);
  lw_mem_give(shard->bucket);
  *shard = (lw_shard){0};
}

/* The next run of a rank's shard, at most `most` floats, that lies together in the flat arrays:
   its place there and its length, which may be 0. */
static span next_run(lw_shard *shard, int rank, int64_t most)
{
  lw_shard_cursor *at = &shard->cursors[rank];
  span whole = span_of(shard->params, at->entry, shard->world->size, rank);
  int64_t left = whole.floats - at->done;
  span run = {whole.first + at->done, left < most ? left : most};
  at->done += run.floats;
  if (run.floats == left) *at = (lw_shard_cursor){.entry = at->entry + 1};
  return run;
}

/* The next counts[rank] floats of a rank's shard, out of the flat array into the bucket. */
static void pack(lw_shard *shard, int rank, const float *flat)
{
  float *bucket = shard->bucket + shard->firsts[rank];
  for (int64_t done = 0; done < shard->counts[rank];) {
    span run = next_run(shard, rank, shard->counts[rank] - done);
    memcpy(bucket + done, flat + run.first, (size_t)run.floats * sizeof *flat);
    done += run.floats;
  }
}

/* The same floats back. */
static void unpack(lw_shard *shard, int rank, float *flat)
{
  const float *bucket = shard->bucket + shard->firsts[rank];
  for (int64_t done = 0; done < shard->counts[rank];) {
    span run = next_run(shard, rank, shard->counts[rank] - done);
    memcpy(flat + run.first, bucket + done, (size_t)run.floats * sizeof *flat);
    done += run.floats;
  }
}

static void rewind_cursors(lw_shard *shard)
{
  memset(shard->cursors, 0, (size_t)shard->world->size * sizeof *shard->cursors);
}

/* Shares of the bucket when `place` floats of each shard have travelled; lengths differ. */
static void set_shares(lw_shard *shard, int64_t place)
{
  int64_t room = bucket_share(shard->world->size);
  for (int rank = 0, first = 0; rank < shard->world->size; rank++) {
    int64_t left = shard->lengths[rank] - place;
    shard->counts[rank] = (int)(left < 0 ? 0 : (left < room ? left : room));
    shard->firsts[rank] = first;
    first += shard->counts[rank];
  }
}

void lw_shard_sum(lw_shard *shard, const float *flat, float *own)
{
  const lw_world *world = shard->world;
  if (world->size == 1) {
    if (own != flat) memcpy(own, flat, (size_t)shard->floats * sizeof *own);
    return;
  }
  rewind_cursors(shard);
  for (int64_t place = 0; place < shard->most; place += bucket_share(world->size)) {
    set_shares(shard, place);
    for (int rank = 0; rank < world->size; rank++) pack(shard, rank, flat);
    lw_traffic_begin(LW_TRAFFIC_GRADIENT);
    lw_reduce_scatter_floats(world, shard->bucket, shard->counts, own);
    lw_traffic_end();
    own += shard->counts[world->rank];
  }
}

void lw_shard_gather(lw_shard *shard, float *flat)
{
  const lw_world *world = shard->world;
  if (world->size == 1) return;
  rewind_cursors(shard);
  for (int64_t place = 0; place < shard->most; place += bucket_share(world->size)) {
    set_shares(shard, place);
    pack(shard, world->rank, flat);
    lw_traffic_begin(LW_TRAFFIC_PARAMETERS);
    lw_gather_floats(world, shard->bucket, shard->counts, shard->firsts);
    lw_traffic_end();
    for (int rank = 0; rank < world->size; rank++)
      if (rank != world->rank) unpack(shard, rank, flat);
  }
}
