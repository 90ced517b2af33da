#include "longwave/model/pair_head.h"
#include "longwave/op/gelu.h"
#include <stdio.h>

/* y = of_a a + of_b b + of_product a b, channel by channel */
typedef struct feature {
  float of_a, of_b, of_product;
} feature;
enum { FIRST, SECOND, DIFFERENCE, PRODUCT, FEATURES };
static const feature features[FEATURES] = {
    [FIRST] = {.of_a = 1.0f},
    [SECOND] = {.of_b = 1.0f},
    [DIFFERENCE] = {.of_a = 1.0f, .of_b = -1.0f},
    [PRODUCT] = {.of_product = 1.0f},
};

static const struct {
  int count, features[FEATURES];
  int hidden; /* layers */
  bool gelu;  /* else ReLU */
} heads[] = {
    [LW_PAIR_HEAD_S4] = {4, {FIRST, SECOND, DIFFERENCE, PRODUCT}, 1, true},
    [LW_PAIR_HEAD_NYSTROM] = {4, {FIRST, SECOND, PRODUCT, DIFFERENCE}, 1, false},
    [LW_PAIR_HEAD_LRA] = {2, {FIRST, SECOND}, 2, false},
    [LW_PAIR_HEAD_LRA_NLI] = {4, {FIRST, SECOND, PRODUCT, DIFFERENCE}, 2, false},
};

static int64_t hidden_width(const lw_pair_head_shape *shape, int layer)
{
  if (shape->kind == LW_PAIR_HEAD_S4) return shape->C;
  return layer == 0 || shape->F == 1 ? shape->F : shape->F / 2;
}

lw_status lw_pair_head_init(lw_pair_head *head, const lw_pair_head_shape *shape, lw_params *params)
{
  const int hidden = heads[shape->kind].hidden;
  int64_t in = heads[shape->kind].count * shape->C;
  char name[32];
  lw_status status = LW_OK;
  *head = (lw_pair_head){.kind = shape->kind, .C = shape->C, .layers = hidden + 1};
  for (int l = 0; l < hidden; l++) {
    const int64_t out = hidden_width(shape, l);
    snprintf(name, sizeof name, "head.hidden.%d", l);
    LW_TRY(lw_projection_init(&head->projection[l], &(lw_projection_shape){in, out, 1.0, NULL},
                              params, name));
    in = out;
  }
  LW_TRY(lw_projection_init(&head->projection[hidden],
                            &(lw_projection_shape){in, shape->classes, 1.0, NULL}, params, "head"));
  params->table[head->projection[hidden].weight].kind = LW_PARAM_READOUT;
done:
  return status;
}

void lw_pair_head_carve(const lw_pair_head *head, int64_t samples, lw_carver *carver,
                        lw_pair_head_kept *kept)
{
  for (int l = 0; l < head->layers; l++) {
    const lw_projection *layer = &head->projection[l];
    kept->input[l] = lw_carve(carver, samples * layer->in);
    kept->dinput[l] = lw_carve(carver, samples * layer->in);
    kept->sum[l] = l + 1 < head->layers ? lw_carve(carver, samples * layer->out) : NULL;
  }
}

/* ---- features ---- */

static void features_forward(const lw_pair_head *head, const float *pooled, int64_t samples,
                             float *y)
{
  const int64_t C = head->C, count = heads[head->kind].count;
  for (int64_t s = 0; s < samples * count; s++, y += C) {
    const feature f = features[heads[head->kind].features[s % count]];
    const float *a = pooled + s / count * 2 * C, *b = a + C;
    for (int64_t c = 0; c < C; c++)
      y[c] = f.of_a * a[c] + f.of_b * b[c] + f.of_product * a[c] * b[c];
  }
}

static void features_backward(const lw_pair_head *head, const float *dy, const float *pooled,
                              int64_t samples, float *dpooled)
{
  const int64_t C = head->C, count = heads[head->kind].count;
  memset(dpooled, 0, (size_t)(2 * samples * C) * sizeof *dpooled);
  for (int64_t s = 0; s < samples * count; s++, dy += C) {
    const feature f = features[heads[head->kind].features[s % count]];
    const float *a = pooled + s / count * 2 * C, *b = a + C;
    float *da = dpooled + s / count * 2 * C, *db = da + C;
    for (int64_t c = 0; c < C; c++) {
      da[c] += dy[c] * (f.of_a + f.of_product * b[c]);
      db[c] += dy[c] * (f.of_b + f.of_product * a[c]);
    }
  }
}

/* ---- the network ---- */

static void activate(const lw_pair_head *head, const float *x, int64_t count, float *y)
{
  if (heads[head->kind].gelu) {
    lw_gelu_forward(x, count, y);
    return;
  }
  for (int64_t i = 0; i < count; i++) y[i] = x[i] < 0.0f ? 0.0f : x[i]; /* NaN stays */
}

/* dx in place of dy */
static void activate_backward(const lw_pair_head *head, const float *x, int64_t count, float *dx)
{
  if (heads[head->kind].gelu) {
    lw_gelu_backward(dx, x, count, dx);
    return;
  }
  for (int64_t i = 0; i < count; i++)
    if (x[i] <= 0.0f) dx[i] = 0.0f;
}

void lw_pair_head_forward(const lw_pair_head *head, const lw_pair_head_call *call, float *logits)
{
  const lw_params *params = call->params;
  const lw_pair_head_kept *kept = call->kept;
  const int64_t samples = call->samples;
  const int last = head->layers - 1;
  features_forward(head, call->pooled, samples, kept->input[0]);
  for (int l = 0; l < last; l++) {
    const lw_projection *layer = &head->projection[l];
    lw_projection_forward(layer, params, kept->input[l], samples, kept->sum[l]);
    activate(head, kept->sum[l], samples * layer->out, kept->input[l + 1]);
  }
  lw_projection_forward(&head->projection[last], params, kept->input[last], samples, logits);
}

void lw_pair_head_backward(const lw_pair_head *head, const lw_pair_head_call *call,
                           const float *dlogits, float *dpooled)
{
  const lw_params *params = call->params;
  const lw_pair_head_kept *kept = call->kept;
  const int64_t samples = call->samples;
  const float *dy = dlogits;
  for (int l = head->layers - 1; l >= 0; l--) {
    const lw_projection *layer = &head->projection[l];
    float *dx = kept->dinput[l];
    if (call->counted)
      lw_projection_backward(layer, params, dy, kept->input[l], samples, dx);
    else
      lw_projection_backward_input(layer, params, dy, samples, dx);
    if (l > 0) activate_backward(head, kept->sum[l - 1], samples * layer->in, dx);
    dy = dx;
  }
  features_backward(head, dy, call->pooled, samples, dpooled);
}
