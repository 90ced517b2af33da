#include "plan.h"
#include "longwave/base/bar.h"
#include "longwave/base/columns.h"
#include <math.h>

static const double mib = 1048576.0;

static const lw_column columns[] = {
    {"ranks", 0, 5, "%.0f", false},      {"grid", 2, 9, NULL, false},
    {"MiB a rank", 2, 10, "%.1f", true}, {"s a step", 2, 9, "%.3g", true},
    {"tokens/s", 2, 9, "%.0f", true},    {"MiB sent", 2, 9, "%.2f", true},
    {"time", 2, 12, NULL, false},        {"core hours", 2, 10, "%.3g", true},
    {"efficiency", 2, 10, "%.2f", true}, {0}};

static void print_row(const lw_plan *plan, const lw_plan_row *row, FILE *out)
{
  char grid[32] = "-", time[32] = "does not fit";
  const double step = row->time.step;
  const double tokens = plan->job.tokens * (double)plan->job.batch;
  if (row->fits) {
    snprintf(grid, sizeof grid, "%d x %d", row->grid.ranks / row->grid.sequence,
             row->grid.sequence);
    lw_clock_text(row->time.training + row->time.evaluation, time, sizeof time);
  } else if (row->memory == 0.0) {
    snprintf(time, sizeof time, "no grid");
  }
  const double numbers[] = {row->grid.ranks,
                            row->memory > 0.0 ? row->memory / mib : NAN,
                            row->fits ? step : NAN,
                            row->fits ? tokens / step : NAN,
                            row->fits ? row->time.bytes / mib : NAN,
                            row->fits ? row->time.core_hours : NAN,
                            row->fits ? row->efficiency : NAN};
  lw_columns_print(out, columns, (const char *[]){grid, time}, numbers);
}

static void print_head(const lw_plan *plan, FILE *out)
{
  const lw_plan_job *job = &plan->job;
  const lw_machine *machine = &plan->rates.machine;
  const lw_step_rates *step = &plan->rates.step;
  fprintf(out, "%s: %lld steps of %lld samples (%.2f epochs), %.1f tokens a sample\n", plan->path,
          (long long)job->steps, (long long)job->batch,
          (double)(job->steps * job->batch) / (double)job->samples, job->tokens);
  fprintf(out,
          "a step: %.3g GFLOP, of which %.0f %% attention; %lld parameters, a checkpoint is "
          "about %.1f MiB\n",
          1e-9 * (job->products + job->attention),
          100.0 * job->attention / (job->products + job->attention), (long long)job->parameters,
          (double)job->checkpoint / mib);
  fprintf(out, "%lld evaluations of %lld samples\n", (long long)job->evaluations,
          (long long)job->evaluated);
  fprintf(out, "machine: %s, kernels %s, %lld cores a node, %lld thread%s a rank\n",
          *machine->processor ? machine->processor : "not named",
          *machine->kernels ? machine->kernels : "not named", (long long)machine->cores,
          (long long)machine->threads, machine->threads > 1 ? "s" : "");
  fprintf(out,
          "rates of a rank: products %.3g, attention %.3g GFLOP/s, rest %.3g ns, update %.3g ns, "
          "crowding %.2f (%s)\n\n",
          step->products, step->attention, step->rest, step->update, step->crowding, plan->source);
}

static void print_choice(const lw_plan *plan, FILE *out)
{
  const lw_plan_row *rows = plan->row;
  const lw_plan_choice *choice = &plan->choice;
  if (choice->chosen < 0) {
    fputs("\nnone of these numbers of ranks will do\n", out);
    return;
  }
  const lw_plan_grid *grid = &rows[choice->chosen].grid;
  fprintf(out,
          "\nmost efficient: %d rank%s; fastest: %d; recommended: %d rank%s, %d data x %d "
          "sequence (the fastest with an efficiency of %.2f or more)\n",
          rows[choice->cheapest].grid.ranks, rows[choice->cheapest].grid.ranks > 1 ? "s" : "",
          rows[choice->fastest].grid.ranks, grid->ranks, grid->ranks > 1 ? "s" : "",
          grid->ranks / grid->sequence, grid->sequence, LW_PLAN_EFFICIENT);
}

static void print_notes(const lw_plan *plan, FILE *out)
{
  bool crowded = false, sharded = false;
  for (int i = 0; i < plan->count; i++) {
    const lw_plan_row *row = &plan->row[i];
    if (!row->fits)
      fprintf(out, "%d rank%s: %s\n", row->grid.ranks, row->grid.ranks > 1 ? "s" : "",
              row->refusal);
    crowded = crowded || row->grid.per_node * row->grid.threads > plan->rates.machine.cores;
    sharded = sharded || (row->fits && row->grid.sequence > 1);
  }
  if (crowded) fputs("ranks beyond the cores of the machine take turns on them\n", out);
  if (sharded) fputs("MiB sent is the most that attention over sharded samples can need\n", out);
  fputs("time is without checkpoints and without waiting in a queue\n", out);
}

void lw_plan_print(const lw_plan *plan, FILE *out)
{
  print_head(plan, out);
  lw_columns_print(out, columns, NULL, NULL);
  for (int i = 0; i < plan->count; i++) print_row(plan, &plan->row[i], out);
  print_choice(plan, out);
  print_notes(plan, out);
}

/* ---- JSON ---- */

static void add_job(lw_json to, const lw_plan_job *job)
{
  lw_json_whole(to, "steps", job->steps);
  lw_json_whole(to, "batch_size", job->batch);
  lw_json_real(to, "epochs", (double)(job->steps * job->batch) / (double)job->samples);
  lw_json_real(to, "tokens_a_sample", job->tokens);
  lw_json_real(to, "flop_a_step", job->products + job->attention);
  lw_json_real(to, "flop_attention", job->attention);
  lw_json_whole(to, "parameters", job->parameters);
  lw_json_whole(to, "checkpoint_bytes", job->checkpoint);
  lw_json_whole(to, "evaluations", job->evaluations);
  lw_json_whole(to, "evaluated_samples", job->evaluated);
}

static void add_machine(lw_json to, const lw_plan *plan)
{
  const lw_machine *machine = &plan->rates.machine;
  const lw_step_rates *step = &plan->rates.step;
  lw_json_text(to, "file", plan->source);
  lw_json_text(to, "processor", machine->processor);
  lw_json_text(to, "kernels", machine->kernels);
  lw_json_whole(to, "cores", machine->cores);
  lw_json_whole(to, "threads", machine->threads);
  lw_json_real(to, "products_gflops", step->products);
  lw_json_real(to, "attention_gflops", step->attention);
  lw_json_real(to, "rest_nanoseconds", step->rest);
  lw_json_real(to, "update_nanoseconds", step->update);
  lw_json_real(to, "crowding", step->crowding);
}

static void add_row(lw_json to, const lw_plan_row *row)
{
  lw_json_whole(to, "ranks", row->grid.ranks);
  lw_json_bool(to, "fits", row->fits);
  lw_json_real(to, "memory_bytes", row->memory > 0.0 ? row->memory : NAN);
  if (!row->fits) {
    lw_json_text(to, "refusal", row->refusal);
    return;
  }
  lw_json_whole(to, "data", row->grid.ranks / row->grid.sequence);
  lw_json_whole(to, "sequence", row->grid.sequence);
  lw_json_real(to, "seconds_a_step", row->time.step);
  lw_json_real(to, "bytes_sent_a_step", row->time.bytes);
  lw_json_real(to, "seconds_training", row->time.training);
  lw_json_real(to, "seconds_evaluation", row->time.evaluation);
  lw_json_real(to, "core_hours", row->time.core_hours);
  lw_json_real(to, "efficiency", row->efficiency);
}

static void add_choice(lw_json to, const char *key, const lw_plan *plan, int chosen)
{
  if (chosen >= 0) lw_json_whole(to, key, plan->row[chosen].grid.ranks);
}

void lw_plan_add_to(lw_json root, const lw_plan *plan)
{
  lw_json_text(root, "plan", plan->path);
  add_job(lw_json_object(root, "job"), &plan->job);
  add_machine(lw_json_object(root, "machine"), plan);
  const lw_json rows = lw_json_array(root, "rows");
  for (int i = 0; i < plan->count; i++) add_row(lw_json_object(rows, NULL), &plan->row[i]);
  add_choice(root, "most_efficient_ranks", plan, plan->choice.cheapest);
  add_choice(root, "fastest_ranks", plan, plan->choice.fastest);
  add_choice(root, "recommended_ranks", plan, plan->choice.chosen);
}
