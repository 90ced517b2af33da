/* The run folder and its metrics: what stays, what goes, what a kill may leave. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/mem.h"
#include "longwave/run/folder.h"
#include "longwave/run/metrics.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/wait.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[TEMP_FOLDER_MAX];
static char path[LW_PATH_MAX];

static const char *at(const char *name)
{
  cr_assert_eq(lw_folder_path(folder, name, path), LW_OK);
  return path;
}

static void begin(void)
{
  cr_assert(temp_folder_make(folder));
}

static void end(void)
{
  cr_assert(temp_folder_remove(folder));
  cr_assert_eq(lw_mem_live(), 0);
}

static void put(const char *name, const char *text)
{
  FILE *file = fopen(at(name), "w");
  cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s", path);
}

static void expect_text(const char *name, const char *want)
{
  char text[4096];
  FILE *file = fopen(at(name), "r");
  cr_assert(file, "no %s", path);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  cr_assert_str_eq(text, want);
}

static void expect_steps(const int64_t *want, int64_t wanted)
{
  int64_t *steps = NULL, count = -1;
  cr_assert_eq(lw_folder_steps(folder, &steps, &count), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(count, wanted);
  for (int64_t i = 0; i < count; i++) cr_assert_eq(steps[i], want[i]);
  lw_mem_give(steps);
}

static void put_checkpoints(void)
{
  static const char *const names[] = {"step-00000005.h5", "step-00000100.h5", "step-00000010.h5",
                                      "step-00000020.h5", "step-123456789.h5"};
  char name[64];
  cr_assert_eq(lw_folder_create(folder), LW_OK, "%s", lw_fail_message());
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(name, sizeof name, "checkpoints/%s", names[i]);
    put(name, names[i]);
  }
}

Test(folder, is_made_with_its_parents_and_again)
{
  begin();
  char deep[TEMP_FOLDER_MAX + 32];
  snprintf(deep, sizeof deep, "%s/a/b c/d", folder);
  for (int time = 0; time < 2; time++)
    cr_assert_eq(lw_folder_create(deep), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(access(at("a/b c/d/checkpoints"), W_OK), 0);
  put("file", "");
  snprintf(deep, sizeof deep, "%s/file/run", folder);
  cr_assert_eq(lw_folder_create(deep), LW_ERROR_FILE);
  cr_assert(strstr(lw_fail_message(), deep), "%s", lw_fail_message());
  end();
}

Test(folder, steps_come_newest_first_and_strangers_do_not_count)
{
  begin();
  expect_steps(NULL, 0); /* no checkpoints folder yet */
  put_checkpoints();
  put("checkpoints/step-00000007.h5.tmp", "");
  put("checkpoints/step-.h5", "");
  put("checkpoints/step-7.h5~", "");
  put("checkpoints/notes.h5", "");
  expect_steps((const int64_t[]){123456789, 100, 20, 10, 5}, 5);
  end();
}

Test(folder, prune_keeps_the_newest_and_the_best)
{
  begin();
  put_checkpoints();
  put("checkpoints/step-00000011.h5.tmp", "half");
  put("checkpoints/notes", "");
  cr_assert_eq(lw_folder_prune(folder, &(lw_folder_rule){.keep = 2, .best = 10}), LW_OK, "%s",
               lw_fail_message());
  expect_steps((const int64_t[]){123456789, 100, 10}, 3);
  cr_assert_neq(access(at("checkpoints/step-00000011.h5.tmp"), F_OK), 0);
  cr_assert_eq(access(at("checkpoints/notes"), F_OK), 0);
  cr_assert_eq(lw_folder_prune(folder, &(lw_folder_rule){.keep = 1}), LW_OK, "%s",
               lw_fail_message());
  expect_steps((const int64_t[]){123456789}, 1);
  end();
}

Test(folder, prune_keeps_every_so_many_steps)
{
  begin();
  put_checkpoints();
  const lw_folder_rule rule = {.keep = 1, .every = 20};
  cr_assert_eq(lw_folder_prune(folder, &rule), LW_OK, "%s", lw_fail_message());
  expect_steps((const int64_t[]){123456789, 100, 20}, 3);
  end();
}

Test(folder, links_name_their_step_if_it_is_there)
{
  begin();
  put_checkpoints();
  cr_assert_eq(lw_folder_linked(folder, "best.h5"), -1);
  cr_assert_eq(lw_folder_link(folder, "best.h5", 20), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(lw_folder_linked(folder, "best.h5"), 20);
  cr_assert_eq(lw_folder_set_aside(folder, 20), LW_OK);
  cr_assert_eq(lw_folder_linked(folder, "best.h5"), -1);
  end();
}

/* A process never meets its own lock. 0: taken, 1: refused with the name of its owner. */
static int lock_elsewhere(void)
{
  int state, lock = -1;
  char owner[32];
  snprintf(owner, sizeof owner, ": process %ld on ", (long)getpid());
  pid_t child = fork();
  if (child == 0) {
    lw_status status = lw_folder_lock(folder, 0.0, &lock);
    if (status == LW_OK) _exit(lock >= 0 ? 0 : 2);
    _exit(status == LW_ERROR_INPUT && strstr(lw_fail_message(), owner) ? 1 : 2);
  }
  waitpid(child, &state, 0);
  return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

Test(folder, has_one_owner_at_a_time)
{
  int lock = -1;
  begin();
  cr_assert_eq(lw_folder_lock(folder, 0.0, &lock), LW_OK, "%s", lw_fail_message());
  cr_assert_geq(lock, 0);
  cr_assert_eq(lock_elsewhere(), 1);
  lw_folder_unlock(&lock);
  cr_assert_eq(lock, -1);
  cr_assert_eq(lock_elsewhere(), 0); /* and what its end left is no hindrance */
  cr_assert_eq(lw_folder_lock(folder, 0.0, &lock), LW_OK, "%s", lw_fail_message());
  lw_folder_unlock(&lock);
  end();
}

Test(folder, what_is_set_aside_is_no_checkpoint)
{
  begin();
  put_checkpoints();
  cr_assert_eq(lw_folder_set_aside(folder, 100), LW_OK, "%s", lw_fail_message());
  expect_steps((const int64_t[]){123456789, 20, 10, 5}, 4);
  expect_text("checkpoints/step-00000100.h5.damaged", "step-00000100.h5");
  cr_assert_eq(lw_folder_set_aside(folder, 100), LW_ERROR_FILE);
  end();
}

Test(folder, links_move)
{
  begin();
  put_checkpoints();
  cr_assert_eq(lw_folder_link(folder, "latest.h5", 20), LW_OK, "%s", lw_fail_message());
  expect_text("checkpoints/latest.h5", "step-00000020.h5");
  cr_assert_eq(lw_folder_link(folder, "latest.h5", 100), LW_OK, "%s", lw_fail_message());
  expect_text("checkpoints/latest.h5", "step-00000100.h5");
  expect_steps((const int64_t[]){123456789, 100, 20, 10, 5}, 5); /* links are no checkpoints */
  end();
}

Test(folder, texts_are_replaced_whole)
{
  begin();
  cr_assert_eq(lw_folder_write(folder, "job.yaml", "a long first text\n"), LW_OK);
  cr_assert_eq(lw_folder_write(folder, "job.yaml", "short\n"), LW_OK);
  expect_text("job.yaml", "short\n");
  cr_assert_neq(access(at("job.yaml.tmp"), F_OK), 0);
  cr_assert_eq(lw_folder_write("/none/at/all", "job.yaml", ""), LW_ERROR_FILE);
  end();
}

Test(folder, too_long_a_path_is_refused)
{
  static char name[2 * LW_PATH_MAX];
  char joined[LW_PATH_MAX];
  memset(name, 'x', sizeof name - 1);
  cr_assert_eq(lw_folder_path("/tmp", name, joined), LW_ERROR_INPUT);
}

/* ---- metrics ---- */

#define HEADER                                                                                     \
  "step,epoch,split,loss,accuracy,learning_rate,gradient_norm,tokens_per_second,seconds,"          \
  "balanced_accuracy,macro_f1,auroc,near_tiles,step_loss,step_accuracy\n"

static void write_row(lw_metrics *metrics, int64_t step, const char *split, double rate)
{
  lw_metrics_row row = {step, 0.25, split, {{2.5, 0.125, NAN, 0.5, NAN}}, rate, rate, 1000.04, 1.5,
                        rate, rate, rate};
  cr_assert_eq(lw_metrics_write(metrics, &row), LW_OK, "%s", lw_fail_message());
}

Test(metrics, rows_of_training_and_of_evaluation)
{
  lw_metrics metrics = {0};
  begin();
  cr_assert_eq(lw_metrics_open(&metrics, at("metrics.csv"), &lw_objective_class, 0), LW_OK, "%s",
               lw_fail_message());
  write_row(&metrics, 1, "train", 0.5);
  write_row(&metrics, 1, "validation", NAN);
  /* flushed row by row: a kill loses nothing */
  expect_text("metrics.csv",
              HEADER "1,0.250000,train,2.5,0.125,0.5,0.5,1000.0,1.500,,0.5,,0.5,0.5,0.5\n"
                     "1,0.250000,validation,2.5,0.125,,,1000.0,1.500,,0.5,,,,\n");
  lw_metrics_close(&metrics);
  lw_metrics_close(&metrics);
  write_row(&metrics, 2, "train", 0.5); /* ranks without the file write nothing */
  end();
}

/* /dev/full takes nothing. */
Test(metrics, rows_wait_for_room_on_the_disk)
{
  lw_metrics metrics = {0};
  begin();
  cr_assert_eq(lw_metrics_open(&metrics, at("metrics.csv"), &lw_objective_class, 0), LW_OK, "%s",
               lw_fail_message());
  int disk = metrics.file, full = open("/dev/full", O_WRONLY);
  cr_assert_geq(full, 0);
  metrics.file = full;
  lw_metrics_row row = {1, 0.25, "train", {{2.5, 0.125}}, NAN, NAN, 1000.04, 1.5, NAN, NAN, NAN};
  for (; row.step <= 9; row.step++) cr_assert_eq(lw_metrics_write(&metrics, &row), LW_ERROR_FILE);
  cr_assert(strstr(lw_fail_message(), "No space left"), "%s", lw_fail_message());
  metrics.file = disk;
  cr_assert_eq(lw_metrics_write(&metrics, &row), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(lw_metrics_flush(&metrics), LW_OK, "%s", lw_fail_message());
  lw_metrics_close(&metrics);
  char line[256];
  FILE *file = fopen(at("metrics.csv"), "r");
  cr_assert(file && fgets(line, sizeof line, file));
  for (int step = 1; step <= 10; step++)
    cr_assert(fgets(line, sizeof line, file) && atoi(line) == step, "step %d is lost", step);
  fclose(file);
  close(full);
  end();
}

Test(metrics, reopening_drops_torn_and_later_lines)
{
  static const char killed[] = HEADER "1,a\n2,b\n2,validation\n3,c\n10,d\n4,e";
  static const struct {
    int64_t step;
    const char *left;
  } cases[] = {{10, HEADER "1,a\n2,b\n2,validation\n3,c\n10,d\n"},
               {3, HEADER "1,a\n2,b\n2,validation\n3,c\n"},
               {2, HEADER "1,a\n2,b\n2,validation\n"},
               {0, HEADER}};
  begin();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    lw_metrics metrics = {0};
    put("metrics.csv", killed);
    cr_assert_eq(lw_metrics_open(&metrics, at("metrics.csv"), &lw_objective_class, cases[i].step),
                 LW_OK, "%s", lw_fail_message());
    lw_metrics_close(&metrics);
    expect_text("metrics.csv", cases[i].left);
  }
  put("metrics.csv", "1,a"); /* torn in its first line */
  lw_metrics metrics = {0};
  cr_assert_eq(lw_metrics_open(&metrics, at("metrics.csv"), &lw_objective_class, 5), LW_OK, "%s",
               lw_fail_message());
  write_row(&metrics, 1, "validation", NAN);
  lw_metrics_close(&metrics);
  expect_text("metrics.csv", HEADER "1,0.250000,validation,2.5,0.125,,,1000.0,1.500,,0.5,,,,\n");
  end();
}

Test(metrics, the_last_row_of_each_split_is_found)
{
  lw_metrics_row rows[] = {
      {.split = "validation"}, {.split = "test", .step = 7}, {.split = "train"}};
  const lw_objective *objective = NULL;
  begin();
  put("metrics.csv", HEADER "1,0.5,train,2.5,0.125,1,1,9,9\n1,0.5,validation,1.5,0.25,,,9,9\n"
                            "2,1.0,train,2.25,0.5,1,1,9,9\n3,1.5,train");
  cr_assert_eq(lw_metrics_last(at("metrics.csv"), rows, 3, &objective), LW_OK, "%s",
               lw_fail_message());
  cr_assert(rows[0].step == 1 && rows[0].score.value[0] == 1.5 && rows[0].score.value[1] == 0.25);
  cr_assert_eq(rows[1].step, 0, "a split without rows");
  cr_assert(rows[2].step == 2 && rows[2].epoch == 1.0 && rows[2].score.value[0] == 2.25);
  cr_assert_str_eq(rows[2].split, "train");
  cr_assert_eq(objective, &lw_objective_class);
  cr_assert_eq(lw_metrics_last("/none/metrics.csv", rows, 3, &objective), LW_ERROR_FILE);
  end();
}

/* Before there were figures of evaluations alone. */
Test(metrics, of_an_older_version_are_read_and_gone_on_with)
{
  static const char old[] =
      "step,epoch,split,loss,accuracy,learning_rate,gradient_norm,tokens_per_second,seconds\n"
      "1,0.5,train,2.5,0.125,1,1,9,9\n1,0.5,validation,1.5,0.25,,,9,9\n";
  lw_metrics_row rows[] = {{.split = "validation"}};
  const lw_objective *objective = NULL;
  lw_metrics metrics = {0};
  begin();
  put("metrics.csv", old);
  cr_assert_eq(lw_metrics_last(at("metrics.csv"), rows, 1, &objective), LW_OK);
  cr_assert(objective == &lw_objective_class && rows->step == 1 && rows->score.value[1] == 0.25);
  cr_assert(isnan(rows->score.value[LW_CHOICE_F1]));
  cr_assert_eq(lw_metrics_open(&metrics, at("metrics.csv"), &lw_objective_class, 1), LW_OK);
  write_row(&metrics, 2, "validation", NAN);
  lw_metrics_close(&metrics);
  cr_assert_eq(lw_metrics_last(at("metrics.csv"), rows, 1, &objective), LW_OK);
  cr_assert(rows->step == 2 && rows->score.value[LW_CHOICE_F1] == 0.5);
  end();
}

Test(metrics, an_unwritable_file_is_refused)
{
  lw_metrics metrics = {0};
  cr_assert_eq(lw_metrics_open(&metrics, "/none/at/all/metrics.csv", &lw_objective_class, 0),
               LW_ERROR_FILE);
  cr_assert(strstr(lw_fail_message(), "/none/at/all"), "%s", lw_fail_message());
}
