#include "sink.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <string.h>

enum { HELD_BYTES = 1 << 18 };

lw_status lw_sink_open(lw_sink *sink)
{
  sink->room_rows = lw_larger(1, HELD_BYTES / lw_larger(1, sink->row_bytes));
  return lw_mem_take(sink->room_rows, sink->row_bytes, (void **)&sink->held);
}

static void sum_texts(lw_sink *sink, const char *rows, int64_t count)
{
  for (int64_t i = 0; i < count; i++) {
    const char *text = rows + i * sink->row_bytes;
    const char *end = memchr(text, 0, (size_t)sink->row_bytes);
    const int64_t length = end ? end - text : sink->row_bytes;
    sink->sum = lw_crc32(lw_crc32(sink->sum, text, length), "", 1);
    sink->bytes += length + 1;
  }
}

static lw_status pass(lw_sink *sink, const void *rows, int64_t count)
{
  const int64_t bytes = count * sink->row_bytes;
  lw_work_add(sink->work, bytes);
  if (sink->writer) {
    lw_status status = lw_h5_writer_put_own(sink->writer, sink->name, sink->row, count, rows);
    sink->row += count;
    return status;
  }
  if (sink->texts) {
    sum_texts(sink, rows, count);
  } else {
    sink->sum = lw_crc32(sink->sum, rows, bytes);
    sink->bytes += bytes;
  }
  return LW_OK;
}

lw_status lw_sink_flush(lw_sink *sink)
{
  const int64_t count = sink->held_rows;
  sink->held_rows = 0;
  return count > 0 ? pass(sink, sink->held, count) : LW_OK;
}

lw_status lw_sink_add(lw_sink *sink, const void *rows, int64_t count)
{
  if (sink->held_rows + count > sink->room_rows) {
    lw_status status = lw_sink_flush(sink);
    if (status != LW_OK) return status;
  }
  if (count > sink->room_rows / 2) {
    lw_status status = lw_sink_flush(sink);
    return status == LW_OK ? pass(sink, rows, count) : status;
  }
  if (count > 0)
    memcpy(sink->held + sink->held_rows * sink->row_bytes, rows, (size_t)(count * sink->row_bytes));
  sink->held_rows += count;
  return LW_OK;
}

void lw_sink_close(lw_sink *sink)
{
  lw_mem_give(sink->held);
  sink->held = NULL;
}
