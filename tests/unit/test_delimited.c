/* Delimited texts: what is read from them, what is refused with which sentence, and parts. */
#include "longwave/base/rng.h"
#include "longwave/parse/delimited.h"
#include "make_task.h"
#include <math.h>
#include <zlib.h>

static lw_delimited *table;

static void begin(void)
{
  make_begin();
}

static void end(void)
{
  lw_delimited_close(&table);
  make_end();
}

TestSuite(delimited, .init = begin, .fini = end);

static lw_status open_bytes(const char *content, size_t size, lw_delimited_format format)
{
  lw_delimited_close(&table);
  return lw_delimited_open(bytes_file("t.csv", content, size), &format, &table);
}

#define OPEN_AS(content, ...)                                                                      \
  open_bytes(content, strlen(content), (lw_delimited_format){__VA_ARGS__})
#define OPEN(content) OPEN_AS(content, 0)

/* The next record joined by '|'; NULL at the end. */
static const char *next(void)
{
  static char joined[512];
  bool more = false;
  FINE(lw_delimited_next(table, &more));
  if (!more) return NULL;
  int used = 0;
  for (int64_t i = 0; i < lw_delimited_columns(table); i++) {
    const lw_cell cell = lw_delimited_cell(table, i);
    used += snprintf(joined + used, sizeof joined - (size_t)used, "%s%.*s", i ? "|" : "",
                     (int)cell.length, cell.text);
  }
  return joined;
}

#define NEXT(wanted)                                                                               \
  do {                                                                                             \
    const char *found = next();                                                                    \
    cr_assert(found && !strcmp(found, wanted), "'%s'", found);                                     \
  } while (0)

static lw_status skip_all(void)
{
  bool more = true;
  lw_status status = LW_OK;
  while (status == LW_OK && more) status = lw_delimited_next(table, &more);
  return status;
}

Test(delimited, records_of_all_kinds)
{
  FINE(OPEN(
      "\xef\xbb\xbf\r\na,\"b \"\"x\"\"\", c\r\n\n1,\"two\nlines, \"\"q\"\"\",\r\n,,\"\"\n4,5,6"));
  cr_expect_eq(lw_delimited_columns(table), 3);
  cr_expect_str_eq(lw_delimited_name(table, 1), "b \"x\"");
  cr_expect_str_eq(lw_delimited_name(table, 2), "c");
  NEXT("1|two\nlines, \"q\"|");
  cr_expect_eq(lw_delimited_line(table), 4);
  NEXT("||");
  cr_expect_eq(lw_delimited_line(table), 6);
  NEXT("4|5|6");
  cr_expect_null(next());
  cr_expect_null(next());
}

Test(delimited, separators_are_found)
{
  FINE(OPEN("a\tb,c\td;e\n1\t2\t3\n"));
  cr_expect_eq(lw_delimited_columns(table), 3);
  FINE(OPEN("a;b;\"c,,,\"\n1;2;3\n"));
  cr_expect_eq(lw_delimited_columns(table), 3);
  FINE(OPEN_AS("1,5;2,5;a,b,c\n", .headless = true, .decimal_comma = true));
  cr_expect_eq(lw_delimited_columns(table), 3);
  FINE(OPEN("only\n1\n"));
  NEXT("1");
  FINE(OPEN_AS("a|b\n1,5|2\n", .separator = '|'));
  NEXT("1,5|2");
  FINE(OPEN_AS("  a   b\tc \n 1 2\t \t3\r\n\n4 \"x y\"  5 \r\n", .separator = ' '));
  NEXT("1|2|3");
  NEXT("4|x y|5");
  cr_expect_null(next());
}

Test(delimited, without_quotes_a_quote_is_a_letter)
{
  FINE(OPEN_AS("\"a\tb\"\n5\" disk\t\"\n", .unquoted = true, .headless = true));
  NEXT("\"a|b\"");
  NEXT("5\" disk|\"");
}

Test(delimited, comments_are_passed_over)
{
  FINE(OPEN_AS("# \"one\n#two\na,b\n# three, four, five\n1,#2\n#", .comment = '#'));
  NEXT("1|#2");
  cr_expect_eq(lw_delimited_line(table), 5);
  cr_expect_null(next());
}

Test(delimited, columns_have_names_or_numbers)
{
  int64_t column = -1;
  FINE(OPEN("id,value,x,x\n1,2,3,4\n"));
  FINE(lw_delimited_find(table, "value", &column));
  cr_expect_eq(column, 1);
  FAILS(lw_delimited_find(table, "Value", &column), LW_ERROR_INPUT,
        "has no column 'Value'; it has 4: 'id', 'value', 'x', 'x'");
  FAILS(lw_delimited_find(table, "x", &column), LW_ERROR_INPUT,
        "more than one column 'x': 3 and 4");
  FINE(OPEN_AS("1,2\n", .headless = true));
  FINE(lw_delimited_find(table, "2", &column));
  cr_expect_eq(column, 1);
  cr_expect_str_eq(lw_delimited_name(table, 1), "");
  FAILS(lw_delimited_find(table, "3", &column), LW_ERROR_INPUT, "columns are numbers 1 to 2");
  FAILS(lw_delimited_find(table, "a", &column), LW_ERROR_INPUT, "not 'a'");
}

Test(delimited, numbers_and_missing_values)
{
  float values[4];
  double value = 0.0;
  FINE(OPEN("a,b,c,d\n1.5, -2e3 ,NA,\n?,nan,-,Null\n-1,x,1e39,inf\n"));
  cr_assert(next());
  FINE(lw_delimited_numbers(table, 0, 4, values));
  cr_expect(values[0] == 1.5f && values[1] == -2000.0f && isnan(values[2]) && isnan(values[3]));
  cr_assert(next());
  FINE(lw_delimited_numbers(table, 0, 4, values));
  cr_expect(isnan(values[0]) && isnan(values[1]) && isnan(values[2]) && isnan(values[3]));
  cr_expect(lw_delimited_missing(table, 3));
  cr_assert(next());
  FAILS(lw_delimited_numbers(table, 0, 2, values), LW_ERROR_INPUT,
        "t.csv' line 4, column 2 ('b'): 'x' is no finite number with a decimal point and without "
        "thousands separators, and no mark of a missing value");
  FAILS(lw_delimited_numbers(table, 2, 1, values), LW_ERROR_INPUT, "'1e39' is no finite number");
  FINE(lw_delimited_number(table, 2, &value));
  FAILS(lw_delimited_number(table, 3, &value), LW_ERROR_INPUT, "'inf'");
  cr_expect_not(lw_delimited_missing(table, 0));
  FINE(OPEN_AS("a;b\n-1;-999\n1,5;\n", .missing = "-1,-999", .decimal_comma = true));
  cr_assert(next());
  FINE(lw_delimited_numbers(table, 0, 2, values));
  cr_expect(isnan(values[0]) && isnan(values[1]));
  cr_assert(next());
  FINE(lw_delimited_number(table, 0, &value));
  cr_expect_eq(value, 1.5);
  FAILS(lw_delimited_number(table, 1, &value), LW_ERROR_INPUT, "'' is no finite number with a");
}

Test(delimited, bad_files_are_refused_with_their_line)
{
  FAILS(OPEN(""), LW_ERROR_INPUT, "t.csv' is empty: it has no line with cells");
  FAILS(OPEN("\n\r\n\n"), LW_ERROR_INPUT, "is empty");
  FAILS(OPEN("\xef\xbb\xbf"), LW_ERROR_INPUT, "is empty");
  FAILS(OPEN_AS("#a", .comment = '#'), LW_ERROR_INPUT, "is empty");
  FINE(OPEN("a,b\n1,\"x\ny\"\n1,2,3\n"));
  FAILS(skip_all(), LW_ERROR_INPUT,
        "t.csv' line 4: 3 cells, but the first record of the file has 2");
  FINE(OPEN("a,b\n1\n"));
  FAILS(skip_all(), LW_ERROR_INPUT, "line 2: 1 cell, but");
  FINE(OPEN("a,b\n1,2\"\n"));
  FAILS(skip_all(), LW_ERROR_INPUT,
        "line 2: a double quote inside of cell 2, which does not begin");
  FINE(OPEN("a,b\n\"1\" ,2\n"));
  FAILS(skip_all(), LW_ERROR_INPUT, "line 2: text behind the closing quote of cell 1");
  FINE(OPEN("a,b\n1,2\n1,\"2\n\n"));
  FAILS(skip_all(), LW_ERROR_INPUT, "line 3: the quote of cell 2 is never closed");
  FAILS(open_bytes("a\0b", 3, (lw_delimited_format){0}), LW_ERROR_INPUT, "line 1: a zero byte");
  FAILS(open_bytes("\"a\0\"", 4, (lw_delimited_format){0}), LW_ERROR_INPUT, "line 1: a zero byte");
  const lw_delimited_format format = {0};
  FAILS(lw_delimited_open(at("none"), &format, &table), LW_ERROR_FILE, "none");
}

/* A cell written by RFC 4180. */
static void put_cell(FILE *file, const char *text)
{
  if (!strpbrk(text, "\",\n\r")) {
    fputs(text, file);
    return;
  }
  fputc('"', file);
  for (; *text; text++) {
    if (*text == '"') fputc('"', file);
    fputc(*text, file);
  }
  fputc('"', file);
}

enum { ROWS = 700, COLUMNS = 5, CELL = 12 };
static char cells[ROWS][COLUMNS][CELL];

/* Cells at random, of letters that matter, in a file. */
static const char *random_file(void)
{
  static const char letters[] = "ab,\"\n\r ;";
  const lw_rng rng = {.seed = 7, .stream = LW_RNG_TEST};
  char *path = at("random.csv");
  FILE *file = fopen(path, "wb");
  cr_assert(file);
  fputs("a,b,c,d,\"e\n\"\n", file);
  for (uint64_t i = 0; i < ROWS * COLUMNS; i++) {
    char *cell = cells[i / COLUMNS][i % COLUMNS];
    const uint64_t bits = lw_rng_bits(rng, i), length = bits % CELL;
    for (uint64_t j = 0; j < length; j++) cell[j] = letters[bits >> (4 + 3 * j) & 7];
    if (length && cell[length - 1] == '\r') cell[length - 1] = 'r';
    put_cell(file, cell);
    fputs(i % COLUMNS < COLUMNS - 1 ? "," : i % 3 ? "\n" : "\r\n", file);
  }
  cr_assert_eq(fclose(file), 0);
  return path;
}

/* The records of a part continue those before, from number `row` on. Returns the next one. */
static int64_t check_part(const char *path, int part, int parts, int64_t row, int64_t *line)
{
  const lw_delimited_format format = {0};
  bool more = true;
  lw_delimited_close(&table);
  FINE(lw_delimited_open(path, &format, &table));
  FINE(lw_delimited_take_part(table, part, parts));
  for (;; row++) {
    FINE(lw_delimited_next(table, &more));
    if (!more) return row;
    if (row == ROWS || lw_delimited_line(table) != *line) cr_assert(false, "row %d", (int)row);
    bool same = true;
    for (int64_t i = 0; i < COLUMNS; i++) {
      const char *wanted = cells[row][i];
      const lw_cell found = lw_delimited_cell(table, i);
      same &= found.length == (int64_t)strlen(wanted) &&
              !memcmp(found.text, wanted, (size_t)found.length);
      for (const char *c = wanted; *c; c++) *line += *c == '\n';
    }
    cr_assert(same, "part %d of %d, row %d", part, parts, (int)row);
    ++*line;
  }
}

Test(delimited, parts_have_every_record_once)
{
  const char *path = random_file();
  for (int parts = 1; parts <= 9; parts++) {
    int64_t row = 0, line = 3;
    for (int part = 0; part < parts; part++) row = check_part(path, part, parts, row, &line);
    cr_assert_eq(row, ROWS);
  }
}

/* More parts than bytes, a file that begins with a record, one that cannot be shared. */
Test(delimited, parts_of_short_and_unshared_files)
{
  static const char content[] = "1,2\n3,4\n#\n5,6";
  gzFile packed = gzopen(at("packed.gz"), "wb");
  cr_assert(packed && gzputs(packed, content) > 0 && gzclose(packed) == Z_OK);
  text_file("short", content);
  for (int mode = 0; mode < 3; mode++)
    for (int parts = 1; parts < 20; parts += 3) {
      const lw_delimited_format format = {.headless = true, .comment = '#', .unquoted = mode == 0};
      int count = 0;
      for (int part = 0; part < parts; part++) {
        char wanted[32];
        lw_delimited_close(&table);
        FINE(lw_delimited_open(at(mode == 2 ? "packed.gz" : "short"), &format, &table));
        FINE(lw_delimited_take_part(table, part, parts));
        for (const char *found = next(); found; found = next(), count++) {
          snprintf(wanted, sizeof wanted, "%d|%d", 2 * count + 1, 2 * count + 2);
          cr_assert_str_eq(found, wanted);
          cr_assert(!mode || !part);
        }
      }
      cr_assert_eq(count, 3);
    }
}

Test(delimited, a_record_of_a_million_cells)
{
  enum { MANY = 1000000 };
  char *path = at("wide.csv");
  FILE *file = fopen(path, "w");
  cr_assert(file);
  for (int row = 0; row < 2; row++)
    for (int i = 0; i < MANY; i++)
      fprintf(file, "%s%d%c", row ? "" : "x", i, i < MANY - 1 ? ',' : '\n');
  cr_assert_eq(fclose(file), 0);
  const lw_delimited_format format = {0};
  FINE(lw_delimited_open(path, &format, &table));
  int64_t column = 0;
  FINE(lw_delimited_find(table, "x999999", &column));
  cr_expect_eq(column, MANY - 1);
  FAILS(lw_delimited_find(table, "y", &column), LW_ERROR_INPUT, "it has 1000000: 'x0', ");
  float *values = NULL;
  cr_assert_eq(LW_TAKE(&values, MANY), LW_OK);
  bool more = false;
  FINE(lw_delimited_next(table, &more));
  FINE(lw_delimited_numbers(table, 0, MANY, values));
  cr_expect_eq(values[MANY - 1], MANY - 1);
  lw_mem_give(values);
}
