#define _POSIX_C_SOURCE 200809L
#include "longwave/base/look.h"
#include "longwave/base/bar.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_terminal(FILE *out)
{
  return out == stderr ? lw_terminal_columns() > 0 : isatty(fileno(out)) == 1;
}

const char *lw_look_code(FILE *out, lw_look look)
{
  static const char *const codes[] = {"\033[0m", "\033[1m", "\033[1;31m", "\033[1;33m",
                                      "\033[H\033[2J"};
  const char *terminal = getenv("TERM"), *no_color = getenv("NO_COLOR");
  if (!terminal || !*terminal || !strcmp(terminal, "dumb")) return "";
  if (no_color && *no_color) return "";
  return is_terminal(out) ? codes[look] : "";
}

void lw_look_heading(FILE *out, const char *text)
{
  fprintf(out, "%s%s%s\n", lw_look_code(out, LW_LOOK_HEADING), text,
          lw_look_code(out, LW_LOOK_PLAIN));
}

/* Bytes of a line that are a heading. */
static int heading_of(const char *line, int length)
{
  static const char usage[] = "usage:";
  if (!strncmp(line, usage, sizeof usage - 1)) return (int)sizeof usage - 1;
  return length > 0 && line[0] != ' ' && line[length - 1] == ':' ? length : 0;
}

void lw_look_page(FILE *out, const char *text)
{
  const char *bold = lw_look_code(out, LW_LOOK_HEADING), *plain = lw_look_code(out, LW_LOOK_PLAIN);
  for (;;) {
    const int length = (int)strcspn(text, "\n"), heading = heading_of(text, length);
    if (heading) fprintf(out, "%s%.*s%s", bold, heading, text, plain);
    fprintf(out, "%.*s\n", length - heading, text + heading);
    if (!text[length]) return;
    text += length + 1;
  }
}

void lw_look_wrap(FILE *out, const char *text, int at, int indent)
{
  int column = at;
  for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
    const int length = (int)strcspn(text, " ");
    const bool first = column == at;
    if (!first && column + 1 + length > LW_LOOK_COLUMNS) {
      fprintf(out, "\n%*s", indent, "");
      column = indent;
    } else if (!first) {
      fputc(' ', out);
      column++;
    }
    fprintf(out, "%.*s", length, text);
    column += length;
    text += length;
  }
  fputc('\n', out);
}
