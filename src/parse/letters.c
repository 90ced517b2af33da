#include "longwave/parse/letters.h"
#include "letters_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { BYTES = 1 << 14, END = -1 };

lw_letter_map lw_letter_map_of(lw_letter_case how, const char *known, char unknown)
{
  lw_letter_map map = {{0}};
  for (int c = 'A'; c <= 'Z'; c++) {
    const int lower = c + 'a' - 'A';
    const bool other = unknown && !strchr(known, c) && !strchr(known, lower);
    map.to[c] = (uint8_t)(other ? unknown : how == LW_LETTER_CASE_LOWER ? lower : c);
    map.to[lower] = (uint8_t)(other ? unknown : how == LW_LETTER_CASE_UPPER ? c : lower);
  }
  for (const char *c = "*-."; *c; c++)
    map.to[(uint8_t)*c] = (uint8_t)(unknown && !strchr(known, *c) ? unknown : *c);
  return map;
}

lw_status lw_letters_form_of(const char *path, lw_letters_form *form)
{
  lw_source *source = NULL;
  char begin[16] = "";
  int64_t count = 0, at = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &source));
  LW_TRY(lw_source_text(source, begin, sizeof begin - 1, &count));
  while (at < count && isspace((unsigned char)begin[at])) at++;
  if (at == count)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s' holds no letters; download or make it again", path));
  *form = begin[at] == '>'                   ? LW_LETTERS_FASTA
          : !strncmp(begin + at, "LOCUS", 5) ? LW_LETTERS_GENBANK
                                             : LW_LETTERS_LINES;
done:
  lw_source_close(&source);
  return status;
}

lw_status lw_letters_open(const char *path, lw_letters_form form, const lw_letter_map *map,
                          lw_letters **out)
{
  lw_letters *letters = NULL;
  lw_status status = LW_TAKE(&letters, 1);
  if (status != LW_OK) return status;
  letters->form = form;
  letters->map = *map;
  letters->line = form == LW_LETTERS_GENBANK ? 0 : 1;
  letters->line_begins = true;
  LW_TRY(LW_TAKE(&letters->bytes, BYTES));
  LW_TRY(lw_source_open(path, &letters->source));
  *out = letters;
  letters = NULL;
done:
  lw_letters_close(&letters);
  return status;
}

void lw_letters_close(lw_letters **letters)
{
  if (!*letters) return;
  lw_source_close(&(*letters)->source);
  lw_feature_table_done(&(*letters)->table);
  lw_mem_give((*letters)->location);
  lw_mem_give((*letters)->bytes);
  lw_mem_give((*letters)->name);
  lw_mem_give(*letters);
  *letters = NULL;
}

/* ---- bytes ---- */

/* The byte that comes next, or END; it stays. */
static lw_status look(lw_letters *letters, int *byte)
{
  if (letters->at == letters->end) {
    letters->at = 0;
    lw_status status = lw_source_text(letters->source, letters->bytes, BYTES, &letters->end);
    if (status != LW_OK) return status;
  }
  *byte = letters->at < letters->end ? (uint8_t)letters->bytes[letters->at] : END;
  return LW_OK;
}

/* The byte that was looked at is taken. */
static void pass(lw_letters *letters, int byte)
{
  letters->at++;
  letters->line_begins = byte == '\n';
  letters->line += byte == '\n';
}

static bool is_blank(int byte)
{
  return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The rest of the line without blanks around it. */
static lw_status take_name(lw_letters *letters)
{
  int64_t used = 0;
  int byte = 0;
  lw_status status = LW_OK;
  for (;;) {
    LW_TRY(look(letters, &byte));
    if (byte == END || byte == '\n') break;
    pass(letters, byte);
    if (byte == 0) LW_TRY(lw_letters_refuse(letters, letters->line, "a name holds a byte of 0"));
    if (!used && is_blank(byte)) continue;
    LW_TRY(LW_EXTEND(&letters->name, &letters->name_room, used, used + 2));
    letters->name[used++] = (char)byte;
  }
  while (used && is_blank(letters->name[used - 1])) used--;
  LW_TRY(LW_EXTEND(&letters->name, &letters->name_room, used, used + 1));
  letters->name[used] = 0;
done:
  return status;
}

/* ---- FASTA and plain letters ---- */

static lw_status refuse_byte(const lw_letters *letters, int byte)
{
  const bool shown = byte > ' ' && byte < 127;
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' line %" PRId64 ": %s%c%s (byte value %d) is no letter of a sequence",
                 lw_source_path(letters->source), letters->line, shown ? "'" : "a",
                 shown ? byte : ' ', shown ? "'" : "character", byte);
}

/* Behind blanks and empty lines, to what begins a record. */
static lw_status find_record(lw_letters *letters, bool *found)
{
  int byte = 0;
  lw_status status = LW_OK;
  for (;;) {
    LW_TRY(look(letters, &byte));
    if (!is_blank(byte)) break;
    pass(letters, byte);
  }
  *found = byte != END;
  letters->record = (lw_letters_record){.name = "", .length = -1, .line = letters->line};
  if (!*found || letters->form != LW_LETTERS_FASTA) goto done;
  if (byte != '>' || !letters->line_begins)
    LW_TRY(lw_letters_refuse(letters, letters->line,
                             "a line that begins with '>' and a name was expected; is it FASTA?"));
  pass(letters, byte);
  LW_TRY(take_name(letters));
  letters->record.name = letters->name;
done:
  return status;
}

static bool ends_record(const lw_letters *letters, int byte)
{
  if (byte == END) return true;
  if (letters->form == LW_LETTERS_LINES) return byte == '\n';
  return letters->form == LW_LETTERS_FASTA && byte == '>' && letters->line_begins;
}

static lw_status take_letters(lw_letters *letters, uint8_t *text, int64_t room, int64_t *count)
{
  int byte = 0;
  int64_t used = 0;
  lw_status status = LW_OK;
  while (used < room) {
    LW_TRY(look(letters, &byte));
    letters->open = !ends_record(letters, byte);
    if (!letters->open) break;
    const uint8_t letter = letters->map.to[byte];
    if (!letter && !is_blank(byte)) LW_TRY(refuse_byte(letters, byte));
    if (letter) text[used++] = letter;
    pass(letters, byte);
  }
  letters->taken += used;
  *count = used;
  if (!letters->open && !letters->taken)
    LW_TRY(lw_letters_refuse(letters, letters->record.line,
                             "the record has no letters; remove it, or download the file again"));
done:
  return status;
}

/* ---- any form ---- */

lw_status lw_letters_take(lw_letters *letters, uint8_t *text, int64_t room, int64_t *count)
{
  *count = 0;
  if (!letters->open) return LW_OK;
  return letters->form == LW_LETTERS_GENBANK ? lw_genbank_take(letters, text, room, count)
                                             : take_letters(letters, text, room, count);
}

lw_status lw_letters_next(lw_letters *letters, const lw_letters_record **record)
{
  uint8_t passed[256];
  bool found = false;
  int64_t count = 0;
  lw_status status = LW_OK;
  while (letters->open) LW_TRY(lw_letters_take(letters, passed, sizeof passed, &count));
  letters->taken = 0;
  LW_TRY(letters->form == LW_LETTERS_GENBANK ? lw_genbank_next(letters, &found)
                                             : find_record(letters, &found));
  letters->open = found;
  *record = found ? &letters->record : NULL;
done:
  return status;
}

void lw_letters_labels(const lw_letters_record *record, const char *const *kinds,
                       int64_t kind_count, int64_t first, int64_t count, uint8_t *labels)
{
  memset(labels, 0, (size_t)count);
  int64_t feature = -1, kind = kind_count;
  for (int64_t i = 0; i < record->ranges; i++) {
    const lw_letter_range *range = &record->range[i];
    if (range->feature != feature) {
      feature = range->feature;
      for (kind = 0; kind < kind_count; kind++)
        if (!strcmp(kinds[kind], record->feature[feature])) break;
    }
    const int64_t from = lw_larger(range->first, first);
    const int64_t behind = lw_smaller(range->behind, first + count);
    if (kind < kind_count && from < behind)
      memset(labels + (from - first), (int)kind + 1, (size_t)(behind - from));
  }
}
