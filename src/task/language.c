/* The task `language`: one long text in pieces, to predict each byte from those before it. */
#include "alphabet.h"
#include "like.h"
#include "longwave/base/mem.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "passed_over.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct settings {
  lw_task_out out;
  const char *text;
  int64_t length, validation, test;
  bool as_stored;
  char like[LW_TEXT_MAX];
} settings;

#define PLACE(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_LONG_ROW("text", FLAG, PLACE(text), NULL, 1, "files, joined by commas; plain or gzip"),
    LW_INT_ROW("length", FLAG, PLACE(length), "1024", 2, 1e9, "bytes of a piece"),
    LW_INT_ROW("validation", FLAG, PLACE(validation), "5", 0, 99,
               "percent of the pieces, before those for testing"),
    LW_INT_ROW("test", FLAG, PLACE(test), "5", 0, 99,
               "percent of the pieces, the last of the text"),
    LW_BOOL_ROW("as_stored", FLAG, PLACE(as_stored), "false",
                "keep byte order marks and CRLF line ends; else they are removed and counted"),
    LW_LIKE_OPTION(settings, "a data set of bytes, whose token ids must be the same"),
    {0},
};

/* What was done with the files. */
typedef struct reading {
  const settings *own;
  lw_samples *pieces;
  lw_passed_over passed;
  int64_t bytes, left; /* of all files; of their ends that fill no piece */
  int64_t ends, whole; /* files with such an end; those that are shorter than a piece */
  const char *first;   /* one of these */
} reading;

static lw_status take(const reading *in, lw_source *source, uint8_t *piece, int64_t *have)
{
  const int64_t length = in->own->length;
  return in->own->as_stored ? lw_source_some(source, piece, length, have)
                            : lw_source_text(source, (char *)piece, length, have);
}

/* Pieces of a whole file; a short end is left out, so that no piece crosses from file to file. */
static lw_status add_file(reading *in, const char *path)
{
  const int64_t length = in->own->length, before = in->pieces->count;
  lw_source *source = NULL;
  uint8_t *piece = NULL;
  int64_t have = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &source));
  LW_TRY(LW_TAKE(&piece, length));
  for (;;) {
    LW_TRY(take(in, source, piece, &have));
    in->bytes += have;
    if (have < length) break;
    LW_TRY(lw_samples_add(in->pieces, piece, length, 0));
  }
  lw_source_cleaned(source, &in->passed.cleaned);
  in->left += have;
  in->ends += have > 0 && in->pieces->count > before;
  if (in->pieces->count == before && !in->whole++) in->first = path;
done:
  lw_mem_give(piece);
  lw_source_close(&source);
  return status;
}

/* The origin names the files, so it must also say what was left out of them. */
static lw_status say_left_out(const reading *in, lw_product *product)
{
  char what[LW_TEXT_MAX] = "";
  lw_status status = LW_OK;
  if (in->left || in->whole)
    snprintf(what, sizeof what,
             "%" PRId64 " of %" PRId64 " bytes, which fill no piece of %" PRId64
             ": the end%s of %" PRId64 " file%s, and %" PRId64 " file%s shorter than a piece",
             in->left, in->bytes, in->own->length, lw_plural(in->ends), in->ends,
             lw_plural(in->ends), in->whole, lw_plural(in->whole));
  LW_TRY(lw_product_origin(product, "bytes of %s%s%s", in->own->text, what[0] ? "; left out: " : "",
                           what));
  if (what[0])
    LW_TRY(lw_product_note(product, "left out: %s%s%s%s\n", what, in->first ? ", such as '" : "",
                           in->first ? in->first : "", in->first ? "'" : ""));
  LW_TRY(lw_passed_over_note(&in->passed, product));
done:
  return status;
}

/* What the ids mean: bytes, and they must in the data set of --like. */
static lw_status describe(const lw_option_section *flags, lw_product *product)
{
  static const char *const none[] = {NULL};
  const settings *own = flags->values;
  lw_alphabet_settings alphabet = {0};
  lw_dataset *other = NULL;
  lw_status status = LW_OK;
  product->recipe = (lw_dataset_recipe){.task = "language",
                                        .input = &lw_input_tokens,
                                        .target = &lw_target_next_token,
                                        .documents = 1,
                                        .vocabulary = LW_IDS_MAX,
                                        .scale = 1};
  LW_TRY(lw_like_open(own->like, &product->recipe, flags, none, &other));
  LW_TRY(lw_like_classes(other, flags, "text", product));
  LW_TRY(lw_alphabet_like(other, &alphabet));
  if (alphabet.kind != LW_ALPHABET_BYTES)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "'%s' (--like) has characters for token ids, and this task makes bytes"
                   "; remove --like, or give a data set of bytes",
                   own->like));
done:
  lw_dataset_close(&other);
  return status;
}

static lw_status make(const lw_option_section *flags, lw_product *product)
{
  const settings *own = flags->values;
  lw_samples *pieces = &product->samples[LW_SPLIT_TRAIN];
  reading in = {.own = own, .pieces = pieces};
  lw_list paths = {0};
  lw_status status = LW_OK;
  LW_TRY(describe(flags, product));
  LW_TRY(lw_list_split(own->text, "--text", &paths));
  for (int64_t i = 0; i < paths.count; i++) LW_TRY(add_file(&in, paths.entry[i]));
  if (!pieces->count)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' holds less than one piece of %" PRId64 " bytes", own->text,
                   own->length));
  const int64_t held[LW_SPLITS] = {0, pieces->count * own->validation / 100,
                                   pieces->count * own->test / 100};
  for (int split = LW_SPLITS - 1; split > LW_SPLIT_TRAIN; split--) {
    const lw_hold_out how = {.count = held[split]};
    LW_TRY(lw_samples_hold_out(pieces, &how, &product->samples[split]));
  }
  LW_TRY(say_left_out(&in, product));
done:
  lw_list_done(&paths);
  return status;
}

const lw_task lw_language_task = {
    .name = "language",
    .sentence = "pieces of a text, byte by byte, to predict the next byte",
    .options = options,
    .settings_bytes = sizeof(settings),
    .make = make,
};
