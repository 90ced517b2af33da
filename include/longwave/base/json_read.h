/** JSON from outside, read whole into memory. Of an object that has a key twice readers would take
 *  one value or the other: it is refused. Values live as long as the document. Local. Not here:
 *  documents that are built (base/json.h). */
#ifndef LONGWAVE_BASE_JSON_READ_H
#define LONGWAVE_BASE_JSON_READ_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

/** A value of any kind, or NULL, of which every question is answered by "no". */
typedef struct lw_json_value {
  void *value; /* borrowed, but of the root */
} lw_json_value;

/** text [bytes]: an object, blanks around it. name: of the text, for the sentence. Errors:
 *  LW_ERROR_FORMAT: it is not JSON, not UTF-8 or no object, or a key comes twice. */
LW_MUST_USE lw_status lw_json_parse(const char *text, int64_t bytes, const char *name,
                                    lw_json_value *root);
/** Zero-initialised is fine. */
void lw_json_free(lw_json_value *root);

/** Call visit(key, value, context) for each member of an object in the order of the text, until one
 *  fails, which is returned. Of other values nothing is visited. */
LW_MUST_USE lw_status lw_json_visit(lw_json_value object,
                                    lw_status (*visit)(const char *key, lw_json_value value,
                                                       void *context),
                                    void *context);
bool lw_json_is_object(lw_json_value value);
/** The member of an object; NULL: there is none. */
lw_json_value lw_json_member(lw_json_value object, const char *key);
int64_t lw_json_members(lw_json_value object);
/** Of a text; else NULL. */
const char *lw_json_string(lw_json_value value);
/** Length of an array; else -1. */
int64_t lw_json_length(lw_json_value array);
/** Whether entry `index` of an array is a whole number, *number, of 64 bits. */
bool lw_json_integer(lw_json_value array, int64_t index, int64_t *number);

#endif
