/* An entry of GenBank: lines with a keyword in column 1 ("LOCUS", "VERSION"), the table of features
 * with kinds in column 6 and locations or qualifiers from column 22 on, the letters after "ORIGIN"
 * in lines of a position and blocks of ten, and "//". */
#include "letters_inside.h"
#include "longwave/base/mem.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_COLUMN = 5, PLACE_COLUMN = 21 };

static lw_status next_line(lw_letters *letters, char **line)
{
  int64_t length = 0;
  lw_status status = lw_source_line(letters->source, line, &length);
  letters->line++;
  if (status == LW_OK && *line && memchr(*line, 0, (size_t)length))
    status = lw_letters_refuse(letters, letters->line, "a byte of 0; is it a file of GenBank?");
  return status;
}

static bool begins(const char *line, const char *key)
{
  const size_t length = strlen(key);
  return !strncmp(line, key, length) && (!line[length] || isspace((unsigned char)line[length]));
}

/* ---- the head of an entry ---- */

/* The first word behind the keyword is the name of the record. */
static lw_status take_name(lw_letters *letters, const char *line)
{
  line += strcspn(line, " ");
  line += strspn(line, " ");
  const int64_t length = (int64_t)strcspn(line, " ");
  if (!length) return LW_OK;
  lw_status status = LW_EXTEND(&letters->name, &letters->name_room, 0, length + 1);
  if (status != LW_OK) return status;
  memcpy(letters->name, line, (size_t)length);
  letters->name[length] = 0;
  letters->record.name = letters->name;
  return LW_OK;
}

/* "LOCUS  NAME  LENGTH bp  DNA  circular  PLN  DATE" */
static lw_status take_locus(lw_letters *letters, const char *line)
{
  const char *unit = strstr(line, " bp ");
  if (!unit) unit = strstr(line, " aa ");
  while (unit && unit > line && isdigit((unsigned char)unit[-1])) unit--;
  const long long length = unit ? strtoll(unit, NULL, 10) : 0;
  if (length < 1 || length > INT64_C(1) << 40)
    return lw_letters_refuse(letters, letters->line,
                             "the line LOCUS must tell the length, such as '154478 bp'");
  letters->record.length = length;
  letters->record.circular = strstr(line, " circular ") != NULL;
  return take_name(letters, line);
}

/* ---- the table of features ---- */

void lw_feature_table_done(lw_feature_table *table)
{
  lw_mem_give(table->texts);
  lw_mem_give(table->kind);
  lw_mem_give(table->kind_text);
  lw_mem_give(table->range);
  *table = (lw_feature_table){0};
}

static lw_status add_feature(lw_feature_table *table, const char *kind)
{
  const int64_t length = (int64_t)strcspn(kind, " ");
  lw_status status = LW_OK;
  LW_TRY(
      LW_EXTEND(&table->texts, &table->text_room, table->text_used, table->text_used + length + 1));
  LW_TRY(
      LW_EXTEND(&table->kind_text, &table->kind_text_room, table->features, table->features + 1));
  memcpy(table->texts + table->text_used, kind, (size_t)length);
  table->texts[table->text_used + length] = 0;
  table->kind_text[table->features++] = table->text_used;
  table->text_used += length + 1;
done:
  return status;
}

static lw_status add_location(lw_letters *letters, const char *text, int64_t *used)
{
  lw_status status = LW_OK;
  for (; *text; text++) {
    if (isspace((unsigned char)*text)) continue;
    LW_TRY(LW_EXTEND(&letters->location, &letters->location_room, *used, *used + 2));
    letters->location[(*used)++] = *text;
  }
  if (*used) letters->location[*used] = 0;
done:
  return status;
}

/* The feature before has ended: its location, `used` bytes, is whole. */
static lw_status end_location(lw_letters *letters, int64_t line, int64_t *used)
{
  const lw_text_place place = {lw_source_path(letters->source), line};
  if (!*used) return LW_OK;
  *used = 0;
  return lw_location_read(&place, letters->location, letters->record.length,
                          letters->record.circular, &letters->table);
}

/* What a line of the table is. */
static bool is_feature(const char *line)
{
  return strlen(line) > PLACE_COLUMN && !strncmp(line, "     ", KIND_COLUMN) &&
         line[KIND_COLUMN] != ' ';
}

static bool is_more(const char *line)
{
  return strspn(line, " ") >= PLACE_COLUMN && line[PLACE_COLUMN];
}

/* From the line behind FEATURES; *line out: the one behind the table. */
static lw_status take_features(lw_letters *letters, char **line)
{
  int64_t used = 0, from = 0;
  bool locating = false; /* the location may go on */
  lw_status status = LW_OK;
  for (;;) {
    LW_TRY(next_line(letters, line));
    if (!*line || (**line && **line != ' ')) break;
    if (is_feature(*line)) {
      LW_TRY(end_location(letters, from, &used));
      LW_TRY(add_feature(&letters->table, *line + KIND_COLUMN));
      from = letters->line;
      locating = true;
    } else if (!is_more(*line)) {
      if (**line)
        LW_TRY(lw_letters_refuse(
            letters, letters->line,
            "a feature (from column 6) or what belongs to one (from column 22) was expected"));
      continue;
    } else if ((*line)[PLACE_COLUMN] == '/') {
      locating = false;
    }
    if (locating) LW_TRY(add_location(letters, *line + PLACE_COLUMN, &used));
  }
  LW_TRY(end_location(letters, from, &used));
done:
  return status;
}

/* ---- the record ---- */

static lw_status show_table(lw_letters *letters)
{
  lw_feature_table *table = &letters->table;
  lw_letters_record *record = &letters->record;
  lw_status status = LW_EXTEND(&table->kind, &table->kind_room, 0, table->features);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < table->features; i++) table->kind[i] = table->texts + table->kind_text[i];
  record->feature = table->kind;
  record->features = table->features;
  record->range = table->range;
  record->ranges = table->ranges;
  record->elsewhere = table->elsewhere;
  return LW_OK;
}

/* From the line behind LOCUS to ORIGIN. */
static lw_status take_head(lw_letters *letters)
{
  char *line = NULL;
  bool featured = false;
  lw_status status = LW_OK;
  LW_TRY(next_line(letters, &line));
  while (line && !begins(line, "ORIGIN")) {
    if (begins(line, "//"))
      LW_TRY(lw_letters_refuse(
          letters, letters->line,
          "the entry ends without its letters (ORIGIN); download it in full, with the sequence"));
    if (begins(line, "ACCESSION") || begins(line, "VERSION")) LW_TRY(take_name(letters, line));
    featured = begins(line, "FEATURES");
    LW_TRY(featured ? take_features(letters, &line) : next_line(letters, &line));
  }
  if (!line)
    LW_TRY(lw_letters_refuse(letters, letters->record.line,
                             "the entry that begins here is cut short; download it again"));
  LW_TRY(show_table(letters));
done:
  return status;
}

lw_status lw_genbank_next(lw_letters *letters, bool *found)
{
  lw_feature_table *table = &letters->table;
  char *line = NULL;
  lw_status status = LW_OK;
  letters->record = (lw_letters_record){.name = ""};
  table->features = table->ranges = table->text_used = table->elsewhere = 0;
  do LW_TRY(next_line(letters, &line));
  while (line && !line[strspn(line, " \t")]);
  *found = line != NULL;
  if (!line) goto done;
  if (!begins(line, "LOCUS"))
    LW_TRY(lw_letters_refuse(letters, letters->line,
                             "a line LOCUS was expected; is it a file of GenBank?"));
  letters->record.line = letters->line;
  LW_TRY(take_locus(letters, line));
  LW_TRY(take_head(letters));
  letters->at = letters->end = 0; /* of the line of letters */
done:
  return status;
}

/* ---- letters ---- */

static lw_status refuse_count(const lw_letters *letters)
{
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' line %" PRId64 ": the entry has %" PRId64 " letters up to here, its line "
                 "LOCUS (%" PRId64 ") says %" PRId64 "; download it again",
                 lw_source_path(letters->source), letters->line, letters->taken,
                 letters->record.line, letters->record.length);
}

/* The next line of letters, into letters->bytes as they are; none behind "//". */
static lw_status take_line(lw_letters *letters)
{
  enum { ROOM = 1 << 14 };
  char *line = NULL, *rest = NULL;
  lw_status status = next_line(letters, &line);
  if (status != LW_OK) return status;
  letters->at = letters->end = 0;
  letters->open = line && !begins(line, "//");
  if (!letters->open)
    return line && letters->taken == letters->record.length ? LW_OK : refuse_count(letters);
  const long long position = strtoll(line, &rest, 10);
  if (rest == line || position != letters->taken + 1) return refuse_count(letters);
  for (; *rest; rest++) {
    const uint8_t letter = letters->map.to[(uint8_t)*rest];
    if (!letter && *rest != ' ')
      return lw_letters_refuse(letters, letters->line,
                               "a character that is no letter of a sequence");
    if (!letter) continue;
    if (letters->end == ROOM || letters->taken == letters->record.length)
      return refuse_count(letters);
    letters->bytes[letters->end++] = (char)letter;
    letters->taken++;
  }
  return LW_OK;
}

lw_status lw_genbank_take(lw_letters *letters, uint8_t *text, int64_t room, int64_t *count)
{
  int64_t used = 0;
  lw_status status = LW_OK;
  while (used < room && letters->open) {
    if (letters->at < letters->end)
      text[used++] = (uint8_t)letters->bytes[letters->at++];
    else
      LW_TRY(take_line(letters));
  }
  *count = used;
done:
  return status;
}
