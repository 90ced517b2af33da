#include "inspect_clock.h"
#include "longwave/base/columns.h"
#include "longwave/model/layer_attention.h"
#include <math.h>

/* The unit of distance: the checkpoint has the head of its data. */
static void print_unit(const lw_subject *subject)
{
  lw_dataset *data = NULL;
  if (!lw_clock_times(&subject->job.attention)) {
    puts("tokens");
    return;
  }
  fputs("typical gaps", stdout);
  if (lw_dataset_open_head(subject->path, LW_CHECKPOINT_DATA, &data) == LW_OK) {
    const lw_dataset_info *info = lw_dataset_describe(data);
    printf(" of %.6g%s%s", info->time_scale, *info->time_unit ? " " : "", info->time_unit);
  }
  putchar('\n');
  lw_dataset_close(&data);
}

/* One line where all blocks have the same. */
static void print_decays(const lw_model *model)
{
  const int64_t L = model->options.layers;
  const bool each = lw_block_attention(&model->blocks[0])->options.layer_spread != 1.0;
  for (int64_t l = 0; l < (each ? L : 1); l++) {
    if (each)
      printf("decays %-4lld ", (long long)l);
    else
      printf("decays      ");
    for (int64_t h = 0; h < model->options.heads; h++)
      printf("%s%g", h ? ", " : "", lw_block_clock_head(&model->blocks[l], &model->params, h).now);
    putchar('\n');
  }
}

/* The reach of a head that does not decay has no end. */
static void print_heads(const lw_model *model, bool gated)
{
  const lw_column columns[] = {
      {"block", 0, 11, "%.0f", false},   {"head", 1, 5, "%.0f", false},
      {"start", 1, 10, "%.4g", false},   {gated ? "gate at 0" : "now", 1, 10, "%.4g", false},
      {"reach", 1, 10, "%.4g", true},    {gated ? "bias" : NULL, 1, 10, "%.4g", true},
      {"|weight|", 1, 10, "%.4g", true}, {0}};
  lw_columns_print(stdout, columns, NULL, NULL);
  for (int64_t block = 0; block < model->options.layers; block++)
    for (int64_t h = 0; h < model->options.heads; h++) {
      const lw_clock_head head = lw_block_clock_head(&model->blocks[block], &model->params, h);
      const double reach = head.now > 0 ? 1 / head.now : (double)NAN;
      lw_columns_print(stdout, columns, NULL,
                       (double[]){(double)block, (double)h, head.start, head.now, reach, head.bias,
                                  head.weight});
    }
}

void lw_inspect_clock(const lw_subject *subject)
{
  const lw_model *model = subject->model;
  const lw_clock_kind clock = subject->job.attention.clock;
  const bool trained = clock == LW_CLOCK_LEARNED || clock == LW_CLOCK_CONTENT;
  if (!trained) print_decays(model);
  if (clock == LW_CLOCK_INDEX) return;
  printf("clock       %s; distance in ", LW_CHOICE_WORD_OF(LW_CLOCK_CHOICES, clock));
  print_unit(subject);
  if (trained) print_heads(model, clock == LW_CLOCK_CONTENT);
}
