#include "alphabet.h"
#include "longwave/base/mem.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CODES = 0x110000 };

const char *const lw_alphabet_choices[] = {"bytes", "characters", NULL};

/* The character that begins at text[0], and its bytes; 0 bytes when it is no UTF-8. */
static int64_t decode(const uint8_t *text, int64_t length, uint32_t *code)
{
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const uint8_t first = text[0];
  const int64_t bytes = first < 0x80   ? 1
                        : first < 0xc0 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                                       : 4;
  if (!bytes || bytes > length || first >= 0xf8) return 0;
  uint32_t value = bytes == 1 ? first : first & (0x7fu >> bytes);
  for (int64_t i = 1; i < bytes; i++) {
    if ((text[i] & 0xc0) != 0x80) return 0;
    value = value << 6 | (text[i] & 0x3fu);
  }
  if (value < least[bytes] || value >= CODES || (value >= 0xd800 && value < 0xe000)) return 0;
  *code = value;
  return bytes;
}

int64_t lw_utf8_check(const char *text, int64_t length)
{
  for (int64_t i = 0; i < length;) {
    uint32_t code;
    const int64_t bytes = decode((const uint8_t *)text + i, length - i, &code);
    if (!bytes) return i;
    i += bytes;
  }
  return -1;
}

/* ---- learning ---- */

static int64_t specials(const lw_alphabet *alphabet)
{
  return 1 + alphabet->end_mark;
}

/* How many characters of a text become ids of their own. */
static int64_t room_of(const lw_alphabet *alphabet, int64_t most)
{
  return most ? most - alphabet->end_mark : INT64_MAX;
}

static void count_characters(const uint8_t *text, int64_t length, int64_t room, int64_t *seen)
{
  for (int64_t i = 0; i < length && room-- > 0;) {
    uint32_t code = 0;
    i += decode(text + i, length - i, &code);
    seen[code]++;
  }
}

/* What is cut off does not count. */
static lw_status learn(lw_alphabet *alphabet, int64_t most, const lw_samples *train)
{
  const int64_t room = room_of(alphabet, most);
  int64_t *seen = NULL;
  lw_status status = LW_TAKE(&seen, CODES);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < train->count; i++) {
    const int64_t first = train->offsets[i], second = first + lw_samples_break(train, i);
    count_characters(train->bytes + first, second - first, room, seen);
    count_characters(train->bytes + second, train->offsets[i + 1] - second, room, seen);
  }
  int64_t found = 0;
  for (uint32_t code = 0; code < CODES; code++) {
    if (!seen[code] || seen[code] < alphabet->least) continue;
    if (found < LW_IDS_MAX - specials(alphabet)) alphabet->code[found] = code;
    found++;
  }
  if (found > LW_IDS_MAX - specials(alphabet))
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "%" PRId64 " different characters stand at least %" PRId64
                   " times in the train split, and %d ids are left for them; raise --min-count or "
                   "use --alphabet bytes",
                   found, alphabet->least, (int)(LW_IDS_MAX - specials(alphabet))));
  if (!found)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "no character stands %" PRId64 " times in the train split; lower --min-count",
                   alphabet->least));
  alphabet->characters = found;
done:
  lw_mem_give(seen);
  return status;
}

static uint8_t id_of(const lw_alphabet *alphabet, uint32_t code)
{
  int64_t low = 0, high = alphabet->characters;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (alphabet->code[middle] < code)
      low = middle + 1;
    else
      high = middle;
  }
  const bool known = low < alphabet->characters && alphabet->code[low] == code;
  return (uint8_t)(known ? specials(alphabet) + low : 0);
}

/* ---- turning texts into ids ---- */

/* ids [length + 1] out; at most `most` of them, the end mark among them. Returns their number. */
static int64_t encode(const lw_alphabet *alphabet, const uint8_t *text, int64_t length,
                      int64_t most, uint8_t *ids)
{
  const int64_t room = room_of(alphabet, most);
  int64_t count = 0;
  for (int64_t i = 0; i < length && count < room; count++) {
    uint32_t code = text[i];
    const bool bytes = alphabet->kind == LW_ALPHABET_BYTES;
    i += bytes ? 1 : decode(text + i, length - i, &code);
    ids[count] = bytes ? text[i - 1] : id_of(alphabet, code);
  }
  if (alphabet->end_mark) ids[count++] = 1;
  return count;
}

static lw_status encode_all(const lw_alphabet *alphabet, int64_t most, lw_samples *samples)
{
  lw_samples coded = {0};
  uint8_t *ids = NULL;
  int64_t room = 0;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < samples->count; i++) {
    const int64_t first = samples->offsets[i], second = first + lw_samples_break(samples, i);
    const int64_t last = samples->offsets[i + 1];
    LW_TRY(lw_mem_grow((void **)&ids, &room, last - first + 2, 1));
    int64_t begin = 0;
    if (second > first) begin = encode(alphabet, samples->bytes + first, second - first, most, ids);
    const int64_t rest =
        encode(alphabet, samples->bytes + second, last - second, most, ids + begin);
    LW_TRY(lw_samples_add_pair(&coded, ids, begin, rest, samples->labels[i]));
  }
  lw_samples_done(samples);
  *samples = coded;
  coded = (lw_samples){0};
done:
  lw_mem_give(ids);
  lw_samples_done(&coded);
  return status;
}

/* The UTF-8 of a character, or what it is called. */
static void name_of(uint32_t code, char name[LW_ID_NAME_MAX])
{
  if (code <= ' ' || code == 0x7f)
    snprintf(name, LW_ID_NAME_MAX, "U+%04" PRIX32, code);
  else if (code < 0x80)
    snprintf(name, LW_ID_NAME_MAX, "%c", (char)code);
  else if (code < 0x800)
    snprintf(name, LW_ID_NAME_MAX, "%c%c", (char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f)));
  else if (code < 0x10000)
    snprintf(name, LW_ID_NAME_MAX, "%c%c%c", (char)(0xe0 | code >> 12),
             (char)(0x80 | (code >> 6 & 0x3f)), (char)(0x80 | (code & 0x3f)));
  else
    snprintf(name, LW_ID_NAME_MAX, "U+%" PRIX32, code);
}

static void name_ids(const lw_alphabet *alphabet, lw_product *product)
{
  const int64_t first = specials(alphabet), count = first + alphabet->characters;
  snprintf(product->id_text[0], LW_ID_NAME_MAX, "<rare>");
  if (alphabet->end_mark) snprintf(product->id_text[1], LW_ID_NAME_MAX, "<end>");
  for (int64_t i = 0; i < alphabet->characters; i++)
    name_of(alphabet->code[i], product->id_text[first + i]);
  for (int64_t i = 0; i < count; i++) product->id_names[i] = product->id_text[i];
  product->recipe.vocabulary = count;
  product->recipe.token_names = product->id_names;
}

lw_status lw_alphabet_apply(lw_alphabet *alphabet, int64_t max_length, lw_product *product)
{
  lw_status status = LW_OK;
  if (alphabet->kind == LW_ALPHABET_CHARACTERS) {
    LW_TRY(learn(alphabet, max_length, &product->samples[LW_SPLIT_TRAIN]));
    name_ids(alphabet, product);
  } else {
    product->recipe.vocabulary = LW_IDS_MAX;
  }
  for (int split = 0; split < LW_SPLITS; split++)
    LW_TRY(encode_all(alphabet, max_length, &product->samples[split]));
done:
  return status;
}
