#define _POSIX_C_SOURCE 200809L
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/data/target.h"
#include "signals.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- kinds of annotations ---- */

static int kind_of(const char *letter, int64_t length)
{
  for (int kind = 1; kind < LW_WFDB_KINDS; kind++) {
    const char *known = lw_wfdb_kind(kind);
    if ((int64_t)strlen(known) == length && !strncmp(known, letter, (size_t)length)) return kind;
  }
  return 0;
}

/* The kinds of one class, "L,R,e" [length]. */
static lw_status take_kinds(lw_signals_answers *answers, const char *text, int64_t length,
                            int16_t class)
{
  const char *end = text + length;
  while (text < end) {
    const char *stop = memchr(text, ',', (size_t)(end - text));
    if (!stop) stop = end;
    const int kind = kind_of(text, stop - text);
    if (!kind)
      return lw_fail(
          LW_ERROR_INPUT,
          "--kinds '%s': there is no kind '%.*s' of annotations; examples are N, V and +",
          answers->own->kinds, (int)(stop - text), text);
    if (answers->class_of[kind] >= 0)
      return lw_fail(LW_ERROR_INPUT, "--kinds '%s' has the kind '%s' twice", answers->own->kinds,
                     lw_wfdb_kind(kind));
    answers->class_of[kind] = class;
    text = stop + (stop < end);
  }
  return LW_OK;
}

/* "N=N,L,R;V=V,E": classes with the kinds of each. */
static lw_status read_kinds(lw_signals_answers *answers)
{
  lw_text names = LW_TEXT_GROWS;
  int16_t class = 0;
  lw_status status = LW_OK;
  memset(answers->class_of, -1, sizeof answers->class_of);
  for (const char *at = answers->own->kinds; *at; class ++) {
    const char *sign = at + strcspn(at, "=;"), *end = sign + strcspn(sign, ";");
    if (*sign != '=' || sign == at || end == sign + 1 || class == INT8_MAX)
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "--kinds '%s' is no list of classes with their kinds, such as N=N,L,R;V=V,E",
                     answers->own->kinds));
    lw_text_item(&names, ",", "%.*s", (int)(sign - at), at);
    LW_TRY(take_kinds(answers, sign + 1, end - sign - 1, class));
    at = end + (*end == ';');
  }
  LW_TRY(lw_text_end(&names));
  LW_TRY(lw_list_split(names.text, "--kinds", &answers->classes));
done:
  lw_text_done(&names);
  return status;
}

lw_status lw_signals_answers_begin(const lw_signals_settings *own, lw_signals_answers *answers)
{
  const bool diagnoses = own->question == LW_QUESTION_CLASSES;
  answers->own = own;
  answers->key = own->key[0] ? own->key : diagnoses ? "Dx" : "";
  if (own->question == LW_QUESTION_STEP_NUMBERS)
    return lw_fail(LW_ERROR_INPUT,
                   "records have no numbers at steps; --question step-class asks for "
                   "the classes of annotations");
  if (own->question == LW_QUESTION_NEXT_VALUES) return LW_OK;
  if (own->question == LW_QUESTION_STEP_CLASS) return read_kinds(answers);
  if (!*answers->key)
    return lw_fail(LW_ERROR_INPUT, "--key is missing: what stands before ':' in a comment of the "
                                   "headers, such as Age or Sex");
  if (diagnoses && own->codes[0]) return lw_list_split(own->codes, "--codes", &answers->classes);
  return LW_OK;
}

void lw_signals_answers_done(lw_signals_answers *answers)
{
  lw_list_done(&answers->classes);
  lw_words_done(&answers->codes);
}

/* ---- texts of headers ---- */

static bool is_unknown(const char *text)
{
  static const char *const words[] = {"", "?", "nan", "none", "unknown", "unspecified"};
  for (size_t i = 0; text && i < sizeof words / sizeof *words; i++)
    if (!strcasecmp(text, words[i])) return true;
  return !text;
}

/* The next code of a list, cut off in place; *text moves behind it. NULL: there are no more. */
static char *next_code(char **text)
{
  char *code = *text + strspn(*text, ", \t");
  if (!*code) return NULL;
  *text = code + strcspn(code, ", \t");
  if (**text) *(*text)++ = 0;
  return code;
}

lw_status lw_signals_answers_look(lw_signals_answers *answers, const lw_wfdb_header *header)
{
  const char *found = lw_wfdb_comment(header, answers->key);
  char *memory = NULL;
  lw_words own = {0}; /* a record may have a code twice */
  lw_status status = LW_OK;
  if (answers->own->question != LW_QUESTION_CLASSES || is_unknown(found)) return LW_OK;
  LW_TRY(lw_mem_copy(found, &memory));
  char *rest = memory;
  for (char *code; (code = next_code(&rest));)
    LW_TRY(lw_words_add(&own, code, (int64_t)strlen(code)));
  for (int64_t i = 0; i < own.count; i++) {
    const char *code = lw_words_text(&own, i);
    LW_TRY(lw_words_add(&answers->codes, code, (int64_t)strlen(code)));
  }
done:
  lw_words_done(&own);
  lw_mem_give(memory);
  return status;
}

lw_status lw_signals_answers_decide(lw_signals_answers *answers, const lw_dataset_info *like)
{
  const lw_signals_settings *own = answers->own;
  const char **codes = NULL;
  int64_t count = 0;
  lw_text names = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  if (own->question != LW_QUESTION_CLASSES || own->codes[0]) return LW_OK;
  if (!like) LW_TRY(lw_words_common(&answers->codes, own->least_count, &codes, &count));
  if (!like && !count)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "no header has a comment '#%s:' with a code that %lld records have; look at "
                   "--key and --least-count",
                   answers->key, (long long)own->least_count));
  for (int64_t i = 0; i < count; i++) lw_text_item(&names, ",", "%s", codes[i]);
  for (int64_t i = 0; like && i < like->classes; i++)
    lw_text_item(&names, ",", "%s", like->class_name[i]);
  LW_TRY(lw_text_end(&names));
  LW_TRY(lw_list_split(names.text, "the list of codes", &answers->classes));
done:
  lw_text_done(&names);
  lw_mem_give(codes);
  return status;
}

void lw_signals_answers_plan(const lw_signals_answers *answers, lw_number *number,
                             lw_builder_plan *plan)
{
  const lw_signals_settings *own = answers->own;
  plan->target = lw_question_target(own->question);
  plan->horizon = own->question == LW_QUESTION_NEXT_VALUES ? own->horizon : 0;
  plan->classes = answers->classes.count;
  plan->class_names = answers->classes.entry;
  plan->sparse = own->question == LW_QUESTION_STEP_CLASS;
  if (own->question != LW_QUESTION_NUMBERS) return;
  *number = (lw_number){.name = answers->key, .unit = own->unit};
  plan->numbers = 1;
  plan->number = number;
}

/* ---- of one record ---- */

static lw_status take_labels(const lw_signals_answers *answers, lw_signals_answer *answer,
                             lw_builder_sample *sample)
{
  char *rest = answer->memory;
  lw_status status = LW_TAKE(&answer->labels, answers->classes.count);
  if (status != LW_OK) return status;
  for (char *code; (code = next_code(&rest));) {
    const int64_t class = lw_list_find(&answers->classes, code, (int64_t)strlen(code));
    bool there = class < 0;
    for (int64_t i = 0; i < sample->label_count; i++) there |= !strcmp(answer->labels[i], code);
    if (!there) answer->labels[sample->label_count++] = answers->classes.entry[class];
  }
  sample->labels = answer->labels;
  return LW_OK;
}

static lw_status take_number(const lw_signals_answers *answers, const char *path,
                             lw_signals_answer *answer, lw_builder_sample *sample)
{
  char *end = NULL;
  const double number = strtod(answer->memory, &end);
  end += strspn(end, " \t");
  if (end == answer->memory || *end || !isfinite((float)number))
    return lw_fail(LW_ERROR_INPUT, "'%s.hea': '%.60s' behind '%s:' is no number", path,
                   answer->memory, answers->key);
  answer->number = (float)number;
  sample->numbers = &answer->number;
  return LW_OK;
}

lw_status lw_signals_answer_of(const lw_signals_answers *answers, const char *path,
                               const lw_wfdb_header *header, bool unlabelled,
                               lw_signals_answer *answer, lw_builder_sample *sample)
{
  const lw_question question = answers->own->question;
  const char *found = lw_wfdb_comment(header, answers->key);
  *answer = (lw_signals_answer){0};
  if (question == LW_QUESTION_STEP_CLASS || question == LW_QUESTION_NEXT_VALUES) return LW_OK;
  if (!found && !unlabelled)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s.hea' has no comment '#%s:'; leave the record out, or look "
                   "at --key",
                   path, answers->key);
  if (is_unknown(found)) return LW_OK;
  lw_status status = lw_mem_copy(found, &answer->memory);
  if (status != LW_OK) return status;
  if (question == LW_QUESTION_CLASSES) return take_labels(answers, answer, sample);
  if (question == LW_QUESTION_NUMBERS) return take_number(answers, path, answer, sample);
  sample->label = answer->memory;
  return LW_OK;
}

void lw_signals_answer_done(lw_signals_answer *answer)
{
  lw_mem_give(answer->labels);
  lw_mem_give(answer->memory);
  *answer = (lw_signals_answer){0};
}

static lw_status check_marks(const char *path, const lw_wfdb_header *header,
                             const lw_wfdb_marks *marks)
{
  if (marks->rate > 0 && marks->rate != header->rate)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' counts %g steps a second, its record has %g; annotations of another rate "
                   "cannot be read",
                   path, marks->rate, header->rate);
  const int64_t last = marks->count ? marks->mark[marks->count - 1].step : 0;
  if (last >= header->steps)
    return lw_fail(LW_ERROR_INPUT, "'%s' has an annotation at step %lld, its record has %lld steps",
                   path, (long long)last, (long long)header->steps);
  return LW_OK;
}

lw_status lw_signals_answers_steps(lw_signals_answers *answers, const char *path,
                                   const lw_wfdb_header *header, bool unlabelled,
                                   lw_builder *builder)
{
  lw_wfdb_marks marks = {0};
  lw_text name = LW_TEXT_GROWS;
  int64_t before = -1;
  lw_status status = LW_OK;
  if (answers->own->question != LW_QUESTION_STEP_CLASS) return LW_OK;
  lw_text_add(&name, "%s.%s", path, answers->own->annotator);
  LW_TRY(lw_text_end(&name));
  if (unlabelled && access(name.text, F_OK)) goto done;
  LW_TRY(lw_wfdb_marks_read(name.text, &marks));
  LW_TRY(check_marks(name.text, header, &marks));
  for (int64_t i = 0; i < marks.count; i++) {
    const int64_t step = marks.mark[i].step;
    const int32_t class = answers->class_of[marks.mark[i].kind];
    answers->passed += class < 0;
    if (class < 0) continue;
    answers->twice += step == before;
    if (step != before) LW_TRY(lw_builder_step_classes(builder, step, &class, 1));
    before = step;
  }
done:
  lw_wfdb_marks_done(&marks);
  lw_text_done(&name);
  return status;
}
