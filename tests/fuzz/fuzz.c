#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"
#include "longwave/base/mem.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* MPI keeps memory to the end; what readers keep, lw_fuzz_leave finds. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
  return "detect_leaks=0";
}

void lw_fuzz_expect(bool holds, const char *promise)
{
  if (holds) return;
  fprintf(stderr, "broken promise: %s\n", promise);
  abort();
}

static char paths[LW_FUZZ_FILES][256];

static void remove_files(void)
{
  for (int i = 0; i < LW_FUZZ_FILES; i++)
    if (paths[i][0]) unlink(paths[i]);
}

/* A memory file without a name would do for all readers but HDF5. */
static void make_names(void)
{
  const char *folder = getenv("TMPDIR");
  for (int i = 0; i < LW_FUZZ_FILES; i++) {
    snprintf(paths[i], sizeof paths[i], "%s/fuzz-XXXXXX", folder ? folder : "/dev/shm");
    int handle = mkstemp(paths[i]);
    lw_fuzz_expect(handle >= 0, "$TMPDIR or /dev/shm can be written to");
    close(handle);
  }
  atexit(remove_files);
}

const char *lw_fuzz_file(int number, const uint8_t *data, size_t size)
{
  if (!paths[0][0]) make_names();
  int handle = open(paths[number], O_WRONLY | O_TRUNC);
  lw_fuzz_expect(handle >= 0 && write(handle, data, size) == (ssize_t)size, "there is room");
  close(handle);
  return paths[number];
}

static lw_world *world;
static int64_t world_bytes;

static void end_world(void)
{
  lw_world_destroy(&world);
  MPI_Finalize();
}

lw_world *lw_fuzz_world(void)
{
  if (world) return world;
  lw_world_stay_alone();
  MPI_Init(NULL, NULL);
  lw_fuzz_expect(lw_world_create(MPI_COMM_WORLD, &world) == LW_OK, "there is a world");
  world_bytes = lw_mem_live();
  atexit(end_world);
  return world;
}

static void expect_sound(const lw_product *product)
{
  const lw_dataset_recipe *recipe = &product->recipe;
  for (int split = 0; split < LW_SPLITS; split++) {
    const lw_samples *samples = &product->samples[split];
    for (int64_t i = 0; i < samples->count; i++) {
      const int64_t length = samples->offsets[i + 1] - samples->offsets[i];
      const int64_t cut = lw_samples_break(samples, i);
      lw_fuzz_expect(length > 0, "no sample is empty");
      lw_fuzz_expect(recipe->documents > 1 ? cut > 0 && cut < length : cut == 0,
                     "pairs have two texts");
      lw_fuzz_expect(samples->labels[i] >= 0 && samples->labels[i] < recipe->classes, "labels fit");
    }
    for (int64_t i = 0; i < samples->tokens; i++)
      lw_fuzz_expect(!recipe->input->ids || samples->bytes[i] < recipe->vocabulary,
                     "ids are below the vocabulary");
  }
  for (int64_t id = 0; recipe->token_names && id < recipe->vocabulary; id++)
    lw_fuzz_expect(recipe->token_names[id] && *recipe->token_names[id], "ids have names");
}

lw_status lw_fuzz_make(const lw_task *task, const char *const *words, lw_product *product)
{
  static uint64_t settings[4096];
  char *argv[24] = {"task"};
  int argc = 1;
  lw_fuzz_expect(task->settings_bytes <= (int64_t)sizeof settings, "the settings have room");
  for (; words[argc - 1]; argc++) argv[argc] = (char *)(uintptr_t)words[argc - 1];
  lw_option_section flags = {.name = "", .options = task->options, .values = settings};
  lw_arguments arguments = {0};
  memset(product, 0, sizeof *product);
  product->ranks = 1;
  lw_option_defaults(&flags, 1);
  lw_fuzz_expect(lw_option_arguments(&flags, argc, argv, &arguments) == LW_OK, "flags are right");
  lw_status status = task->make(&flags, product);
  if (status == LW_OK) expect_sound(product);
  return status;
}

int lw_fuzz_leave(void)
{
  lw_fuzz_expect(lw_mem_live() == world_bytes, "all memory is given back");
  lw_fuzz_expect(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) == 0, "all is closed");
  return 0;
}
