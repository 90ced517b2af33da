#include "longwave/data/packing.h"
#include "deal.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <string.h>

/* ---- sharded sequences ---- */

lw_strips lw_packing_strips(const lw_packing_rule *rule)
{
  return (lw_strips){.ranks = rule->ranks, .paired = rule->paired};
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

/* The work that sharded sequences bring to the ranks; ranks with more of it get fewer whole
   sequences. */
static void load_sharded(const lw_packing_rule *rule, int64_t tokens, double *load)
{
  const lw_strips strips = lw_packing_strips(rule);
  for (int s = 0; s < lw_strips_count(strips); s++)
    load[lw_strips_rank(strips, s)] +=
        strip_cost(rule, (double)tokens, (double)lw_strips_first(strips, tokens, s),
                   (double)lw_strips_first(strips, tokens, s + 1));
}

/* ---- the list of sequences ---- */

static int64_t sequence_number(const lw_packing_rule *rule, const int64_t *length, int64_t samples)
{
  int64_t count = 0;
  for (int64_t b = 0; b < samples; b++) count += rule->chunk ? lw_parts(length[b], rule->chunk) : 1;
  return count;
}

static void list_sequences(lw_packing *packing)
{
  const int64_t chunk = packing->rule.chunk;
  int64_t n = 0;
  for (int64_t b = 0; b < packing->samples; b++) {
    const int64_t length = packing->length[b];
    for (int64_t at = 0, tokens; at < length; at += tokens) {
      tokens = chunk ? lw_smaller(chunk, length - at) : length;
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
    if (tokens >= lw_strips_least(lw_packing_strips(rule))) {
      sequences[n].rank = LW_PACKING_SHARDED;
      load_sharded(rule, tokens, load);
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

/* A rank holds one strip of a whole sequence. */
static int64_t most_strips(const lw_packing *packing)
{
  int64_t count = 0;
  for (int64_t n = 0; n < packing->sequence_count; n++)
    count += packing->sequences[n].rank == LW_PACKING_SHARDED ? LW_STRIPS_EACH : 1;
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
  const lw_strips strips = lw_packing_strips(rule);
  packing->rows = packing->strip_count = 0;
  for (int64_t n = 0; n < packing->sequence_count; n++) {
    const lw_sequence *sequence = &packing->sequences[n];
    if (sequence->rank == rule->rank) add_strip(packing, n, 0, sequence->tokens);
    if (sequence->rank != LW_PACKING_SHARDED) continue;
    for (int j = 0; j < lw_strips_each(strips); j++) {
      const int s = lw_strips_of(strips, rule->rank, j);
      add_strip(packing, n, lw_strips_first(strips, sequence->tokens, s),
                lw_strips_first(strips, sequence->tokens, s + 1));
    }
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

/* The strips of a sequence follow each other in the list. */
lw_status lw_packing_sharded(const lw_packing *packing, const lw_world *axis, lw_sharded *out)
{
  int64_t count = 0, q = 0;
  for (int64_t n = 0; n < packing->sequence_count; n++)
    count += packing->sequences[n].rank == LW_PACKING_SHARDED;
  lw_status status = lw_sharded_set(out, axis, packing->rule.paired, count);
  if (status != LW_OK) return status;
  for (int64_t n = 0; n < packing->strip_count; n++) {
    const lw_sequence *sequence = &packing->sequences[packing->strips[n].sequence];
    if (sequence->rank != LW_PACKING_SHARDED) continue;
    out->sequences[q].tokens = sequence->tokens;
    for (int j = 0; j < out->own; j++) out->sequences[q].row[j] = packing->strips[n + j].row;
    n += out->own - 1;
    q++;
  }
  return LW_OK;
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
