#include "fused_plan.h"
#include <math.h>

enum { BLOCK = LW_FUSED_BLOCK };

/* A search for what is near. A tile is near if query_term[I] + key_term[J] - slope * distance > 0
   for the least distance between its tokens. Both bounds of the far field have this form, in
   logarithms. Of a clocked head's blocks the readings of the first tokens are known, and the last
   token of a block reads no more than the first of the next. */
typedef struct search {
  const lw_fused_head *head;
  int64_t blocks;
  const float *query_norm, *key_norm;
  const double *readings; /* NULL: positions */
  double *query_term, *key_term;
  int64_t *const *edge;
} search;

/* log of a norm; what is not finite makes every tile near, and a zero stays finite */
static double log_norm(float norm)
{
  return norm < INFINITY ? log(fmax((double)norm, 1e-300)) : (double)INFINITY;
}

/* weight_norms: whether the bound has the norms, else it is a distance alone. */
static void bound_of_norms(const search *s, bool weight_norms, double limit)
{
  for (int64_t n = 0; n < s->blocks; n++) {
    s->query_term[n] = (weight_norms ? log_norm(s->query_norm[n]) : 0) - log(limit);
    s->key_term[n] = weight_norms ? log_norm(s->key_norm[n]) : 0;
  }
}

/* Far weights of a row stay under limit * Z_i from distance w on, with alpha w = g + log(1/limit).
   A far key has at most exp(s - alpha w), s being the largest score, and the near ones together
     bias   at least exp(-s) of what they would have without scores: g = 2 s;
     both   at least exp(-lambda_m s) of what those from distance m on would have, for any m, and a
            far key's score is decayed to nothing: g = s with m = 0, log s + 1 + alpha with the m at
            which lambda_m s falls to 1.
   That part is missing from y, and from dq, dk and dv as well. The limit is tolerance / 64, so that
   with 1e-5 it is as small as float32 rounding; it costs 4.2/alpha tokens.
   A bias b per distance moves the ratio by its greatest less its least value at most.
   A clock may stand still, so many keys can be equally far: there the bound has the sum over all
   keys beyond an edge (add_block), and of the near ones the query itself, at distance 0. */
static double least_margin(const lw_fused_head *head, double score)
{
  if (head->locality == LW_LOCALITY_BIAS) return 2 * score;
  if (head->clocked) return score;
  return fmin(score, log(fmax(score, 1)) + 1 + (double)head->alpha);
}

/* Greatest less least b; infinite if one is not finite. */
static double spread_of(const lw_fused_head *head)
{
  const int64_t buckets = lw_relative_buckets(&head->relative);
  double least = buckets > 0 ? (double)head->bias[0] : 0, most = least;
  for (int64_t n = 0; n < buckets; n++) {
    if (!isfinite(head->bias[n])) return (double)INFINITY;
    least = fmin(least, (double)head->bias[n]);
    most = fmax(most, (double)head->bias[n]);
  }
  return most - least;
}

static void bound_of_bias(const search *s)
{
  const double limit = s->head->tolerance / LW_FUSED_DROPS, spread = spread_of(s->head);
  float key = 0;
  for (int64_t n = 0; n < s->blocks; n++) key = fmaxf(key, s->key_norm[n]);
  for (int64_t n = 0; n < s->blocks; n++) {
    const double score = (double)s->query_norm[n] * (double)key / sqrt((double)s->head->head_size);
    s->query_term[n] =
        isfinite(score) ? least_margin(s->head, score) + spread - log(limit) : (double)INFINITY;
    s->key_term[n] = s->readings ? log(BLOCK) : 0;
  }
}

/* Where a distance begins and ends: the last token of block J before, or the first token of J
   behind. Positions count from the last token of block 0 and from the first one. */
static double end_of(const search *s, int64_t J)
{
  if (!s->readings) return (double)(BLOCK * J);
  return s->readings[J + 1 < s->blocks ? J + 1 : J];
}

static double begin_of(const search *s, int64_t J)
{
  return s->readings ? s->readings[J] : (double)(BLOCK * J);
}

/* The term of a block joins that of all blocks further off: the greatest; of dropped keys of a
   clocked head their sum. */
static double add_block(const search *s, double further, double term)
{
  const double most = fmax(further, term);
  if (!s->readings || s->head->locality == LW_LOCALITY_SCALE) return most;
  return most < INFINITY ? most + log1p(exp(fmin(further, term) - most)) : most;
}

/* Keys before: edge[I] = the first near block of I or of any later block. The running maximum over
   J makes the near blocks a suffix; edge only falls as I does, so all takes O(blocks). */
static void widen_before(const search *s, double slope, int64_t *edge)
{
  double *const key = s->key_term;
  for (int64_t J = 0; J < s->blocks; J++) {
    key[J] += slope * end_of(s, J);
    if (J > 0) key[J] = add_block(s, key[J - 1], key[J]);
  }
  for (int64_t I = s->blocks - 1; I >= 0; I--) {
    if (I + 1 < s->blocks && edge[I + 1] < edge[I]) edge[I] = edge[I + 1];
    const double first = begin_of(s, I) - (s->readings ? 0 : BLOCK - 1);
    const double threshold = slope * first - s->query_term[I];
    while (edge[I] > 0 && key[edge[I] - 1] > threshold) edge[I]--;
  }
}

/* The mirror image: edge[I] = one past the last near block of I or of any earlier one. */
static void widen_after(const search *s, double slope, int64_t *edge)
{
  double *const key = s->key_term;
  const int64_t blocks = s->blocks;
  for (int64_t J = blocks - 1; J >= 0; J--) {
    key[J] -= slope * begin_of(s, J);
    if (J + 1 < blocks) key[J] = add_block(s, key[J + 1], key[J]);
  }
  for (int64_t I = 0; I < blocks; I++) {
    if (I > 0 && edge[I - 1] > edge[I]) edge[I] = edge[I - 1];
    const double last = end_of(s, I) + (s->readings ? 0 : BLOCK - 1);
    const double threshold = -slope * last - s->query_term[I];
    while (edge[I] < blocks && key[edge[I]] > threshold) edge[I]++;
  }
}

typedef enum bound_kind { BOUND_NORMS, BOUND_DISTANCE, BOUND_BIAS } bound_kind;

static void bound(const search *s, bound_kind kind, double limit)
{
  if (kind == BOUND_BIAS)
    bound_of_bias(s);
  else
    bound_of_norms(s, kind == BOUND_NORMS, limit);
}

static void widen(const search *s, bound_kind kind, double limit, double slope)
{
  int64_t *const *edge = s->edge;
  bound(s, kind, limit);
  widen_before(s, slope, edge[LW_FUSED_BEFORE]);
  if (s->head->causal) return;
  bound(s, kind, limit);
  widen_after(s, slope, edge[LW_FUSED_AFTER]);
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
static void set_edges(const search *s, lw_fused_far far)
{
  const double alpha = s->readings ? 1 : (double)s->head->alpha;
  const double tolerance = s->head->tolerance;
  const double root = sqrt((double)s->head->head_size);
  for (int64_t I = 0; I < s->blocks; I++) {
    s->edge[LW_FUSED_BEFORE][I] = far == LW_FUSED_FAR_NONE ? 0 : I;
    s->edge[LW_FUSED_AFTER][I] = far == LW_FUSED_FAR_NONE && !s->head->causal ? s->blocks : I + 1;
  }
  if (far == LW_FUSED_FAR_DROP) widen(s, BOUND_BIAS, 0, alpha);
  if (far == LW_FUSED_FAR_ONE) {
    widen(s, BOUND_NORMS, root * sqrt(2 * tolerance), alpha);
    widen(s, BOUND_NORMS, root * tolerance / 8, 2 * alpha);
  }
  if (far == LW_FUSED_FAR_ZERO) {
    widen(s, BOUND_NORMS, root * tolerance, alpha);
    widen(s, BOUND_DISTANCE, tolerance / 32, alpha);
  }
}

static int64_t near_tiles(const search *s)
{
  int64_t near = 0;
  for (int64_t I = 0; I < s->blocks; I++)
    near += s->edge[LW_FUSED_AFTER][I] - s->edge[LW_FUSED_BEFORE][I];
  return near;
}

/* Cost of an expansion in tiles: sums cost, each block, about as much as this many tiles. */
static double cost(const search *s, lw_fused_far far)
{
  static const double sums[] = {[LW_FUSED_FAR_ZERO] = 0.2, [LW_FUSED_FAR_ONE] = 1.5};
  set_edges(s, far);
  return (double)near_tiles(s) + sums[far] * (double)s->blocks;
}

static lw_fused_far best(const search *s)
{
  const lw_fused_head *head = s->head;
  if (head->locality != LW_LOCALITY_SCALE) return LW_FUSED_FAR_DROP;
  lw_fused_far chosen = LW_FUSED_FAR_NONE;
  double least = cost(s, chosen);
  for (lw_fused_far far = LW_FUSED_FAR_ZERO; far <= LW_FUSED_FAR_ONE; far++) {
    if (head->order == LW_FUSED_ORDER_ZERO && far != LW_FUSED_FAR_ZERO) continue;
    if (head->order == LW_FUSED_ORDER_ONE && far != LW_FUSED_FAR_ONE) continue;
    const double now = cost(s, far);
    if (now >= least && head->order == LW_FUSED_ORDER_BEST) continue;
    least = now;
    chosen = far;
  }
  return chosen;
}

void lw_fused_find_near(const lw_fused_head *shape, const float *query_norms,
                        const float *key_norms, const double *readings, double *scratch,
                        lw_fused_near *near)
{
  const int64_t blocks = lw_fused_whole(shape->queries, BLOCK) / BLOCK;
  const search s = {.head = shape,
                    .blocks = blocks,
                    .query_norm = query_norms,
                    .key_norm = key_norms,
                    .readings = readings,
                    .query_term = scratch,
                    .key_term = scratch + blocks,
                    .edge = near->edge};
  near->blocks = blocks;
  near->far = lw_fused_must_find(shape) ? best(&s) : LW_FUSED_FAR_NONE;
  set_edges(&s, near->far);
}

/* Without far tiles: all that the mask allows. */
static void set_all(const lw_fused_plan *plan)
{
  const int64_t keys = plan->blocks[LW_FUSED_KEYS];
  for (int64_t I = 0; I < plan->blocks[LW_FUSED_QUERIES]; I++) {
    const int64_t allowed = I + plan->shift + 1;
    plan->far_edge[LW_FUSED_KEYS][LW_FUSED_BEFORE][I] = 0;
    plan->far_edge[LW_FUSED_KEYS][LW_FUSED_AFTER][I] =
        plan->head->causal && allowed < keys ? allowed : keys;
  }
}

/* What is near of the whole sequence, of that what is here. */
static void set_part(const lw_fused_plan *plan)
{
  const lw_fused_head *head = plan->head;
  const int64_t keys = plan->blocks[LW_FUSED_KEYS];
  for (int side = 0; side < LW_FUSED_SIDES; side++)
    for (int64_t I = 0; I < plan->blocks[LW_FUSED_QUERIES]; I++) {
      const int64_t edge = plan->near.edge[side][head->first_query + I] - head->first_key;
      plan->far_edge[LW_FUSED_KEYS][side][I] = edge < 0 ? 0 : edge > keys ? keys : edge;
    }
}

/* Far queries of key block J: those before the first I with after[I] > J, and those from the first
   I with before[I] > J on. */
static void set_query_edges(const lw_fused_plan *plan)
{
  int64_t *const *keys = plan->far_edge[LW_FUSED_KEYS];
  int64_t *const *queries = plan->far_edge[LW_FUSED_QUERIES];
  const int64_t count = plan->blocks[LW_FUSED_QUERIES];
  int64_t before = 0, after = 0;
  for (int64_t J = 0; J < plan->blocks[LW_FUSED_KEYS]; J++) {
    while (before < count && keys[LW_FUSED_AFTER][before] <= J) before++;
    while (after < count && keys[LW_FUSED_BEFORE][after] <= J) after++;
    queries[LW_FUSED_BEFORE][J] = before;
    queries[LW_FUSED_AFTER][J] = after;
  }
}

void lw_fused_plan_edges(lw_fused_plan *plan)
{
  int64_t *const *edge = plan->far_edge[LW_FUSED_KEYS];
  const int64_t keys = plan->blocks[LW_FUSED_KEYS];
  if (plan->near.far == LW_FUSED_FAR_NONE)
    set_all(plan);
  else
    set_part(plan);
  set_query_edges(plan);
  plan->tiles = (lw_fused_tiles){0};
  for (int64_t I = 0; I < plan->blocks[LW_FUSED_QUERIES]; I++) {
    const int64_t allowed = I + plan->shift + 1;
    plan->tiles.near += edge[LW_FUSED_AFTER][I] - edge[LW_FUSED_BEFORE][I];
    if (plan->head->causal && allowed < keys) plan->tiles.masked += keys - allowed;
  }
  plan->tiles.far = plan->blocks[LW_FUSED_QUERIES] * keys - plan->tiles.masked - plan->tiles.near;
}

void lw_fused_plan_relative(const lw_fused_plan *plan)
{
  const float log2_e = 1.44269504f;
  const lw_fused_head *head = plan->head;
  const int64_t keys = BLOCK * plan->blocks[LW_FUSED_KEYS];
  const int64_t distances = keys + BLOCK * plan->blocks[LW_FUSED_QUERIES];
  const int64_t sums = plan->segments[LW_FUSED_QUERIES] * lw_relative_buckets(&head->relative);
  for (int64_t n = 0; plan->relative && n < distances; n++) {
    plan->bucket[n] = (int32_t)lw_relative_bucket(&head->relative, head->ahead + n - (keys - 1));
    plan->relative[n] = -log2_e * head->bias[plan->bucket[n]];
  }
  for (int64_t n = 0; n < sums; n++) plan->dbias[n] = 0;
}

void lw_fused_plan_dbias(const lw_fused_plan *plan)
{
  const int64_t buckets = lw_relative_buckets(&plan->head->relative);
  double *to = plan->gradient->dbias;
  for (int64_t s = 0; to && s < plan->segments[LW_FUSED_QUERIES]; s++)
    for (int64_t b = 0; b < buckets; b++) to[b] += plan->dbias[s * buckets + b];
}
