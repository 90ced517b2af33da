#include "longwave/run/breakdown.h"
#include "longwave/base/columns.h"
#include "longwave/base/csv.h"
#include <math.h>

lw_status lw_breakdown_text(const lw_breakdown *breakdown, const lw_dataset *dataset,
                            const double *tally, lw_text *text)
{
  const int64_t rows = breakdown->rows(lw_dataset_describe(dataset));
  char name[LW_BREAKDOWN_NAME];
  double cells[LW_BREAKDOWN_COLUMNS];
  lw_csv_put(text, breakdown->first);
  for (int c = 0; c < breakdown->columns; c++) lw_csv_put(text, breakdown->column[c]);
  lw_csv_end(text);
  for (int64_t row = 0; row < rows; row++) {
    if (!breakdown->fill(dataset, tally, row, name, cells)) continue;
    lw_csv_put(text, name);
    for (int c = 0; c < breakdown->columns; c++)
      if (isnan(cells[c]))
        lw_csv_put_as(text, "%s", "");
      else
        lw_csv_put_as(text, "%.7g", cells[c]);
    /* a cell that is empty keeps its comma */
    if (isnan(cells[breakdown->columns - 1])) lw_text_add(text, ",");
    lw_csv_end(text);
  }
  return lw_text_end(text);
}

void lw_breakdown_print(const lw_breakdown *breakdown, const lw_dataset *dataset,
                        const double *tally, FILE *out)
{
  const int64_t rows = breakdown->rows(lw_dataset_describe(dataset));
  lw_column columns[LW_BREAKDOWN_COLUMNS + 2] = {{breakdown->first, 0, -24, NULL, false}};
  char name[LW_BREAKDOWN_NAME];
  const char *const names[] = {name};
  double cells[LW_BREAKDOWN_COLUMNS];
  if (rows == 0 || rows > LW_BREAKDOWN_PRINTED) return;
  for (int c = 0; c < breakdown->columns; c++)
    columns[c + 1] = (lw_column){breakdown->column[c], 0, 12, "%.5g", true};
  fputc('\n', out);
  lw_columns_print(out, columns, NULL, NULL);
  for (int64_t row = 0; row < rows; row++)
    if (breakdown->fill(dataset, tally, row, name, cells))
      lw_columns_print(out, columns, names, cells);
}
