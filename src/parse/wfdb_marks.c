/* Annotations in MIT's format: words of 16 bits, little endian; the upper 6 bits are the kind, the
 * lower 10 the steps since the last annotation. Some kinds belong to the annotation before them. */
#include "longwave/base/mem.h"
#include "longwave/parse/source.h"
#include "longwave/parse/wfdb.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SKIP = 59, NUMBER, SUBTYPE, CHANNEL, TEXT, NOTE = 22 };

static const char *const kinds[LW_WFDB_KINDS] = {
    "[0]", "N", "L",    "R",    "a",    "V",    "F",    "J",    "A",    "S",    "E",   "j", "/",
    "Q",   "~", "[15]", "|",    "[17]", "s",    "T",    "*",    "D",    "\"",   "=",   "p", "B",
    "^",   "t", "+",    "u",    "?",    "!",    "[",    "]",    "e",    "n",    "@",   "x", "f",
    "(",   ")", "r",    "[42]", "[43]", "[44]", "[45]", "[46]", "[47]", "[48]", "[49]"};

const char *lw_wfdb_kind(int kind)
{
  return kinds[kind > 0 && kind < LW_WFDB_KINDS ? kind : 0];
}

typedef struct reading {
  lw_source *source;
  lw_wfdb_marks *marks;
  int64_t step;
  int16_t channel, number;
} reading;

static lw_status refuse(const reading *in, const char *what, int64_t number)
{
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' before byte %" PRId64 ": %s %" PRId64
                 "; is it a file of annotations, and whole?",
                 lw_source_path(in->source), lw_source_offset(in->source), what, number);
}

static lw_status take_word(const reading *in, uint32_t *word)
{
  uint8_t b[2];
  lw_status status = lw_source_take(in->source, b, 2);
  if (status == LW_OK) *word = b[0] | (uint32_t)b[1] << 8;
  return status;
}

/* A count of 32 bits, the upper half first. */
static lw_status skip(reading *in)
{
  uint32_t high = 0, low = 0;
  lw_status status = LW_OK;
  LW_TRY(take_word(in, &high));
  LW_TRY(take_word(in, &low));
  in->step += (int32_t)(high << 16 | low);
done:
  return status;
}

/* Newer files tell the rate of their steps in a note: "## time resolution: 360". */
static void look_at_text(lw_wfdb_marks *marks, const char *text)
{
  static const char key[] = "## time resolution:";
  if (!strncmp(text, key, sizeof key - 1)) marks->rate = strtod(text + sizeof key - 1, NULL);
}

static lw_status take_text(reading *in, int64_t length)
{
  lw_wfdb_marks *marks = in->marks;
  uint8_t padding = 0;
  lw_status status = LW_OK;
  LW_TRY(
      LW_EXTEND(&marks->texts, &marks->text_room, marks->text_used, marks->text_used + length + 1));
  char *text = marks->texts + marks->text_used;
  LW_TRY(lw_source_take(in->source, text, length));
  if (length & 1) LW_TRY(lw_source_take(in->source, &padding, 1));
  text[length] = 0;
  marks->mark[marks->count - 1].text = marks->text_used;
  marks->text_used += length + 1;
  if (marks->mark[marks->count - 1].kind == NOTE) look_at_text(marks, text);
done:
  return status;
}

static lw_status add_mark(reading *in, int kind, int64_t steps)
{
  lw_wfdb_marks *marks = in->marks;
  const int64_t before = marks->count ? marks->mark[marks->count - 1].step : 0;
  in->step += steps;
  if (kind >= LW_WFDB_KINDS) return refuse(in, "there is no kind", kind);
  if (in->step < before) return refuse(in, "the steps fall to", in->step);
  lw_status status = LW_EXTEND(&marks->mark, &marks->room, marks->count, marks->count + 1);
  if (status != LW_OK) return status;
  marks->mark[marks->count++] = (lw_wfdb_mark){.step = in->step,
                                               .text = -1,
                                               .kind = (uint8_t)kind,
                                               .channel = in->channel,
                                               .number = in->number};
  return LW_OK;
}

/* One word and what belongs to it; *end: it was the last. The channel and the number of an
   annotation are those of the ones behind it, too. */
static lw_status take_next(reading *in, bool *end)
{
  uint32_t word = 0;
  lw_status status = take_word(in, &word);
  if (status != LW_OK) return status;
  const int kind = (int)(word >> 10);
  const int64_t low = word & 1023;
  lw_wfdb_mark *last = in->marks->count ? &in->marks->mark[in->marks->count - 1] : NULL;
  *end = word == 0;
  if (*end) return LW_OK;
  if (kind == SKIP) return skip(in);
  if (kind < NUMBER && kind) return add_mark(in, kind, low);
  if (!last || !kind) return refuse(in, "there is no annotation for the word", word);
  if (kind == TEXT) return take_text(in, low);
  const int16_t value = (int16_t)(int8_t)low;
  if (kind == NUMBER) in->number = last->number = value;
  if (kind == CHANNEL) in->channel = last->channel = (int16_t)low;
  if (kind == SUBTYPE) last->subtype = value;
  return LW_OK;
}

lw_status lw_wfdb_marks_read(const char *path, lw_wfdb_marks *marks)
{
  reading in = {.marks = marks};
  bool end = false;
  lw_status status = LW_OK;
  *marks = (lw_wfdb_marks){0};
  LW_TRY(lw_source_open(path, &in.source));
  while (!end) LW_TRY(take_next(&in, &end));
done:
  lw_source_close(&in.source);
  if (status != LW_OK) lw_wfdb_marks_done(marks);
  return status;
}

void lw_wfdb_marks_done(lw_wfdb_marks *marks)
{
  lw_mem_give(marks->texts);
  lw_mem_give(marks->mark);
  *marks = (lw_wfdb_marks){0};
}
