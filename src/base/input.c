#define _POSIX_C_SOURCE 200809L
#include "longwave/base/input.h"
#include <stddef.h>
#include <sys/stat.h>

enum { MOST = 4096 };

typedef struct known {
  dev_t device;
  ino_t inode;
  bool own; /* written by this process, whoever has read it since */
} known;

/* Static, so that noting a file cannot fail for lack of memory. */
static known list[MOST];
static int count, next;

static known *find(const char *path)
{
  struct stat about;
  if (stat(path, &about)) return NULL;
  for (int i = 0; i < count; i++)
    if (list[i].device == about.st_dev && list[i].inode == about.st_ino) return &list[i];
  return NULL;
}

static known *add(const char *path)
{
  struct stat about;
  known *found = find(path);
  if (found || stat(path, &about) || !S_ISREG(about.st_mode)) return found;
  found = &list[next];
  *found = (known){.device = about.st_dev, .inode = about.st_ino};
  next = (next + 1) % MOST;
  if (count < MOST) count++;
  return found;
}

void lw_input_note(const char *path)
{
  add(path);
}

void lw_input_own(const char *path)
{
  known *found = add(path);
  if (found) found->own = true;
}

void lw_input_forget(const char *path)
{
  known *found = find(path);
  if (found && !found->own) *found = (known){0};
}

bool lw_input_is(const char *path)
{
  const known *found = find(path);
  return found && !found->own;
}
