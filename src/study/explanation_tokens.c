/* A page of tokens in lines, each on the colour of what it gave. */
#include "explanation_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/data/input.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 17, LINES = 60, MOST = 6000, WORD = 24, HEAD = 2 * LINE };

/* What a token shows. text [WORD] out */
static void word_of(const explanation *e, const explanation_page *page, int32_t token, char *text)
{
  const char *name = lw_dataset_token_name(e->dataset, token);
  if (name)
    snprintf(text, WORD, "%s", name);
  else if (page->text)
    snprintf(text, WORD, "%c", token < ' ' || token > 126 ? ' ' : (int)token);
  else
    snprintf(text, WORD, "%d", (int)token);
}

/* The place of a token behind those before it; words that are no letters of a text stand apart.
   Returns whether the page, `lines` long, has room for it. */
typedef struct place {
  int64_t x, line, width;
} place;

static bool next_place(const explanation *e, const explanation_page *page, int64_t n, place *at)
{
  char word[WORD];
  word_of(e, page, page->token[n], word);
  const int64_t letters = lw_larger(1, (int64_t)strlen(word));
  const int64_t width = letters * LW_LETTER_WIDTH + (page->text ? 0 : LW_LETTER_WIDTH / 2);
  const bool ended = n > 0 && page->text && page->token[n - 1] == '\n';
  at->x += at->width;
  if (ended || at->x + width > page->width) {
    at->x = 0;
    at->line++;
  }
  at->width = width;
  return at->line < LINES;
}

/* How many of the tokens from `first` on the page has room for. */
static lw_status fill(const explanation_look *look, int64_t first, explanation_page *page)
{
  const explanation *e = look->e;
  const int64_t count = lw_smaller(MOST, e->rows - first);
  place at = {0};
  lw_status status = LW_OK;
  page->first = first;
  page->count = 0;
  LW_TRY(lw_h5_read(look->file, "/tokens", LW_H5_I32, first, count, page->token));
  LW_TRY(lw_h5_read(look->file, "/gradient_x_input", LW_H5_F32, first, count, page->product));
  page->text = lw_tokens_are_text(e->dataset, page->token, count);
  while (page->count < count && next_place(e, page, page->count, &at)) page->count++;
  page->height = HEAD + (lw_smaller(at.line, LINES - 1) + 1) * LINE;
done:
  return status;
}

lw_status explanation_page_init(const explanation_look *look, int64_t width, explanation_page *page)
{
  const int64_t peak = look->peak[0].step;
  lw_status status = LW_OK;
  *page = (explanation_page){.width = width};
  LW_TRY(LW_TAKE(&page->token, lw_smaller(MOST, look->e->rows)));
  LW_TRY(LW_TAKE(&page->product, lw_smaller(MOST, look->e->rows)));
  LW_TRY(fill(look, 0, page));
  if (peak >= page->count) LW_TRY(fill(look, peak - page->count / 2, page));
done:
  return status;
}

void explanation_page_done(explanation_page *page)
{
  lw_mem_give(page->token);
  lw_mem_give(page->product);
}

void explanation_page_draw(const explanation *e, const explanation_page *page, lw_picture *picture,
                           int64_t left, int64_t top)
{
  char word[WORD], head[96];
  double most = 0.0;
  place at = {0};
  for (int64_t n = 0; n < page->count; n++) most = fmax(most, fabs((double)page->product[n]));
  snprintf(head, sizeof head, "tokens %lld to %lld of %lld", (long long)page->first,
           (long long)(page->first + page->count - 1), (long long)e->rows);
  lw_picture_text(picture, left, top, head);
  for (int64_t n = 0; n < page->count && next_place(e, page, n, &at); n++) {
    const double share = most > 0.0 ? (double)page->product[n] / most : 0.0;
    const lw_colour colour = lw_colour_of_two(fmax(share, 0.0), fmax(-share, 0.0));
    const int64_t x = left + at.x, y = top + HEAD - LINE + at.line * LINE;
    lw_picture_fill(picture, x, y - 2, at.width, LINE - 1, colour);
    word_of(e, page, page->token[n], word);
    lw_picture_text(picture, x + 1, y, word);
  }
}
