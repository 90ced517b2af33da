/* An explanation as numbers: every rank writes the rows that it has. */
#include "explanation_inside.h"
#include "longwave/base/mem.h"
#include "longwave/data/input.h"
#include "longwave/io/output.h"
#include <math.h>

enum { PIECE = 4096 };

/* ---- what the file has ---- */

void explanation_input_name(const explanation *e, int64_t input, char *text)
{
  const lw_dataset_info *info = e->info;
  const bool indicator = input >= info->channels && input < e->inputs - e->batch.input.time_gap;
  const int64_t c = indicator ? input - info->channels : input;
  if (c >= info->channels)
    snprintf(text, EXPLANATION_NAME, "time gap");
  else if (*info->channel[c].name)
    snprintf(text, EXPLANATION_NAME, "%s%s", indicator ? "missing " : "", info->channel[c].name);
  else
    snprintf(text, EXPLANATION_NAME, "%s%lld", indicator ? "missing " : "channel ", (long long)c);
}

static lw_status define_texts(const explanation *e)
{
  const lw_explanation_request *request = e->request;
  char answer[EXPLANATION_NAME];
  explanation_answer_name(e, e->of.named, answer);
  const struct {
    const char *name, *text;
  } texts[] = {{"format", lw_output_explanation.format},
               {"checkpoint", request->checkpoint},
               {"data", lw_dataset_path(e->dataset)},
               {"split", lw_split_name(request->split)},
               {"name", e->name},
               {"target", e->info->target->name},
               {"answer", answer},
               {"unit", explanation_of_numbers(e) ? e->info->number[e->of.named].unit : ""}};
  lw_status status = LW_OK;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    LW_TRY(lw_h5_writer_text(e->writer, "/", texts[i].name, texts[i].text));
done:
  return status;
}

static lw_status define_numbers(const explanation *e)
{
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_integer(e->writer, "/", "sample", e->request->sample));
  LW_TRY(lw_h5_writer_integer(e->writer, "/", "output", e->of.output));
  LW_TRY(lw_h5_writer_integer(e->writer, "/", "step", e->request->step));
  LW_TRY(
      lw_h5_writer_integer(e->writer, "/", "second", e->info->documents > 1 ? e->tokens[0] : -1));
  LW_TRY(lw_h5_writer_real(e->writer, "/", "value", e->of.value));
  if (!explanation_of_numbers(e))
    LW_TRY(lw_h5_writer_real(e->writer, "/", "probability", e->of.probability));
done:
  return status;
}

static lw_status define_input_names(const explanation *e)
{
  char *names = NULL;
  const char **texts = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&names, e->inputs * EXPLANATION_NAME));
  LW_TRY(LW_TAKE(&texts, e->inputs));
  for (int64_t i = 0; i < e->inputs; i++) {
    texts[i] = names + i * EXPLANATION_NAME;
    explanation_input_name(e, i, names + i * EXPLANATION_NAME);
  }
  LW_TRY(lw_h5_writer_texts(e->writer, "/inputs", texts, e->inputs));
done:
  lw_mem_give(names);
  lw_mem_give(texts);
  return status;
}

lw_status explanation_define(const explanation *e)
{
  const int64_t channels[] = {e->rows, e->info->channels}, inputs[] = {e->rows, e->inputs};
  lw_status status = LW_OK;
  LW_TRY(define_texts(e));
  LW_TRY(define_numbers(e));
  LW_TRY(lw_h5_writer_array(e->writer, "/gradient_x_input", LW_H5_F32, 2, inputs));
  if (e->info->timed) LW_TRY(lw_h5_writer_array(e->writer, "/times", LW_H5_F64, 1, inputs));
  if (e->info->input->ids) {
    LW_TRY(lw_h5_writer_array(e->writer, "/tokens", LW_H5_I32, 1, inputs));
    goto done;
  }
  LW_TRY(lw_h5_writer_array(e->writer, "/values", LW_H5_F32, 2, channels));
  LW_TRY(lw_h5_writer_array(e->writer, "/input", LW_H5_F32, 2, inputs));
  LW_TRY(lw_h5_writer_array(e->writer, "/gradient", LW_H5_F32, 2, inputs));
  LW_TRY(define_input_names(e));
done:
  return status;
}

/* ---- the rows of this rank ---- */

typedef struct scratch {
  double *stored; /* [PIECE, channels] of values; then, or of tokens, times [PIECE] */
  float *values;  /* [PIECE, channels] */
  float *product; /* [PIECE, inputs] */
} scratch;

/* Rows of the batch, and where they stand in the sample and in the file. */
typedef struct piece {
  int64_t row, item, first, count;
} piece;

static lw_status put_values(const explanation *e, const piece *p, const scratch *room)
{
  const lw_explanation_request *request = e->request;
  const int64_t C = e->info->channels, I = e->inputs;
  const float *gradient = e->gradient + p->row * I, *input = e->batch.values + p->row * I;
  lw_status status = LW_OK;
  LW_TRY(lw_dataset_read_stored(e->dataset, request->split, request->sample, p->item, p->count,
                                room->stored));
  for (int64_t n = 0; n < p->count * C; n++) {
    const lw_channel *channel = &e->info->channel[n % C];
    room->values[n] = (float)(room->stored[n] * channel->unit_scale + channel->unit_shift);
  }
  for (int64_t n = 0; n < p->count * I; n++) room->product[n] = gradient[n] * input[n];
  LW_TRY(lw_h5_writer_put_own(e->writer, "/values", p->first, p->count, room->values));
  LW_TRY(lw_h5_writer_put_own(e->writer, "/input", p->first, p->count, input));
  LW_TRY(lw_h5_writer_put_own(e->writer, "/gradient", p->first, p->count, gradient));
  LW_TRY(lw_h5_writer_put_own(e->writer, "/gradient_x_input", p->first, p->count, room->product));
done:
  return status;
}

/* The gradient is with respect to a factor of the token's vector that is 1. */
static lw_status put_tokens(const explanation *e, const piece *p)
{
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_put_own(e->writer, "/tokens", p->first, p->count, e->batch.tokens + p->row));
  LW_TRY(lw_h5_writer_put_own(e->writer, "/gradient_x_input", p->first, p->count,
                              e->gradient + p->row));
done:
  return status;
}

static lw_status put_piece(const explanation *e, const piece *p, const scratch *room)
{
  const lw_explanation_request *request = e->request;
  lw_status status = LW_OK;
  if (e->info->input->ids)
    LW_TRY(put_tokens(e, p));
  else
    LW_TRY(put_values(e, p, room));
  if (!e->info->timed) goto done;
  LW_TRY(lw_dataset_read_times(e->dataset, request->split, request->sample, p->item, p->count,
                               room->stored));
  LW_TRY(lw_h5_writer_put_own(e->writer, "/times", p->first, p->count, room->stored));
done:
  return status;
}

static lw_status put_stretch(const explanation *e, const lw_stretch *stretch, const scratch *room)
{
  const lw_explanation_request *request = e->request;
  const int64_t document =
      lw_dataset_document(e->dataset, request->split, request->sample, stretch->sample).first;
  const int64_t before = stretch->sample > 0 ? e->tokens[0] : 0;
  lw_status status = LW_OK;
  for (int64_t t = 0; t < stretch->tokens; t += PIECE) {
    const int64_t left = stretch->tokens - t, position = stretch->position + t;
    const piece p = {.row = stretch->row + t,
                     .item = document + position,
                     .first = before + position,
                     .count = left < PIECE ? left : PIECE};
    LW_TRY(put_piece(e, &p, room));
  }
done:
  return status;
}

lw_status explanation_put(const explanation *e)
{
  const lw_packing *packing = &e->batch.packing;
  scratch room = {0};
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&room.stored, PIECE * e->info->channels));
  LW_TRY(LW_TAKE(&room.values, PIECE * e->info->channels));
  LW_TRY(LW_TAKE(&room.product, PIECE * e->inputs));
  for (int64_t s = 0; s < packing->stretch_count; s++)
    LW_TRY(put_stretch(e, &packing->stretches[s], &room));
done:
  lw_mem_give(room.stored);
  lw_mem_give(room.values);
  lw_mem_give(room.product);
  return status;
}
