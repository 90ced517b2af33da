/* Rows that travel between the strips of sharded sequences: halos of fixed reach as a layer uses
   them, and needs that differ from strip to strip, with what is made of the rows sent back. */
#include "longwave/array/halo.h"
#include "longwave/base/mem.h"
#include "sharded_case.h"

enum { WIDTH = 2, STRIDE = 5, OFFSET = 1 };

/* Channel c of a token. */
static float value(int64_t q, int64_t t, int64_t c)
{
  return sharded_number(q, t) + 100 * (float)c;
}

/* The packed array [rows, STRIDE], channels from OFFSET on. */
static float *make_rows(const lw_sharded *sharded, int64_t rows)
{
  float *x = NULL;
  FINE(LW_TAKE(&x, rows * STRIDE));
  for (int64_t q = 0; q < SEQUENCES; q++)
    for (int j = 0; j < sharded->own; j++) {
      const int64_t first = lw_sharded_first(sharded, q, sharded->strip[j]);
      for (int64_t t = 0; t < lw_sharded_tokens(sharded, q, sharded->strip[j]); t++)
        for (int64_t c = 0; c < WIDTH; c++)
          x[(sharded->sequences[q].row[j] + t) * STRIDE + OFFSET + c] = value(q, first + t, c);
    }
  return x;
}

static void check_strip(const lw_halo *halo, int64_t q, int j)
{
  const lw_sharded *sharded = halo->sharded;
  const int64_t T = sharded->sequences[q].tokens;
  const int64_t first = lw_sharded_first(sharded, q, sharded->strip[j]);
  const lw_halo_strip *strip = lw_halo_strip_at(halo, q, j);
  const int64_t end = first + strip->tokens;
  int64_t wrong = 0;
  CHECK(strip->tokens == lw_sharded_tokens(sharded, q, sharded->strip[j]), "tokens");
  CHECK(strip->before == (first < halo->before ? first : halo->before), "%d before",
        (int)strip->before);
  CHECK(strip->after == (T - end < halo->after ? T - end : halo->after), "%d after",
        (int)strip->after);
  for (int64_t t = -strip->before; t < strip->tokens + strip->after; t++)
    for (int64_t c = 0; c < WIDTH; c++)
      wrong += strip->rows[t * WIDTH + c] != value(q, first + t, c);
  CHECK(wrong == 0, "sequence %d, strip %d: %d numbers", (int)q, sharded->strip[j], (int)wrong);
}

/* y[t] = sum_u weight[u] x[t - u], zeros before the sequence: what a short convolution does. */
static void check_convolution(const lw_halo *halo, int64_t q, int j)
{
  static const float weight[] = {1, -2, 0.5f, 4};
  enum { TAPS = sizeof weight / sizeof *weight };
  const lw_halo_strip *strip = lw_halo_strip_at(halo, q, j);
  const int64_t first = lw_sharded_first(halo->sharded, q, halo->sharded->strip[j]);
  int64_t wrong = 0;
  for (int64_t t = 0; t < strip->tokens; t++) {
    float y = 0, expected = 0;
    for (int64_t u = 0; u < TAPS && u <= t + strip->before; u++)
      y += weight[u] * strip->rows[(t - u) * WIDTH];
    for (int64_t u = 0; u < TAPS && u <= first + t; u++)
      expected += weight[u] * value(q, first + t - u, 0);
    wrong += y != expected;
  }
  CHECK(wrong == 0, "%d of a convolution", (int)wrong);
}

static void check_halos(const lw_sharded *sharded, const float *x)
{
  /* none, one side, both, longer than the strips of the second sequence, than all */
  static const int64_t reach[][2] = {{0, 0}, {3, 0}, {1, 1}, {0, 90}, {200, 70}, {5000, 5000}};
  lw_halo halo = {0};
  for (size_t n = 0; n < sizeof reach / sizeof *reach; n++) {
    FINE(lw_halo_set(&halo, sharded, WIDTH, reach[n][0], reach[n][1]));
    lw_halo_fetch(&halo, x + OFFSET, STRIDE);
    for (int64_t q = 0; q < SEQUENCES; q++)
      for (int j = 0; j < sharded->own; j++) {
        check_strip(&halo, q, j);
        if (reach[n][0] >= 3) check_convolution(&halo, q, j);
      }
  }
  lw_halo_done(&halo);
}

/* ---- needs that differ ---- */

/* Tokens that strip s of sequence q needs: more for later sequences and strips. */
static lw_row_need need_of(const lw_sharded *sharded, int64_t q, int s)
{
  const int64_t T = sharded->sequences[q].tokens, wide = 40 * q + 90 * s;
  const int64_t first = lw_sharded_first(sharded, q, s) - wide;
  const int64_t end = lw_sharded_first(sharded, q, s + 1) + wide / 2;
  return (lw_row_need){.sequence = q,
                       .strip = s,
                       .first = first < 0 ? 0 : first,
                       .end = end > T ? T : end,
                       .item = q + 7};
}

/* Where a strip keeps what it needs: [own, SEQUENCES, most tokens]. */
typedef struct needs {
  lw_row_exchange exchange;
  const float *x;
  float *here, *counts; /* counts [rows]: of each own row, how often it came back */
  int64_t wrong;
} needs;
enum { MOST = 1200 };

static void pack(void *context, const lw_row_copy *copy, float *staged)
{
  const needs *n = context;
  const int64_t row = lw_row_copy_row(&n->exchange, copy);
  for (int64_t t = 0; t < copy->tokens; t++)
    memcpy(staged + t * WIDTH, n->x + (row + t) * STRIDE + OFFSET, WIDTH * sizeof *staged);
}

static void unpack(void *context, const lw_row_copy *copy, float *staged)
{
  needs *n = context;
  n->wrong += copy->item != copy->sequence + 7;
  memcpy(n->here + copy->row * WIDTH, staged, (size_t)(copy->tokens * WIDTH) * sizeof *staged);
}

static void pack_back(void *context, const lw_row_copy *copy, float *staged)
{
  const needs *n = context;
  memcpy(staged, n->here + copy->row * WIDTH, (size_t)(copy->tokens * WIDTH) * sizeof *staged);
}

/* What comes back is what went. */
static void unpack_back(void *context, const lw_row_copy *copy, float *staged)
{
  needs *n = context;
  const int64_t row = lw_row_copy_row(&n->exchange, copy);
  for (int64_t t = 0; t < copy->tokens; t++) {
    n->wrong += staged[t * WIDTH + 1] != n->x[(row + t) * STRIDE + OFFSET + 1];
    n->counts[row + t] += 1;
  }
}

static void check_needs_here(const lw_sharded *sharded, const needs *n)
{
  int64_t wrong = 0;
  for (int64_t q = 0; q < SEQUENCES; q++)
    for (int j = 0; j < sharded->own; j++) {
      const lw_row_need need = need_of(sharded, q, sharded->strip[j]);
      const int64_t first = lw_sharded_first(sharded, q, sharded->strip[j]);
      const int64_t end = lw_sharded_first(sharded, q, sharded->strip[j] + 1);
      const float *here = n->here + (j * SEQUENCES + q) * MOST * WIDTH;
      for (int64_t t = need.first; t < need.end; t++)
        if (t < first || t >= end) wrong += here[(t - need.first) * WIDTH + 1] != value(q, t, 1);
    }
  CHECK(wrong == 0, "%d numbers that other strips need", (int)wrong);
}

/* Each own row as often as other strips need it. */
static void check_counts(const lw_sharded *sharded, const needs *n)
{
  int64_t wrong = 0;
  for (int64_t q = 0; q < SEQUENCES; q++)
    for (int j = 0; j < sharded->own; j++) {
      const int64_t first = lw_sharded_first(sharded, q, sharded->strip[j]);
      for (int64_t t = 0; t < lw_sharded_tokens(sharded, q, sharded->strip[j]); t++) {
        float expected = 0;
        for (int s = 0; s < sharded->count; s++) {
          const lw_row_need need = need_of(sharded, q, s);
          const bool wanted = first + t >= need.first && first + t < need.end;
          expected += wanted && s != sharded->strip[j];
        }
        wrong += n->counts[sharded->sequences[q].row[j] + t] != expected;
      }
    }
  CHECK(wrong == 0, "%d rows came back too often or not", (int)wrong);
}

static void check_needs(const lw_sharded *sharded, const float *x, int64_t rows)
{
  needs n = {.x = x};
  FINE(LW_TAKE(&n.here, sharded->own * SEQUENCES * MOST * WIDTH));
  FINE(LW_TAKE(&n.counts, rows));
  lw_row_exchange_begin(&n.exchange, sharded, 5, WIDTH);
  for (int64_t q = 0; q < SEQUENCES; q++)
    for (int s = 0; s < sharded->count; s++) {
      lw_row_need need = need_of(sharded, q, s);
      need.row = (lw_sharded_own(sharded, s) * SEQUENCES + q) * MOST;
      FINE(lw_row_exchange_need(&n.exchange, &need));
    }
  FINE(lw_row_exchange_finish(&n.exchange));
  lw_row_exchange_send(&n.exchange, LW_ROWS_TO_NEED, pack, &n);
  lw_row_exchange_receive(&n.exchange, LW_ROWS_TO_NEED, unpack, &n);
  check_needs_here(sharded, &n);
  lw_row_exchange_send(&n.exchange, LW_ROWS_TO_OWNER, pack_back, &n);
  lw_row_exchange_receive(&n.exchange, LW_ROWS_TO_OWNER, unpack_back, &n);
  CHECK(n.wrong == 0, "%d copies", (int)n.wrong);
  check_counts(sharded, &n);
  lw_row_exchange_done(&n.exchange);
  lw_mem_give(n.here);
  lw_mem_give(n.counts);
}

MPI_TEST_1234(strips_get_the_rows_beside_them)
{
  for (int paired = 0; paired < 2; paired++) {
    lw_sharded sharded = {0};
    const int64_t rows = sharded_make(world, paired, &sharded);
    float *x = make_rows(&sharded, rows);
    check_halos(&sharded, x);
    check_needs(&sharded, x, rows);
    lw_mem_give(x);
    lw_sharded_done(&sharded);
  }
}

MPI_TESTS_1234
