/* A record of WFDB: two bytes with the size of the header, the header, then what serves as the file of signals, if the
 * header names it "fuzz", and as annotations. */
#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"
#include "longwave/base/mem.h"
#include "longwave/parse/wfdb.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void read_record(const char *path)
{
  lw_wfdb *record = NULL;
  lw_status status = lw_wfdb_open(path, &record);
  if (status == LW_OK) {
    const lw_wfdb_header *header = lw_wfdb_describe(record);
    static int32_t values[2 * LW_WFDB_CHANNELS_MAX];
    lw_wfdb_comment(header, "Dx");
    for (int64_t i = 0; status == LW_OK && i < header->steps && i < 10000; i += 2)
      status = lw_wfdb_read(record, values, header->steps - i < 2 ? 1 : 2);
  }
  lw_wfdb_close(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char header[256], signals[256];
  if (size < 2) return 0;
  size_t head = (size_t)data[0] | (size_t)data[1] << 8, rest = size - 2;
  if (head > rest) head = rest;
  const char *first = lw_fuzz_file(0, data + 2, head),
             *marks_path = lw_fuzz_file(1, data + 2 + head, rest - head);
  /* Beside each other by the names that the reader wants. */
  snprintf(header, sizeof header, "%s.hea", first);
  snprintf(signals, sizeof signals, "%.*s/fuzz", (int)(strrchr(first, '/') - first), first);
  unlink(header);
  unlink(signals);
  lw_fuzz_expect(!symlink(first, header) && !symlink(marks_path, signals), "links can be made");
  read_record(first);
  unlink(header);
  unlink(signals);

  lw_wfdb_marks marks = {0};
  if (lw_wfdb_marks_read(marks_path, &marks) == LW_OK)
    for (int64_t i = 0; i < marks.count; i++) {
      const lw_wfdb_mark *mark = &marks.mark[i];
      lw_fuzz_expect(mark->kind > 0 && mark->kind < LW_WFDB_KINDS, "kinds are known");
      lw_fuzz_expect(mark->step >= (i ? marks.mark[i - 1].step : 0), "steps do not fall");
      lw_fuzz_expect(mark->text < 0 ||
                         mark->text + (int64_t)strlen(marks.texts + mark->text) < marks.text_used,
                     "texts end");
    }
  lw_wfdb_marks_done(&marks);
  return lw_fuzz_leave();
}
