#include "longwave/attention/volume.h"
#include "head_shape.h"
#include "longwave/array/scan.h"
#include <math.h>

/* One sharded sequence. */
typedef struct sharded {
  const lw_attention_volume_shape *shape;
  double tokens;
  lw_strips on;
  int strips;
} sharded;

static int rank_of(const sharded *c, int strip)
{
  return lw_strips_rank(c->on, strip);
}

/* Tokens of strip `s` that queries of strip q look at: those up to `width` before its first token
   and, where later keys are allowed, up to `width` behind its last. */
static double seen(const sharded *c, int s, int q, double width)
{
  const double length = c->tokens / c->strips;
  if (s == q) return 0.0;
  if (s > q && c->shape->causal) return 0.0;
  const double between = length * (s < q ? q - s - 1 : s - q - 1);
  return fmin(length, fmax(0.0, width - between));
}

/* Tokens of strip `s` that go to `rank`: for the window of each of its strips, in the ring once. */
static double needed(const sharded *c, int s, int rank, double width, bool once)
{
  double tokens = 0.0;
  for (int q = 0; q < c->strips; q++)
    if (rank_of(c, q) == rank) tokens += seen(c, s, q, width);
  return once ? fmin(tokens, c->tokens / c->strips) : tokens;
}

/* Keys and values of one head: forward sends what others look at; backward sends it again, and the
   gradients of what came from others. */
static double keys_and_values(const sharded *c, double width, bool once)
{
  const lw_attention_volume_shape *shape = c->shape;
  const double d = (double)shape->width / (double)shape->heads;
  double gone = 0.0, come = 0.0;
  for (int s = 0; s < c->strips; s++)
    for (int rank = 0; rank < shape->sequence; rank++) {
      const int home = rank_of(c, s);
      if (home == rank) continue;
      if (home == shape->rank) gone += needed(c, s, rank, width, once);
      if (rank == shape->rank) come += needed(c, s, rank, width, once);
    }
  return (2.0 * d + (shape->moving ? 2.0 : 0.0)) * (2.0 * gone + come);
}

/* Messages of a scan along the strips, to later ones or to earlier ones. */
static int messages_of(const sharded *c, lw_scan_way way)
{
  return lw_scan_messages(c->on, c->shape->rank, way);
}

/* Sums of the far field of one head, to later strips (sums over keys) or earlier ones (over
   queries), or both ways; keys in forward and again in backward, queries in backward. */
static double scans(const sharded *c)
{
  const double d = (double)c->shape->width / (double)c->shape->heads;
  const int later = messages_of(c, LW_SCAN_TO_LATER), earlier = messages_of(c, LW_SCAN_TO_EARLIER);
  const int count = c->shape->causal ? 2 * later + earlier : 3 * (later + earlier);
  return count * (d * d + 3.0 * d);
}

/* Readings of all heads, numbers of 8 bytes, to later strips, and what they get to earlier ones. */
static double running_sums(const sharded *c)
{
  return 2.0 * (double)c->shape->heads *
         (c->shape->summed * messages_of(c, LW_SCAN_TO_LATER) +
          c->shape->summed_back * messages_of(c, LW_SCAN_TO_EARLIER));
}

/* P - 1 rows of values at each edge with another rank, forward and backward together. */
static double smoothing(const sharded *c)
{
  return (double)(lw_strips_edges(c->on, c->shape->rank) * (c->shape->window - 1) *
                  c->shape->width);
}

/* Two norms a block, and head that may have far keys, and a reading of 8 bytes, of all strips to
   all, in forward and in backward. */
static double norms(const sharded *c)
{
  const double p = c->shape->sequence;
  return 2.0 * 2.0 * (double)(c->shape->decayed + c->shape->clocked) *
         ceil(c->tokens / LW_FUSED_BLOCK) * (p - 1.0) / p;
}

void lw_attention_volume(const lw_attention_volume_shape *shape, int64_t tokens,
                         double numbers[LW_TRAFFIC_KINDS])
{
  const lw_strips on = {.ranks = shape->sequence, .paired = shape->paired};
  const sharded s = {shape, (double)tokens, on, lw_strips_count(on)};
  for (int64_t head = 0; head < shape->heads; head++) {
    const lw_attention_reach *reach = &shape->reach[head];
    numbers[LW_TRAFFIC_RING] += reach->ring * keys_and_values(&s, s.tokens, true);
    numbers[LW_TRAFFIC_HALO] += (1.0 - reach->ring) * keys_and_values(&s, reach->width, false);
    if (shape->scanned) numbers[LW_TRAFFIC_SCAN] += (1.0 - reach->ring) * scans(&s);
  }
  numbers[LW_TRAFFIC_SCAN] += running_sums(&s);
  numbers[LW_TRAFFIC_SMOOTH] += smoothing(&s);
  numbers[LW_TRAFFIC_PLAN] += norms(&s);
}

lw_attention_volume_shape lw_attention_volume_shape_of(const lw_attention *attention,
                                                       const lw_packing *packing)
{
  const lw_attention_options *options = &attention->options;
  const lw_world *axis = attention->world->sequence;
  lw_attention_volume_shape shape = {.sequence = axis->size,
                                     .rank = axis->rank,
                                     .paired = packing->rule.paired,
                                     .causal = options->causal,
                                     .scanned = options->locality == LW_LOCALITY_SCALE,
                                     .width = attention->heads * attention->head_size,
                                     .heads = attention->heads,
                                     .window = options->window,
                                     .moving = attention->moving,
                                     .summed = lw_clock_reads(options),
                                     .summed_back =
                                         attention->moving && options->clock != LW_CLOCK_TIME,
                                     .reach = attention->reach};
  for (int64_t c = 0; c < attention->heads; c++) {
    shape.decayed += lw_head_may_be_far(attention, c);
    shape.clocked += lw_head_may_be_far(attention, c) && attention->clocked[c];
  }
  return shape;
}
