/* Arrays of NumPy: types, versions, members of ZIP files, and what is refused. */
#include "longwave/parse/npy.h"
#include "make_task.h"
#include <math.h>
#include <zlib.h>

TestSuite(npy, .init = make_begin, .fini = make_end);

enum { ROOM = 4096 };

typedef struct bytes {
  uint8_t b[ROOM];
  size_t used;
} bytes;

static void put(bytes *to, const void *data, size_t count)
{
  cr_assert_leq(to->used + count, sizeof to->b);
  memcpy(to->b + to->used, data, count);
  to->used += count;
}

static void put_number(bytes *to, uint64_t number, int count)
{
  for (int i = 0; i < count; i++, number = i < 8 ? number >> 8 : 0)
    put(to, &(uint8_t){(uint8_t)number}, 1);
}

static bytes array_of(int version, const char *head, const void *items, size_t size)
{
  bytes all = {.used = 0};
  put(&all, "\x93NUMPY", 6);
  put_number(&all, (uint64_t)version, 2);
  put_number(&all, strlen(head) + 2, version == 1 ? 2 : 4);
  put(&all, head, strlen(head));
  put(&all, " \n", 2);
  put(&all, items, size);
  return all;
}

static lw_npy_info info;
static double items[ROOM];

static lw_status read_piece_by_piece(const char *path, const char *member, int64_t piece)
{
  lw_npy *npy = NULL;
  lw_status status = lw_npy_open(path, member, &npy);
  if (status != LW_OK) return status;
  info = *lw_npy_describe(npy);
  for (int64_t i = 0; status == LW_OK && i < info.items; i += piece)
    status = lw_npy_read(npy, items + i, info.items - i < piece ? info.items - i : piece);
  lw_npy_close(&npy);
  return status;
}

static lw_status read_bytes(const bytes *all)
{
  return read_piece_by_piece(bytes_file("a.npy", all->b, all->used), NULL, 2);
}

static lw_status read_head(const char *head)
{
  const bytes all = array_of(1, head, "", 0);
  return read_bytes(&all);
}

#define HEAD(type, shape) "{'descr': '" type "', 'fortran_order': False, 'shape': " shape ", }"

static void expect_items(const char *head, const void *data, size_t size, const double *wanted)
{
  for (int version = 1; version <= 3; version++) {
    const bytes all = array_of(version, head, data, size);
    FINE(read_bytes(&all));
    for (int64_t i = 0; i < info.items; i++)
      cr_expect(items[i] == wanted[i] || (isnan(items[i]) && isnan(wanted[i])),
                "%s item %d is %.17g", head, (int)i, items[i]);
  }
}
#define ITEMS(type, data, size, ...)                                                               \
  expect_items(HEAD(type, "(3,)"), data, size, (const double[]){__VA_ARGS__})

Test(npy, all_types)
{
  ITEMS("|b1", "\0\1\2", 3, 0, 1, 1);
  ITEMS("|i1", "\0\x7f\x80", 3, 0, 127, -128);
  ITEMS("|u1", "\0\x7f\x80", 3, 0, 127, 128);
  ITEMS("<i2", "\1\0\xff\xff\0\x80", 6, 1, -1, -32768);
  ITEMS(">i2", "\0\1\xff\xff\x80\0", 6, 1, -1, -32768);
  ITEMS("<u2", "\1\0\xff\xff\0\x80", 6, 1, 65535, 32768);
  ITEMS("<i4", "\1\0\0\0\xff\xff\xff\xff\0\0\0\x80", 12, 1, -1, -2147483648.0);
  ITEMS(">u4", "\0\0\0\1\xff\xff\xff\xff\x80\0\0\0", 12, 1, 4294967295.0, 2147483648.0);
  ITEMS("<i8", "\1\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\1\0\0", 24, 1, -1,
        1099511627776.0);
  ITEMS("<u8", "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0", 24, 1, 2, 1099511627776.0);
  ITEMS("<f2", "\0\x3c\1\0\0\xfc", 6, 1, ldexp(1, -24), -INFINITY);
  ITEMS(">f2", "\x7b\xff\x80\0\x7e\0", 6, 65504, 0, NAN);
  const float single[] = {1.5f, -0.1f, INFINITY};
  ITEMS("<f4", single, sizeof single, 1.5, -0.1f, INFINITY);
  const double real[] = {1e300, -0.1, 3};
  ITEMS("<f8", real, sizeof real, 1e300, -0.1, 3);
  ITEMS(">f8", "\x3f\xf0\0\0\0\0\0\0\xbf\xf0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24, 1, -1, 0);
}

Test(npy, shapes)
{
  FINE(read_head(HEAD("<f8", "(0, 3)")));
  cr_expect(info.dims == 2 && info.items == 0 && info.shape[1] == 3);
  const bytes one = array_of(1, HEAD("|i1", "()"), "\5", 1);
  FINE(read_bytes(&one));
  cr_expect(info.dims == 0 && info.items == 1 && items[0] == 5);
  const bytes cube = array_of(1, HEAD("|i1", "(1L, 2L, 2L)"), "\1\2\3\4", 4);
  FINE(read_bytes(&cube));
  cr_expect(info.dims == 3 && info.shape[2] == 2 && items[3] == 4);
  const bytes flat =
      array_of(1, "{'descr': '|i1', 'fortran_order': True, 'shape': (2, 1), }", "\1\2", 2);
  FINE(read_bytes(&flat));
  cr_expect(info.kind == 'i' && info.bytes == 1 && !info.big_endian);
}

Test(npy, what_is_refused)
{
  static const struct {
    const char *head, *says;
  } cases[] = {
      {HEAD("<U3", "(1,)"), "a.npy' has items of another kind"},
      {HEAD("<c8", "(1,)"), "of another kind"},
      {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "of another kind"},
      {"{'fortran_order': False, 'shape': (1,), }", "of another kind"},
      {HEAD("|i1", "3"), "has a head without a shape"},
      {HEAD("|i1", "(3"), "has a head without a shape"},
      {HEAD("|i1", "(-3,)"), "has a head without a shape"},
      {HEAD("|i1", "(1,1,1,1,1,1,1,1,1)"), "has more than 8 dimensions"},
      {HEAD("|i1", "(1000000000,1000000000)"), "is larger than can be read"},
      {"{'descr': '|i1', 'fortran_order': True, 'shape': (2, 2), }", "stored in Fortran's order"},
      {HEAD("|i1", "(3,)"), "a.npy' is truncated"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    FAILS(read_head(cases[i].head), LW_ERROR_FORMAT, cases[i].says);
  bytes all = array_of(1, HEAD("|i1", "(1,)"), "\1\2", 2);
  FAILS(read_bytes(&all), LW_ERROR_FORMAT, "has bytes after its end");
  all = array_of(1, HEAD("<i8", "(1,)"), "\0\0\0\0\0\0\0\x10", 8);
  FAILS(read_bytes(&all), LW_ERROR_FORMAT, "item 0 is a whole number above 2^53");
  all = array_of(4, HEAD("|i1", "(1,)"), "\1", 1);
  FAILS(read_bytes(&all), LW_ERROR_FOREIGN, "has version 4 of the format .npy");
  FAILS(read_piece_by_piece(text_file("text", "some letters"), NULL, 1), LW_ERROR_FORMAT,
        "text' is no array of NumPy");
  FAILS(read_piece_by_piece(at("a.npy"), "x", 1), LW_ERROR_INPUT, "is no .npz file");
  FAILS(read_piece_by_piece(at("none"), NULL, 1), LW_ERROR_FILE, "No such file");
}

/* ---- .npz ---- */

typedef struct member {
  const char *name;
  bool packed, large; /* deflated; with the sizes of 64 bits */
  bytes content;
} member;

static bytes deflated(const bytes *content)
{
  bytes out = {.used = 0};
  z_stream z = {0};
  cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  z.next_in = (Bytef *)(uintptr_t)content->b;
  z.avail_in = (uInt)content->used;
  z.next_out = out.b;
  z.avail_out = sizeof out.b;
  cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.used = sizeof out.b - z.avail_out;
  deflateEnd(&z);
  return out;
}

/* The fields that a local header and an entry of the directory share, from the version on. */
static void put_fields(bytes *to, const member *of, size_t packed, size_t extra)
{
  put_number(to, 45, 2);
  put_number(to, 0, 2);
  put_number(to, of->packed ? 8 : 0, 2);
  put_number(to, 0, 4);
  put_number(to, crc32(0, of->content.b, (uInt)of->content.used), 4);
  put_number(to, of->large ? UINT32_MAX : packed, 4);
  put_number(to, of->large ? UINT32_MAX : of->content.used, 4);
  put_number(to, strlen(of->name), 2);
  put_number(to, extra, 2);
}

static void put_member(bytes *zip, bytes *list, const member *of)
{
  const bytes body = of->packed ? deflated(&of->content) : of->content;
  const size_t place = zip->used, extra = of->large ? 20 : 0;
  put(zip, "PK\3\4", 4);
  put_fields(zip, of, body.used, 0);
  put(zip, of->name, strlen(of->name));
  put(zip, body.b, body.used);
  put(list, "PK\1\2\0\0", 6);
  put_fields(list, of, body.used, extra);
  put_number(list, 0, 10);
  put_number(list, place, 4);
  put(list, of->name, strlen(of->name));
  if (!of->large) return;
  put_number(list, 1, 2);
  put_number(list, 16, 2);
  put_number(list, of->content.used, 8);
  put_number(list, body.used, 8);
}

static bytes zip_of(const member *members, int count, bool large)
{
  bytes zip = {.used = 0}, list = {.used = 0};
  for (int i = 0; i < count; i++) put_member(&zip, &list, &members[i]);
  const size_t place = zip.used;
  put(&zip, list.b, list.used);
  const size_t end = zip.used;
  if (large) {
    put(&zip, "PK\6\6", 4);
    put_number(&zip, 44, 8);
    put_number(&zip, 0, 12);
    put_number(&zip, (uint64_t)count, 8);
    put_number(&zip, (uint64_t)count, 8);
    put_number(&zip, list.used, 8);
    put_number(&zip, place, 8);
    put(&zip, "PK\6\7", 4);
    put_number(&zip, 0, 4);
    put_number(&zip, end, 8);
    put_number(&zip, 1, 4);
  }
  put(&zip, "PK\5\6", 4);
  put_number(&zip, 0, 4);
  put_number(&zip, large ? 65535 : (uint64_t)count, 2);
  put_number(&zip, large ? 65535 : (uint64_t)count, 2);
  put_number(&zip, large ? UINT32_MAX : list.used, 4);
  put_number(&zip, large ? UINT32_MAX : place, 4);
  put_number(&zip, 3, 2);
  put(&zip, "end", 3);
  return zip;
}

static lw_status read_member(const bytes *zip, const char *name)
{
  return read_piece_by_piece(bytes_file("a.npz", zip->b, zip->used), name, 7);
}

static bytes small_zip(bool packed, bool large)
{
  uint8_t many[200];
  for (int i = 0; i < 200; i++) many[i] = (uint8_t)(i * i);
  const member two[] = {
      {"x.npy", packed, large, array_of(1, HEAD("|u1", "(200,)"), many, sizeof many)},
      {"y.npy", !packed, large, array_of(1, HEAD("<i2", "(2,)"), "\1\0\2\0", 4)}};
  return zip_of(two, 2, large);
}

Test(npy, members)
{
  for (int i = 0; i < 4; i++) {
    const bytes zip = small_zip(i & 1, i & 2);
    FINE(read_member(&zip, "x"));
    cr_expect(info.items == 200 && items[199] == (uint8_t)(199 * 199));
    FINE(read_member(&zip, "y.npy"));
    cr_expect(info.items == 2 && items[1] == 2);
    FAILS(read_member(&zip, "z"), LW_ERROR_INPUT, "has no array 'z'; it has 'x.npy', 'y.npy'");
    FAILS(read_member(&zip, NULL), LW_ERROR_INPUT, "has 2 arrays ('x.npy', 'y.npy'); say which");
  }
  const member one = {"x.npy", true, false, array_of(1, HEAD("|i1", "(1,)"), "\7", 1)};
  const bytes zip = zip_of(&one, 1, false);
  FINE(read_member(&zip, NULL));
  cr_expect_eq(items[0], 7);
}

Test(npy, damaged_members)
{
  for (int packed = 0; packed < 2; packed++) {
    bytes zip = small_zip(packed, false);
    for (size_t cut = 4; cut < zip.used; cut += 9) {
      FAILS(read_piece_by_piece(bytes_file("a.npz", zip.b, cut), "x", 7), LW_ERROR_FORMAT,
            "a.npz' is no ZIP file or is cut short");
    }
    zip.b[150] ^= 1; /* of the items */
    FAILS(read_member(&zip, "x"), LW_ERROR_FORMAT, "is damaged");
    zip.b[150] ^= 1;
    zip.b[1] = 'K' + 1;
    FAILS(read_member(&zip, "x"), LW_ERROR_INPUT, "is no .npz file");
    zip.b[1] = 'K';
    zip.b[zip.used - 9] = 1; /* of the place of the directory */
    FAILS(read_member(&zip, "x"), LW_ERROR_FORMAT, "is a damaged ZIP file at byte");
  }
  bytes zip = small_zip(false, false);
  uint8_t *entry = zip.b;
  while (memcmp(entry, "PK\1\2", 4) != 0) entry++;
  entry[8] = 1;
  FAILS(read_member(&zip, "x"), LW_ERROR_FORMAT, "member 'x.npy' is encrypted");
  entry[8] = 0;
  entry[10] = 12;
  FAILS(read_member(&zip, "x"), LW_ERROR_FORMAT, "is packed by a method other than deflate");
  entry[10] = 0;
  entry[24] = (uint8_t)(entry[24] + 1);
  FAILS(read_member(&zip, "x"), LW_ERROR_FORMAT, "has 1 bytes after the end of its array");
  entry[24] = 100;
  entry[25] = 0;
  FAILS(read_member(&zip, "x"), LW_ERROR_FORMAT, "'x.npy' is cut short: at least");
}
