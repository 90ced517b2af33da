#include "alphabet.h"
#include "longwave/base/mem.h"
#include "longwave/base/utf8.h"
#include "longwave/base/whole.h"
#include "longwave/base/work.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const lw_alphabet_flags[] = {"alphabet", "min_count", "end_mark", NULL};

typedef struct symbol {
  uint32_t code;
  uint8_t id;
} symbol;

typedef struct alphabet {
  const lw_alphabet_settings *own;
  const lw_dataset *other;      /* borrowed: whose ids these are, or NULL */
  int64_t documents, truncated; /* encoded so far; those that were longer than --max-length */
  int64_t taken, unknown;       /* characters encoded so far; those that have no id of their own */
  uint32_t first_unknown;
  int rare, end; /* ids, -1: none */
  int64_t characters;
  symbol of[LW_IDS_MAX]; /* [characters] by code */
} alphabet;

/* ---- learning ---- */

/* Ids in front of the characters that are learnt. */
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
    i += lw_utf8_read(text + i, length - i, &code);
    seen[code]++;
  }
}

/* Characters beyond --max-length do not count. */
static lw_status learn(alphabet *learnt, const lw_samples *train)
{
  const int64_t room = room_of(learnt);
  int64_t *seen = NULL;
  lw_status status = LW_TAKE(&seen, LW_UTF8_CODES);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < train->count; i++) {
    const int64_t first = train->offsets[i], second = first + lw_samples_break(train, i);
    count_characters(train->bytes + first, second - first, room, seen);
    count_characters(train->bytes + second, train->offsets[i + 1] - second, room, seen);
  }
  int64_t found = 0;
  for (uint32_t code = 0; code < LW_UTF8_CODES; code++) {
    if (!seen[code] || seen[code] < learnt->own->min_count) continue;
    if (found < LW_IDS_MAX - specials(learnt))
      learnt->of[found] = (symbol){code, (uint8_t)(specials(learnt) + found)};
    found++;
  }
  if (found > LW_IDS_MAX - specials(learnt))
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "%" PRId64 " different characters occur at least %" PRId64
                   " times in the train split, and %d ids are left for them; raise --min-count or "
                   "use --alphabet bytes",
                   found, learnt->own->min_count, (int)(LW_IDS_MAX - specials(learnt))));
  if (!found)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "no character occurs %" PRId64 " times in the train split; lower --min-count",
                   learnt->own->min_count));
  learnt->characters = found;
done:
  lw_mem_give(seen);
  return status;
}

/* ---- the alphabet of another data set ---- */

static const char rare_name[] = "<rare>", end_name[] = "<end>";

/* The character that a name stands for: itself, or U+ and its code. */
static bool code_of(const char *name, uint32_t *code)
{
  const int64_t length = (int64_t)strlen(name);
  char *end = NULL;
  if (length && lw_utf8_read(name, length, code) == length) return true;
  if (strncmp(name, "U+", 2) != 0 || !isxdigit((unsigned char)name[2])) return false;
  *code = (uint32_t)strtoul(name + 2, &end, 16);
  return !*end && length <= 8 && *code < LW_UTF8_CODES;
}

lw_status lw_alphabet_like(const lw_dataset *other, lw_alphabet_settings *own)
{
  if (!other) return LW_OK;
  const int64_t vocabulary = lw_dataset_describe(other)->vocabulary;
  own->kind = lw_dataset_token_name(other, 0) ? LW_ALPHABET_CHARACTERS : LW_ALPHABET_BYTES;
  if (vocabulary > LW_IDS_MAX || (own->kind == LW_ALPHABET_BYTES && vocabulary != LW_IDS_MAX))
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' (--like) has %" PRId64 " token ids%s; bytes are 256, characters at most "
                   "256 with names",
                   lw_dataset_path(other), vocabulary,
                   own->kind == LW_ALPHABET_BYTES ? " without names" : "");
  own->end_mark = false;
  for (int64_t id = 0; id < vocabulary && own->kind == LW_ALPHABET_CHARACTERS; id++) {
    const char *name = lw_dataset_token_name(other, id);
    uint32_t code;
    own->end_mark |= !strcmp(name, end_name);
    if (strcmp(name, end_name) != 0 && strcmp(name, rare_name) != 0 && !code_of(name, &code))
      return lw_fail(LW_ERROR_INPUT,
                     "'%s' (--like): token id %" PRId64 " is called '%s', which is not a character",
                     lw_dataset_path(other), id, name);
  }
  return LW_OK;
}

static int by_code(const void *a, const void *b)
{
  const uint32_t x = ((const symbol *)a)->code, y = ((const symbol *)b)->code;
  return LW_ORDER(x, y);
}

/* lw_alphabet_like has checked its names. */
static lw_status take_over(alphabet *learnt)
{
  const lw_dataset *other = learnt->other;
  learnt->rare = -1;
  for (int id = 0; id < lw_dataset_describe(other)->vocabulary; id++) {
    const char *name = lw_dataset_token_name(other, id);
    symbol *next = &learnt->of[learnt->characters];
    if (!strcmp(name, rare_name))
      learnt->rare = id;
    else if (!strcmp(name, end_name))
      learnt->end = id;
    else if (code_of(name, &next->code)) {
      next->id = (uint8_t)id;
      learnt->characters++;
    }
  }
  qsort(learnt->of, (size_t)learnt->characters, sizeof *learnt->of, by_code);
  for (int64_t i = 1; i < learnt->characters; i++)
    if (learnt->of[i].code == learnt->of[i - 1].code)
      return lw_fail(LW_ERROR_INPUT, "'%s' (--like): token ids %d and %d are the same character",
                     lw_dataset_path(other), learnt->of[i - 1].id, learnt->of[i].id);
  return LW_OK;
}

/* ---- turning texts into ids ---- */

static uint8_t id_of(alphabet *learnt, uint32_t code)
{
  const symbol key = {.code = code};
  const symbol *found = bsearch(&key, learnt->of, (size_t)learnt->characters, sizeof key, by_code);
  learnt->taken++;
  if (found) return found->id;
  if (!learnt->unknown++) learnt->first_unknown = code;
  return (uint8_t)(learnt->rare < 0 ? 0 : learnt->rare);
}

/* ids [length + 1] out. Returns their number. */
static int64_t encode(alphabet *learnt, const uint8_t *text, int64_t length, uint8_t *ids)
{
  const int64_t room = room_of(learnt);
  int64_t count = 0, i = 0;
  for (; i < length && count < room; count++) {
    uint32_t code = text[i];
    const bool bytes = learnt->own->kind == LW_ALPHABET_BYTES;
    i += bytes ? 1 : lw_utf8_read(text + i, length - i, &code);
    ids[count] = bytes ? text[i - 1] : id_of(learnt, code);
  }
  learnt->documents++;
  learnt->truncated += i < length;
  if (learnt->own->end_mark) ids[count++] = (uint8_t)learnt->end;
  return count;
}

static lw_status encode_all(alphabet *learnt, lw_samples *samples)
{
  lw_samples coded = {0};
  uint8_t *ids = NULL;
  int64_t room = 0;
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "encoding", "documents", samples->count);
  for (int64_t i = 0; i < samples->count; lw_work_show(&work, ++i)) {
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
  lw_work_end(&work);
  lw_mem_give(ids);
  lw_samples_done(&coded);
  return status;
}

/* The UTF-8 of a character, or what it is called. */
static void name_of(uint32_t code, char name[LW_ID_NAME_MAX])
{
  if (code <= ' ' || code == 0x7f || code >= 0x10000)
    snprintf(name, LW_ID_NAME_MAX, "U+%04" PRIX32, code);
  else
    lw_utf8_write(code, name);
}

static void name_ids(const alphabet *learnt, lw_product *product)
{
  const int64_t count = learnt->characters + (learnt->rare >= 0) + (learnt->end >= 0);
  if (learnt->rare >= 0) snprintf(product->id_text[learnt->rare], LW_ID_NAME_MAX, rare_name);
  if (learnt->end >= 0) snprintf(product->id_text[learnt->end], LW_ID_NAME_MAX, end_name);
  for (int64_t i = 0; i < learnt->characters; i++)
    name_of(learnt->of[i].code, product->id_text[learnt->of[i].id]);
  for (int64_t i = 0; i < count; i++) product->id_names[i] = product->id_text[i];
  product->recipe.vocabulary = count;
  product->recipe.token_names = product->id_names;
}

/* What the other data set does not know. */
static lw_status say_unknown(const alphabet *learnt, lw_product *product)
{
  char name[LW_ID_NAME_MAX];
  if (!learnt->other || !learnt->unknown) return LW_OK;
  name_of(learnt->first_unknown, name);
  if (learnt->rare < 0)
    return lw_fail(LW_ERROR_INPUT,
                   "%" PRId64 " of %" PRId64 " characters, such as '%s', are not in the alphabet "
                   "of '%s' (--like), and it has no id '<rare>' for them",
                   learnt->unknown, learnt->taken, name, lw_dataset_path(learnt->other));
  return lw_product_note(product,
                         "unknown: %" PRId64 " of %" PRId64
                         " characters, such as '%s', are not in the alphabet of '%s' and became "
                         "its id for rare characters\n",
                         learnt->unknown, learnt->taken, name, lw_dataset_path(learnt->other));
}

lw_status lw_alphabet_check(const lw_alphabet_settings *own, const lw_option_section *flags)
{
  return own->kind == LW_ALPHABET_BYTES
             ? lw_task_forbid(flags, lw_alphabet_flags + 1, "with --alphabet bytes")
             : LW_OK;
}

lw_status lw_alphabet_apply(const lw_alphabet_settings *own, const lw_dataset *other,
                            lw_product *product)
{
  const bool characters = own->kind == LW_ALPHABET_CHARACTERS;
  alphabet learnt = {.own = own, .other = other, .end = own->end_mark ? 1 : -1};
  lw_status status = LW_OK;
  product->recipe.vocabulary = LW_IDS_MAX;
  if (characters) {
    LW_TRY(other ? take_over(&learnt) : learn(&learnt, &product->samples[LW_SPLIT_TRAIN]));
    name_ids(&learnt, product);
  }
  for (int split = 0; split < LW_SPLITS; split++)
    LW_TRY(encode_all(&learnt, &product->samples[split]));
  LW_TRY(say_unknown(&learnt, product));
  if (learnt.truncated)
    LW_TRY(lw_product_note(product,
                           "cut: %" PRId64 " of %" PRId64
                           " documents were longer than --max-length %" PRId64 "\n",
                           learnt.truncated, learnt.documents, own->max_length));
done:
  return status;
}
