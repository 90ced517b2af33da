/* Words with labels: CoNLL-U, columns, and what is refused. */
#include "longwave/parse/labelled.h"
#include "make_task.h"

TestSuite(labelled, .init = make_begin, .fini = make_end);

static const lw_labelled_settings conllu = {LW_LABELLED_CONLLU, 2, 4};
static int64_t joined, empty;

/* All items as "word/label ", "|" after a sentence, "*NAME:" before the first word of a document. */
static lw_status read_all(const char *path, const lw_labelled_settings *settings, char *all,
                          size_t room)
{
  lw_labelled *file = NULL;
  lw_labelled_item item = {0};
  lw_text text = lw_text_in(all, room);
  lw_status status = LW_OK;
  LW_TRY(lw_labelled_open(path, settings, &file));
  while (item.kind != LW_LABELLED_END) {
    LW_TRY(lw_labelled_next(file, &item));
    if (item.kind == LW_LABELLED_SENTENCE) lw_text_add(&text, "|");
    if (item.document) lw_text_add(&text, "*%s:", item.name);
    if (item.kind == LW_LABELLED_WORD)
      lw_text_add(&text, "%s/%s@%d ", item.word, item.label, (int)item.line);
  }
  lw_labelled_passed(file, &joined, &empty);
done:
  lw_labelled_close(&file);
  return status;
}

#define REST "\t_\t_\t_\t_\t_\t_\n"

Test(labelled, words_of_conllu)
{
  char all[256];
  FINE(read_all(text_file("a", "# newdoc id = d 1\n# text = x\n1-2\tcan't\t_\t_" REST
                               "1\tcan\tcan\tAUX" REST "2\tn't\tnot\tPART" REST
                               "2.1\tgone\tgo\tVERB" REST "\n\n1\ta b\ta\tX" REST "# newdoc\n"
                               "\r\n1\tz\tz\tY" REST),
                &conllu, all, sizeof all));
  cr_expect_str_eq(all, "*d 1:can/AUX@4 n't/PART@5 |a b/X@9 |*:z/Y@12 |");
  cr_expect(joined == 1 && empty == 1);
  FINE(read_all(text_file("a", "# only a comment\n\n"), &conllu, all, sizeof all));
  cr_expect_str_eq(all, "");
}

Test(labelled, columns)
{
  char all[256];
  const lw_labelled_settings two = {LW_LABELLED_COLUMNS, 1, 2}, back = {LW_LABELLED_COLUMNS, 3, 1};
  FINE(read_all(text_file("a", "\nEU\tB-ORG\nno\tO\n\n  -DOCSTART-   O\n#\t#\n"), &two, all,
                sizeof all));
  cr_expect_str_eq(all, "EU/B-ORG@2 no/O@3 |-DOCSTART-/O@5 #/#@6 |");
  FINE(read_all(text_file("a", "X one two more\nY\t\tthree\tmore\n"), &back, all, sizeof all));
  cr_expect_str_eq(all, "two/X@1 three/Y@2 |");
}

Test(labelled, what_is_refused)
{
  char all[256];
  const lw_labelled_settings two = {LW_LABELLED_COLUMNS, 1, 2};
  static const struct {
    bool conllu;
    const char *text, *says;
  } cases[] = {
      {true, "1\tone\tx\tX\n", "a' line 1 has 4 columns; ten"},
      {true, "\none\ttwo\n", "a' line 2 begins with no id"},
      {true, "1\t\tone\tX" REST, "line 1 has an empty word"},
      {true, "1\tone\tone\t" REST, "line 1 has an empty label"},
      {false, "one\n", "line 1 has too few columns; the word was expected in column 1, its label"},
      {false, "one\t\n", "line 1 has an empty label"},
      {false, "one\tO\n\xff\tO\n", "line 2 is not UTF-8"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    FAILS(
        read_all(text_file("a", cases[i].text), cases[i].conllu ? &conllu : &two, all, sizeof all),
        LW_ERROR_FORMAT, cases[i].says);
  FAILS(read_all(bytes_file("a", "a\tb\0\n", 5), &two, all, sizeof all), LW_ERROR_FORMAT,
        "line 1 holds a byte of 0");
  FAILS(read_all(at("none"), &two, all, sizeof all), LW_ERROR_FILE, "No such file");
}
