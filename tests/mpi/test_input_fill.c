/* Values as a model sees them: missing ones replaced, indicators, gaps between times. Any part of a
   sample that a rank reads has the rows that the whole sample has there. */
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/data/batch.h"
#include "longwave/data/builder.h"
#include "longwave/data/target.h"
#include "mpi_folder.h"
#include <math.h>
#include <string.h>

enum { T = 300, C = 3, MOST = 2 * C + 1 };

static double time_of(int64_t t)
{
  return 0.5 * (double)t + (double)(t / 7);
}

/* Channel 0 is known at one step only, channel 1 at every third, channel 2 from step 100 on. */
static float value_of(int64_t t, int64_t c)
{
  const bool known = c == 0 ? t == 40 : c == 1 ? t % 3 == 1 : t >= 100;
  return known ? (float)(t % 11) - 3.0f * (float)c : NAN;
}

static lw_status build(const lw_world *world, const char *path, const lw_channel *channels)
{
  static const char *const names[] = {"no", "yes"};
  const lw_builder_plan plan = {.task = "fill",
                                .input = &lw_input_values,
                                .target = &lw_target_class,
                                .stored = LW_H5_F32,
                                .channels = C,
                                .channel = channels,
                                .normalised = true,
                                .missing = true,
                                .timed = true,
                                .classes = 2,
                                .class_names = names};
  lw_builder *builder = NULL;
  float values[T * C];
  double times[T];
  lw_status status = LW_OK;
  for (int64_t n = 0; n < T * C; n++) values[n] = value_of(n / C, n % C);
  for (int64_t t = 0; t < T; t++) times[t] = time_of(t);
  LW_TRY(lw_builder_create(world, path, &plan, &builder));
  for (int split = 0; split < LW_SPLITS && !world->rank; split++) {
    const lw_builder_sample sample = {
        .has_split = true, .split = (lw_split)split, .label = names[split % 2]};
    LW_TRY(lw_builder_begin(builder, &sample));
    LW_TRY(lw_builder_items(builder, values, times, T));
    LW_TRY(lw_builder_end(builder));
  }
  LW_TRY(lw_builder_finish(builder, "", ""));
done:
  lw_builder_destroy(&builder);
  return status;
}

/* Rows [first, T) of the sample. rows [T, inputs] out */
static lw_status read_from(const lw_dataset *dataset, const lw_input_options *options,
                           int64_t first, float *rows)
{
  const lw_items items = {.sample = 0, .first = first, .count = T - first};
  lw_batch batch = {.input = *options,
                    .inputs = lw_input_numbers(lw_dataset_describe(dataset), options)};
  lw_status status = LW_OK;
  LW_TRY(lw_input_values.room(&batch, items.count));
  LW_TRY(lw_input_values.read(&batch, dataset, LW_SPLIT_TRAIN, &items));
  memcpy(rows, batch.values, (size_t)(items.count * batch.inputs) * sizeof *rows);
done:
  lw_batch_done(&batch);
  return status;
}

/* By the words of the options, step by step. */
static float expected(const lw_dataset_info *info, const lw_input_options *options, int64_t t,
                      int64_t i)
{
  const bool gap = options->time_gap && i == lw_input_numbers(info, options) - 1;
  const int64_t c = i % C;
  if (gap) return t ? (float)log(1.0 + (time_of(t) - time_of(t - 1)) / info->time_scale) : 0.0f;
  if (i >= C) return isnan(value_of(t, c)) ? 1.0f : 0.0f;
  int64_t from = t;
  while (from > 0 && options->missing == LW_MISSING_LAST && isnan(value_of(from, c))) from--;
  const float stored = value_of(from, c);
  const lw_channel *channel = &info->channel[c];
  return isnan(stored) ? 0.0f : (float)((double)stored * channel->scale + channel->shift);
}

static void check(const lw_dataset *dataset, const lw_input_options *options)
{
  static const int64_t begins[] = {0, 1, 39, 40, 41, 99, 100, 200, T - 1};
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t inputs = lw_input_numbers(info, options);
  float whole[T * MOST], part[T * MOST];
  FINE(read_from(dataset, options, 0, whole));
  for (int64_t n = 0; n < T * inputs; n++) {
    const float want = expected(info, options, n / inputs, n % inputs);
    CHECK(fabsf(whole[n] - want) <= 1e-6f, "step %lld input %lld: %g for %g",
          (long long)(n / inputs), (long long)(n % inputs), (double)whole[n], (double)want);
  }
  for (size_t b = 0; b < sizeof begins / sizeof *begins; b++) {
    const int64_t first = begins[b];
    FINE(read_from(dataset, options, first, part));
    CHECK(!memcmp(part, whole + first * inputs, (size_t)((T - first) * inputs) * sizeof *part),
          "from step %lld", (long long)first);
  }
}

MPI_TEST(parts_of_a_sample_are_filled_as_the_whole, 1)
{
  static const lw_channel channels[C] = {{"a", "", 1.0, 0.0, 1.0, 0.0},
                                         {"b", "", 0.5, -1.0, 1.0, 0.0},
                                         {"c", "", -2.0, 3.0, 1.0, 0.0}};
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_dataset *dataset = NULL;
  begin(world, folder, path, "set.h5");
  FINE(build(world, path, channels));
  FINE(lw_dataset_open(path, &dataset));
  if (dataset) {
    for (int how = 0; how < 8; how++)
      check(dataset, &(lw_input_options){.missing = how & 1 ? LW_MISSING_LAST : LW_MISSING_ZERO,
                                         .missing_indicator = how & 2,
                                         .time_gap = how & 4});
    float rows[T * MOST];
    FAILS(read_from(dataset, &(lw_input_options){.missing = LW_MISSING_REFUSE}, 0, rows),
          LW_ERROR_INPUT, "set data.missing to zero or last");
  }
  lw_dataset_close(&dataset);
  end(world, folder);
}
