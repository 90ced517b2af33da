#include "fused_plan.h"
#include <math.h>

enum { BLOCK = LW_FUSED_BLOCK };

/* A tile is near if query_term[I] + key_term[J] - slope * distance > 0 for the least distance
   between its tokens. Both bounds of the far field have this form, in logarithms. */

/* log of a norm; what is not finite makes every tile near, and a zero stays finite */
static double log_norm(float norm)
{
  return norm < INFINITY ? log(fmax((double)norm, 1e-300)) : (double)INFINITY;
}

/* weight_norms: whether the bound has the norms, else it is a distance alone. */
static void bound_of_norms(lw_fused_plan *plan, bool weight_norms, double limit)
{
  for (int64_t n = 0; n < plan->blocks; n++) {
    plan->query_term[n] = (weight_norms ? log_norm(plan->query_norm[n]) : 0) - log(limit);
    plan->key_term[n] = weight_norms ? log_norm(plan->key_norm[n]) : 0;
  }
}

/* Far weights of a row stay under tolerance * Z_i:  alpha w = 2 s_max + log(1/tolerance) */
static void bound_of_bias(lw_fused_plan *plan)
{
  float key = 0;
  for (int64_t n = 0; n < plan->blocks; n++) key = fmaxf(key, plan->key_norm[n]);
  for (int64_t n = 0; n < plan->blocks; n++) {
    const double score =
        (double)plan->query_norm[n] * (double)key / sqrt((double)plan->head->head_size);
    plan->query_term[n] =
        isfinite(score) ? 2 * score - log(plan->head->tolerance) : (double)INFINITY;
    plan->key_term[n] = 0;
  }
}

/* Keys before: edge[I] = the first near block of I or of any later block. The running maximum over
   J makes the near blocks a suffix; edge only falls as I does, so all takes O(blocks). */
static void widen_before(const lw_fused_plan *plan, double slope, int64_t *edge)
{
  double *const key = plan->key_term;
  for (int64_t J = 0; J < plan->blocks; J++) {
    key[J] += slope * BLOCK * (double)J;
    if (J > 0) key[J] = fmax(key[J], key[J - 1]);
  }
  for (int64_t I = plan->blocks - 1; I >= 0; I--) {
    if (I + 1 < plan->blocks && edge[I + 1] < edge[I]) edge[I] = edge[I + 1];
    const double threshold = slope * (double)(BLOCK * I - (BLOCK - 1)) - plan->query_term[I];
    while (edge[I] > 0 && key[edge[I] - 1] > threshold) edge[I]--;
  }
}

/* The mirror image: edge[I] = one past the last near block of I or of any earlier one. */
static void widen_after(const lw_fused_plan *plan, double slope, int64_t *edge)
{
  double *const key = plan->key_term;
  const int64_t blocks = plan->blocks;
  for (int64_t J = blocks - 1; J >= 0; J--) {
    key[J] -= slope * BLOCK * (double)J;
    if (J + 1 < blocks) key[J] = fmax(key[J], key[J + 1]);
  }
  for (int64_t I = 0; I < blocks; I++) {
    if (I > 0 && edge[I - 1] > edge[I]) edge[I] = edge[I - 1];
    const double threshold = -slope * (double)(BLOCK * I + BLOCK - 1) - plan->query_term[I];
    while (edge[I] < blocks && key[edge[I]] > threshold) edge[I]++;
  }
}

typedef enum bound_kind { BOUND_NORMS, BOUND_DISTANCE, BOUND_BIAS } bound_kind;

static void bound(lw_fused_plan *plan, bound_kind kind, double limit)
{
  if (kind == BOUND_BIAS)
    bound_of_bias(plan);
  else
    bound_of_norms(plan, kind == BOUND_NORMS, limit);
}

static void widen(lw_fused_plan *plan, bound_kind kind, double limit, double slope)
{
  int64_t *const *edge = plan->far_edge[LW_FUSED_KEYS];
  bound(plan, kind, limit);
  widen_before(plan, slope, edge[LW_FUSED_BEFORE]);
  if (plan->head->causal) return;
  bound(plan, kind, limit);
  widen_after(plan, slope, edge[LW_FUSED_AFTER]);
}

/* The far edges of an expansion, from nothing near but the diagonal. With b = |q| |k| / sqrt(d)
   and the largest lambda of the tile:
     one    lambda b <= sqrt(2 tolerance) for the weights: exp(x) - 1 - x <= tolerance;
            lambda^2 b <= tolerance / 8 for the gradients, from which terms lambda x are missing
     zero   lambda b <= tolerance for the weights: exp(x) - 1 <= tolerance;
            lambda <= tolerance / 32 for the gradients, from which all terms lambda are missing
   8 and 32 are measured: gradients do not have the many far keys of a denominator to hide an error
   behind. With them 1e-4 still gives results exact to float32; they cost 1/alpha and 3.5/alpha
   tokens where they decide. */
static void set_edges(lw_fused_plan *plan, lw_fused_far far)
{
  const double alpha = (double)plan->head->alpha, tolerance = plan->head->tolerance;
  const double root = sqrt((double)plan->head->head_size);
  for (int64_t I = 0; I < plan->blocks; I++) {
    plan->far_edge[LW_FUSED_KEYS][LW_FUSED_BEFORE][I] = far == LW_FUSED_FAR_NONE ? 0 : I;
    plan->far_edge[LW_FUSED_KEYS][LW_FUSED_AFTER][I] =
        far == LW_FUSED_FAR_NONE && !plan->head->causal ? plan->blocks : I + 1;
  }
  if (far == LW_FUSED_FAR_DROP) widen(plan, BOUND_BIAS, 0, alpha);
  if (far == LW_FUSED_FAR_ONE) {
    widen(plan, BOUND_NORMS, root * sqrt(2 * tolerance), alpha);
    widen(plan, BOUND_NORMS, root * tolerance / 8, 2 * alpha);
  }
  if (far == LW_FUSED_FAR_ZERO) {
    widen(plan, BOUND_NORMS, root * tolerance, alpha);
    widen(plan, BOUND_DISTANCE, tolerance / 32, alpha);
  }
}

static int64_t near_tiles(const lw_fused_plan *plan)
{
  int64_t near = 0;
  for (int64_t I = 0; I < plan->blocks; I++)
    near += plan->far_edge[LW_FUSED_KEYS][LW_FUSED_AFTER][I] -
            plan->far_edge[LW_FUSED_KEYS][LW_FUSED_BEFORE][I];
  return near;
}

/* Cost of an expansion in tiles: sums cost, each block, about as much as this many tiles. */
static double cost(lw_fused_plan *plan, lw_fused_far far)
{
  static const double sums[] = {[LW_FUSED_FAR_ZERO] = 0.2, [LW_FUSED_FAR_ONE] = 1.5};
  set_edges(plan, far);
  return (double)near_tiles(plan) + sums[far] * (double)plan->blocks;
}

static lw_fused_far best(lw_fused_plan *plan)
{
  const lw_fused_head *head = plan->head;
  if (!lw_fused_may_be_far(head)) return LW_FUSED_FAR_NONE;
  if (head->locality != LW_LOCALITY_SCALE) return LW_FUSED_FAR_DROP;
  lw_fused_far chosen = LW_FUSED_FAR_NONE;
  double least = cost(plan, chosen);
  for (lw_fused_far far = LW_FUSED_FAR_ZERO; far <= LW_FUSED_FAR_ONE; far++) {
    if (head->order == LW_FUSED_ORDER_ZERO && far != LW_FUSED_FAR_ZERO) continue;
    if (head->order == LW_FUSED_ORDER_ONE && far != LW_FUSED_FAR_ONE) continue;
    const double now = cost(plan, far);
    if (now >= least && head->order == LW_FUSED_ORDER_BEST) continue;
    least = now;
    chosen = far;
  }
  return chosen;
}

/* Far queries of key block J: those before the first I with after[I] > J, and those from the first
   I with before[I] > J on. */
static void set_query_edges(lw_fused_plan *plan)
{
  int64_t *const *keys = plan->far_edge[LW_FUSED_KEYS];
  int64_t *const *queries = plan->far_edge[LW_FUSED_QUERIES];
  int64_t before = 0, after = 0;
  for (int64_t J = 0; J < plan->blocks; J++) {
    while (before < plan->blocks && keys[LW_FUSED_AFTER][before] <= J) before++;
    while (after < plan->blocks && keys[LW_FUSED_BEFORE][after] <= J) after++;
    queries[LW_FUSED_BEFORE][J] = before;
    queries[LW_FUSED_AFTER][J] = after;
  }
}

void lw_fused_plan_ranges(lw_fused_plan *plan)
{
  const int64_t all = plan->blocks * plan->blocks;
  plan->far = best(plan);
  set_edges(plan, plan->far);
  set_query_edges(plan);
  plan->tiles.near = near_tiles(plan);
  plan->tiles.masked = plan->head->causal ? (all - plan->blocks) / 2 : 0;
  plan->tiles.far = all - plan->tiles.masked - plan->tiles.near;
}
