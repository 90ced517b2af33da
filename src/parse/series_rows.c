#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/parse/number.h"
#include "series_inside.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

static bool is_missing(lw_stretch text)
{
  return (text.length == 1 && text.text[0] == '?') ||
         (text.length == 3 && !strncasecmp(text.text, "nan", 3));
}

static lw_status refuse_value(const lw_series *series, lw_stretch text, int64_t channel,
                              int64_t step)
{
  return lw_series_refuse(series,
                          "channel %" PRId64 ", step %" PRId64
                          ": '%.*s' is no finite number; a missing value is '?' or NaN",
                          channel + 1, step + 1, (int)lw_smaller(text.length, 40), text.text);
}

/* The next text before `mark`; *rest moves behind it, and its text is NULL behind the last one. */
static lw_stretch take_until(lw_stretch *rest, char mark)
{
  char *found = memchr(rest->text, mark, (size_t)rest->length);
  const lw_stretch taken = {rest->text, found ? found - rest->text : rest->length};
  rest->text = found ? found + 1 : NULL;
  rest->length -= found ? taken.length + 1 : taken.length;
  return lw_series_trim(taken);
}

static int64_t count_byte(lw_stretch text, char byte)
{
  int64_t count = 0;
  for (int64_t i = 0; i < text.length; i++) count += text.text[i] == byte;
  return count;
}

static lw_status add_part(lw_series *series, char *begin, const char *end)
{
  lw_status status =
      LW_EXTEND(&series->parts, &series->part_room, series->part_count, series->part_count + 1);
  if (status == LW_OK)
    series->parts[series->part_count++] = lw_series_trim((lw_stretch){begin, end - begin});
  return status;
}

/* The parts of a text between marks that do not stand inside of brackets. */
static lw_status split(lw_series *series, char *text, char mark)
{
  lw_status status = LW_OK;
  bool inside = false;
  char *at = text;
  series->part_count = 0;
  for (; *at; at++) {
    if (*at == '(' || *at == ')') inside = *at == '(';
    if (*at != mark || inside) continue;
    LW_TRY(add_part(series, text, at));
    text = at + 1;
  }
  status = add_part(series, text, at);
done:
  return status;
}

/* ---- values ---- */

/* Steps of a channel: its values, or its pairs. */
static int64_t steps_of(const lw_series *series, lw_stretch part)
{
  if (!part.length) return 0;
  return series->head.stamped ? count_byte(part, '(') : count_byte(part, ',') + 1;
}

static lw_status put_value(lw_series *series, lw_stretch text, int64_t channel, int64_t step)
{
  double value = NAN;
  if (!lw_number_read(text.text, text.length, '.', &value) && !is_missing(text))
    return refuse_value(series, text, channel, step);
  const float stored = (float)value;
  if (isinf(stored)) return refuse_value(series, text, channel, step);
  series->values[step * series->head.channels + channel] = stored;
  return LW_OK;
}

/* "(time,value)": the time of the first channel that has this step counts for all. */
static lw_status put_pair(lw_series *series, lw_stretch pair, int64_t channel, int64_t step)
{
  const lw_stretch time = take_until(&pair, ',');
  double seconds = 0.0;
  if (!pair.text)
    return lw_series_refuse(series, "channel %" PRId64 ", step %" PRId64 ": (time,value) expected",
                            channel + 1, step + 1);
  if (!lw_moment_read(time.text, time.length, &series->head.moment, &seconds))
    return lw_series_refuse(
        series, "channel %" PRId64 ", step %" PRId64 ": the time '%.*s' is not %s", channel + 1,
        step + 1, (int)lw_smaller(time.length, 40), time.text, lw_moment_rule(series->head.moment));
  if (isnan(series->times[step])) series->times[step] = seconds;
  if (series->times[step] != seconds)
    return lw_series_refuse(series,
                            "channel %" PRId64 ", step %" PRId64
                            " has another time than the channels before; all channels of a sample "
                            "have the same times",
                            channel + 1, step + 1);
  return put_value(series, lw_series_trim(pair), channel, step);
}

static lw_status put_pairs(lw_series *series, lw_stretch part, int64_t channel)
{
  lw_status status = LW_OK;
  for (int64_t step = 0; part.length; step++) {
    lw_stretch pair = take_until(&part, ')');
    if (!part.text || !pair.length || pair.text[0] != '(')
      return lw_series_refuse(series,
                              "channel %" PRId64 ", step %" PRId64
                              ": time stamps are announced, so (time,value) is expected",
                              channel + 1, step + 1);
    LW_TRY(put_pair(series, (lw_stretch){pair.text + 1, pair.length - 1}, channel, step));
    part = lw_series_trim(part);
    if (!part.length) break;
    const lw_stretch between = take_until(&part, ',');
    if (part.text) part = lw_series_trim(part);
    if (between.length || !part.length)
      return lw_series_refuse(series, "channel %" PRId64 ": a comma is expected between pairs",
                              channel + 1);
  }
done:
  return status;
}

static lw_status put_channel(lw_series *series, lw_stretch part, int64_t channel)
{
  lw_status status = LW_OK;
  if (series->head.stamped) return put_pairs(series, part, channel);
  for (int64_t step = 0; part.text && (part.length || step); step++)
    LW_TRY(put_value(series, take_until(&part, ','), channel, step));
done:
  return status;
}

static lw_status check_channels(lw_series *series)
{
  int64_t *channels = &series->head.channels;
  if (!*channels) *channels = series->part_count;
  if (*channels == series->part_count && *channels) return LW_OK;
  return lw_series_refuse(series,
                          "%" PRId64 " channel%s; the header or the first sample has %" PRId64,
                          series->part_count, series->part_count == 1 ? "" : "s", *channels);
}

/* The parts are the channels of the sample. */
static lw_status put_sample(lw_series *series, lw_series_sample *sample)
{
  int64_t steps = 0;
  lw_status status = LW_OK;
  LW_TRY(check_channels(series));
  const int64_t channels = series->head.channels;
  for (int64_t i = 0; i < channels; i++)
    steps = lw_larger(steps, steps_of(series, series->parts[i]));
  if (!steps) return lw_series_refuse(series, "the sample has no values");
  LW_TRY(LW_EXTEND(&series->values, &series->value_room, 0, steps * channels));
  for (int64_t i = 0; i < steps * channels; i++) series->values[i] = NAN;
  if (series->head.stamped) LW_TRY(LW_EXTEND(&series->times, &series->time_room, 0, steps));
  for (int64_t i = 0; series->head.stamped && i < steps; i++) series->times[i] = NAN;
  for (int64_t i = 0; i < channels; i++) LW_TRY(put_channel(series, series->parts[i], i));
  sample->line = series->line;
  sample->steps = steps;
  sample->channels = channels;
  sample->values = series->values;
  sample->times = series->head.stamped ? series->times : NULL;
done:
  return status;
}

/* ---- targets ---- */

static lw_status put_target(const lw_series *series, lw_stretch text, lw_series_sample *sample)
{
  text = lw_series_trim(text);
  const bool quoted = text.length >= 2 && text.text[0] == text.text[text.length - 1] &&
                      (text.text[0] == '\'' || text.text[0] == '"');
  if (quoted) text = (lw_stretch){text.text + 1, text.length - 2};
  text.text[text.length] = 0;
  if (text.length == 1 && text.text[0] == '?') text.text[0] = 0;
  sample->target = text.text;
  if (!*text.text) return LW_OK;
  if (series->head.target == LW_SERIES_NUMBER)
    return lw_number_read(text.text, text.length, '.', &sample->number)
               ? LW_OK
               : lw_series_refuse(series, "the target '%.40s' is no finite number", text.text);
  for (int64_t i = 0; i < series->head.class_count; i++)
    if (!strcmp(series->classes[i], text.text)) return LW_OK;
  if (!series->head.class_count) return LW_OK;
  return lw_series_refuse(series, "the class '%.40s' is none of those that the header names",
                          text.text);
}

/* ---- kinds ---- */

static lw_status read_ts(lw_series *series, lw_series_sample *sample)
{
  lw_status status = LW_OK;
  LW_TRY(split(series, series->text, ':'));
  if (series->head.target != LW_SERIES_NOTHING) {
    if (series->part_count < 2)
      return lw_series_refuse(series, "no target: it is expected behind the last ':'");
    LW_TRY(put_target(series, series->parts[--series->part_count], sample));
  }
  status = put_sample(series, sample);
done:
  return status;
}

static lw_status read_tsf(lw_series *series, lw_series_sample *sample)
{
  lw_status status = LW_OK;
  LW_TRY(split(series, series->text, ':'));
  if (series->part_count != series->attributes + 1)
    return lw_series_refuse(series,
                            "%" PRId64 " parts split by ':'; the header has %" PRId64
                            " attributes, and values are expected behind them",
                            series->part_count, series->attributes);
  if (series->attributes) {
    const lw_stretch name = series->parts[series->name_field];
    name.text[name.length] = 0;
    sample->name = name.text;
  }
  series->parts[0] = series->parts[series->attributes];
  series->part_count = 1;
  status = put_sample(series, sample);
done:
  return status;
}

/* 'a,b\nc,d',class: quotes around the channels, with the two characters \n between them. */
static lw_status read_relational(lw_series *series, lw_series_sample *sample)
{
  lw_status status = LW_OK;
  const char quote = series->text[0];
  char *text = series->text + 1, *end = strrchr(text, quote);
  char *comma = end ? strchr(end, ',') : NULL;
  while (end && !comma && end > text) { /* the target is in quotes as well */
    char *before = end - 1;
    while (before > text && *before != quote) before--;
    end = before;
    comma = *end == quote ? strchr(end, ',') : NULL;
  }
  if ((quote != '\'' && quote != '"') || !comma)
    return lw_series_refuse(
        series, "a relational attribute in quotes, a comma and the target are expected");
  *end = 0;
  series->part_count = 0;
  for (char *next = text; next; text = next) {
    next = strstr(text, "\\n");
    if (!next && !*text && series->part_count) break;
    LW_TRY(add_part(series, text, next ? next : text + strlen(text)));
    if (next) next += 2;
  }
  LW_TRY(put_target(series, (lw_stretch){comma + 1, (int64_t)strlen(comma + 1)}, sample));
  status = put_sample(series, sample);
done:
  return status;
}

static lw_status read_arff(lw_series *series, lw_series_sample *sample)
{
  lw_status status = LW_OK;
  if (series->relational) return read_relational(series, sample);
  char *comma = strrchr(series->text, ',');
  if (!comma) return lw_series_refuse(series, "values and a target are expected, split by commas");
  series->part_count = 0;
  LW_TRY(add_part(series, series->text, comma));
  if (steps_of(series, series->parts[0]) != series->attributes)
    return lw_series_refuse(series, "%" PRId64 " values; the header has %" PRId64 " attributes",
                            steps_of(series, series->parts[0]), series->attributes);
  LW_TRY(put_target(series, (lw_stretch){comma + 1, (int64_t)strlen(comma + 1)}, sample));
  status = put_sample(series, sample);
done:
  return status;
}

static lw_status read_ucr(lw_series *series, lw_series_sample *sample)
{
  lw_status status = LW_OK;
  const bool commas = strchr(series->text, ',') != NULL;
  if (!commas) { /* runs of blanks and tabs become commas */
    char *to = series->text;
    for (const char *at = series->text; *at;) {
      const size_t blanks = strspn(at, " \t");
      *to++ = blanks ? ',' : *at;
      at += blanks ? blanks : 1;
    }
    *to = 0;
  }
  char *comma = strchr(series->text, ',');
  if (!comma) return lw_series_refuse(series, "a label and values behind it are expected");
  series->part_count = 0;
  LW_TRY(add_part(series, comma + 1, comma + strlen(comma)));
  LW_TRY(put_target(series, (lw_stretch){series->text, comma - series->text}, sample));
  LW_TRY(put_sample(series, sample));
  while (sample->steps > 1 && isnan(sample->values[sample->steps - 1])) sample->steps--;
done:
  return status;
}

lw_status lw_series_read_row(lw_series *series, lw_series_sample *sample)
{
  *sample = (lw_series_sample){.target = "", .name = "", .number = NAN};
  switch (series->head.kind) {
  case LW_SERIES_TS:
    return read_ts(series, sample);
  case LW_SERIES_ARFF:
    return read_arff(series, sample);
  case LW_SERIES_TSF:
    return read_tsf(series, sample);
  case LW_SERIES_UCR:
    break;
  }
  return read_ucr(series, sample);
}
