#include "longwave/io/picture.h"
#include "longwave/base/mem.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const lw_colour ink = {30, 30, 40}, nothing = {225, 225, 228};

lw_status lw_picture_init(lw_picture *picture, int64_t width, int64_t height)
{
  lw_status status = LW_TAKE(&picture->rgb, width * height * 3);
  if (status != LW_OK) return status;
  picture->width = width;
  picture->height = height;
  memset(picture->rgb, 255, (size_t)(width * height * 3));
  return LW_OK;
}

void lw_picture_done(lw_picture *picture)
{
  lw_mem_give(picture->rgb);
  *picture = (lw_picture){0};
}

void lw_picture_fill(lw_picture *picture, int64_t x, int64_t y, int64_t width, int64_t height,
                     lw_colour colour)
{
  const int64_t left = x < 0 ? 0 : x, top = y < 0 ? 0 : y;
  const int64_t right = x + width < picture->width ? x + width : picture->width;
  const int64_t bottom = y + height < picture->height ? y + height : picture->height;
  for (int64_t row = top; row < bottom; row++)
    for (int64_t column = left; column < right; column++)
      memcpy(picture->rgb + 3 * (row * picture->width + column), &colour, 3);
}

/* Letters of 3 x 5 dots: row after row from the top, the highest of 15 bits at the left. */
enum { DOT_COLUMNS = 3, DOT_ROWS = 5, DOT = 2 };
static const uint16_t letters[128] = {
    ['0'] = 0x7b6f, ['1'] = 0x2c97,  ['2'] = 0x73e7,  ['3'] = 0x73cf, ['4'] = 0x5bc9,
    ['5'] = 0x79cf, ['6'] = 0x79ef,  ['7'] = 0x7252,  ['8'] = 0x7bef, ['9'] = 0x7bcf,
    ['A'] = 0x2bed, ['B'] = 0x6bae,  ['C'] = 0x3923,  ['D'] = 0x6b6e, ['E'] = 0x79a7,
    ['F'] = 0x79a4, ['G'] = 0x396b,  ['H'] = 0x5bed,  ['I'] = 0x7497, ['J'] = 0x126a,
    ['K'] = 0x5bad, ['L'] = 0x4927,  ['M'] = 0x5fed,  ['N'] = 0x6b6d, ['O'] = 0x2b6a,
    ['P'] = 0x6ba4, ['Q'] = 0x2b7b,  ['R'] = 0x6bad,  ['S'] = 0x388e, ['T'] = 0x7492,
    ['U'] = 0x5b6f, ['V'] = 0x5b6a,  ['W'] = 0x5bfd,  ['X'] = 0x5aad, ['Y'] = 0x5a92,
    ['Z'] = 0x72a7, ['.'] = 0x0002,  ['-'] = 0x01c0,  ['+'] = 0x05d0, [':'] = 0x0410,
    ['/'] = 0x12a4, ['_'] = 0x0007,  ['%'] = 0x52a5,  ['='] = 0x0e38, [','] = 0x0014,
    ['('] = 0x2922, [')'] = 0x224a,  ['\''] = 0x2400, ['"'] = 0x5a00, ['['] = 0x6926,
    [']'] = 0x324b, ['!'] = 0x2482,  ['?'] = 0x6282,  [';'] = 0x0414, ['<'] = 0x1511,
    ['>'] = 0x4454, ['*'] = 0x0aa8,  ['#'] = 0x5f7d,  ['&'] = 0x2aab, ['|'] = 0x2492,
    ['{'] = 0x3513, ['}'] = 0x6456,  ['@'] = 0x2be3,  ['$'] = 0x3c9e, ['~'] = 0x03e0,
    ['^'] = 0x2a00, ['\\'] = 0x4889,
};

void lw_picture_text(lw_picture *picture, int64_t x, int64_t y, const char *text)
{
  for (; *text; text++, x += LW_LETTER_WIDTH) {
    const uint16_t letter = letters[toupper((unsigned char)*text) & 127];
    for (int n = 0; n < DOT_COLUMNS * DOT_ROWS; n++)
      if (letter >> (DOT_COLUMNS * DOT_ROWS - 1 - n) & 1)
        lw_picture_fill(picture, x + n % DOT_COLUMNS * DOT, y + n / DOT_COLUMNS * DOT, DOT, DOT,
                        ink);
  }
}

void lw_picture_line(lw_picture *picture, lw_point from, lw_point to, lw_colour colour)
{
  const int64_t across = to.x > from.x ? to.x - from.x : 1;
  for (int64_t n = 0; n < across; n++) {
    const int64_t y = from.y + (to.y - from.y) * n / across;
    const int64_t next = from.y + (to.y - from.y) * (n + 1) / across;
    const int64_t top = y < next ? y : next, height = (y < next ? next : y) - top;
    lw_picture_fill(picture, from.x + n, top, 1, height > 2 ? height : 2, colour);
  }
}

/* 0 at the dark end, 1 at the bright one. */
static double position_on(const lw_colour_scale *scale, double x)
{
  const double position = scale->logarithmic
                              ? log(x / scale->least) / log(scale->most / scale->least)
                              : (x - scale->least) / (scale->most - scale->least);
  return position > 0.0 ? (position < 1.0 ? position : 1.0) : 0.0;
}

/* Brightness rises steadily, so that the order shows in grey as well. */
lw_colour lw_colour_of(const lw_colour_scale *scale, double x)
{
  static const double stops[][3] = {{8, 10, 40},     {45, 25, 95},   {110, 30, 120},
                                    {180, 50, 100},  {230, 95, 60},  {250, 165, 50},
                                    {252, 225, 110}, {255, 252, 215}};
  enum { LAST = sizeof stops / sizeof *stops - 1 };
  if (!(x >= 0.0)) return nothing;
  const double position = position_on(scale, x) * LAST;
  const int stop = position < LAST ? (int)position : LAST - 1;
  const double part = position - stop;
  uint8_t mixed[3];
  for (int c = 0; c < 3; c++)
    mixed[c] = (uint8_t)lrint(stops[stop][c] + part * (stops[stop + 1][c] - stops[stop][c]));
  return (lw_colour){mixed[0], mixed[1], mixed[2]};
}

/* White less what each takes from red, green and blue. */
lw_colour lw_colour_of_two(double up, double down)
{
  static const double raised[3] = {25.0, 185.0, 190.0}, lowered[3] = {200.0, 135.0, 25.0};
  uint8_t mixed[3];
  for (int c = 0; c < 3; c++)
    mixed[c] = (uint8_t)lrint(fmax(255.0 - up * raised[c] - down * lowered[c], 0.0));
  return (lw_colour){mixed[0], mixed[1], mixed[2]};
}

void lw_picture_map(lw_picture *picture, int64_t x, int64_t y, const lw_picture_numbers *map)
{
  const int64_t side = map->side, zoom = map->zoom;
  lw_picture_fill(picture, x - 1, y - 1, side * zoom + 2, side * zoom + 2, ink);
  for (int64_t i = 0; i < side; i++)
    for (int64_t j = 0; j < side; j++)
      lw_picture_fill(picture, x + j * zoom, y + i * zoom, zoom, zoom,
                      lw_colour_of(&map->scale, (double)map->number[i * side + j]));
}

void lw_picture_scale(lw_picture *picture, int64_t x, int64_t y, int64_t width,
                      const lw_colour_scale *scale)
{
  char text[32];
  for (int64_t n = 0; n < width; n++) {
    const double position = (double)n / (double)(width - 1);
    const double value = scale->logarithmic
                             ? scale->least * pow(scale->most / scale->least, position)
                             : scale->least + position * (scale->most - scale->least);
    lw_picture_fill(picture, x + n, y, 1, LW_LETTER_HEIGHT, lw_colour_of(scale, value));
  }
  snprintf(text, sizeof text, "%.2g", scale->least);
  lw_picture_text(picture, x, y + LW_LETTER_HEIGHT + 4, text);
  snprintf(text, sizeof text, "%.2g", scale->most);
  lw_picture_text(picture, x + width - LW_LETTER_WIDTH * (int64_t)strlen(text),
                  y + LW_LETTER_HEIGHT + 4, text);
}
