#include "longwave/base/text.h"
#include "longwave/base/mem.h"
#include <string.h>

lw_text lw_text_in(void *memory, size_t room)
{
  char *text = memory;
  *text = 0;
  return (lw_text){.text = text, .room = (int64_t)room};
}

lw_text lw_text_behind(char *text, size_t room)
{
  return (lw_text){.text = text, .room = (int64_t)room, .used = (int64_t)strlen(text)};
}

/* Whether `length` bytes more and a 0 have room now. */
static bool make_room(lw_text *to, int64_t length)
{
  const int64_t wanted = to->used + length + 1;
  if (to->grows && LW_EXTEND(&to->text, &to->room, to->used, wanted) != LW_OK) return false;
  return wanted <= to->room;
}

void lw_text_add_list(lw_text *to, const char *format, va_list arguments)
{
  va_list again;
  if (to->truncated) return;
  va_copy(again, arguments);
  const int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  to->truncated = length < 0 || !make_room(to, length);
  if (length < 0 || !to->text) return;
  vsnprintf(to->text + to->used, (size_t)(to->room - to->used), format, arguments);
  to->used += to->truncated ? (int64_t)strlen(to->text + to->used) : length;
}

void lw_text_add(lw_text *to, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  lw_text_add_list(to, format, arguments);
  va_end(arguments);
}

void lw_text_item(lw_text *to, const char *between, const char *format, ...)
{
  va_list arguments;
  if (to->used) lw_text_add(to, "%s", between);
  va_start(arguments, format);
  lw_text_add_list(to, format, arguments);
  va_end(arguments);
}

lw_status lw_text_end(lw_text *text)
{
  lw_text_add(text, "%s", "");
  return text->truncated && text->grows ? lw_fail(LW_ERROR_MEMORY, "no memory for a text") : LW_OK;
}

void lw_text_done(lw_text *text)
{
  if (text->grows) lw_mem_give(text->text);
  *text = (lw_text){0};
}
