/** What a ZIP file holds: its central directory, at its end. */
#ifndef LONGWAVE_PARSE_ZIP_LIST_H
#define LONGWAVE_PARSE_ZIP_LIST_H

#include "longwave/base/status.h"
#include <stdint.h>
#include <stdio.h>

typedef struct lw_zip_member {
  char *name; /* owned */
  uint32_t flags, method, sum;
  int64_t packed, size; /* bytes */
  int64_t at;           /* of its local header */
} lw_zip_member;

/** member [count] out, the caller's, on failure too. Errors: LW_ERROR_FILE, LW_ERROR_FORMAT,
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_zip_list(const char *path, FILE *file, lw_zip_member **member,
                                  int64_t *count);

/** Exactly `count` bytes from byte `at` on. Errors: LW_ERROR_FILE; LW_ERROR_FORMAT. */
LW_MUST_USE lw_status lw_zip_bytes(const char *path, FILE *file, int64_t at, void *bytes,
                                   int64_t count);

static inline uint64_t lw_zip_number(const uint8_t *bytes, int count)
{
  uint64_t number = 0;
  for (int i = count; i-- > 0;) number = number << 8 | bytes[i];
  return number;
}

#endif
