#include "name_pattern.h"
#include "longwave/base/whole.h"
#include <string.h>

static bool same(lw_piece piece, const char *text)
{
  return piece.text && !strncmp(piece.text, text, (size_t)piece.length) && !text[piece.length];
}

/* One pattern of several, up to its '|'. */
static bool match_one(const char *pattern, int64_t length, const char *name, lw_name_parts *parts)
{
  const char *end = pattern + length;
  parts->count = 0;
  while (pattern < end) {
    if (*pattern != '{') {
      if (*name++ != *pattern++) return false;
      continue;
    }
    const char *close = strchr(pattern, '}'), *literal = close + 1;
    const size_t letters = (size_t)lw_smaller(end - literal, (int64_t)strcspn(literal, "{"));
    const char *stop = name + (*name != 0);
    while (*stop && (!letters || strncmp(stop, literal, letters) != 0)) stop++;
    const lw_piece value = {name, stop - name};
    if (!value.length || memchr(name, '/', (size_t)value.length)) return false;
    parts->name[parts->count] = (lw_piece){pattern + 1, close - pattern - 1};
    parts->value[parts->count++] = value;
    name = stop;
    pattern = literal;
  }
  return !*name;
}

bool lw_name_match(const char *pattern, const char *name, lw_name_parts *parts)
{
  for (;;) {
    const char *end = strstr(pattern, LW_PATTERN_OR);
    const size_t length = end ? (size_t)(end - pattern) : strlen(pattern);
    if (match_one(pattern, (int64_t)length, name, parts)) return true;
    if (!end) break;
    pattern = end + strlen(LW_PATTERN_OR);
  }
  parts->count = 0;
  return false;
}

lw_status lw_name_pattern_check(const char *pattern, const char *flag)
{
  const char *why = NULL;
  int parts = 0;
  for (const char *c = pattern; *c && !why; c++) {
    if (!strncmp(c, LW_PATTERN_OR, strlen(LW_PATTERN_OR))) parts = 0;
    if (*c == '}') why = "a '}' without its '{'";
    if (*c != '{') continue;
    const size_t inside = strcspn(c + 1, "{}");
    if (c[1 + inside] != '}') why = "a '{' without its '}'";
    if (!inside) why = "a part without a name";
    if (!why && c[2 + inside] == '{') why = "two parts without a letter between them";
    if (++parts > LW_NAME_PARTS_MAX) why = "more than 16 parts";
    if (!why) c += inside + 1;
  }
  if (!why && !*pattern) why = "nothing";
  return why ? lw_fail(LW_ERROR_INPUT, "%s '%s' has %s; an example is '{class}_{group}_{number}'",
                       flag, pattern, why)
             : LW_OK;
}

lw_piece lw_name_part(const lw_name_parts *parts, const char *name)
{
  for (int i = 0; i < parts->count; i++)
    if (same(parts->name[i], name)) return parts->value[i];
  return (lw_piece){0};
}

bool lw_name_pattern_has(const char *pattern, const char *name)
{
  for (const char *at = strchr(pattern, '{'); at; at = strchr(at + 1, '{'))
    if (same((lw_piece){at + 1, (int64_t)strcspn(at + 1, "}")}, name)) return true;
  return false;
}

/* ---- rules ---- */

lw_status lw_name_rule_check(const char *rule, const char *pattern, const char *flag)
{
  char name[64] = "";
  const size_t length = strcspn(rule, "=");
  if (!*rule) return LW_OK;
  if (!rule[length] || !rule[length + 1] || !length || length >= sizeof name)
    return lw_fail(LW_ERROR_INPUT, "%s '%s' is no rule such as take=0,1,2", flag, rule);
  memcpy(name, rule, length);
  if (lw_name_pattern_has(pattern, name)) return LW_OK;
  return lw_fail(LW_ERROR_INPUT, "%s '%s': the pattern '%s' has no part {%s}", flag, rule, pattern,
                 name);
}

bool lw_name_rule_holds(const char *rule, const lw_name_parts *parts)
{
  const char *values = strchr(rule, '=');
  lw_piece value = {0};
  for (int i = 0; values && i < parts->count; i++)
    if (parts->name[i].length == values - rule &&
        !strncmp(parts->name[i].text, rule, (size_t)(values - rule)))
      value = parts->value[i];
  while (values && value.text) {
    const char *one = values + 1;
    const int64_t length = (int64_t)strcspn(one, ",");
    if (length == value.length && !strncmp(one, value.text, (size_t)length)) return true;
    values = one[length] ? one + length : NULL;
  }
  return false;
}
