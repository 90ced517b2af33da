#define _DEFAULT_SOURCE
#include "longwave/base/bar.h"
#include "longwave/base/columns.h"
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Cells of a bar; fields of a line and the gap between two of them. */
enum { CELLS_LEAST = 5, CELLS_MOST = 40, FIELDS = 16, GAP = 2 };

static int columns_of(int handle)
{
  struct winsize size;
  if (ioctl(handle, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

/* mpirun, our parent on this machine, passes our output through a pipe: look at its own. */
static int columns_of_parent(void)
{
  char path[64], target[256];
  snprintf(path, sizeof path, "/proc/%ld/fd/2", (long)getppid());
  ssize_t length = readlink(path, target, sizeof target - 1);
  if (length <= 0) return 0;
  target[length] = 0;
  if (strncmp(target, "/dev/pts/", 9) != 0 && strncmp(target, "/dev/tty", 8) != 0) return 0;
  int handle = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (handle < 0) return 80;
  int columns = columns_of(handle);
  close(handle);
  return columns;
}

int lw_terminal_columns(void)
{
  const char *terminal = getenv("TERM");
  if (!terminal || !*terminal || !strcmp(terminal, "dumb")) return 0;
  if (isatty(STDERR_FILENO)) return columns_of(STDERR_FILENO);
  return getenv("OMPI_COMM_WORLD_RANK") ? columns_of_parent() : 0;
}

/* Columns of the fields that stay, with a gap between two. */
static int width_of(const lw_bar_field *fields, const bool *stays, int count)
{
  int width = -GAP;
  for (int i = 0; i < count; i++)
    if (stays[i]) width += GAP + lw_columns(fields[i].text, INT_MAX, NULL);
  return width < 0 ? 0 : width;
}

static int least_weight(const lw_bar_field *fields, const bool *stays, int count)
{
  int least = -1;
  for (int i = 0; i < count; i++)
    if (stays[i] && (least < 0 || fields[i].weight < fields[least].weight)) least = i;
  return least;
}

/* "[###--] " of so many cells; returns its length. */
static size_t draw_cells(double share, int cells, char *line)
{
  int full = (int)(share * cells);
  if (full > cells) full = cells;
  line[0] = '[';
  memset(line + 1, '-', (size_t)cells);
  if (full > 0) memset(line + 1, '#', (size_t)full);
  line[cells + 1] = ']';
  line[cells + 2] = ' ';
  return (size_t)cells + 3;
}

/* The fields that stay, behind what stands there; what has no room is left out. */
static void put_fields(const lw_bar_field *fields, const bool *stays, int count, char *line,
                       size_t room)
{
  size_t used = strlen(line);
  const char *gap = "";
  for (int i = 0; i < count && used + GAP < room; i++) {
    if (!stays[i]) continue;
    used += (size_t)snprintf(line + used, room - used, "%s", gap);
    lw_columns_copy(fields[i].text, line + used, room - used);
    used += strlen(line + used);
    gap = "  ";
  }
}

void lw_bar_line(double share, const lw_bar_field *fields, int count, int columns, char *line,
                 size_t room)
{
  bool stays[FIELDS], any = false;
  const int most = columns > 0 ? columns - 1 : INT_MAX;
  if (count > FIELDS) count = FIELDS;
  for (int i = 0; i < count; i++) stays[i] = true;
  while (width_of(fields, stays, count) > most) stays[least_weight(fields, stays, count)] = false;
  for (int i = 0; i < count; i++) any |= stays[i];
  int cells = most - width_of(fields, stays, count) - 3;
  if (cells > CELLS_MOST) cells = CELLS_MOST;
  const bool drawn =
      any && columns > 0 && share >= 0.0 && cells >= CELLS_LEAST && (size_t)cells + 4 < room;
  line[drawn ? draw_cells(share, cells, line) : 0] = 0;
  put_fields(fields, stays, count, line, room);
  if (!any && share >= 0.0 && most >= 5) snprintf(line, room, "%.0f %%", 100.0 * share);
}

void lw_clock_text(double seconds, char *text, size_t room)
{
  long s = (long)(seconds + 0.5);
  if (s >= 3600)
    snprintf(text, room, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  else
    snprintf(text, room, "%ld:%02ld", s / 60, s % 60);
}
