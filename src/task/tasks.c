/* The list of tasks, in the order in which help shows them. */
#include "longwave/task/task.h"

const lw_task *const lw_tasks[] = {
    &lw_listops_task,   &lw_images_task, &lw_language_task, &lw_pathfinder_task,
    &lw_retrieval_task, &lw_random_task, &lw_text_task,     &lw_table_task,
    &lw_series_task,    &lw_audio_task,  &lw_signals_task,  &lw_letters_task,
    &lw_tokens_task,    &lw_arrays_task, &lw_colour_task,   NULL};
