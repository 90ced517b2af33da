/* Which output of the model is explained: by name and step, or what the model itself says. */
#include "explanation_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/comm/reduce.h"
#include "longwave/run/predict.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_token(const explanation *e)
{
  return e->info->target->next && !explanation_of_numbers(e);
}

/* Classes, tokens or numbers that have a name. */
static int64_t choices(const explanation *e)
{
  if (explanation_of_numbers(e)) return e->info->numbers;
  return is_token(e) ? e->info->vocabulary : e->info->classes;
}

static const char *choice_words(const explanation *e)
{
  if (explanation_of_numbers(e)) return "numbers";
  return is_token(e) ? "tokens" : "classes";
}

void explanation_answer_name(const explanation *e, int64_t named, char *text)
{
  const char *name = is_token(e) ? lw_dataset_token_name(e->dataset, named)
                                 : lw_prediction_name(e->dataset, named);
  if (name && *name)
    snprintf(text, EXPLANATION_NAME, "%s", name);
  else
    snprintf(text, EXPLANATION_NAME, "%s%lld", explanation_of_numbers(e) ? "number_" : "",
             (long long)named);
}

static void list_choices(const explanation *e, lw_text *to)
{
  enum { SHOWN = 12 };
  char name[EXPLANATION_NAME];
  for (int64_t k = 0; k < choices(e) && k < SHOWN; k++) {
    explanation_answer_name(e, k, name);
    lw_text_item(to, ", ", "%.60s", name);
  }
  if (choices(e) > SHOWN) lw_text_item(to, ", ", "... (%lld in all)", (long long)choices(e));
}

/* By its name, else by its index. */
static int64_t find_choice(const explanation *e)
{
  const char *wanted = e->request->answer;
  char name[EXPLANATION_NAME], *end;
  for (int64_t k = 0; k < choices(e); k++) {
    explanation_answer_name(e, k, name);
    if (!strcmp(name, wanted)) return k;
  }
  errno = 0;
  const long long index = strtoll(wanted, &end, 10);
  return !*end && !errno && index >= 0 && index < choices(e) ? index : -1;
}

static lw_status choose_answer(explanation *e)
{
  char names[EXPLANATION_NAME] = "";
  lw_text list = LW_TEXT_IN(names);
  e->of.named = -1;
  if (explanation_of_numbers(e) && e->info->numbers == 1) e->of.named = 0;
  if (*e->request->answer) e->of.named = find_choice(e);
  const bool guessed = !*e->request->answer && !explanation_of_numbers(e);
  if (e->of.named >= 0 || guessed) return LW_OK;
  list_choices(e, &list);
  if (!*e->request->answer)
    return lw_fail(
        LW_ERROR_INPUT,
        "the model gives %lld numbers (%s); say by --answer which one is to be explained",
        (long long)e->info->numbers, names);
  return lw_fail(LW_ERROR_INPUT, "'%s' is none of the %s of %s: %s; give one of them to --answer",
                 e->request->answer, choice_words(e), lw_dataset_path(e->dataset), names);
}

/* How many answers the sample has: 1 where it is answered as a whole. */
static int64_t answers(const explanation *e)
{
  if (e->info->target->by_row) return e->rows;
  return e->info->horizon > 0 ? e->info->horizon : 1;
}

static bool has_steps(const explanation *e)
{
  return e->info->target->by_row || e->info->horizon > 0;
}

static lw_status check_step(const explanation *e)
{
  const long long step = e->request->step, last = answers(e) - 1;
  if (!has_steps(e) && step >= 0)
    return lw_fail(LW_ERROR_INPUT, "%s has one answer for a sample: leave out --step",
                   lw_dataset_path(e->dataset));
  if (!has_steps(e) || (step >= 0 && step <= last)) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "%s sample %lld has an answer at each of %lld steps%s%s; give one, from 0 to "
                 "%lld, to --step",
                 lw_split_name(e->request->split), (long long)e->request->sample, last + 1,
                 e->info->target->by_row ? "" : " ahead", step < 0 ? "" : ", and not at that one",
                 last);
}

lw_status explanation_choose(explanation *e)
{
  lw_status status = LW_OK;
  LW_TRY(choose_answer(e));
  LW_TRY(check_step(e));
done:
  return status;
}

void explanation_title(const explanation *e, char *text)
{
  const bool by_row = e->info->target->by_row;
  char name[EXPLANATION_NAME];
  lw_text to = lw_text_in(text, EXPLANATION_NAME);
  explanation_answer_name(e, e->of.named, name);
  if (!explanation_of_numbers(e)) lw_text_add(&to, is_token(e) ? "token " : "class ");
  lw_text_add(&to, "%.60s", name);
  if (has_steps(e))
    lw_text_add(&to, " %s %lld%s", by_row ? "at step" : "step", (long long)e->request->step,
                by_row ? "" : " ahead");
  if (explanation_of_numbers(e)) {
    const char *unit = e->info->number[e->of.named].unit;
    lw_text_add(&to, ": %.6g%s%s", e->of.value, *unit ? " " : "", unit);
  } else {
    lw_text_add(&to, ": logit %.4g, probability %.4g", e->of.value, e->of.probability);
  }
}

/* ---- after forward ---- */

/* The row of a step on this rank, -1: others have it. */
static int64_t own_row(const explanation *e, int64_t step)
{
  const lw_packing *packing = &e->batch.packing;
  for (int64_t s = 0; s < packing->stretch_count; s++) {
    const lw_stretch *stretch = &packing->stretches[s];
    if (step >= stretch->position && step < stretch->position + stretch->tokens)
      return stretch->row + step - stretch->position;
  }
  return -1;
}

/* The answer's index in this rank's batch, -1: others have it. Answers of a sample are on all
   ranks of the axis. */
static int64_t own_answer(const explanation *e)
{
  if (e->info->target->by_row) return own_row(e, e->request->step);
  return e->batch.samples > 0 ? 0 : -1;
}

static int64_t guess(const float *output, int64_t outputs)
{
  int64_t best = 0;
  for (int64_t k = 1; k < outputs; k++)
    if (output[k] > output[best]) best = k;
  return best;
}

/* The output of the answer on the rank that has it. */
static void judge(const explanation *e, const float *output, explained *of)
{
  const int64_t outputs = e->subject->model->data.outputs;
  if (of->named < 0) of->named = guess(output, outputs);
  of->output = of->named + (e->info->horizon > 0 ? e->request->step * e->info->numbers : 0);
  lw_prediction_tell(e->info, output, (int32_t)of->named, e->told);
  const double told = (double)e->told[is_token(e) ? 0 : of->output];
  of->value = explanation_of_numbers(e) ? told : (double)output[of->output];
  of->probability = is_token(e) ? exp2(-told) : told;
}

void explanation_ask(explanation *e)
{
  lw_model *model = e->subject->model;
  const int64_t answer = own_answer(e), outputs = model->data.outputs;
  const bool tells = answer >= 0 && (e->info->target->by_row || e->batch.counted);
  double sums[4] = {0.0};
  if (tells) {
    explained of = e->of;
    judge(e, model->logits + answer * outputs, &of);
    memcpy(sums, (double[]){(double)of.named, (double)of.output, of.value, of.probability},
           sizeof sums);
  }
  lw_reduce_sum_doubles(e->subject->world, sums, 4); /* of one rank */
  e->of = (explained){(int64_t)sums[0], (int64_t)sums[1], sums[2], sums[3]};
  memset(model->dlogits, 0, (size_t)(e->batch.answers * outputs) * sizeof *model->dlogits);
  if (answer < 0) return;
  const double scale = explanation_of_numbers(e) ? e->info->number[e->of.named].scale : 1.0;
  model->dlogits[answer * outputs + e->of.output] = (float)(1.0 / scale);
}

lw_status explanation_add_last(const explanation *e)
{
  const lw_explanation_request *request = e->request;
  const int64_t C = e->info->channels, lag = e->batch.input.from_last;
  if (lag == 0 || e->batch.samples == 0) return LW_OK;
  const int64_t back = lag < e->rows ? lag : e->rows;
  const int64_t step = e->rows - back + request->step % back, row = own_row(e, step);
  const int64_t channel = lw_dataset_asked_channel(e->dataset, e->of.named);
  float *values = NULL;
  lw_status status = LW_TAKE(&values, C);
  if (status == LW_OK)
    status = lw_dataset_read_values(e->dataset, request->split, request->sample, step, 1, values);
  if (status == LW_OK && row >= 0 && !isnan(values[channel]))
    e->gradient[row * e->inputs + channel] += (float)(1.0 / e->info->number[e->of.named].scale);
  lw_mem_give(values);
  return status;
}
