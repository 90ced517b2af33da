/* What imports pass over is counted and said, and texts are the same wherever they stand: gzip members, byte order
 * marks, line ends, folders, tabs, short files. */
#define _POSIX_C_SOURCE 200809L
#include "make_task.h"
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

TestSuite(imports, .init = make_begin, .fini = make_end);

/* Appends a gzip member with `text` to bytes; returns the new size. */
static size_t add_member(uint8_t *bytes, size_t size, const char *text)
{
  const char *path = at("member");
  gzFile file = gzopen(path, "wb");
  cr_assert(file && gzputs(file, text) >= 0 && gzclose(file) == Z_OK);
  FILE *stream = fopen(path, "rb");
  cr_assert(stream);
  size += fread(bytes + size, 1, 256, stream);
  fclose(stream);
  return size;
}

Test(imports, all_gzip_members_are_read)
{
  uint8_t packed[1024];
  const size_t one = add_member(packed, 0, "neg\tone\n"), two = add_member(packed, one, "pos\ttwo\n");
  FINE(MAKE(text, "--train", bytes_file("both.gz", packed, two), "--validation", "0"));
  cr_expect_eq(product.samples[0].count, 2);
  expect_sample(0, 1, "two", 1);
  const size_t three = add_member(packed, two, "");
  FINE(MAKE(text, "--train", bytes_file("empty-last.gz", packed, three), "--validation", "0"));
  cr_expect_eq(product.samples[0].count, 2);
  for (size_t cut = one + 1; cut < two; cut++)
    FAILS(MAKE(text, "--train", bytes_file("cut.gz", packed, cut), "--validation", "0"),
          LW_ERROR_FORMAT, "cut.gz");
  packed[one] = 0x1e;
  FAILS(MAKE(text, "--train", bytes_file("behind.gz", packed, two), "--validation", "0"),
        LW_ERROR_FORMAT, "has bytes after the end of its gzip data that are not gzip data");
  packed[one] = 0;
  FAILS(MAKE(text, "--train", bytes_file("zero.gz", packed, one + 1), "--validation", "0"),
        LW_ERROR_FORMAT, "zero.gz");
  FAILS(MAKE(text, "--train", text_file("nothing.gz", ""), "--validation", "0"), LW_ERROR_INPUT,
        "holds no documents");
  FAILS(MAKE(language, "--text", make_folder), LW_ERROR_FILE, "Is a directory");
}

/* Members that end anywhere in the buffer, and one that is longer. */
Test(imports, long_members_are_joined)
{
  enum { MEMBERS = 5, LENGTH = 50000 };
  static char text[LENGTH + 1];
  char path[MAKE_PATH_ROOM];
  memset(text, 'a', LENGTH);
  snprintf(path, sizeof path, "%s", at("long.gz"));
  for (int i = 0; i < MEMBERS; i++) {
    gzFile file = gzopen(path, "ab");
    cr_assert(file && gzputs(file, text) == LENGTH && gzclose(file) == Z_OK);
  }
  FINE(MAKE(language, "--text", path, "--length", "1000", "--validation", "0", "--test", "0"));
  cr_expect_eq(product.samples[0].count, MEMBERS * LENGTH / 1000);
}

#define MARK "\xef\xbb\xbf"

static void make_folders(const char *const *names)
{
  for (; *names; names++) cr_assert_eq(mkdir(at(*names), 0777), 0);
}

Test(imports, texts_are_the_same_wherever_they_stand)
{
  make_folders((const char *const[]){"f", "f/neg", "f/pos", NULL});
  text_file("f/neg/1.txt", MARK "a text\r\n");
  text_file("f/pos/1.txt", "two\r\nlines\rhere\n");
  FINE(MAKE(text, "--train", at("f"), "--validation", "0"));
  expect_sample(0, 0, "a text", 0);
  expect_sample(0, 1, "two\nlines\rhere", 1);
  NOTES("1 byte order mark at the beginning of a file, 2 carriage returns before a line feed "
        "(CRLF), 2 line ends at the end of a document's file");
  FINE(MAKE(text, "--train", text_file("lines", MARK "neg\ta text\r\n"), "--validation", "0"));
  expect_sample(0, 0, "a text", 0);
  NOTES("1 byte order mark at the beginning of a file, 1 carriage return before");
  FINE(MAKE(retrieval, "--train", text_file("pairs", MARK "1\ta\tb\tone\ttwo\r\n")));
  expect_sample(0, 0, "onetwo", 1);
  NOTES("1 byte order mark at the beginning of a file, 1 carriage return before");
  char list[3 * MAKE_PATH_ROOM];
  snprintf(list, sizeof list, "%s,%s", text_file("first", "abc\r\n"),
           text_file("second", MARK "def\r\n"));
  FINE(MAKE(language, "--text", list, "--length", "4"));
  expect_sample(0, 0, "abc\n", 0);
  expect_sample(0, 1, "def\n", 0);
  NOTES("1 byte order mark at the beginning of a file, 2 carriage returns before");
  FINE(MAKE(language, "--text", list, "--length", "4", "--as-stored", "true"));
  expect_sample(0, 1, MARK "d", 0);
  cr_expect_not(product.notes && strstr(product.notes, "mark"), "%s", product.notes);
  FINE(MAKE(text, "--train", text_file("plain", "neg\ta text\n"), "--validation", "0"));
  cr_expect_not(strstr(product.notes, "mark"), "nothing is said where nothing is passed over");
}

/* A carriage return at the end of the buffer, its line feed behind. */
Test(imports, line_ends_may_stand_anywhere)
{
  enum { LENGTH = 65536 };
  static char text[LENGTH + 8];
  for (int before = LENGTH - 2; before <= LENGTH; before++) {
    memset(text, 'a', sizeof text);
    memcpy(text + before, "\r\nb", 4);
    char length[16];
    snprintf(length, sizeof length, "%d", before + 2);
    FINE(MAKE(language, "--text", text_file("text", text), "--length", length));
    cr_expect_eq(product.samples[0].tokens, before + 2);
    cr_expect(!memcmp(product.samples[0].bytes + before - 1, "a\nb", 3));
  }
}

Test(imports, folders_tell_what_they_leave_out)
{
  make_folders((const char *const[]){"f", "f/ham", "f/spam", "f/eggs", "f/void", "f/ham/old",
                                     "f/spam/d.txt", NULL});
  text_file("f/ham/1.txt", "one");
  text_file("f/ham/2.TXT", "lost");
  text_file("f/ham/3.txt.gz", "lost");
  text_file("f/ham/.4.txt", "lost");
  text_file("f/spam/1.txt", "two");
  text_file("f/eggs/1.txt", "lost");
  text_file("f/eggs/2.txt", "lost");
  text_file("f/README", "lost");
  cr_assert_eq(symlink("1.txt", at("f/ham/5.txt")), 0);
#define TWO "--validation", "0", "--class-names", "ham,spam"
  FINE(MAKE(text, "--train", at("f"), TWO));
  cr_expect_eq(product.samples[0].count, 3);
  expect_sample(0, 1, "one", 0); /* by the link */
  expect_sample(0, 2, "two", 1);
  NOTES("left out: 4 of 6 entries of '");
  NOTES("left out: 1 of 2 entries of '");
  NOTES("/f/eggs' with 2 documents, which is no class of --class-names");
  NOTES("/f/void' with 0 documents");
  NOTES("left out: 1 file of '");
  NOTES("such as 'README'");
  FAILS(MAKE(text, "--train", at("f"), "--class-names", "ham,void"), LW_ERROR_FILE,
        "/f/void' holds no .txt files");
  cr_assert_eq(symlink("nowhere", at("f/ham/6.txt")), 0);
  FAILS(MAKE(text, "--train", at("f"), TWO), LW_ERROR_FILE, "6.txt': No such file");
}

Test(imports, many_folders_are_summed_up)
{
  make_folders((const char *const[]){"f", "f/neg", "f/pos", NULL});
  text_file("f/neg/1.txt", "one");
  text_file("f/pos/1.txt", "two");
  for (int i = 0; i < 20; i++) {
    char name[32];
    snprintf(name, sizeof name, "f/other-%d", i);
    cr_assert_eq(mkdir(at(name), 0777), 0);
    snprintf(name, sizeof name, "f/other-%d/1.txt", i);
    text_file(name, "lost");
  }
  FINE(MAKE(text, "--train", at("f"), "--validation", "0"));
  NOTES("12 folders more of '");
  NOTES("with 12 documents");
}

Test(imports, a_tab_in_a_pair_is_refused)
{
  FAILS(MAKE(retrieval, "--train",
             text_file("pairs", "1\ta\tb\tone\ttwo\n0\tc\td\tfirst with\ttab\tsecond\n")),
        LW_ERROR_INPUT, "line 2: has more than five fields; a tab inside of a text");
  const char *papers = text_file("papers", "a\tone\twith tab\nc\tthree\nb\ttwo\n");
  FINE(MAKE(retrieval, "--train", text_file("names", "1\ta\tb\n"), "--papers", papers));
  expect_sample(0, 0, "one\twith tabtwo", 1);
  NOTES("left out: 1 of 3 papers: no pair names them");
  FINE(MAKE(text, "--train", text_file("lines", "0\ta\tb\n1\tc\n"), "--validation", "0"));
  NOTES("tabs: 1 of 2 texts of '");
}

Test(imports, short_files_and_ends_are_told)
{
  char list[4 * MAKE_PATH_ROOM];
  snprintf(list, sizeof list, "%s,%s,%s", text_file("short", "abc"), text_file("long", "abcdefghij"),
           text_file("empty", ""));
#define WHOLE "--validation", "0", "--test", "0"
  FINE(MAKE(language, "--text", list, "--length", "4", WHOLE));
  cr_expect_eq(product.samples[0].count, 2);
  NOTES("left out: 5 of 13 bytes, which fill no piece of 4: the end of 1 file, and 2 files shorter "
        "than a piece, such as '");
  cr_expect(strstr(product.origin, "left out: 5 of 13 bytes"), "%s", product.origin);
  FINE(MAKE(language, "--text", at("long"), "--length", "5", WHOLE));
  cr_expect_not(product.notes, "%s", product.notes);
  cr_expect_not(strstr(product.origin, "left out"));
}

Test(imports, documents_that_are_cut_are_counted)
{
  const char *lines = text_file("lines", "0\tabcd\n1\tabc\n0\tab\n");
  FINE(MAKE(text, "--train", lines, "--validation", "0", "--max-length", "3"));
  NOTES("cut: 1 of 3 documents were longer than --max-length 3");
  FINE(MAKE(text, "--train", lines, "--validation", "0", "--max-length", "4"));
  cr_expect_not(strstr(product.notes, "cut"));
  const char *pairs = text_file("pairs", "0\tx\ty\tabcdef\tabc\n1\tx\tz\tab\t"
                                         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\n");
  FINE(MAKE(retrieval, "--train", pairs, "--max-length", "2", "--alphabet", "characters"));
  NOTES("cut: 3 of 4 documents");
}
