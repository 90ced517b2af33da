/* Records of WFDB: headers, the three formats, missing values, checksums, annotations, and what is refused. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/parse/wfdb.h"
#include "make_task.h"
#include <zlib.h>

TestSuite(wfdb, .init = make_begin, .fini = make_end);

static int32_t values[64];
static lw_wfdb *record;

static lw_status read_steps(const char *path, int64_t piece)
{
  lw_status status = lw_wfdb_open(path, &record);
  if (status != LW_OK) return status;
  const lw_wfdb_header *header = lw_wfdb_describe(record);
  for (int64_t i = 0; status == LW_OK && i < header->steps; i += piece) {
    const int64_t left = header->steps - i;
    status = lw_wfdb_read(record, values + i * header->channels, left < piece ? left : piece);
  }
  return status;
}

static lw_status read_record(const char *path)
{
  lw_status status = read_steps(path, 2);
  lw_wfdb_close(&record);
  return status;
}

static void expect_values(const int32_t *wanted, int count)
{
  for (int i = 0; i < count; i++)
    cr_expect_eq(values[i], wanted[i], "value %d is %d", i, values[i]);
}

/* Of 212: (5, -3), (-2048, 2047), (100, 1): the first channel 5 -2048 100, the second -3 2047 1. */
static const uint8_t packed[] = {0x05, 0xf0, 0xfd, 0x00, 0x78, 0xff, 0x64, 0x00, 0x01};
static const int32_t unpacked[] = {5, -3, LW_WFDB_MISSING, 2047, 100, 1};
#define HEAD "r 2 360 3\n"
#define LINES                                                                                      \
  "r.dat 212 200 11 1024 5 -1943 0 MLII\n"                                                         \
  "r.dat 212 200 11 1024 -3 2045 0 V 5\n"

Test(wfdb, format_212_is_unpacked)
{
  text_file("r.hea", HEAD LINES "# 69 M\n#Age: 84\n# Dx:  1,2 \n");
  bytes_file("r.dat", packed, sizeof packed);
  for (int64_t piece = 1; piece <= 3; piece++) {
    FINE(read_steps(at("r.hea"), piece));
    expect_values(unpacked, 6);
    const lw_wfdb_header *header = lw_wfdb_describe(record);
    cr_expect(header->channels == 2 && header->steps == 3 && header->rate == 360);
    cr_expect_str_eq(header->name, "r");
    cr_expect_str_eq(header->channel[1].name, "V 5");
    cr_expect_str_eq(header->channel[0].unit, "mV");
    cr_expect(header->channel[0].gain == 200 && header->channel[0].baseline == 1024);
    cr_expect_str_eq(lw_wfdb_comment(header, "dx"), "1,2");
    cr_expect_str_eq(lw_wfdb_comment(header, "Age"), "84");
    cr_expect_null(lw_wfdb_comment(header, "Ag"));
    lw_wfdb_close(&record);
  }
  FINE(read_record(at("r")));
}

/* One channel of 212: values stand in pairs, and a last one alone. */
Test(wfdb, one_channel_of_212)
{
  text_file("r.hea", "r 1 360 3\nr.dat 212\n");
  bytes_file("r.dat", packed, 5);
  for (int64_t piece = 1; piece <= 3; piece++) {
    FINE(read_steps(at("r"), piece));
    expect_values((const int32_t[]){5, -3, LW_WFDB_MISSING}, 3);
    cr_expect(lw_wfdb_describe(record)->channel[0].gain == 200, "which is usual");
    lw_wfdb_close(&record);
  }
}

Test(wfdb, headers_of_the_challenges)
{
  static const int16_t stored[] = {-34, -63, 7, INT16_MIN, 8, 9};
  uint8_t mat[24 + sizeof stored] = {30};
  for (int i = 0; i < 6; i++) {
    mat[24 + 2 * i] = (uint8_t)stored[i];
    mat[25 + 2 * i] = (uint8_t)((uint16_t)stored[i] >> 8);
  }
  gzFile file = gzopen(at("J.mat.gz"), "wb");
  cr_assert(file && gzwrite(file, mat, sizeof mat) == sizeof mat && gzclose(file) == Z_OK);
  text_file("J.hea", "J.mat 2 500 3 05-May-2020 14:50:55\r\n"
                     "J.mat 16x1+24 1000.0(3)/mV 16 0 -34 -19 0 I\r\n"
                     "J.mat 16+24 4880/uV 16 0 -63 32714 0 II\r\n"
                     "#Dx: 67741000119109\r\n");
  FINE(read_steps(at("J.hea"), 2));
  expect_values((const int32_t[]){-34, -63, 7, LW_WFDB_MISSING, 8, 9}, 6);
  const lw_wfdb_header *header = lw_wfdb_describe(record);
  cr_expect(header->channel[0].gain == 1000 && header->channel[0].baseline == 3);
  cr_expect(header->channel[1].gain == 4880 && header->channel[1].baseline == 0);
  cr_expect_str_eq(header->channel[1].unit, "uV");
  cr_expect_str_eq(lw_wfdb_comment(header, "Dx"), "67741000119109");
  lw_wfdb_close(&record);
}

/* Two files, one of them with two channels. */
Test(wfdb, format_24_beside_another_file)
{
  text_file("r.hea", "# a comment first\n\nr/1 3\n");
  FAILS(read_record(at("r")), LW_ERROR_FORMAT, "line 3: records of several segments");
  text_file("r.hea", "r 3 100.5/2(1) 2\na.dat 24 0/V\nb.dat 16\nb.dat 16\n");
  bytes_file("a.dat", (const uint8_t[]){0xff, 0xff, 0xff, 0, 0, 0x80}, 6);
  bytes_file("b.dat", (const uint8_t[]){1, 0, 2, 0, 3, 0, 4, 1}, 8);
  FINE(read_steps(at("r"), 1));
  cr_expect_float_eq(lw_wfdb_describe(record)->rate, 100.5, 0);
  cr_expect_eq(lw_wfdb_describe(record)->channel[0].gain, 200, "where it is not known");
  lw_wfdb_close(&record);
  expect_values((const int32_t[]){-1, 1, 2, LW_WFDB_MISSING, 3, 260}, 6);
}

Test(wfdb, bad_headers_are_refused)
{
  static const struct {
    const char *text, *says;
  } cases[] = {
      {"", "r.hea' is cut short or is no header of a WFDB record: 0 of 0"},
      {HEAD, "0 of 2 channels are described"},
      {"r x 360 3\n", "line 1: the number of channels was expected, not 'x'"},
      {"r 0 360 3\n", "line 1: 1 to 4096 channels"},
      {"r 2 -1 3\n", "line 1: the sampling rate was expected, not '-1'"},
      {"r 2 360\n", "line 1: the record must tell its number of steps"},
      {"r 2 360 1e3\n", "line 1: the number of steps was expected, not '1e3'"},
      {HEAD "../r.dat 212\n", "line 2: files beside the header are read, not '../r.dat'"},
      {HEAD "r.dat\n", "line 2: a format such as 212"},
      {HEAD "r.dat 212y\n", "line 2: a format such as 212, 16 or 16x1+24 was expected, not '212y'"},
      {HEAD "r.dat 80\n", "line 2: the formats 16, 24 and 212 can be read"},
      {HEAD "r.dat 16x4\n", "line 2: a channel with several values a step"},
      {HEAD "r.dat 16:3\n", "line 2: a channel with several values a step"},
      {HEAD "r.dat 16 200(x)\n", "line 2: a gain such as"},
      {HEAD "r.dat 16 inf\n", "line 2: a gain such as"},
      {HEAD "r.dat 16 200 1 2 3 x\n", "line 2: the checksum was expected, not 'x'"},
      {HEAD LINES "r.dat 16\n", "line 4: there are more lines than channels: 'r.dat 16'"},
      {HEAD "r.dat 16\nr.dat 24\n", "channels 1 and 2 of the file 'r.dat' have different formats"},
  };
  bytes_file("r.dat", packed, sizeof packed);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    text_file("r.hea", cases[i].text);
    FAILS(read_record(at("r")), LW_ERROR_FORMAT, cases[i].says);
  }
  bytes_file("r.hea", "r\0", 2);
  FAILS(read_record(at("r")), LW_ERROR_FORMAT, "byte 1 is 0");
}

Test(wfdb, bad_signals_are_refused)
{
  FAILS(read_record(at("r")), LW_ERROR_FILE, "r.hea': No such file");
  text_file("r.hea", HEAD LINES);
  FAILS(read_record(at("r")), LW_ERROR_FILE, "r.dat', which the header '");
  bytes_file("r.dat", packed, sizeof packed - 1);
  FAILS(read_record(at("r")), LW_ERROR_FORMAT, "r.dat' is truncated");
  uint8_t other[sizeof packed];
  memcpy(other, packed, sizeof packed);
  other[8] = 2;
  bytes_file("r.dat", other, sizeof other);
  FAILS(read_record(at("r")), LW_ERROR_FORMAT,
        "channel 2 ('V 5') has the checksum 2046, the header '");
  other[0] = 6;
  bytes_file("r.dat", other, sizeof other);
  FAILS(read_record(at("r")), LW_ERROR_FORMAT, "channel 1 ('MLII') begins with 6, the header '");
}

/* ---- annotations ---- */

#define WORD(kind, low) (uint8_t)((low)&255), (uint8_t)((kind) << 2 | (low) >> 8)

static lw_status read_marks(const uint8_t *bytes, size_t size, lw_wfdb_marks *marks)
{
  return lw_wfdb_marks_read(bytes_file("r.atr", bytes, size), marks);
}

Test(wfdb, annotations_are_read)
{
  static const uint8_t bytes[] = {
      WORD(28, 18), WORD(63, 3),   '(',         'N', 'x', 0, WORD(1, 59),
      WORD(61, 7),  WORD(62, 1),   WORD(59, 0), 1,   0,   2, 0,
      WORD(5, 10),  WORD(60, 255), WORD(14, 0), 0,   0};
  lw_wfdb_marks marks;
  FINE(read_marks(bytes, sizeof bytes, &marks));
  cr_assert_eq(marks.count, 4);
  const lw_wfdb_mark *m = marks.mark;
  cr_expect(m[0].step == 18 && m[1].step == 77 && m[2].step == 77 + 65538 + 10);
  cr_expect_eq(m[3].step, m[2].step);
  cr_expect_str_eq(lw_wfdb_kind(m[0].kind), "+");
  cr_expect_str_eq(lw_wfdb_kind(m[1].kind), "N");
  cr_expect_str_eq(lw_wfdb_kind(m[2].kind), "V");
  cr_expect_str_eq(lw_wfdb_kind(m[3].kind), "~");
  cr_expect_str_eq(lw_wfdb_kind(45), "[45]");
  cr_expect_str_eq(marks.texts + m[0].text, "(Nx");
  cr_expect(m[1].text == -1 && m[1].subtype == 7 && m[1].channel == 1);
  cr_expect(m[2].subtype == 0 && m[2].channel == 1 && m[2].number == -1 && m[3].number == -1);
  cr_expect_eq(marks.rate, 0);
  lw_wfdb_marks_done(&marks);
  static const uint8_t timed[] = {WORD(22, 0), WORD(63, 24), '#', '#', ' ', 't', 'i', 'm', 'e', ' ',
                                  'r',         'e',          's', 'o', 'l', 'u', 't', 'i', 'o', 'n',
                                  ':',         ' ',          '2', '5', '0', ' ', 0,   0};
  FINE(read_marks(timed, sizeof timed, &marks));
  cr_expect_eq(marks.rate, 250);
  lw_wfdb_marks_done(&marks);
}

Test(wfdb, bad_annotations_are_refused)
{
  lw_wfdb_marks marks;
#define REFUSED(says, ...)                                                                         \
  do {                                                                                             \
    const uint8_t bytes[] = {__VA_ARGS__};                                                         \
    FAILS(read_marks(bytes, sizeof bytes, &marks), LW_ERROR_FORMAT, says);                         \
    cr_expect_null(marks.mark);                                                                    \
  } while (0)
  REFUSED("r.atr' is truncated", WORD(1, 5));
  REFUSED("r.atr' is truncated", WORD(1, 5), WORD(63, 9), 'a');
  REFUSED("there is no kind 51", WORD(51, 5), 0, 0);
  REFUSED("there is no annotation for the word", WORD(63, 2), 'a', 'b', 0, 0);
  REFUSED("there is no annotation for the word 5", WORD(0, 5), 0, 0);
  REFUSED("the steps fall to 4", WORD(1, 5), WORD(59, 0), 255, 255, 254, 255, WORD(1, 1), 0, 0);
  FAILS(lw_wfdb_marks_read(at("none"), &marks), LW_ERROR_FILE, "No such file");
}
