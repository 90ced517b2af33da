/* A kernel backend of the fused attention as a new one would be written: every allowed key by
   itself, in double, one thread a head. It has no tiles and no far field. Tests that are linked with
   this file have the table at its end in place of the program's (src/attention/engines.c). */
#include "longwave/attention/attention.h"
#include <math.h>
#include <string.h>

/* What a query and a key are to each other: x_ij, and its derivative by q_i . k_j. */
typedef struct pair {
  double x, slope;
} pair;

static double dot(const float *a, const float *b, int64_t count)
{
  double sum = 0.0;
  for (int64_t c = 0; c < count; c++) sum += (double)a[c] * b[c];
  return sum;
}

static pair pair_of(const lw_fused_head *head, int64_t i, int64_t j)
{
  const double far = (double)head->alpha * fabs((double)(head->ahead + i - j));
  const double slope =
      (head->locality == LW_LOCALITY_BIAS ? 1.0 : exp(-far)) / sqrt((double)head->head_size);
  const double product =
      dot(head->q + i * head->q_stride, head->k + j * head->k_stride, head->head_size);
  return (pair){slope * product - (head->locality == LW_LOCALITY_SCALE ? 0.0 : far), slope};
}

/* Keys [0, end) are allowed to query i. */
static int64_t end_of(const lw_fused_head *head, int64_t i)
{
  const int64_t end = head->ahead + i + 1;
  return head->causal && end < head->keys ? end : head->keys;
}

/* Numbers of work memory a head: three for each of its queries or keys. */
static int64_t room_of(const lw_fused_head *heads, int64_t count)
{
  int64_t most = 0;
  for (int64_t n = 0; n < count; n++) {
    if (heads[n].queries > most) most = heads[n].queries;
    if (heads[n].keys > most) most = heads[n].keys;
  }
  return 3 * most;
}

static int64_t memory(const lw_fused_head *heads, int64_t count)
{
  return count * room_of(heads, count) * (int64_t)sizeof(double);
}

/* Row i of y. With keys in several calls y and total are relative to e^lse. weight: work memory */
static void forward_row(const lw_fused_head *head, int64_t i, double *weight)
{
  const int64_t end = end_of(head, i);
  float *y = head->y + i * head->y_stride;
  double most = head->resumed ? head->lse[i] : -INFINITY;
  for (int64_t j = 0; j < end; j++) most = fmax(most, weight[j] = pair_of(head, i, j).x);
  const double before = head->resumed ? exp(head->lse[i] - most) : 0.0;
  double total = head->resumed ? before * head->total[i] : 0.0;
  for (int64_t j = 0; j < end; j++) total += weight[j] = exp(weight[j] - most);
  for (int64_t c = 0; c < head->head_size; c++) {
    double sum = head->resumed ? before * y[c] : 0.0;
    for (int64_t j = 0; j < end; j++) sum += weight[j] * head->v[j * head->v_stride + c];
    y[c] = (float)(head->total ? sum : sum / total);
  }
  head->lse[i] = (float)(head->total ? most : most + log(total));
  if (head->total) head->total[i] = (float)total;
}

static void forward(const lw_fused_head *heads, int64_t count, void *work, lw_fused_tiles *tiles)
{
  const int64_t room = room_of(heads, count);
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < count; n++)
    for (int64_t i = 0; i < heads[n].queries; i++)
      forward_row(&heads[n], i, (double *)work + n * room);
  if (tiles) *tiles = (lw_fused_tiles){0};
}

static void finish(const lw_fused_head *heads, int64_t count)
{
  for (const lw_fused_head *head = heads; head < heads + count; head++)
    for (int64_t i = 0; i < head->queries; i++) {
      float *y = head->y + i * head->y_stride;
      for (int64_t c = 0; c < head->head_size; c++) y[c] /= head->total[i];
      head->lse[i] += logf(head->total[i]);
    }
}

/* a_ij, and what it adds to dq_i for a k_j and to dk_j for a q_i. */
static double weight_of(const lw_fused_head *head, const lw_fused_gradient *gradient, int64_t i,
                        int64_t j, double D, double *dx)
{
  const pair at = pair_of(head, i, j);
  const double a = exp(at.x - head->lse[i]);
  const float *dy = gradient->dy + i * head->y_stride;
  *dx = a * (dot(dy, head->v + j * head->v_stride, head->head_size) - D) * at.slope;
  return a;
}

/* to = sum of weight[n] rows[n], n in [first, end), or more by it. */
static void sum_rows(const double *weight, const float *rows, int64_t stride, int64_t first,
                     int64_t end, int64_t d, bool added, float *to)
{
  for (int64_t c = 0; c < d; c++) {
    double sum = added ? to[c] : 0.0;
    for (int64_t n = first; n < end; n++) sum += weight[n] * rows[n * stride + c];
    to[c] = (float)sum;
  }
}

/* work [3 max(queries, keys)]: D, weights, their gradients */
static void backward_head(const lw_fused_head *head, const lw_fused_gradient *gradient,
                          double *work)
{
  const int64_t d = head->head_size, keys = head->keys, queries = head->queries;
  const int64_t most = keys > queries ? keys : queries;
  double *D = work, *a = work + most, *dx = work + 2 * most;
  for (int64_t i = 0; i < queries; i++) {
    const int64_t end = end_of(head, i);
    D[i] = dot(gradient->dy + i * head->y_stride, head->y + i * head->y_stride, d);
    for (int64_t j = 0; j < end; j++) weight_of(head, gradient, i, j, D[i], &dx[j]);
    sum_rows(dx, head->k, head->k_stride, 0, end, d, gradient->added,
             gradient->dq + i * gradient->dq_stride);
  }
  for (int64_t j = 0; j < keys; j++) {
    const int64_t first = head->causal && j > head->ahead ? j - head->ahead : 0;
    for (int64_t i = first; i < queries; i++) a[i] = weight_of(head, gradient, i, j, D[i], &dx[i]);
    sum_rows(dx, head->q, head->q_stride, first, queries, d, gradient->added,
             gradient->dk + j * gradient->dk_stride);
    sum_rows(a, gradient->dy, head->y_stride, first, queries, d, gradient->added,
             gradient->dv + j * gradient->dv_stride);
  }
}

static void backward(const lw_fused_head *heads, const lw_fused_gradient *gradients, int64_t count,
                     void *work)
{
  const int64_t room = room_of(heads, count);
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < count; n++)
    backward_head(&heads[n], &gradients[n], (double *)work + n * room);
}

static const char *const sets[] = {"double", NULL};

static const char *set(void)
{
  return sets[0];
}

static bool force_set(const char *name)
{
  return !name || !strcmp(name, sets[0]);
}

static const lw_fused_backend lw_fused_double = {.memory = memory,
                                                 .forward = forward,
                                                 .finish = finish,
                                                 .backward = backward,
                                                 .instruction_sets = sets,
                                                 .instruction_set = set,
                                                 .force_instruction_set = force_set};

#define ENGINES(row)                                                                               \
  row("fused", lw_attention_fused, &lw_fused_float32)                                              \
      row("double", lw_attention_fused, &lw_fused_double)                                          \
          row("scalapack", lw_attention_scalapack, NULL)

LW_ATTENTION_TABLE(ENGINES)
