#include "longwave/io/events.h"
#include <assert.h>
#include <string.h>

enum { MESSAGE = 512, TAG_MAX = 200 };
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are written as they are");

typedef struct message {
  unsigned char bytes[MESSAGE];
  size_t used;
} message;

/* ---- Protocol Buffers: a key is 8 field + kind ---- */

enum { VARINT = 0, EIGHT_BYTES = 1, COUNTED = 2, FOUR_BYTES = 5 };

static void put(message *m, const void *data, size_t bytes)
{
  assert(m->used + bytes <= sizeof m->bytes);
  memcpy(m->bytes + m->used, data, bytes);
  m->used += bytes;
}

static void put_varint(message *m, uint64_t number)
{
  for (; number > 127; number >>= 7) put(m, &(unsigned char){(unsigned char)(number | 128)}, 1);
  put(m, &(unsigned char){(unsigned char)number}, 1);
}

static void put_key(message *m, unsigned field, unsigned kind)
{
  put_varint(m, 8 * field + kind);
}

static void put_counted(message *m, unsigned field, const void *data, size_t bytes)
{
  put_key(m, field, COUNTED);
  put_varint(m, bytes);
  put(m, data, bytes);
}

static message event_at(double time)
{
  message event = {.used = 0};
  put_key(&event, 1, EIGHT_BYTES);
  put(&event, &time, sizeof time);
  return event;
}

/* ---- records ---- */

uint32_t lw_crc32c(uint32_t crc, const void *data, int64_t bytes)
{
  const unsigned char *byte = data;
  crc = ~crc;
  for (int64_t i = 0; i < bytes; i++) {
    crc ^= byte[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
  }
  return ~crc;
}

static uint32_t masked(const void *data, size_t bytes)
{
  const uint32_t crc = lw_crc32c(0, data, (int64_t)bytes);
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static lw_status write_record(FILE *out, const message *m)
{
  const uint64_t length = m->used;
  const uint32_t of_length = masked(&length, sizeof length), of_data = masked(m->bytes, m->used);
  if (fwrite(&length, sizeof length, 1, out) == 1 &&
      fwrite(&of_length, sizeof of_length, 1, out) == 1 &&
      fwrite(m->bytes, 1, m->used, out) == m->used && fwrite(&of_data, sizeof of_data, 1, out) == 1)
    return LW_OK;
  return lw_fail(LW_ERROR_FILE, "cannot write all of an event file: is the disk full?");
}

lw_status lw_events_begin(FILE *out, double time)
{
  static const char version[] = "brain.Event:2";
  message event = event_at(time);
  put_counted(&event, 3, version, sizeof version - 1);
  return write_record(out, &event);
}

lw_status lw_events_number(FILE *out, double time, int64_t step, const char *tag, float number)
{
  message value = {.used = 0}, summary = {.used = 0}, event = event_at(time);
  if (strlen(tag) > TAG_MAX)
    return lw_fail(LW_ERROR_INPUT, "'%.40s...' is too long for the name of a curve", tag);
  put_counted(&value, 1, tag, strlen(tag));
  put_key(&value, 2, FOUR_BYTES);
  put(&value, &number, sizeof number);
  put_counted(&summary, 1, value.bytes, value.used);
  put_key(&event, 2, VARINT);
  put_varint(&event, (uint64_t)step);
  put_counted(&event, 5, summary.bytes, summary.used);
  return write_record(out, &event);
}
