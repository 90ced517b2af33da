#include "alphabet.h"
#include "longwave/base/mem.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CODES = 0x110000 };

const char *const lw_alphabet_choices[] = {"bytes", "characters", NULL};

typedef struct alphabet {
  const lw_alphabet_settings *own;
  int64_t documents, cut; /* encoded so far; those that were longer than --max-length */
  int64_t characters;
  uint32_t code[LW_IDS_MAX]; /* [characters] ascending */
} alphabet;

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

static int64_t specials(const alphabet *learnt)
{
  return 1 + learnt->own->end_mark;
}

/* How many characters of a text become ids of their own. */
static int64_t room_of(const alphabet *learnt)
{
  const int64_t most = learnt->own->max_length;
  return most ? most - learnt->own->end_mark : INT64_MAX;
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
static lw_status learn(alphabet *learnt, const lw_samples *train)
{
  const int64_t room = room_of(learnt);
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
    if (!seen[code] || seen[code] < learnt->own->min_count) continue;
    if (found < LW_IDS_MAX - specials(learnt)) learnt->code[found] = code;
    found++;
  }
  if (found > LW_IDS_MAX - specials(learnt))
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "%" PRId64 " different characters stand at least %" PRId64
                   " times in the train split, and %d ids are left for them; raise --min-count or "
                   "use --alphabet bytes",
                   found, learnt->own->min_count, (int)(LW_IDS_MAX - specials(learnt))));
  if (!found)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "no character stands %" PRId64 " times in the train split; lower --min-count",
                   learnt->own->min_count));
  learnt->characters = found;
done:
  lw_mem_give(seen);
  return status;
}

static uint8_t id_of(const alphabet *learnt, uint32_t code)
{
  int64_t low = 0, high = learnt->characters;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (learnt->code[middle] < code)
      low = middle + 1;
    else
      high = middle;
  }
  const bool known = low < learnt->characters && learnt->code[low] == code;
  return (uint8_t)(known ? specials(learnt) + low : 0);
}

/* ---- turning texts into ids ---- */

/* ids [length + 1] out. Returns their number. */
static int64_t encode(alphabet *learnt, const uint8_t *text, int64_t length, uint8_t *ids)
{
  const int64_t room = room_of(learnt);
  int64_t count = 0, i = 0;
  for (; i < length && count < room; count++) {
    uint32_t code = text[i];
    const bool bytes = learnt->own->kind == LW_ALPHABET_BYTES;
    i += bytes ? 1 : decode(text + i, length - i, &code);
    ids[count] = bytes ? text[i - 1] : id_of(learnt, code);
  }
  learnt->documents++;
  learnt->cut += i < length;
  if (learnt->own->end_mark) ids[count++] = 1;
  return count;
}

static lw_status encode_all(alphabet *learnt, lw_samples *samples)
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
    if (second > first) begin = encode(learnt, samples->bytes + first, second - first, ids);
    const int64_t rest = encode(learnt, samples->bytes + second, last - second, ids + begin);
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

static void name_ids(const alphabet *learnt, lw_product *product)
{
  const int64_t first = specials(learnt), count = first + learnt->characters;
  snprintf(product->id_text[0], LW_ID_NAME_MAX, "<rare>");
  if (learnt->own->end_mark) snprintf(product->id_text[1], LW_ID_NAME_MAX, "<end>");
  for (int64_t i = 0; i < learnt->characters; i++)
    name_of(learnt->code[i], product->id_text[first + i]);
  for (int64_t i = 0; i < count; i++) product->id_names[i] = product->id_text[i];
  product->recipe.vocabulary = count;
  product->recipe.token_names = product->id_names;
}

lw_status lw_alphabet_check(const lw_alphabet_settings *own, const lw_option_section *flags)
{
  static const char *const characters_only[] = {"min_count", "end_mark", NULL};
  return own->kind == LW_ALPHABET_BYTES
             ? lw_task_forbid(flags, characters_only, "with --alphabet bytes")
             : LW_OK;
}

lw_status lw_alphabet_apply(const lw_alphabet_settings *own, lw_product *product)
{
  alphabet learnt = {.own = own};
  lw_status status = LW_OK;
  if (own->kind == LW_ALPHABET_CHARACTERS) {
    LW_TRY(learn(&learnt, &product->samples[LW_SPLIT_TRAIN]));
    name_ids(&learnt, product);
  } else {
    product->recipe.vocabulary = LW_IDS_MAX;
  }
  for (int split = 0; split < LW_SPLITS; split++)
    LW_TRY(encode_all(&learnt, &product->samples[split]));
  if (learnt.cut)
    LW_TRY(lw_product_note(product,
                           "cut: %" PRId64 " of %" PRId64
                           " documents were longer than --max-length %" PRId64 "\n",
                           learnt.cut, learnt.documents, own->max_length));
done:
  return status;
}
