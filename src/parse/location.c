/* Where a feature of GenBank lies:
 *   location:  complement(location) | join(location,...) | order(location,...) | place
 *   place:     [record:] at | at..at | at^at
 *   at:        a number, behind '<' or '>' of a partial end; (3.9) and one-of(3,9) stand for the
 *              first of the numbers */
#include "letters_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 62 };

typedef struct reading {
  const lw_text_place *place;
  const char *text, *rest;
  int64_t length;
  bool circular;
  lw_feature_table *table;
  uint64_t complements; /* a bit for each open bracket: it began behind "complement" */
  int depth;
} reading;

static lw_status refuse(const reading *in, const char *why)
{
  return lw_fail(LW_ERROR_FORMAT, "'%s' line %" PRId64 ": the location '%.60s' %s", in->place->path,
                 in->place->line, in->text, why);
}

static bool skip_word(reading *in, const char *word)
{
  const size_t length = strlen(word);
  const bool there = !strncmp(in->rest, word, length);
  if (there) in->rest += length;
  return there;
}

static lw_status open_bracket(reading *in, bool complement)
{
  if (in->depth == DEPTH_MOST) return refuse(in, "is nested too deeply");
  in->complements |= (uint64_t)complement << in->depth++;
  return LW_OK;
}

static lw_status close_bracket(reading *in)
{
  if (!in->depth) return refuse(in, "has a ')' without its '('");
  in->complements &= ~(UINT64_C(1) << --in->depth);
  return LW_OK;
}

/* Complement of a complement is the first strand again. */
static bool on_other_strand(const reading *in)
{
  bool other = false;
  for (int i = 0; i < in->depth; i++) other ^= in->complements >> i & 1;
  return other;
}

static lw_status add_range(reading *in, int64_t first, int64_t behind)
{
  lw_feature_table *table = in->table;
  lw_status status = LW_EXTEND(&table->range, &table->range_room, table->ranges, table->ranges + 1);
  if (status != LW_OK) return status;
  table->range[table->ranges++] =
      (lw_letter_range){first, behind, (int32_t)(table->features - 1), on_other_strand(in)};
  return LW_OK;
}

static bool take_position(reading *in, int64_t *at)
{
  char *end = NULL;
  const bool among = skip_word(in, "one-of(") || skip_word(in, "(");
  if (*in->rest == '<' || *in->rest == '>') in->rest++;
  if (!isdigit((unsigned char)*in->rest)) return false;
  *at = strtoll(in->rest, &end, 10);
  in->rest = end;
  if (among) {
    in->rest += strspn(in->rest, "0123456789.,<>");
    if (!skip_word(in, ")")) return false;
  }
  return true;
}

/* Behind the last letter of a circle comes its first. */
static lw_status add_place(reading *in, int64_t from, int64_t to)
{
  lw_status status = LW_OK;
  if (from < 1 || to < 1 || from > in->length || to > in->length)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s' line %" PRId64 ": the location '%.60s' lies outside the record of %" PRId64
                   " letters; repair or remove the feature",
                   in->place->path, in->place->line, in->text, in->length);
  if (from <= to) return add_range(in, from - 1, to);
  if (!in->circular) return refuse(in, "ends before it begins, in a record that is not circular");
  LW_TRY(add_range(in, from - 1, in->length));
  LW_TRY(add_range(in, 0, to));
done:
  return status;
}

static lw_status take_place(reading *in)
{
  int64_t from = 0, to = 0;
  const size_t name = strcspn(in->rest, ":,()");
  const bool elsewhere = in->rest[name] == ':';
  if (elsewhere) in->rest += name + 1;
  if (!take_position(in, &from)) return refuse(in, "is not understood");
  to = from;
  const bool between = skip_word(in, "^");
  if ((between || skip_word(in, "..") || skip_word(in, ".")) && !take_position(in, &to))
    return refuse(in, "is not understood");
  if (elsewhere) in->table->elsewhere++;
  return elsewhere || between ? LW_OK : add_place(in, from, to);
}

static lw_status take_piece(reading *in)
{
  if (skip_word(in, "complement(")) return open_bracket(in, true);
  if (skip_word(in, "join(") || skip_word(in, "order(") || skip_word(in, "bond("))
    return open_bracket(in, false);
  return take_place(in);
}

lw_status lw_location_read(const lw_text_place *place, const char *text, int64_t length,
                           bool circular, lw_feature_table *table)
{
  reading in = {.place = place,
                .text = text,
                .rest = text,
                .length = length,
                .circular = circular,
                .table = table};
  bool placed = false; /* what may follow is ',' or ')' */
  lw_status status = LW_OK;
  while (*in.rest) {
    if (!placed) {
      const int depth = in.depth;
      LW_TRY(take_piece(&in));
      placed = in.depth == depth;
    } else if (skip_word(&in, ")")) {
      LW_TRY(close_bracket(&in));
    } else if (in.depth && skip_word(&in, ",")) {
      placed = false;
    } else {
      LW_TRY(refuse(&in, "is not understood"));
    }
  }
  if (in.depth || !placed) LW_TRY(refuse(&in, "ends too early"));
done:
  return status;
}
