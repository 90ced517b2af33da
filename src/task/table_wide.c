/* A row is a sample: its columns are the values of all its steps and channels, or one of them is a
 * text. */
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "table_inside.h"
#include <math.h>

/* The values of a row to reader->values, all channels of a step beside each other. */
static lw_status take_values(lw_table_reader *reader)
{
  const lw_table_columns *at = &reader->at;
  const int64_t channels = reader->own->row_channels, steps = at->channels / channels;
  const bool by_channel = reader->own->row_order == LW_TABLE_BY_CHANNEL && channels > 1;
  if (at->adjacent && !by_channel)
    return lw_delimited_numbers(reader->table, at->channel[0], at->channels, reader->values);
  for (int64_t i = 0; i < at->channels; i++) {
    const int64_t place = by_channel ? i % steps * channels + i / steps : i;
    const lw_status status =
        lw_delimited_numbers(reader->table, at->channel[i], 1, reader->values + place);
    if (status != LW_OK) return status;
  }
  return LW_OK;
}

/* Steps of the row, without those at its end that only fill it up. */
static int64_t count_steps(const lw_table_reader *reader)
{
  int64_t count = reader->at.channels;
  while (reader->own->padded && count > 1 && isnan(reader->values[count - 1])) count--;
  return lw_parts(count, reader->own->row_channels);
}

static lw_status add_values(lw_table_reader *reader)
{
  const lw_status status = take_values(reader);
  if (status != LW_OK) return status;
  const int64_t steps = count_steps(reader), count = steps * reader->own->row_channels;
  for (int64_t i = 0; i < count; i++) reader->counts.missing += isnan(reader->values[i]);
  return lw_builder_items(reader->building->builder, reader->values, NULL, steps);
}

static lw_status add_text(lw_table_reader *reader)
{
  const lw_cell cell = lw_delimited_cell(reader->table, reader->at.text);
  if (!cell.length) return lw_delimited_refuse(reader->table, reader->at.text, "the text is empty");
  return lw_builder_items(reader->building->builder, cell.text, NULL, cell.length);
}

lw_status lw_table_read_wide(lw_table_reader *reader)
{
  lw_builder *builder = reader->building->builder;
  const bool text = reader->at.text >= 0;
  bool more = false;
  lw_builder_sample sample;
  lw_status status = LW_OK;
  LW_TRY(LW_EXTEND(&reader->values, &reader->value_room, 0, reader->at.channels));
  for (;;) {
    LW_TRY(lw_table_next(reader, &more));
    if (!more) break;
    LW_TRY(lw_table_begin_sample(reader, lw_table_id_of(reader), &sample));
    LW_TRY(lw_builder_begin(builder, &sample));
    LW_TRY(text ? add_text(reader) : add_values(reader));
    LW_TRY(lw_builder_end(builder));
  }
done:
  return status;
}
