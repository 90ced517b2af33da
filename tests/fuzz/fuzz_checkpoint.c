/* Checkpoints: the model that a file describes, its parameters and the optimizer's state, and what it
   says of its data, against the data set of the training. */
#include "fuzz.h"
#include "h5_edit.h"
#include "longwave/train/subject.h"

static const char job_text[] = "data: {path: none}\n"
                               "model: {layers: 1, width: 2, heads: 1, ffn: 2, norm: batch}\n"
                               "train: {steps: 1}\n";

static char data_path[256];

static const lw_fuzz_base *make_base(void)
{
  static lw_checkpoint_info info = {.task = "fuzz"};
  lw_dataset *dataset = NULL;
  static lw_job job;
  const lw_world *world = lw_fuzz_world();
  const char *path = lw_fuzz_file(0, (const uint8_t *)"", 0);
  lw_model *model = NULL;
  lw_optimizer optimizer = {0};
  lw_checkpoint_saved saved;
  lw_status status = LW_OK;
  snprintf(data_path, sizeof data_path, "%s", lw_fuzz_file(1, (const uint8_t *)"", 0));
  lw_fuzz_data(data_path);
  LW_TRY(lw_dataset_open(data_path, &dataset));
  LW_TRY(lw_job_from_text(&job, job_text, "job"));
  lw_job_text(&job, info.job);
  info.data = lw_job_model_data(&job, dataset);
  const lw_model_design design = lw_job_design(&job, &info.data);
  LW_TRY(lw_model_create(&design, &job.execution, world, &model));
  LW_TRY(lw_optimizer_init(&optimizer, lw_optimizer_of(&job.optimizer), &model->params, world));
  lw_checkpoint_state state = {.model = model, .optimizer = &optimizer, .dataset = dataset};
  LW_TRY(lw_checkpoint_save(path, world, &info, &state, &saved));
done:
  lw_fuzz_expect(status == LW_OK, "a checkpoint can be written");
  lw_dataset_close(&dataset);
  lw_optimizer_done(&optimizer);
  lw_model_destroy(&model);
  return lw_fuzz_base_read(path);
}

static void ask(const char *path, const lw_checkpoint_info *info)
{
  char text[512];
  lw_dataset *dataset = NULL;
  lw_status status = lw_dataset_open(data_path, &dataset);
  lw_fuzz_expect(status == LW_OK, "the data set can be opened");
  if (lw_checkpoint_check_data(path, info, dataset, false) == LW_OK)
    (void)!lw_checkpoint_data_changes(path, info, dataset, text, sizeof text);
  lw_dataset_close(&dataset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static lw_checkpoint_info info;
  static const lw_fuzz_base *base;
  lw_subject *subject = NULL;
  lw_status status = LW_OK;
  if (!base) base = make_base();
  const char *path = lw_fuzz_edited(base, data, size);
  if (lw_checkpoint_read_info(path, &info) == LW_OK) ask(path, &info);
  const lw_subject_request request = {.checkpoint = path, .unverified = size % 2};
  LW_TRY(lw_subject_open(lw_fuzz_world(), &request, &subject));
  LW_TRY(lw_subject_load(subject, &(lw_subject_use){.optimizer = true}));
done:
  lw_subject_close(&subject);
  return lw_fuzz_leave();
}
