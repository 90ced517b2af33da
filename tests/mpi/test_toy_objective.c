/* An objective of one file (support/toy_objective.c) in place of the class: trained, and told in all
   files of the run by its own figures. */
#include "longwave/base/mem.h"
#include "longwave/run/checkpoint_test.h"
#include "longwave/run/folder.h"
#include "longwave/run/kept.h"
#include "longwave/run/metrics.h"
#include "longwave/run/run.h"
#include "mpi_folder.h"
#include "objective_case.h"
#include "toy_objective.h"

enum { SAMPLES = 24, LENGTH = 12 };

/* The label is how often token 1 comes, of three. */
static void write_set(const lw_world *world, const char *path)
{
  static const char *const names[] = {"0", "1", "2", "3"};
  const lw_dataset_recipe recipe = {.task = "toy",
                                    .input = &lw_input_tokens,
                                    .target = &lw_target_class,
                                    .documents = 1,
                                    .vocabulary = 2,
                                    .classes = 4,
                                    .scale = 1.0,
                                    .class_names = names,
                                    .origin = "made by a test",
                                    .settings = "toy: {}\n"};
  lw_samples samples[LW_SPLITS] = {{0}};
  for (int split = 0; split < LW_SPLITS && !world->rank; split++)
    for (int i = 0; i < SAMPLES; i++) {
      uint8_t items[LENGTH] = {0};
      for (int k = 0; k < i % 4; k++) items[(i + 3 * k) % LENGTH] = 1;
      FINE(lw_samples_add(&samples[split], items, LENGTH, i % 4));
    }
  FINE(lw_dataset_write(path, world, &recipe, samples));
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&samples[split]);
}

/* The first line of a file of the run. */
static void expect_header(const char *run, const char *name, const char *want)
{
  char path[LW_PATH_MAX], line[512] = "";
  FINE(lw_folder_path(run, name, path));
  FILE *file = fopen(path, "r");
  CHECK(file && fgets(line, sizeof line, file), "%s is not there", path);
  if (file) fclose(file);
  CHECK(!strcmp(line, want), "%s begins with %s", name, line);
}

static void check_files(const char *run)
{
  char path[LW_PATH_MAX];
  lw_metrics_row rows[] = {{.split = "train"}, {.split = "validation"}};
  const lw_objective *objective = NULL;
  lw_checkpoint_info *info = NULL;
  lw_kept kept = {0};
  bool found = false;
  FINE(LW_TAKE(&info, 1));
  FINE(lw_folder_path(run, "metrics.csv", path));
  FINE(lw_metrics_last(path, rows, 2, &objective));
  CHECK(objective == &toy_objective, "whose figures are they?");
  CHECK(rows[1].step == 40 && rows[1].score.value[2] < 0.8, "error %g", rows[1].score.value[2]);
  expect_header(run, "metrics.csv",
                "step,epoch,split,loss,absolute_error,bias,learning_rate,"
                "gradient_norm,tokens_per_second,seconds,near_tiles,step_loss,step_accuracy\n");
  expect_header(run, "chance.csv", "step,samples,absolute_error,low,high,chance,above_since\n");
  expect_header(run, "evaluation-test.csv",
                "checkpoint,step,samples,loss,absolute_error,low,high,chance,rmse,bias\n");
  FINE(lw_folder_path(run, "checkpoints/best.h5", path));
  FINE(lw_checkpoint_read_info(path, info));
  CHECK(info->data.objective == &toy_objective, "the checkpoint's objective");
  CHECK(info->progress.best.value[2] < 0.8, "best %g", info->progress.best.value[2]);
  FINE(lw_kept_read(run, LW_SPLIT_TEST, info->checksum, &toy_objective, &kept, &found));
  CHECK(found && kept.score.value[2] < kept.chance, "%g, of the mean %g", kept.score.value[2],
        kept.chance);
  CHECK(fabs(kept.score.value[1] - sqrt(kept.score.value[0])) < 1e-4, "root of %g: %g",
        kept.score.value[0], kept.score.value[1]);
  lw_kept_done(&kept);
  lw_mem_give(info);
}

MPI_TEST(an_objective_of_one_file_is_trained_and_told, 2)
{
  static lw_job job;
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM], text[1024], run[PATH_ROOM], best[LW_PATH_MAX];
  const volatile sig_atomic_t stop = 0;
  lw_world *own = NULL;
  lw_run_end end_of_run;
  begin(world, folder, path, "set.h5");
  write_set(world, path);
  snprintf(run, sizeof run, "%s/run", folder);
  snprintf(text, sizeof text,
           "data: {path: %s}\nmodel: {layers: 1, width: 8, heads: 2}\n"
           "objective: {select: mae}\n"
           "train: {steps: 40, batch_size: 12, evaluate_every: 20}\n"
           "optimizer: {learning_rate: 0.03, warmup: 2}\nparallel: {threads: 1}\n",
           path);
  FINE(lw_job_from_text(&job, text, "toy"));
  FINE(lw_world_create(world->all, &own));
  const lw_run_request request = {.job = &job, .folder = run, .stop = &stop};
  FINE(lw_run(&request, own, &end_of_run));
  FINE(lw_folder_path(run, "checkpoints/best.h5", best));
  FINE(lw_checkpoint_test_and_keep(own, best, LW_SPLIT_TEST, run));
  if (!world->rank) check_files(run);
  lw_world_destroy(&own);
  end(world, folder);
}

MPI_TEST(its_row_is_checked_as_those_of_the_program, 1)
{
  CHECK(row_wrong(&toy_objective) == 0, "the row");
  CHECK(gradient_wrong(&toy_objective) == 0, "the gradient");
  CHECK(parts_wrong(&toy_objective) == 0, "the sums");
}
