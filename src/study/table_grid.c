/* A table that fits a page: short names, columns that are equal in all rows said once, columns left
   out. */
#include "table_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include <string.h>

static char *cell_of(const lw_text_grid *grid, int64_t row, int64_t k)
{
  return grid->cell[row * grid->columns + k];
}

static void remove_column(lw_text_grid *grid, int64_t gone)
{
  const int64_t columns = grid->columns;
  int64_t to = 0;
  for (int64_t from = 0; from < grid->rows * columns; from++) {
    if (from % columns == gone) continue;
    memmove(grid->cell[to], grid->cell[from], sizeof *grid->cell);
    grid->best[to++] = grid->best[from];
  }
  memmove(&grid->column[gone], &grid->column[gone + 1],
          (size_t)(columns - gone - 1) * sizeof *grid->column);
  grid->columns--;
}

/* Adds to a list "steps: 6; window: 3", or of texts alone, value "". */
static void note(char *list, const char *text, const char *value)
{
  lw_text to = lw_text_behind(list, LW_TABLE_NOTE);
  lw_text_item(&to, "; ", "%s%s%s", text, *value ? ": " : "", value);
}

/* ---- names ---- */

static int64_t column_named(const lw_text_grid *grid, const char *title)
{
  for (int64_t k = 0; k < grid->columns; k++)
    if (!grid->column[k].name && !strcmp(cell_of(grid, 0, k), title)) return k;
  return -1;
}

/* "plain_learning_rate-1e-3" to "plain" for the key "learning_rate". */
static bool drop_piece(char *name, const char *key)
{
  const size_t length = strlen(key);
  for (char *c = name; (c = strstr(c, key)); c++) {
    if ((c > name && c[-1] != '_') || c[length] != '-') continue;
    const char *end = c + strcspn(c, "-");
    end += strcspn(end, "_");
    if (!*end && c > name) c--;
    memmove(c, *end ? end + 1 : end, strlen(*end ? end + 1 : end) + 1);
    return true;
  }
  return false;
}

static void drop_settings(lw_text_grid *grid, const lw_run_views *views, int64_t k)
{
  for (int64_t i = 0; i < views->list->setting_count; i++) {
    const char *key = lw_table_short_key(views->list->settings[i].key);
    const int64_t shown = lw_run_differs(views, i) ? column_named(grid, key) : -1;
    for (int64_t row = 1; row < grid->rows && shown >= 0; row++)
      if (drop_piece(cell_of(grid, row, k), key)) grid->column[shown].drop = 0;
  }
}

/* What is left of a name must be one: a word, not a number, whose meaning is lost. */
static bool may_shorten(const lw_text_grid *grid, int64_t k, size_t front)
{
  const char *first = cell_of(grid, 1, k);
  if (first[front - 1] != '_' && first[front - 1] != '-') return false;
  for (int64_t row = 1; row < grid->rows; row++) {
    const char *name = cell_of(grid, row, k);
    if (strncmp(name, first, front) != 0 || !name[front] || strspn(name + front, "0123456789"))
      return false;
  }
  return true;
}

static void shorten_front(lw_text_grid *grid, int64_t k)
{
  size_t front = strlen(cell_of(grid, 1, k));
  while (front > 0 && !may_shorten(grid, k, front)) front--;
  for (int64_t row = 1; row < grid->rows && front > 0; row++) {
    char *name = cell_of(grid, row, k);
    memmove(name, name + front, strlen(name + front) + 1);
  }
}

static int64_t empty_cells(const lw_text_grid *grid, int64_t k)
{
  int64_t count = 0;
  for (int64_t row = 1; row < grid->rows; row++) count += !*cell_of(grid, row, k);
  return count;
}

void lw_table_shorten(lw_text_grid *grid, const lw_run_views *views)
{
  int64_t k = 0;
  while (k < grid->columns && !grid->column[k].name) k++;
  if (k == grid->columns || grid->rows < 3) return;
  drop_settings(grid, views, k);
  const int64_t empty = empty_cells(grid, k);
  if (empty == 0) {
    shorten_front(grid, k);
  } else if (empty == grid->rows - 1) {
    remove_column(grid, k);
  } else {
    for (int64_t row = 1; row < grid->rows; row++)
      snprintf(cell_of(grid, row, k), LW_GRID_CELL, "%.500s", views->names[row - 1]);
  }
}

/* ---- what all rows have in common ---- */

/* Not what is compared. */
static bool is_shared(const lw_text_grid *grid, int64_t k)
{
  if (grid->column[k].name || grid->column[k].drop == 0) return false;
  for (int64_t row = 1; row < grid->rows; row++)
    if (grid->best[row * grid->columns + k] ||
        strcmp(cell_of(grid, row, k), cell_of(grid, 1, k)) != 0)
      return false;
  return true;
}

static lw_status share_settings(lw_text_grid *grid, const lw_run_views *views)
{
  lw_run_view defaults = {0};
  const lw_setting *own = views->list->settings;
  lw_status status = LW_OK;
  LW_TRY(lw_run_view_defaults(&defaults));
  for (int64_t i = 0; i < defaults.setting_count; i++)
    if ((own[i].option->role & LW_ROLES_APART) && !lw_run_differs(views, i) &&
        strcmp(own[i].value, defaults.settings[i].value) != 0)
      note(grid->same, own[i].key, own[i].value);
done:
  lw_run_view_done(&defaults);
  return status;
}

lw_status lw_table_share(lw_text_grid *grid, const lw_run_views *views)
{
  for (int64_t k = 0; k < grid->columns && grid->rows > 2;) {
    if (!is_shared(grid, k)) {
      k++;
      continue;
    }
    if (*cell_of(grid, 1, k)) note(grid->same, cell_of(grid, 0, k), cell_of(grid, 1, k));
    remove_column(grid, k);
  }
  return share_settings(grid, views);
}

/* ---- width ---- */

static int64_t next_to_go(const lw_text_grid *grid)
{
  int64_t next = -1;
  for (int64_t k = 0; k < grid->columns; k++)
    if (grid->column[k].drop > 0 && (next < 0 || grid->column[k].drop <= grid->column[next].drop))
      next = k;
  return next;
}

void lw_table_fit(lw_text_grid *grid, int width)
{
  int64_t gone;
  while (lw_table_width(grid) > width && (gone = next_to_go(grid)) >= 0) {
    note(grid->left_out, cell_of(grid, 0, gone), "");
    remove_column(grid, gone);
  }
}
