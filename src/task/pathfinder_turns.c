#include "pathfinder_turns.h"
#include "longwave/base/mem.h"
#include <assert.h>
#include <math.h>

static const double pi = 3.14159265358979323846;

enum { FULL = 255 };

/* A curve ends when the weights add up to less. */
static const double least_total = 1e-4;

/* ---- tables ---- */

static double weight_of(const lw_direction *now, const lw_direction *next, double continuity)
{
  double turn = fabs(next->angle - now->angle);
  if (turn > pi) turn = 2.0 * pi - turn;
  turn *= continuity;
  return turn < pi / 2.0 ? cos(turn) * cos(turn) : 0.0;
}

/* Writes the row of one direction, or only counts when `at` is -1. */
static int64_t make_row(const lw_dashes *dashes, const lw_direction *now, double continuity,
                        int64_t stride, int64_t at, lw_turns *turns)
{
  int64_t count = 0;
  for (int64_t i = 0; i < dashes->ring_count; i++) {
    const int *ring = dashes->ring[i].ring;
    const double weight = weight_of(now, &dashes->ring[i], continuity);
    if (weight <= 0.0) continue;
    if (at >= 0) {
      turns->turn[at + count].whole = (uint32_t)llrint(ldexp(weight, 31));
      turns->turn[at + count].step = (int32_t)(ring[0] * stride + ring[1]);
      turns->next[at + count] = (int32_t)i;
      turns->dash[at + count] = dashes->ring[i].dash;
      turns->weight[at + count] = weight;
    }
    count++;
  }
  return count;
}

static const lw_direction *direction_of(const lw_dashes *dashes, int64_t i)
{
  return i < LW_SEED_DIRECTIONS ? &dashes->seed[i] : &dashes->ring[i - LW_SEED_DIRECTIONS];
}

lw_status lw_turns_init(const lw_dashes *dashes, double continuity, int64_t stride, lw_turns *turns)
{
  const int64_t directions = LW_SEED_DIRECTIONS + dashes->ring_count;
  lw_turns made = {.least = (uint64_t)(least_total * FULL * 0x1p31)};
  lw_status status = LW_OK;
  for (int64_t i = 0; i < directions; i++) {
    const int64_t count = make_row(dashes, direction_of(dashes, i), continuity, stride, -1, &made);
    if (count > made.room) made.room = count;
  }
  made.room = (made.room + LW_TURNS_AT_ONCE - 1) / LW_TURNS_AT_ONCE * LW_TURNS_AT_ONCE;
  assert(made.room <= LW_TURNS_MOST);
  LW_TRY(LW_TAKE(&made.turn, directions * made.room));
  LW_TRY(LW_TAKE(&made.next, directions * made.room));
  LW_TRY(LW_TAKE(&made.dash, directions * made.room));
  LW_TRY(LW_TAKE(&made.weight, directions * made.room));
  for (int64_t i = 0; i < directions; i++)
    make_row(dashes, direction_of(dashes, i), continuity, stride, i * made.room, &made);
  *turns = made;
  made = (lw_turns){0};
done:
  lw_turns_done(&made);
  return status;
}

void lw_turns_done(lw_turns *turns)
{
  lw_mem_give(turns->turn);
  lw_mem_give(turns->next);
  lw_mem_give(turns->dash);
  lw_mem_give(turns->weight);
  *turns = (lw_turns){0};
}

/* ---- real numbers ---- */

static double real_weight(const lw_choice *choice, int64_t i)
{
  const lw_turns *turns = choice->turns;
  const int open = choice->open[turns->turn[choice->first + i].step];
  return turns->weight[choice->first + i] * open / FULL;
}

static double real_total(const lw_choice *choice)
{
  double total = 0.0;
  for (int64_t i = 0; i < choice->turns->room; i++) total += real_weight(choice, i);
  return total;
}

bool lw_choice_open_real(const lw_choice *choice)
{
  return real_total(choice) >= least_total;
}

int64_t lw_choice_draw_real(const lw_choice *choice, uint64_t bits)
{
  double rest = (double)(bits >> 11) * 0x1p-53 * real_total(choice);
  int64_t last = 0;
  for (int64_t i = 0; i < choice->turns->room; i++) {
    const double weight = real_weight(choice, i);
    if (weight <= 0.0) continue;
    last = i;
    rest -= weight;
    if (rest < 0.0) break;
  }
  return choice->first + last;
}
