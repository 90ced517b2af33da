#include "delimited_inside.h"
#include "longwave/base/text.h"
#include <inttypes.h>

lw_status lw_delimited_refuse(const lw_delimited *table, int64_t column, const char *format, ...)
{
  char memory[LW_MESSAGE_MAX];
  lw_text text = LW_TEXT_IN(memory);
  const char *name = table->names ? table->names[column] : "";
  lw_text_add(&text, "'%s' line %" PRId64 ", column %" PRId64, lw_source_path(table->source),
              table->line, column + 1);
  if (*name) lw_text_add(&text, " ('%.40s')", name);
  lw_text_add(&text, ": ");
  va_list arguments;
  va_start(arguments, format);
  lw_text_add_list(&text, format, arguments);
  va_end(arguments);
  return lw_fail(LW_ERROR_INPUT, "%s", text.text);
}

lw_status lw_delimited_refuse_record(const lw_delimited *table, const char *format, ...)
{
  char memory[LW_MESSAGE_MAX];
  lw_text text = LW_TEXT_IN(memory);
  lw_text_add(&text, "'%s' line %" PRId64 ": ", lw_source_path(table->source), table->line);
  va_list arguments;
  va_start(arguments, format);
  lw_text_add_list(&text, format, arguments);
  va_end(arguments);
  return lw_fail(LW_ERROR_INPUT, "%s", text.text);
}
