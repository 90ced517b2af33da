/* A row is a step: the rows of one id are a sample, or all rows of a file. */
#include "longwave/base/hash.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "table_inside.h"
#include <math.h>
#include <string.h>

typedef struct steps {
  lw_table_reader *reader;
  lw_table_id ids;
  bool open;            /* a sample has begun */
  bool asked;           /* steps have answers */
  uint64_t target;      /* hash of the sample's target */
  int64_t step;         /* of the next row, from the sample's first one */
  double before;        /* the time of the row before */
  float *values;        /* [block, channels] that wait for the builder */
  double *times;        /* [block] */
  int64_t block, count; /* most that wait; that do */
} steps;

static lw_status flush(steps *own)
{
  const int64_t count = own->count;
  own->count = 0;
  if (!count) return LW_OK;
  const double *times = own->reader->at.time >= 0 ? own->times : NULL;
  return lw_builder_items(own->reader->building->builder, own->values, times, count);
}

static lw_status end_sample(steps *own)
{
  if (!own->open) return LW_OK;
  own->open = false;
  const lw_status status = flush(own);
  return status == LW_OK ? lw_builder_end(own->reader->building->builder) : status;
}

/* What the row says about the target of its sample. */
static uint64_t hash_target(const lw_table_reader *reader)
{
  uint64_t hash = 0;
  for (int64_t i = 0; i < reader->targets.count; i++) {
    const lw_table_field *field = &reader->field[i];
    if (field->text) hash = hash * 31 + lw_hash_bytes((const uint8_t *)field->text, field->length);
  }
  return hash;
}

static lw_status begin_sample(steps *own)
{
  lw_table_reader *reader = own->reader;
  lw_builder_sample sample;
  lw_status status = LW_OK;
  LW_TRY(end_sample(own));
  LW_TRY(lw_table_begin_sample(reader, lw_table_id_of(reader), &sample));
  LW_TRY(lw_builder_begin(reader->building->builder, &sample));
  own->target = hash_target(reader);
  own->step = 0;
  own->open = true;
done:
  return status;
}

/* Whether the row belongs to the sample that is open; if not, the next one begins. */
static lw_status choose_sample(steps *own)
{
  lw_table_reader *reader = own->reader;
  bool same = false;
  lw_status status = lw_table_same_id(reader, &own->ids, &same);
  if (status == LW_OK && !same) status = begin_sample(own);
  if (status != LW_OK || (reader->book.table && !own->asked)) return status;
  lw_table_take_fields(reader);
  if (own->asked || hash_target(reader) == own->target) return LW_OK;
  return lw_delimited_refuse_record(
      reader->table, "the target differs from that of the row before, which is of the same sample; "
                     "to ask at each step take --question step-class or step-numbers");
}

static lw_status take_time(steps *own)
{
  lw_table_reader *reader = own->reader;
  double time = 0.0;
  if (reader->at.time < 0) return LW_OK;
  const lw_status status = lw_table_time(reader, &time);
  if (status != LW_OK) return status;
  if (own->step && time < own->before)
    return lw_delimited_refuse(reader->table, reader->at.time,
                               "the time is earlier than that of the row before; sort the rows of "
                               "a sample by time");
  if (own->step && time == own->before && reader->own->repeated == LW_TABLE_REFUSE)
    return lw_delimited_refuse(reader->table, reader->at.time,
                               "the row before has the same time; --repeated keep takes both");
  own->before = own->times[own->count] = time;
  return LW_OK;
}

static lw_status take_row(steps *own)
{
  lw_table_reader *reader = own->reader;
  const lw_table_columns *at = &reader->at;
  lw_status status = LW_OK;
  LW_TRY(choose_sample(own));
  float *values = own->values + own->count * at->channels;
  LW_TRY(take_time(own));
  if (at->adjacent)
    LW_TRY(lw_delimited_numbers(reader->table, at->channel[0], at->channels, values));
  else
    for (int64_t i = 0; i < at->channels; i++)
      LW_TRY(lw_delimited_numbers(reader->table, at->channel[i], 1, values + i));
  for (int64_t i = 0; i < at->channels; i++) reader->counts.missing += isnan(values[i]);
  if (++own->count == own->block) LW_TRY(flush(own));
  if (own->asked) LW_TRY(lw_table_answer_step(reader, own->step));
  own->step++;
done:
  return status;
}

lw_status lw_table_read_steps(lw_table_reader *reader)
{
  steps own = {.reader = reader, .asked = lw_table_asks_steps(reader->own)};
  bool more = false;
  lw_status status = LW_OK;
  own.block = own.asked ? 1 : lw_larger(1, 8192 / reader->at.channels);
  LW_TRY(LW_TAKE(&own.values, own.block * reader->at.channels));
  LW_TRY(LW_TAKE(&own.times, own.block));
  for (;;) {
    LW_TRY(lw_table_next(reader, &more));
    if (!more) break;
    LW_TRY(take_row(&own));
  }
  status = end_sample(&own);
done:
  lw_table_id_done(&own.ids);
  lw_mem_give(own.values);
  lw_mem_give(own.times);
  return status;
}
