/* Exclusive scans along the strips of sharded sequences: a running sum, exact, and one in which what
   lies further off counts less, as an exponential moving average has it. */
#include "longwave/array/scan.h"
#include "longwave/comm/traffic.h"
#include "sharded_case.h"
#include <math.h>
#include <stdlib.h>

enum { KINDS = 2, FLOATS = SEQUENCES * KINDS, OWN_FLOATS = LW_STRIPS_EACH * FLOATS };
static const double decay = 0.01;

/* Which way a scan goes: a strip reads at its first token, or behind its last. */
typedef struct direction {
  const lw_sharded *sharded;
  lw_scan_way way;
} direction;

static int64_t edge_of(const direction *d, int64_t q, int strip)
{
  return lw_sharded_first(d->sharded, q, d->way == LW_SCAN_TO_LATER ? strip : strip + 1);
}

/* Of each sequence a plain sum and a decayed one. */
static void join(const void *context, float *sum, int to, const float *more, int from)
{
  const direction *d = context;
  for (int64_t q = 0; q < SEQUENCES; q++) {
    const double tokens = (double)llabs(edge_of(d, q, to) - edge_of(d, q, from));
    sum[q * KINDS] += more[q * KINDS];
    sum[q * KINDS + 1] += (float)exp(-decay * tokens) * more[q * KINDS + 1];
  }
}

/* The sums over tokens [first, end) of a sequence, as seen from the edge of a strip. */
static void sum_up(int64_t q, int64_t first, int64_t end, int64_t edge, double out[KINDS])
{
  out[0] = out[1] = 0;
  for (int64_t t = first; t < end; t++) {
    out[0] += (double)sharded_number(q, t);
    out[1] += exp(-decay * fabs((double)(edge - t))) * (double)sharded_number(q, t);
  }
}

/* A strip's part looks from where the next one in the direction reads. */
static void give(const direction *d, lw_scan *scan)
{
  const lw_sharded *sharded = d->sharded;
  double part[KINDS];
  for (int j = 0; j < sharded->own; j++)
    for (int64_t q = 0; q < SEQUENCES; q++) {
      const int strip = sharded->strip[j];
      const int64_t first = lw_sharded_first(sharded, q, strip);
      const int64_t end = lw_sharded_first(sharded, q, strip + 1);
      sum_up(q, first, end, d->way == LW_SCAN_TO_LATER ? end : first, part);
      for (int k = 0; k < KINDS; k++) lw_scan_part(scan, j)[q * KINDS + k] = (float)part[k];
    }
}

static void check(const direction *d, const float *sums)
{
  const lw_sharded *sharded = d->sharded;
  double expected[KINDS];
  for (int j = 0; j < sharded->own; j++)
    for (int64_t q = 0; q < SEQUENCES; q++) {
      const bool later = d->way == LW_SCAN_TO_LATER;
      const int64_t edge = edge_of(d, q, sharded->strip[j]);
      const float *got = sums + j * FLOATS + q * KINDS;
      sum_up(q, later ? 0 : edge, later ? edge : sharded->sequences[q].tokens, edge, expected);
      CHECK((double)got[0] == expected[0], "%g and not %g", (double)got[0], expected[0]);
      CHECK(fabs((double)got[1] - expected[1]) < 1e-3, "%g and not %g", (double)got[1],
            expected[1]);
    }
}

MPI_TEST_1234(strips_get_the_sums_over_those_before_and_after_them)
{
  lw_scan scan = {0};
  for (int paired = 0; paired < 2; paired++)
    for (lw_scan_way way = LW_SCAN_TO_LATER; way <= LW_SCAN_TO_EARLIER; way++) {
      lw_sharded sharded = {0};
      float sums[OWN_FLOATS];
      sharded_make(world, paired, &sharded);
      const direction d = {&sharded, way};
      memset(sums, 0xff, sizeof sums);
      FINE(lw_scan_set(&scan, &sharded, FLOATS));
      give(&d, &scan);
      lw_traffic_reset();
      lw_scan_run(&scan, way, (lw_scan_adder){join, &d}, sums);
      const int64_t sent = lw_traffic_bytes(LW_TRAFFIC_OTHER, -2);
      const int messages = lw_scan_messages(sharded.strips, world->rank, way);
      CHECK(sent == messages * FLOATS * (int64_t)sizeof(float), "%lld bytes in %d messages",
            (long long)sent, messages);
      check(&d, sums);
      lw_sharded_done(&sharded);
    }
  lw_scan_done(&scan);
}

MPI_TESTS_1234
