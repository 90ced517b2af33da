/* Each row of the table of optimizers, against its formula in double. */
#include "longwave/train/optimizer.h"
#include "plain_muon.h"
#include <ctype.h>

enum { STEPS = 3, ROWS = 4, COLUMNS = 8, COUNT = ROWS * COLUMNS };

static const lw_world alone = {.size = 1};

/* The defaults of an optimizer. */
static lw_optimizer_options defaults(int kind)
{
  lw_optimizer_options options = {0};
  lw_option_section section = {.options = lw_optimizer_option_table(), .values = &options};
  lw_option_defaults(&section, 1);
  options.kind = kind;
  return options;
}

/* A matrix [ROWS, COLUMNS], which decays, of any kind; its gradients are already scaled. */
typedef struct reference {
  lw_param_kind kind;
  int parts; /* one below the other */
  int step;
  double rate, share, decay;
  double value[COUNT], gradient[COUNT], state[LW_OPTIMIZER_STATES][COUNT];
} reference;

static void adamw(reference *r)
{
  for (int i = 0; i < COUNT; i++) {
    const double g = r->gradient[i];
    double *first = &r->state[0][i], *second = &r->state[1][i];
    *first = 0.9 * *first + 0.1 * g;
    *second = 0.98 * *second + 0.02 * g * g;
    const double m = *first / (1.0 - pow(0.9, r->step)), v = *second / (1.0 - pow(0.98, r->step));
    r->value[i] -= r->rate * (m / (sqrt(v) + 1e-8) + r->decay * r->value[i]);
  }
}

static void muon(reference *r)
{
  const int count = COUNT / r->parts;
  if (r->kind != LW_PARAM_MATRIX) {
    adamw(r);
    return;
  }
  for (int first = 0; first < COUNT; first += count)
    plain_muon(0.95, 0.02 * r->share, r->decay, ROWS / r->parts, COLUMNS, r->gradient + first,
               r->value + first, r->state[2] + first);
}

static const struct {
  const char *name;
  void (*update)(reference *);
} formulas[] = {{"adamw", adamw}, {"muon", muon}};

/* One parameter of a kind, with its gradient and optimizer. */
typedef struct subject {
  lw_params params;
  lw_optimizer optimizer;
  lw_gradient gradient;
} subject;

static void subject_init(subject *s, const lw_optimizer_kind *kind, lw_param_shape shape)
{
  int64_t index;
  *s = (subject){0};
  cr_assert_eq(lw_params_add(&s->params, shape, &index, "weight"), LW_OK);
  cr_assert_eq(lw_params_allocate(&s->params, 1, true), LW_OK);
  cr_assert_eq(lw_optimizer_init(&s->optimizer, kind, &s->params, &alone), LW_OK);
  cr_assert_eq(lw_gradient_init(&s->gradient, &s->optimizer.shard), LW_OK);
}

static void subject_done(subject *s)
{
  lw_gradient_done(&s->gradient);
  lw_optimizer_done(&s->optimizer);
  lw_params_done(&s->params);
  cr_assert_eq(lw_mem_live(), 0);
}

static void follow(int kind, void (*formula)(reference *), lw_param_shape shape, int parts)
{
  const lw_optimizer_options options = defaults(kind);
  subject s;
  reference r = {
      .kind = shape.kind, .parts = parts, .decay = shape.decayed ? options.weight_decay : 0.0};
  subject_init(&s, lw_optimizers[kind], shape);
  s.params.table[0].parts = parts;
  float *value = lw_param_value(&s.params, 0), *gradient = lw_param_gradient(&s.params, 0);
  for (int i = 0; i < COUNT; i++) r.value[i] = (double)value[i];
  for (r.step = 1; r.step <= STEPS; r.step++) {
    const double scale = 0.5;
    r.rate = 0.05 * r.step;
    r.share = 0.25 * r.step;
    for (int i = 0; i < COUNT; i++) {
      gradient[i] = (float)sin(7.0 * i + r.step);
      r.gradient[i] = scale * (double)gradient[i];
    }
    lw_gradient_sum(&s.gradient);
    lw_optimizer_update(
        &s.optimizer, &options, &s.gradient,
        (lw_optimizer_step){.number = r.step, .rate = r.rate, .share = r.share, .scale = scale});
    formula(&r);
    for (int i = 0; i < COUNT; i++) cr_assert_float_eq(value[i], r.value[i], 2e-6);
    for (int k = 0; k < LW_OPTIMIZER_STATES; k++) {
      const float *state = lw_optimizer_state_of(&s.optimizer, 0, k);
      for (int i = 0; state && i < COUNT; i++)
        cr_assert_float_eq(state[i], r.state[k][i], 1e-6, "state %d", k);
    }
  }
  subject_done(&s);
}

Test(optimizer, each_follows_its_formula_for_each_kind_of_parameter)
{
  int known = 0;
  for (int i = 0; lw_optimizers[i]; i++)
    for (size_t f = 0; f < sizeof formulas / sizeof *formulas; f++) {
      if (strcmp(lw_optimizer_names[i], formulas[f].name)) continue;
      known++;
      for (int kind = LW_PARAM_VECTOR; kind <= LW_PARAM_READOUT; kind++) {
        const bool vector = kind == LW_PARAM_VECTOR;
        const lw_param_shape shape = {.kind = (lw_param_kind)kind,
                                      .dims = {vector ? COUNT : ROWS, COLUMNS},
                                      .start = LW_START_NORMAL,
                                      .deviation = 0.5,
                                      .decayed = !vector};
        for (int parts = 1; parts <= 2; parts++) follow(i, formulas[f].update, shape, parts);
      }
    }
  int rows = 0;
  while (lw_optimizers[rows]) rows++;
  cr_assert_eq(known, rows, "an optimizer has no formula here");
}

/* Names are for jobs and files; sizes are multiples of 16, so that no gap is between states. */
Test(optimizer, states_are_named_and_counted)
{
  for (int i = 0; lw_optimizers[i]; i++) {
    const lw_optimizer_kind *kind = lw_optimizers[i];
    subject s;
    int states = 0;
    subject_init(&s, kind, (lw_param_shape){.kind = LW_PARAM_MATRIX, .dims = {ROWS, COLUMNS}});
    for (const char *c = lw_optimizer_names[i]; *c; c++) cr_assert(islower(*c) || *c == '_');
    for (int k = 0; kind->states[k].name; k++) {
      const bool has = kind->states[k].kinds & LW_PARAM_SET(LW_PARAM_MATRIX);
      states += has;
      cr_assert_lt(k, LW_OPTIMIZER_STATES);
      cr_assert_eq(has, lw_optimizer_state_of(&s.optimizer, 0, k) != NULL);
      for (const char *c = kind->states[k].name; *c; c++) cr_assert(islower(*c) || *c == '_');
      for (int other = 0; other < k; other++)
        cr_assert_str_neq(kind->states[k].name, kind->states[other].name);
    }
    const int64_t work = kind->work ? kind->work(&s.params.table[0], ROWS) : 0;
    cr_assert_eq(s.optimizer.count, states * COUNT);
    cr_assert_eq(lw_optimizer_state_bytes(kind, &s.params, 1),
                 states * COUNT * (int64_t)sizeof(float));
    cr_assert_eq(lw_optimizer_bytes(kind, &s.params, 1),
                 (states * COUNT + work) * (int64_t)sizeof(float));
    subject_done(&s);
  }
}

/* A rank that has a part of a matrix cannot give it whole. */
Test(optimizer, whole_matrices_have_no_shards)
{
  static const lw_optimizer_kind whole = {.whole_matrix = true};
  lw_params params = {0};
  lw_optimizer optimizer;
  int64_t index;
  const lw_param_shape shape = {.kind = LW_PARAM_MATRIX, .dims = {ROWS, COLUMNS}};
  cr_assert_eq(lw_params_add(&params, shape, &index, "up.weight"), LW_OK);
  lw_params_share(&params, 2, 0);
  cr_assert_eq(lw_optimizer_init(&optimizer, &whole, &params, &alone), LW_ERROR_INPUT);
  cr_assert(strstr(lw_fail_message(), "a part of up.weight; take parallel.matmul: local"));
  lw_optimizer_done(&optimizer);
  lw_params_done(&params);
  cr_assert_eq(lw_mem_live(), 0);
}
