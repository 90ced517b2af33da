/* A checkpoint whose job shares the weights out over ranks is tested by any ranks: on several of
   them the weights are shared again, and what comes out is the same. */
#include "longwave/io/h5.h"
#include "train_case.h"

#define TEST_LIMIT 120.0
enum { SAMPLES = 12, CLASSES = 10, ROWS = 24, WIDTH = 8 };

static const struct {
  const char *file, *array;
  int64_t rows, numbers;
} results[] = {{"logits", "/logits", SAMPLES, SAMPLES *CLASSES},
               {"gradients", "/blocks.0.attention.qkv.weight", ROWS, ROWS *WIDTH},
               {"gradients", "/embedding.weight", 15, 15 * WIDTH}};
enum { RESULTS = sizeof results / sizeof *results, MOST = ROWS * WIDTH };

static void read_result(int result, int ranks, float *numbers)
{
  char path[TRAIN_PATH];
  lw_h5 *file = NULL;
  snprintf(path, sizeof path, "%s/%s%d.h5", folder, results[result].file, ranks);
  cr_assert_eq(lw_h5_open(path, &file), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(lw_h5_read(file, results[result].array, LW_H5_F32, 0, results[result].rows, numbers),
               LW_OK, "%s", lw_fail_message());
  lw_h5_close(&file);
}

static void expect_same_results(int ranks)
{
  float one[MOST], other[MOST];
  for (int result = 0; result < RESULTS; result++) {
    double norm = 0.0, error = 0.0;
    read_result(result, 1, one);
    read_result(result, ranks, other);
    for (int64_t i = 0; i < results[result].numbers; i++) {
      norm = fmax(norm, fabs((double)one[i]));
      error = fmax(error, fabs((double)one[i] - (double)other[i]));
    }
    cr_expect(norm > 0.0 && error <= 1e-5 * norm, "%s on %d ranks: %g of %g", results[result].array,
              ranks, error, norm);
  }
}

Test(shared_weights, are_evaluated_the_same_on_any_ranks, .timeout = TEST_LIMIT)
{
  start();
  train_well(2, "run",
             "--set parallel.matmul=scalapack --set parallel.sequence=2 --set train.steps=2");
  for (int ranks = 1; ranks <= 3; ranks++) {
    const int code = longwave(ranks,
                              "evaluate %s/run/checkpoints/best.h5 --logits %s/logits%d.h5 "
                              "--gradients %s/gradients%d.h5",
                              folder, folder, ranks, folder, ranks);
    cr_assert_eq(code, 0, "%s", output);
    if (ranks > 1) expect_same_results(ranks);
  }
  finish();
}
