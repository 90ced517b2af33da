/* Texts: lines and folders, bytes and characters, pairs, pieces; and what is refused. */
#define _POSIX_C_SOURCE 200809L
#include "make_task.h"
#include <sys/stat.h>

TestSuite(text, .init = make_begin, .fini = make_end);

Test(text, lines_become_samples)
{
  const char *train =
      text_file("train", "0\t7\tgood\tand\tlong\n1\t8\tbad\r\n1.0\t9\t\xc3\xa4\npos\t1\tz");
  FINE(MAKE(text, "--train", train, "--text-field", "3", "--validation", "0"));
  cr_expect_eq(product.samples[0].count, 4);
  expect_sample(0, 0, "good\tand\tlong", 0);
  expect_sample(0, 1, "bad", 1);
  expect_sample(0, 2, "\xc3\xa4", 1);
  expect_sample(0, 3, "z", 1);
  cr_expect_eq(product.recipe.vocabulary, 256);
  cr_expect_not(strstr(product.notes, "contains a tab"));
  FINE(MAKE(text, "--train", text_file("train", "0\t7\tgood\n1\t2\tbad\n"), "--validation", "0"));
  cr_expect(strstr(product.notes, "contains a tab; is --text-field 2 right?"), "%s", product.notes);
}

Test(text, folders_become_samples)
{
  for (int i = 0; i < 4; i++) {
    static const char *const parts[] = {"train", "train/neg", "train/pos", "train/unsup"};
    cr_assert_eq(mkdir(at(parts[i]), 0777), 0);
  }
  text_file("train/neg/10_1.txt", "ten");
  text_file("train/neg/9_2.txt", "nine<br />");
  text_file("train/pos/0_9.txt", "zero");
  text_file("train/unsup/0_0.txt", "unknown");
  FINE(MAKE(text, "--train", at("train"), "--validation", "0"));
  expect_sample(0, 0, "nine<br />", 0);
  expect_sample(0, 1, "ten", 0);
  expect_sample(0, 2, "zero", 1);
  text_file("train/pos/1_9.txt", "");
  FAILS(MAKE(text, "--train", at("train")), LW_ERROR_INPUT, "train/pos/1_9.txt' is empty");
  text_file("train/pos/1_9.txt", "ab\xff");
  FAILS(MAKE(text, "--train", at("train")), LW_ERROR_INPUT, "1_9.txt' is not UTF-8 at byte 2");
  FAILS(MAKE(text, "--train", at("train"), "--class-names", "neg,bad"), LW_ERROR_FILE,
        "train/bad' holds no .txt files");
}

/* What is held out of repeated lines is no mix-up; what two files say alike is. */
Test(text, equal_documents_are_counted_in_the_splits_as_they_are)
{
  const char *train = text_file("train", "\xef\xbb\xbf"
                                    "0\ta\n0\ta\n0\ta\n0\ta\n");
  FINE(MAKE(text, "--train", train, "--validation", "2"));
  cr_expect(strstr(product.notes, "1 within train, 2 validation samples in train, 0 test"), "%s",
            product.notes);
  FAILS(MAKE(text, "--train", train, "--validation-from", text_file("more", "0\ta\n")), LW_ERROR_INPUT,
        "1 of 1 validation samples are also in train");
}

/* The a stands four times, the b twice, what is rarer is one id; the mark is counted in the
 * length. */
Test(text, characters_are_learnt_from_the_train_split)
{
  const char *train = text_file("train", "0\taab\xc3\xa4\n1\taba\xc3\xa4!\n"),
             *test = text_file("test", "1\tc\xc3\xa4\n");
  FINE(MAKE(text, "--train", train, "--test", test, "--alphabet", "characters", "--min-count", "2",
            "--end-mark", "--validation", "0"));
  cr_expect_eq(product.recipe.vocabulary, 5);
  cr_expect_str_eq(product.recipe.token_names[1], "<end>");
  cr_expect_str_eq(product.recipe.token_names[2], "a");
  cr_expect_str_eq(product.recipe.token_names[4], "\xc3\xa4");
  const uint8_t first[] = {2, 2, 3, 4, 1, 2, 3, 2, 4, 0, 1}, rare[] = {0, 4, 1};
  cr_expect_arr_eq(product.samples[LW_SPLIT_TRAIN].bytes, first, sizeof first);
  cr_expect_arr_eq(product.samples[LW_SPLIT_TEST].bytes, rare, sizeof rare);
  FINE(MAKE(text, "--train", train, "--alphabet", "characters", "--min-count", "2", "--end-mark",
            "--validation", "0", "--max-length", "3"));
  cr_expect_eq(product.recipe.vocabulary, 3); /* what is cut off does not count */
  const uint8_t cut[] = {2, 2, 1, 2, 0, 1};
  cr_expect_arr_eq(product.samples[LW_SPLIT_TRAIN].bytes, cut, sizeof cut);
}

Test(text, bad_lines_are_named)
{
  static const struct {
    const char *content, *says;
  } bad[] = {
      {"0\ta\n\n1\tb\n", "line 2 is empty"},
      {"", "holds no documents"},
      {"0\ta\n1\n", "line 2: has too few tab-separated fields"},
      {"0\ta\n2\tb\n", "line 2: label '2' is none of 0..1"},
      {"0\ta\nyes\tb\n", "line 2: label 'yes'"},
      {"0\ta\n1\t\n", "line 2: has no text in field 2"},
      {"0\ta\n1\tb\xe4\n", "line 2: is not UTF-8 at byte 3"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const char *train = text_file("train", bad[i].content);
    FAILS(MAKE(text, "--train", train), LW_ERROR_INPUT, bad[i].says);
    cr_expect(strstr(lw_fail_message(), train), "%s", lw_fail_message());
  }
  const char *train = text_file("train", "0\ta\n1\tb\n0\tc\n");
  FAILS(MAKE(text, "--train", train, "--test", train), LW_ERROR_INPUT,
        "3 of 3 test samples are also in train or validation");
  FAILS(MAKE(text, "--train", train, "--min-count", "3"), LW_ERROR_INPUT, "--alphabet bytes");
  FAILS(MAKE(text, "--train", at("nothing")), LW_ERROR_FILE, "nothing");
  FAILS(MAKE(text, "--train", train, "--class-names", "a,b,a"), LW_ERROR_INPUT, "has 'a' twice");
  FAILS(MAKE(text, "--train", train, "--alphabet", "characters"), LW_ERROR_INPUT,
        "no character occurs 15 times");
}

static void expect_pair(int split, int64_t sample, const char *first, const char *second)
{
  const lw_samples *samples = &product.samples[split];
  const uint8_t *bytes = samples->bytes + samples->offsets[sample];
  cr_assert_eq(lw_samples_break(samples, sample), (int64_t)strlen(first));
  cr_expect(!memcmp(bytes, first, strlen(first)));
  cr_expect(!memcmp(bytes + strlen(first), second, strlen(second)));
  cr_expect_eq(samples->offsets[sample + 1] - samples->offsets[sample],
               (int64_t)(strlen(first) + strlen(second)));
}

Test(text, pairs_of_long_range_arena)
{
  const char *train =
      text_file("train", "1.0\tP1\tP2\tb'one\\n\\x41\\\\'\tb\"it's\"\n0.0\tP3\tP4\tplain\tb, too\n");
  FINE(MAKE(retrieval, "--train", train));
  cr_expect_eq(product.recipe.documents, 2);
  expect_pair(0, 0, "one\nA\\", "it's");
  expect_pair(0, 1, "plain", "b, too");
  cr_expect_eq(product.samples[0].labels[0], 1);
  FINE(MAKE(retrieval, "--train", train, "--max-length", "3"));
  expect_pair(0, 0, "one", "it'");
  FINE(MAKE(retrieval, "--train", train, "--max-length", "0"));
  expect_pair(0, 0, "one\nA\\", "it's");
  FINE(MAKE(retrieval, "--train", train, "--max-length", "3", "--alphabet", "characters",
            "--end-mark"));
  cr_expect_eq(lw_samples_break(&product.samples[0], 1), 3);
  cr_expect_eq(product.samples[0].bytes[2], 1);
}

Test(text, pairs_by_identifier)
{
  const char *papers = text_file("papers", "P2\ttwo\nP10\tten\nP1\tone\n");
  const char *train = text_file("train", "1\tP1\tP10\n0\tP2\tP1\n");
  FINE(MAKE(retrieval, "--train", train, "--papers", papers));
  expect_pair(0, 0, "one", "ten");
  expect_pair(0, 1, "two", "one");
  FAILS(MAKE(retrieval, "--train", train), LW_ERROR_INPUT, "line 1: the line has no texts");
  FAILS(MAKE(retrieval, "--train", text_file("bad", "1\tP1\tP3\n"), "--papers", papers), LW_ERROR_INPUT,
        "line 1: the papers lack 'P3'");
  FAILS(MAKE(retrieval, "--train", text_file("bad", "2\tP1\tP2\n"), "--papers", papers), LW_ERROR_INPUT,
        "line 1: the label is none of 0..1 and not the name of a class: '2'");
  FAILS(MAKE(retrieval, "--train", text_file("bad", "1\tP1\tP2\tb'abc\tx\n")), LW_ERROR_INPUT,
        "byte string is broken");
  FAILS(MAKE(retrieval, "--train", text_file("bad", "1\tP1\tP2\tabc\n")), LW_ERROR_INPUT,
        "line 1: label, two identifiers and two texts");
  FAILS(MAKE(retrieval, "--train", text_file("bad", "1\ta\tb\tc\td\n\n")), LW_ERROR_INPUT,
        "line 2: is empty");
  FAILS(MAKE(retrieval, "--train", text_file("bad", "")), LW_ERROR_INPUT, "holds no pairs");
  FAILS(MAKE(retrieval, "--train", train, "--papers", text_file("bad", "")), LW_ERROR_INPUT,
        "holds no papers");
  FAILS(MAKE(retrieval, "--train", train, "--papers", text_file("bad", "P1\ta\nP2\tb\nP1\tc\n")),
        LW_ERROR_INPUT, "two papers have the identifier 'P1'");
}

/* A pair is its two documents: the same bytes with another break are another pair. */
Test(text, equal_pairs_are_counted_by_their_documents)
{
  const char *train = text_file("train", "1\tx\ty\tab\tc\n0\tx\ty\ta\tbc\n1\tx\ty\tab\tc\n"
                                         "1\tx\ty\tc\tab\n");
  const char *test = text_file("test", "1\tx\ty\tabc\td\n0\tx\ty\ta\tbc\n");
  FINE(MAKE(retrieval, "--train", train, "--test", test));
  NOTES("duplicates: 1 within train, 0 validation samples in train, 1 test samples in train");
  NOTES("documents: 2 of the 4 in test pairs are in train pairs as well; 0 pairs");
}

Test(text, a_long_text_in_pieces)
{
  const char *text = text_file("text", "abcdefghijklmnopqrstuvw");
  FINE(MAKE(language, "--text", text, "--length", "2", "--validation", "10", "--test", "20"));
  cr_expect_eq(product.samples[LW_SPLIT_TRAIN].count, 8);
  expect_sample(LW_SPLIT_TRAIN, 7, "op", 0);
  expect_sample(LW_SPLIT_VALIDATION, 0, "qr", 0);
  expect_sample(LW_SPLIT_TEST, 1, "uv", 0);
  FAILS(MAKE(language, "--text", text, "--length", "24"), LW_ERROR_INPUT, "less than one piece");
  char twice[2 * MAKE_PATH_ROOM + 2];
  snprintf(twice, sizeof twice, "%s,%s", text, text);
  FAILS(MAKE(language, "--text", twice, "--length", "2"), LW_ERROR_INPUT, "text' twice");
}
