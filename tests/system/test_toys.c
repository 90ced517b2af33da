/* The program with a task and a backend of one file each (support/toy_task.c, toy_backend.c): from a
   text to a data set that is trained on. */
#include "train_case.h"

#define TEST_LIMIT 120.0

static int prepare_votes(int ranks, const char *text)
{
  write_text("votes.txt", text);
  return longwave(ranks, "prepare vote --votes %s/votes.txt --out %s/set.h5 --force", folder,
                  folder);
}

/* Elections of 3 to 15 votes, and a job for them. */
static void write_votes(void)
{
  enum { LINES = 80 };
  char text[LINES * 16 + 1], *to = text, job[2 * TRAIN_PATH];
  for (int n = 0; n < LINES; n++) {
    for (int k = 0; k < 3 + n % 7 * 2; k++) *to++ = "ab"[(n * 5 + k * k * (n % 3)) % 7 > 2];
    *to++ = '\n';
  }
  *to = 0;
  cr_assert_eq(prepare_votes(2, text), 0, "%s", output);
  snprintf(job, sizeof job,
           "data: {path: %s/set.h5}\nmodel: {layers: 1, width: 8, heads: 2}\n"
           "attention: {causal: false}\nparallel: {threads: 1}\n"
           "train: {steps: 40, batch_size: 12, evaluate_every: 20}\n"
           "optimizer: {learning_rate: 0.03, warmup: 2}\n",
           folder);
  write_text("job.yaml", job);
}

Test(toys, a_task_and_a_backend_of_one_file_serve_a_training, .timeout = TEST_LIMIT)
{
  static row rows[ROWS_MAX];
  cr_assert(temp_folder_make(folder));
  write_votes();
  expect_in_output("vote");
  cr_assert_eq(longwave(0, "inspect %s/set.h5 --verify", folder), 0, "%s", output);
  train_well(0, "fused", "");
  train_well(0, "double", "--set attention.engine=double");
  train_well(2, "sharded", "--set attention.engine=double --set parallel.sequence=2");
  cr_assert_lt(metrics_error("fused", "double"), 1e-4);
  cr_assert_lt(metrics_error("fused", "sharded"), 1e-4);
  const int last = read_metrics("double", rows) - 1;
  cr_assert_str_eq(rows[last].split, "validation");
  cr_assert_gt(rows[last].accuracy, 0.9, "%s", rows[last].computed);
  finish();
}

Test(toys, wrong_input_of_a_task_of_one_file_is_refused, .timeout = TEST_LIMIT)
{
  static const struct {
    const char *text, *says;
  } wrong[] = {{"aab\nbcb\n", "votes.txt' line 2: character 2 is neither a nor b; remove it"},
               {"b\nabba\n", "votes.txt' line 2: 2 votes for each of a and b; remove the line"},
               {"", "votes.txt' is empty; add lines of votes"}};
  cr_assert(temp_folder_make(folder));
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    cr_assert_eq(prepare_votes(i ? 0 : 2, wrong[i].text), 2, "%s", output);
    cr_assert_eq(times_in_output(wrong[i].says), 1, "%s", output);
    shell("! ls -A %s | grep set.h5", folder);
  }
  cr_assert_eq(longwave(0, "prepare votes --out %s/set.h5", folder), 2);
  expect_in_output("there is no task 'votes'; did you mean 'vote'?");
  finish();
}
