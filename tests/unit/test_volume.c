/* The formulas of what travels against closed forms that are derived by hand. */
#include "longwave/attention/volume.h"
#include "longwave/train/volume.h"
#include <criterion/criterion.h>
#include <math.h>

static const int64_t length = 7680; /* divisible by the strips of all rank counts below */

enum { HEADS = 4 };
static lw_attention_reach reach[HEADS];

/* All heads alike. */
static void set_reach(double ring, double width)
{
  for (int c = 0; c < HEADS; c++) reach[c] = (lw_attention_reach){ring, width};
}

static lw_attention_volume_shape base_shape(int ranks, int place)
{
  set_reach(0, 0);
  return (lw_attention_volume_shape){.sequence = ranks,
                                     .rank = place,
                                     .causal = true,
                                     .paired = true,
                                     .width = 32,
                                     .heads = HEADS,
                                     .reach = reach,
                                     .decayed = HEADS,
                                     .scanned = true,
                                     .window = 5};
}

static double bytes_of(const lw_attention_volume_shape *shape, lw_traffic_kind kind)
{
  double numbers[LW_TRAFFIC_KINDS] = {0};
  lw_attention_volume(shape, length, numbers);
  return 4.0 * numbers[kind];
}

static void expect(double got, double want, const char *what, int p, int r)
{
  cr_assert_float_eq(got, want, 1e-6 * fmax(1.0, want), "%s, rank %d of %d: %g, not %g", what, r, p,
                     got, want);
}

/* Tokens T of 2 d numbers: causal and paired (p-1+r) T/2p forward, 3 (p-1) T/2p backward; causal
   and contiguous (p-1-r) T/p and (p-1) T/p; bidirectional (p-1) T/p and 2 (p-1) T/p. */
Test(volume, of_heads_that_see_all_keys)
{
  const double T = (double)length, numbers = 2 * 8 * 4;
  for (int p = 1; p <= 6; p++)
    for (int r = 0; r < p; r++) {
      lw_attention_volume_shape shape = base_shape(p, r);
      reach[2].ring = 1;
      expect(bytes_of(&shape, LW_TRAFFIC_RING), numbers * (4 * (p - 1) + r) * T / (2 * p), "paired",
             p, r);
      shape.paired = false;
      expect(bytes_of(&shape, LW_TRAFFIC_RING), numbers * (2 * (p - 1) - r) * T / p, "contiguous",
             p, r);
      shape.causal = false;
      expect(bytes_of(&shape, LW_TRAFFIC_RING), numbers * 3 * (p - 1) * T / p, "bidirectional", p,
             r);
      expect(bytes_of(&shape, LW_TRAFFIC_HALO), 0, "no width", p, r);
    }
}

/* A boundary with another rank costs its left side 4 d w numbers, its right side 2 d w. */
Test(volume, of_near_heads_goes_by_the_boundaries)
{
  const double w = 100, each = 4 * 8 * w * 4; /* 4 heads, numbers of d = 8, 4 bytes */
  for (int p = 2; p <= 6; p++)
    for (int r = 0; r < p; r++) {
      lw_attention_volume_shape shape = base_shape(p, r);
      set_reach(0, w);
      /* Strip r has a left neighbour unless r = 0 and a right one unless r = p-1; strip 2p-1-r has
         the same, mirrored. */
      const int left = r > 0, right = r < p - 1;
      expect(bytes_of(&shape, LW_TRAFFIC_HALO),
             each * (4 * right + 2 * left + 4 * left + 2 * right), "paired", p, r);
      shape.paired = false;
      expect(bytes_of(&shape, LW_TRAFFIC_HALO), each * (4 * right + 2 * left), "contiguous", p, r);
      shape.causal = false;
      expect(bytes_of(&shape, LW_TRAFFIC_HALO), each * 6 * (left + right), "bidirectional", p, r);
      expect(bytes_of(&shape, LW_TRAFFIC_SMOOTH), 4.0 * 32 * (left + right) * 4, "smooth", p, r);
    }
}

/* A window of all keys is what the ring brings, but with two strips it comes for each. */
Test(volume, of_a_width_that_reaches_everything_is_that_of_a_ring)
{
  lw_attention_volume_shape shape = base_shape(5, 2);
  shape.paired = false;
  set_reach(0, (double)length);
  const double near = bytes_of(&shape, LW_TRAFFIC_HALO);
  set_reach(1, 0);
  expect(near, bytes_of(&shape, LW_TRAFFIC_RING), "width T", 5, 2);
}

/* 3 strips in a row, d^2 + 3 d = 88: strip 0 sends to 1 and 2, strip 1 to 2; back the mirror. */
Test(volume, of_scans_and_plans)
{
  static const int messages[] = {2 * 2 + 0, 2 * 1 + 1, 2 * 0 + 2};
  for (int r = 0; r < 3; r++) {
    lw_attention_volume_shape shape = base_shape(3, r);
    shape.paired = false;
    expect(bytes_of(&shape, LW_TRAFFIC_SCAN), messages[r] * 88.0 * 4 * 4, "scan", 3, r);
    expect(bytes_of(&shape, LW_TRAFFIC_PLAN), 4.0 * 4 * 120 * 2 / 3 * 4, "plan", 3, r);
    shape.scanned = false;
    expect(bytes_of(&shape, LW_TRAFFIC_SCAN), 0, "nothing to scan", 3, r);
  }
}

/* Keys and values travel with 2 numbers more; plans with a reading of 8 bytes a block and head beside
   two norms; 8 bytes a head to later strips in forward, and as many to earlier ones in backward. */
Test(volume, of_clocks)
{
  static const int later[] = {2, 1, 0}, earlier[] = {0, 1, 2};
  const double T = (double)length;
  for (int r = 0; r < 3; r++) {
    lw_attention_volume_shape shape = base_shape(3, r);
    shape.paired = shape.causal = shape.scanned = false;
    shape.moving = true;
    shape.clocked = 3;
    reach[1].ring = 1;
    expect(bytes_of(&shape, LW_TRAFFIC_RING), (2 * 8 + 2) * 4.0 * 3 * 2 * T / 3, "ring", 3, r);
    expect(bytes_of(&shape, LW_TRAFFIC_PLAN), (4.0 * 8 + 3.0 * 8) * 120 * 2 / 3 * 2, "plan", 3, r);
    expect(bytes_of(&shape, LW_TRAFFIC_SCAN), 0, "nothing to sum", 3, r);
    shape.summed = true;
    expect(bytes_of(&shape, LW_TRAFFIC_SCAN), later[r] * 8.0 * HEADS, "sums", 3, r);
    shape.summed_back = true;
    expect(bytes_of(&shape, LW_TRAFFIC_SCAN), (later[r] + earlier[r]) * 8.0 * HEADS,
           "sums, and back", 3, r);
  }
}

/* Two blocks of a layer that sends 7 numbers, with batch norm, over 4 ranks, two on each axis. */
static void sent(const void *layer, const lw_packing *packing, double bytes[LW_TRAFFIC_KINDS])
{
  (void)layer;
  bytes[LW_TRAFFIC_HALO] += 28.0 * (double)packing->samples;
}

Test(volume, of_a_step_is_the_sum_of_its_parts)
{
  static const lw_layer_kind kind = {.name = "sender", .sent = sent};
  const lw_norm norm = {.kind = LW_NORM_BATCH, .C = 32};
  lw_world axis = {.size = 2}, world = {.size = 4, .data = &axis, .sequence = &axis};
  lw_block blocks[2] = {{.count = 1, .part = {{.kind = &kind, .norm = norm}}}};
  blocks[1] = blocks[0];
  const lw_model model = {
      .options = {.layers = 2},
      .world = &world,
      .params = {.numbers = 1000},
      .blocks = blocks,
      .head = {.C = 32, .normed = true, .pooled = true, .pooler = {.C = 32}, .norm = norm}};
  const lw_packing packing = {.samples = 3};
  lw_volume volume[LW_TRAFFIC_KINDS];
  lw_volume_step(&model, &packing, 5, volume);
  expect(volume[LW_TRAFFIC_GRADIENT].outside, 3000, "gradient", 4, 0);
  expect(volume[LW_TRAFFIC_PARAMETERS].outside, 3000, "parameters", 4, 0);
  expect(volume[LW_TRAFFIC_HALO].block, 5 * 3 * 28, "layer", 4, 0);
  expect(volume[LW_TRAFFIC_STATISTICS].block, 5 * 130 * 8 * 1.5, "batch norm", 4, 0);
  expect(volume[LW_TRAFFIC_STATISTICS].outside, 5 * (130 * 8 * 1.5 + 3 * 32 * 4), "head", 4, 0);
  cr_assert(isnan(volume[LW_TRAFFIC_OTHER].block));
}
