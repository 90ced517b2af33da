#include "longwave/data/equals.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/base/work.h"
#include <stdlib.h>

/* With 64 bits the chance that any two of a million different documents have the same hash is
   3e-8. */

static int by_place(const lw_print *x, const lw_print *y)
{
  return x->split != y->split ? x->split - y->split : LW_ORDER(x->sample, y->sample);
}

static int by_content(const void *a, const void *b)
{
  const lw_print *x = a, *y = b;
  int found = LW_ORDER(x->document[0], y->document[0]);
  if (!found) found = LW_ORDER(x->document[1], y->document[1]);
  return found ? found : by_place(x, y);
}

static bool is_turned(const lw_print *x)
{
  return x->document[0] > x->document[1];
}

/* The same two documents, whichever is the first. */
static int by_both(const void *a, const void *b)
{
  const lw_print *x = a, *y = b;
  int found = LW_ORDER(x->document[is_turned(x)], y->document[is_turned(y)]);
  if (!found) found = LW_ORDER(x->document[!is_turned(x)], y->document[!is_turned(y)]);
  return found ? found : by_place(x, y);
}

static void count_again(lw_print *prints, int64_t count, lw_equals *equals)
{
  qsort(prints, (size_t)count, sizeof *prints, by_content);
  for (int64_t i = 0, first = 0; i < count; i++) {
    if (prints[i].document[0] != prints[first].document[0] ||
        prints[i].document[1] != prints[first].document[1])
      first = i;
    if (i == first) continue;
    equals->again[prints[i].split][prints[first].split]++;
    equals->contradictions += prints[i].label != prints[first].label;
  }
}

static bool are_both(const lw_print *x, const lw_print *y)
{
  return x->document[is_turned(x)] == y->document[is_turned(y)] &&
         x->document[!is_turned(x)] == y->document[!is_turned(y)];
}

static void count_swapped(lw_print *prints, int64_t count, lw_equals *equals)
{
  const lw_print *first[2] = {NULL, NULL}; /* of the two documents, this way and turned */
  qsort(prints, (size_t)count, sizeof *prints, by_both);
  for (int64_t i = 0; i < count; i++) {
    const lw_print *now = &prints[i];
    const bool turned = is_turned(now);
    if (i == 0 || !are_both(now, &prints[i - 1])) first[0] = first[1] = NULL;
    if (!first[turned]) first[turned] = now;
    equals->alike[now->split] += now->document[0] == now->document[1];
    const lw_print *other = first[!turned];
    if (!other) continue;
    equals->swapped[now->split][other->split]++;
    equals->swapped_contradictions += now->label != other->label;
  }
}

typedef struct occurrence {
  uint64_t document;
  int split;
} occurrence;

static int by_document(const void *a, const void *b)
{
  const occurrence *x = a, *y = b;
  const int found = LW_ORDER(x->document, y->document);
  return found ? found : x->split - y->split;
}

/* One document stands in these splits. */
static void count_document(const bool in[LW_SPLITS], lw_equals *equals)
{
  for (int split = 0; split < LW_SPLITS; split++) {
    if (!in[split]) continue;
    equals->documents[split]++;
    for (int before = 0; before < split; before++) equals->shared[split][before] += in[before];
  }
}

static lw_status count_documents(const lw_print *prints, int64_t count, lw_equals *equals)
{
  occurrence *occurrences = NULL;
  bool in[LW_SPLITS] = {false};
  lw_status status = LW_TAKE(&occurrences, 2 * count);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < 2 * count; i++)
    occurrences[i] = (occurrence){prints[i / 2].document[i % 2], prints[i / 2].split};
  qsort(occurrences, (size_t)(2 * count), sizeof *occurrences, by_document);
  for (int64_t i = 0; i < 2 * count; i++) {
    in[occurrences[i].split] = true;
    if (i + 1 < 2 * count && occurrences[i + 1].document == occurrences[i].document) continue;
    count_document(in, equals);
    for (int split = 0; split < LW_SPLITS; split++) in[split] = false;
  }
  lw_mem_give(occurrences);
  return LW_OK;
}

lw_status lw_equals_count(lw_print *prints, int64_t count, bool pairs, lw_equals *equals)
{
  *equals = (lw_equals){0};
  count_again(prints, count, equals);
  if (!pairs) return LW_OK;
  count_swapped(prints, count, equals);
  return count_documents(prints, count, equals);
}

/* ---- samples in memory ---- */

static uint64_t hash_of(const uint8_t *bytes, int64_t count)
{
  uint64_t hash = lw_print_begin(count);
  for (int64_t i = 0; i < count; i++) hash = lw_print_add(hash, bytes[i]);
  return hash;
}

static lw_print print_of(const lw_samples *samples, int split, int64_t sample)
{
  const int64_t middle = lw_samples_break(samples, sample);
  const int64_t length = samples->offsets[sample + 1] - samples->offsets[sample];
  const uint8_t *bytes = samples->bytes + samples->offsets[sample];
  lw_print print = {.sample = sample, .split = split, .label = samples->labels[sample]};
  print.document[0] = hash_of(bytes, middle ? middle : length);
  if (middle) print.document[1] = hash_of(bytes + middle, length - middle);
  return print;
}

lw_status lw_equals_samples(const lw_samples *samples, bool pairs, lw_equals *equals)
{
  lw_print *prints = NULL;
  int64_t count = 0, n = 0;
  lw_work work = {0};
  for (int split = 0; split < LW_SPLITS; split++) count += samples[split].count;
  lw_status status = LW_TAKE(&prints, count);
  if (status != LW_OK) return status;
  lw_work_begin(&work, "looking for equal samples", "samples", count);
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t i = 0; i < samples[split].count; i++, lw_work_show(&work, ++n))
      prints[n] = print_of(&samples[split], split, i);
  lw_work_end(&work);
  status = lw_equals_count(prints, count, pairs, equals);
  lw_mem_give(prints);
  return status;
}
