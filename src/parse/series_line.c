#include "longwave/base/text.h"
#include "series_inside.h"
#include <inttypes.h>
#include <string.h>

lw_stretch lw_series_trim(lw_stretch text)
{
  while (text.length && (text.text[0] == ' ' || text.text[0] == '\t')) text.text++, text.length--;
  while (text.length && (text.text[text.length - 1] == ' ' || text.text[text.length - 1] == '\t'))
    text.length--;
  return text;
}

lw_status lw_series_line(lw_series *series)
{
  lw_stretch text = {0};
  if (series->held) {
    series->held = false;
    return LW_OK;
  }
  do {
    lw_status status = lw_source_line(series->source, &text.text, &text.length);
    if (status != LW_OK) return status;
    series->line++;
    series->text = NULL;
    if (!text.text) return LW_OK;
    if (memchr(text.text, 0, (size_t)text.length))
      return lw_series_refuse(series, "a zero byte: a text is expected, plain or gzip, in UTF-8");
    text = lw_series_trim(text);
  } while (!text.length || text.text[0] == '#' || text.text[0] == '%');
  text.text[text.length] = 0;
  series->text = text.text;
  series->length = text.length;
  return LW_OK;
}

lw_status lw_series_refuse(const lw_series *series, const char *format, ...)
{
  char memory[LW_MESSAGE_MAX];
  lw_text text = LW_TEXT_IN(memory);
  lw_text_add(&text, "'%s' line %" PRId64 ": ", lw_source_path(series->source), series->line);
  va_list arguments;
  va_start(arguments, format);
  lw_text_add_list(&text, format, arguments);
  va_end(arguments);
  return lw_fail(LW_ERROR_INPUT, "%s", text.text);
}
