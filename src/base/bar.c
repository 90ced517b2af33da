#define _DEFAULT_SOURCE
#include "longwave/base/bar.h"
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Cells of a bar; fields of a line and the gap between two of them. */
enum { CELLS_LEAST = 5, CELLS_MOST = 40, FIELDS = 16, GAP = 2, COLUMNS_LEAST = 20 };

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
  if (isatty(STDERR_FILENO)) return columns_of(STDERR_FILENO);
  return getenv("OMPI_COMM_WORLD_RANK") ? columns_of_parent() : 0;
}

/* Characters of the fields that stay, with a gap between two. */
static int width_of(const lw_bar_field *fields, const bool *stays, int count)
{
  int width = -GAP;
  for (int i = 0; i < count; i++)
    if (stays[i]) width += GAP + (int)strlen(fields[i].text);
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

void lw_bar_line(double share, const lw_bar_field *fields, int count, int columns, char *line,
                 size_t room)
{
  bool stays[FIELDS];
  int most = columns > COLUMNS_LEAST ? columns - 1 : COLUMNS_LEAST - 1;
  if (columns == 0 || (size_t)most >= room) most = (int)room - 1;
  if (count > FIELDS) count = FIELDS;
  for (int i = 0; i < count; i++) stays[i] = true;
  while (width_of(fields, stays, count) > most) stays[least_weight(fields, stays, count)] = false;
  int cells = most - width_of(fields, stays, count) - 3;
  if (cells > CELLS_MOST) cells = CELLS_MOST;
  size_t used = columns > 0 && cells >= CELLS_LEAST ? draw_cells(share, cells, line) : 0;
  const char *gap = "";
  line[used] = 0;
  for (int i = 0; i < count; i++) {
    if (!stays[i]) continue;
    used += (size_t)snprintf(line + used, room - used, "%s%s", gap, fields[i].text);
    gap = "  ";
  }
}

void lw_clock_text(double seconds, char *text, size_t room)
{
  long s = (long)(seconds + 0.5);
  if (s >= 3600)
    snprintf(text, room, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  else
    snprintf(text, room, "%ld:%02ld", s / 60, s % 60);
}
