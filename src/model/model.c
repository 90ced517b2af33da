#include "longwave/model/model.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/model/mimetic.h"
#include "longwave/op/average.h"
#include "longwave/op/convolution.h"
#include <stddef.h>

#define AT(member) LW_AT(lw_model_options, member)
const lw_option lw_model_option_table[] = {
    LW_INT_ROW("layers", FUNCTION, AT(layers), "4", 1, 1000,
               "blocks of attention and feed-forward"),
    LW_INT_ROW("width", FUNCTION, AT(width), "128", 1, 65536, "channels of a token"),
    LW_INT_ROW("heads", FUNCTION, AT(heads), "8", 1, 1024,
               "attention heads; must divide the width"),
    LW_INT_ROW("ffn", FUNCTION, AT(ffn), "0", 0, 1 << 20,
               "hidden width of the feed-forward part; 0: four times the width"),
    LW_CHOICES_ROW("positions", FUNCTION, AT(positions), LW_POSITIONS_CHOICES, "none",
                   "position code; learned and sinusoidal ones are added to the embedding, rotary "
                   "ones turn queries and keys and may stand beside one of these: [learned, "
                   "rotary]"),
    LW_REAL_ROW("rotary_share", FUNCTION, AT(rotary_share), "1", 0, 1,
                "share of each head's channels, its first ones, that rotary positions turn"),
    LW_REAL_ROW("position_scale", FUNCTION, AT(position_scale), "0.5", 0, 10,
                "standard deviation of learned positions at the start"),
    LW_CHOICE_ROW("norm", FUNCTION, AT(norm), LW_NORM_KIND_CHOICES, "layer",
                  "layer norm, or batch norm over the tokens of all ranks (of a piece of "
                  "train.accumulation)"),
    LW_CHOICE_ROW("norm_position", FUNCTION, AT(norm_position), LW_NORM_POSITION_CHOICES, "pre",
                  "norm before each part of a block, or after the residual sum"),
    LW_BOOL_ROW("qk_norm", FUNCTION, AT(qk_norm), "false",
                "norm of each head's queries and keys before positions turn them: scores stay "
                "within what two learned gains allow"),
    LW_REAL_ROW("dropout", FUNCTION, AT(dropout), "0", 0, 0.99,
                "share of the embedding's and each part's results set to 0 in training"),
    LW_CHOICE_ROW("pooling", FUNCTION, AT(pooling), LW_POOLING_CHOICES, "mean",
                  "how the tokens of a sample become one vector to classify; cls: the first token, "
                  "marked by a learned vector; attention: weights by a learned query"),
    LW_CHOICE_ROW("pair_head", FUNCTION, AT(pair_head), LW_PAIR_HEAD_CHOICES, "s4",
                  "scores of pairs of documents from their two vectors, as published; not used for "
                  "other data"),
    LW_CHOICES_ROW("convolution", FUNCTION, AT(convolution), LW_PLACE_CHOICES, "none",
                   "short convolutions along the tokens, each channel by itself, added to what "
                   "they see: before attention, on what attention gives, on the hidden units of "
                   "the feed-forward part"),
    LW_INT_ROW("convolution_taps", FUNCTION, AT(convolution_taps), "4", 1, LW_CONVOLUTION_TAPS,
               "tokens that a convolution sees, the present one among them: it and earlier ones "
               "with attention.causal, else on both sides"),
    LW_INT_ROW(
        "moving_average", FUNCTION, AT(moving_average), "0", 0, LW_AVERAGE_MODES,
        "moving averages a channel that are added to what queries and keys are made of, each "
        "of which learns how fast it forgets: of earlier tokens, without attention.causal "
        "of later ones, too; 0: none"),
    LW_CHOICE_ROW("start", FUNCTION, AT(start), LW_MODEL_START_CHOICES, "plain",
                  "start values of attention; mimetic: products of query and key weights near the "
                  "identity, of value and output weights near its negative"),
    LW_BOOL_ROW("attention_gate", FUNCTION, AT(attention_gate), "false",
                "multiply what attention gives by a sigmoid gate that is made of its input"),
    {0}};

lw_status lw_model_options_check(const lw_model_options *options, const char **name)
{
  *name = "model.heads";
  if (options->width % options->heads != 0)
    return lw_fail(LW_ERROR_INPUT, "'model.heads' (%lld) must divide 'model.width' (%lld)",
                   (long long)options->heads, (long long)options->width);
  *name = "model.positions";
  if (lw_choices_have(options->positions, LW_POSITIONS_LEARNED) &&
      lw_choices_have(options->positions, LW_POSITIONS_SINUSOIDAL))
    return lw_fail(LW_ERROR_INPUT, "'model.positions' names two codes that are added to the "
                                   "embedding, learned and sinusoidal; leave one of them out");
  return LW_OK;
}

static lw_status create_blocks(lw_model *model, const lw_layer_site *site)
{
  const lw_model_options *options = &model->options;
  lw_block_shape shape = {.blocks = options->layers,
                          .C = options->width,
                          .norm = options->norm,
                          .post = options->norm_position == LW_NORM_POSITION_POST};
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&model->blocks, options->layers));
  LW_TRY(LW_TAKE(&model->kept, options->layers));
  for (; shape.number < options->layers; shape.number++)
    LW_TRY(lw_block_init(&model->blocks[shape.number], &shape, &model->layers, site,
                         &model->statistics));
done:
  return status;
}

static lw_status create_parts(lw_model *model, const lw_attention_options *attention)
{
  const lw_model_options *options = &model->options;
  lw_embedding_shape embedding = {.input = model->data.input,
                                  .positions = options->positions,
                                  .rotary_share = options->rotary_share,
                                  .vocabulary = model->data.vocabulary,
                                  .inputs = model->data.inputs,
                                  .C = options->width,
                                  .heads = options->heads,
                                  .most_positions = model->data.most_positions,
                                  .position_scale = options->position_scale,
                                  .marked = options->pooling == LW_POOLING_CLS &&
                                            model->data.objective->readout != LW_READOUT_ROW,
                                  .masks = model->data.objective->target->masks};
  lw_head_shape head = {.C = options->width,
                        .classes = model->data.outputs,
                        .step_classes = model->data.step_outputs,
                        .norm = options->norm,
                        .post = options->norm_position == LW_NORM_POSITION_POST,
                        .readout = model->data.objective->readout,
                        .pooling = options->pooling,
                        .pair_head = options->pair_head,
                        .F = options->ffn};
  lw_layer_site site = {.options = options,
                        .attention = attention,
                        .world = model->world,
                        .embedding = &model->embedding,
                        .longest = model->data.most_positions,
                        .params = &model->params};
  lw_status status = LW_OK;
  LW_TRY(lw_layers_share(&model->layers, &site));
  LW_TRY(lw_matmul_create(model->execution.matmul, model->world, &model->matmul));
  site.matmul = model->matmul;
  LW_TRY(lw_embedding_init(&model->embedding, &embedding, &model->params));
  LW_TRY(create_blocks(model, &site));
  LW_TRY(lw_head_init(&model->head, &head, &model->params, &model->statistics));
done:
  return status;
}

lw_status lw_model_outline(const lw_model_design *design, const lw_execution *execution,
                           const lw_world *world, lw_model **out)
{
  const lw_model_options *options = design->options;
  lw_model *model = NULL;
  const char *name;
  lw_status status = LW_OK;
  LW_TRY(lw_model_options_check(options, &name));
  LW_TRY(lw_attention_options_check(design->attention, options->heads, &name));
  LW_TRY_TOGETHER(world, LW_TAKE(&model, 1));
  model->options = *options;
  if (options->ffn == 0) model->options.ffn = 4 * options->width;
  model->data = design->data;
  model->input = design->input;
  model->seed = design->seed;
  model->execution = *execution;
  model->world = world;
  LW_TRY_TOGETHER(world, create_parts(model, design->attention));
  *out = model;
  model = NULL;
done:
  lw_model_destroy(&model);
  return status;
}

static lw_status allocate(lw_model *model)
{
  lw_status status = LW_OK;
  LW_TRY(lw_params_allocate(&model->params, model->seed, true));
  LW_TRY(lw_params_allocate(&model->statistics, model->seed, false));
done:
  return status;
}

lw_status lw_model_allocate(lw_model *model)
{
  return lw_agree(model->world, allocate(model));
}

lw_status lw_model_start(lw_model *model)
{
  const lw_mimetic_shape shape = {.layers = model->options.layers,
                                  .C = model->options.width,
                                  .heads = model->options.heads,
                                  .seed = model->seed};
  if (model->options.start == LW_MODEL_START_PLAIN) return LW_OK;
  return lw_agree(model->world, lw_mimetic_start(&model->params, &shape));
}

lw_status lw_model_create(const lw_model_design *design, const lw_execution *execution,
                          const lw_world *world, lw_model **out)
{
  lw_model *model = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_model_outline(design, execution, world, &model));
  LW_TRY(lw_model_allocate(model));
  LW_TRY(lw_model_start(model));
  *out = model;
  model = NULL;
done:
  lw_model_destroy(&model);
  return status;
}

void lw_model_destroy(lw_model **model)
{
  if (!*model) return;
  lw_params_done(&(*model)->params);
  lw_params_done(&(*model)->statistics);
  lw_embedding_done(&(*model)->embedding);
  for (int64_t l = 0; (*model)->blocks && l < (*model)->options.layers; l++)
    lw_block_done(&(*model)->blocks[l]);
  lw_layers_release(&(*model)->layers);
  lw_matmul_destroy(&(*model)->matmul);
  lw_mem_give((*model)->blocks);
  lw_mem_give((*model)->kept);
  lw_mem_give((*model)->memory);
  lw_mem_give(*model);
  *model = NULL;
}

/* Whether blocks take turns with one set of what they keep, each with its input beside it: when
   nothing is kept for backward, or backward computes it again. */
static bool takes_turns(const lw_model *model, lw_mode mode)
{
  return mode == LW_MODE_EVALUATE || model->execution.recompute;
}

/* Inputs in memory at once. Without backward two: a block's own and the next one's, its result. */
static int64_t inputs_kept(const lw_model *model, lw_mode mode)
{
  int64_t layers = model->options.layers;
  return mode == LW_MODE_EVALUATE && layers > 2 ? 2 : layers;
}

/* Blocks that take turns share all but their inputs. */
static void carve_blocks(const lw_model *model, int64_t rows, lw_mode mode, lw_carver *carver)
{
  const int64_t inputs = inputs_kept(model, mode);
  lw_block_kept kept;
  float *input[2] = {0}; /* of even and odd blocks */
  for (int64_t l = 0; l < model->options.layers; l++) {
    if (l == 0 || !takes_turns(model, mode)) {
      lw_block_carve_kept(&model->blocks[l], rows, carver, &kept);
      input[l % 2] = kept.part[0].x;
    } else if (l < inputs) {
      input[l % 2] = lw_carve_rows(carver, rows, model->options.width);
    }
    kept.part[0].x = input[l % 2];
    if (carver->base) model->kept[l] = kept;
  }
}

/* All places of a pass; with a carver that only measures they are not to be used. */
static void carve(lw_model *model, int64_t rows, int64_t samples, lw_mode mode, lw_carver *carver)
{
  const int64_t answers = model->head.pooled ? samples : rows;
  carve_blocks(model, rows, mode, carver);
  lw_head_carve(&model->head, rows, samples, mode == LW_MODE_TRAIN, carver, &model->head_kept);
  model->logits = lw_carve(carver, answers * model->data.outputs);
  model->dlogits = NULL;
  if (mode == LW_MODE_EVALUATE) return;
  model->dlogits = lw_carve(carver, answers * model->data.outputs);
  lw_block_carve_scratch(&model->blocks[0], rows, carver, &model->scratch);
  model->dx = lw_carve_rows(carver, rows, model->options.width);
}

int64_t lw_model_pass_bytes(const lw_model *model, int64_t rows, int64_t samples, lw_mode mode)
{
  lw_model copy = *model;
  lw_carver carver = {0};
  carve(&copy, rows, samples, mode, &carver);
  return carver.used * (int64_t)sizeof(float);
}

/* Of one block. */
static lw_layer_figures sum_figures(const lw_model *model)
{
  const lw_block *block = &model->blocks[0];
  lw_layer_figures sum = {0};
  for (int n = 0; n < block->count; n++) {
    const lw_layer_figures more = block->part[n].kind->figures(block->part[n].layer);
    sum.token_products += more.token_products;
    sum.pair_products += more.pair_products;
    sum.sharded_bytes += more.sharded_bytes;
    if (more.pair_products == 0.0) continue;
    sum.causal = more.causal;
    sum.chunk = more.chunk;
  }
  return sum;
}

int64_t lw_model_beside_bytes(const lw_model *model, const lw_load *load, bool sharded)
{
  return lw_embedding_table_bytes(&model->embedding, load->longest) +
         (sharded ? load->rows * sum_figures(model).sharded_bytes : 0);
}

static int64_t longest_document(const lw_packing *packing)
{
  int64_t longest = 0;
  for (int64_t b = 0; b < packing->samples; b++)
    if (packing->length[b] > longest) longest = packing->length[b];
  return longest;
}

/* All memory of the pass but that of attention, before any rank is in the middle of it. */
static lw_status reserve(lw_model *model, const lw_batch *batch, lw_mode mode)
{
  lw_status status = LW_OK;
  int64_t longest = longest_document(&batch->packing);
  if (model->embedding.code == LW_POSITIONS_LEARNED && longest > model->data.most_positions)
    return lw_fail(LW_ERROR_INPUT,
                   "a sample has %lld tokens, but the model has learned positions for %lld only; "
                   "set data.max_length: %lld to cut samples",
                   (long long)longest, (long long)model->data.most_positions,
                   (long long)model->data.most_positions);
  lw_carver carver = {.room = lw_matmul_room(model->matmul)};
  carve(model, batch->rows, batch->samples, mode, &carver);
  LW_TRY(lw_mem_grow((void **)&model->memory, &model->memory_room, carver.used, sizeof(float)));
  carver = (lw_carver){.base = model->memory, .room = carver.room};
  carve(model, batch->rows, batch->samples, mode, &carver);
  LW_TRY(lw_embedding_reserve(&model->embedding, longest));
done:
  return status;
}

lw_status lw_model_forward(lw_model *model, const lw_batch *batch, lw_mode mode, int64_t step)
{
  int64_t layers = model->options.layers, C = model->options.width;
  lw_status status = LW_OK;
  lw_matmul_begin(model->matmul, batch->rows);
  LW_TRY_TOGETHER(model->world, reserve(model, batch, mode));
  LW_TRY_TOGETHER(model->world, lw_layers_reserve(&model->layers, &batch->packing));
  model->pass = (lw_pass){.batch = batch,
                          .world = model->world,
                          .params = &model->params,
                          .statistics = &model->statistics,
                          .training = mode == LW_MODE_TRAIN,
                          .seed = model->seed,
                          .step = (uint32_t)step,
                          .dropout = model->options.dropout};
  float *x = model->kept[0].part[0].x;
  lw_embedding_forward(&model->embedding, &model->pass, x);
  lw_pass_dropout(&model->pass, 0, C, x);
  for (int64_t l = 0; l < layers; l++) {
    lw_profile_block(l, false);
    float *y = l + 1 < layers ? model->kept[l + 1].part[0].x : model->head_kept.x;
    LW_TRY(lw_block_forward(&model->blocks[l], &model->pass, &model->kept[l], y));
  }
  lw_profile_block(-1, false);
  LW_TRY(lw_head_forward(&model->head, &model->pass, &model->head_kept, model->logits));
  for (int64_t n = 0; batch->from && n < batch->answers * model->data.outputs; n++)
    model->logits[n] += batch->from[n];
done:
  return status;
}

lw_status lw_model_backward(lw_model *model, const float *dlogits)
{
  int64_t last = model->options.layers - 1;
  float *dx = model->dx;
  lw_status status = LW_OK;
  LW_TRY(lw_head_backward(&model->head, &model->pass, &model->head_kept, dlogits, dx));
  for (int64_t l = last; l >= 0; l--) {
    const lw_block *block = &model->blocks[l];
    lw_profile_block(l, true);
    /* The last block had the last turn: what it kept is still there. */
    if (model->execution.recompute && l < last)
      LW_TRY(lw_block_forward_again(block, &model->pass, &model->kept[l], &model->scratch));
    LW_TRY(lw_block_backward(block, &model->pass, &model->kept[l], &model->scratch, dx));
  }
  lw_profile_block(-1, false);
  lw_pass_dropout(&model->pass, 0, model->options.width, dx);
  lw_embedding_backward(&model->embedding, &model->pass, dx);
done:
  return status;
}

void lw_model_input_gradient(const lw_model *model, float *gradient)
{
  model->embedding.items->backward_input(&model->embedding, &model->pass, model->dx, gradient);
}

lw_packing_rule lw_model_rule(const lw_model *model)
{
  const lw_layer_figures sum = sum_figures(model);
  return (lw_packing_rule){
      .paired = sum.causal,
      .chunk = sum.chunk,
      .cost = {sum.token_products, sum.causal ? 0.5 * sum.pair_products : sum.pair_products}};
}

double lw_model_work(const lw_model *model, int64_t tokens)
{
  const lw_layer_figures sum = sum_figures(model);
  const double rows = (double)tokens, L = (double)model->options.layers;
  double keys = (double)(sum.chunk > 0 && sum.chunk < tokens ? sum.chunk : tokens);
  if (sum.causal) keys = (keys + 1.0) / 2.0;
  return 6.0 * L * rows * (sum.token_products + sum.pair_products * keys);
}
