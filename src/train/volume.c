#include "longwave/train/volume.h"
#include <math.h>

/* Of one micro-batch, in bytes: all blocks together. */
static void add_blocks(const lw_model *model, const lw_packing *packing,
                       double bytes[LW_TRAFFIC_KINDS])
{
  for (int64_t l = 0; l < model->options.layers; l++)
    for (int n = 0; n < model->blocks[l].count; n++) {
      const lw_block_part *part = &model->blocks[l].part[n];
      if (part->kind->sent) part->kind->sent(part->layer, packing, bytes);
      bytes[LW_TRAFFIC_STATISTICS] += lw_norm_sent(&part->norm, model->world);
    }
}

void lw_volume_step(const lw_model *model, const lw_packing *packing, int64_t pieces,
                    lw_volume volume[LW_TRAFFIC_KINDS])
{
  const int ranks = model->world->size;
  const double layers = (double)model->options.layers;
  const double parameters = (double)model->params.numbers * sizeof(float) * (ranks - 1) / ranks;
  double bytes[LW_TRAFFIC_KINDS] = {0};
  add_blocks(model, packing, bytes);
  for (int kind = 0; kind < LW_TRAFFIC_KINDS; kind++)
    volume[kind] = (lw_volume){.block = (double)pieces * bytes[kind] / layers};
  volume[LW_TRAFFIC_STATISTICS].outside =
      (double)pieces * lw_head_sent(&model->head, packing, model->world);
  volume[LW_TRAFFIC_GRADIENT].outside = volume[LW_TRAFFIC_PARAMETERS].outside = parameters;
  volume[LW_TRAFFIC_OTHER] = volume[LW_TRAFFIC_MATRIX] = (lw_volume){NAN, NAN};
}
