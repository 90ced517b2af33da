#include "longwave/base/status.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char message[LW_MESSAGE_MAX];

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

lw_status lw_fail_context(lw_status status, const char *format, ...)
{
  char context[LW_MESSAGE_MAX / 2];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(context, sizeof context, format, arguments);
  va_end(arguments);
  return lw_fail(status, "%s: %s", context, message);
}

const char *lw_fail_message(void)
{
  return message;
}

/* What to do about an error, or NULL. */
static const char *remedy(int error)
{
  static const struct {
    int error;
    const char *text;
  } known[] = {
      {ENOENT, "check the path"},
      {EACCES, "check the permissions of the file and its folder"},
      {EPERM, "check the permissions of the file and its folder"},
      {ENOSPC, "free some space there, or choose another disk"},
      {EDQUOT, "free some space there (your quota is used up), or choose another disk"},
      {EFBIG, "raise the limit of file size (ulimit -f), or choose another disk"},
      {EROFS, "choose a folder that can be written"},
      {ENOTDIR, "choose another path: a part of it is not a folder"},
      {EISDIR, "name a file"},
      {ENAMETOOLONG, "choose a shorter name"},
      {EMFILE, "raise the limit of open files (ulimit -n)"},
      {ENFILE, "close other programs: the system has too many open files"},
      {ELOOP, "check the links in the path"},
      {EIO, "check the disk or its server, and try again"},
      {ESTALE, "check the server of the file, and try again"},
      {ENOMEM, "close other programs, or ask for more memory"},
      {EAGAIN, "close other programs, or raise the limit of processes (ulimit -u)"},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].error == error) return known[i].text;
  return NULL;
}

const char *lw_reason_in(int error, char text[LW_REASON_MAX])
{
  const char *what = remedy(error);
  snprintf(text, LW_REASON_MAX, "%s%s%s", strerror(error), what ? "; " : "", what ? what : "");
  return text;
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
