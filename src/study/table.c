#include "longwave/study/table.h"
#include "table_inside.h"

/* What is said once, what is short, what fits: unless the columns were chosen. */
static lw_status make(const lw_run_views *views, const lw_table_request *request,
                      lw_text_grid *grid)
{
  lw_status status = LW_OK;
  if (request->columns && *request->columns) {
    LW_TRY(lw_table_make_of(views, request->columns, grid));
    lw_table_shorten(grid, views);
    return LW_OK;
  }
  LW_TRY(lw_table_make(views, grid));
  lw_table_shorten(grid, views);
  LW_TRY(lw_table_share(grid, views));
  lw_table_fit(grid, LW_TABLE_WIDTH);
done:
  return status;
}

/* Other rows of each data set are compared with this one. */
static lw_status compare(lw_run_views *views, const lw_table_request *request)
{
  int64_t found = 0;
  if (!request->against || !*request->against) return LW_OK;
  views->against = request->against;
  for (int64_t row = 0; row < views->rows; row++) found += lw_run_reference(views, row) >= 0;
  if (found > 0) return LW_OK;
  return lw_fail(LW_ERROR_INPUT, "--against %s: no row of runs is called so; the first is %s",
                 request->against, views->names[0]);
}

lw_status lw_table_show(const lw_run_paths *paths, const lw_table_request *request, FILE *out)
{
  lw_run_views views = {0};
  lw_text_grid grid = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_run_views_read(paths, &views));
  LW_TRY(compare(&views, request));
  if (request->csv) {
    status = lw_table_print_csv(&views, out);
    goto done;
  }
  LW_TRY(make(&views, request, &grid));
  if (request->latex)
    lw_table_print_latex(&grid, request->command, out);
  else
    lw_table_print(&views, &grid, out);
  if (request->ranks) LW_TRY(lw_table_ranks(&views, &grid, out));
done:
  lw_table_done(&grid);
  lw_run_views_done(&views);
  return status;
}
