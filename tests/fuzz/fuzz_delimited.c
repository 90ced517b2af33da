/* A delimited text. The first byte chooses the format, the second the parts; the rest is the file.
 * Parts must have together what the whole has. */
#include "fuzz.h"
#include "longwave/parse/delimited.h"
#include <math.h>
#include <string.h>

/* Read a part to its end; *sum grows by its records and what is in them. */
static lw_status read_part(const char *path, const lw_delimited_format *format, const int part[2],
                           double *sum)
{
  lw_delimited *table = NULL;
  bool more = true;
  float values[4];
  lw_status status = lw_delimited_open(path, format, &table);
  if (status == LW_OK && part[1] > 1) status = lw_delimited_take_part(table, part[0], part[1]);
  while (status == LW_OK && more) {
    status = lw_delimited_next(table, &more);
    if (status != LW_OK || !more) break;
    const int64_t columns = lw_delimited_columns(table), count = columns < 4 ? columns : 4;
    for (int64_t i = 0; i < columns; i++) {
      const lw_cell cell = lw_delimited_cell(table, i);
      lw_fuzz_expect(cell.length >= 0 && lw_delimited_name(table, i), "cells are within the file");
      for (int64_t j = 0; j < cell.length; j++) *sum += (unsigned char)cell.text[j];
    }
    *sum += (double)lw_delimited_line(table);
    if (lw_delimited_numbers(table, 0, count, values) != LW_OK) continue;
    for (int64_t i = 0; i < count; i++) lw_fuzz_expect(!isinf(values[i]), "numbers are finite");
  }
  lw_delimited_close(&table);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size < 2) return 0;
  static const char separators[] = {0, ',', ' ', '\t'};
  const uint8_t choice = data[0];
  const lw_delimited_format format = {.separator = separators[choice & 3],
                                      .unquoted = choice & 4,
                                      .headless = choice & 8,
                                      .decimal_comma = choice & 16 && !(choice & 1),
                                      .comment = choice & 32 ? '#' : 0};
  const int parts = 2 + data[1] % 6;
  const char *path = lw_fuzz_file(0, data + 2, size - 2);
  double whole = 0.0, sum = 0.0;
  if (read_part(path, &format, (int[]){0, 1}, &whole) == LW_OK) {
    for (int part = 0; part < parts; part++)
      lw_fuzz_expect(read_part(path, &format, (int[]){part, parts}, &sum) == LW_OK,
                     "parts of a sound file are sound");
    lw_fuzz_expect(sum == whole, "parts have every record once");
  }
  return lw_fuzz_leave();
}
