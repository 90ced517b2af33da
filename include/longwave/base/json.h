/** JSON that is built in memory and then written; the one door to jansson. Functions that build
 *  return no errors: if one ran out of memory, lw_json_write says so. A number that is not finite
 *  becomes null, since JSON has no such numbers; bytes that are not UTF-8 become U+FFFD. Objects
 *  keep the order in which they were filled. Local. */
#ifndef LONGWAVE_BASE_JSON_H
#define LONGWAVE_BASE_JSON_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** An object or an array of a document; lives as long as the document. */
typedef struct lw_json {
  void *value;  /* borrowed, but of the root */
  bool *failed; /* of the whole document */
} lw_json;

/** A document: an empty object. Give it back with lw_json_done. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_json_init(lw_json *root);
/** Zero-initialised is fine. */
void lw_json_done(lw_json *root);

/* Add to `in`: under `key` of an object; to the end of an array, where the key is NULL. */

lw_json lw_json_object(lw_json in, const char *key);
lw_json lw_json_array(lw_json in, const char *key);
/** text NULL: null. */
void lw_json_text(lw_json in, const char *key, const char *text);
void lw_json_whole(lw_json in, const char *key, int64_t number);
void lw_json_real(lw_json in, const char *key, double number);
/** A number, rounded to what printf writes with a format such as "%.3f". */
void lw_json_printed(lw_json in, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void lw_json_bool(lw_json in, const char *key, bool truth);

/** Write the document on one line; reals have six digits. Every `<` is written as \u003c, so that
 *  the text may stand in a <script> of HTML. Errors: LW_ERROR_MEMORY: building or writing ran out
 *  of it; LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_json_write(const lw_json *root, FILE *out);
/** Write the document as a file that people can read, too: one line for each key, reals with 15
 *  digits, a line end. Errors: as above. */
LW_MUST_USE lw_status lw_json_print(const lw_json *root, FILE *out);

#endif
