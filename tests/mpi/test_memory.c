/* Memory foretold: enough, not by much, and refusals whose advice helps. */
#include "longwave/base/mem.h"
#include "longwave/train/memory.h"
#include "longwave/train/optimizer.h"
#include "mpi_case.h"
#include "tiny_model.h"

static lw_status outline(const lw_job *job, const lw_model_data *data, const lw_world *world,
                         lw_model **out)
{
  const lw_model_design design = lw_job_design(job, data);
  return lw_model_outline(&design, &job->execution, world, out);
}

typedef struct shared_tokens {
  int64_t T;
  int S;
  int64_t tokens;
} shared_tokens;

/* Tokens that a rank is foretold of one sample, its documents of T tokens over S ranks. */
static void check_tokens(const lw_world *world, bool pairs, const shared_tokens *cases, int count)
{
  static lw_job job;
  lw_model *model = NULL;
  lw_model_data data = tiny_data(&lw_input_tokens, 1);
  if (pairs) data.objective = &lw_objective_pair_class;
  FINE(tiny_job("", &job));
  FINE(outline(&job, &data, world, &model));
  for (int i = 0; i < count; i++) {
    lw_memory_case at = {
        .samples = 1, .longest = cases[i].T, .ranks = cases[i].S, .sequence = cases[i].S};
    int64_t tokens = lw_memory_estimate(model, &at).tokens;
    CHECK(tokens == cases[i].tokens, "%lld over %d: %lld", (long long)cases[i].T, cases[i].S,
          (long long)tokens);
  }
  lw_model_destroy(&model);
}

MPI_TEST(tokens_are_shared_by_whole_blocks, 1)
{
  static const shared_tokens cases[] = {{1000, 1, 1000}, {1000, 2, 512},  {1024, 2, 512},
                                        {1025, 2, 640},  {4096, 3, 1408}, {10, 4, 10},
                                        {1, 1, 1}};
  check_tokens(world, false, cases, sizeof cases / sizeof *cases);
}

MPI_TEST(pairs_are_two_documents_of_full_length, 1)
{
  static const shared_tokens cases[] = {{1000, 1, 2000}, {1000, 2, 1024}, {10, 1, 20}, {10, 2, 10}};
  check_tokens(world, true, cases, sizeof cases / sizeof *cases);
}

/* A pass of all samples on this rank and an optimizer, against what was foretold for that. */
MPI_TEST_1234(enough_is_foretold)
{
  static lw_job job;
  for (int again = 0; again <= 1; again++) {
    lw_model *model = NULL;
    lw_optimizer optimizer;
    lw_gradient gradient;
    lw_batch batch;
    lw_model_data data = tiny_data(&lw_input_tokens, 60);
    FINE(tiny_job("model.width=32 model.layers=3", &job));
    FINE(tiny_batch(false, 60, NULL, 0, &(lw_packing_rule){.ranks = 1}, &batch));
    int64_t before = lw_mem_live();
    job.execution.recompute = again;
    FINE(outline(&job, &data, world, &model));
    FINE(lw_model_allocate(model));
    FINE(lw_optimizer_init(&optimizer, lw_optimizer_of(&job.optimizer), &model->params, world));
    FINE(lw_gradient_init(&gradient, &optimizer.shard));
    FINE(lw_model_forward(model, &batch, LW_MODE_TRAIN, 0));
    memset(model->dlogits, 0, TINY_SAMPLES * TINY_CLASSES * sizeof *model->dlogits);
    FINE(lw_model_backward(model, model->dlogits));
    int64_t taken = lw_mem_live() - before;
    lw_memory_case at = {.samples = TINY_SAMPLES * world->size,
                         .longest = batch.rows / TINY_SAMPLES + 1,
                         .ranks = world->size,
                         .sequence = 1,
                         .recompute = again};
    lw_memory m = lw_memory_estimate(model, &at);
    /* Of the 16 MiB for what nobody can foretell, so small a pass takes hardly any: they must not
       make up for a pass that is foretold too small. */
    CHECK(taken <= m.all - (15 << 20), "%lld taken, %lld foretold", (long long)taken,
          (long long)m.all);
    CHECK(m.all - m.buffers <= taken + (1 << 20), "%lld taken, %lld foretold without buffers",
          (long long)taken, (long long)(m.all - m.buffers));
    lw_gradient_done(&gradient);
    lw_optimizer_done(&optimizer);
    lw_model_destroy(&model);
    lw_batch_done(&batch);
  }
}

/* How often a sequence axis was advised: on these ranks, on more. */
static int ways[2];

/* Follow the advice, whatever it is, and the job is taken. */
static void follow(const lw_model *model, lw_job *job, lw_memory_case at, const lw_world *world)
{
  const char *says = strstr(lw_fail_message(), "this would fit: ");
  CHECK(says, "no advice: %s", lw_fail_message());
  char advice[512], *rest = NULL;
  snprintf(advice, sizeof advice, "%s", says ? says + strlen("this would fit: ") : "");
  for (char *way = advice; way; way = rest) {
    rest = strstr(way, ", or ");
    if (rest) {
      *rest = '\0';
      rest += strlen(", or ");
    }
    lw_memory_case other = at;
    ways[!!strstr(way, "on more ranks")] += !!strstr(way, "parallel.sequence");
    long long pieces = 0;
    int S = 0;
    if (strstr(way, "parallel.recompute: true")) other.recompute = true;
    if (sscanf(way, "train.accumulation: %lld", &pieces) == 1)
      other.samples = (job->train.batch_size + pieces - 1) / pieces;
    else if (sscanf(way, "parallel.sequence: %d", &S) == 1) {
      if (strstr(way, "on more ranks")) other.ranks = other.ranks / other.sequence * S;
      other.sequence = S;
    } else
      CHECK(other.recompute, "what does '%s' mean", way);
    CHECK(lw_memory_check(model, job, &other, world) == LW_OK, "after '%s': %s", way,
          lw_fail_message());
  }
}

MPI_TEST(advice_helps, 2)
{
  static lw_job job;
  lw_model *model = NULL;
  lw_model_data data = tiny_data(&lw_input_tokens, 1);
  int refused = 0;
  FINE(tiny_job("model.width=64 model.layers=6 train.batch_size=16", &job));
  FINE(outline(&job, &data, world, &model));
  lw_memory_case at = lw_memory_case_of(&job, 5000, world);
  CHECK(at.samples == 16 && at.longest == 5000 && at.ranks == 2 && at.sequence == 1 &&
            !at.recompute,
        "another case");
  const double all = (double)lw_memory_estimate(model, &at).all / 1048576.0;
  for (job.execution.memory = 60; (double)job.execution.memory < all; job.execution.memory += 37) {
    CHECK(lw_memory_check(model, &job, &at, world) == LW_ERROR_MEMORY, "%lld MiB are enough?",
          (long long)job.execution.memory);
    follow(model, &job, at, world);
    refused++;
  }
  at.samples = 1; /* then a sequence axis helps on the ranks there are */
  job.execution.memory = 120;
  CHECK(lw_memory_check(model, &job, &at, world) == LW_ERROR_MEMORY, "120 MiB are enough?");
  follow(model, &job, at, world);
  CHECK(ways[0] > 0 && ways[1] > 0, "%d and %d times", ways[0], ways[1]);
  CHECK(refused > 5, "only %d limits below %g MiB", refused, all);
  job.execution.memory = (int64_t)all + 1;
  FINE(lw_memory_check(model, &job, &at, world));
  job.execution.memory = 1;
  CHECK(lw_memory_check(model, &job, &at, world) == LW_ERROR_MEMORY, "one MiB");
  CHECK(strstr(lw_fail_message(), "a smaller model or batch"), "%s", lw_fail_message());
  lw_model_destroy(&model);
}

/* Pieces would make another training of it, and those of one sample none. */
MPI_TEST(pieces_are_not_advised_with_batch_norm, 2)
{
  static const char *const norms[] = {"layer", "batch"};
  static lw_job job;
  char settings[128];
  for (int n = 0; n < 2; n++) {
    lw_model *model = NULL;
    lw_model_data data = tiny_data(&lw_input_tokens, 1);
    snprintf(settings, sizeof settings,
             "model.width=64 model.layers=6 train.batch_size=16 model.norm=%s", norms[n]);
    FINE(tiny_job(settings, &job));
    FINE(outline(&job, &data, world, &model));
    lw_memory_case at = lw_memory_case_of(&job, 5000, world);
    job.execution.memory = (int64_t)(lw_memory_estimate(model, &at).all / 1048576) - 1;
    CHECK(lw_memory_check(model, &job, &at, world) == LW_ERROR_MEMORY, "enough?");
    CHECK(!strstr(lw_fail_message(), "train.accumulation") == (n == 1), "%s: %s", norms[n],
          lw_fail_message());
    follow(model, &job, at, world);
    lw_model_destroy(&model);
  }
}

MPI_TESTS_1234
