/* Words of the field for the options of a job: every row of the tables says something that is so, and
   what is said of a wrong key, a wrong section, a wrong value. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/train/job.h"
#include <criterion/criterion.h>
#include <string.h>

static lw_job job;
static lw_option_section sections[LW_JOB_SECTIONS];

static void start(void)
{
  memset(&job, 0, sizeof job);
  lw_job_sections(&job, sections);
  lw_option_defaults(sections, LW_JOB_SECTIONS);
}

static const lw_option *find(const lw_option_section *section, const char *name)
{
  for (const lw_option *option = section->options; option->name; option++)
    if (!strcmp(option->name, name)) return option;
  return NULL;
}

static void check_value(const lw_option *option, const char *value)
{
  bool there = option->type == LW_OPTION_BOOL;
  for (int i = 0; option->choices && option->choices[i]; i++)
    there = there || !strcmp(option->choices[i], value);
  cr_expect(there, "%s has no '%s'", option->name, value);
}

/* A word that is an option would never be looked up. */
static void check_words(const lw_option_section *section, const lw_synonym *row)
{
  for (const char *list = row->words; *list; list += strspn(list, " ")) {
    char word[64];
    const int length = (int)strcspn(list, " ");
    snprintf(word, sizeof word, "%.*s", length, list);
    for (const lw_option *option = section->options; option->name && !row->value; option++)
      cr_expect_not(lw_option_alike(option->name, word) && row->name && row->name[0], "%s.%s",
                    section->name, word);
    list += length;
  }
}

Test(job_words, every_row_is_so)
{
  start();
  for (int i = 0; i < LW_JOB_SECTIONS; i++) {
    const lw_option_section *section = &sections[i];
    cr_assert_not_null(section->synonyms);
    for (const lw_synonym *row = section->synonyms; row->words; row++) {
      const lw_option *option = row->name && row->name[0] ? find(section, row->name) : NULL;
      cr_expect(option || (row->name && !row->name[0]) || row->remark, "%s: '%s' says nothing",
                section->name, row->words);
      cr_expect(option || !row->name || !row->name[0], "%s has no '%s'", section->name, row->name);
      if (option && row->value) check_value(option, row->value);
      check_words(section, row);
    }
  }
}

static const struct {
  const char *text, *hint;
} keys[] = {
    {"lr: 0.1\n", "unknown section 'lr'; did you mean 'optimizer.learning_rate'?"},
    {"train: {lr: 0.1}\n", "unknown key 'train.lr'; did you mean 'optimizer.learning_rate'?"},
    {"optimizer: {lr: 0.1}\n", "did you mean 'optimizer.learning_rate'?"},
    {"optimizer: {Learning-Rate: 0.1}\n", "did you mean 'optimizer.learning_rate'?"},
    {"optimizer: {learning_rte: 0.1}\n", "did you mean 'optimizer.learning_rate'?"},
    {"optim: {lr: 0.1}\n", "unknown section 'optim'; did you mean 'optimizer'?"},
    {"training: {steps: 1}\n", "unknown section 'training'; did you mean 'train'?"},
    {"model: {batch: 1}\n", "did you mean 'train.batch_size'?"},
    {"train: {batchsize: 1}\n", "did you mean 'train.batch_size'?"},
    {"train: {bs: 1}\n", "did you mean 'train.batch_size'?"},
    {"train: {num_epochs: 1}\n", "did you mean 'train.epochs'?"},
    {"train: {max_steps: 1}\n", "did you mean 'train.steps'?"},
    {"train: {grad_clip: 1}\n", "did you mean 'optimizer.clip'?"},
    {"optimizer: {max_grad_norm: 1}\n", "did you mean 'optimizer.clip'?"},
    {"model: {hidden_size: 1}\n", "did you mean 'model.width'?"},
    {"model: {d_model: 1}\n", "did you mean 'model.width'?"},
    {"model: {n_layers: 1}\n", "did you mean 'model.layers'?"},
    {"model: {depth: 1}\n", "did you mean 'model.layers'?"},
    {"model: {nhead: 1}\n", "did you mean 'model.heads'?"},
    {"model: {dropout_rate: 0.1}\n", "did you mean 'model.dropout'?"},
    {"dropout: 0.1\n", "did you mean 'model.dropout'?"},
    {"model: {rope: true}\n", "did you mean 'model.positions: rotary'?"},
    {"model: {mlp_ratio: 4}\n",
     "did you mean 'model.ffn'? It is a width, not a ratio; 0: four times model.width"},
    {"optimizer: {wd: 0.1}\n", "did you mean 'optimizer.weight_decay'?"},
    {"train: {warmup_steps: 10}\n", "did you mean 'optimizer.warmup'?"},
    {"seed: 1\n", "did you mean 'train.seed'?"},
    {"data: {seq_len: 1}\n", "did you mean 'data.max_length'?"},
    {"data: {val: 0.1}\n", "the splits are made by longwave prepare"},
    {"train: {precision: bf16}\n", "there is no such option: parameters and activations have 32"},
    {"device: cuda\n",
     "unknown section 'device'; there is no such option: longwave computes on CPU"},
    {"model: {partial_rotary_factor: 0.5}\n", "did you mean 'model.rotary_share'?"},
    {"model: {convolution: [input]}\n", "attended, feed_forward, not 'input'"},
    {"model: {convolution: [attended, attended]}\n", "'model.convolution' names 'attended' twice"},
    {"model: {convolution: [none, attended]}\n", "cannot be 'none' and something else at once"},
    {"model: {convolution_taps: 0}\n", "'model.convolution_taps' must be from 1 to 64, not 0"},
    {"model: {moving_average: -1}\n", "'model.moving_average' must be from 0 to 16, not -1"},
    {"model: {moving_average: 17}\n", "'model.moving_average' must be from 0 to 16, not 17"},
    {"model: {moving_average: some}\n", "'model.moving_average' "},
    {"model: {ema: 4}\n", "did you mean 'model.moving_average'?"},
    {"model: {d_conv: 4}\n", "did you mean 'model.convolution_taps'?"},
    {"model: {positions: rope}\n", "not 'rope'; did you mean 'rotary'?"},
    {"model: {positions: Rotary}\n", "not 'Rotary'; did you mean 'rotary'?"},
    {"model: {pooling: avg}\n", "not 'avg'; did you mean 'mean'?"},
    {"model: {cls_token: true}\n", "did you mean 'model.pooling: cls'? It marks the first token"},
    {"model: {pooling: attn}\n", "not 'attn'; did you mean 'attention'?"},
    {"model: {norm: LayerNorm}\n", "did you mean 'layer'?"},
    {"attention: {locality: alibi}\n", "did you mean 'bias'?"},
    {"optimizer: {schedule: cosine_annealing}\n", "did you mean 'cosine'?"},
    {"optimizer: {schedule: wsd}\n", "did you mean 'trapezoid'?"},
    {"optimizer: {type: muon}\n", "did you mean 'optimizer.kind'?"},
    {"optimizer: {muon_lr: 0.1}\n", "did you mean 'optimizer.muon_learning_rate'?"},
    {"optimizer: {ns_steps: 5}\n", "muon always takes Nesterov's momentum"},
    {"optimizer: {clip: none}\n",
     "must be a number, not 'none': greatest norm of the whole gradient; 0: no clipping"},
};

Test(job_words, job_files)
{
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    start();
    cr_expect_eq(lw_option_read_text(sections, LW_JOB_SECTIONS, keys[i].text, "j.yaml"),
                 LW_ERROR_INPUT, "%s", keys[i].text);
    cr_expect_not_null(strstr(lw_fail_message(), keys[i].hint), "%s: %s", keys[i].text,
                       lw_fail_message());
  }
  start();
  job.model.positions.bits = 2;
  cr_assert_eq(lw_option_read_text(sections, LW_JOB_SECTIONS, "model: {positions: null}\n", "j"),
               LW_OK, "%s", lw_fail_message());
  cr_assert_eq(job.model.positions.bits, 1, "where none is a choice, null means it");
}

Test(job_words, set)
{
  static const char *const tried[][2] = {
      {"lr=0.1", "--set takes section.key=value, not 'lr=0.1'; did you mean "
                 "'optimizer.learning_rate'?"},
      {"optim.lr=0.1", "--set optim.lr=0.1: unknown section 'optim'; did you mean "
                       "'optimizer.learning_rate'?"},
      {"train.lr=0.1", "--set train.lr=0.1: unknown key 'train.lr'; did you mean "
                       "'optimizer.learning_rate'?"},
      {"zebra.x=1", "--set zebra.x=1: unknown section 'zebra'"},
      {"model.positions=rope",
       "--set model.positions=rope: 'model.positions' must be one of none, learned, sinusoidal, "
       "rotary, not 'rope'; did you mean 'rotary'?"},
  };
  for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
    start();
    cr_assert_eq(lw_option_set(sections, LW_JOB_SECTIONS, tried[i][0]), LW_ERROR_INPUT);
    cr_expect_str_eq(lw_fail_message(), tried[i][1], "%s", lw_fail_message());
  }
}

/* A command that takes --set knows the keys of a job, too. */
Test(job_words, flags)
{
  static const char *const tried[][2] = {
      {"--lr=1", "unknown flag '--lr'; did you mean '--set optimizer.learning_rate='?"},
      {"--batch-size", "unknown flag '--batch-size'; did you mean '--set train.batch_size='?"},
      {"--rope", "unknown flag '--rope'; did you mean '--set model.positions=rotary'?"},
      {"--learning-rte", "unknown flag '--learning-rte'; did you mean '--set "
                         "optimizer.learning_rate='?"},
      {"--sede", "unknown flag '--sede'; did you mean '--seed'?"},
      {"--gpu", "unknown flag '--gpu'; there is no such option: longwave computes on CPU cores"},
  };
  typedef struct seed_flag {
    int64_t seed;
  } seed_flag;
  static const lw_option options[] = {
      LW_INT_ROW("seed", FLAG, LW_AT(seed_flag, seed), "1", 0, 9, "seed"), {0}};
  seed_flag own;
  start();
  for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
    char program[] = "train", word[64];
    char *argv[] = {program, word};
    const char *sets[2];
    lw_option_section flags = {.name = "", .options = options, .values = &own};
    lw_arguments arguments = {
        .sets = sets, .set_room = 2, .keys = sections, .key_count = LW_JOB_SECTIONS};
    snprintf(word, sizeof word, "%s", tried[i][0]);
    cr_assert_eq(lw_option_arguments(&flags, 2, argv, &arguments), LW_ERROR_INPUT);
    cr_expect_str_eq(lw_fail_message(), tried[i][1], "%s", lw_fail_message());
  }
}
