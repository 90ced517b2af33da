/* Labels as samples name them, and the sentence about a sample that cannot be taken. */
#include "builder_inside.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

lw_status lw_builder_refuse(lw_builder *builder, const char *format, ...)
{
  char text[LW_MESSAGE_MAX / 2];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return lw_fail(LW_ERROR_INPUT, "%s: %s", builder->where, text);
}

lw_status lw_builder_number_label(lw_builder *builder, const char *label, int32_t *number)
{
  if (!*label) return lw_builder_refuse(builder, "a label is empty; name the class");
  if (strlen(label) > LW_NAME_ROOM - 1)
    return lw_builder_refuse(builder, "the label '%.60s...' is longer than %d bytes; shorten it",
                             label, LW_NAME_ROOM - 1);
  if (!builder->classes_named) return lw_intern_add(&builder->classes, label, number);
  *number = lw_intern_find(&builder->classes, label);
  if (*number >= 0) return LW_OK;
  return lw_builder_refuse(builder,
                           "the label '%.200s' is none of the %lld classes that are named (%.60s%s)"
                           "; correct it, or name it with them",
                           label, (long long)builder->classes.count,
                           lw_intern_at(&builder->classes, 0),
                           builder->classes.count > 1 ? ", ..." : "");
}
