/* Tables as text and YAML trees: what is read, what is refused, what a torn file leaves. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/csv.h"
#include "longwave/base/mem.h"
#include "longwave/base/tree.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static char folder[TEMP_FOLDER_MAX], path[TEMP_FOLDER_MAX + 16];

static void begin(const char *text)
{
  cr_assert(temp_folder_make(folder));
  snprintf(path, sizeof path, "%s/file", folder);
  FILE *file = fopen(path, "w");
  cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void end(void)
{
  cr_assert(temp_folder_remove(folder));
  cr_assert_eq(lw_mem_live(), 0);
}

Test(csv, cells_are_found_by_the_names_of_their_columns)
{
  lw_csv csv = {0};
  begin("step,name,loss\n1,\"a, \"\"b\"\"\",0.5\n2,,\n3\n4,torn");
  cr_assert_eq(lw_csv_read(&csv, path), LW_OK, "%s", lw_fail_message());
  const int64_t name = lw_csv_column(&csv, "name"), loss = lw_csv_column(&csv, "loss");
  cr_assert_eq(csv.rows, 3);
  cr_assert_eq(lw_csv_column(&csv, "none"), -1);
  cr_assert_str_eq(lw_csv_text(&csv, 0, name), "a, \"b\"");
  cr_assert_eq(lw_csv_number(&csv, 0, loss), 0.5);
  cr_assert_str_eq(lw_csv_text(&csv, 1, name), "");
  cr_assert(isnan(lw_csv_number(&csv, 1, loss)) && isnan(lw_csv_number(&csv, 2, loss)));
  cr_assert(isnan(lw_csv_number(&csv, 0, name)) && isnan(lw_csv_number(&csv, 0, -1)));
  cr_assert(isnan(lw_csv_number(&csv, 3, loss)) && isnan(lw_csv_number(&csv, -1, loss)));
  lw_csv_done(&csv);
  end();
}

typedef struct entry {
  int64_t step, none;
  double share, seconds, lacks;
  uint32_t sum;
  char name[8];
  const char *word;
} entry;

static const lw_csv_field fields[] = {
    LW_CSV_FIELD("step", entry, step),
    LW_CSV_FIELD("none", entry, none),
    LW_CSV_FIELD_AS("share", entry, share, .digits = 9),
    LW_CSV_FIELD_AS("seconds", entry, seconds, .decimals = 3),
    LW_CSV_FIELD_AS("lacks", entry, lacks, .digits = 3, .optional = true),
    LW_CSV_FIELD("sum", entry, sum),
    LW_CSV_FIELD("name", entry, name),
    LW_CSV_FIELD("word", entry, word),
};

Test(csv, a_row_of_fields_is_read_as_it_was_written)
{
  enum { COUNT = LW_CSV_FIELDS(fields) };
  const entry was = {7, -1, 0.125, 2.0 / 3.0, (double)NAN, 0xabcd, "a,b", "plain"};
  entry is = {.word = "mine"};
  lw_csv csv = {0};
  lw_text text = LW_TEXT_GROWS;
  lw_csv_put_names(&text, fields, COUNT);
  lw_csv_end(&text);
  lw_csv_put_fields(&text, fields, COUNT, &was);
  lw_csv_end(&text);
  cr_assert_eq(lw_text_end(&text), LW_OK);
  cr_expect_str_eq(text.text, "step,none,share,seconds,lacks,sum,name,word\n"
                              "7,,0.125,0.667,,0000abcd,\"a,b\",plain\n");
  begin(text.text);
  lw_text_done(&text);
  cr_assert_eq(lw_csv_read(&csv, path), LW_OK);
  lw_csv_take_fields(&csv, 0, fields, COUNT, &is);
  cr_expect(is.step == 7 && is.none == -1 && is.share == 0.125 && is.seconds == 0.667);
  cr_expect(isnan(is.lacks) && is.sum == 0xabcd && !strcmp(is.name, "a,b"));
  cr_expect_str_eq(is.word, "mine");
  lw_csv_done(&csv);
  end();
}

Test(csv, a_cell_is_read_as_it_was_written)
{
  static const char *const texts[] = {"plain", "", "a,b", "say \"x\"", " blank ", "\""};
  char line[2 * LW_CELL_MAX];
  begin("text\n");
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    lw_csv csv = {0};
    cr_assert_eq(lw_csv_trim(path, "step,text\n", -1), LW_OK);
    lw_text row = LW_TEXT_IN(line);
    lw_csv_put_as(&row, "%zu", i);
    lw_csv_put(&row, texts[i]);
    lw_csv_end(&row);
    cr_assert_eq(lw_csv_append(path, line), LW_OK);
    cr_assert_eq(lw_csv_read(&csv, path), LW_OK);
    cr_assert_str_eq(lw_csv_text(&csv, 0, 1), texts[i]);
    lw_csv_done(&csv);
  }
  end();
}

Test(csv, trimming_drops_later_and_torn_lines)
{
  lw_csv csv = {0};
  begin("old header\n1,a\n5,b\n6,c\n2,d");
  cr_assert_eq(lw_csv_trim(path, "step,x\n", 5), LW_OK);
  cr_assert_eq(lw_csv_read(&csv, path), LW_OK);
  cr_assert_eq(csv.rows, 2);
  cr_assert_str_eq(lw_csv_text(&csv, 1, lw_csv_column(&csv, "x")), "b");
  lw_csv_done(&csv);
  end();
}

/* The file may grow by 5 bytes only: a disk that takes a part of a line. */
Test(csv, a_line_is_added_whole_or_not_at_all)
{
  lw_csv csv = {0};
  struct rlimit room;
  begin("step,text\n1,a\n");
  cr_assert_eq(getrlimit(RLIMIT_FSIZE, &room), 0);
  const rlim_t before = room.rlim_cur;
  room.rlim_cur = strlen("step,text\n1,a\n") + 5;
  cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
  cr_assert_eq(setrlimit(RLIMIT_FSIZE, &room), 0);
  cr_assert_eq(lw_csv_append(path, "2,longer\n"), LW_ERROR_FILE);
  cr_assert_eq(lw_csv_append(path, "3,b\n"), LW_OK, "%s", lw_fail_message());
  room.rlim_cur = before;
  cr_assert_eq(setrlimit(RLIMIT_FSIZE, &room), 0);
  cr_assert_eq(lw_csv_read(&csv, path), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(csv.rows, 2);
  cr_assert_str_eq(lw_csv_text(&csv, 1, 0), "3");
  cr_assert_str_eq(lw_csv_text(&csv, 1, 1), "b");
  lw_csv_done(&csv);
  end();
}

Test(csv, what_is_no_table_is_refused)
{
  lw_csv csv = {0};
  begin("");
  cr_assert_eq(lw_csv_read(&csv, path), LW_ERROR_FORMAT);
  cr_assert_eq(lw_csv_read(&csv, "/none/none.csv"), LW_ERROR_FILE);
  cr_assert_eq(lw_csv_read(&csv, folder), LW_ERROR_FILE, "%s", lw_fail_message());
  cr_assert_null(csv.text);
  end();
}

Test(tree, holds_texts_lists_and_mappings_with_their_places)
{
  lw_tree *tree = NULL;
  begin("job: a.yaml\ngrid:\n  x.y: [1, 2]\n  m: {one: {k: v}}\n");
  cr_assert_eq(lw_tree_read(path, &tree), LW_OK, "%s", lw_fail_message());
  const lw_tree *grid = lw_tree_find(tree, "grid"), *list = lw_tree_find(grid, "x.y");
  cr_assert_str_eq(lw_tree_find(tree, "job")->text, "a.yaml");
  cr_assert(list && list->kind == LW_TREE_LIST && list->line == 3 && list->column == 8);
  cr_assert_str_eq(list->child->next->text, "2");
  cr_assert_null(list->child->next->next);
  const lw_tree *one = lw_tree_find(lw_tree_find(grid, "m"), "one");
  cr_assert_str_eq(lw_tree_find(one, "k")->text, "v");
  cr_assert_null(lw_tree_find(one, "none"));
  lw_tree_destroy(&tree);
  end();
}

Test(tree, mistakes_are_told_with_their_place)
{
  static const struct {
    const char *text, *says;
  } cases[] = {{"a: 1\na: 2\n", ":2:1: this key is given twice"},
               {"a: &x 1\n", ":1:4: anchors"},
               {"a: *x\n", ":1:4: anchors"},
               {"[1]\n", ":1:1: lines 'key: value'"},
               {"", ": lines 'key: value'"},
               {"a: [1\n", "not YAML"},
               {"a: 1\n---\nb: 2\n", ":2:1: a second document"},
               {"{[1]: 2}\n", "a key must be a single word"},
               {"a: [[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]\n", "nested too deeply"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    lw_tree *tree = NULL;
    begin(cases[i].text);
    cr_assert_eq(lw_tree_read(path, &tree), LW_ERROR_INPUT, "%s", cases[i].text);
    cr_assert(strstr(lw_fail_message(), cases[i].says), "%s", lw_fail_message());
    cr_assert_null(tree);
    end();
  }
}
