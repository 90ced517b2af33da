/* Pathfinder pictures: their statistics against those of 2,000 and 60 pictures drawn with the
 * generator of Long Range Arena's data, and what must hold of each; the release's folders. */
#include "longwave/task/pathfinder.h"
#include "longwave/base/mem.h"
#include "longwave/io/h5.h"
#include "longwave/io/png.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MARKS = 2 };

static lw_pathfinder *pathfinder;
static lw_pathfinder_desk *desk;
static uint8_t pixels[128 * 128];

static void open_desk(int64_t side, lw_pathfinder_level level)
{
  const lw_pathfinder_settings settings = lw_pathfinder_settings_of(side, level);
  cr_assert_eq(lw_pathfinder_create(&settings, &pathfinder), LW_OK);
  cr_assert_eq(lw_pathfinder_desk_create(pathfinder, &desk), LW_OK);
}

static void close_desk(void)
{
  lw_pathfinder_desk_destroy(&desk);
  lw_pathfinder_destroy(&pathfinder);
  cr_assert_eq(lw_mem_live(), 0);
}

static lw_pathfinder_truth draw(uint64_t seed, uint64_t number)
{
  lw_pathfinder_truth truth;
  cr_assert(lw_pathfinder_draw(desk, seed, number, pixels, &truth));
  return truth;
}

/* ---- statistics ---- */

enum { BANDS = 5, FIGURES = BANDS + 5 };

/* The light of 3 x 3 pixels. */
static int light_at(int64_t side, int64_t y, int64_t x)
{
  int light = 0;
  for (int64_t k = 0; k < 9; k++) light += pixels[(y + k / 3 - 1) * side + x + k % 3 - 1];
  return light;
}

/* Where the discs are: mean row and column of all 3 x 3 pixels with nine tenths of the greatest
 * light, and their share in the middle third. */
static void find_marks(int64_t side, double *figure)
{
  const double middle = (double)(side - 1) / 2;
  double count = 0.0;
  int most = 0;
  for (int64_t y = 1; y < side - 1; y++)
    for (int64_t x = 1; x < side - 1; x++)
      most = light_at(side, y, x) > most ? light_at(side, y, x) : most;
  for (int64_t y = 1; y < side - 1; y++)
    for (int64_t x = 1; x < side - 1; x++) {
      if (10 * light_at(side, y, x) < 9 * most) continue;
      count++;
      figure[0] += (double)y;
      figure[1] += (double)x;
      figure[2] += fabs((double)y - middle) < (double)side / 6 &&
                   fabs((double)x - middle) < (double)side / 6;
    }
  for (int i = 0; i < 3; i++) figure[i] /= count;
}

/* Shares of pixels in bands of brightness, mean and deviation of a picture, and its marks. */
static void measure(int64_t side, double *figure)
{
  static const int least[BANDS + 1] = {1, 32, 96, 160, 224, 256};
  const double count = (double)(side * side);
  double sum = 0.0, squares = 0.0;
  for (int i = 0; i < FIGURES; i++) figure[i] = 0.0;
  for (int64_t i = 0; i < side * side; i++) {
    for (int band = 0; band < BANDS; band++)
      figure[band] += pixels[i] >= least[band] && pixels[i] < least[band + 1] ? 1.0 / count : 0.0;
    sum += pixels[i];
    squares += pixels[i] * pixels[i];
  }
  figure[BANDS] = sum / count;
  figure[BANDS + 1] = sqrt(squares / count - sum / count * sum / count);
  find_marks(side, figure + BANDS + 2);
}

typedef struct reference {
  double mean, deviation; /* over the reference pictures */
} reference;

/* Means over `count` pictures within four standard errors of the reference. */
static void compare(int64_t side, int count, int reference_count, const reference *expected)
{
  static const char *const name[FIGURES] = {"share of 1..31",      "share of 32..95",
                                            "share of 96..159",    "share of 160..223",
                                            "share of 224..255",   "mean",
                                            "deviation",           "row of the discs",
                                            "column of the discs", "discs in the middle"};
  double sum[FIGURES] = {0};
  int64_t ones = 0;
  open_desk(side, LW_PATHFINDER_HARD);
  for (int i = 0; i < count; i++) {
    double figure[FIGURES];
    ones += draw(1, (uint64_t)i).label;
    measure(side, figure);
    for (int k = 0; k < FIGURES; k++) sum[k] += figure[k] / count;
  }
  for (int k = 0; k < FIGURES; k++) {
    const double error = expected[k].deviation * sqrt(1.0 / count + 1.0 / reference_count);
    cr_expect_lt(fabs(sum[k] - expected[k].mean), 4.0 * error, "%s: %.5f, reference %.5f +- %.5f",
                 name[k], sum[k], expected[k].mean, error);
  }
  cr_expect_lt(fabs((double)ones / count - 0.5), 2.0 / sqrt(count), "%d ones", (int)ones);
  close_desk();
}

Test(pathfinder, pictures_of_32_are_like_the_reference)
{
  static const reference expected[FIGURES] = {
      {0.216570, 0.028720},  {0.043915, 0.007692},  {0.066321, 0.008801},  {0.043372, 0.008779},
      {0.006613, 0.003384},  {22.276535, 2.766803}, {52.828659, 3.194064}, {15.692156, 4.446303},
      {15.732351, 4.521497}, {0.354413, 0.319289},
  };
  compare(32, 1500, 2000, expected);
}

Test(pathfinder, pictures_of_128_are_like_the_reference)
{
  static const reference expected[FIGURES] = {
      {0.125865, 0.007404},   {0.031512, 0.003542},  {0.010984, 0.001026},  {0.027406, 0.002303},
      {0.012735, 0.001687},   {11.809081, 1.018591}, {42.689054, 1.751873}, {54.329123, 17.615535},
      {53.426842, 16.397476}, {0.315789, 0.227462},
  };
  compare(128, 100, 60, expected);
}

/* ---- what must hold of each ---- */

/* Recorded from this program: the same seed must go on to mean the same pictures. */
Test(pathfinder, a_picture_is_a_function_of_seed_and_number)
{
  static const struct {
    int64_t side;
    uint32_t checksum;
  } known[] = {{16, 0xe36e57e2u}, {32, 0x5bdd0d42u}, {64, 0x42c3658bu}, {128, 0xb0789cbau}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    const int64_t side = known[i].side;
    uint32_t all = 0;
    open_desk(side, LW_PATHFINDER_HARD);
    for (uint64_t n = 0; n < 3; n++) {
      draw(5, n);
      all = lw_crc32(all, pixels, side * side);
    }
    cr_expect_eq(all, known[i].checksum, "%d pixels: %08x", (int)side, all);
    uint8_t third[sizeof pixels];
    memcpy(third, pixels, sizeof third);
    draw(6, 2);
    cr_expect_arr_neq(third, pixels, (size_t)(side * side));
    close_desk();

    /* a desk that has drawn nothing before */
    open_desk(side, LW_PATHFINDER_HARD);
    draw(5, 2);
    cr_expect_arr_eq(third, pixels, (size_t)(side * side));
    close_desk();
  }
}

/* Recorded when every test was made pixel by pixel in real numbers: pictures and what they show. */
Test(pathfinder, pictures_stay_those_of_the_plain_rules)
{
  static const struct {
    int64_t side;
    lw_pathfinder_level level;
    uint32_t checksum;
  } known[] = {
      {16, LW_PATHFINDER_EASY, 0x9ed139adu},  {16, LW_PATHFINDER_INTERMEDIATE, 0x0a870534u},
      {16, LW_PATHFINDER_HARD, 0xcfe6f777u},  {24, LW_PATHFINDER_HARD, 0xcd581d72u},
      {32, LW_PATHFINDER_EASY, 0x7a6c87b1u},  {32, LW_PATHFINDER_HARD, 0x0d508740u},
      {48, LW_PATHFINDER_HARD, 0x48ce5202u},  {64, LW_PATHFINDER_EASY, 0x33e097a4u},
      {64, LW_PATHFINDER_HARD, 0xe846f20eu},  {100, LW_PATHFINDER_HARD, 0xdbeaef32u},
      {128, LW_PATHFINDER_HARD, 0x32735d14u},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    uint32_t all = 0;
    open_desk(known[i].side, known[i].level);
    for (uint64_t n = 0; n < 20; n++) {
      const lw_pathfinder_truth truth = draw(11, n);
      const int32_t shown[] = {truth.label,
                               (int32_t)truth.disc[0][0],
                               (int32_t)truth.disc[0][1],
                               (int32_t)truth.disc[1][0],
                               (int32_t)truth.disc[1][1],
                               (int32_t)truth.attempts,
                               (int32_t)truth.distractors};
      all = lw_crc32(all, pixels, known[i].side * known[i].side);
      all = lw_crc32(all, shown, sizeof shown);
    }
    cr_expect_eq(all, known[i].checksum, "%d pixels: %08x", (int)known[i].side, all);
    close_desk();
  }
}

Test(pathfinder, every_size_and_level_draws)
{
  for (int64_t side = 16; side <= 128; side += side < 32 ? 5 : 31)
    for (int level = LW_PATHFINDER_EASY; level <= LW_PATHFINDER_HARD; level++) {
      open_desk(side, (lw_pathfinder_level)level);
      const lw_pathfinder_truth truth = draw(1, 1);
      uint8_t brightest = 0;
      for (int64_t i = 0; i < side * side; i++)
        brightest = pixels[i] > brightest ? pixels[i] : brightest;
      cr_expect_eq(brightest, 255);
      for (int mark = 0; mark < MARKS; mark++)
        cr_expect_gt(pixels[truth.disc[mark][0] * side + truth.disc[mark][1]], 120,
                     "side %d level %d", (int)side, level);
      close_desk();
    }
}

Test(pathfinder, settings_are_those_of_long_range_arena)
{
  const lw_pathfinder_settings x = lw_pathfinder_settings_of(128, LW_PATHFINDER_HARD);
  cr_expect_eq(x.contour_length, 14);
  cr_expect_eq(x.distractor_length, 4);
  cr_expect_eq(x.distractors, 18);
  cr_expect(x.margin[0] == 2 && x.margin[1] == 3);
  cr_expect(x.thickness == 1.5 && x.disc_radius == 3.0 && x.continuity == 1.8);
  const lw_pathfinder_settings s = lw_pathfinder_settings_of(32, LW_PATHFINDER_EASY);
  cr_expect_eq(s.contour_length, 6);
  cr_expect(s.thickness == 0.5 && s.snake_contrast == 2.0 && s.paddle_contrast == 0.75);
  const lw_pathfinder_settings w = lw_pathfinder_settings_of(256, LW_PATHFINDER_INTERMEDIATE);
  cr_expect_eq(w.contour_length, 9);
  cr_expect_eq(w.padding, 22);
  const lw_pathfinder_settings between = lw_pathfinder_settings_of(96, LW_PATHFINDER_HARD);
  cr_expect(between.seed_distance == 16 && between.thickness == 1.5 && between.margin[0] == 1);
}

/* ---- the task ---- */

static lw_product product;

static lw_status make(const char *const *more)
{
  static uint64_t settings[1024];
  char *argv[32] = {"pathfinder"};
  int argc = 1;
  for (; more[argc - 1]; argc++) argv[argc] = (char *)(uintptr_t)more[argc - 1];
  cr_assert_leq(lw_pathfinder_task.settings_bytes, (int64_t)sizeof settings);
  lw_option_section flags = {.options = lw_pathfinder_task.options, .values = settings};
  lw_arguments arguments = {0};
  lw_option_defaults(&flags, 1);
  lw_product_done(&product);
  lw_status status = lw_option_arguments(&flags, argc, argv, &arguments);
  return status == LW_OK ? lw_pathfinder_task.make(&flags, &product) : status;
}

#define MAKE(...) make((const char *const[]){__VA_ARGS__, NULL})
#define FAILS(call, wanted, says)                                                                  \
  do {                                                                                             \
    cr_expect_eq(call, wanted);                                                                    \
    cr_expect(strstr(lw_fail_message(), says), "'%s' in: %s", says, lw_fail_message());            \
  } while (0)

/* Discs are marked; of two curves both are, and of one the other is among the others. */
Test(pathfinder, steps_tell_which_curve_is_marked)
{
  uint8_t steps[32 * 32];
  int64_t with_two[3] = {0}, with_one[3] = {0};
  open_desk(32, LW_PATHFINDER_HARD);
  for (uint64_t n = 0; n < 60; n++) {
    const lw_pathfinder_truth truth = draw(3, n);
    int64_t *const times = truth.label ? with_one : with_two;
    lw_pathfinder_trace(desk, &truth, steps);
    cr_expect_eq(truth.marked[0] && truth.marked[1], !truth.label);
    for (int mark = 0; mark < MARKS; mark++)
      cr_expect_eq(steps[truth.disc[mark][0] * 32 + truth.disc[mark][1]], LW_PATHFINDER_MARKED);
    for (int i = 0; i < 32 * 32; i++) {
      times[steps[i]]++;
      if (!pixels[i]) cr_expect_eq(steps[i], LW_PATHFINDER_BACKGROUND, "dark");
      if (pixels[i] > 200) cr_expect_neq(steps[i], LW_PATHFINDER_BACKGROUND, "bright");
    }
  }
  /* a long curve of 14 paddles; as much again where it is the other one */
  cr_expect_gt(with_two[LW_PATHFINDER_MARKED] * with_one[LW_PATHFINDER_BACKGROUND],
               3 * with_one[LW_PATHFINDER_MARKED] * with_two[LW_PATHFINDER_BACKGROUND] / 2);
  cr_expect_gt(with_one[LW_PATHFINDER_ANOTHER] * with_two[LW_PATHFINDER_BACKGROUND],
               3 * with_two[LW_PATHFINDER_ANOTHER] * with_one[LW_PATHFINDER_BACKGROUND] / 2);
  close_desk();
}

/* The shares of three ranks, one behind another, are what one rank draws. */
Test(pathfinder, ranks_share_the_pictures)
{
  product = (lw_product){.ranks = 1};
  cr_assert_eq(MAKE("--train", "11", "--validation", "2", "--test", "1"), LW_OK);
  uint8_t alone[11 * 1024];
  memcpy(alone, product.samples[LW_SPLIT_TRAIN].bytes, sizeof alone);
  int64_t seen = 0;
  for (int rank = 0; rank < 3; rank++) {
    lw_product_done(&product);
    product = (lw_product){.rank = rank, .ranks = 3};
    cr_assert_eq(MAKE("--train", "11", "--validation", "2", "--test", "1"), LW_OK);
    const lw_samples *train = &product.samples[LW_SPLIT_TRAIN];
    cr_expect_arr_eq(train->bytes, alone + seen * 1024, (size_t)train->tokens);
    seen += train->count;
    cr_expect_eq(product.samples[LW_SPLIT_TEST].count, rank == 0);
  }
  cr_expect_eq(seen, 11);
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(pathfinder, step_labels_are_made_when_they_are_asked_for)
{
  product = (lw_product){.ranks = 1};
  cr_assert_eq(MAKE("--train", "3", "--validation", "0", "--test", "0"), LW_OK);
  cr_expect(!product.samples[LW_SPLIT_TRAIN].steps && !product.recipe.step_classes);
  uint8_t alone[3 * 1024];
  memcpy(alone, product.samples[LW_SPLIT_TRAIN].bytes, sizeof alone);
  lw_product_done(&product);
  product = (lw_product){.ranks = 1};
  cr_assert_eq(MAKE("--train", "3", "--validation", "0", "--test", "0", "--step-labels", "true"),
               LW_OK);
  const lw_samples *train = &product.samples[LW_SPLIT_TRAIN];
  cr_expect_arr_eq(train->bytes, alone, sizeof alone);
  cr_expect_eq(product.recipe.step_classes, 3);
  cr_expect_str_eq(product.recipe.step_names[2], "marked curve");
  int64_t times[3] = {0};
  for (int64_t i = 0; i < train->tokens; i++) times[train->steps[i]]++;
  cr_expect(times[0] > times[1] && times[1] > 0 && times[2] > 0);
  FAILS(MAKE("--step-labels", "true", "--import", "/nowhere"), LW_ERROR_INPUT, "with --import");
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(pathfinder, curves_that_cannot_fit_are_refused)
{
  product = (lw_product){.ranks = 1};
  FAILS(MAKE("--size", "16", "--train", "1", "--contour-length", "200"), LW_ERROR_INPUT,
        "no space for two curves of 200 paddles");
  FAILS(MAKE("--contour-length", "1"), LW_ERROR_INPUT, "at least 2 paddles");
  FAILS(MAKE("--hold-out", "random"), LW_ERROR_INPUT, "without --import");
  lw_product_done(&product);
  cr_assert_eq(lw_mem_live(), 0);
}

/* ---- the release's folders ---- */

enum { SIDE = 16 };
static char folder[TEMP_FOLDER_MAX];

static const char *in_folder(const char *name)
{
  static char path[TEMP_FOLDER_MAX + 64];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void write_text(const char *name, const char *text)
{
  FILE *file = fopen(in_folder(name), "wb");
  cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* A picture of one level of grey. */
static void write_picture(const char *name, int side, uint8_t grey)
{
  static uint8_t rgb[3 * SIDE * SIDE];
  memset(rgb, grey, sizeof rgb);
  cr_assert_eq(lw_png_write(in_folder(name), side, side, rgb), LW_OK);
}

static void begin_release(void)
{
  product = (lw_product){.ranks = 1};
  cr_assert(temp_folder_make(folder));
  for (int i = 0; i < 4; i++) {
    static const char *const parts[] = {"metadata", "imgs", "imgs/0", "imgs/1"};
    cr_assert_eq(mkdir(in_folder(parts[i]), 0777), 0);
  }
  write_text("metadata/0.npy", "imgs/0 sample_0.png 0 1 1.0 14 4.666666666666667 2 0.5 1 1\n"
                               "imgs/0 sample_1.png 1 0 1.0 14 4.666666666666667 2 0.5 1 1\n");
  write_text("metadata/1.npy", "imgs/1 sample_0.png 0 1 1.0 14 4.666666666666667 2 0.5 1 1\n");
  write_picture("imgs/0/sample_0.png", SIDE, 10);
  write_picture("imgs/0/sample_1.png", SIDE, 20);
  write_picture("imgs/1/sample_0.png", SIDE, 30);
}

static void end_release(void)
{
  lw_product_done(&product);
  cr_expect_eq(lw_mem_live(), 0);
  cr_assert(temp_folder_remove(folder));
}

TestSuite(release, .init = begin_release, .fini = end_release);
#define IMPORT "--import", folder, "--size", "16", "--validation", "1", "--test", "1"

Test(release, is_imported_in_order)
{
  cr_assert_eq(MAKE(IMPORT), LW_OK, "%s", lw_fail_message());
  for (int split = 0; split < LW_SPLITS; split++) {
    const lw_samples *samples = &product.samples[split];
    static const uint8_t grey[LW_SPLITS] = {10, 20, 30};
    cr_expect(samples->count == 1 && samples->tokens == SIDE * SIDE);
    cr_expect_eq(samples->bytes[SIDE * SIDE - 1], grey[split]);
    cr_expect_eq(samples->labels[0], split != LW_SPLIT_VALIDATION);
  }
}

Test(release, damage_is_named_by_file_and_line)
{
  FAILS(MAKE("--import", folder, "--size", "32"), LW_ERROR_FORMAT, "16 x 16 pixels, not 32 x 32");
  write_text("imgs/0/sample_1.png", "");
  FAILS(MAKE(IMPORT), LW_ERROR_FILE, "metadata/0.npy' line 2: cannot read the picture");
  cr_assert_eq(remove(in_folder("imgs/0/sample_1.png")), 0);
  FAILS(MAKE(IMPORT), LW_ERROR_FILE, "imgs/0/sample_1.png");
  write_text("metadata/0.npy", "imgs/0 sample_0.png 0 2 1.0 14\n");
  FAILS(MAKE(IMPORT), LW_ERROR_INPUT, "line 1: label '2'");
  write_text("metadata/0.npy", "imgs/0 sample_0.png 0 1 1.0 14\nimgs/0 samp");
  FAILS(MAKE(IMPORT), LW_ERROR_INPUT, "line 2: folder, file, index and label");
  write_text("metadata/0.npy", "");
  FAILS(MAKE(IMPORT), LW_ERROR_INPUT, "metadata/0.npy' is empty");
  cr_assert_eq(remove(in_folder("metadata/0.npy")), 0);
  FAILS(MAKE(IMPORT), LW_ERROR_FILE, "metadata/0.npy' is missing, but 1.npy is there");
  write_text("metadata/0.npy", "\x93NUMPY\x01");
  FAILS(MAKE(IMPORT), LW_ERROR_FORMAT, "binary NumPy");
  FAILS(MAKE("--import", "/nowhere", "--size", "16"), LW_ERROR_FILE, "holds no pictures");
}
