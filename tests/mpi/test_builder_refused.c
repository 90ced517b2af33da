#define _POSIX_C_SOURCE 200809L
/* What a data set that is built cannot hold: one sentence, and no file stays. */
#include "builder_source.h"
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

static void empty_label(lw_builder_sample *sample, float *values, double *times)
{
  (void)values, (void)times;
  sample->label = "";
}

static void missing_value(lw_builder_sample *sample, float *values, double *times)
{
  (void)sample, (void)times;
  values[4 * C + 1] = NAN;
}

static void infinite_value(lw_builder_sample *sample, float *values, double *times)
{
  (void)sample, (void)times;
  values[2] = -INFINITY;
}

static void falling_time(lw_builder_sample *sample, float *values, double *times)
{
  (void)sample, (void)values;
  times[3] = 0.0;
}

static void infinite_number(lw_builder_sample *sample, float *values, double *times)
{
  static const float numbers[K] = {0.0f, INFINITY};
  (void)values, (void)times;
  sample->numbers = numbers;
}

static void bad_weight(lw_builder_sample *sample, float *values, double *times)
{
  (void)values, (void)times;
  sample->weight = -1.0;
}

static void given_class(lw_builder_sample *sample, float *values, double *times)
{
  (void)values, (void)times;
  sample->has_split = true;
  sample->split = LW_SPLIT_TEST;
  sample->label = "rare";
}

static void torn_group(lw_builder_sample *sample, float *values, double *times)
{
  given_class(sample, values, times);
  sample->label = NULL;
}

static const char *const three[] = {"0", "5", "10"};
#define CLASS .target = &lw_target_class
#define RANDOM .rule = {LW_SPLIT_BY_RANDOM, HOLD}
static const struct {
  source of;
  const char *says;
} refused[] = {
    {{"", {VALUES, CLASS, RANDOM}, SAMPLES, 30, empty_label}, "'a.csv:30': a label is empty"},
    {{"", {VALUES, CLASS, .classes = 3, .class_names = three, RANDOM}, SAMPLES, 30, other_label},
     "'a.csv:30': the label 'no such class' is none of the 3 classes that are named (0, ...)"},
    {{"", {VALUES, CLASS, RANDOM}, SAMPLES, 8, missing_value},
     "'a.csv:8': the value at step 4 in channel 1 is missing"},
    {{"", {VALUES, CLASS, .missing = true, RANDOM}, SAMPLES, 8, infinite_value},
     "'a.csv:8': the value at step 0 in channel 2 is infinite"},
    {{"", {VALUES, CLASS, .timed = true, RANDOM}, SAMPLES, 8, falling_time},
     "'a.csv:8': the time of step 3, 0, is before that of the step before it"},
    {{"",
      {VALUES, .target = &lw_target_numbers, .numbers = K, RANDOM},
      SAMPLES,
      8,
      infinite_number},
     "'a.csv:8': number 2 of its answer is infinite"},
    {{"", {VALUES, CLASS, .weighted = true, RANDOM}, SAMPLES, 8, bad_weight},
     "'a.csv:8': its weight, -1, is not a number of 0 or more"},
    {{"", {VALUES, CLASS, RANDOM}, SAMPLES, 40, given_class},
     "the class 'rare' is in the test split only ('a.csv:40')"},
    {{"",
      {VALUES, CLASS, .grouped = true, .rule = {LW_SPLIT_BY_ORDER, 0, 1, 0}},
      SAMPLES,
      1,
      torn_group},
     "is in two splits: 'a.csv:0' is in train, and 'a.csv:1' in test"},
    {{"",
      {.task = "t", .input = &lw_input_tokens, CLASS, .stored = LW_H5_U8, .vocabulary = 3, RANDOM},
      SAMPLES,
      -1,
      NULL},
     "is outside the vocabulary of 3"},
    {{"", {VALUES, .target = &lw_target_next_values, .horizon = 20, RANDOM}, SAMPLES, -1, NULL},
     "the last 20 are asked for"},
    {{"", {VALUES, CLASS, RANDOM}, 0, -1, NULL}, "the source has no sample"},
    {{"", {VALUES, CLASS, RANDOM}, 9, -1, NULL}, "leave none of 9 to train on"},
    {{"",
      {VALUES, CLASS, .windows = {.length = 38}, .rule = {LW_SPLIT_BY_ORDER, 0.1, 0, 0}},
      SAMPLES,
      -1,
      NULL},
     "the validation split comes out empty: a window of 38 steps"},
    {{"",
      {VALUES, CLASS, .windows = {.length = 5, .reach_back = true},
       .rule = {LW_SPLIT_BY_ORDER, HOLD}},
      SAMPLES,
      -1,
      NULL},
     "--reach-back is for next values, --window and --split-by order"},
    {{"",
      {VALUES, .target = &lw_target_several, .rule = {LW_SPLIT_BY_CLASS, HOLD}},
      SAMPLES,
      -1,
      NULL},
     "cannot be shared out by class"},
    {{"", {VALUES, CLASS, .rule = {LW_SPLIT_BY_GROUP, HOLD}}, SAMPLES, -1, NULL},
     "have no groups to share out"},
};

static int files_in(const char *folder)
{
  int count = 0;
  DIR *directory = opendir(folder);
  while (directory && readdir(directory)) count++;
  if (directory) closedir(directory);
  return count - 2;
}

MPI_TEST(what_no_data_set_can_hold_is_refused_and_leaves_nothing, 2)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  begin(world, folder, path, "set.h5");
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    FAILS(build(world, path, &refused[i].of), LW_ERROR_INPUT, refused[i].says);
  MPI_Barrier(world->all);
  CHECK(files_in(folder) == 0, "%d files stay", files_in(folder));
  end(world, folder);
}

/* The largest file that may be written is a full disk. */
MPI_TEST(a_full_disk_is_told_and_leaves_nothing, 2)
{
  static float items[1 << 20];
  const lw_builder_plan plan = {VALUES, CLASS, RANDOM};
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  struct rlimit before, small;
  lw_builder *builder = NULL;
  lw_status status = LW_OK;
  begin(world, folder, path, "set.h5");
  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = 1 << 20;
  FINE(lw_builder_create(world, path, &plan, &builder));
  if (world->rank) setrlimit(RLIMIT_FSIZE, &small);
  for (int i = 0; i < 3 && status == LW_OK; i++) {
    status = lw_builder_begin(builder, &(lw_builder_sample){.label = "a"});
    if (status == LW_OK) status = lw_builder_items(builder, items, NULL, (1 << 20) / C);
  }
  status = lw_agree(world, status);
  setrlimit(RLIMIT_FSIZE, &before);
  FAILS(status, LW_ERROR_FILE, "cannot write a temporary file beside");
  lw_builder_destroy(&builder);
  MPI_Barrier(world->all);
  CHECK(files_in(folder) == 0, "%d files stay", files_in(folder));
  end(world, folder);
}
