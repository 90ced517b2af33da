/* The parts of the report for which the model runs once more: samples with guesses, and attention
   maps. */
#include "report_inside.h"
#include "longwave/study/attention_maps.h"
#include "longwave/io/picture.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include "longwave/io/png.h"
#include "longwave/train/loss.h"
#include "longwave/train/subject.h"
#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { PICTURES = 24, TEXTS = 10, TOKENS_SHOWN = 200, SIDE_LEAST = 8 };

typedef struct sheet {
  const report *r;
  lw_json out; /* the list of samples */
  const lw_dataset *dataset;
  int64_t samples, classes, side; /* side 0: no pictures */
  const float *logits;            /* [samples, classes] */
  int64_t *list;                  /* [samples] their numbers in the split */
  float *values;                  /* [side * side] */
} sheet;

/* Pixels of a side if the samples of the test split look like square pictures, else 0. */
static int64_t picture_side(const lw_dataset *dataset, const int64_t *list, int64_t samples)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t T = info->longest[LW_SPLIT_TEST], side = (int64_t)lrint(sqrt((double)T));
  if (side < SIDE_LEAST || side * side != T || info->documents > 1 || info->channels > 1) return 0;
  if (info->input->ids && (info->vocabulary != 256 || lw_dataset_token_name(dataset, 'a')))
    return 0;
  for (int64_t i = 0; i < samples; i++)
    if (lw_dataset_length(dataset, LW_SPLIT_TEST, list[i]) != T) return 0;
  return side;
}

/* row: of the logits */
static lw_json add_verdict(const sheet *s, int64_t row)
{
  const int64_t label = lw_dataset_label(s->dataset, LW_SPLIT_TEST, s->list[row]);
  const int64_t guess = lw_objective_of(lw_dataset_describe(s->dataset))
                            ->guess(s->logits + row * s->classes, s->classes);
  const lw_json one = lw_json_object(s->out, NULL);
  lw_json_whole(one, "sample", s->list[row]);
  lw_json_text(one, "label", lw_dataset_class_name(s->dataset, label));
  lw_json_text(one, "guess", lw_dataset_class_name(s->dataset, guess));
  lw_json_bool(one, "right", guess == label);
  return one;
}

/* ---- pictures ---- */

static lw_status read_pixels(const sheet *s, int64_t sample)
{
  const int64_t T = s->side * s->side;
  int32_t *tokens = NULL;
  lw_status status = LW_OK;
  if (!lw_dataset_describe(s->dataset)->input->ids)
    return lw_dataset_read_values(s->dataset, LW_SPLIT_TEST, sample, 0, T, s->values);
  LW_TRY(LW_TAKE(&tokens, T));
  LW_TRY(lw_dataset_read_tokens(s->dataset, LW_SPLIT_TEST, sample, 0, T, tokens));
  for (int64_t i = 0; i < T; i++) s->values[i] = (float)tokens[i];
done:
  lw_mem_give(tokens);
  return status;
}

/* Grey from the least to the greatest of the picture's own values. */
static lw_status draw_sample(const sheet *s, int64_t sample, const char *path)
{
  const int64_t T = s->side * s->side;
  lw_picture picture = {0};
  float least = INFINITY, most = -INFINITY;
  lw_status status = LW_OK;
  LW_TRY(read_pixels(s, sample));
  for (int64_t i = 0; i < T; i++) {
    least = fminf(least, s->values[i]);
    most = fmaxf(most, s->values[i]);
  }
  LW_TRY(lw_picture_init(&picture, s->side, s->side));
  for (int64_t i = 0; i < 3 * T; i++)
    picture.rgb[i] =
        (uint8_t)lrintf(most > least ? 255.0f * (s->values[i / 3] - least) / (most - least) : 0.0f);
  LW_TRY(lw_png_write(path, s->side, s->side, picture.rgb));
done:
  lw_picture_done(&picture);
  return status;
}

static lw_status add_pictures(const sheet *s)
{
  char path[LW_TEXT_MAX + 32];
  lw_status status = LW_OK;
  snprintf(path, sizeof path, "%s/sample.png", s->r->folder);
  for (int64_t i = 0; i < s->samples; i++) {
    LW_TRY(draw_sample(s, s->list[i], path));
    LW_TRY(report_picture(add_verdict(s, i), "picture", path));
  }
done:
  return status;
}

/* ---- texts ---- */

static void say_tokens(const lw_dataset *dataset, const int32_t *tokens, int64_t count, lw_text *to)
{
  const bool text = lw_tokens_are_text(dataset, tokens, count);
  for (int64_t i = 0; i < count; i++) {
    const char *name = lw_dataset_token_name(dataset, tokens[i]);
    if (name)
      lw_text_add(to, "%s ", name);
    else
      lw_text_add(to, text ? "%c" : "%d ", (int)tokens[i]);
  }
}

static lw_status say_sequence(const sheet *s, int64_t sample, lw_document document, lw_text *to)
{
  const lw_dataset_info *info = lw_dataset_describe(s->dataset);
  const int64_t T = document.tokens, first = document.first;
  const int64_t shown = T < TOKENS_SHOWN ? T : TOKENS_SHOWN;
  float *values = NULL;
  int32_t tokens[TOKENS_SHOWN];
  lw_status status = LW_OK;
  if (info->input->ids) {
    LW_TRY(lw_dataset_read_tokens(s->dataset, LW_SPLIT_TEST, sample, first, shown, tokens));
    say_tokens(s->dataset, tokens, shown, to);
  } else {
    const int64_t C = info->channels;
    LW_TRY(LW_TAKE(&values, shown * C));
    LW_TRY(lw_dataset_read_values(s->dataset, LW_SPLIT_TEST, sample, first, shown, values));
    for (int64_t i = 0; i < shown * C; i++)
      lw_text_add(to, "%.3g%s", (double)values[i], (i + 1) % C ? "/" : " ");
  }
  if (T > shown) lw_text_add(to, "... (%lld tokens)", (long long)T);
done:
  lw_mem_give(values);
  return status;
}

static lw_status add_texts(const sheet *s)
{
  lw_text text = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < s->samples && i < TEXTS; i++) {
    const lw_json texts = lw_json_array(add_verdict(s, i), "texts");
    for (int64_t d = 0; d < lw_dataset_describe(s->dataset)->documents; d++) {
      const lw_document document = lw_dataset_document(s->dataset, LW_SPLIT_TEST, s->list[i], d);
      text.used = 0;
      LW_TRY(say_sequence(s, s->list[i], document, &text));
      LW_TRY(lw_text_end(&text));
      lw_json_text(texts, NULL, text.text);
    }
  }
done:
  lw_text_done(&text);
  return status;
}

/* ---- the samples ---- */

static lw_status add_sheet(const report *r, int64_t row, const lw_dataset *dataset,
                           const lw_evaluation *evaluation)
{
  const lw_json samples = lw_json_object(r->data, "samples");
  sheet s = {.r = r,
             .out = lw_json_array(samples, "list"),
             .dataset = dataset,
             .samples = evaluation->samples,
             .classes = lw_dataset_describe(dataset)->classes,
             .logits = evaluation->logits};
  lw_status status = LW_OK;
  lw_json_whole(samples, "row", row);
  LW_TRY(LW_TAKE(&s.list, s.samples));
  LW_TRY(lw_evaluation_list(evaluation, dataset, s.list));
  s.side = picture_side(dataset, s.list, s.samples);
  LW_TRY(LW_TAKE(&s.values, s.side * s.side));
  LW_TRY(s.side > 0 ? add_pictures(&s) : add_texts(&s));
done:
  lw_mem_give(s.values);
  lw_mem_give(s.list);
  return status;
}

lw_status report_samples(const report *r, lw_world *world, const report_pick *pick)
{
  lw_subject *subject = NULL;
  lw_evaluation evaluation = {.split = LW_SPLIT_TEST, .limit = PICTURES, .batch_size = PICTURES};
  lw_status status = LW_OK;
  LW_TRY(lw_subject_open(world, &(lw_subject_request){.checkpoint = pick->checkpoint, .data = ""},
                         &subject));
  const int64_t logits = PICTURES * subject->info.data.outputs;
  evaluation.max_length = subject->job.data.max_length;
  LW_TRY(lw_subject_load(
      subject, &(lw_subject_use){.evaluation = &evaluation,
                                 .results = 2 * logits * (int64_t)sizeof *evaluation.logits,
                                 .option = "report"}));
  LW_TRY_TOGETHER(world, LW_TAKE(&evaluation.logits, logits));
  LW_TRY(lw_evaluate(subject->model, subject->dataset, &evaluation));
  LW_TRY_TOGETHER(world,
                  world->rank ? LW_OK : add_sheet(r, pick->row, subject->dataset, &evaluation));
done:
  lw_mem_give(evaluation.logits);
  lw_subject_close(&subject);
  return status;
}

/* ---- attention ---- */

static lw_status add_maps(const report *r, lw_json in, const report_pick *pick, int64_t sample)
{
  char path[LW_TEXT_MAX + 32];
  const lw_json one = lw_json_object(in, NULL), maps = lw_json_array(one, "maps");
  lw_status status = LW_OK;
  lw_json_whole(one, "row", pick->row);
  lw_json_whole(one, "sample", sample);
  lw_json_whole(one, "tokens", pick->tokens);
  for (int64_t layer = 0; layer < pick->layers; layer++) {
    snprintf(path, sizeof path, "%s/layer-%lld.png", r->folder, (long long)layer);
    LW_TRY(report_picture(maps, NULL, path));
  }
done:
  return status;
}

lw_status report_attention(const report *r, lw_json in, lw_world *world, const report_pick *pick,
                           int64_t sample)
{
  const lw_map_request request = {.checkpoint = pick->checkpoint,
                                  .data = "",
                                  .split = LW_SPLIT_TEST,
                                  .sample = sample,
                                  .out = "",
                                  .pictures = r->folder};
  lw_status status = LW_OK;
  LW_TRY(lw_attention_maps(world, &request));
  LW_TRY_ON_ROOT(world, add_maps(r, in, pick, sample));
done:
  return status;
}
