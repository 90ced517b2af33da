/* ListOps files of others. Two forms: with the header line "Source TAB Target", expression first;
 * or without header, label first. Tokens are separated by blanks; parentheses mark a binary
 * grouping that carries no information. */
#include "longwave/base/mem.h"
#include "longwave/task/listops.h"
#include "longwave/parse/source.h"
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

typedef struct reading {
  lw_source *source;
  int64_t line;       /* from 1 */
  int64_t line_start; /* its first byte in the file */
  bool label_last;    /* the form with the header */
  bool end_mark;
  uint8_t *tokens;
  int64_t room;
} reading;

static lw_status refuse(const reading *in, int64_t byte, const char *what, const char *word,
                        int64_t length)
{
  return lw_fail(LW_ERROR_INPUT, "%s:%" PRId64 ": %s%s%.*s%s (byte %" PRId64 " of the file)",
                 lw_source_path(in->source), in->line, what, word ? " '" : "",
                 (int)(length < 40 ? length : 40), word ? word : "", word ? "'" : "",
                 in->line_start + byte);
}

static int token_of(const char *word, int64_t length)
{
  static const struct {
    const char *word;
    int token;
  } known[] = {
      {"[MIN", LW_LISTOPS_MIN}, {"[MAX", LW_LISTOPS_MAX}, {"[MED", LW_LISTOPS_MED},
      {"[SM", LW_LISTOPS_SM},   {"]", LW_LISTOPS_CLOSE},
  };
  if (length == 1 && isdigit((unsigned char)*word)) return *word - '0';
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if ((int64_t)strlen(known[i].word) == length && !memcmp(known[i].word, word, (size_t)length))
      return known[i].token;
  return -1;
}

/* text [length] from byte `start` of the line to in->tokens. */
static lw_status tokenise(reading *in, const char *text, int64_t start, int64_t length,
                          int64_t *out)
{
  int64_t count = 0, open = 0;
  for (int64_t i = 0; i < length;) {
    if (text[i] == ' ') {
      i++;
      continue;
    }
    const char *word = text + i, *blank = memchr(word, ' ', (size_t)(length - i));
    int64_t word_length = blank ? blank - word : length - i;
    bool group = word_length == 1 && (*word == '(' || *word == ')');
    int token = group ? 0 : token_of(word, word_length);
    if (token < 0) return refuse(in, start + i, "unknown token", word, word_length);
    if (group) open += *word == '(' ? 1 : -1;
    if (open < 0) return refuse(in, start + i, "a parenthesis closes nothing", NULL, 0);
    if (!group) in->tokens[count++] = (uint8_t)token;
    i += word_length;
  }
  if (open) return refuse(in, start + length, "the line ends with open parentheses", NULL, 0);
  *out = count;
  return LW_OK;
}

static lw_status parse_line(reading *in, const char *line, int64_t length, lw_samples *samples)
{
  const char *tab = memchr(line, '\t', (size_t)length);
  if (!tab) return refuse(in, length, "no tab between expression and label: truncated?", NULL, 0);
  int64_t left = tab - line, right = length - left - 1;
  const char *label = in->label_last ? tab + 1 : line;
  int64_t label_length = in->label_last ? right : left;
  int64_t start = in->label_last ? 0 : left + 1;
  if (label_length != 1 || !isdigit((unsigned char)*label))
    return refuse(in, label - line, "the label must be one digit and is", label, label_length);

  int64_t count = 0;
  int32_t value = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_mem_grow((void **)&in->tokens, &in->room, length + 1, 1));
  LW_TRY(tokenise(in, line + start, start, in->label_last ? left : right, &count));
  if (lw_listops_evaluate(in->tokens, count, &value) != LW_OK) {
    char why[160];
    snprintf(why, sizeof why, "%.*s", (int)sizeof why - 1, lw_fail_message());
    LW_TRY(refuse(in, start, why, NULL, 0));
  }
  if (value != *label - '0')
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "%s:%" PRId64 ": mislabelled: the label is %c, the value is %d (byte %" PRId64
                   " of the file)",
                   lw_source_path(in->source), in->line, *label, value,
                   in->line_start + (label - line)));
  if (in->end_mark) in->tokens[count++] = LW_LISTOPS_END;
  LW_TRY(lw_samples_add(samples, in->tokens, count, value));
done:
  return status;
}

lw_status lw_listops_import(const char *path, bool end_mark, lw_samples *samples)
{
  reading in = {.end_mark = end_mark};
  char *line = NULL;
  int64_t length = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &in.source));
  for (;;) {
    in.line++;
    in.line_start = lw_source_offset(in.source);
    LW_TRY(lw_source_line(in.source, &line, &length));
    if (!line) break;
    if (in.line == 1 && !strcmp(line, "Source\tTarget"))
      in.label_last = true;
    else
      LW_TRY(parse_line(&in, line, length, samples));
  }
  if (!samples->count)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "'%s' holds no expression"
                   "; download it again",
                   path));
done:
  lw_mem_give(in.tokens);
  lw_source_close(&in.source);
  return status;
}
