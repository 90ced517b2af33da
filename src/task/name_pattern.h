/** Names of files and of records that tell something: "{digit}_{speaker}_{take}". A part in braces
 *  takes the shortest text, at least one letter and no '/', up to the letters of the pattern behind
 *  it; the last part takes the rest. Patterns with "||" between are tried one after the other. */
#ifndef LONGWAVE_TASK_NAME_PATTERN_H
#define LONGWAVE_TASK_NAME_PATTERN_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

enum { LW_NAME_PARTS_MAX = 16 };
#define LW_PATTERN_OR "||"

typedef struct lw_piece {
  const char *text; /* borrowed, not ended by 0; NULL: there is none */
  int64_t length;
} lw_piece;

typedef struct lw_name_parts {
  int count;
  lw_piece name[LW_NAME_PARTS_MAX], value[LW_NAME_PARTS_MAX];
} lw_name_parts;

/** Errors: LW_ERROR_INPUT: braces that do not fit, parts without a letter between, too many. flag:
 *  whose value the pattern is. */
LW_MUST_USE lw_status lw_name_pattern_check(const char *pattern, const char *flag);

/** Whether the whole name fits; *parts out. */
bool lw_name_match(const char *pattern, const char *name, lw_name_parts *parts);

/** The value of a part. */
lw_piece lw_name_part(const lw_name_parts *parts, const char *name);
/** Whether a pattern has a part of this name. */
bool lw_name_pattern_has(const char *pattern, const char *name);

/** Rules such as "take=0,1,2": whether the part has one of these values. Errors: LW_ERROR_INPUT:
 *  not of this form, or a part that the pattern does not have. */
LW_MUST_USE lw_status lw_name_rule_check(const char *rule, const char *pattern, const char *flag);
bool lw_name_rule_holds(const char *rule, const lw_name_parts *parts);

#endif
