#include "field_list.h"
#include <assert.h>

void lw_field_list_add(lw_field_list *list, const lw_csv_field *fields, int count)
{
  assert(list->count + count <= LW_FIELD_LIST);
  for (int i = 0; i < count; i++) list->field[list->count++] = fields[i];
}

void lw_field_list_figure(lw_field_list *list, const lw_objective *objective, int figure,
                          size_t score)
{
  lw_csv_field field = LW_CSV_FIELD_AS("", lw_score, value[0], .digits = 9);
  field.name = objective->figure[figure].column;
  field.optional = objective->figure[figure].tallied;
  field.offset = score + (size_t)figure * sizeof(double);
  lw_field_list_add(list, &field, 1);
}
