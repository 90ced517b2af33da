#include "python_bytes.h"
#include <string.h>

static int digit_of(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that the escape behind a backslash stands for, -1 for none; *used: its characters. */
static int unescape(const char *text, int64_t length, int64_t *used)
{
  static const char letters[] = "ntr\\'\"", bytes[] = "\n\t\r\\'\"";
  if (!length) return -1;
  const char *letter = memchr(letters, text[0], sizeof letters - 1);
  *used = 1;
  if (letter) return (unsigned char)bytes[letter - letters];
  if (text[0] != 'x' || length < 3) return -1;
  *used = 3;
  const int high = digit_of(text[1]), low = digit_of(text[2]);
  return high < 0 || low < 0 ? -1 : 16 * high + low;
}

int64_t lw_python_bytes_undo(char *text, int64_t length)
{
  int64_t count = 0;
  if (length < 2 || text[0] != 'b' || (text[1] != '\'' && text[1] != '"')) return length;
  const char quote = text[1];
  if (length < 3 || text[length - 1] != quote) return -1;
  for (int64_t i = 2; i < length - 1;) {
    int64_t used = 1;
    int byte = (unsigned char)text[i];
    if (byte == '\\') byte = unescape(text + i + 1, length - 2 - i, &used);
    if (byte < 0) return -1;
    i += text[i] == '\\' ? 1 + used : 1;
    text[count++] = (char)byte;
  }
  return count;
}
