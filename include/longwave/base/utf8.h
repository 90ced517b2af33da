/** The characters of UTF-8 texts, by the strict rules of RFC 3629: shortest form, no surrogates,
 *  nothing above U+10FFFF. Local. Not here: how wide they are (base/columns.h). */
#ifndef LONGWAVE_BASE_UTF8_H
#define LONGWAVE_BASE_UTF8_H

#include <stdint.h>

enum { LW_UTF8_CODES = 0x110000, LW_UTF8_BYTES = 4 };

/** Bytes of the character that begins at text[0], *code (may be NULL) its code; 0: the bytes are no
 *  UTF-8. length > 0; of a text that ends with 0, LW_UTF8_BYTES will do. */
int lw_utf8_read(const void *text, int64_t length, uint32_t *code);

/** The UTF-8 of a code, 0-ended. text [LW_UTF8_BYTES + 1] out */
void lw_utf8_write(uint32_t code, char *text);

/** The index of the first byte that is no UTF-8, or -1. */
int64_t lw_utf8_check(const char *text, int64_t length);

#endif
