/* Making and destroying a builder; what a plan must be. */
#include "builder_inside.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include <math.h>
#include <string.h>

int64_t lw_builder_count(const lw_builder *builder)
{
  return builder->count;
}

const char *lw_builder_notes(const lw_builder *builder)
{
  return builder->notes.text ? builder->notes.text : "";
}

int64_t lw_builder_item_bytes(const lw_builder *builder)
{
  return builder->plan.channels * lw_h5_type_size(builder->plan.stored);
}

int64_t lw_builder_label_bytes(const lw_builder *builder)
{
  return builder->plan.target->kind == LW_ANSWER_NUMBERS
             ? builder->plan.numbers * (int64_t)sizeof(float)
             : (int64_t)sizeof(int32_t);
}

bool lw_builder_sparse(const lw_builder *builder)
{
  return builder->plan.sparse && builder->plan.target->by_row && !builder->plan.target->next;
}

/* ---- the plan ---- */

static bool is_forecast(const lw_builder_plan *plan)
{
  return plan->target->next && plan->target->kind == LW_ANSWER_NUMBERS;
}

static lw_status wrong_plan(const lw_builder *builder, const char *what)
{
  return lw_fail(LW_ERROR_INPUT, "'%s': %s", builder->path, what);
}

static lw_status check_like(const lw_builder *builder)
{
  const lw_builder_plan *plan = &builder->plan;
  const lw_dataset_info *like = plan->like;
  if (!like) return LW_OK;
  if (like->input != plan->input || like->target != plan->target)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' would hold %s and ask for %s; the other data set holds %s and asks for %s",
                   builder->path, plan->input->name, plan->target->wanted, like->input->name,
                   like->target->wanted);
  if (like->channels != plan->channels)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' would have %lld channels, and the other data set has %lld; give the same "
                   "ones",
                   builder->path, (long long)plan->channels, (long long)like->channels);
  if (like->vocabulary != plan->vocabulary || like->numbers != plan->numbers ||
      like->horizon != plan->horizon || like->timed != plan->timed)
    return wrong_plan(builder, "its vocabulary, numbers, horizon or times are not those of the "
                               "other data set; make it with the same settings");
  return LW_OK;
}

static lw_status check_plan(const lw_builder *builder)
{
  const lw_builder_plan *plan = &builder->plan;
  const lw_target *target = plan->target;
  if (plan->input->ids ? target->values_only : target->ids_only)
    return lw_fail(LW_ERROR_INPUT, "'%s': one cannot ask for %s of %s", builder->path,
                   target->wanted, plan->input->name);
  if (plan->channels < 1 || (plan->input->ids && plan->vocabulary < 1))
    return wrong_plan(builder, "it has no channel, or no token");
  if (plan->has_code && !lw_h5_type_whole(plan->stored))
    return wrong_plan(builder, "only values of a whole type have a code for missing ones");
  if (is_forecast(plan) && plan->horizon < 1)
    return wrong_plan(builder, "the next values are asked for with a horizon of 0 steps");
  if (target->kind == LW_ANSWER_NUMBERS && plan->numbers < 1)
    return wrong_plan(builder, "it asks for no number");
  if (plan->documents > 1 && (target->one_document || plan->windows.length > 0))
    return wrong_plan(builder, "pairs of documents cannot be asked for this, or cut into windows");
  if (plan->rule.by == LW_SPLIT_BY_CLASS && !target->labels)
    return wrong_plan(builder, "samples without one class each cannot be shared out by class; "
                               "take another --split-by");
  if (plan->rule.by == LW_SPLIT_BY_CLASS && plan->grouped)
    return wrong_plan(builder, "samples have groups, which must stay whole: they cannot be shared "
                               "out by class; take --split-by group");
  if (plan->windows.reach_back && !(is_forecast(plan) && plan->windows.length > 0 &&
                                    (plan->like || plan->rule.by == LW_SPLIT_BY_ORDER)))
    return wrong_plan(builder, "--reach-back is for next values, --window and --split-by order");
  if (plan->rule.by == LW_SPLIT_BY_GROUP && !plan->grouped)
    return wrong_plan(builder, "samples have no groups to share out; take another --split-by, or "
                               "say what a sample's group is");
  return check_like(builder);
}

/* ---- copies ---- */

static lw_status keep(lw_builder *builder, const char **text)
{
  char *copy = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_EXTEND(&builder->texts, &builder->text_room, builder->text_count,
                   builder->text_count + 1));
  LW_TRY(lw_mem_copy(*text ? *text : "", &copy));
  builder->texts[builder->text_count++] = copy;
  *text = copy;
done:
  return status;
}

/* The same value in its unit is the same to the model, though it may be stored otherwise:
   (stored * unit_scale + unit_shift) of both are equal. Where they are stored alike, the scale is
   the same to the last bit. */
static void be_like(lw_channel *own, const lw_channel *like)
{
  const double scale = like->scale / like->unit_scale;
  own->scale = like->scale;
  own->shift = like->shift;
  if (own->unit_scale == like->unit_scale && own->unit_shift == like->unit_shift) return;
  own->scale = scale * own->unit_scale;
  own->shift = like->shift + scale * (own->unit_shift - like->unit_shift);
}

static lw_status keep_channels(lw_builder *builder)
{
  lw_builder_plan *plan = &builder->plan;
  lw_status status = LW_TAKE(&builder->channel, plan->channels);
  for (int64_t c = 0; status == LW_OK && c < plan->channels; c++) {
    lw_channel *own = &builder->channel[c];
    if (plan->channel) *own = plan->channel[c];
    if (own->unit_scale == 0.0) own->unit_scale = 1.0;
    if (plan->like) be_like(own, &plan->like->channel[c]);
    status = keep(builder, &own->name);
    if (status == LW_OK) status = keep(builder, &own->unit);
  }
  plan->channel = builder->channel;
  return status;
}

static lw_status keep_numbers(lw_builder *builder)
{
  lw_builder_plan *plan = &builder->plan;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&builder->number, plan->numbers));
  LW_TRY(LW_TAKE(&builder->asked, plan->numbers));
  for (int64_t k = 0; k < plan->numbers; k++) {
    lw_number *own = &builder->number[k];
    if (plan->number) *own = plan->number[k];
    if (plan->like) own->scale = plan->like->number[k].scale;
    if (plan->like) own->shift = plan->like->number[k].shift;
    LW_TRY(keep(builder, &own->name));
    LW_TRY(keep(builder, &own->unit));
    builder->asked[k] = plan->asked ? plan->asked[k] : k;
  }
  for (int64_t k = 0; plan->target->next && k < plan->numbers; k++)
    if (builder->asked[k] < (k ? builder->asked[k - 1] + 1 : 0) ||
        builder->asked[k] >= plan->channels)
      return wrong_plan(builder, "what it asks for are not channels in ascending order");
  plan->number = builder->number;
  plan->asked = builder->asked;
done:
  return status;
}

static lw_status keep_names(lw_builder *builder)
{
  lw_builder_plan *plan = &builder->plan;
  const int64_t classes = plan->like ? plan->like->classes : plan->classes;
  const char *const *names = plan->like ? plan->like->class_name : plan->class_names;
  int32_t number;
  lw_status status = LW_OK;
  builder->classes_named = classes > 0 && names;
  for (int64_t k = 0; builder->classes_named && k < classes; k++) {
    LW_TRY(lw_intern_add(&builder->classes, names[k], &number));
    if (number != k)
      return lw_fail(LW_ERROR_INPUT, "'%s': the class '%s' is named twice", builder->path,
                     names[k]);
  }
  if (plan->token_names) LW_TRY(LW_TAKE(&builder->token_names, plan->vocabulary));
  for (int64_t k = 0; plan->token_names && k < plan->vocabulary; k++) {
    builder->token_names[k] = plan->token_names[k];
    LW_TRY(keep(builder, &builder->token_names[k]));
  }
  plan->token_names = builder->token_names;
  LW_TRY(keep(builder, &plan->task));
  LW_TRY(keep(builder, &plan->time_unit));
done:
  return status;
}

/* ---- the builder ---- */

static lw_status open_spools(lw_builder *builder)
{
  const lw_builder_plan *plan = &builder->plan;
  const bool wanted[LW_SPOOLS] = {[LW_SPOOL_ITEMS] = true,
                                  [LW_SPOOL_TIMES] = plan->timed,
                                  [LW_SPOOL_LABELS] = !plan->target->labels && !plan->target->next,
                                  [LW_SPOOL_ASKED] = lw_builder_sparse(builder),
                                  [LW_SPOOL_TEXTS] = true};
  for (int use = 0; use < LW_SPOOLS; use++) {
    if (!wanted[use]) continue;
    lw_status status = lw_spool_open(builder->path, &builder->spool[use]);
    if (status != LW_OK) return status;
  }
  return LW_OK;
}

/* What this rank can do alone. */
static lw_status make(const lw_builder_plan *plan, const char *path, lw_builder *builder)
{
  lw_builder_plan *own = &builder->plan;
  lw_status status = LW_OK;
  *own = *plan;
  if (own->channels == 0) own->channels = 1;
  if (own->documents == 0) own->documents = 1;
  if (own->windows.stride == 0) own->windows.stride = own->windows.length;
  if (!is_forecast(own)) own->horizon = 0;
  if (is_forecast(own) && own->numbers == 0) own->numbers = own->channels;
  if (own->like) own->normalised = true;
  LW_TRY(lw_mem_copy(path, &builder->path));
  LW_TRY(check_plan(builder));
  LW_TRY(keep_channels(builder));
  LW_TRY(keep_numbers(builder));
  LW_TRY(keep_names(builder));
  LW_TRY(open_spools(builder));
done:
  return status;
}

lw_status lw_builder_create(const lw_world *world, const char *path, const lw_builder_plan *plan,
                            lw_builder **out)
{
  lw_builder *builder = NULL;
  lw_status status = LW_TAKE(&builder, 1);
  if (status == LW_OK) {
    builder->world = world;
    builder->notes = LW_TEXT_GROWS;
    for (int use = 0; use < LW_SPOOLS; use++) builder->spool[use] = LW_SPOOL_NONE;
    status = make(plan, path, builder);
  }
  LW_TRY_TOGETHER(world, status);
  *out = builder;
  builder = NULL;
done:
  lw_builder_destroy(&builder);
  return status;
}

void lw_builder_destroy(lw_builder **out)
{
  lw_builder *builder = *out;
  if (!builder) return;
  for (int use = 0; use < LW_SPOOLS; use++) lw_spool_done(&builder->spool[use]);
  for (int64_t i = 0; i < builder->text_count; i++) lw_mem_give(builder->texts[i]);
  lw_intern *const names[] = {&builder->classes, &builder->groups, &builder->all_classes,
                              &builder->all_groups};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) lw_intern_done(names[i]);
  void *const blocks[] = {builder->path,       builder->texts,    builder->channel,
                          builder->number,     builder->asked,    builder->token_names,
                          builder->records,    builder->class_of, builder->group_of,
                          builder->class_order};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) lw_mem_give(blocks[i]);
  lw_text_done(&builder->notes);
  lw_mem_give(builder);
  *out = NULL;
}
