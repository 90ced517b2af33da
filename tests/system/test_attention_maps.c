/* inspect --attention: numbers that are attention, pictures that are pictures, clocks, and
   refusals. */
#include "longwave/base/mem.h"
#include "longwave/io/h5.h"
#include "train_case.h"
#include <png.h>

#define TEST_LIMIT 180.0
enum { TOKENS_MOST = 20, PAIRS_MOST = TOKENS_MOST * TOKENS_MOST };

static lw_h5 *open_maps(const char *file)
{
  char path[TRAIN_PATH];
  lw_h5 *h5 = NULL;
  snprintf(path, sizeof path, "%s/%s", folder, file);
  cr_assert_eq(lw_h5_open(path, &h5), LW_OK, "%s", lw_fail_message());
  return h5;
}

static int64_t read_map(const char *file, int layer, int head, const char *stage, float *map)
{
  char name[LW_H5_NAME_MAX];
  lw_h5 *h5 = open_maps(file);
  lw_h5_shape shape;
  snprintf(name, sizeof name, "/layers/%d/heads/%d/%s", layer, head, stage);
  cr_assert_eq(lw_h5_array_shape(h5, name, &shape), LW_OK, "%s", lw_fail_message());
  cr_assert(shape.rank == 2 && shape.dims[0] == shape.dims[1] && shape.items <= PAIRS_MOST);
  cr_assert_eq(lw_h5_read(h5, name, LW_H5_F32, 0, shape.dims[0], map), LW_OK, "%s",
               lw_fail_message());
  lw_h5_close(&h5);
  return shape.dims[0];
}

/* Causal attention in chunks of `chunk` tokens, smoothed over 3 keys around each. */
static void expect_attention(const char *file, int64_t chunk)
{
  static float before[PAIRS_MOST], after[PAIRS_MOST];
  for (int place = 0; place < 4; place++) {
    const int64_t T = read_map(file, place / 2, place % 2, "before", before);
    cr_assert_eq(read_map(file, place / 2, place % 2, "after", after), T);
    for (int64_t i = 0; i < T; i++) {
      double sum = 0.0;
      for (int64_t j = 0; j < T; j++) {
        const float *a = before + i * T;
        const int64_t first = i / chunk * chunk, end = first + chunk < T ? first + chunk : T;
        cr_assert(j >= first && j <= i ? a[j] > 0.0f : a[j] == 0.0f, "%d %d", (int)i, (int)j);
        sum += (double)a[j];
        const double mean = ((j > first ? (double)a[j - 1] : 0.0) + (double)a[j] +
                             (j + 1 < end ? (double)a[j + 1] : 0.0)) /
                            3.0;
        cr_assert_float_eq(after[i * T + j], j >= first && j < end ? mean : 0.0, 1e-6);
      }
      cr_assert_float_eq(sum, 1.0, 1e-5);
    }
  }
}

static void expect_picture(const char *name)
{
  char path[TRAIN_PATH];
  png_image image = {.version = PNG_IMAGE_VERSION};
  snprintf(path, sizeof path, "%s/%s", folder, name);
  cr_assert(png_image_begin_read_from_file(&image, path), "%s: %s", path, image.message);
  cr_assert(image.width > 400 && image.height > 400, "%u x %u", image.width, image.height);
  png_image_free(&image);
}

Test(maps, hold_attention_before_and_after_smoothing, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  for (int ranks = 1; ranks <= 3; ranks++) {
    const int64_t chunk = ranks == 3 ? 7 : TOKENS_MOST;
    char run[16], more[64] = "--set model.norm=layer";
    snprintf(run, sizeof run, "run%d", ranks);
    if (ranks == 3) strcat(more, " --set attention.chunk=7");
    train_well(2, run, more);
    cr_assert_eq(longwave(ranks,
                          "inspect --attention %s --sample %d --out %s/maps.h5 --pictures "
                          "%s/maps",
                          checkpoint_of(run, 12, path), ranks, folder, folder),
                 0, "%s", output);
    expect_attention("maps.h5", chunk);
    expect_picture("maps/layer-0.png");
    expect_picture("maps/layer-1.png");
  }
  finish();
}

/* Of layer 1: readings that add up the steps, 0 in head 0, which does not decay. step [2, T] out;
   returns T. */
static int64_t read_clock(const char *file, double *step, double alpha[2])
{
  double reading[2 * TOKENS_MOST];
  lw_h5 *h5 = open_maps(file);
  lw_h5_shape shape;
  cr_assert_eq(lw_h5_array_shape(h5, "/layers/1/steps", &shape), LW_OK, "%s", lw_fail_message());
  cr_assert(shape.rank == 2 && shape.dims[0] == 2 && shape.dims[1] <= TOKENS_MOST);
  cr_assert_eq(lw_h5_read(h5, "/layers/1/steps", LW_H5_F64, 0, 2, step), LW_OK);
  cr_assert_eq(lw_h5_read(h5, "/layers/1/readings", LW_H5_F64, 0, 2, reading), LW_OK);
  cr_assert_eq(lw_h5_get_real(h5, "/layers/1/heads/0/before", "alpha", &alpha[0]), LW_OK);
  cr_assert_eq(lw_h5_get_real(h5, "/layers/1/heads/1/after", "alpha", &alpha[1]), LW_OK);
  lw_h5_close(&h5);
  const int64_t T = shape.dims[1];
  for (int64_t n = 0; n < 2 * T; n++) {
    const double before = n % T ? reading[n - 1] : 0.0;
    cr_assert(isfinite(step[n]) && step[n] >= 0.0 && (n >= T || step[n] == 0.0));
    cr_assert_float_eq(reading[n], before + step[n], 1e-9 * reading[n]);
  }
  return T;
}

/* What the table of `inspect` has in a column of head 1 of block 1. */
static double told(int column)
{
  const char *line = strstr(output, "          1     1 ");
  cr_assert(line, "%s", output);
  double number[5] = {0};
  cr_assert(sscanf(line, "%lf%lf%lf%lf%lf", &number[0], &number[1], &number[2], &number[3],
                   &number[4]) == 5);
  return number[column];
}

static void look_at(const char *run, int sample)
{
  cr_assert_eq(longwave(0,
                        "inspect --attention %s/%s --sample %d --out %s/maps.h5 --pictures "
                        "%s/maps",
                        folder, run, sample, folder, folder),
               0, "%s", output);
  expect_picture("maps/layer-1.png");
}

Test(maps, show_what_clocks_have_learnt, .timeout = TEST_LIMIT)
{
  double step[2 * TOKENS_MOST], alpha[2];
  start();
  train_well(0, "learned", "--set attention.clock=learned");
  train_well(2, "content", "--set attention.clock=content --set attention.chunk=7");
  cr_assert_eq(longwave(0, "inspect %s/learned", folder), 0, "%s", output);
  expect_in_output("clock       learned; distance in tokens\n");
  const double now = told(3);
  cr_assert(told(2) == 0.2 && now > 0.0 && fabs(now - 0.2) > 5e-5, "%s", output);
  cr_assert_float_eq(told(4), 1.0 / now, 0.01);
  look_at("learned", 1);
  const int64_t T = read_clock("maps.h5", step, alpha);
  for (int64_t t = 0; t < T; t++) cr_assert_float_eq(step[T + t], alpha[1], 1e-6);
  cr_assert(alpha[0] == 0.0 && fabs(alpha[1] - now) < 5e-4 * now);
  cr_assert_eq(longwave(0, "inspect %s/content", folder), 0, "%s", output);
  cr_assert(times_in_output("gate at 0") && fabs(told(3) - 0.2) > 5e-5, "%s", output);
  finish();
}

static void write_stays(void)
{
  static const char *const splits[] = {"train", "validation", "test"};
  char text[8192] = "id,time,x,class,split\n";
  size_t used = strlen(text);
  for (int sample = 0; sample < 18; sample++) {
    const int tokens = sample % 3 ? 15 : 1;
    double time = 0.0;
    for (int t = 0; t < tokens; t++) {
      if (sample % 3 == 1) time += t == 7 ? 1e15 : 0.5; /* those of sample % 3 == 2 stand still */
      used += (size_t)snprintf(text + used, sizeof text - used, "s%d,%.17g,%d,%d,%s\n", sample,
                               time, (t * 7 + sample) % 5, sample % 2, splits[sample / 3 % 3]);
    }
  }
  cr_assert_lt(used, sizeof text);
  write_text("stays.csv", text);
  shell("%s prepare table --out %s/stays.h5 --train %s/stays.csv --rows step --id id --time time "
        "--repeated keep --target class --split split --quiet",
        run_longwave(), folder, folder);
}

/* What cancels across a giant gap is not multiplied by it. */
static void expect_small_gradients(const char *run)
{
  static row rows[ROWS_MAX];
  double norm = 0.0;
  cr_assert_gt(read_metrics(run, rows), 0);
  cr_assert(sscanf(rows[0].computed, "%*d,%*f,train,%*f,%*f,%*f,%lf", &norm) == 1, "%s",
            rows[0].computed);
  cr_assert(norm > 0.0 && norm < 100.0, "%s: %g", run, norm);
}

/* Samples of one token, with a giant gap, and of times that stand still. */
Test(maps, of_odd_times_are_finite, .timeout = TEST_LIMIT)
{
  static const char *const clocks[] = {
      "attention.clock=time", "attention.clock=learned --set attention.clock_step=times",
      "attention.clock=content --set attention.clock_step=times --set attention.locality=bias"};
  double step[2 * TOKENS_MOST], alpha[2];
  char more[2 * TRAIN_PATH], run[16];
  start();
  write_stays();
  for (int sample = 0; sample < 3; sample++) {
    snprintf(run, sizeof run, "run%d", sample);
    snprintf(more, sizeof more,
             "--set data.path=%s/stays.h5 --set model.norm=layer --set attention.window=1 --set %s",
             folder, clocks[sample]);
    train_well(0, run, more);
    expect_small_gradients(run);
    look_at(run, sample);
    const int64_t T = read_clock("maps.h5", step, alpha);
    for (int64_t t = 0; t < T; t++)
      cr_assert(sample == 1 ? t < 7 || step[T + 7] > 1e7 : step[T + t] == 0.0);
  }
  cr_assert_eq(longwave(0, "inspect %s/run2", folder), 0, "%s", output);
  expect_in_output("distance in typical gaps of 0.5\n");
  cr_assert_eq(longwave(0, "predict %s/run2 %s/stays.h5 --explain %s/why.h5 --sample 1", folder,
                        folder, folder),
               0, "%s", output);
  cr_assert_eq(read_clock("why.h5", step, alpha), 15);
  finish();
}

Test(maps, are_refused_with_a_reason, .timeout = TEST_LIMIT)
{
  char path[TRAIN_PATH];
  start();
  train_well(1, "run", "");
  checkpoint_of("run", 12, path);
  cr_assert_eq(longwave(2, "inspect --attention %s", path), 2, "%s", output);
  cr_assert(times_in_output("give --out FILE.h5, --pictures FOLDER or both"), "%s", output);
  cr_assert_eq(longwave(2, "inspect --attention %s --sample 12 --out %s/m.h5", path, folder), 2);
  cr_assert(times_in_output("has 12 samples in its test split"), "%s", output);
  cr_assert_eq(longwave(2, "inspect --attention %s --pictures %s/none/p", path, folder), 4);
  cr_assert(times_in_output("cannot make the folder"), "%s", output);
  cr_assert_eq(longwave(2, "inspect --attention %s/set.h5 --out %s/m.h5", folder, folder), 5);
  cr_assert_eq(train(0, "none", "--set attention.clock=time"), 2, "%s", output);
  expect_in_output("attention.clock: time: ");
  expect_in_output("set.h5 has no times; take clock index, learned or content, or make the data");
  cr_assert_eq(train(0, "none", "--set attention.clock=learned --set attention.clock_step=times"),
               2, "%s", output);
  expect_in_output("set.h5 has no times; take clock_step tokens, or make the data set with times");
  finish();
}
