/** For tests of tasks that build: files written by the root in a folder of the case, a task run on
 *  flags as on a command line, and the data set that it makes told in a line. */
#ifndef LONGWAVE_TESTS_BUILD_TASK_H
#define LONGWAVE_TESTS_BUILD_TASK_H

#include "longwave/base/mem.h"
#include "longwave/task/task.h"
#include "mpi_folder.h"
#include <sys/stat.h>
#include <unistd.h>

enum { BUILD_TEXT = 4096, BUILD_PATHS = 24 };

static char build_folder[TEMP_FOLDER_MAX], build_set[PATH_ROOM];
static char build_notes[BUILD_TEXT];
static const lw_dataset_info *build_like; /* of the next data sets; NULL: to train on */

static inline void build_begin(const lw_world *world)
{
  begin(world, build_folder, build_set, "set.h5");
}

static inline void build_end(const lw_world *world)
{
  end(world, build_folder);
}

/* A place in the folder; the last few results stay. */
static inline const char *at(const char *name)
{
  static char path[BUILD_PATHS][2 * PATH_ROOM];
  static int next;
  char *own = path[next++ % BUILD_PATHS];
  snprintf(own, sizeof path[0], "%s/%s", build_folder, name);
  return own;
}

/* "CLASS=" and a place. */
static inline const char *of_class(const char *class, const char *name)
{
  static char text[4][3 * PATH_ROOM];
  static int next;
  char *own = text[next++ % 4];
  snprintf(own, sizeof text[0], "%s=%s", class, at(name));
  return own;
}

static inline void put_bytes(const lw_world *world, const char *name, const void *bytes,
                             size_t size)
{
  if (!world->rank) {
    FILE *file = fopen(at(name), "wb");
    CHECK(file && fwrite(bytes, 1, size, file) == size && !fclose(file), "no %s", name);
  }
  MPI_Barrier(world->all);
}

static inline void put_text(const lw_world *world, const char *name, const char *text)
{
  put_bytes(world, name, text, strlen(text));
}

static inline void put_folder(const lw_world *world, const char *name)
{
  if (!world->rank) CHECK(!mkdir(at(name), 0777), "no folder %s", name);
  MPI_Barrier(world->all);
}

static inline lw_status build_words(const lw_world *world, const lw_task *task,
                                    const char *const *more)
{
  static uint64_t settings[16384];
  char *argv[32] = {"task"};
  int argc = 1;
  for (; more[argc - 1]; argc++) argv[argc] = (char *)(uintptr_t)more[argc - 1];
  CHECK(task->settings_bytes <= (int64_t)sizeof settings, "settings of %lld bytes",
        (long long)task->settings_bytes);
  lw_option_section flags = {.name = "", .options = task->options, .values = settings};
  lw_arguments arguments = {0};
  lw_building building = {.world = world, .path = build_set, .like = build_like};
  lw_option_defaults(&flags, 1);
  lw_status status = lw_option_arguments(&flags, argc, argv, &arguments);
  if (status == LW_OK) status = task->build(&flags, &building);
  if (status == LW_OK) status = lw_builder_finish(building.builder, building.origin, "");
  snprintf(build_notes, sizeof build_notes, "%s", building.notes ? building.notes : "");
  lw_builder_destroy(&building.builder);
  lw_mem_give(building.origin);
  lw_mem_give(building.notes);
  return status;
}
#define BUILD(task, ...)                                                                           \
  build_words(world, &lw_##task##_task, (const char *const[]){__VA_ARGS__, NULL})

/* Of each split "train:" and of each sample " name=class*items". */
static inline const char *told_set(void)
{
  static const char *const splits[] = {"train:", " validation:", " test:"};
  static char text[BUILD_TEXT];
  char name[256] = "";
  lw_text to = LW_TEXT_IN(text);
  lw_dataset *set = NULL;
  if (lw_dataset_open(build_set, &set) != LW_OK) return lw_fail_message();
  const lw_dataset_info *info = lw_dataset_describe(set);
  for (int split = 0; split < LW_SPLITS; split++) {
    lw_text_add(&to, "%s", splits[split]);
    for (int64_t i = 0; i < info->count[split]; i++) {
      const int32_t label = lw_dataset_label(set, (lw_split)split, i);
      if (lw_dataset_sample_name(set, (lw_split)split, i, name, sizeof name) != LW_OK)
        name[0] = '!';
      lw_text_add(&to, " %s=%s*%d", name,
                  label < 0 || !info->class_name ? "-" : info->class_name[label],
                  (int)lw_dataset_length(set, (lw_split)split, i));
    }
  }
  lw_dataset_close(&set);
  return text;
}

#define TOLD(wanted)                                                                               \
  do {                                                                                             \
    const char *told = told_set();                                                                 \
    CHECK(!strcmp(told, wanted), "%s, not %s", told, wanted);                                      \
  } while (0)

/* The first items of a sample as a model would see them if nothing was normalised. */
static inline void expect_stored(lw_split split, int64_t sample, const double *wanted, int count)
{
  double stored[64];
  lw_dataset *set = NULL;
  FINE(lw_dataset_open(build_set, &set));
  if (!set) return;
  const int64_t channels = lw_dataset_describe(set)->channels;
  FINE(lw_dataset_read_stored(set, split, sample, 0, count / channels, stored));
  for (int i = 0; i < count; i++)
    CHECK(stored[i] == wanted[i], "number %d is %g, not %g", i, stored[i], wanted[i]);
  lw_dataset_close(&set);
}
#define STORED(split, sample, ...)                                                                 \
  expect_stored(split, sample, (const double[]){__VA_ARGS__},                                      \
                (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)))

#endif
