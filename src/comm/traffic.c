#include "longwave/comm/traffic.h"
#include <assert.h>
#include <string.h>

enum { DEPTH = 16, OUTSIDE = LW_TRAFFIC_LAYERS, PLACES };
static int64_t sent[LW_TRAFFIC_KINDS][PLACES];
static lw_traffic_kind stack[DEPTH]; /* its bottom is LW_TRAFFIC_OTHER */
static int depth;
static int64_t row = OUTSIDE;

void lw_traffic_begin(lw_traffic_kind kind)
{
  assert(depth + 1 < DEPTH);
  stack[++depth] = kind;
}

void lw_traffic_end(void)
{
  assert(depth > 0);
  depth--;
}

void lw_traffic_layer(int64_t layer)
{
  assert(layer >= -1 && layer < LW_TRAFFIC_LAYERS);
  row = layer < 0 ? OUTSIDE : layer;
}

void lw_traffic_add(int64_t bytes)
{
  sent[stack[depth]][row] += bytes;
}

int64_t lw_traffic_bytes(lw_traffic_kind kind, int64_t layer)
{
  int64_t all = 0;
  if (layer >= -1) return sent[kind][layer < 0 ? OUTSIDE : layer];
  for (int at = 0; at < PLACES; at++) all += sent[kind][at];
  return all;
}

const char *lw_traffic_name(lw_traffic_kind kind)
{
  static const char *const names[] = {
#define LW_TRAFFIC_NAME(name, text) [name] = (text),
      LW_TRAFFIC_TABLE(LW_TRAFFIC_NAME)
#undef LW_TRAFFIC_NAME
  };
  return names[kind];
}

void lw_traffic_reset(void)
{
  memset(sent, 0, sizeof sent);
}
