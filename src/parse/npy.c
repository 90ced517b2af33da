/* An .npy file: "\x93NUMPY", two bytes of version, the bytes of the head (2, from version 2 on 4,
 * little endian), the head: a dictionary as Python writes it,
 * {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }, blanks and a line end; the items. */
#include "longwave/parse/npy.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/whole.h"
#include "longwave/parse/source.h"
#include "zip.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_MOST = 65536, CHUNK = 8192 };

struct lw_npy {
  lw_source *source; /* of an .npy; else NULL */
  lw_zip *zip;
  char *name;
  lw_npy_info info;
  int64_t read;   /* items so far */
  uint8_t *bytes; /* [CHUNK] items */
};

static lw_status take(lw_npy *npy, void *data, int64_t count)
{
  return npy->source ? lw_source_take(npy->source, data, count)
                     : lw_zip_take(npy->zip, data, count);
}

/* ---- the head ---- */

static lw_status refuse(const lw_npy *npy, const char *what, const char *text)
{
  return lw_fail(LW_ERROR_FORMAT, "'%s' %s '%.80s'", npy->name, what, text);
}

/* What follows a key of the dictionary, or NULL. */
static const char *value_of(const char *head, const char *key)
{
  const char *at = strstr(head, key);
  if (!at) return NULL;
  at += strlen(key);
  at += strspn(at, " ");
  if (*at != ':') return NULL;
  return at + 1 + strspn(at + 1, " ");
}

static lw_status read_type(lw_npy *npy, const char *head)
{
  static const char *const known[] = {"b1", "i1", "i2", "i4", "i8", "u1", "u2",
                                      "u4", "u8", "f2", "f4", "f8", NULL};
  const char *text = value_of(head, "'descr'");
  int i = 0;
  if (text && *text == '\'' && text[1] && strchr("<>|=", text[1]))
    while (known[i] && (strncmp(text + 2, known[i], 2) != 0 || text[4] != '\'')) i++;
  else
    while (known[i]) i++;
  if (!known[i])
    return refuse(npy,
                  "has items of another kind than true or false, whole and real numbers; convert "
                  "them, such as by x.astype('f4'): the head is",
                  head);
  npy->info.kind = known[i][0];
  npy->info.bytes = known[i][1] - '0';
  npy->info.big_endian = text[1] == '>';
  return LW_OK;
}

static lw_status read_shape(lw_npy *npy, const char *head)
{
  lw_npy_info *info = &npy->info;
  const char *text = value_of(head, "'shape'");
  info->items = 1;
  if (!text || *text++ != '(') return refuse(npy, "has a head without a shape:", head);
  while (*(text += strspn(text, " ,")) != ')') {
    char *end = NULL;
    const long long size = strtoll(text, &end, 10);
    if (end == text || size < 0) return refuse(npy, "has a head without a shape:", head);
    if (info->dims == LW_NPY_DIMS_MAX) return refuse(npy, "has more than 8 dimensions:", head);
    if (size && info->items > (INT64_C(1) << 50) / size)
      return refuse(npy, "is larger than can be read:", head);
    info->shape[info->dims++] = size;
    info->items *= size;
    text = end + (*end == 'L'); /* of Python 2 */
  }
  return LW_OK;
}

/* Of one dimension, or where all but one are 1, both orders are the same. */
static lw_status check_order(const lw_npy *npy, const char *head)
{
  const char *text = value_of(head, "'fortran_order'");
  int long_dims = 0;
  for (int i = 0; i < npy->info.dims; i++) long_dims += npy->info.shape[i] > 1;
  if (text && (!strncmp(text, "False", 5) || (!strncmp(text, "True", 4) && long_dims < 2)))
    return LW_OK;
  return refuse(npy,
                "is stored in Fortran's order; save numpy.ascontiguousarray(x) in its place: the "
                "head is",
                head);
}

static lw_status read_head(lw_npy *npy)
{
  uint8_t b[10], more[2] = {0};
  char *head = NULL;
  lw_status status = LW_OK;
  LW_TRY(take(npy, b, sizeof b));
  if (memcmp(b, "\x93NUMPY", 6) != 0)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s' is no array of NumPy: it does not begin as .npy does",
                   npy->name));
  if (b[6] < 1 || b[6] > 3)
    LW_TRY(lw_fail(LW_ERROR_FOREIGN, "'%s' has version %d of the format .npy; 1 to 3 are read",
                   npy->name, b[6]));
  if (b[6] > 1) LW_TRY(take(npy, more, 2));
  const int64_t size = b[8] | b[9] << 8 | more[0] << 16 | (int64_t)more[1] << 24;
  if (size > HEAD_MOST)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s' has a head of %" PRId64 " bytes; is it damaged?",
                   npy->name, size));
  LW_TRY(LW_TAKE(&head, size + 1));
  LW_TRY(take(npy, head, size));
  for (int64_t i = size; i-- > 0 && strchr(" \n", head[i]);) head[i] = 0;
  LW_TRY(read_type(npy, head));
  LW_TRY(read_shape(npy, head));
  LW_TRY(check_order(npy, head));
done:
  lw_mem_give(head);
  return status;
}

/* ---- opening ---- */

/* "x" and "x.npy" are the same member. */
static bool is_named(const char *name, const char *wanted)
{
  const size_t length = strlen(wanted);
  return !strncmp(name, wanted, length) && (!name[length] || !strcmp(name + length, ".npy"));
}

static lw_status find_member(const lw_npy *npy, const char *member, int64_t *found)
{
  const int64_t count = lw_zip_count(npy->zip);
  char list[512];
  lw_text names = LW_TEXT_IN(list);
  for (int64_t i = 0; i < count; i++) {
    lw_text_item(&names, ", ", "'%s'", lw_zip_name(npy->zip, i));
    if (member ? is_named(lw_zip_name(npy->zip, i), member) : count == 1) {
      *found = i;
      return LW_OK;
    }
  }
  if (member)
    return lw_fail(LW_ERROR_INPUT, "'%s' has no array '%s'; it has %s%s", npy->name, member,
                   count ? list : "none", names.truncated ? " ..." : "");
  return lw_fail(LW_ERROR_INPUT,
                 "'%s' has %" PRId64 " arrays (%s%s); say which, as in FILE.npz:NAME", npy->name,
                 count, list, names.truncated ? " ..." : "");
}

static lw_status open_member(lw_npy *npy, const char *path, const char *member)
{
  int64_t found = 0;
  lw_text name = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  LW_TRY(lw_zip_open(path, &npy->zip));
  LW_TRY(find_member(npy, member, &found));
  lw_text_add(&name, "%s:%s", path, lw_zip_name(npy->zip, found));
  LW_TRY(lw_text_end(&name));
  lw_mem_give(npy->name);
  npy->name = NULL;
  LW_TRY(lw_mem_copy(name.text, &npy->name));
  LW_TRY(lw_zip_enter(npy->zip, found));
done:
  lw_text_done(&name);
  return status;
}

lw_status lw_npy_open(const char *path, const char *member, lw_npy **out)
{
  lw_npy *npy = NULL;
  lw_status status = LW_TAKE(&npy, 1);
  if (status != LW_OK) return status;
  LW_TRY(lw_mem_copy(path, &npy->name));
  if (lw_zip_is(path))
    LW_TRY(open_member(npy, path, member));
  else if (member)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' is no .npz file, so there is no array '%s' in it", path,
                   member));
  else
    LW_TRY(lw_source_open(path, &npy->source));
  LW_TRY(read_head(npy));
  LW_TRY(LW_TAKE(&npy->bytes, (int64_t)CHUNK * npy->info.bytes));
  *out = npy;
  npy = NULL;
done:
  lw_npy_close(&npy);
  return status;
}

void lw_npy_close(lw_npy **npy)
{
  if (!*npy) return;
  if ((*npy)->source) lw_source_close(&(*npy)->source);
  lw_zip_close(&(*npy)->zip);
  lw_mem_give((*npy)->bytes);
  lw_mem_give((*npy)->name);
  lw_mem_give(*npy);
  *npy = NULL;
}

const lw_npy_info *lw_npy_describe(const lw_npy *npy)
{
  return &npy->info;
}

const char *lw_npy_name(const lw_npy *npy)
{
  return npy->name;
}

/* ---- items ---- */

static double half_of(uint32_t bits)
{
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double value = exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
  if (exponent == 31) value = mantissa ? NAN : INFINITY;
  return bits >> 15 ? -value : value;
}

static double real_of(uint64_t bits, int bytes)
{
  const uint32_t low = (uint32_t)bits;
  float single = 0;
  double value = 0;
  if (bytes == 2) return half_of(low);
  memcpy(&single, &low, sizeof single);
  memcpy(&value, &bits, sizeof value);
  return bytes == 4 ? (double)single : value;
}

static double item_of(const lw_npy_info *info, const uint8_t *b)
{
  uint64_t bits = 0;
  for (int i = 0; i < info->bytes; i++)
    bits = bits << 8 | b[info->big_endian ? i : info->bytes - 1 - i];
  if (info->kind == 'f') return real_of(bits, info->bytes);
  if (info->kind == 'b') return bits != 0;
  const int free_bits = 64 - 8 * info->bytes;
  return info->kind == 'i' ? (double)((int64_t)(bits << free_bits) >> free_bits) : (double)bits;
}

static lw_status read_end(lw_npy *npy)
{
  if (npy->read < npy->info.items) return LW_OK;
  return npy->source ? lw_source_expect_end(npy->source) : lw_zip_expect_end(npy->zip);
}

lw_status lw_npy_read(lw_npy *npy, double *items, int64_t count)
{
  const double most = 9007199254740992.0;
  const lw_npy_info *info = &npy->info;
  lw_status status = LW_OK;
  for (int64_t done = 0; done < count;) {
    const int64_t now = lw_smaller(CHUNK, count - done);
    LW_TRY(take(npy, npy->bytes, now * info->bytes));
    for (int64_t i = 0; i < now; i++, done++) {
      items[done] = item_of(info, npy->bytes + i * info->bytes);
      if (info->kind != 'f' && fabs(items[done]) > most)
        LW_TRY(lw_fail(LW_ERROR_FORMAT,
                       "'%s': item %" PRId64 " is a whole number above 2^53, which cannot be read",
                       npy->name, npy->read + i));
    }
    npy->read += now;
  }
  LW_TRY(read_end(npy));
done:
  return status;
}
