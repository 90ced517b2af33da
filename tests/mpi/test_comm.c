/* World, agreement, sums, copies, messages and their counting. Counts are such that no rank count divides them. */
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/exchange.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include "mpi_case.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

MPI_TEST_1234(the_world_knows_its_ranks)
{
  int size, rank, relation;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  CHECK(world->size == size && world->rank == rank, "%d of %d", world->rank, world->size);
  CHECK(world->node_size == size && world->node_rank == rank, "%d of %d on this node",
        world->node_rank, world->node_size);
  MPI_Comm_compare(world->all, MPI_COMM_WORLD, &relation);
  CHECK(relation == MPI_CONGRUENT, "a duplicate, not the communicator itself");
}

MPI_TEST_1234(worlds_come_and_go)
{
  for (int i = 0; i < 10; i++) {
    lw_world *inner = NULL;
    CHECK(lw_world_create(world->all, &inner) == LW_OK, "%s", lw_fail_message());
    CHECK(inner->size == world->size, "size %d", inner->size);
    lw_world_destroy(&inner);
    CHECK(inner == NULL, "destroy forgets the world");
    lw_world_destroy(&inner);
  }
}

static void check_axis(const lw_world *world, const lw_world *axis, int rank, int size, int base,
                       int step)
{
  CHECK(axis->rank == rank && axis->size == size, "%d of %d for %d of %d", axis->rank, axis->size,
        rank, size);
  CHECK(!axis->data && !axis->sequence, "an axis has no axes");
  double all[4] = {0};
  lw_gather_doubles(axis, world->rank, all);
  for (int r = 0; r < size && axis->rank == 0; r++)
    CHECK(all[r] == base + r * step, "place %d is rank %g of the world", r, all[r]);
}

/* Any number of times, in any order. */
MPI_TEST_1234(ranks_stand_in_a_grid)
{
  static const int tried[] = {1, 2, 4, 3, 2, 1, 5, 0, -1, 4, 1};
  lw_world *grid = NULL;
  CHECK(lw_world_create(world->all, &grid) == LW_OK, "%s", lw_fail_message());
  int S = 1;
  for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
    lw_status status = lw_world_arrange(grid, tried[i]);
    if (tried[i] > 0 && grid->size % tried[i] == 0) {
      CHECK(status == LW_OK, "%s", lw_fail_message());
      S = tried[i];
    } else {
      char want[64];
      snprintf(want, sizeof want, "%d ranks on the sequence axis", tried[i]);
      CHECK(status == LW_ERROR_INPUT, "%d ranks, status %d", tried[i], (int)status);
      CHECK(strstr(lw_fail_message(), want), "%s", lw_fail_message());
    }
    /* After a refusal the axes are what they were. */
    check_axis(grid, grid->data, grid->rank / S, grid->size / S, grid->rank % S, S);
    check_axis(grid, grid->sequence, grid->rank % S, S, grid->rank / S * S, 1);
  }
  lw_world_destroy(&grid);
}

MPI_TEST(divisors_that_would_do_are_named, 4)
{
  lw_world *grid = NULL;
  CHECK(lw_world_create(world->all, &grid) == LW_OK, "%s", lw_fail_message());
  CHECK(lw_world_arrange(grid, 3) == LW_ERROR_INPUT, "3 does not divide 4");
  CHECK(strstr(lw_fail_message(), "1, 2 or 4"), "%s", lw_fail_message());
  lw_world_destroy(&grid);
}

MPI_TEST_1234(all_well_is_agreed)
{
  (void)!lw_fail(LW_ERROR_FILE, "an old failure, long dealt with");
  CHECK(lw_agree(world, LW_OK) == LW_OK, "%s", lw_fail_message());
}

MPI_TEST_1234(the_failure_of_any_one_rank_is_everybodys)
{
  for (int failing = 0; failing < world->size; failing++) {
    char want[64];
    snprintf(want, sizeof want, "rank %d has no file", failing);
    lw_status own = world->rank == failing ? lw_fail(LW_ERROR_FILE, "%s", want) : LW_OK;
    lw_status agreed = lw_agree(world, own);
    CHECK(agreed == LW_ERROR_FILE, "status %d", (int)agreed);
    CHECK(strcmp(lw_fail_message(), want) == 0, "%s", lw_fail_message());
  }
}

MPI_TEST_1234(the_lowest_failing_rank_is_heard)
{
  /* Every rank but rank 0 fails, each in its own way; alone, rank 0 fails itself. */
  int first = world->size > 1 ? 1 : 0;
  lw_status own = LW_OK;
  if (world->rank >= first)
    own = lw_fail(world->rank == first ? LW_ERROR_MEMORY : LW_ERROR_INPUT, "rank %d", world->rank);
  char want[64];
  snprintf(want, sizeof want, "rank %d", first);
  lw_status agreed = lw_agree(world, own);
  CHECK(agreed == LW_ERROR_MEMORY, "status %d", (int)agreed);
  CHECK(strcmp(lw_fail_message(), want) == 0, "%s", lw_fail_message());
}

static lw_status leave_together(const lw_world *world, int failing, int *reached)
{
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, world->rank == failing ? lw_fail(LW_ERROR_INPUT, "mine") : LW_OK);
  *reached = 1;
done:
  return status;
}

MPI_TEST_1234(trying_together_leaves_together)
{
  int reached = 0;
  CHECK(leave_together(world, world->size - 1, &reached) == LW_ERROR_INPUT, "%d", reached);
  CHECK(!reached, "no rank goes on");
  CHECK(leave_together(world, -1, &reached) == LW_OK && reached, "%d", reached);
}

static const int64_t counts[] = {0, 1, 2, 3, 5, 17, 1009};
enum { MOST = 1009, COUNTS = sizeof counts / sizeof *counts };

MPI_TEST_1234(sums_and_maxima_over_all_ranks)
{
  int64_t size = world->size, ranks = size * (size + 1) / 2; /* sum of rank + 1 */
  for (int k = 0; k < COUNTS; k++) {
    float floats[MOST + 1];
    double doubles[MOST + 1], most[MOST + 1];
    int64_t integers[MOST + 1];
    for (int64_t i = 0; i <= MOST; i++) {
      integers[i] = (world->rank + 1) * (i + 1) + ((int64_t)1 << 55);
      floats[i] = (float)((world->rank + 1) * (i + 1));
      doubles[i] = (double)floats[i] + 0.5;
      most[i] = world->rank == i % size ? (double)i : -1.0;
    }
    int64_t count = counts[k];
    lw_reduce_sum_integers(world, integers, count);
    lw_reduce_sum_floats(world, floats, count);
    lw_reduce_sum_doubles(world, doubles, count);
    lw_reduce_max_doubles(world, most, count);
    for (int64_t i = 0; i < count; i++) {
      CHECK(integers[i] == ranks * (i + 1) + (size << 55), "integer %d", (int)i);
      CHECK(floats[i] == (float)(ranks * (i + 1)), "float %d is %g", (int)i, (double)floats[i]);
      CHECK(doubles[i] == (double)(ranks * (i + 1)) + 0.5 * (double)size, "double %d", (int)i);
      CHECK(most[i] == (double)i, "maximum %d is %g", (int)i, most[i]);
    }
    /* What stands behind the last item is not touched. */
    CHECK(floats[count] == (float)((world->rank + 1) * (count + 1)), "behind %d", (int)count);
  }
}

MPI_TEST_1234(of_equal_peaks_the_lowest_place_wins)
{
  enum { N = 5 };
  /* by rank: no number at all, a smaller one, two equal greatest */
  lw_peak x[N + 1];
  for (int i = 0; i <= N; i++) {
    const int turn = (world->rank + i) % 4;
    x[i] = turn == 0   ? (lw_peak){-INFINITY, INT32_MAX}
           : turn == 1 ? (lw_peak){-2.0f, 3}
                       : (lw_peak){1.5f, 70000000 + 10 * turn};
  }
  const lw_peak behind = x[N];
  lw_reduce_max_peaks(world, x, N);
  for (int i = 0; i < N; i++) {
    lw_peak want = {-INFINITY, INT32_MAX};
    for (int r = 0; r < world->size; r++) {
      const int turn = (r + i) % 4, index = 70000000 + 10 * turn;
      if (turn == 1 && want.value < -2.0f) want = (lw_peak){-2.0f, 3};
      if (turn >= 2 && (want.value < 1.5f || want.index > index)) want = (lw_peak){1.5f, index};
    }
    CHECK(x[i].value == want.value && x[i].index == want.index, "%d: %g at %d", i,
          (double)x[i].value, x[i].index);
  }
  CHECK(x[N].index == behind.index, "behind the last");
}

/* Ranks have rank rows each (the root none), which stand in descending order. */
MPI_TEST_1234(rows_of_all_ranks_reach_all)
{
  enum { WIDTH = 3, MOST_ROWS = 6 };
  float own[4 * WIDTH], all[(MOST_ROWS + 1) * WIDTH];
  int count[4], first[4], rows = 0;
  for (int r = world->size - 1; r >= 0; r--) {
    count[r] = r;
    first[r] = rows;
    rows += r;
  }
  for (int i = 0; i < world->rank * WIDTH; i++) own[i] = (float)(100 * world->rank + i);
  for (int i = 0; i < (MOST_ROWS + 1) * WIDTH; i++) all[i] = -1.0f;
  lw_gather_rows(world, own, WIDTH, count, first, all);
  for (int r = 0; r < world->size; r++)
    for (int i = 0; i < count[r] * WIDTH; i++)
      CHECK(all[first[r] * WIDTH + i] == (float)(100 * r + i), "rank %d, number %d", r, i);
  for (int i = rows * WIDTH; i < (MOST_ROWS + 1) * WIDTH; i++) CHECK(all[i] == -1.0f, "behind");
}

MPI_TEST_1234(every_rank_gets_the_same_bits)
{
  enum { N = 257 };
  float x[N];
  for (int i = 0; i < N; i++) x[i] = 1.0f / (float)(3 + i + 7 * world->rank);
  lw_reduce_sum_floats(world, x, N);
  float roots[N];
  memcpy(roots, x, sizeof x);
  lw_broadcast(world, roots, sizeof roots);
  CHECK(memcmp(roots, x, sizeof x) == 0, "rank %d has other sums than the root", world->rank);
}

MPI_TEST_1234(the_roots_bytes_reach_all)
{
  for (int k = 0; k < COUNTS; k++) {
    unsigned char bytes[MOST + 1];
    memset(bytes, world->rank == 0 ? 0 : 0xEE, sizeof bytes);
    for (int i = 0; i <= MOST && world->rank == 0; i++) bytes[i] = (unsigned char)(i * 7);
    lw_broadcast(world, bytes, counts[k]);
    for (int i = 0; i < counts[k]; i++)
      CHECK(bytes[i] == (unsigned char)(i * 7), "byte %d of %d", i, (int)counts[k]);
    if (world->rank != 0) CHECK(bytes[counts[k]] == 0xEE, "behind byte %d", (int)counts[k]);
  }
}

MPI_TEST_1234(one_double_of_each_in_rank_order)
{
  double all[4] = {-1, -1, -1, -1};
  lw_gather_doubles(world, 1.5 * world->rank, all);
  for (int rank = 0; rank < world->size; rank++) {
    double want = world->rank == 0 ? 1.5 * rank : -1.0;
    CHECK(all[rank] == want, "from %d: %g", rank, all[rank]);
  }
}

MPI_TEST_1234(spreads_over_ranks)
{
  double p = world->size;
  lw_spread x[2] = {{.mean = world->rank}, {.mean = 7.0 - 2.0 * world->rank}};
  lw_reduce_spread(world, x, 2);
  CHECK(x[0].least == 0.0 && x[0].greatest == p - 1.0, "%g to %g", x[0].least, x[0].greatest);
  CHECK(x[1].least == 9.0 - 2.0 * p && x[1].greatest == 7.0, "%g to %g", x[1].least, x[1].greatest);
  CHECK(x[0].mean == (p - 1.0) / 2.0 && x[1].mean == 8.0 - p, "%g and %g", x[0].mean, x[1].mean);
}

/* What `from` sends to `to` as message `tag`. */
static int64_t message_count(int from, int to, int tag)
{
  return (from * 31 + to * 17 + tag * 101) % 5 == 0 ? 0 : 1 + from * 1009 + to * 77 + tag * 5003;
}

static float message_float(int from, int to, int tag, int64_t i)
{
  return (float)(from * 1000 + to * 100 + tag) + (float)i / 65536.0f;
}

enum { FLIGHTS = 2, TAGS = 4, RANKS = 4, LONGEST = 1 + 3 * 1009 + 3 * 77 + 3 * 5003 };
static float gone[RANKS][TAGS][LONGEST], come[RANKS][TAGS][LONGEST + 1];

/* The messages of tags `first`, `first` + 2: receives first, or sends first, by the rank. */
static void start_flight(lw_flight *flight, const lw_world *world, int first)
{
  for (int turn = 0; turn < 2; turn++)
    for (int peer = 0; peer < world->size; peer++)
      for (int tag = first; tag < TAGS && peer != world->rank; tag += FLIGHTS) {
        if ((turn + world->rank) % 2)
          lw_flight_send(flight, world, peer, tag, gone[peer][tag],
                         message_count(world->rank, peer, tag));
        else
          lw_flight_receive(flight, world, peer, tag, come[peer][tag],
                            message_count(peer, world->rank, tag));
      }
}

static void check_message(const lw_world *world, int peer, int tag)
{
  int64_t count = message_count(peer, world->rank, tag);
  for (int64_t i = 0; i < count; i++) {
    float want = message_float(peer, world->rank, tag, i);
    CHECK(come[peer][tag][i] == want, "from %d, tag %d: float %d", peer, tag, (int)i);
  }
  CHECK(come[peer][tag][count] == -1.0f, "from %d, tag %d: behind the last", peer, tag);
}

MPI_TEST_1234(messages_of_all_pairs_in_several_flights)
{
  lw_flight flight[FLIGHTS] = {0};
  int64_t sent = 0;
  lw_traffic_reset();                       /* of what the making of the world sent */
  for (int round = 0; round < 3; round++) { /* a flight can be used again */
    for (int peer = 0; peer < world->size; peer++)
      for (int tag = 0; tag < TAGS; tag++) {
        for (int64_t i = 0; i < LONGEST; i++) {
          gone[peer][tag][i] = message_float(world->rank, peer, tag, i);
          come[peer][tag][i] = come[peer][tag][i + 1] = -1.0f;
        }
        if (peer != world->rank) sent += 4 * message_count(world->rank, peer, tag);
      }
    for (int f = 0; f < FLIGHTS; f++) {
      CHECK(lw_flight_reserve(&flight[f], TAGS * world->size) == LW_OK, "%s", lw_fail_message());
      start_flight(&flight[f], world, f);
      lw_flight_push(&flight[0]);
    }
    for (int f = FLIGHTS - 1; f >= 0; f--) lw_flight_finish(&flight[f]);
    for (int peer = 0; peer < world->size; peer++)
      for (int tag = 0; tag < TAGS && peer != world->rank; tag++) check_message(world, peer, tag);
  }
  CHECK(lw_traffic_bytes(LW_TRAFFIC_OTHER, -2) == sent, "%d bytes counted, %d sent",
        (int)lw_traffic_bytes(LW_TRAFFIC_OTHER, -2), (int)sent);
  for (int f = 0; f < FLIGHTS; f++) lw_flight_done(&flight[f]);
}

MPI_TEST_1234(messages_with_one_tag_come_in_order)
{
  lw_flight flight = {0};
  float numbers[8] = {0};
  int to = (world->rank + 1) % world->size, from = (world->rank + world->size - 1) % world->size;
  float own[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  CHECK(lw_flight_reserve(&flight, 16) == LW_OK, "%s", lw_fail_message());
  for (int i = 0; i < 8 && world->size > 1; i++) {
    lw_flight_send(&flight, world, to, 5, own + i, 1);
    lw_flight_receive(&flight, world, from, 5, numbers + i, 1);
  }
  lw_flight_push(&flight);
  lw_flight_finish(&flight);
  lw_flight_finish(&flight); /* an empty one is finished */
  for (int i = 0; i < 8 && world->size > 1; i++)
    CHECK(numbers[i] == (float)i, "number %d is %g", i, (double)numbers[i]);
  lw_flight_done(&flight);
}

/* n p-ths, in whole bytes, rounded up */
static int64_t part(const lw_world *world, int64_t bytes)
{
  return (bytes + world->size - 1) / world->size;
}

MPI_TEST_1234(traffic_counts_what_a_rank_must_send)
{
  double numbers[17] = {0};
  float row[5] = {0}, other[5];
  int64_t p = world->size, integers[3] = {0};
  int to = (world->rank + 1) % world->size, from = (world->rank + world->size - 1) % world->size;
  lw_traffic_reset(); /* of what the making of the world sent */
  lw_traffic_begin(LW_TRAFFIC_GRADIENT);
  lw_reduce_sum_doubles(world, numbers, 17);
  lw_traffic_begin(LW_TRAFFIC_HALO);
  lw_traffic_layer(3);
  lw_exchange(world, (lw_exchange_side){to, row, 5}, (lw_exchange_side){from, other, 5});
  CHECK(lw_agree(world, LW_OK) == LW_OK, "%s", lw_fail_message());
  lw_traffic_end();
  lw_reduce_sum_integers(world, integers, 3);
  lw_traffic_layer(-1);
  lw_broadcast(world, row, 12);
  lw_gather_doubles(world, 1.0, numbers);
  lw_traffic_end();
  const struct {
    lw_traffic_kind kind;
    int64_t layer, want;
  } table[] = {
      {LW_TRAFFIC_GRADIENT, -1,
       part(world, 2 * 136 * (p - 1)) + (world->rank > 0 ? 8
                                         : p > 1         ? 12
                                                         : 0)},
      {LW_TRAFFIC_GRADIENT, 3, part(world, 2 * 24 * (p - 1))},
      {LW_TRAFFIC_GRADIENT, 2, 0},
      {LW_TRAFFIC_HALO, 3, p > 1 ? 20 : 0},
      {LW_TRAFFIC_HALO, -2, p > 1 ? 20 : 0},
      {LW_TRAFFIC_OTHER, -2, part(world, 2 * 8 * (p - 1))}, /* agreement is never the work's */
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    int64_t got = lw_traffic_bytes(table[i].kind, table[i].layer);
    CHECK(got == table[i].want, "%s, layer %d: %d, not %d", lw_traffic_name(table[i].kind),
          (int)table[i].layer, (int)got, (int)table[i].want);
  }
  int64_t all = lw_traffic_bytes(LW_TRAFFIC_GRADIENT, -2);
  CHECK(all == table[0].want + table[1].want, "all layers: %d", (int)all);
  lw_traffic_reset();
  CHECK(lw_traffic_bytes(LW_TRAFFIC_GRADIENT, -2) == 0, "a reset forgets");
}

MPI_TEST_1234(time_in_collectives_is_waiting)
{
  double x = 0.0;
  lw_profile_reset();
  CHECK(lw_profile_seconds(LW_PROFILE_WAIT) == 0.0, "nothing yet");
  lw_reduce_sum_doubles(world, &x, 1);
  double waited = lw_profile_seconds(LW_PROFILE_WAIT);
  CHECK(world->size > 1 ? waited > 0.0 : waited == 0.0, "%g s", waited);
}

MPI_TESTS_1234
