/* The task `retrieval`: are two documents related? Lines of Long Range Arena's files: label, two
 * identifiers, two texts, split by tabs. Or lines without the texts, which are then looked up by
 * the identifiers in a file of lines identifier TAB text. */
#include "alphabet.h"
#include "like.h"
#include "longwave/base/mem.h"
#include "longwave/base/utf8.h"
#include "longwave/data/equals.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "passed_over.h"
#include "python_bytes.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
  lw_task_out out;
  char source[LW_SPLITS][LW_TEXT_MAX], papers[LW_TEXT_MAX];
  char like[LW_TEXT_MAX];
  lw_alphabet_settings alphabet;
} settings;

#define PLACE(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_TEXT_ROW("train", FLAG, PLACE(source[LW_SPLIT_TRAIN]), NULL, 1, LW_TEXT_MAX - 1,
                "pairs: label, two identifiers and two texts a line, split by tabs; plain or gzip"),
    LW_TEXT_ROW("validation", FLAG, PLACE(source[LW_SPLIT_VALIDATION]), "", 0, LW_TEXT_MAX - 1,
                "the same for validation"),
    LW_TEXT_ROW("test", FLAG, PLACE(source[LW_SPLIT_TEST]), "", 0, LW_TEXT_MAX - 1,
                "the same for testing"),
    LW_TEXT_ROW("papers", FLAG, PLACE(papers), "", 0, LW_TEXT_MAX - 1,
                "for pairs without texts: lines of identifier and text, split by a tab"),
    LW_ALPHABET_OPTIONS(settings, alphabet, "1", "4000"),
    LW_LIKE_OPTION(settings, "use the classes and the alphabet of this data set of pairs"),
    {0},
};

enum { FIELDS = 5, LABEL = 0, NAMES = 1, TEXTS = 3, FIELDS_SEEN = 6 };

typedef struct text {
  char *begin; /* borrowed */
  int64_t length;
} text;

typedef struct named {
  text name, text;
  bool used; /* by a pair */
} named;

typedef struct reading {
  lw_alphabet_settings alphabet;
  const lw_product *product; /* for the names of the classes */
  lw_source *source;
  int64_t line;
  lw_samples texts; /* names and texts of papers alternate */
  named *papers;    /* [texts.count / 2] sorted by name */
  uint8_t *pair;
  int64_t room;
  lw_passed_over passed;
} reading;

static lw_status refuse(const reading *in, const char *what, const text *about)
{
  return lw_fail(LW_ERROR_INPUT, "'%s' line %" PRId64 ": %s%s%.*s%s", lw_source_path(in->source),
                 in->line, what, about ? " '" : "",
                 about ? (int)(about->length < 40 ? about->length : 40) : 0,
                 about ? about->begin : "", about ? "'" : "");
}

/* Cut a line at its tabs; field number `most` takes the rest. Returns the fields. */
static int split_line(char *line, int64_t length, int most, text *field)
{
  char *end = line + length;
  for (int i = 0; i < most; i++) {
    char *tab = i + 1 < most ? memchr(line, '\t', (size_t)(end - line)) : NULL;
    field[i] = (text){line, (tab ? tab : end) - line};
    if (!tab) return i + 1;
    line = tab + 1;
  }
  return most;
}

/* Undo Python's printing, check the text, and truncate it to the most bytes that an alphabet can
   need: a character has four bytes at most, and one byte more shows that the text was longer. */
static lw_status prepare_text(const reading *in, text *one)
{
  const int64_t longest = in->alphabet.max_length;
  const int64_t most = longest ? 4 * longest + 4 : INT64_MAX;
  const int64_t length = lw_python_bytes_undo(one->begin, one->length);
  if (length < 0) return refuse(in, "a Python byte string is broken: truncated?", one);
  assert(one->begin);
  one->length = length;
  const int64_t bad = lw_utf8_check(one->begin, length);
  if (bad >= 0 && in->alphabet.kind == LW_ALPHABET_CHARACTERS)
    return refuse(in, "a text is not UTF-8; use --alphabet bytes", NULL);
  if (!length) return refuse(in, "a text is empty", NULL);
  if (length > most) {
    one->length = most;
    while (one->length > 1 && ((uint8_t)one->begin[one->length] & 0xc0) == 0x80) one->length--;
  }
  return LW_OK;
}

/* ---- papers ---- */

static int by_name(const text *a, const text *b)
{
  const int64_t least = a->length < b->length ? a->length : b->length;
  const int order = memcmp(a->begin, b->begin, (size_t)least);
  return order ? order : (a->length > b->length) - (a->length < b->length);
}

static int named_by_name(const void *a, const void *b)
{
  return by_name(&((const named *)a)->name, &((const named *)b)->name);
}

static text stored(const lw_samples *all, int64_t i)
{
  return (text){(char *)all->bytes + all->offsets[i], all->offsets[i + 1] - all->offsets[i]};
}

static lw_status read_papers(reading *in, const char *path)
{
  lw_samples *all = &in->texts;
  char *line = NULL;
  int64_t length = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &in->source));
  for (in->line = 1;; in->line++) {
    text field[2] = {{0}}; /* a text may hold tabs */
    LW_TRY(lw_source_line(in->source, &line, &length));
    if (!line) break;
    if (split_line(line, length, 2, field) != 2)
      LW_TRY(refuse(in, "identifier TAB text is expected", NULL));
    LW_TRY(prepare_text(in, &field[1]));
    for (int i = 0; i < 2; i++)
      LW_TRY(lw_samples_add(all, (uint8_t *)field[i].begin, field[i].length, 0));
  }
  if (!all->count)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "'%s' holds no papers: it is empty"
                   "; download it again",
                   path));
  LW_TRY(LW_TAKE(&in->papers, all->count / 2));
  for (int64_t i = 0; i < all->count / 2; i++)
    in->papers[i] = (named){stored(all, 2 * i), stored(all, 2 * i + 1), false};
  qsort(in->papers, (size_t)(all->count / 2), sizeof *in->papers, named_by_name);
  for (int64_t i = 1; i < all->count / 2; i++) {
    const text *name = &in->papers[i].name;
    if (!by_name(name, &in->papers[i - 1].name))
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "'%s': two papers have the identifier '%.*s'"
                     "; remove one of them",
                     path, (int)(name->length < 40 ? name->length : 40), name->begin));
  }
  lw_source_cleaned(in->source, &in->passed.cleaned);
done:
  lw_source_close(&in->source);
  return status;
}

/* The text that a pair means by `name`. */
static lw_status find_paper(const reading *in, const text *name, text *out)
{
  const named key = {.name = *name};
  named *found = in->papers ? bsearch(&key, in->papers, (size_t)(in->texts.count / 2),
                                      sizeof *in->papers, named_by_name)
                            : NULL;
  if (!in->papers) return refuse(in, "the line has no texts; give --papers for", name);
  if (!found) return refuse(in, "the papers lack", name);
  found->used = true;
  *out = found->text;
  return LW_OK;
}

static lw_status say_unused(const reading *in, lw_product *product)
{
  const int64_t count = in->papers ? in->texts.count / 2 : 0;
  int64_t unused = 0;
  for (int64_t i = 0; i < count; i++) unused += !in->papers[i].used;
  if (!unused) return LW_OK;
  return lw_product_note(
      product, "left out: %" PRId64 " of %" PRId64 " papers: no pair names them\n", unused, count);
}

/* ---- pairs ---- */

static lw_status add_pair(reading *in, char *line, int64_t length, lw_samples *samples)
{
  text field[FIELDS_SEEN] = {{0}}, document[2];
  lw_status status = LW_OK;
  if (!length) return refuse(in, "is empty", NULL);
  const int fields = split_line(line, length, FIELDS_SEEN, field);
  if (fields > FIELDS)
    return refuse(in,
                  "has more than five fields; a tab inside of a text cannot be told from the one "
                  "between the texts: put a space in its place, or remove further columns",
                  NULL);
  const bool named_only = fields == TEXTS;
  if (!named_only && fields != FIELDS)
    return refuse(
        in, "label, two identifiers and two texts are expected, split by tabs: truncated?", NULL);
  const int32_t label = lw_product_label(in->product, field[LABEL].begin, field[LABEL].length);
  if (label < 0) {
    char rule[LW_TEXT_MAX], what[LW_TEXT_MAX + 16];
    snprintf(what, sizeof what, "the label %s:", lw_product_label_rule(in->product, rule));
    return refuse(in, what, &field[LABEL]);
  }
  for (int i = 0; i < 2; i++) {
    document[i] = named_only ? (text){0} : field[TEXTS + i];
    LW_TRY(named_only ? find_paper(in, &field[NAMES + i], &document[i])
                      : prepare_text(in, &document[i]));
  }
  const int64_t first = document[0].length, second = document[1].length;
  LW_TRY(lw_mem_grow((void **)&in->pair, &in->room, first + second, 1));
  assert(document[0].begin && document[1].begin);
  memcpy(in->pair, document[0].begin, (size_t)first);
  memcpy(in->pair + first, document[1].begin, (size_t)second);
  LW_TRY(lw_samples_add_pair(samples, in->pair, first, second, label));
done:
  return status;
}

static lw_status read_pairs(reading *in, const char *path, lw_samples *samples)
{
  char *line = NULL;
  int64_t length = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &in->source));
  for (in->line = 1;; in->line++) {
    LW_TRY(lw_source_line(in->source, &line, &length));
    if (!line) break;
    LW_TRY(add_pair(in, line, length, samples));
  }
  if (!samples->count)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "'%s' holds no pairs: it is empty"
                   "; download it again",
                   path));
  lw_source_cleaned(in->source, &in->passed.cleaned);
done:
  lw_source_close(&in->source);
  return status;
}

/* ---- documents that are known from training ---- */

/* Pairs that are all different may still be made of the same documents. */
static lw_status note_known(lw_product *product)
{
  lw_equals equals;
  lw_status status = LW_OK;
  LW_TRY(lw_equals_samples(product->samples, true, &equals));
  for (int split = LW_SPLIT_TRAIN + 1; split < LW_SPLITS; split++) {
    const int64_t shared = equals.shared[split][LW_SPLIT_TRAIN];
    const int64_t swapped = equals.swapped[split][LW_SPLIT_TRAIN];
    if (!shared) continue;
    LW_TRY(lw_product_note(
        product,
        "documents: %" PRId64 " of the %" PRId64 " in %s pairs are in train pairs as well; %" PRId64
        " pairs are there with their documents swapped\n",
        shared, equals.documents[split], lw_split_name((lw_split)split), swapped));
  }
done:
  return status;
}

static lw_status make(const lw_option_section *flags, lw_product *product)
{
  const settings *own = flags->values;
  reading in = {.alphabet = own->alphabet, .product = product};
  lw_dataset *other = NULL;
  lw_status status = LW_OK;
  product->recipe = (lw_dataset_recipe){.task = "retrieval",
                                        .input = &lw_input_tokens,
                                        .target = &lw_target_class,
                                        .documents = 2,
                                        .scale = 1};
  LW_TRY(lw_like_open(own->like, &product->recipe, flags, lw_alphabet_flags, &other));
  LW_TRY(lw_alphabet_check(&own->alphabet, flags));
  LW_TRY(lw_like_classes(other, flags, "unrelated,related", product));
  LW_TRY(lw_alphabet_like(other, &in.alphabet));
  if (own->papers[0]) LW_TRY(read_papers(&in, own->papers));
  for (int split = 0; split < LW_SPLITS; split++)
    if (own->source[split][0])
      LW_TRY(read_pairs(&in, own->source[split], &product->samples[split]));
  LW_TRY(say_unused(&in, product));
  LW_TRY(lw_passed_over_note(&in.passed, product));
  LW_TRY(lw_product_count_duplicates(product, (const bool[LW_SPLITS]){true, true, true}));
  LW_TRY(lw_alphabet_apply(&in.alphabet, other, product));
  LW_TRY(note_known(product));
  LW_TRY(lw_product_origin(product, "pairs of %s %s %s", own->source[0], own->source[1],
                           own->source[2]));
  LW_TRY(lw_product_order(product, (const bool[LW_SPLITS]){true, true, true}, 0));
done:
  lw_dataset_close(&other);
  lw_mem_give(in.papers);
  lw_mem_give(in.pair);
  lw_samples_done(&in.texts);
  return status;
}

const lw_task lw_retrieval_task = {
    .name = "retrieval",
    .sentence = "are two documents related? Long Range Arena's pairs, or your own",
    .options = options,
    .settings_bytes = sizeof(settings),
    .make = make,
};
