#include "longwave/parse/labelled.h"
#include "longwave/base/mem.h"
#include "longwave/base/utf8.h"
#include "longwave/parse/source.h"
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { CONLLU_COLUMNS = 10 };

struct lw_labelled {
  lw_source *source;
  lw_labelled_settings settings;
  int64_t line, joined, empty;
  bool in_sentence;
  bool new_document; /* the next word is the first of a document */
  char *name;        /* [name_room] that document's */
  int64_t name_room;
};

lw_status lw_labelled_open(const char *path, const lw_labelled_settings *settings,
                           lw_labelled **out)
{
  lw_labelled *file = NULL;
  lw_status status = LW_TAKE(&file, 1);
  if (status != LW_OK) return status;
  file->settings = *settings;
  LW_TRY(lw_source_open(path, &file->source));
  *out = file;
  file = NULL;
done:
  lw_labelled_close(&file);
  return status;
}

void lw_labelled_close(lw_labelled **file)
{
  if (!*file) return;
  if ((*file)->source) lw_source_close(&(*file)->source);
  lw_mem_give((*file)->name);
  lw_mem_give(*file);
  *file = NULL;
}

void lw_labelled_passed(const lw_labelled *file, int64_t *joined, int64_t *empty)
{
  *joined = file->joined;
  *empty = file->empty;
}

static lw_status refuse(const lw_labelled *file, const char *what)
{
  return lw_fail(LW_ERROR_FORMAT, "'%s' line %" PRId64 " %s", lw_source_path(file->source),
                 file->line, what);
}

/* Column `number` from 1, cut off in place behind it, or NULL. Those before it must be taken later,
   so the caller goes from the last to the first. blanks: any number of blanks is one border. */
static char *column_of(char *line, int64_t number, bool blanks)
{
  const char *border = blanks ? " " : "\t";
  if (blanks) line += strspn(line, border);
  for (; number > 1; number--) {
    line += strcspn(line, border);
    if (!*line) return NULL;
    line++;
    if (blanks) line += strspn(line, border);
  }
  line[strcspn(line, border)] = 0;
  return line;
}

static lw_status take_columns(const lw_labelled *file, char *line, lw_labelled_item *item)
{
  const lw_labelled_settings *own = &file->settings;
  const bool word_last = own->word > own->label;
  const bool blanks = own->form == LW_LABELLED_COLUMNS && !strchr(line, '\t');
  char *last = column_of(line, word_last ? own->word : own->label, blanks);
  char *first = last ? column_of(line, word_last ? own->label : own->word, blanks) : NULL;
  item->word = word_last ? last : first;
  item->label = word_last ? first : last;
  if (!last)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s' line %" PRId64 " has too few columns; the word was expected in column "
                   "%" PRId64 ", its label in column %" PRId64,
                   lw_source_path(file->source), file->line, own->word, own->label);
  if (!*item->word) return refuse(file, "has an empty word");
  if (!*item->label) return refuse(file, "has an empty label");
  return LW_OK;
}

/* ---- CoNLL-U ---- */

/* "# newdoc" or "# newdoc id = NAME" begins a document. */
static lw_status take_comment(lw_labelled *file, const char *line)
{
  static const char key[] = "newdoc";
  line += strspn(line, "# ");
  if (strncmp(line, key, sizeof key - 1) != 0) return LW_OK;
  const char *name = strchr(line, '=');
  name = name ? name + 1 + strspn(name + 1, " ") : "";
  const int64_t length = (int64_t)strlen(name);
  lw_status status = LW_EXTEND(&file->name, &file->name_room, 0, length + 1);
  if (status != LW_OK) return status;
  memcpy(file->name, name, (size_t)length + 1);
  file->new_document = true;
  return LW_OK;
}

/* An id is a number, N-N of words written as one, or N.N of one that is left out. */
static lw_status look_at_id(lw_labelled *file, const char *line, bool *word)
{
  const size_t digits = strspn(line, "0123456789");
  const char border = line[digits];
  int64_t columns = 1;
  for (const char *c = line; *c; c++) columns += *c == '\t';
  if (!digits || (border != '\t' && border != '-' && border != '.'))
    return refuse(file, "begins with no id; ten columns with tabs between them were expected");
  if (columns != CONLLU_COLUMNS)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s' line %" PRId64 " has %" PRId64 " columns; ten with tabs between them were "
                   "expected",
                   lw_source_path(file->source), file->line, columns);
  *word = border == '\t';
  file->joined += border == '-';
  file->empty += border == '.';
  return LW_OK;
}

/* ---- any form ---- */

/* *word: whether the line has one, which is in *item then. */
static lw_status take_line(lw_labelled *file, char *line, lw_labelled_item *item, bool *word)
{
  const bool conllu = file->settings.form == LW_LABELLED_CONLLU;
  lw_status status = LW_OK;
  *word = false;
  if (conllu && *line == '#') return take_comment(file, line);
  *word = true;
  if (conllu) LW_TRY(look_at_id(file, line, word));
  if (*word) LW_TRY(take_columns(file, line, item));
done:
  return status;
}

static bool is_empty(const char *line)
{
  return !line[strspn(line, " \t")];
}

lw_status lw_labelled_next(lw_labelled *file, lw_labelled_item *item)
{
  char *line = NULL;
  int64_t length = 0;
  bool word = false;
  lw_status status = LW_OK;
  *item = (lw_labelled_item){.kind = LW_LABELLED_WORD, .name = ""};
  while (!word) {
    LW_TRY(lw_source_line(file->source, &line, &length));
    file->line++;
    if (line && memchr(line, 0, (size_t)length)) LW_TRY(refuse(file, "holds a byte of 0"));
    if (line && lw_utf8_check(line, length) >= 0) LW_TRY(refuse(file, "is not UTF-8"));
    const bool border = !line || is_empty(line);
    if (border && (file->in_sentence || !line)) {
      item->kind = file->in_sentence ? LW_LABELLED_SENTENCE : LW_LABELLED_END;
      break;
    }
    if (!border) LW_TRY(take_line(file, line, item, &word));
  }
  item->line = file->line;
  file->in_sentence = word;
  item->document = word && file->new_document;
  if (item->document) item->name = file->name;
  if (word) file->new_document = false;
done:
  return status;
}
