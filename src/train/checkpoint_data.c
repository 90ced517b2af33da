/* What a checkpoint knows of its data: names of classes and tokens, scale, shift, counts. A model
 * meets another data set only if its numbers mean the same there. */
#include "checkpoint_inside.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/data/dataset_head.h"
#include "longwave/data/target.h"
#include <math.h>
#include <string.h>

/* SHOWN: differences of one kind that are listed by name. */
enum { SHOWN = 4 };

/* ---- in the file ---- */

/* The two lists of names, by their index in this file. */
typedef struct name_list {
  const char *array, *what;
  int64_t count;
  uint32_t sum; /* 0: there are no names */
  const char *(*name)(const lw_dataset *dataset, int64_t index);
} name_list;

enum { LISTS = 2 };

static void list_names(const lw_data_mark *mark, int64_t classes, int64_t vocabulary,
                       name_list lists[LISTS])
{
  lists[0] = (name_list){"/data/class_names", "class", classes, (uint32_t)mark->class_names,
                         lw_dataset_class_name};
  lists[1] = (name_list){"/data/token_names", "token", vocabulary, (uint32_t)mark->token_names,
                         lw_dataset_token_name};
}

lw_data_mark lw_checkpoint_mark(const lw_dataset *dataset)
{
  if (!dataset) return (lw_data_mark){0};
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const bool classes = info->target->labels;
  lw_data_mark mark = {.scale = info->channel[0].scale,
                       .shift = info->channel[0].shift,
                       .class_names = classes ? info->class_names : 0,
                       .token_names = info->token_names,
                       .channels = info->channels,
                       .numbers = info->numbers,
                       .horizon = info->horizon,
                       .meaning = lw_dataset_meaning(info)};
  for (int split = 0; split < LW_SPLITS; split++) {
    mark.samples[split] = info->count[split];
    mark.content[split] = info->content[split];
  }
  return mark;
}

static lw_status define_list(lw_h5_writer *writer, const name_list *names,
                             const lw_dataset *dataset)
{
  const char **texts = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&texts, names->count));
  for (int64_t i = 0; i < names->count; i++) texts[i] = names->name(dataset, i);
  LW_TRY(lw_h5_writer_texts(writer, names->array, texts, names->count));
  LW_TRY(lw_h5_writer_integer(writer, names->array, "crc32", names->sum));
done:
  lw_mem_give(texts);
  return status;
}

static lw_dataset_head head_of(const lw_dataset *dataset)
{
  return (lw_dataset_head){.info = lw_dataset_describe(dataset),
                           .origin = lw_dataset_origin(dataset),
                           .settings = lw_dataset_settings(dataset),
                           .under = LW_CHECKPOINT_DATA};
}

lw_status lw_checkpoint_define_names(lw_h5_writer *writer, const lw_data_mark *mark,
                                     const lw_dataset *dataset)
{
  name_list lists[LISTS];
  lw_status status = LW_OK;
  if (!dataset) return LW_OK;
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  list_names(mark, info->classes, info->vocabulary, lists);
  const lw_dataset_head head = head_of(dataset);
  for (int i = 0; i < LISTS; i++)
    if (lists[i].sum) LW_TRY(define_list(writer, &lists[i], dataset));
  LW_TRY(lw_dataset_define_head(&head, writer));
done:
  return status;
}

lw_status lw_checkpoint_put_head(lw_h5_writer *writer, const lw_dataset *dataset)
{
  const lw_dataset_head head = head_of(dataset);
  return lw_dataset_put_head(&head, writer);
}

static lw_status verify_list(const lw_h5 *file, const name_list *names)
{
  char *bytes = NULL;
  int64_t width = 0;
  uint32_t sum = 0;
  lw_status status = lw_h5_read_texts(file, names->array, names->count, &bytes, &width);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < names->count; i++)
    sum = lw_crc32(sum, bytes + i * width, (int64_t)strlen(bytes + i * width) + 1);
  lw_mem_give(bytes);
  if (sum == names->sum) return LW_OK;
  return lw_fail(LW_ERROR_FORMAT,
                 "%s: the checksum of %s is %08x, not the stored %08x: the file is damaged"
                 "; use the previous checkpoint, or copy it again",
                 lw_h5_path(file), names->array, sum, names->sum);
}

/* Opening it compares its checksums. A state that was saved without data has none. */
static lw_status verify_head(const lw_h5 *file, const lw_checkpoint_info *info)
{
  lw_dataset *head = NULL;
  if (info->format < LW_CHECKPOINT_CHANNELS) return LW_OK;
  const bool there = lw_h5_has_attribute(file, LW_CHECKPOINT_DATA, "version");
  lw_status status = lw_h5_sound(file);
  if (status != LW_OK || !there) return status;
  status = lw_dataset_open_head(lw_h5_path(file), LW_CHECKPOINT_DATA, &head);
  lw_dataset_close(&head);
  return status;
}

lw_status lw_checkpoint_verify_names(const lw_h5 *file, const lw_checkpoint_info *info)
{
  name_list lists[LISTS];
  lw_status status = LW_OK;
  list_names(&info->mark, info->data.outputs, info->data.vocabulary, lists);
  for (int i = 0; i < LISTS && status == LW_OK; i++)
    if (lists[i].sum) status = verify_list(file, &lists[i]);
  return status == LW_OK ? verify_head(file, info) : status;
}

/* ---- against a data set ---- */

/* Differences, in a text of limited room. */
typedef struct list {
  lw_text text;
  const char *between;
} list;

#define ADD(to, ...) lw_text_item(&(to)->text, (to)->between, __VA_ARGS__)

/* now: of the data set, NULL where its numbers have no names; was: the same of the checkpoint. */
static void add_name(list *to, const name_list *names, int64_t index, const char *was,
                     const char *now, const char *path)
{
  const char *mark_was = was ? "'" : "", *mark_now = now ? "'" : "";
  ADD(to, "%s %lld is %s%s%s in the checkpoint and %s%s%s in %s", names->what, (long long)index,
      mark_was, was ? was : "without a name", mark_was, mark_now, now ? now : "without a name",
      mark_now, path);
}

static lw_status compare_list(const lw_h5 *file, const name_list *names, const lw_dataset *dataset,
                              list *to)
{
  char *bytes = NULL;
  int64_t width = 0, found = 0;
  lw_status status = LW_OK;
  if (names->sum) LW_TRY(lw_h5_read_texts(file, names->array, names->count, &bytes, &width));
  for (int64_t i = 0; i < names->count; i++) {
    const char *was = bytes ? bytes + i * width : NULL, *now = names->name(dataset, i);
    if (was && now && !strcmp(was, now)) continue;
    if (found++ < SHOWN) add_name(to, names, i, was, now, lw_dataset_path(dataset));
  }
  if (found > SHOWN)
    ADD(to, "and %lld more of %lld %s names", (long long)(found - SHOWN), (long long)names->count,
        names->what);
done:
  lw_mem_give(bytes);
  return status;
}

static bool near(double a, double b)
{
  return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static bool same_scale(const lw_data_mark *a, const lw_data_mark *b)
{
  return near(a->scale, b->scale) && near(a->shift, b->shift);
}

/* Every data set of a training has training samples. */
static bool is_marked(const lw_checkpoint_info *info)
{
  return info->format >= LW_CHECKPOINT_MARKED && info->mark.samples[LW_SPLIT_TRAIN] > 0;
}

/* Whether stored values are other ones, but those in their units the same: 16-bit counts, and
   millivolts. */
static bool same_in_units(const char *path, const lw_dataset *dataset)
{
  lw_dataset *head = NULL;
  const bool same = lw_dataset_describe(dataset)->version > 1 &&
                    lw_dataset_open_head(path, LW_CHECKPOINT_DATA, &head) == LW_OK &&
                    lw_dataset_means_same(lw_dataset_describe(head), lw_dataset_describe(dataset));
  lw_dataset_close(&head);
  return same;
}

/* What the numbers of the samples mean. Only called of sizes that fit. */
static lw_status compare_meaning(const char *path, const lw_checkpoint_info *info,
                                 const lw_dataset *dataset, list *to)
{
  const lw_dataset_info *now = lw_dataset_describe(dataset);
  const lw_data_mark *was = &info->mark, is = lw_checkpoint_mark(dataset);
  name_list lists[LISTS];
  lw_h5 *file = NULL;
  lw_status status = LW_OK;
  if (!is_marked(info)) return LW_OK;
  list_names(was, now->classes, now->vocabulary, lists);
  const bool differ[LISTS] = {was->class_names != is.class_names,
                              was->token_names != is.token_names};
  if (differ[0] || differ[1]) LW_TRY(lw_h5_open(path, &file));
  for (int i = 0; i < LISTS; i++)
    if (differ[i]) LW_TRY(compare_list(file, &lists[i], dataset, to));
  const bool scaled = now->input->ids || same_scale(was, &is);
  if ((scaled && was->meaning == is.meaning) || same_in_units(path, dataset)) goto done;
  if (!scaled)
    ADD(to,
        "values are stored with scale %.9g and shift %.9g in the checkpoint's data, and with scale "
        "%.9g and shift %.9g in %s",
        was->scale, was->shift, is.scale, is.shift, lw_dataset_path(dataset));
  else
    ADD(to, "channels or numbers have other names, scales or units in %s",
        lw_dataset_path(dataset));
done:
  lw_h5_close(&file);
  return status;
}

static const char *documents_name(int64_t documents)
{
  return documents > 1 ? "pairs of documents" : "single samples";
}

lw_status lw_checkpoint_check_sizes(const char *path, const lw_checkpoint_info *info,
                                    const lw_dataset *dataset)
{
  const lw_dataset_info *now = lw_dataset_describe(dataset);
  const lw_model_data *data = &info->data;
  const int64_t documents = data->objective->documents;
  const lw_target *target = data->objective->target;
  if (now->documents != documents)
    return lw_fail(LW_ERROR_INPUT,
                   "%s holds %s, but the checkpoint's model was trained on %s (%s)"
                   "; give data of that kind",
                   lw_dataset_path(dataset), documents_name(now->documents),
                   documents_name(documents), path);
  if (now->channels != info->mark.channels || now->numbers != info->mark.numbers ||
      now->horizon != info->mark.horizon)
    return lw_fail(LW_ERROR_INPUT,
                   "%s has %lld channels, %lld numbers and horizon %lld, the data of the "
                   "checkpoint %lld, %lld and %lld (%s); give data of that kind",
                   lw_dataset_path(dataset), (long long)now->channels, (long long)now->numbers,
                   (long long)now->horizon, (long long)info->mark.channels,
                   (long long)info->mark.numbers, (long long)info->mark.horizon, path);
  if (now->input == data->input && now->vocabulary == data->vocabulary && now->target == target &&
      lw_dataset_outcomes(now) == data->outputs)
    return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "%s (%s, vocabulary %lld, target %s of %lld) does not fit the checkpoint's model "
                 "(%s, vocabulary %lld, target %s of %lld; %s)",
                 lw_dataset_path(dataset), now->input->name, (long long)now->vocabulary,
                 now->target->name, (long long)lw_dataset_outcomes(now), data->input->name,
                 (long long)data->vocabulary, target->name, (long long)data->outputs, path);
}

/* What is in the splits. */
static void compare_content(const lw_checkpoint_info *info, const lw_dataset *dataset, list *to)
{
  const lw_data_mark *was = &info->mark, is = lw_checkpoint_mark(dataset);
  for (int split = 0; split < LW_SPLITS; split++) {
    const char *name = lw_split_name((lw_split)split);
    if (was->samples[split] != is.samples[split])
      ADD(to, "the %s split had %lld samples and has %lld", name, (long long)was->samples[split],
          (long long)is.samples[split]);
    else if (was->content[split] != is.content[split])
      ADD(to, "the %s split has %lld samples as before, but their content has changed", name,
          (long long)is.samples[split]);
  }
}

int64_t lw_checkpoint_samples(const lw_checkpoint_info *info)
{
  return info->epoch > 0.0 ? llround((double)info->progress.cursor / info->epoch) : 0;
}

bool lw_checkpoint_same_split(const lw_checkpoint_info *info, const lw_dataset *dataset,
                              lw_split split)
{
  const lw_data_mark now = lw_checkpoint_mark(dataset);
  if (info->data_checksum == lw_dataset_describe(dataset)->checksum) return true;
  return is_marked(info) && same_scale(&info->mark, &now) &&
         info->mark.content[split] == now.content[split];
}

lw_status lw_checkpoint_data_changes(const char *path, const lw_checkpoint_info *info,
                                     const lw_dataset *dataset, char *text, int64_t room)
{
  const uint32_t now = lw_dataset_describe(dataset)->checksum;
  list to = {lw_text_in(text, (size_t)room), "\n"};
  if (info->data_checksum == now) return LW_OK;
  lw_status status = compare_meaning(path, info, dataset, &to);
  if (status != LW_OK) return status;
  if (is_marked(info)) compare_content(info, dataset, &to);
  ADD(&to, "the checksum was %08x and is %08x%s", info->data_checksum, now,
      is_marked(info) ? "" : "; the checkpoint has an earlier format and cannot say more");
  return LW_OK;
}

lw_status lw_checkpoint_check_data(const char *path, const lw_checkpoint_info *info,
                                   const lw_dataset *dataset, bool accept)
{
  char text[4096];
  list differences = {LW_TEXT_IN(text), "; "};
  lw_status status = LW_OK;
  LW_TRY(lw_checkpoint_check_sizes(path, info, dataset));
  LW_TRY(compare_meaning(path, info, dataset, &differences));
  if (!is_marked(info) && info->data_checksum != lw_dataset_describe(dataset)->checksum)
    lw_log_root(LW_LOG_WARN,
                "%s is not the data set of the training, and %s has an earlier format, without "
                "names and scale: make sure that classes and tokens mean the same in both",
                lw_dataset_path(dataset), path);
  if (*text && accept)
    lw_log_root(LW_LOG_WARN, "accepted, because of --accept-data: %s", text);
  else if (*text)
    status = lw_fail(LW_ERROR_INPUT,
                     "%s: its numbers have another meaning than in the data of %s: %s. Give data "
                     "with the same names and scale ('prepare --like' makes them), or "
                     "--accept-data if they mean the same",
                     lw_dataset_path(dataset), path, text);
done:
  return status;
}
