#include "longwave/model/running.h"
#include "longwave/base/mem.h"
#include "longwave/comm/traffic.h"
#include <string.h>

enum { EACH = sizeof(double) / sizeof(float) };

lw_status lw_running_set(lw_running *running, const lw_packing *packing, const lw_world *axis,
                         int64_t lists)
{
  lw_status status = LW_OK;
  LW_TRY(lw_packing_sharded(packing, axis, &running->sharded));
  const int64_t floats = running->sharded.sequence_count * lists * EACH;
  if (floats == 0) return LW_OK;
  LW_TRY(lw_scan_set(&running->scan, &running->sharded, floats));
  LW_TRY(lw_mem_grow((void **)&running->outside, &running->outside_room,
                     running->sharded.own * floats, (int64_t)sizeof *running->outside));
done:
  return status;
}

void lw_running_done(lw_running *running)
{
  lw_scan_done(&running->scan);
  lw_sharded_done(&running->sharded);
  lw_mem_give(running->outside);
  *running = (lw_running){0};
}

static void sum_strip(double *x, int64_t count, bool back)
{
  for (int64_t n = 1; n < count; n++) {
    const int64_t t = back ? count - 1 - n : n;
    x[t] += x[back ? t + 1 : t - 1];
  }
}

static void add(const void *context, float *sum, int to, const float *more, int from)
{
  const lw_scan *scan = context;
  (void)to;
  (void)from;
  for (int64_t n = 0; n < scan->floats; n += EACH) {
    double a = 0, b = 0;
    memcpy(&a, sum + n, sizeof a);
    memcpy(&b, more + n, sizeof b);
    a += b;
    memcpy(sum + n, &a, sizeof a);
  }
}

typedef struct values {
  int64_t lists, rows;
  double *x; /* [lists, rows] */
  bool back;
} values;

/* What own strip j of each sharded sequence gives, or, `given`, gets and adds. */
static void strip_sums(lw_running *running, int j, const values *of, bool given)
{
  const int64_t lists = of->lists;
  const lw_sharded *sharded = &running->sharded;
  float *part = lw_scan_part(&running->scan, j);
  for (int64_t q = 0; q < sharded->sequence_count; q++)
    for (int64_t list = 0; list < lists; list++) {
      const int64_t tokens = lw_sharded_tokens(sharded, q, sharded->strip[j]);
      const int64_t at = (q * lists + list) * EACH;
      double *strip = of->x + list * of->rows + sharded->sequences[q].row[j], outside = 0;
      if (!given) {
        memcpy(part + at, &strip[of->back ? 0 : tokens - 1], sizeof *strip);
        continue;
      }
      memcpy(&outside, running->outside + j * running->scan.floats + at, sizeof outside);
      for (int64_t t = 0; t < tokens; t++) strip[t] += outside;
    }
}

void lw_running_sum(lw_running *running, const lw_packing *packing, int64_t lists, double *x,
                    bool back)
{
  const values of = {.lists = lists, .rows = packing->rows, .x = x, .back = back};
#pragma omp parallel for collapse(2) schedule(dynamic)
  for (int64_t list = 0; list < lists; list++)
    for (int64_t s = 0; s < packing->strip_count; s++)
      sum_strip(x + list * packing->rows + packing->strips[s].row, packing->strips[s].tokens, back);
  if (running->sharded.sequence_count == 0) return;
  for (int j = 0; j < running->sharded.own; j++) strip_sums(running, j, &of, false);
  lw_traffic_begin(LW_TRAFFIC_SCAN);
  lw_scan_run(&running->scan, back ? LW_SCAN_TO_EARLIER : LW_SCAN_TO_LATER,
              (lw_scan_adder){add, &running->scan}, running->outside);
  lw_traffic_end();
  for (int j = 0; j < running->sharded.own; j++) strip_sums(running, j, &of, true);
}
