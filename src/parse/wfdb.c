#define _POSIX_C_SOURCE 200809L
#include "longwave/parse/wfdb.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/whole.h"
#include "longwave/parse/source.h"
#include "wfdb_header.h"
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 4096 }; /* values that are decoded at once */

/* Channels one behind the other in the header that share a file: their values take turns. */
typedef struct group {
  lw_source *source;
  int64_t first, count; /* of its channels */
  int64_t values;       /* decoded so far */
  uint8_t carried;      /* of 212: the byte that two values share */
} group;

struct lw_wfdb {
  char *path, *folder, *text; /* the header's */
  lw_wfdb_header header;
  group *groups; /* [group_count] */
  int64_t group_count;
  int64_t *sums; /* [channels] */
  int64_t read;  /* steps so far */
};

/* ---- opening ---- */

static lw_status read_header(lw_wfdb *record)
{
  lw_source *source = NULL;
  char *text = NULL;
  int64_t length = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(record->path, &source));
  LW_TRY(lw_source_rest(source, &text, &length));
  LW_TRY(lw_mem_copy(text, &record->text));
  if (memchr(text, 0, (size_t)length))
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s' is no header of a WFDB record: byte %zu is 0",
                   record->path, strlen(text)));
  LW_TRY(lw_wfdb_header_read(record->path, record->text, &record->header));
done:
  lw_source_close(&source);
  return status;
}

static lw_status open_file(const lw_wfdb *record, group *of)
{
  const lw_wfdb_channel *channel = &record->header.channel[of->first];
  lw_text path = LW_TEXT_GROWS;
  uint8_t byte = 0;
  lw_status status = LW_OK;
  lw_text_add(&path, "%s%s", record->folder, channel->file);
  LW_TRY(lw_text_end(&path));
  if (access(path.text, F_OK)) lw_text_add(&path, ".gz");
  LW_TRY(lw_text_end(&path));
  if (access(path.text, F_OK))
    LW_TRY(lw_fail(LW_ERROR_FILE, "'%s%s', which the header '%s' names, is missing (%s, too)",
                   record->folder, channel->file, record->path, strrchr(path.text, '/') + 1));
  LW_TRY(lw_source_open(path.text, &of->source));
  for (int64_t i = 0; i < channel->skip; i++) LW_TRY(lw_source_take(of->source, &byte, 1));
done:
  lw_text_done(&path);
  return status;
}

/* The channels of a file have one format, and begin at one byte. */
static lw_status open_groups(lw_wfdb *record)
{
  const lw_wfdb_header *header = &record->header;
  lw_status status = LW_TAKE(&record->groups, header->channels);
  for (int64_t i = 0; status == LW_OK && i < header->channels; i++) {
    const lw_wfdb_channel *channel = &header->channel[i], *before = channel - 1;
    group *last = &record->groups[record->group_count - (i > 0)];
    if (i == 0 || strcmp(channel->file, before->file) != 0) {
      record->groups[record->group_count++] = (group){.first = i, .count = 1};
      status = open_file(record, &record->groups[record->group_count - 1]);
    } else if (channel->format != before->format || channel->skip != before->skip) {
      status = lw_fail(LW_ERROR_FORMAT,
                       "'%s': channels %" PRId64 " and %" PRId64
                       " of the file '%s' have different formats; repair the header",
                       record->path, i, i + 1, channel->file);
    } else {
      last->count++;
    }
  }
  return status;
}

static lw_status name_files(lw_wfdb *record, const char *path)
{
  const char *end = strrchr(path, '.');
  lw_text name = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  lw_text_add(&name, "%s%s", path, end && !strcmp(end, ".hea") ? "" : ".hea");
  LW_TRY(lw_text_end(&name));
  LW_TRY(lw_mem_copy(name.text, &record->path));
  char *slash = strrchr(name.text, '/');
  *(slash ? slash + 1 : name.text) = 0;
  LW_TRY(lw_mem_copy(*name.text ? name.text : "./", &record->folder));
done:
  lw_text_done(&name);
  return status;
}

lw_status lw_wfdb_open(const char *path, lw_wfdb **out)
{
  lw_wfdb *record = NULL;
  lw_status status = LW_TAKE(&record, 1);
  if (status != LW_OK) return status;
  LW_TRY(name_files(record, path));
  LW_TRY(read_header(record));
  LW_TRY(LW_TAKE(&record->sums, record->header.channels));
  LW_TRY(open_groups(record));
  *out = record;
  record = NULL;
done:
  lw_wfdb_close(&record);
  return status;
}

void lw_wfdb_close(lw_wfdb **record)
{
  if (!*record) return;
  for (int64_t i = 0; i < (*record)->group_count; i++)
    lw_source_close(&(*record)->groups[i].source);
  lw_mem_give((*record)->groups);
  lw_mem_give((*record)->sums);
  lw_mem_give((*record)->header.channel);
  lw_mem_give((void *)(*record)->header.comment);
  lw_mem_give((*record)->text);
  lw_mem_give((*record)->folder);
  lw_mem_give((*record)->path);
  lw_mem_give(*record);
  *record = NULL;
}

const lw_wfdb_header *lw_wfdb_describe(const lw_wfdb *record)
{
  return &record->header;
}

/* ---- values ---- */

static int32_t extend(uint32_t bits, int width)
{
  const uint32_t sign = 1u << (width - 1);
  return (int32_t)((bits ^ sign) - sign);
}

/* Of 212, three bytes hold two values: 8 bits and the low 4, 8 bits and the high 4. */
static const uint8_t *decode_212(group *of, const uint8_t *b, int32_t *value)
{
  if (of->values & 1) {
    *value = extend(b[0] | (uint32_t)(of->carried >> 4) << 8, 12);
    return b + 1;
  }
  of->carried = b[1];
  *value = extend(b[0] | (uint32_t)(b[1] & 15) << 8, 12);
  return b + 2;
}

/* The next `count` values of a group, at most CHUNK. */
static lw_status take_values(group *of, int format, int32_t *values, int64_t count)
{
  uint8_t bytes[3 * CHUNK], *b = bytes;
  const int64_t odd = of->values & 1, rest = count - odd;
  const int64_t size = format == 16   ? 2 * count
                       : format == 24 ? 3 * count
                                      : odd + rest / 2 * 3 + rest % 2 * 2;
  lw_status status = lw_source_take(of->source, bytes, size);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < count; i++, of->values++) {
    if (format == 212) {
      b = (uint8_t *)(uintptr_t)decode_212(of, b, &values[i]);
      continue;
    }
    values[i] = format == 16 ? extend(b[0] | (uint32_t)b[1] << 8, 16)
                             : extend(b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16, 24);
    b += format / 8;
  }
  return LW_OK;
}

static lw_status check_first(const lw_wfdb *record, int64_t channel, int32_t found)
{
  const lw_wfdb_channel *of = &record->header.channel[channel];
  if (!of->has_first || of->first == found) return LW_OK;
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s%s': channel %" PRId64 " ('%s') begins with %d, the header '%s' says %" PRId64
                 ": one of the files is damaged or of another record; download both again",
                 record->folder, of->file, channel + 1, of->name, found, record->path, of->first);
}

static lw_status check_sums(const lw_wfdb *record)
{
  for (int64_t i = 0; i < record->header.channels; i++) {
    const lw_wfdb_channel *of = &record->header.channel[i];
    const int16_t found = (int16_t)(uint16_t)record->sums[i];
    if (of->has_sum && found != (int16_t)(uint16_t)of->sum)
      return lw_fail(LW_ERROR_FORMAT,
                     "'%s%s': channel %" PRId64 " ('%s') has the checksum %d, the header '%s' says "
                     "%" PRId64 ": one of the files is damaged; download both again",
                     record->folder, of->file, i + 1, of->name, found, record->path, of->sum);
  }
  return LW_OK;
}

/* values [steps, channels]: the columns of one group. */
static lw_status read_group(lw_wfdb *record, group *of, int32_t *values, int64_t steps)
{
  const int64_t channels = record->header.channels, total = steps * of->count;
  const int format = record->header.channel[of->first].format;
  const int32_t missing = format == 16 ? INT16_MIN : format == 24 ? -(1 << 23) : -(1 << 11);
  int32_t chunk[CHUNK];
  lw_status status = LW_OK;
  for (int64_t done = 0; status == LW_OK && done < total;) {
    const int64_t now = lw_smaller(CHUNK, total - done);
    status = take_values(of, format, chunk, now);
    for (int64_t i = 0; status == LW_OK && i < now; i++, done++) {
      const int64_t channel = of->first + done % of->count, step = done / of->count;
      if (record->read + step == 0) status = check_first(record, channel, chunk[i]);
      record->sums[channel] += chunk[i];
      values[step * channels + channel] = chunk[i] == missing ? LW_WFDB_MISSING : chunk[i];
    }
  }
  return status;
}

lw_status lw_wfdb_read(lw_wfdb *record, int32_t *values, int64_t steps)
{
  lw_status status = LW_OK;
  for (int64_t i = 0; status == LW_OK && i < record->group_count; i++)
    status = read_group(record, &record->groups[i], values, steps);
  record->read += steps;
  return status == LW_OK && record->read == record->header.steps ? check_sums(record) : status;
}
