#include "longwave/base/utf8.h"
#include <string.h>

/* What the first byte of a character of so many bytes begins with, and the least code that needs
   them. */
static const struct {
  uint8_t lead;
  uint32_t least;
} forms[] = {{0}, {0x00, 0}, {0xc0, 0x80}, {0xe0, 0x800}, {0xf0, 0x10000}};

int lw_utf8_read(const void *text, int64_t length, uint32_t *code)
{
  const uint8_t *c = text, first = *c;
  const int bytes = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (!bytes || bytes > length || first >= 0xf8) return 0;
  uint32_t value = first - (uint32_t)forms[bytes].lead;
  for (int i = 1; i < bytes; i++) {
    if ((c[i] & 0xc0) != 0x80) return 0;
    value = value << 6 | (c[i] & 0x3f);
  }
  if (value < forms[bytes].least || value >= LW_UTF8_CODES || value >> 11 == 0xd800 >> 11) return 0;
  if (code) *code = value;
  return bytes;
}

void lw_utf8_write(uint32_t code, char *text)
{
  int bytes = 1;
  while (bytes < LW_UTF8_BYTES && code >= forms[bytes + 1].least) bytes++;
  memset(text, 0, LW_UTF8_BYTES + 1);
  for (int i = bytes - 1; i > 0; i--, code >>= 6) text[i] = (char)(0x80 | (code & 0x3f));
  text[0] = (char)(forms[bytes].lead | code);
}

int64_t lw_utf8_check(const char *text, int64_t length)
{
  for (int64_t i = 0; i < length;) {
    const int bytes = lw_utf8_read(text + i, length - i, NULL);
    if (!bytes) return i;
    i += bytes;
  }
  return -1;
}
