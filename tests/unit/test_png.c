/* Pictures are read by their stored levels, whatever their kind and what they say of gamma. */
#include "longwave/io/png.h"
#include "make_task.h"
#include <png.h>
#include <sys/stat.h>

TestSuite(png, .init = make_begin, .fini = make_end);

enum { SIDE = 16 };

typedef struct kind {
  const char *what;
  int depth, colour, interlace;
  double gamma; /* 0: not said */
  bool palette, hidden; /* hidden: a tRNS chunk that makes level 0 transparent */
} kind;

/* The samples of pixel (row, column), in the picture's own depth. */
static int stored(int row, int column)
{
  return row * SIDE + column;
}

static int samples_of(int colour)
{
  return colour == PNG_COLOR_TYPE_RGB        ? 3
         : colour == PNG_COLOR_TYPE_RGBA       ? 4
         : colour == PNG_COLOR_TYPE_GRAY_ALPHA ? 2
                                               : 1;
}

static void say_more(png_structp png, png_infop info, const kind *k)
{
  static png_color colours[256];
  png_color_16 none = {0};
  png_byte clear[1] = {0};
  for (int i = 0; i < 256; i++)
    colours[i].red = colours[i].green = colours[i].blue = (png_byte)(255 - i);
  if (k->palette) png_set_PLTE(png, info, colours, 1 << k->depth);
  if (k->gamma > 0) png_set_gAMA(png, info, k->gamma);
  if (k->gamma > 0) png_set_cHRM(png, info, .31, .33, .64, .33, .3, .6, .15, .06);
  if (k->hidden) png_set_tRNS(png, info, clear, 1, &none);
}

/* Levels go up to the greatest of the depth and begin again; alpha is full but for the last pixel, if `alpha` is less. */
static void write_png(const char *path, const kind *k, int alpha)
{
  static png_byte bytes[SIDE][SIDE * 8];
  png_bytep rows[SIDE];
  const int each = samples_of(k->colour);
  memset(bytes, 0, sizeof bytes);
  for (int row = 0; row < SIDE; row++) {
    rows[row] = bytes[row];
    for (int i = 0; i < SIDE * each; i++) {
      const bool opacity = each % 2 == 0 && i % each == each - 1;
      const bool last = row == SIDE - 1 && i == SIDE * each - 1;
      const int level = opacity ? (last ? alpha : 255) : stored(row, i / each);
      if (k->depth == 16) bytes[row][2 * i] = (png_byte)level;
      if (k->depth == 16) bytes[row][2 * i + 1] = (png_byte)(opacity ? level : 255 - level);
      if (k->depth == 8) bytes[row][i] = (png_byte)level;
      if (k->depth < 8)
        bytes[row][i * k->depth / 8] |=
            (png_byte)((level & ((1 << k->depth) - 1)) << (8 - k->depth - i * k->depth % 8));
    }
  }
  FILE *file = fopen(path, "wb");
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct(png);
  cr_assert(file && png && info);
  png_init_io(png, file);
  png_set_IHDR(png, info, SIDE, SIDE, k->depth, k->colour, k->interlace, 0, 0);
  say_more(png, info, k);
  png_set_rows(png, info, rows);
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
  png_destroy_write_struct(&png, &info);
  fclose(file);
}

/* The level that must come out for what is stored. */
static int expected(const kind *k, int row, int column)
{
  const int most = k->depth < 8 ? (1 << k->depth) - 1 : 255, level = stored(row, column) & most;
  return k->palette ? 255 - level : level * 255 / most;
}

static const kind opaque[] = {
    {"grey, 8 bits", 8, PNG_COLOR_TYPE_GRAY, 0, 0, false, false},
    {"grey, 1 bit", 1, PNG_COLOR_TYPE_GRAY, 0, 0, false, false},
    {"grey, 2 bits", 2, PNG_COLOR_TYPE_GRAY, 0, 0, false, false},
    {"grey, 4 bits, interlaced", 4, PNG_COLOR_TYPE_GRAY, 1, 0, false, false},
    {"grey with a gamma", 8, PNG_COLOR_TYPE_GRAY, 0, 0.5, false, false},
    {"linear grey, interlaced", 8, PNG_COLOR_TYPE_GRAY, 1, 1.0, false, false},
    {"grey, 16 bits", 16, PNG_COLOR_TYPE_GRAY, 0, 0, false, false},
    {"grey, 16 bits with a gamma", 16, PNG_COLOR_TYPE_GRAY, 1, 0.45, false, false},
    {"colours", 8, PNG_COLOR_TYPE_RGB, 0, 0, false, false},
    {"colours with a gamma", 8, PNG_COLOR_TYPE_RGB, 1, 0.7, false, false},
    {"colours, 16 bits", 16, PNG_COLOR_TYPE_RGB, 0, 0, false, false},
    {"palette", 8, PNG_COLOR_TYPE_PALETTE, 0, 0, true, false},
    {"palette, 4 bits with a gamma", 4, PNG_COLOR_TYPE_PALETTE, 1, 0.9, true, false},
    {"full alpha", 8, PNG_COLOR_TYPE_RGBA, 0, 0.5, false, false},
    {"grey with full alpha", 16, PNG_COLOR_TYPE_GRAY_ALPHA, 1, 0, false, false},
};

Test(png, levels_are_those_stored)
{
  static uint8_t rgba[SIDE * SIDE * 4];
  for (size_t i = 0; i < sizeof opaque / sizeof *opaque; i++) {
    write_png(at("picture.png"), &opaque[i], 255);
    FINE(lw_png_read(at("picture.png"), SIDE, SIDE, rgba));
    for (int p = 0; p < SIDE * SIDE; p++) {
      const int level = expected(&opaque[i], p / SIDE, p % SIDE);
      const uint8_t *pixel = rgba + 4 * p;
      cr_assert(pixel[0] == level && pixel[1] == level && pixel[2] == level && pixel[3] == 255,
                "%s, pixel %d: %d %d %d %d, not %d", opaque[i].what, p, pixel[0], pixel[1], pixel[2],
                pixel[3], level);
    }
  }
}

Test(png, damage_is_refused)
{
  static uint8_t rgba[SIDE * SIDE * 4], bytes[4096];
  for (size_t i = 0; i < sizeof opaque / sizeof *opaque; i += 4) {
    write_png(at("picture.png"), &opaque[i], 255);
    FILE *file = fopen(at("picture.png"), "rb");
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t cut = 0; cut < size; cut += 7)
      FAILS(lw_png_read(bytes_file("cut.png", bytes, cut), SIDE, SIDE, rgba), LW_ERROR_FILE,
            "cannot read the picture");
    for (size_t place = 0; place < size; place += 5) {
      bytes[place] ^= 0x10;
      cr_expect_neq(lw_png_read(bytes_file("bad.png", bytes, size), SIDE, SIDE, rgba), LW_OK, "%s %zu",
                    opaque[i].what, place);
      bytes[place] ^= 0x10;
    }
  }
}

static void make_release(const kind *k, int alpha)
{
  static const char *const parts[] = {"metadata", "imgs", "imgs/0"};
  for (int i = 0; i < 3; i++) mkdir(at(parts[i]), 0777);
  text_file("metadata/0.npy", "imgs/0 white.png 0 0 0 0\nimgs/0 clear.png 1 1 0 0\n"
                              "imgs/0 black.png 2 0 0 0\nimgs/0 clear.png 3 1 0 0\n");
  static uint8_t rgb[3 * SIDE * SIDE];
  memset(rgb, 255, sizeof rgb);
  FINE(lw_png_write(at("imgs/0/white.png"), SIDE, SIDE, rgb));
  memset(rgb, 0, sizeof rgb);
  FINE(lw_png_write(at("imgs/0/black.png"), SIDE, SIDE, rgb));
  write_png(at("imgs/0/clear.png"), k, alpha);
}

static const kind clear[] = {
    {"alpha", 8, PNG_COLOR_TYPE_RGBA, 0, 0, false, false},
    {"grey with alpha", 8, PNG_COLOR_TYPE_GRAY_ALPHA, 1, 0.5, false, false},
    {"alpha, 16 bits", 16, PNG_COLOR_TYPE_RGBA, 0, 0, false, false},
    {"grey, one level transparent", 8, PNG_COLOR_TYPE_GRAY, 0, 0, false, true},
    {"colours, one transparent", 8, PNG_COLOR_TYPE_RGB, 0, 0, false, true},
    {"palette, one transparent", 8, PNG_COLOR_TYPE_PALETTE, 0, 0, true, true},
};

Test(png, transparency_is_refused_or_lies_on_the_background)
{
#define IMPORT "--import", make_folder, "--size", "16", "--validation", "0", "--test", "0"
  for (size_t i = 0; i < sizeof clear / sizeof *clear; i++) {
    const kind *k = &clear[i];
    make_release(k, 64);
    FAILS(MAKE(pathfinder, IMPORT), LW_ERROR_INPUT, "line 2: the picture '");
    FAILS(MAKE(pathfinder, IMPORT), LW_ERROR_INPUT, "; give --background");
    FINE(MAKE(pathfinder, IMPORT, "--background", "200"));
    const uint8_t *second = product.samples[0].bytes + SIDE * SIDE, *last = second + 2 * SIDE * SIDE;
    cr_expect_arr_eq(second, last, SIDE * SIDE, "%s", k->what);
    const int hidden = k->hidden ? 0 : SIDE * SIDE - 1, level = expected(k, hidden / SIDE, hidden % SIDE);
    cr_expect_eq(second[hidden], k->hidden ? 200 : (64 * level + 191 * 200 + 127) / 255, "%s", k->what);
    for (int p = 0; p < SIDE * SIDE; p++)
      cr_assert(p == hidden || second[p] == expected(k, p / SIDE, p % SIDE), "%s %d", k->what, p);
  }
  FAILS(MAKE(pathfinder, "--background", "0"), LW_ERROR_INPUT, "without --import");
}
