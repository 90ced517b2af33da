/* The task `language`: one long text in pieces, to predict each byte from those before it. */
#include "longwave/base/mem.h"
#include "longwave/data/task.h"
#include "source.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct settings {
  lw_task_out out;
  const char *text;
  int64_t length, validation, test;
} settings;

#define PLACE(member) offsetof(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTION,
    {"text", LW_OPTION_LONG, PLACE(text), NULL, 1, 0, NULL,
     "files, joined by commas; plain or gzip"},
    {"length", LW_OPTION_INT, PLACE(length), "1024", 2, 1e9, NULL, "bytes of a piece"},
    {"validation", LW_OPTION_INT, PLACE(validation), "5", 0, 99, NULL,
     "percent of the pieces, before those for testing"},
    {"test", LW_OPTION_INT, PLACE(test), "5", 0, 99, NULL,
     "percent of the pieces, the last of the text"},
    {0},
};

/* Pieces of a whole file; a short end is dropped, so that no piece crosses from file to file. */
static lw_status add_file(const char *path, int64_t length, lw_samples *pieces)
{
  lw_source *source = NULL;
  uint8_t *piece = NULL;
  int64_t have = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &source));
  LW_TRY(LW_TAKE(&piece, length));
  for (bool more = true;; have = 0) {
    for (; have < length; have++) {
      LW_TRY(lw_source_more(source, &more));
      if (!more) break;
      LW_TRY(lw_source_take(source, piece + have, 1));
    }
    if (!more) break;
    LW_TRY(lw_samples_add(pieces, piece, length, 0));
  }
done:
  lw_mem_give(piece);
  lw_source_close(&source);
  return status;
}

static lw_status make(const lw_option_section *flags, lw_product *product)
{
  static const char *const names[] = {"text"};
  const settings *own = flags->values;
  lw_samples *pieces = &product->samples[LW_SPLIT_TRAIN];
  lw_list paths = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_list_cut(own->text, "--text", &paths));
  for (int64_t i = 0; i < paths.count; i++) LW_TRY(add_file(paths.entry[i], own->length, pieces));
  if (!pieces->count)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' holds less than one piece of %" PRId64 " bytes", own->text,
                   own->length));
  const int64_t held[LW_SPLITS] = {0, pieces->count * own->validation / 100,
                                   pieces->count * own->test / 100};
  for (int split = LW_SPLITS - 1; split > LW_SPLIT_TRAIN; split--) {
    const lw_hold_out how = {.count = held[split]};
    LW_TRY(lw_samples_hold_out(pieces, &how, &product->samples[split]));
  }
  LW_TRY(lw_product_origin(product, "bytes of %s", own->text));
  product->recipe = (lw_dataset_recipe){.task = "language",
                                        .kind = LW_KIND_TOKENS,
                                        .target = LW_TARGET_NEXT_TOKEN,
                                        .vocabulary = LW_IDS_MAX,
                                        .classes = 1,
                                        .scale = 1,
                                        .class_names = names};
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
