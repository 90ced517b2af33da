#include "longwave/train/volume.h"
#include <math.h>

enum { BLOCK = 64 }; /* tokens of a block of the far field's plan */

/* Numbers sent for one cut sequence in one block. */
typedef struct cut {
  const lw_volume_shape *shape;
  double tokens;
  int strips;
} cut;

static int rank_of(const cut *c, int strip)
{
  const int p = c->shape->sequence;
  return strip < p ? strip : 2 * p - 1 - strip;
}

static bool elsewhere(const cut *c, int strip)
{
  return strip >= 0 && strip < c->strips && rank_of(c, strip) != c->shape->place;
}

/* Tokens of strip `s` that queries of strip q look at: those up to `width` before its first token
   and, where later keys are allowed, up to `width` behind its last. */
static double seen(const cut *c, int s, int q, double width)
{
  const double length = c->tokens / c->strips;
  if (s == q) return 0.0;
  if (s > q && c->shape->causal) return 0.0;
  const double between = length * (s < q ? q - s - 1 : s - q - 1);
  return fmin(length, fmax(0.0, width - between));
}

/* Tokens of strip `s` that go to `rank`: for the window of each of its strips, in the ring once. */
static double needed(const cut *c, int s, int rank, double width, bool once)
{
  double tokens = 0.0;
  for (int q = 0; q < c->strips; q++)
    if (rank_of(c, q) == rank) tokens += seen(c, s, q, width);
  return once ? fmin(tokens, c->tokens / c->strips) : tokens;
}

/* Keys and values of one head: forward sends what others look at; backward sends it again, and the
   gradients of what came from others. */
static double keys_and_values(const cut *c, double width, bool once)
{
  const lw_volume_shape *shape = c->shape;
  const double d = (double)shape->width / (double)shape->heads;
  double gone = 0.0, come = 0.0;
  for (int s = 0; s < c->strips; s++)
    for (int rank = 0; rank < shape->sequence; rank++) {
      const int home = rank_of(c, s);
      if (home == rank) continue;
      if (home == shape->place) gone += needed(c, s, rank, width, once);
      if (rank == shape->place) come += needed(c, s, rank, width, once);
    }
  return 2.0 * d * (2.0 * gone + come);
}

/* Sums of the far field of one head, by doubling steps to later strips (sums over keys) or earlier
   ones (over queries), or both ways; keys in forward and again in backward, queries in backward. */
static double scans(const cut *c)
{
  const double d = (double)c->shape->width / (double)c->shape->heads;
  int later = 0, earlier = 0;
  for (int s = 0; s < c->strips; s++)
    for (int step = 1; step < c->strips && rank_of(c, s) == c->shape->place; step *= 2) {
      later += elsewhere(c, s + step);
      earlier += elsewhere(c, s - step);
    }
  const int messages = c->shape->causal ? 2 * later + earlier : 3 * (later + earlier);
  return messages * (d * d + 3.0 * d);
}

/* P - 1 rows of values at each edge with another rank, forward and backward together. */
static double smoothing(const cut *c)
{
  int edges = 0;
  for (int s = 0; s < c->strips; s++)
    if (rank_of(c, s) == c->shape->place) edges += elsewhere(c, s - 1) + elsewhere(c, s + 1);
  return (double)(edges * (c->shape->window - 1) * c->shape->width);
}

/* Two norms a block, and head that may have far keys, of all strips to all, in forward and in
   backward. */
static double norms(const cut *c)
{
  const double p = c->shape->sequence;
  return 2.0 * 2.0 * (double)c->shape->decayed * ceil(c->tokens / BLOCK) * (p - 1.0) / p;
}

static void add_cut(const cut *c, lw_volume *volume)
{
  const lw_volume_shape *shape = c->shape;
  for (int64_t head = 0; head < shape->heads; head++) {
    const lw_attention_reach *reach = &shape->reach[head];
    volume[LW_TRAFFIC_RING].block += reach->ring * keys_and_values(c, c->tokens, true);
    volume[LW_TRAFFIC_HALO].block += (1.0 - reach->ring) * keys_and_values(c, reach->width, false);
    if (shape->scanned) volume[LW_TRAFFIC_SCAN].block += (1.0 - reach->ring) * scans(c);
  }
  volume[LW_TRAFFIC_SMOOTH].block += smoothing(c);
  volume[LW_TRAFFIC_PLAN].block += norms(c);
}

/* Sums, in double: C + 1 and C of them forward, 2 C + 1 backward. Pooling: one vector a sample. */
static void add_statistics(const lw_volume_shape *shape, lw_volume *volume)
{
  const double C = (double)shape->width, all = shape->ranks, p = shape->sequence;
  const double norm = shape->batch_norm ? 2.0 * (4.0 * C + 2.0) * 2.0 * (all - 1.0) / all : 0.0;
  const double pooled = (double)shape->samples * C * 2.0 * (p - 1.0) / p;
  volume[LW_TRAFFIC_STATISTICS].block = 2.0 * norm;
  volume[LW_TRAFFIC_STATISTICS].outside = (shape->final_norm ? norm : 0.0) + pooled;
}

void lw_volume_step(const lw_volume_shape *shape, lw_volume volume[LW_TRAFFIC_KINDS])
{
  const double share = (double)(shape->ranks - 1) / shape->ranks;
  const double pass = (double)shape->pieces * (double)sizeof(float);
  for (int kind = 0; kind < LW_TRAFFIC_KINDS; kind++) volume[kind] = (lw_volume){0};
  for (int64_t n = 0; n < shape->cut && shape->sequence > 1; n++) {
    const int strips = shape->paired ? 2 * shape->sequence : shape->sequence;
    add_cut(&(cut){shape, (double)shape->tokens[n], strips}, volume);
  }
  add_statistics(shape, volume);
  for (int kind = 0; kind < LW_TRAFFIC_KINDS; kind++) {
    volume[kind].block *= pass;
    volume[kind].outside *= pass;
  }
  volume[LW_TRAFFIC_GRADIENT].outside = (double)shape->parameters * sizeof(float) * share;
  volume[LW_TRAFFIC_PARAMETERS].outside = (double)shape->parameters * sizeof(float) * share;
  volume[LW_TRAFFIC_OTHER] = volume[LW_TRAFFIC_MATRIX] = (lw_volume){NAN, NAN};
}
