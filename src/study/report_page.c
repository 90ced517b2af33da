/* The page: files of src/study/report/, which the build has turned into report_page.h, with the
   slots in them filled. */
#include "report_inside.h"
#include "report_page.h"
#include "longwave/base/mem.h"
#include "table_inside.h"
#include <errno.h>
#include <string.h>

const char *const report_head = page_head;

/* ---- pictures ---- */

/* Three bytes to four letters; text ends with 0. */
static void write_base64(const unsigned char *bytes, int64_t count, char *text)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int64_t first = 0; first < count; first += 3) {
    const int64_t got = count - first < 3 ? count - first : 3;
    unsigned word = 0;
    for (int64_t i = 0; i < 3; i++) word = word << 8 | (i < got ? bytes[first + i] : 0u);
    for (int64_t i = 0; i < 4; i++)
      *text++ = (char)(i <= got ? letters[word >> (18 - 6 * i) & 63] : '=');
  }
  *text = 0;
}

static lw_status read_bytes(const char *path, unsigned char **bytes, int64_t *count)
{
  enum { STEP = 1 << 16 };
  int64_t room = 0;
  lw_status status = LW_OK;
  FILE *file = fopen(path, "rb");
  if (!file) return lw_fail(LW_ERROR_FILE, "cannot open %s: %s", path, lw_reason(errno));
  *count = 0;
  do {
    LW_TRY(LW_EXTEND(bytes, &room, *count, *count + STEP));
    *count += (int64_t)fread(*bytes + *count, 1, STEP, file);
  } while (!feof(file) && !ferror(file));
  if (ferror(file)) status = lw_fail(LW_ERROR_FILE, "cannot read %s; try again", path);
done:
  fclose(file);
  return status;
}

lw_status report_picture(lw_json in, const char *key, const char *path)
{
  static const char kind[] = "data:image/png;base64,";
  unsigned char *bytes = NULL;
  char *text = NULL;
  int64_t count = 0;
  lw_status status = LW_OK;
  LW_TRY(read_bytes(path, &bytes, &count));
  LW_TRY(LW_TAKE(&text, (int64_t)sizeof kind + (count + 2) / 3 * 4));
  memcpy(text, kind, sizeof kind);
  write_base64(bytes, count, text + sizeof kind - 1);
  lw_json_text(in, key, text);
done:
  lw_mem_give(text);
  lw_mem_give(bytes);
  return status;
}

/* ---- slots ---- */

/* With the letters replaced that mean something in HTML. */
static void write_text(FILE *out, const char *text)
{
  for (; *text; text++) {
    const char *name = *text == '&'   ? "&amp;"
                       : *text == '<' ? "&lt;"
                       : *text == '"' ? "&quot;"
                                      : NULL;
    if (name)
      fputs(name, out);
    else
      fputc(*text, out);
  }
}

static void write_title(const report *r, FILE *out)
{
  write_text(out, r->views->names[0]);
  if (r->views->rows > 1) fputs(" and others", out);
}

/* For readers without scripts: the summary, and where the figures are. */
static lw_status write_plain(const report *r, FILE *out)
{
  lw_text_grid grid = {0};
  lw_status status = lw_table_make(r->views, &grid);
  for (int64_t i = 0; i < grid.rows * grid.columns; i++) {
    fputs(i % grid.columns ? "<td>" : "<tr><td>", out);
    write_text(out, grid.cell[i]);
  }
  lw_table_done(&grid);
  return status;
}

lw_status report_page(const report *r, FILE *out)
{
  lw_status status = LW_OK;
  for (size_t i = 0; i < sizeof page / sizeof *page; i++) {
    fputs(page[i].text, out);
    switch (page[i].slot) {
    case PAGE_TITLE:
      write_title(r, out);
      break;
    case PAGE_REFRESH:
      if (r->refresh > 0)
        fprintf(out, "<meta http-equiv=\"refresh\" content=\"%lld\">", (long long)r->refresh);
      break;
    case PAGE_SUMMARY:
      LW_TRY(write_plain(r, out));
      break;
    case PAGE_DATA:
      LW_TRY(lw_json_write(&r->data, out));
      break;
    case PAGE_END:
      break;
    }
  }
  if (ferror(out)) status = lw_fail(LW_ERROR_FILE, "cannot write the report: is the disk full?");
done:
  return status;
}
