#include "longwave/base/status.h"
#include <stdarg.h>
#include <stdio.h>

/* Long enough for a list of every mistake in a job file. */
static char message[8192];

lw_status lw_fail(lw_status status, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  /* The new sentence may quote the old one: build it beside, then replace. */
  char fresh[sizeof message];
  vsnprintf(fresh, sizeof fresh, format, arguments);
  va_end(arguments);
  snprintf(message, sizeof message, "%s", fresh);
  return status;
}

const char *lw_fail_message(void)
{
  return message;
}

const char *lw_status_name(lw_status status)
{
  static const char *const names[] = {
#define LW_STATUS_NAME(name, code, text) [name] = (text),
      LW_STATUS_TABLE(LW_STATUS_NAME)
#undef LW_STATUS_NAME
  };
  return names[status];
}

int lw_status_exit_code(lw_status status)
{
  static const int codes[] = {
#define LW_STATUS_CODE(name, code, text) [name] = (code),
      LW_STATUS_TABLE(LW_STATUS_CODE)
#undef LW_STATUS_CODE
  };
  return codes[status];
}
