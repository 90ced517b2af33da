#include "cut.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include <string.h>

void lw_cut_route_begin(lw_cut *cut, lw_cut_route *route, int tag, int64_t width, bool counting)
{
  route->tag = tag;
  route->width = width;
  for (int e = 0; e < LW_CUT_ENDS; e++) {
    if (!counting)
      route->end[e].copies = lw_cut_grow(cut, route->end[e].copies, &route->end[e].room,
                                         route->end[e].count, sizeof(lw_cut_copy));
    route->end[e].count = 0;
  }
}

/* One copy, if it begins or ends here. */
static void add(const lw_cut *cut, lw_cut_route *route, lw_cut_copy copy, int from, int to)
{
  const int here = cut->axis->rank;
  const bool mine[LW_CUT_ENDS] = {from == here, to == here};
  for (int e = 0; e < LW_CUT_ENDS; e++) {
    if (!mine[e]) continue;
    const int64_t n = route->end[e].count++;
    if (n >= route->end[e].room) continue; /* counting */
    route->end[e].copies[n] = copy;
    route->end[e].copies[n].peer = e == LW_CUT_GONE ? to : from;
  }
}

void lw_cut_route_need(const lw_cut *cut, lw_cut_route *route, int64_t sequence, int strip,
                       int64_t head, int64_t first, int64_t end, int64_t place)
{
  const int to = lw_cut_rank(&cut->rule, strip);
  for (int way = -1; way <= 1; way += 2)
    for (int other = strip + way; other >= 0 && other < cut->strips; other += way) {
      const int64_t from = lw_cut_token(cut, sequence, other);
      const int64_t last = lw_cut_token(cut, sequence, other + 1);
      const int64_t low = from > first ? from : first, high = last < end ? last : end;
      if (low >= high) break;
      const lw_cut_copy copy = {.sequence = sequence,
                                .strip = other,
                                .first = low,
                                .tokens = high - low,
                                .head = head,
                                .place = place + low - first};
      add(cut, route, copy, lw_cut_rank(&cut->rule, other), to);
    }
}

/* Places in the staged data: peer after peer, copies in the order they were described. */
void lw_cut_route_finish(lw_cut *cut, lw_cut_route *route)
{
  const int ranks = cut->axis->size;
  for (int e = 0; e < LW_CUT_ENDS; e++) {
    int64_t *first = route->end[e].first =
        lw_cut_grow(cut, route->end[e].first, &route->end[e].first_room, ranks + 2, sizeof *first);
    memset(first, 0, (size_t)(ranks + 2) * sizeof *first);
    /* Sizes two places up, sums one place up, which filling in moves to their own place. */
    for (int64_t n = 0; n < route->end[e].count; n++) {
      const lw_cut_copy *copy = &route->end[e].copies[n];
      first[copy->peer + 2] += copy->tokens * route->width;
    }
    for (int peer = 0; peer < ranks; peer++) first[peer + 2] += first[peer + 1];
    for (int64_t n = 0; n < route->end[e].count; n++) {
      lw_cut_copy *copy = &route->end[e].copies[n];
      copy->at = first[copy->peer + 1];
      first[copy->peer + 1] += copy->tokens * route->width;
    }
    route->end[e].data =
        lw_cut_grow(cut, route->end[e].data, &route->end[e].data_room, first[ranks], sizeof(float));
  }
}

void lw_cut_route_send(lw_cut *cut, lw_cut_route *route, const lw_attention_call *call, bool back,
                       lw_cut_mover *pack)
{
  const int gone = back ? LW_CUT_COME : LW_CUT_GONE, come = back ? LW_CUT_GONE : LW_CUT_COME;
  const int ranks = cut->axis->size, here = cut->axis->rank;
  const int64_t *from = route->end[come].first, *to = route->end[gone].first;
  if (lw_flight_reserve(&route->flight, 2 * ranks) != LW_OK) lw_abort(cut->axis, LW_ERROR_MEMORY);
  for (int peer = 0; peer < ranks; peer++)
    if (peer != here)
      lw_flight_receive(&route->flight, cut->axis, peer, route->tag,
                        route->end[come].data + from[peer], from[peer + 1] - from[peer]);
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < route->end[gone].count; n++)
    pack(cut, call, &route->end[gone].copies[n],
         route->end[gone].data + route->end[gone].copies[n].at);
  for (int peer = 0; peer < ranks; peer++)
    if (peer != here)
      lw_flight_send(&route->flight, cut->axis, peer, route->tag, route->end[gone].data + to[peer],
                     to[peer + 1] - to[peer]);
  if (to[here + 1] > to[here])
    memcpy(route->end[come].data + from[here], route->end[gone].data + to[here],
           (size_t)(to[here + 1] - to[here]) * sizeof(float));
}

void lw_cut_route_receive(lw_cut *cut, lw_cut_route *route, const lw_attention_call *call,
                          bool back, lw_cut_mover *unpack)
{
  const int come = back ? LW_CUT_GONE : LW_CUT_COME;
  lw_flight_finish(&route->flight);
  for (int64_t n = 0; n < route->end[come].count; n++)
    unpack(cut, call, &route->end[come].copies[n],
           route->end[come].data + route->end[come].copies[n].at);
}

void lw_cut_route_done(lw_cut_route *route)
{
  for (int e = 0; e < LW_CUT_ENDS; e++) {
    lw_mem_give(route->end[e].copies);
    lw_mem_give(route->end[e].first);
    lw_mem_give(route->end[e].data);
  }
  lw_flight_done(&route->flight);
}
