/** For tests of makers: files in a folder of the test's own, and a task run on flags as on a command
 *  line. One product at a time; a test's `begin` and `end` call those here. */
#ifndef LONGWAVE_TESTS_MAKE_TASK_H
#define LONGWAVE_TESTS_MAKE_TASK_H

#include "longwave/base/mem.h"
#include "longwave/task/task.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAKE_PATH_ROOM = TEMP_FOLDER_MAX + 64, MAKE_PATHS = 16 };

static char make_folder[TEMP_FOLDER_MAX];
static lw_product product;

static inline void make_begin(void)
{
  cr_assert(temp_folder_make(make_folder));
}

static inline void make_end(void)
{
  lw_product_done(&product);
  cr_expect_eq(lw_mem_live(), 0);
  cr_assert(temp_folder_remove(make_folder));
}

/* A place in the folder; the last few results stay. */
static inline char *at(const char *name)
{
  static char path[MAKE_PATHS][MAKE_PATH_ROOM];
  static int next;
  char *own = path[next++ % MAKE_PATHS];
  snprintf(own, MAKE_PATH_ROOM, "%s/%s", make_folder, name);
  return own;
}

static inline char *bytes_file(const char *name, const void *content, size_t size)
{
  char *path = at(name);
  FILE *stream = fopen(path, "wb");
  cr_assert(stream && fwrite(content, 1, size, stream) == size && fclose(stream) == 0);
  return path;
}

static inline char *text_file(const char *name, const char *content)
{
  return bytes_file(name, content, strlen(content));
}

static inline lw_status make_task(const lw_task *task, const char *const *more)
{
  static uint64_t settings[8192];
  char *argv[32] = {"task"};
  int argc = 1;
  for (; more[argc - 1]; argc++) argv[argc] = (char *)(uintptr_t)more[argc - 1];
  cr_assert_leq(task->settings_bytes, (int64_t)sizeof settings);
  lw_option_section flags = {.name = "", .options = task->options, .values = settings};
  lw_arguments arguments = {0};
  lw_product_done(&product);
  memset(&product, 0, sizeof product);
  product.ranks = 1;
  lw_option_defaults(&flags, 1);
  lw_status status = lw_option_arguments(&flags, argc, argv, &arguments);
  return status == LW_OK ? task->make(&flags, &product) : status;
}

#define MAKE(task, ...) make_task(&lw_##task##_task, (const char *const[]){__VA_ARGS__, NULL})
#define FINE(call) cr_assert_eq(call, LW_OK, "%s", lw_fail_message())
#define FAILS(call, wanted, says)                                                                  \
  do {                                                                                             \
    cr_expect_eq(call, wanted);                                                                    \
    cr_expect(strstr(lw_fail_message(), says), "'%s' in: %s", says, lw_fail_message());            \
  } while (0)
#define NOTES(says)                                                                                \
  cr_expect(product.notes &&strstr(product.notes, says), "'%s' in: %s", says, product.notes)

static inline void expect_sample(int split, int64_t sample, const char *bytes, int32_t label)
{
  const lw_samples *samples = &product.samples[split];
  cr_assert_gt(samples->count, sample);
  const int64_t first = samples->offsets[sample], length = samples->offsets[sample + 1] - first;
  cr_expect(length == (int64_t)strlen(bytes) &&
                !memcmp(samples->bytes + first, bytes, strlen(bytes)),
            "sample %d is '%.*s'", (int)sample, (int)length, (char *)samples->bytes + first);
  cr_expect_eq(samples->labels[sample], label);
}

#endif
