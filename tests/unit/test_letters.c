/* Letters: FASTA, plain lines, GenBank with the labels of its features, and what is refused. */
#include "longwave/parse/letters.h"
#include "make_task.h"

TestSuite(letters, .init = make_begin, .fini = make_end);

static const lw_letter_map *map_of(lw_letter_case how, const char *known, char unknown)
{
  static lw_letter_map map;
  map = lw_letter_map_of(how, known, unknown);
  return &map;
}
#define AS_IS map_of(LW_LETTER_CASE_KEEP, "", 0)

/* All records as "name=LETTERS@line;". */
static lw_status read_all(const char *path, lw_letters_form form, const lw_letter_map *map,
                          int64_t piece, char *all)
{
  enum { ROOM = 1024 };
  lw_letters *letters = NULL;
  const lw_letters_record *record = NULL;
  lw_text text = lw_text_in(all, ROOM);
  lw_status status = LW_OK;
  LW_TRY(lw_letters_open(path, form, map, &letters));
  for (;;) {
    uint8_t bytes[64];
    int64_t count = 1;
    LW_TRY(lw_letters_next(letters, &record));
    if (!record) break;
    lw_text_add(&text, "%s=", record->name);
    while (count) {
      LW_TRY(lw_letters_take(letters, bytes, piece, &count));
      lw_text_add(&text, "%.*s", (int)count, (char *)bytes);
    }
    lw_text_add(&text, "@%d;", (int)record->line);
  }
done:
  lw_letters_close(&letters);
  return status;
}

#define READS(content, form, map, wanted)                                                          \
  for (int64_t piece = 1; piece < 40; piece += 7) {                                                \
    char all[1024];                                                                                \
    FINE(read_all(text_file("a", content), form, map, piece, all));                                \
    cr_expect_str_eq(all, wanted);                                                                 \
  }

Test(letters, fasta)
{
  READS("\n> one, x \nACGT\nac gt\n\n>two\r\nN*\r\n", LW_LETTERS_FASTA, AS_IS,
        "one, x=ACGTacgt@2;two=N*@6;");
}

Test(letters, lines_and_whole_files)
{
  READS("ACGT\n\n  TT \nG", LW_LETTERS_LINES, AS_IS, "=ACGT@1;=TT@3;=G@4;");
  READS("ACGT\n\nTT \nG", LW_LETTERS_WHOLE, AS_IS, "=ACGTTTG@1;");
  READS("acgRyN-\n", LW_LETTERS_LINES, map_of(LW_LETTER_CASE_UPPER, "ACGT", 'N'), "=ACGNNNN@1;");
  READS("acgRyN-\n", LW_LETTERS_LINES, map_of(LW_LETTER_CASE_UPPER, "", 0), "=ACGRYN-@1;");
  READS("acgRyN-\n", LW_LETTERS_LINES, map_of(LW_LETTER_CASE_LOWER, "acgt-", 'n'), "=acgnnn-@1;");
}

#define LOCUS "LOCUS       A     12 bp    DNA     circular PLN 15-APR-2009\n"
#define TABLE "FEATURES             Location/Qualifiers\n"
#define LETTERS "ORIGIN\n        1 acgtacgtac gt\n//\n"

static lw_status labels_of(const char *content, char *labels, int64_t *elsewhere)
{
  static const char *const kinds[] = {"CDS", "tRNA"};
  lw_letters *letters = NULL;
  const lw_letters_record *record = NULL;
  uint8_t found[12];
  lw_status status = LW_OK;
  LW_TRY(lw_letters_open(text_file("a", content), LW_LETTERS_GENBANK, AS_IS, &letters));
  LW_TRY(lw_letters_next(letters, &record));
  for (int64_t i = 0; i < 12; i += 5) {
    const int64_t now = i == 10 ? 2 : 5;
    lw_letters_labels(record, kinds, 2, i, now, found + i);
  }
  for (int i = 0; i < 12; i++) labels[i] = (char)('0' + found[i]);
  labels[12] = 0;
  *elsewhere = record->elsewhere;
done:
  lw_letters_close(&letters);
  return status;
}

#define CDS(place) LOCUS TABLE "     CDS             " place "\n" LETTERS
#define LABELS(content, wanted)                                                                    \
  do {                                                                                             \
    char labels[16];                                                                               \
    int64_t elsewhere = 0;                                                                         \
    FINE(labels_of(content, labels, &elsewhere));                                                  \
    cr_expect_str_eq(labels, wanted);                                                              \
  } while (0)

Test(letters, labels_of_features)
{
  LABELS(CDS("2..4"), "011100000000");
  LABELS(CDS("complement(<2..>4)"), "011100000000");
  LABELS(CDS("complement(join(7..8,2..3))"), "011000110000");
  LABELS(CDS("join(complement(7..8),\n                     2..3)"), "011000110000");
  LABELS(CDS("order(1,12)"), "100000000001");
  LABELS(CDS("11..2"), "110000000011");
  LABELS(CDS("join(2^3,J00194.1:1..9,5)"), "000010000000");
  LABELS(CDS("(2.4)..6"), "011111000000");
  LABELS(CDS("2..4\n                     /note=\"x\n                     9..10\""), "011100000000");
  LABELS(LOCUS TABLE "     CDS             1..9\n     gene            1..12\n"
                     "     tRNA            3..4\n" LETTERS,
         "112211111000");
}

Test(letters, genbank)
{
  READS(LOCUS "DEFINITION  x\nACCESSION   B\nVERSION     B.1  GI:1\n" TABLE
              "     CDS             2..4\n" LETTERS
              "\nLOCUS  C 3 bp  DNA linear\nORIGIN\n 1 nnn\n//\n",
        LW_LETTERS_GENBANK, AS_IS, "B.1=acgtacgtacgt@1;C=nnn@11;");
  lw_letters_form form;
  FINE(lw_letters_form_of(text_file("a", LOCUS), &form));
  cr_expect_eq(form, LW_LETTERS_GENBANK);
  FINE(lw_letters_form_of(text_file("a", "\n>x"), &form));
  cr_expect_eq(form, LW_LETTERS_FASTA);
  FINE(lw_letters_form_of(text_file("a", "ACGT"), &form));
  cr_expect_eq(form, LW_LETTERS_LINES);
  FAILS(lw_letters_form_of(text_file("a", " \n"), &form), LW_ERROR_FORMAT, "holds no letters");
}

/* The strand of a part, and that of a part inside another complement. */
Test(letters, strands)
{
  lw_letters *letters = NULL;
  const lw_letters_record *record = NULL;
  FINE(lw_letters_open(text_file("a", CDS("complement(join(1,complement(2),3))")),
                       LW_LETTERS_GENBANK, AS_IS, &letters));
  FINE(lw_letters_next(letters, &record));
  cr_assert_eq(record->ranges, 3);
  cr_expect(record->range[0].complement && !record->range[1].complement &&
            record->range[2].complement);
  cr_expect(record->circular && record->length == 12 && record->features == 1);
  cr_expect_str_eq(record->feature[0], "CDS");
  lw_letters_close(&letters);
}

Test(letters, what_is_refused)
{
  static const struct {
    lw_letters_form form;
    const char *text, *says;
  } cases[] = {
      {LW_LETTERS_FASTA, "ACGT\n", "a' line 1: a line that begins with '>' and a name"},
      {LW_LETTERS_FASTA, ">a\n>b\nA\n", "line 1: the record has no letters"},
      {LW_LETTERS_FASTA, ">a\nA\n>b", "line 3: the record has no letters"},
      {LW_LETTERS_FASTA, ">a\nA\n1\n", "line 3: '1' (byte value 49) is no letter"},
      {LW_LETTERS_LINES, "A\nC,\n", "line 2: ',' (byte value 44) is no letter"},
      {LW_LETTERS_LINES, "A\xc3", "line 1: a character (byte value 195) is no letter"},
      {LW_LETTERS_GENBANK, "ACGT\n", "line 1: a line LOCUS was expected"},
      {LW_LETTERS_GENBANK, "LOCUS  A linear\n", "line 1: the line LOCUS must tell the length"},
      {LW_LETTERS_GENBANK, LOCUS TABLE, "line 1: the entry that begins here is cut short"},
      {LW_LETTERS_GENBANK, LOCUS "//\n", "line 2: the entry ends without its letters (ORIGIN)"},
      {LW_LETTERS_GENBANK, LOCUS TABLE "  CDS  1..2\n" LETTERS,
       "line 3: a feature (from column 6)"},
      {LW_LETTERS_GENBANK, LOCUS "ORIGIN\n 1 acgt\n//\n",
       "line 4: the entry has 4 letters up to here, its line LOCUS (1) says 12"},
      {LW_LETTERS_GENBANK, LOCUS "ORIGIN\n 1 acgtacgtacgta\n//\n", "up to here"},
      {LW_LETTERS_GENBANK, LOCUS "ORIGIN\n 1 acgt\n 6 acg\n//\n",
       "line 4: the entry has 4 letters"},
      {LW_LETTERS_GENBANK, LOCUS "ORIGIN\n 1 ac?t\n//\n", "line 3: a character that is no letter"},
      {LW_LETTERS_GENBANK, LOCUS "ORIGIN\n 1 acgt\n", "line 4: the entry has 4 letters up to here"},
      {LW_LETTERS_GENBANK, CDS("2..13"),
       "line 3: the location '2..13' lies outside the record of 12"},
      {LW_LETTERS_GENBANK, CDS("0"), "lies outside"},
      {LW_LETTERS_GENBANK, CDS("join(2..3"), "line 3: the location 'join(2..3' ends too early"},
      {LW_LETTERS_GENBANK, CDS("2..3)"), "has a ')' without its '('"},
      {LW_LETTERS_GENBANK, CDS("2..x"), "'2..x' is not understood"},
      {LW_LETTERS_GENBANK, CDS("2..3,4"), "'2..3,4' is not understood"},
      {LW_LETTERS_GENBANK, "LOCUS  C 3 bp  DNA linear\n" TABLE "     CDS             3..2\n",
       "line 3: the location '3..2' ends before it begins"},
  };
  char all[1024];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    FAILS(read_all(text_file("a", cases[i].text), cases[i].form, AS_IS, 64, all), LW_ERROR_FORMAT,
          cases[i].says);
  FAILS(read_all(bytes_file("a", ">a\0\n", 4), LW_LETTERS_FASTA, AS_IS, 9, all), LW_ERROR_FORMAT,
        "line 1: a name holds a byte of 0");
}
