/* The task `tokens`: words with a class each, in sentences or documents, as ids of words or as
 * bytes. */
#include "building.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/parse/labelled.h"
#include "passed_over.h"
#include "words.h"
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define AS_CHOICES(TYPE, ITEM)                                                                     \
  TYPE(as_kind)                                                                                    \
  ITEM(AS_WORDS, "words")                                                                          \
  ITEM(AS_BYTES, "bytes")
LW_CHOICE(AS_CHOICES);

#define PER_CHOICES(TYPE, ITEM)                                                                    \
  TYPE(per_kind)                                                                                   \
  ITEM(PER_SENTENCE, "sentence")                                                                   \
  ITEM(PER_DOCUMENT, "document")
LW_CHOICE(PER_CHOICES);

typedef struct settings {
  lw_task_out out;
  const char *source[LW_SPLITS], *classes;
  lw_labelled_form form;
  int64_t word, label; /* columns; 0: those of the form */
  per_kind per;
  as_kind as;
  int64_t least_count;
  bool lower;
  lw_split_rule rule;
} settings;

#define PLACE(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_LONG_ROW("train", FLAG, PLACE(source[LW_SPLIT_TRAIN]), NULL, 1,
                "files, joined by commas, plain or gzip; validation and test samples that are not "
                "given are taken from them"),
    LW_LONG_ROW("validation_from", FLAG, PLACE(source[LW_SPLIT_VALIDATION]), "", 0,
                "the same for validation"),
    LW_LONG_ROW("test_from", FLAG, PLACE(source[LW_SPLIT_TEST]), "", 0, "the same for testing"),
    LW_CHOICE_ROW("form", FLAG, PLACE(form), LW_LABELLED_CHOICES, "conllu",
                  "of the files: CoNLL-U, or lines of columns with an empty line after each "
                  "sentence"),
    LW_AUTO_ROW("word_column", FLAG, PLACE(word), "auto", 1, 64,
                "the column of the word, from 1; auto: 2 of CoNLL-U, else 1"),
    LW_AUTO_ROW("label_column", FLAG, PLACE(label), "auto", 1, 64,
                "the column of its class; auto: 4 of CoNLL-U (UPOS), else 2"),
    LW_CHOICE_ROW("per", FLAG, PLACE(per), PER_CHOICES, "sentence",
                  "what a sample is: a sentence, or all sentences of a document (CoNLL-U)"),
    LW_CHOICE_ROW("as", FLAG, PLACE(as), AS_CHOICES, "words",
                  "a token for each word, or one for each byte, with a blank between words: the "
                  "class of a word is then asked for at its first byte"),
    LW_INT_ROW("least_count", FLAG, PLACE(least_count), "2", 1, 1e9,
               "words that are rarer in the --train files share one token"),
    LW_BOOL_ROW("lower", FLAG, PLACE(lower), "false", "capitals A to Z become small letters"),
    LW_TASK_CLASSES_OPTION(settings, classes),
    LW_TASK_SPLIT_OPTIONS(settings, rule),
    {0},
};

static const char unknown_word[] = "<unknown>";

typedef struct reading {
  const lw_option_section *flags;
  const settings *own;
  lw_building *building;
  lw_words vocabulary; /* in the order of the token ids, behind the unknown word */
  lw_list classes;
  const char *path; /* of the file at hand */
  lw_split split;
  bool open; /* a sample is */
  int64_t steps;
  char *lower; /* [lower_room] */
  int64_t lower_room;
  int64_t samples, words, unknown, joined, empty;
} reading;

/* The word as it becomes a token; borrowed until the next call. */
static lw_status spell(reading *in, const char *word, const char **out)
{
  const int64_t length = (int64_t)strlen(word);
  *out = word;
  if (!in->own->lower) return LW_OK;
  lw_status status = LW_EXTEND(&in->lower, &in->lower_room, 0, length + 1);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i <= length; i++)
    in->lower[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] - 'A' + 'a' : word[i]);
  *out = in->lower;
  return LW_OK;
}

/* ---- all items of the files of a split ---- */

typedef lw_status take_item(reading *in, const lw_labelled_item *item);

static lw_status each_of_file(reading *in, take_item *take)
{
  const settings *own = in->own;
  const bool conllu = own->form == LW_LABELLED_CONLLU;
  const lw_labelled_settings columns = {.form = own->form,
                                        .word = own->word ? own->word
                                                : conllu  ? 2
                                                          : 1,
                                        .label = own->label ? own->label
                                                 : conllu   ? 4
                                                            : 2};
  lw_labelled *file = NULL;
  lw_labelled_item item = {.kind = LW_LABELLED_WORD};
  int64_t joined = 0, empty = 0, words = 0;
  lw_status status = LW_OK;
  if (columns.word == columns.label)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "--word-column and --label-column are the same"));
  LW_TRY(lw_labelled_open(in->path, &columns, &file));
  while (item.kind != LW_LABELLED_END) {
    LW_TRY(lw_labelled_next(file, &item));
    words += item.kind == LW_LABELLED_WORD;
    LW_TRY(take(in, &item));
  }
  if (!words)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' holds no words; download or make it again", in->path));
  lw_labelled_passed(file, &joined, &empty);
  in->joined += joined;
  in->empty += empty;
done:
  lw_labelled_close(&file);
  return status;
}

static lw_status each_of_split(reading *in, lw_split split, take_item *take)
{
  lw_list files = {0};
  lw_status status = LW_OK;
  if (!in->own->source[split][0]) return LW_OK;
  in->split = split;
  LW_TRY(lw_list_split(in->own->source[split], "the list of files", &files));
  for (int64_t i = 0; i < files.count; i++) {
    in->path = files.entry[i];
    LW_TRY(each_of_file(in, take));
  }
done:
  lw_list_done(&files);
  return status;
}

/* ---- the vocabulary ---- */

static lw_status count_word(reading *in, const lw_labelled_item *item)
{
  const char *word = NULL;
  if (item->kind != LW_LABELLED_WORD) return LW_OK;
  lw_status status = spell(in, item->word, &word);
  return status == LW_OK ? lw_words_add(&in->vocabulary, word, (int64_t)strlen(word)) : status;
}

/* Common words in the order of their ids take the place of all that were counted. */
static lw_status keep_common(reading *in)
{
  const char **common = NULL;
  int64_t count = 0;
  lw_words kept = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_words_common(&in->vocabulary, in->own->least_count, &common, &count));
  if (!count)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "no word comes %" PRId64 " times; lower --least-count",
                   in->own->least_count));
  LW_TRY(lw_words_add(&kept, unknown_word, sizeof unknown_word - 1));
  for (int64_t i = 0; i < count; i++)
    LW_TRY(lw_words_add(&kept, common[i], (int64_t)strlen(common[i])));
  lw_words_done(&in->vocabulary);
  in->vocabulary = kept;
  kept = (lw_words){0};
done:
  lw_mem_give(common);
  lw_words_done(&kept);
  return status;
}

/* For predictions, the words of the data set that the model was trained on. */
static lw_status take_words(reading *in, const lw_dataset_info *like)
{
  lw_status status = LW_OK;
  if (!like->token_name || strcmp(like->token_name[0], unknown_word) != 0)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "the model was not trained on ids of words; is --as right?"));
  assert(like->token_name);
  for (int64_t i = 0; i < like->vocabulary; i++)
    LW_TRY(
        lw_words_add(&in->vocabulary, like->token_name[i], (int64_t)strlen(like->token_name[i])));
done:
  return status;
}

/* On all ranks alike. */
static lw_status begin(reading *in)
{
  static const char *const words_only[] = {"least_count", NULL};
  lw_status status = LW_OK;
  if (in->own->classes[0]) LW_TRY(lw_list_split(in->own->classes, "--classes", &in->classes));
  if (in->own->as == AS_BYTES)
    LW_TRY(lw_task_forbid(in->flags, words_only, "with --as bytes"));
  else if (in->building->like)
    LW_TRY(take_words(in, in->building->like));
  else {
    LW_TRY(each_of_split(in, LW_SPLIT_TRAIN, count_word));
    LW_TRY(keep_common(in));
  }
  in->joined = in->empty = 0;
done:
  return status;
}

/* ---- samples ---- */

static lw_status end_sample(reading *in)
{
  if (!in->open) return LW_OK;
  in->open = false;
  return lw_builder_end(in->building->builder);
}

static lw_status begin_sample(reading *in, const lw_labelled_item *item)
{
  char where[LW_TEXT_MAX + 32];
  const lw_builder_sample sample = {.where = where,
                                    .name = item->name,
                                    .has_split = in->split != LW_SPLIT_TRAIN,
                                    .split = in->split};
  snprintf(where, sizeof where, "%s:%" PRId64, in->path, item->line);
  in->open = true;
  in->steps = 0;
  in->samples++;
  return lw_builder_begin(in->building->builder, &sample);
}

static lw_status add_bytes(reading *in, const char *word)
{
  static const uint8_t blank = ' ';
  const int64_t length = (int64_t)strlen(word);
  lw_status status = LW_OK;
  if (in->steps) LW_TRY(lw_builder_items(in->building->builder, &blank, NULL, 1));
  in->steps += in->steps > 0;
  LW_TRY(lw_builder_items(in->building->builder, word, NULL, length));
done:
  return status;
}

static lw_status add_word(reading *in, const lw_labelled_item *item)
{
  const bool bytes = in->own->as == AS_BYTES;
  const char *word = NULL;
  lw_status status = LW_OK;
  LW_TRY(spell(in, item->word, &word));
  const int64_t length = (int64_t)strlen(word);
  const int64_t found = bytes ? 0 : lw_words_find(&in->vocabulary, word, length);
  const int32_t id = (int32_t)(found < 0 ? 0 : found);
  in->words++;
  in->unknown += found < 0;
  LW_TRY(bytes ? add_bytes(in, word) : lw_builder_items(in->building->builder, &id, NULL, 1));
  LW_TRY(lw_builder_step_label(in->building->builder, in->steps, item->label));
  in->steps += bytes ? length : 1;
done:
  return status;
}

static lw_status take_sample(reading *in, const lw_labelled_item *item)
{
  const bool documents = in->own->per == PER_DOCUMENT;
  lw_status status = LW_OK;
  if (item->kind == LW_LABELLED_END || (item->kind == LW_LABELLED_SENTENCE && !documents) ||
      (item->document && documents))
    LW_TRY(end_sample(in));
  if (item->kind != LW_LABELLED_WORD) goto done;
  if (!in->open) LW_TRY(begin_sample(in, item));
  LW_TRY(add_word(in, item));
done:
  return status;
}

static lw_status add_all(reading *in)
{
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++)
    LW_TRY(each_of_split(in, (lw_split)split, take_sample));
done:
  return status;
}

/* ---- the task ---- */

static lw_status create(const reading *in)
{
  const settings *own = in->own;
  const bool bytes = own->as == AS_BYTES;
  const int64_t words = in->vocabulary.count;
  const char **names = NULL;
  bool given[LW_SPLITS];
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(in->building->world, LW_TAKE(&names, words));
  for (int64_t i = 0; i < words; i++) names[i] = lw_words_text(&in->vocabulary, i);
  for (int split = 0; split < LW_SPLITS; split++) given[split] = own->source[split][0];
  const lw_builder_plan plan = {.task = "tokens",
                                .input = &lw_input_tokens,
                                .target = &lw_target_step_class,
                                .stored = bytes ? LW_H5_U8 : LW_H5_I32,
                                .vocabulary = bytes ? 256 : words,
                                .token_names = bytes ? NULL : names,
                                .classes = in->classes.count,
                                .class_names = in->classes.entry,
                                .sparse = bytes,
                                .named = own->per == PER_DOCUMENT,
                                .rule = lw_building_rule(in->flags, own->rule, given),
                                .like = in->building->like};
  LW_TRY(lw_builder_create(in->building->world, in->building->path, &plan, &in->building->builder));
done:
  lw_mem_give(names);
  return status;
}

static lw_status say(const reading *in)
{
  lw_building *building = in->building;
  lw_status status = LW_OK;
  LW_TRY(lw_building_origin_of(building, "words of", in->own->source, LW_SPLITS));
  LW_TRY(lw_building_note(building, "words: %" PRId64 " in %" PRId64 " %ss", in->words, in->samples,
                          LW_CHOICE_WORD_OF(PER_CHOICES, in->own->per)));
  if (in->own->as == AS_WORDS)
    LW_TRY(lw_building_note(building, ", %" PRId64 " tokens, %" PRId64 " words are '%s'",
                            in->vocabulary.count, in->unknown, unknown_word));
  LW_TRY(lw_building_note(building, "\n"));
  if (in->joined + in->empty)
    LW_TRY(lw_building_note(building,
                            "left out: %" PRId64 " line%s of several words that are written as "
                            "one, %" PRId64 " of words that are left out of the text\n",
                            in->joined, lw_plural(in->joined), in->empty));
done:
  return status;
}

static lw_status build(const lw_option_section *flags, lw_building *building)
{
  reading in = {.flags = flags, .own = flags->values, .building = building};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(building->world, begin(&in));
  LW_TRY(create(&in));
  LW_TRY_ON_ROOT(building->world, add_all(&in));
  LW_TRY_ON_ROOT(building->world, say(&in));
done:
  lw_mem_give(in.lower);
  lw_list_done(&in.classes);
  lw_words_done(&in.vocabulary);
  return status;
}

const lw_task lw_tokens_task = {
    .name = "tokens",
    .sentence = "words with a class each: CoNLL-U, or a word and its class a line",
    .options = options,
    .settings_bytes = sizeof(settings),
    .build = build,
    .source = {"train", true, false, {"validation_from", "test_from"}},
};
