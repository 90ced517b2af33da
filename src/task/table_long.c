/* A row is one value: the rows of one id are a sample, those of one time a step of it. */
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "table_inside.h"
#include <math.h>
#include <string.h>

typedef struct values {
  lw_table_reader *reader;
  lw_table_id ids;
  bool open;      /* rows of a sample came */
  bool begun;     /* and the builder has begun with it */
  bool step_open; /* a step has begun */
  double time;    /* of the step */
  float *value;   /* [channels] of the step */
  int64_t *count; /* [channels] how many values it has */
} values;

static lw_status end_step(values *own)
{
  const int64_t channels = own->reader->channels.count;
  if (!own->step_open) return LW_OK;
  own->step_open = false;
  for (int64_t i = 0; i < channels; i++) {
    own->reader->counts.missing += !own->count[i];
    if (!own->count[i]) own->value[i] = NAN;
  }
  return lw_builder_items(own->reader->building->builder, own->value, &own->time, 1);
}

/* A sample of which no value came was never begun, and is left out. */
static lw_status end_sample(values *own)
{
  own->reader->counts.empty += own->open && !own->begun;
  own->open = true;
  if (!own->begun) return LW_OK;
  own->begun = false;
  const lw_status status = end_step(own);
  return status == LW_OK ? lw_builder_end(own->reader->building->builder) : status;
}

static lw_status begin_sample(values *own)
{
  lw_table_reader *reader = own->reader;
  lw_builder_sample sample;
  lw_status status = LW_OK;
  LW_TRY(lw_table_begin_sample(reader, lw_table_id_of(reader), &sample));
  LW_TRY(lw_builder_begin(reader->building->builder, &sample));
  own->begun = true;
done:
  return status;
}

/* The step that the row belongs to is open afterwards. */
static lw_status choose_step(values *own)
{
  lw_table_reader *reader = own->reader;
  double time = 0.0;
  const lw_status status = lw_table_time(reader, &time);
  if (status != LW_OK) return status;
  if (own->step_open && time == own->time) return LW_OK;
  if (own->step_open && time < own->time)
    return lw_delimited_refuse(reader->table, reader->at.time,
                               "the time is earlier than that of the row before; sort the rows of "
                               "a sample by time");
  const lw_status ended = end_step(own);
  memset(own->count, 0, (size_t)reader->channels.count * sizeof *own->count);
  own->time = time;
  own->step_open = true;
  return ended;
}

static lw_status put(values *own, int64_t channel, float value)
{
  const int64_t before = own->count[channel]++;
  float *to = &own->value[channel];
  own->reader->counts.repeated += before > 0;
  if (!before) {
    *to = value;
    return LW_OK;
  }
  switch (own->reader->own->repeated) {
  case LW_TABLE_FIRST:
    break;
  case LW_TABLE_LAST:
    *to = value;
    break;
  case LW_TABLE_MEAN:
    *to += (value - *to) / (float)own->count[channel];
    break;
  case LW_TABLE_KEEP:
  case LW_TABLE_REFUSE:
    return lw_delimited_refuse(own->reader->table, own->reader->at.value,
                               "a second value of '%s' at the same time of the same sample; "
                               "--repeated first, last or mean makes one of them",
                               own->reader->channels.entry[channel]);
  }
  return LW_OK;
}

static lw_status take_row(values *own)
{
  lw_table_reader *reader = own->reader;
  const lw_cell variable = lw_delimited_word(reader->table, reader->at.variable);
  float value = 0.0f;
  bool same = false;
  lw_status status = LW_OK;
  LW_TRY(lw_table_same_id(reader, &own->ids, &same));
  if (!same) LW_TRY(end_sample(own));
  const int64_t channel = lw_list_find(&reader->channels, variable.text, variable.length);
  if (channel < 0) {
    reader->counts.other++;
    return LW_OK;
  }
  if (!own->begun) LW_TRY(begin_sample(own));
  LW_TRY(choose_step(own));
  LW_TRY(lw_delimited_numbers(reader->table, reader->at.value, 1, &value));
  if (!isnan(value)) status = put(own, channel, value);
done:
  return status;
}

lw_status lw_table_read_long(lw_table_reader *reader)
{
  values own = {.reader = reader};
  bool more = false;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&own.value, reader->channels.count));
  LW_TRY(LW_TAKE(&own.count, reader->channels.count));
  for (;;) {
    LW_TRY(lw_table_next(reader, &more));
    if (!more) break;
    LW_TRY(take_row(&own));
  }
  status = end_sample(&own);
done:
  lw_table_id_done(&own.ids);
  lw_mem_give(own.value);
  lw_mem_give(own.count);
  return status;
}
