/* How sequences lie on the ranks of a sequence axis: pure arithmetic, checked for all ranks at once.
 */
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/data/packing.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { RANKS_MOST = 7, SAMPLES_MOST = 12, TOKENS_MOST = 4096, BLOCK = LW_STRIP_BLOCK };

typedef struct axis {
  lw_packing_rule rule;
  lw_packing rank[RANKS_MOST];
} axis;

static axis axis_of(lw_packing_rule rule, const int64_t *length, int64_t samples)
{
  axis a = {.rule = rule};
  for (int r = 0; r < rule.ranks; r++) {
    rule.rank = r;
    cr_assert_eq(lw_packing_make(&a.rank[r], &rule, length, samples), LW_OK);
  }
  return a;
}

static void axis_done(axis *a)
{
  for (int r = 0; r < a->rule.ranks; r++) lw_packing_done(&a->rank[r]);
}

static int64_t strips_of(const lw_packing_rule *rule)
{
  return rule->paired ? 2 * rule->ranks : rule->ranks;
}

/* The list is the same everywhere, covers the samples in order, and cuts what may be cut. */
static void check_sequences(const axis *a, const int64_t *length, int64_t samples)
{
  const lw_packing *one = &a->rank[0];
  int64_t n = 0;
  for (int64_t b = 0; b < samples; b++)
    for (int64_t at = 0; at < length[b]; n++) {
      const lw_sequence s = one->sequences[n];
      int64_t tokens = length[b] - at;
      if (a->rule.chunk && tokens > a->rule.chunk) tokens = a->rule.chunk;
      bool cut = a->rule.ranks > 1 && (tokens + BLOCK - 1) / BLOCK >= strips_of(&a->rule);
      cr_assert(s.sample == b && s.position == at && s.tokens == tokens);
      cr_assert(cut ? s.rank == LW_PACKING_SHARDED : s.rank >= 0 && s.rank < a->rule.ranks);
      at += tokens;
    }
  cr_assert_eq(one->sequence_count, n);
  for (int r = 0; r < a->rule.ranks; r++) {
    cr_assert_eq(a->rank[r].sequence_count, n);
    for (int64_t i = 0; i < n; i++) {
      const lw_sequence s = one->sequences[i], t = a->rank[r].sequences[i];
      cr_assert(s.sample == t.sample && s.position == t.position && s.tokens == t.tokens &&
                s.rank == t.rank);
    }
    cr_assert_eq(a->rank[r].samples, samples);
    cr_assert_arr_eq(a->rank[r].length, length, (size_t)samples * sizeof *length);
  }
}

/* Every token on one rank, in ascending rows; strips of whole blocks where the sequence is cut. */
static void check_strips(const axis *a, int64_t samples)
{
  static unsigned char seen[SAMPLES_MOST][TOKENS_MOST];
  memset(seen, 0, sizeof seen);
  for (int r = 0; r < a->rule.ranks; r++) {
    const lw_packing *p = &a->rank[r];
    int64_t row = 0;
    for (int64_t i = 0; i < p->strip_count; i++) {
      const lw_strip s = p->strips[i];
      const lw_sequence sequence = p->sequences[s.sequence];
      cr_assert(s.tokens >= 1 && s.row == row && s.first + s.tokens <= sequence.tokens);
      const lw_strip *last = i ? &p->strips[i - 1] : NULL;
      cr_assert(!last || s.sequence > last->sequence || s.first > last->first);
      cr_assert(sequence.rank == LW_PACKING_SHARDED ||
                (sequence.rank == r && s.tokens == sequence.tokens));
      cr_assert(s.first % BLOCK == 0);
      cr_assert((s.first + s.tokens) % BLOCK == 0 || s.first + s.tokens == sequence.tokens);
      for (int64_t t = 0; t < s.tokens; t++)
        seen[sequence.sample][sequence.position + s.first + t]++;
      row += s.tokens;
    }
    cr_assert_eq(p->rows, row);
  }
  for (int64_t b = 0; b < samples; b++)
    for (int64_t t = 0; t < TOKENS_MOST; t++)
      cr_assert_eq(seen[b][t], t < a->rank[0].length[b], "sample %d, token %d", (int)b, (int)t);
}

/* Stretches are the strips, those joined that continue each other. */
static void check_stretches(const axis *a, int64_t samples)
{
  for (int r = 0; r < a->rule.ranks; r++) {
    const lw_packing *p = &a->rank[r];
    int64_t i = 0, row = 0;
    for (int64_t b = 0; b < samples; b++)
      for (int64_t n = p->stretch_first[b]; n < p->stretch_first[b + 1]; n++) {
        const lw_stretch s = p->stretches[n];
        cr_assert(s.sample == b && s.row == row && s.tokens >= 1);
        for (int64_t t = 0; t < s.tokens; t += p->strips[i++].tokens) {
          cr_assert_eq(p->sequences[p->strips[i].sequence].sample, b);
          cr_assert_eq(lw_strip_position(p, &p->strips[i]), s.position + t);
        }
        const bool joined = n > p->stretch_first[b];
        const lw_stretch *last = &p->stretches[n - 1];
        cr_assert(!joined || last->position + last->tokens < s.position);
        row += s.tokens;
      }
    cr_assert(i == p->strip_count && row == p->rows);
    cr_assert_eq(p->stretch_first[samples], p->stretch_count);
  }
}

static void check_all(lw_packing_rule rule, const int64_t *length, int64_t samples)
{
  axis a = axis_of(rule, length, samples);
  check_sequences(&a, length, samples);
  check_strips(&a, samples);
  check_stretches(&a, samples);
  axis_done(&a);
}

static const int64_t ragged[] = {1, 64, 65, 128, 640, 641, 700, 63, 959, 4096, 2, 1023};

static void for_all_rules(void (*check)(lw_packing_rule rule))
{
  static const int64_t chunks[] = {0, 1, 50, 64, 128, 600, 1000, 5000};
  static const lw_batch_cost costs[] = {{1, 0}, {100, 1}, {0, 1}};
  for (int ranks = 1; ranks <= RANKS_MOST; ranks++)
    for (int paired = 0; paired < 2; paired++)
      for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++)
        for (int k = 0; k < 3; k++)
          check((lw_packing_rule){
              .ranks = ranks, .paired = paired, .chunk = chunks[c], .cost = costs[k]});
}

static void check_ragged(lw_packing_rule rule)
{
  check_all(rule, ragged, 12);
}

Test(packing, every_token_lies_on_one_rank)
{
  for_all_rules(check_ragged);
  cr_assert_eq(lw_mem_live(), 0);
}

static void check_random(lw_packing_rule rule)
{
  int64_t length[SAMPLES_MOST];
  const lw_rng rng = {.seed = (uint64_t)rule.ranks, .stream = LW_RNG_TEST};
  for (uint64_t b = 0; b < SAMPLES_MOST; b++)
    length[b] = 1 + (int64_t)lw_rng_below(rng, b + 100 * (uint64_t)rule.chunk, TOKENS_MOST);
  check_all(rule, length, SAMPLES_MOST);
}

Test(packing, random_lengths)
{
  for_all_rules(check_random);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(packing, of_no_samples)
{
  axis a = axis_of((lw_packing_rule){.ranks = 3, .paired = true}, NULL, 0);
  for (int r = 0; r < 3; r++) {
    cr_assert(a.rank[r].rows == 0 && a.rank[r].strip_count == 0 && a.rank[r].stretch_count == 0);
    cr_assert_eq(a.rank[r].stretch_first[0], 0);
  }
  axis_done(&a);
  cr_assert_eq(lw_mem_live(), 0);
}

/* 4096 tokens on 4 ranks, by hand. */
Test(packing, paired_strips_lie_as_the_header_says)
{
  const int64_t length = 4096;
  axis a = axis_of((lw_packing_rule){.ranks = 4, .paired = true}, &length, 1);
  for (int r = 0; r < 4; r++) {
    const lw_strip *s = a.rank[r].strips;
    cr_assert_eq(a.rank[r].strip_count, 2);
    cr_assert(s[0].first == 512 * r && s[0].tokens == 512 && s[0].row == 0);
    cr_assert(s[1].first == 512 * (7 - r) && s[1].tokens == 512 && s[1].row == 512);
  }
  /* The strips in the middle continue each other. */
  cr_assert_eq(a.rank[3].stretch_count, 1);
  cr_assert_eq(a.rank[2].stretch_count, 2);
  axis_done(&a);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(packing, strips_differ_by_a_block_at_most)
{
  const lw_packing_rule rule = {.ranks = 3};
  const int64_t T = 64 * 10 + 5; /* 11 blocks, the last of 5 tokens */
  const int64_t first[] = {0, 256, 512, 645};
  cr_assert_eq(lw_strips_count(lw_packing_strips(&rule)), 3);
  for (int s = 0; s <= 3; s++)
    cr_assert_eq(lw_strips_first(lw_packing_strips(&rule), T, s), first[s]);
}

/* Pairs (query, key) that the rank's tokens take part in as queries. */
static double pairs_of(const lw_packing *p, bool causal)
{
  double pairs = 0.0;
  for (int64_t i = 0; i < p->strip_count; i++) {
    const lw_strip s = p->strips[i];
    for (int64_t t = s.first; t < s.first + s.tokens; t++)
      pairs += (double)(causal ? t + 1 : p->sequences[s.sequence].tokens);
  }
  return pairs;
}

/* Long sequences that divide evenly have the same work on each rank, to the token; others to a
 * block or two. */
Test(packing, sharded_work_is_even)
{
  for (int ranks = 2; ranks <= RANKS_MOST; ranks++)
    for (int causal = 0; causal < 2; causal++)
      for (int odd = 0; odd < 2; odd++) {
        const int64_t T = 2 * ranks * 4 * BLOCK + (odd ? 3 * BLOCK - 7 : 0);
        axis a = axis_of((lw_packing_rule){.ranks = ranks, .paired = causal}, &T, 1);
        double least = INFINITY, most = 0.0, slack = odd ? 2.0 * BLOCK * (double)T : 0.0;
        for (int r = 0; r < ranks; r++) {
          const double pairs = pairs_of(&a.rank[r], causal);
          least = fmin(least, pairs);
          most = fmax(most, pairs);
        }
        cr_assert_leq(most - least, slack, "%d ranks, causal %d, odd %d", ranks, causal, odd);
        axis_done(&a);
      }
  cr_assert_eq(lw_mem_live(), 0);
}

/* One costly short sample goes where the sharded one left least work; no rank exceeds the mean by more
 * than one whole sequence. */
Test(packing, whole_sequences_fill_up_what_cut_ones_leave)
{
  static const int64_t length[] = {2 * 64 * 8 + 64 * 3, 100, 90, 80, 70, 60, 50, 40};
  for (int paired = 0; paired < 2; paired++) {
    const lw_packing_rule rule = {.ranks = 4, .paired = paired, .cost = {1, 0}};
    axis a = axis_of(rule, length, 8);
    int64_t all = 0, most = 0;
    for (int r = 0; r < 4; r++) {
      all += a.rank[r].rows;
      if (a.rank[r].rows > most) most = a.rank[r].rows;
    }
    cr_assert_leq(most, all / 4 + 100);
    axis_done(&a);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

Test(packing, memory_is_reused)
{
  static const int64_t small[] = {3, 700}, large[] = {4000, 1, 2000, 9};
  const lw_packing_rule rule = {.ranks = 2, .rank = 1, .paired = true, .chunk = 300};
  lw_packing packing = {0};
  cr_assert_eq(lw_packing_make(&packing, &rule, large, 4), LW_OK);
  const int64_t live = lw_mem_live();
  cr_assert_eq(lw_packing_make(&packing, &rule, small, 2), LW_OK);
  cr_assert_eq(lw_packing_make(&packing, &rule, large, 4), LW_OK);
  cr_assert_eq(lw_mem_live(), live);
  lw_packing_done(&packing);
  cr_assert_eq(lw_mem_live(), 0);
}
