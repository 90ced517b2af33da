#include "longwave/data/packing.h"
#include "deal.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include <string.h>

static int64_t ceiling(int64_t a, int64_t b)
{
  return (a + b - 1) / b;
}

static int64_t smaller(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

/* ---- cut sequences ---- */

int lw_cut_strips(const lw_packing_rule *rule)
{
  return rule->paired ? 2 * rule->ranks : rule->ranks;
}

/* A block for each strip; the last may be short. */
int64_t lw_cut_least(const lw_packing_rule *rule)
{
  if (rule->ranks == 1) return INT64_MAX;
  return (int64_t)LW_PACKING_BLOCK * (lw_cut_strips(rule) - 1) + 1;
}

int64_t lw_cut_first(const lw_packing_rule *rule, int64_t tokens, int strip)
{
  const int64_t blocks = ceiling(tokens, LW_PACKING_BLOCK);
  return smaller(tokens, LW_PACKING_BLOCK * lw_layout_first(blocks, lw_cut_strips(rule), strip));
}

int lw_cut_rank(const lw_packing_rule *rule, int strip)
{
  return strip < rule->ranks ? strip : 2 * rule->ranks - 1 - strip;
}

/* Tokens [first, end) of a sequence of T. Under a causal mask the pairs of a token grow with its
 * place: all together are still pair_cost T^2. */
static double strip_cost(const lw_packing_rule *rule, double T, double first, double end)
{
  const double pairs = rule->paired ? end * end - first * first : T * (end - first);
  return rule->cost.token_cost * (end - first) + rule->cost.pair_cost * pairs;
}

static double whole_cost(const lw_packing_rule *rule, int64_t tokens)
{
  const double T = (double)tokens;
  return rule->cost.token_cost * T + rule->cost.pair_cost * T * T;
}

/* What cut sequences load the ranks with; those that they leave uneven get fewer whole ones. */
static void load_cut(const lw_packing_rule *rule, int64_t tokens, double *load)
{
  for (int s = 0; s < lw_cut_strips(rule); s++)
    load[lw_cut_rank(rule, s)] +=
        strip_cost(rule, (double)tokens, (double)lw_cut_first(rule, tokens, s),
                   (double)lw_cut_first(rule, tokens, s + 1));
}

/* ---- the list of sequences ---- */

static int64_t sequence_number(const lw_packing_rule *rule, const int64_t *length, int64_t samples)
{
  int64_t count = 0;
  for (int64_t b = 0; b < samples; b++) count += rule->chunk ? ceiling(length[b], rule->chunk) : 1;
  return count;
}

static void list_sequences(lw_packing *packing)
{
  const int64_t chunk = packing->rule.chunk;
  int64_t n = 0;
  for (int64_t b = 0; b < packing->samples; b++) {
    const int64_t length = packing->length[b];
    for (int64_t at = 0, tokens; at < length; at += tokens) {
      tokens = chunk ? smaller(chunk, length - at) : length;
      packing->sequences[n++] = (lw_sequence){.sample = b, .position = at, .tokens = tokens};
    }
  }
  packing->sequence_count = n;
}

static lw_status place_sequences(lw_packing *packing)
{
  const lw_packing_rule *rule = &packing->rule;
  lw_sequence *sequences = packing->sequences;
  lw_work *works = NULL;
  double *load = NULL;
  int64_t whole = 0;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&works, packing->sequence_count));
  LW_TRY(LW_TAKE(&load, rule->ranks));
  for (int64_t n = 0; n < packing->sequence_count; n++) {
    const int64_t tokens = sequences[n].tokens;
    if (tokens >= lw_cut_least(rule)) {
      sequences[n].rank = LW_PACKING_CUT;
      load_cut(rule, tokens, load);
    } else {
      works[whole++] = (lw_work){.index = n, .cost = whole_cost(rule, tokens)};
    }
  }
  lw_deal(works, whole, rule->ranks, load);
  for (int64_t w = 0; w < whole; w++) sequences[works[w].index].rank = works[w].rank;
done:
  lw_mem_give(works);
  lw_mem_give(load);
  return status;
}

/* ---- strips of this rank ---- */

/* A rank holds at most two strips of a cut sequence, one of a whole one. */
static int64_t most_strips(const lw_packing *packing)
{
  int64_t count = 0;
  for (int64_t n = 0; n < packing->sequence_count; n++)
    count += packing->sequences[n].rank == LW_PACKING_CUT ? 2 : 1;
  return count;
}

static void add_strip(lw_packing *packing, int64_t sequence, int64_t first, int64_t end)
{
  packing->strips[packing->strip_count++] =
      (lw_strip){.sequence = sequence, .first = first, .tokens = end - first, .row = packing->rows};
  packing->rows += end - first;
}

static void list_strips(lw_packing *packing)
{
  const lw_packing_rule *rule = &packing->rule;
  packing->rows = packing->strip_count = 0;
  for (int64_t n = 0; n < packing->sequence_count; n++) {
    const lw_sequence *sequence = &packing->sequences[n];
    if (sequence->rank == rule->rank) add_strip(packing, n, 0, sequence->tokens);
    if (sequence->rank != LW_PACKING_CUT) continue;
    for (int s = 0; s < lw_cut_strips(rule); s++)
      if (lw_cut_rank(rule, s) == rule->rank)
        add_strip(packing, n, lw_cut_first(rule, sequence->tokens, s),
                  lw_cut_first(rule, sequence->tokens, s + 1));
  }
}

static void list_stretches(lw_packing *packing)
{
  int64_t sample = 0;
  packing->stretch_count = 0;
  for (int64_t s = 0; s < packing->strip_count; s++) {
    const lw_strip *strip = &packing->strips[s];
    const int64_t holder = packing->sequences[strip->sequence].sample;
    const int64_t position = lw_strip_position(packing, strip);
    lw_stretch *last = packing->stretches + packing->stretch_count - 1;
    while (sample <= holder) packing->stretch_first[sample++] = packing->stretch_count;
    if (packing->stretch_count > packing->stretch_first[holder] &&
        last->position + last->tokens == position)
      last->tokens += strip->tokens;
    else
      packing->stretches[packing->stretch_count++] = (lw_stretch){
          .sample = holder, .position = position, .tokens = strip->tokens, .row = strip->row};
  }
  while (sample <= packing->samples) packing->stretch_first[sample++] = packing->stretch_count;
}

/* ---- the whole ---- */

static lw_status sample_room(lw_packing *packing, int64_t samples)
{
  int64_t room = packing->sample_room;
  lw_status status = LW_OK;
  LW_TRY(lw_mem_grow((void **)&packing->length, &room, samples + 1, sizeof(int64_t)));
  LW_TRY(lw_mem_grow((void **)&packing->stretch_first, &packing->sample_room, samples + 1,
                     sizeof(int64_t)));
done:
  return status;
}

lw_status lw_packing_make(lw_packing *packing, const lw_packing_rule *rule, const int64_t *length,
                          int64_t samples)
{
  lw_status status = LW_OK;
  LW_TRY(sample_room(packing, samples));
  LW_TRY(lw_mem_grow((void **)&packing->sequences, &packing->sequence_room,
                     sequence_number(rule, length, samples), sizeof *packing->sequences));
  packing->rule = *rule;
  packing->samples = samples;
  if (samples > 0) memcpy(packing->length, length, (size_t)samples * sizeof *length);
  list_sequences(packing);
  LW_TRY(place_sequences(packing));
  LW_TRY(lw_mem_grow((void **)&packing->strips, &packing->strip_room, most_strips(packing),
                     sizeof *packing->strips));
  LW_TRY(lw_mem_grow((void **)&packing->stretches, &packing->stretch_room, most_strips(packing),
                     sizeof *packing->stretches));
  list_strips(packing);
  list_stretches(packing);
done:
  return status;
}

void lw_packing_done(lw_packing *packing)
{
  lw_mem_give(packing->length);
  lw_mem_give(packing->stretches);
  lw_mem_give(packing->stretch_first);
  lw_mem_give(packing->sequences);
  lw_mem_give(packing->strips);
  *packing = (lw_packing){0};
}
