#include "longwave/array/strips.h"
#include "longwave/array/layout.h"
#include "longwave/base/whole.h"

int lw_strips_count(lw_strips strips)
{
  return strips.ranks * lw_strips_each(strips);
}

int lw_strips_each(lw_strips strips)
{
  return strips.paired ? LW_STRIPS_EACH : 1;
}

/* A block for each strip; the last may be short. */
int64_t lw_strips_least(lw_strips strips)
{
  if (strips.ranks == 1) return INT64_MAX;
  return (int64_t)LW_STRIP_BLOCK * (lw_strips_count(strips) - 1) + 1;
}

int64_t lw_strips_first(lw_strips strips, int64_t tokens, int strip)
{
  const int64_t blocks = lw_parts(tokens, LW_STRIP_BLOCK);
  return lw_smaller(LW_STRIP_BLOCK * lw_layout_first(blocks, lw_strips_count(strips), strip),
                    tokens);
}

int lw_strips_rank(lw_strips strips, int strip)
{
  return strip < strips.ranks ? strip : 2 * strips.ranks - 1 - strip;
}

int lw_strips_of(lw_strips strips, int rank, int n)
{
  return n == 0 ? rank : lw_strips_count(strips) - 1 - rank;
}

int lw_strips_edges(lw_strips strips, int rank)
{
  int edges = 0;
  for (int s = 0; s + 1 < lw_strips_count(strips); s++) {
    const int left = lw_strips_rank(strips, s), right = lw_strips_rank(strips, s + 1);
    edges += left != right && (left == rank || right == rank);
  }
  return edges;
}
