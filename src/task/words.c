#include "words.h"
#include "longwave/base/hash.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256 };

const char *lw_words_text(const lw_words *words, int64_t index)
{
  return words->texts + words->word[index].text;
}

/* The slot of a text, or the free one that it would take. */
static int64_t slot_of(const lw_words *words, const char *text, int64_t length)
{
  const uint64_t hash = lw_hash_bytes((const uint8_t *)text, length);
  const int64_t mask = words->slots - 1;
  int64_t i = (int64_t)(hash ^ hash >> 32) & mask;
  for (; words->slot[i]; i = (i + 1) & mask) {
    const char *there = lw_words_text(words, words->slot[i] - 1);
    if (!strncmp(there, text, (size_t)length) && !there[length]) break;
  }
  return i;
}

int64_t lw_words_find(const lw_words *words, const char *text, int64_t length)
{
  return words->count ? words->slot[slot_of(words, text, length)] - 1 : -1;
}

/* At most half full, so that a search ends soon. */
static lw_status make_slots(lw_words *words)
{
  int64_t *more = NULL;
  if (2 * (words->count + 1) <= words->slots) return LW_OK;
  const int64_t slots = words->slots ? 2 * words->slots : FIRST_SLOTS;
  lw_status status = LW_TAKE(&more, slots);
  if (status != LW_OK) return status;
  lw_mem_give(words->slot);
  words->slot = more;
  words->slots = slots;
  for (int64_t i = 0; i < words->count; i++) {
    const char *text = lw_words_text(words, i);
    words->slot[slot_of(words, text, (int64_t)strlen(text))] = i + 1;
  }
  return LW_OK;
}

lw_status lw_words_add(lw_words *words, const char *text, int64_t length)
{
  lw_status status = LW_OK;
  LW_TRY(make_slots(words));
  const int64_t slot = slot_of(words, text, length);
  if (!words->slot[slot]) {
    LW_TRY(LW_EXTEND(&words->texts, &words->text_room, words->text_used,
                     words->text_used + length + 1));
    LW_TRY(LW_EXTEND(&words->word, &words->room, words->count, words->count + 1));
    memcpy(words->texts + words->text_used, text, (size_t)length);
    words->texts[words->text_used + length] = 0;
    words->word[words->count++] = (lw_word){.text = words->text_used};
    words->text_used += length + 1;
    words->slot[slot] = words->count;
  }
  words->word[words->slot[slot] - 1].count++;
done:
  return status;
}

typedef struct key {
  const char *text;
  int64_t count;
} key;

static int by_count(const void *a, const void *b)
{
  const key *x = a, *y = b;
  const int order = LW_ORDER(y->count, x->count);
  return order ? order : strcmp(x->text, y->text);
}

lw_status lw_words_common(const lw_words *words, int64_t least, const char ***out, int64_t *count)
{
  key *keys = NULL;
  int64_t kept = 0;
  lw_status status = LW_TAKE(&keys, words->count);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < words->count; i++)
    if (words->word[i].count >= least)
      keys[kept++] = (key){lw_words_text(words, i), words->word[i].count};
  qsort(keys, (size_t)kept, sizeof *keys, by_count);
  LW_TRY(LW_TAKE(out, kept));
  for (int64_t i = 0; i < kept; i++) (*out)[i] = keys[i].text;
  *count = kept;
done:
  lw_mem_give(keys);
  return status;
}

void lw_words_done(lw_words *words)
{
  lw_mem_give(words->slot);
  lw_mem_give(words->word);
  lw_mem_give(words->texts);
  *words = (lw_words){0};
}
