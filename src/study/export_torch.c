/* The text of the file is src/study/export/model.py, with the model of docs/longwave_twin.py in it.
 */
#include "export_torch.h"
#include "longwave/base/aside.h"
#include "longwave/base/mem.h"
#include "longwave/io/h5.h"
#include "longwave/io/output.h"
#include "longwave/study/export.h"
#include "longwave/train/checkpoint.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { PIECES = sizeof torch_file / sizeof *torch_file };

typedef struct exported {
  const char *path;          /* of the file of Python */
  char weights[LW_TEXT_MAX]; /* beside it */
  const lw_checkpoint_info *info;
} exported;

/* ---- what can be exported ---- */

/* Parameters that the model in Python reads, without "blocks.N.", or has for training alone. */
static const char *const known[] = {"attention.attended_convolution.",
                                    "attention.average.",
                                    "attention.clock.",
                                    "attention.convolution.",
                                    "attention.gate.",
                                    "attention.key_norm.",
                                    "attention.out.",
                                    "attention.qkv.",
                                    "attention.query_norm.",
                                    "attention.relative_bias",
                                    "attention_norm.",
                                    "embedding.bias",
                                    "embedding.cls",
                                    "embedding.position",
                                    "embedding.weight",
                                    "ffn.convolution.",
                                    "ffn.down.",
                                    "ffn.up.",
                                    "ffn_norm.",
                                    "head.bias",
                                    "head.hidden.",
                                    "head.norm.",
                                    "head.query",
                                    "head.steps.",
                                    "head.weight",
                                    NULL};

static lw_status check_parameter(const char *name, void *context)
{
  const exported *e = context;
  const char *own = name;
  if (!strncmp(name, "blocks.", 7) && strchr(name + 7, '.')) own = strchr(name + 7, '.') + 1;
  for (int i = 0; known[i]; i++)
    if (!strncmp(own, known[i], strlen(known[i]))) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "cannot write '%s': the model in PyTorch has no %s; --safetensors exports it",
                 e->path, name);
}

static lw_status check_model(const char *checkpoint, const lw_job *job, const exported *e)
{
  const lw_target *target = e->info->data.objective->target;
  lw_h5 *file = NULL;
  lw_status status = LW_OK;
  if (target->pretext)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "%s is of a pretraining, for %s, and answers no question about a sample; "
                   "--safetensors exports its weights",
                   checkpoint, target->wanted));
  if (job->data.input.from_last > 0)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "cannot write '%s': the model in PyTorch does not add the last values of a "
                   "sample to its outputs (data.from_last: %lld)",
                   e->path, (long long)job->data.input.from_last));
  LW_TRY(lw_h5_open(checkpoint, &file));
  status = lw_h5_each(file, "/parameters", check_parameter, (void *)(uintptr_t)e);
done:
  lw_h5_close(&file);
  return status;
}

/* ---- the file ---- */

/* Between three quotes of Python. */
static void put_quoted(FILE *out, const char *text)
{
  for (; *text; text++) {
    if (*text == '\\' || *text == '"') fputc('\\', out);
    fputc(*text, out);
  }
}

static const char *name_of(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static void put_slot(FILE *out, const char *slot, const exported *e)
{
  const char *name = name_of(e->path);
  if (!strcmp(slot, "weights")) fputs(name_of(e->weights), out);
  if (!strcmp(slot, "module")) fprintf(out, "%.*s", (int)(strlen(name) - 3), name);
  if (!strcmp(slot, "rows"))
    fputs(e->info->data.objective->readout == LW_READOUT_ROW ? "True" : "False", out);
  if (!strcmp(slot, "job")) put_quoted(out, e->info->job);
}

static lw_status write_file(const exported *e)
{
  lw_aside aside = LW_ASIDE_NONE;
  lw_status status = LW_OK;
  LW_TRY(lw_aside_open_text(e->path, &aside));
  for (int i = 0; i < PIECES; i++) {
    fputs(torch_file[i].text, aside.stream);
    put_slot(aside.stream, torch_file[i].slot, e);
  }
  if (ferror(aside.stream))
    status = lw_fail(LW_ERROR_FILE, "cannot write all of '%s': is the disk full?", e->path);
done:
  return lw_aside_end(&aside, status);
}

/* A name that Python can import, and that of the weights. */
static lw_status name_files(exported *e)
{
  const char *name = name_of(e->path);
  const size_t length = strlen(name), whole = strlen(e->path);
  bool fine = length > 3 && !strcmp(name + length - 3, ".py") && !isdigit((unsigned char)*name);
  for (size_t i = 0; fine && i + 3 < length; i++)
    fine = isalnum((unsigned char)name[i]) || name[i] == '_';
  if (!fine || whole + 16 > sizeof e->weights)
    return lw_fail(LW_ERROR_INPUT,
                   "--torch writes a file that Python imports: give it a name of letters, digits "
                   "and _ such as model.py, not '%s'",
                   name);
  snprintf(e->weights, sizeof e->weights, "%.*s.safetensors", (int)(whole - 3), e->path);
  return lw_output_check(e->path, &lw_output_torch);
}

lw_status lw_export_torch(const char *checkpoint, const char *path, FILE *told)
{
  exported e = {.path = path};
  lw_checkpoint_info *info = NULL;
  lw_job *job = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&info, 1));
  LW_TRY(LW_TAKE(&job, 1));
  e.info = info;
  LW_TRY(name_files(&e));
  LW_TRY(lw_checkpoint_read_info(checkpoint, info));
  LW_TRY(lw_job_from_text(job, info->job, checkpoint));
  LW_TRY(check_model(checkpoint, job, &e));
  LW_TRY(lw_export_weights(checkpoint, e.weights, told));
  LW_TRY(write_file(&e));
  if (told) fprintf(told, "%s: the model in PyTorch\n", path);
done:
  lw_mem_give(job);
  lw_mem_give(info);
  return status;
}
