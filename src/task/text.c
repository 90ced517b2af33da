/* The task `text`: documents with a class. Sources: a folder with one folder a class and one file a
 * document (aclImdb's train and test), or lines with the label in one field and the text in another
 * and all behind it. */
#include "alphabet.h"
#include "like.h"
#include "longwave/base/mem.h"
#include "longwave/base/utf8.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "samples_order.h"
#include "text_folder.h"
#include <inttypes.h>
#include <string.h>

typedef struct settings {
  lw_task_out out;
  char source[LW_SPLITS][LW_TEXT_MAX];
  const char *class_names;
  char like[LW_TEXT_MAX];
  int64_t validation, seed, label_field, text_field;
  lw_alphabet_settings alphabet;
  bool classes_given; /* not an option: whether --class-names chose what to read */
} settings;

#define PLACE(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_TEXT_ROW(
        "train", FLAG, PLACE(source[LW_SPLIT_TRAIN]), NULL, 1, LW_TEXT_MAX - 1,
        "a folder with one folder for each class, or a file of tab-separated lines, plain or gzip"),
    LW_TEXT_ROW("validation_from", FLAG, PLACE(source[LW_SPLIT_VALIDATION]), "", 0, LW_TEXT_MAX - 1,
                "the same for validation; without it documents are held out of the train split"),
    LW_TEXT_ROW("test", FLAG, PLACE(source[LW_SPLIT_TEST]), "", 0, LW_TEXT_MAX - 1,
                "the same for testing"),
    LW_LONG_ROW("class_names", FLAG, PLACE(class_names), "neg,pos", 1,
                "names of the classes, joined by commas: the folders, or the labels; other labels "
                "0, 1 .. are "
                "places in the list"),
    LW_INT_ROW("label_field", FLAG, PLACE(label_field), "1", 1, 64,
               "lines: which field is the label, from 1"),
    LW_INT_ROW("text_field", FLAG, PLACE(text_field), "2", 1, 64,
               "lines: which field begins the text, which ends with the line"),
    LW_INT_ROW("validation", FLAG, PLACE(validation), "-1", -1, 1e9,
               "documents held out at random for validation; -1: a tenth"),
    LW_INT_ROW(
        "seed", FLAG, PLACE(seed), "1", 0, 1e15,
        "seed of what is held out, and of the order of documents from folders and of drawn splits"),
    LW_ALPHABET_OPTIONS(settings, alphabet, "15", "0"),
    LW_LIKE_OPTION(settings, "use the classes and the alphabet of this data set"),
    {0},
};

/* ---- lines ---- */

typedef struct reading {
  const settings *own;
  const lw_product *product; /* for the names of the classes */
  lw_source *source;
  int64_t line, tabbed; /* lines so far whose text holds tabs */
} reading;

static lw_status refuse(const reading *in, const char *what, int64_t number)
{
  return lw_fail(LW_ERROR_INPUT, "'%s' line %" PRId64 ": %s %" PRId64, lw_source_path(in->source),
                 in->line, what, number);
}

/* Where field number `field` begins, or NULL. */
static const char *field_of(const char *line, int64_t length, int64_t field)
{
  const char *end = line + length;
  for (; line && field > 1; field--) {
    line = memchr(line, '\t', (size_t)(end - line));
    if (line) line++;
  }
  return line;
}

static lw_status add_line(reading *in, const char *line, int64_t length, lw_samples *samples)
{
  const char *label = field_of(line, length, in->own->label_field);
  const char *text = field_of(line, length, in->own->text_field), *end = line + length;
  if (!length)
    return lw_fail(LW_ERROR_INPUT, "'%s' line %" PRId64 " is empty; a document was expected",
                   lw_source_path(in->source), in->line);
  if (!label || !text)
    return refuse(in, "has too few tab-separated fields; the text was expected in field",
                  in->own->text_field);
  const char *tab = memchr(label, '\t', (size_t)(end - label));
  const int64_t label_length = (tab ? tab : end) - label;
  const int32_t class = lw_product_label(in->product, label, label_length);
  char rule[LW_TEXT_MAX];
  if (class < 0)
    return lw_fail(LW_ERROR_INPUT, "'%s' line %" PRId64 ": label '%.*s' %s",
                   lw_source_path(in->source), in->line,
                   (int)(label_length < 40 ? label_length : 40), label,
                   lw_product_label_rule(in->product, rule));
  if (text == end) return refuse(in, "has no text in field", in->own->text_field);
  const int64_t bad = lw_utf8_check(text, end - text);
  if (bad >= 0) return refuse(in, "is not UTF-8 at byte", text - line + bad);
  in->tabbed += memchr(text, '\t', (size_t)(end - text)) != NULL;
  return lw_samples_add(samples, (const uint8_t *)text, end - text, class);
}

static lw_status read_lines(const settings *own, lw_product *product, const char *path,
                            lw_samples *samples, lw_passed_over *passed)
{
  reading in = {.own = own, .product = product};
  char *line = NULL;
  int64_t length = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &in.source));
  for (in.line = 1;; in.line++) {
    LW_TRY(lw_source_line(in.source, &line, &length));
    if (!line) break;
    LW_TRY(add_line(&in, line, length, samples));
  }
  if (!samples->count)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "'%s' holds no documents: it is empty"
                   "; download it again",
                   path));
  lw_source_cleaned(in.source, &passed->cleaned);
  if (in.tabbed && in.tabbed < in.line - 1)
    LW_TRY(
        lw_product_note(product,
                        "tabs: %" PRId64 " of %" PRId64
                        " texts of '%s' contain tabs, which were kept: a text ends with its line\n",
                        in.tabbed, in.line - 1, path));
  /* Other fields in front of the text, such as stars, would tell the class. */
  if (in.tabbed == in.line - 1)
    LW_TRY(lw_product_note(
        product, "look: every text of '%s' contains a tab; is --text-field %" PRId64 " right?\n",
        path, own->text_field));
done:
  lw_source_close(&in.source);
  return status;
}

static lw_status read_split(const settings *own, lw_product *product, const char *path,
                            lw_samples *samples, lw_passed_over *passed)
{
  const bool strict = own->like[0] && !own->classes_given;
  if (!lw_text_is_folder(path)) return read_lines(own, product, path, samples, passed);
  return lw_text_folder_read(product, path, strict ? own->like : NULL, samples, passed);
}

/* ---- the task ---- */

static lw_status read_all(const settings *own, lw_product *product)
{
  lw_samples *samples = product->samples;
  lw_passed_over passed = {0};
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++)
    if (own->source[split][0])
      LW_TRY(read_split(own, product, own->source[split], &samples[split], &passed));
  LW_TRY(lw_passed_over_note(&passed, product));
  if (!own->source[LW_SPLIT_VALIDATION][0]) {
    const lw_samples *train = &samples[LW_SPLIT_TRAIN];
    const lw_hold_out how = {own->validation < 0 ? train->count / 10 : own->validation, true,
                             (uint64_t)own->seed, 0};
    LW_TRY(lw_samples_hold_out(&samples[LW_SPLIT_TRAIN], &how, &samples[LW_SPLIT_VALIDATION]));
  }
  const bool given[LW_SPLITS] = {true, own->source[LW_SPLIT_VALIDATION][0], true};
  LW_TRY(lw_product_count_duplicates(product, given));
done:
  return status;
}

/* Folders come class by class: shuffled, however few they are. */
static lw_status order(const settings *own, lw_product *product)
{
  const bool held =
      !own->source[LW_SPLIT_VALIDATION][0] && product->samples[LW_SPLIT_VALIDATION].count > 0;
  bool as_given[LW_SPLITS];
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++) {
    const bool drawn = held && split != LW_SPLIT_TEST;
    const char *source = own->source[drawn ? LW_SPLIT_TRAIN : split];
    as_given[split] = !drawn && !lw_text_is_folder(source);
    if (lw_text_is_folder(source))
      LW_TRY(lw_samples_shuffle(&product->samples[split], (uint64_t)own->seed, (lw_split)split));
  }
  LW_TRY(lw_product_order(product, as_given, (uint64_t)own->seed));
done:
  return status;
}

static lw_status make(const lw_option_section *flags, lw_product *product)
{
  static const char *const held_out_only[] = {"validation", NULL};
  settings *own = flags->values;
  lw_alphabet_settings alphabet = own->alphabet;
  lw_dataset *other = NULL;
  lw_status status = LW_OK;
  if (own->label_field >= own->text_field)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "--label-field must be less than --text-field: the text ends "
                                   "with the line, and the label would be in it"));
  if (own->source[LW_SPLIT_VALIDATION][0])
    LW_TRY(lw_task_forbid(flags, held_out_only, "with --validation-from"));
  product->recipe = (lw_dataset_recipe){.task = "text",
                                        .input = &lw_input_tokens,
                                        .target = &lw_target_class,
                                        .documents = 1,
                                        .scale = 1};
  own->classes_given = lw_task_given(flags, "class_names");
  LW_TRY(lw_like_open(own->like, &product->recipe, flags, lw_alphabet_flags, &other));
  LW_TRY(lw_alphabet_check(&own->alphabet, flags));
  LW_TRY(lw_like_classes(other, flags, own->class_names, product));
  LW_TRY(lw_alphabet_like(other, &alphabet));
  LW_TRY(read_all(own, product));
  LW_TRY(lw_alphabet_apply(&alphabet, other, product));
  LW_TRY(lw_product_origin(product, "texts of %s %s %s", own->source[0], own->source[1],
                           own->source[2]));
  LW_TRY(order(own, product));
done:
  lw_dataset_close(&other);
  return status;
}

const lw_task lw_text_task = {
    .name = "text",
    .sentence = "documents with a class, byte by byte or by characters: IMDb and similar",
    .options = options,
    .settings_bytes = sizeof(settings),
    .make = make,
};
