/* A task as a new one would be written: each line of a file is votes for a or b, and its class is
   who has more of them. Tests that are linked with this file have the table at its end in place of
   the program's (src/task/tasks.c). */
#include "longwave/parse/source.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/task/task.h"
#include <inttypes.h>
#include <string.h>

typedef struct settings {
  lw_task_out out;
  char votes[LW_TEXT_MAX];
  int64_t held_out;
} settings;

#define AT(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_TEXT_ROW("votes", FLAG, AT(votes), NULL, 1, LW_TEXT_MAX - 1,
                "a file with an election a line: letters a and b, one a vote"),
    LW_INT_ROW("held_out", FLAG, AT(held_out), "20", 0, 50,
               "percent of the lines for validation, and as many for testing"),
    {0}};

/* text [length] in: letters; out: token ids */
static lw_status add_line(lw_samples *samples, const char *path, char *text, int64_t length)
{
  const int64_t number = samples->count + 1;
  uint8_t *id = (uint8_t *)text;
  int64_t votes[2] = {0};
  for (int64_t i = 0; i < length; i++) {
    if (text[i] != 'a' && text[i] != 'b')
      return lw_fail(LW_ERROR_INPUT,
                     "'%s' line %" PRId64 ": character %" PRId64 " is neither a nor b; remove it",
                     path, number, i + 1);
    id[i] = text[i] == 'b';
    votes[id[i]]++;
  }
  if (votes[0] == votes[1])
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' line %" PRId64 ": %" PRId64 " votes for each of a and b"
                   "; remove the line, it has no class",
                   path, number, votes[0]);
  return lw_samples_add(samples, id, length, votes[1] > votes[0]);
}

static lw_status read_lines(const char *path, lw_samples *samples)
{
  lw_source *source = NULL;
  char *text = NULL;
  int64_t length = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &source));
  for (;;) {
    LW_TRY(lw_source_line(source, &text, &length));
    if (!text) break;
    LW_TRY(add_line(samples, path, text, length));
  }
  if (!samples->count) LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' is empty; add lines of votes", path));
done:
  lw_source_close(&source);
  return status;
}

static lw_status make(const lw_option_section *flags, lw_product *product)
{
  static const char *const names[] = {"a", "b"};
  static const bool drawn[LW_SPLITS] = {false};
  const settings *own = flags->values;
  lw_samples *all = &product->samples[LW_SPLIT_TRAIN];
  lw_status status = LW_OK;
  LW_TRY(read_lines(own->votes, all));
  lw_hold_out how = {.count = all->count * own->held_out / 100, .random = true, .seed = 1};
  for (how.turn = LW_SPLIT_VALIDATION; how.turn < LW_SPLITS; how.turn++)
    LW_TRY(lw_samples_hold_out(all, &how, &product->samples[how.turn]));
  product->recipe = (lw_dataset_recipe){.task = "vote",
                                        .input = &lw_input_tokens,
                                        .target = &lw_target_class,
                                        .documents = 1,
                                        .vocabulary = 2,
                                        .scale = 1.0,
                                        .token_names = names};
  LW_TRY(lw_product_take_classes(product, names, 2, "the task"));
  LW_TRY(lw_product_origin(product, "lines of %s", own->votes));
  LW_TRY(lw_product_order(product, drawn, how.seed));
done:
  return status;
}

static const lw_task lw_vote_task = {.name = "vote",
                                     .sentence = "who has more votes, a or b",
                                     .options = options,
                                     .settings_bytes = sizeof(settings),
                                     .make = make};

const lw_task *const lw_tasks[] = {&lw_listops_task, &lw_vote_task, NULL};
