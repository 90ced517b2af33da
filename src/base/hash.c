#include "longwave/base/hash.h"

uint32_t lw_hash_text(uint32_t before, const char *text)
{
  for (; *text; text++) before = (before ^ (uint8_t)*text) * UINT32_C(16777619);
  return before;
}

uint64_t lw_hash_bytes(const uint8_t *bytes, int64_t count)
{
  uint64_t hash = UINT64_C(14695981039346656037);
  for (int64_t i = 0; i < count; i++) hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
  return hash;
}
