/* Trainings by the program survive: resume to the bit, signals, damage, divergence; and what is
   saved can be evaluated. */
#define _POSIX_C_SOURCE 200809L
#include "approx.h"
#include "longwave/base/mem.h"
#include "longwave/io/h5.h"
#include "longwave/train/checkpoint.h"
#include "longwave/run/folder.h"
#include "train_case.h"
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define TEST_LIMIT 180.0

/* ---- what a run leaves behind ---- */

typedef struct comparison {
  const char *group;
  lw_h5 *left, *right;
  int arrays, different;
  double worst;
} comparison;

static lw_status compare_array(const char *name, void *context)
{
  comparison *c = context;
  char path[LW_H5_NAME_MAX];
  float *left = NULL, *right = NULL;
  lw_h5_shape shape, other;
  lw_status status = LW_OK;
  snprintf(path, sizeof path, "%s/%s", c->group, name);
  LW_TRY(lw_h5_array_shape(c->left, path, &shape));
  LW_TRY(lw_h5_array_shape(c->right, path, &other));
  cr_assert_eq(shape.rank, other.rank, "%s", path);
  cr_assert_eq(memcmp(shape.dims, other.dims, (size_t)shape.rank * sizeof *shape.dims), 0, "%s",
               path);
  LW_TRY(LW_TAKE(&left, shape.items));
  LW_TRY(LW_TAKE(&right, shape.items));
  LW_TRY(lw_h5_read(c->left, path, LW_H5_F32, 0, shape.dims[0], left));
  LW_TRY(lw_h5_read(c->right, path, LW_H5_F32, 0, shape.dims[0], right));
  c->arrays++;
  c->different += memcmp(left, right, (size_t)shape.items * sizeof *left) != 0;
  c->worst = fmax(c->worst, approx_error_floats(left, right, shape.items));
done:
  lw_mem_give(left);
  lw_mem_give(right);
  return status;
}

static comparison compare_files(const char *a, const char *b, const char *const *groups)
{
  comparison c = {0};
  cr_assert_eq(lw_h5_open(a, &c.left), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(lw_h5_open(b, &c.right), LW_OK, "%s", lw_fail_message());
  for (; *groups; groups++) {
    c.group = *groups;
    cr_assert_eq(lw_h5_each(c.left, *groups, compare_array, &c), LW_OK, "%s", lw_fail_message());
  }
  lw_h5_close(&c.left);
  lw_h5_close(&c.right);
  return c;
}

/* All arrays bit for bit, and the checksum that stands for them. */
static void expect_same_state(const char *a, const char *b, int step)
{
  static lw_checkpoint_info left, right;
  static const char *const groups[] = {"/parameters", "/statistics", "/optimizer/first",
                                       "/optimizer/second", NULL};
  char x[TRAIN_PATH], y[TRAIN_PATH];
  cr_assert_eq(lw_checkpoint_read_info(checkpoint_of(a, step, x), &left), LW_OK, "%s",
               lw_fail_message());
  cr_assert_eq(lw_checkpoint_read_info(checkpoint_of(b, step, y), &right), LW_OK, "%s",
               lw_fail_message());
  cr_assert_eq(left.checksum, right.checksum, "step %d: %08x and %08x", step, left.checksum,
               right.checksum);
  cr_assert_eq(left.progress.cursor, right.progress.cursor);
  cr_assert_eq(left.progress.tokens, right.progress.tokens);
  comparison c = compare_files(x, y, groups);
  cr_assert_gt(c.arrays, 60);
  cr_assert_eq(c.different, 0, "%d of %d arrays differ", c.different, c.arrays);
}

/* ---- going on ---- */

/* What a kill after step 12 leaves when the checkpoint of step 5 was the last: lines of later
   steps, the last of them torn, and a file that was being written. */
static void copy_as_killed_after_5(const char *from, const char *to)
{
  shell("set -e; cd %s; cp -a %s %s; cd %s; printf '13,1.9,train,2.2' >> metrics.csv;"
        "cd checkpoints; rm -f step-00000008.h5 step-0000001?.h5;"
        "ln -sf step-00000005.h5 latest.h5; echo part > step-00000010.h5.tmp",
        folder, from, to, to);
}

static void check_resume(int ranks)
{
  char path[TRAIN_PATH + 4], unfinished[TRAIN_PATH];
  start();
  train_well(ranks, "whole", "");
  copy_as_killed_after_5("whole", "killed");
  train_well(ranks, "killed", "--resume");
  cr_assert(strstr(output, "step 5, epoch 0.7500"), "%s", output); /* 5 times 6 samples of 40 */
  expect_in_output("start 2 of this run, on host ");
  expect_in_output(ranks == 1 ? ": 1 rank x 1 thread; this node has "
                              : ": 2 ranks x 1 thread; this");
  expect_same_state("whole", "killed", 10);
  expect_same_state("whole", "killed", 12);
  expect_same_metrics("whole", "killed");
  snprintf(path, sizeof path, "%s.tmp", checkpoint_of("killed", 10, unfinished));
  cr_assert_neq(access(path, F_OK), 0, "the unfinished file stays");
  finish();
}

Test(resume, repeats_the_very_bits_on_one_rank, .timeout = TEST_LIMIT)
{
  check_resume(1);
}

Test(resume, repeats_the_very_bits_on_two_ranks, .timeout = TEST_LIMIT)
{
  check_resume(2);
}

Test(resume, goes_on_with_other_ranks, .timeout = TEST_LIMIT)
{
  start();
  train_well(2, "two", "");
  copy_as_killed_after_5("two", "three");
  train_well(3, "three", "--resume");
  double error = metrics_error("two", "three");
  cr_assert_leq(error, 1e-6, "losses differ by %g", error);
  finish();
}

/* Batch norm, dropout and pieces included: see start(). */
Test(resume, may_begin_to_compute_again, .timeout = TEST_LIMIT)
{
  start();
  train_well(2, "whole", "");
  copy_as_killed_after_5("whole", "killed");
  train_well(2, "killed", "--resume --set parallel.recompute=true");
  cr_assert(strstr(output, "parallel.recompute: false in the checkpoint, true in the job"), "%s",
            output);
  expect_same_state("whole", "killed", 12);
  expect_same_metrics("whole", "killed");
  finish();
}

/* Weights shared out over the ranks: the same training to rounding, the same bits after a kill, and
   files that any other way of multiplying goes on from. */
static void check_shared_weights(int ranks)
{
  const char *const how = "--set parallel.matmul=scalapack";
  char resume[128];
  start();
  train_well(ranks, "local", "");
  train_well(ranks, "shared", how);
  double error = metrics_error("local", "shared");
  cr_assert_leq(error, 1e-5, "losses differ by %g", error);
  copy_as_killed_after_5("shared", "killed");
  snprintf(resume, sizeof resume, "--resume %s", how);
  train_well(ranks, "killed", resume);
  expect_same_state("shared", "killed", 12);
  copy_as_killed_after_5("shared", "changed");
  train_well(ranks == 2 ? 3 : 2, "changed", "--resume");
  error = metrics_error("local", "changed");
  cr_assert_leq(error, 1e-5, "losses differ by %g", error);
  finish();
}

Test(matmul, by_shared_weights_trains_the_same_on_two_ranks, .timeout = TEST_LIMIT)
{
  check_shared_weights(2);
}

Test(matmul, by_shared_weights_trains_the_same_on_three_ranks, .timeout = TEST_LIMIT)
{
  check_shared_weights(3);
}

Test(resume, of_no_run_is_an_error_and_auto_starts_one, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  train_well(2, "run", "");
  cr_assert_eq(train(2, "resumed", "--resume"), 2, "%s", output);
  cr_assert(strstr(output, "leave --resume out to start at step 0, or write --resume=auto"), "%s",
            output);
  snprintf(path, sizeof path, "%s/resumed", folder);
  cr_assert_neq(access(path, F_OK), 0, "a refused run has left its folder");
  train_well(2, "resumed", "--resume=auto");
  cr_assert(strstr(output, "no checkpoint yet: starting from step 0"), "%s", output);
  expect_same_metrics("run", "resumed");
  finish();
}

Test(resume, of_a_finished_run_does_nothing, .timeout = TEST_LIMIT)
{
  start();
  train_well(0, "run", "");
  shell("cp -a %s/run %s/copy", folder, folder);
  train_well(0, "run", "--resume");
  cr_assert(strstr(output, "finished at step 12 of 12: nothing to do"), "%s", output);
  expect_same_metrics("run", "copy");
  finish();
}

/* Start the training of `run` on `ranks`, do `deed` in the shell when the checkpoint is there ($job
   is mpirun's process), and return the exit code of mpirun. When the time is up, the shell gets
   TERM and must take the endless training with it. */
static int interrupt(const char *run, int ranks, const char *deed)
{
  char path[TRAIN_PATH], text[6 * TRAIN_PATH];
  snprintf(text, sizeof text,
           "mpirun -n %d %s train %s/job.yaml --run %s/%s %s --set checkpoint.every=20 & job=$!\n"
           "trap 'kill $job; wait $job; exit 124' TERM\n"
           "for i in $(seq 1000); do [ -e %s ] && break; sleep 0.02; done\n"
           "%s\nwait $job",
           ranks, run_longwave(), folder, folder, run, ENDLESS, checkpoint_of(run, 20, path), deed);
  return run_program((const char *const[]){"sh", "-c", text, NULL}, 0, TRAIN_LIMIT, output,
                     sizeof output);
}

/* The run goes on for 3 steps more and is then as one that nobody disturbed. */
static void check_goes_on(const char *run, int ranks)
{
  char more[512];
  int64_t step = newest_step(run);
  snprintf(more, sizeof more, "%s --set train.steps=%lld", ENDLESS, (long long)step + 3);
  train_well(ranks, "undisturbed", more);
  snprintf(more, sizeof more, "--resume %s --set train.steps=%lld", ENDLESS, (long long)step + 3);
  train_well(ranks, run, more);
  expect_same_state(run, "undisturbed", (int)step + 3);
}

Test(signals, usr1_saves_and_leaves, .timeout = TEST_LIMIT)
{
  static row rows[ROWS_MAX];
  start();
  int code = interrupt("run", 2, "kill -USR1 $job");
  cr_assert_eq(code, 130, "%d: %s", code, output);
  cr_assert(strstr(output, "everything is saved"), "%s", output);
  cr_assert(strstr(output, "--resume"), "%s", output);
  int count = read_metrics("run", rows);
  cr_assert_eq(newest_step("run"), rows[count - 1].step, "the last step is not saved");
  check_goes_on("run", 2);
  finish();
}

/* A scheduler may signal one rank alone: all leave at the same step. */
Test(signals, usr1_to_the_last_rank_is_enough, .timeout = TEST_LIMIT)
{
  start();
  int code = interrupt("run", 2, "set -- $(cat /proc/$job/task/$job/children); kill -USR1 $2");
  cr_assert_eq(code, 130, "%d: %s", code, output);
  cr_assert(strstr(output, "everything is saved"), "%s", output);
  finish();
}

Test(signals, a_killed_run_goes_on, .timeout = TEST_LIMIT)
{
  setenv("OMPI_MCA_btl", "self,tcp", 1); /* killed ranks would leave their shared memory behind */
  start();
  int code = interrupt("run", 2, "kill -KILL $(cat /proc/$job/task/$job/children)");
  cr_assert_eq(code, 137, "%d: %s", code, output);
  check_goes_on("run", 2);
  finish();
}

/* ---- damage ---- */

static void check_damage(int ranks, const char *damage)
{
  char path[TRAIN_PATH];
  start();
  train_well(ranks, "whole", "");
  shell("cp -a %s/whole %s/damaged", folder, folder);
  shell("f=%s; %s", checkpoint_of("damaged", 12, path), damage);
  train_well(ranks, "damaged", "--resume");
  cr_assert(strstr(output, "step-00000012.h5"), "%s", output);
  cr_assert(strstr(output, "trying the previous checkpoint"), "%s", output);
  cr_assert(strstr(output, "step 10, epoch"), "%s", output);
  expect_same_state("whole", "damaged", 12);
  expect_same_metrics("whole", "damaged");
  finish();
}

Test(damage, a_truncated_checkpoint_gives_way_to_the_one_before, .timeout = TEST_LIMIT)
{
  check_damage(1, "truncate -s 30000 $f");
}

Test(damage, an_overwritten_checkpoint_gives_way_to_the_one_before, .timeout = TEST_LIMIT)
{
  check_damage(2, "head -c 400 /dev/zero | tr '\\0' x | "
                  "dd of=$f bs=1 seek=$(($(stat -c %s $f) / 2)) conv=notrunc");
}

/* The damaged checkpoint of a later step is not the newest when those of this life are pruned. */
Test(damage, a_damaged_checkpoint_does_not_outlive_good_ones, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH], aside[TRAIN_PATH + 16];
  start();
  train_well(2, "run", "--set train.evaluate_every=0 --set train.steps=10");
  shell("truncate -s 30000 %s", checkpoint_of("run", 10, path));
  snprintf(aside, sizeof aside, "%s.damaged", path);
  train_well(2, "run",
             "--resume --set train.evaluate_every=0 --set train.steps=8 "
             "--set checkpoint.keep=1");
  cr_assert_eq(access(aside, F_OK), 0, "the damaged file is gone");
  cr_assert_eq(newest_step("run"), 8);
  cr_assert_eq(longwave(0, "inspect %s/run/checkpoints/latest.h5", folder), 0, "%s", output);
  finish();
}

/* ---- no number ---- */

static void check_divergence(int ranks)
{
  char path[TRAIN_PATH];
  start();
  /* Decoupled decay of 10 x 10 multiplies every weight by -99 a step. */
  int code = train(ranks, "run",
                   "--set optimizer.learning_rate=10 --set optimizer.weight_decay=10 "
                   "--set optimizer.warmup=0 --set optimizer.clip=0 "
                   "--set train.steps=500 --set checkpoint.every=1");
  cr_assert_eq(code, 6, "%d: %s", code, output);
  cr_assert_eq(times_in_output("error: step"), 1, "%s", output);
  cr_assert(strstr(output, "Lower optimizer.learning_rate"), "%s", output);
  cr_assert(strstr(output, "\nblocks.0.attention.qkv.weight "), "no table: %s", output);
  checkpoint_of("run", (int)newest_step("run"), path);
  cr_assert_eq(longwave(0, "inspect %s", path), 0, "%s", output);
  cr_assert_eq(times_in_output("nan"), 0, "%s", output);
  finish();
}

Test(divergence, stops_with_a_table_and_keeps_the_last_checkpoint, .timeout = TEST_LIMIT)
{
  check_divergence(1);
}

Test(divergence, stops_on_all_ranks, .timeout = TEST_LIMIT)
{
  check_divergence(3);
}

/* ---- evaluation ---- */

static void evaluate(int ranks, const char *name)
{
  char path[TRAIN_PATH];
  checkpoint_of("run", 12, path);
  int code = longwave(ranks,
                      "evaluate %s --batch-size 5 --logits %s/logits-%s.h5 "
                      "--gradients %s/gradients-%s.h5",
                      path, folder, name, folder, name);
  cr_assert_eq(code, 0, "%s", output);
  cr_assert(strstr(output, "samples 12, loss "), "%s", output);
}

Test(evaluate, gives_the_same_logits_and_gradients_on_any_ranks, .timeout = TEST_LIMIT)
{
  static const char *const parameters[] = {"/parameters", NULL};
  char a[TRAIN_PATH], b[TRAIN_PATH], saved[TRAIN_PATH];
  lw_h5_shape logits, labels;
  comparison c = {.group = ""};
  start();
  train_well(2, "run", "");
  evaluate(1, "one");
  evaluate(3, "three");
  snprintf(a, sizeof a, "%s/logits-one.h5", folder);
  snprintf(b, sizeof b, "%s/logits-three.h5", folder);
  cr_assert_eq(lw_h5_open(a, &c.left), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(lw_h5_open(b, &c.right), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(compare_array("logits", &c), LW_OK, "%s", lw_fail_message());
  cr_assert_leq(c.worst, 1e-5, "logits differ by %g", c.worst);
  cr_assert_eq(lw_h5_array_shape(c.left, "/logits", &logits), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(lw_h5_array_shape(c.left, "/labels", &labels), LW_OK, "%s", lw_fail_message());
  cr_assert(logits.rank == 2 && logits.dims[0] == 12 && logits.dims[1] == 10);
  cr_assert(labels.rank == 1 && labels.dims[0] == 12);
  lw_h5_close(&c.left);
  lw_h5_close(&c.right);

  snprintf(a, sizeof a, "%s/gradients-one.h5", folder);
  snprintf(b, sizeof b, "%s/gradients-three.h5", folder);
  c = compare_files(a, b, parameters);
  cr_assert_leq(c.worst, 1e-5, "gradients differ by %g", c.worst);
  /* Names and shapes are the checkpoint's. */
  int arrays = c.arrays;
  c = compare_files(checkpoint_of("run", 12, saved), a, parameters);
  cr_assert_eq(c.arrays, arrays);
  cr_assert_eq(c.different, arrays);
  finish();
}
