/* A header is lines of fields with blanks between them; lines that begin with '#' are comments.
 *   record:   NAME[/segments] channels [rate[/counter][(base)] [steps [time [date]]]]
 *   channel:  file format[xN][:skew][+skip] [gain[(baseline)][/unit] [bits [zero [first [sum
 *             [block [description]]]]]]]                                                        */
#include "wfdb_header.h"
#include "longwave/base/mem.h"
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r"

typedef struct reading {
  const char *path;
  lw_wfdb_header *header;
  int64_t line, channels_read, comment_room;
  char *rest; /* of the line */
} reading;

static lw_status refuse(const reading *in, const char *what, const char *text)
{
  return lw_fail(LW_ERROR_FORMAT, "'%s' line %" PRId64 ": %s '%.60s'", in->path, in->line, what,
                 text ? text : "");
}

/* The next field of the line, or NULL. */
static char *field(reading *in)
{
  char *from = in->rest + strspn(in->rest, BLANKS);
  if (!*from) return NULL;
  in->rest = from + strcspn(from, BLANKS);
  if (*in->rest) *in->rest++ = 0;
  return from;
}

/* A whole number at *text, which moves behind it. */
static bool take_whole(char **text, int64_t *value)
{
  char *end = NULL;
  if (!isdigit((unsigned char)**text) && **text != '-' && **text != '+') return false;
  *value = strtoll(*text, &end, 10);
  if (end == *text || *value > INT64_C(1) << 40 || *value < -(INT64_C(1) << 40)) return false;
  *text = end;
  return true;
}

static bool take_real(char **text, double *value)
{
  char *end = NULL;
  if (!isdigit((unsigned char)**text) && !strchr("+-.", **text)) return false;
  *value = strtod(*text, &end);
  if (end == *text || !isfinite(*value)) return false;
  *text = end;
  return true;
}

/* A field that may be missing; *value stays then, and *there (may be NULL) is false. */
static lw_status whole_field(reading *in, const char *what, int64_t *value, bool *there)
{
  char *text = field(in), *from = text;
  if (there) *there = text != NULL;
  if (text && (!take_whole(&text, value) || *text)) return refuse(in, what, from);
  return LW_OK;
}

static lw_status read_record(reading *in)
{
  lw_wfdb_header *header = in->header;
  char *text = field(in), *rate = NULL;
  bool counted = false;
  lw_status status = LW_OK;
  if (strchr(text, '/'))
    return refuse(in, "records of several segments cannot be read; give the segments of", text);
  header->name = text;
  header->rate = 250;
  LW_TRY(whole_field(in, "the number of channels was expected, not", &header->channels, &counted));
  if (!counted || header->channels < 1 || header->channels > LW_WFDB_CHANNELS_MAX)
    LW_TRY(refuse(in, "1 to 4096 channels can be read; the number stands behind the name", text));
  rate = text = field(in);
  if (rate &&
      (!take_real(&text, &header->rate) || header->rate <= 0 || (*text && !strchr("/(", *text))))
    LW_TRY(refuse(in, "the sampling rate was expected, not", rate));
  LW_TRY(whole_field(in, "the number of steps was expected, not", &header->steps, &counted));
  if (!counted || header->steps < 1)
    LW_TRY(refuse(in, "the record must tell its number of steps, after the rate of", header->name));
  LW_TRY(LW_TAKE(&header->channel, header->channels));
done:
  return status;
}

static lw_status read_format(reading *in, char *text, lw_wfdb_channel *channel)
{
  int64_t format = 0, times = 1, skew = 0;
  const char *const from = text;
  bool fine = text && take_whole(&text, &format);
  if (fine && *text == 'x') fine = (text++, take_whole(&text, &times));
  if (fine && *text == ':') fine = (text++, take_whole(&text, &skew));
  if (fine && *text == '+') fine = (text++, take_whole(&text, &channel->skip));
  if (!fine || *text || channel->skip < 0)
    return refuse(in, "a format such as 212, 16 or 16x1+24 was expected, not", from);
  if (format != 16 && format != 24 && format != 212)
    return refuse(in,
                  "the formats 16, 24 and 212 can be read; convert the record by xform from format",
                  from);
  if (times != 1 || skew)
    return refuse(in,
                  "a channel with several values a step or a skew cannot be read; convert the "
                  "record by xform from format",
                  from);
  channel->format = (int)format;
  return LW_OK;
}

/* A gain of 0 stands for "not known", and 200 is then usual. */
static lw_status read_gain(reading *in, char *text, lw_wfdb_channel *channel, bool *based)
{
  const char *const from = text;
  channel->gain = 200;
  channel->unit = "mV";
  if (!text) return LW_OK;
  bool fine = take_real(&text, &channel->gain) && channel->gain >= 0;
  if (fine && *text == '(') {
    text++;
    fine = *based = take_whole(&text, &channel->baseline) && *text == ')';
    if (fine) text++;
  }
  if (!fine || (*text && *text != '/'))
    return refuse(in, "a gain such as 200, 1000/mV or 1000.0(0)/mV was expected, not", from);
  if (*text) channel->unit = text + 1;
  if (channel->gain == 0) channel->gain = 200;
  return LW_OK;
}

static lw_status read_channel(reading *in)
{
  lw_wfdb_channel *channel = &in->header->channel[in->channels_read++];
  int64_t bits = 0, zero = 0, block = 0;
  bool based = false;
  lw_status status = LW_OK;
  channel->file = field(in);
  if (strchr(channel->file, '/'))
    LW_TRY(refuse(in, "files beside the header are read, not", channel->file));
  LW_TRY(read_format(in, field(in), channel));
  LW_TRY(read_gain(in, field(in), channel, &based));
  LW_TRY(whole_field(in, "the number of bits was expected, not", &bits, NULL));
  LW_TRY(whole_field(in, "the zero of the converter was expected, not", &zero, NULL));
  LW_TRY(
      whole_field(in, "the first value was expected, not", &channel->first, &channel->has_first));
  LW_TRY(whole_field(in, "the checksum was expected, not", &channel->sum, &channel->has_sum));
  LW_TRY(whole_field(in, "the block size was expected, not", &block, NULL));
  if (!based) channel->baseline = zero;
  channel->name = in->rest + strspn(in->rest, BLANKS);
done:
  return status;
}

static lw_status add_comment(reading *in, char *text)
{
  lw_wfdb_header *header = in->header;
  text += strspn(text, "#" BLANKS);
  lw_status status =
      LW_EXTEND(&header->comment, &in->comment_room, header->comments, header->comments + 1);
  if (status == LW_OK) header->comment[header->comments++] = text;
  return status;
}

static lw_status read_line(reading *in, char *line)
{
  int64_t length = (int64_t)strlen(line);
  while (length && strchr(BLANKS, line[length - 1])) line[--length] = 0;
  line += strspn(line, BLANKS);
  in->rest = line;
  if (!*line) return LW_OK;
  if (*line == '#') return add_comment(in, line);
  if (!in->header->channel) return read_record(in);
  if (in->channels_read == in->header->channels)
    return refuse(in, "there are more lines than channels:", line);
  return read_channel(in);
}

lw_status lw_wfdb_header_read(const char *path, char *text, lw_wfdb_header *header)
{
  reading in = {.path = path, .header = header};
  while (text) {
    char *end = strchr(text, '\n');
    if (end) *end++ = 0;
    in.line++;
    lw_status status = read_line(&in, text);
    if (status != LW_OK) return status;
    text = end;
  }
  if (header->channel && in.channels_read == header->channels) return LW_OK;
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' is cut short or is no header of a WFDB record: %" PRId64 " of %" PRId64
                 " channels are described; download it again",
                 path, in.channels_read, header->channels);
}

const char *lw_wfdb_comment(const lw_wfdb_header *header, const char *key)
{
  const size_t length = strlen(key);
  for (int64_t i = 0; i < header->comments; i++) {
    const char *text = header->comment[i];
    size_t same = 0;
    while (same < length && tolower((unsigned char)text[same]) == tolower((unsigned char)key[same]))
      same++;
    if (same < length || text[length] != ':') continue;
    text += length + 1;
    return text + strspn(text, BLANKS);
  }
  return NULL;
}
