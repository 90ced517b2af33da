/** What leaves a run for other programs: its weights as a file of safetensors (io/safetensors.h),
 *  its metrics as an event file of TensorBoard (io/events.h). By one process; memory for the
 *  largest array. Local. Not here: the way back (train/start_from.h). */
#ifndef LONGWAVE_STUDY_EXPORT_H
#define LONGWAVE_STUDY_EXPORT_H

#include "longwave/base/status.h"
#include <stdio.h>

/** Parameters and statistics of a checkpoint under their names (docs/pytorch.md), float32, in
 *  alphabetical order, parameters first; as texts `longwave` (the version), `format` "pt", `step`,
 *  `task`, `kind`, `class_names`, `token_names` and `job`, the attributes of the checkpoint. Every
 *  array is compared with its checksum. told: a line, or NULL. Errors: those of reading a
 *  checkpoint and of lw_safetensors_write. */
LW_MUST_USE lw_status lw_export_weights(const char *checkpoint, const char *path, FILE *told);

/** The model of a checkpoint in plain PyTorch as a file of Python, path "NAME.py", with its weights
 *  beside it, NAME.safetensors. Made from docs/longwave_twin.py. told: two lines, or NULL. Errors:
 *  LW_ERROR_INPUT (a model or a path of which there can be none), those of lw_export_weights. */
LW_MUST_USE lw_status lw_export_torch(const char *checkpoint, const char *path, FILE *told);

/** All numbers of metrics.csv of a run folder as curves for TensorBoard, COLUMN/SPLIT over steps,
 *  in one event file of a fixed name in `folder`, which is made if it is not there; a second export
 *  writes the file anew. told: a line, or NULL. Errors: those of lw_csv_read, LW_ERROR_FILE,
 *  LW_ERROR_FORMAT. */
LW_MUST_USE lw_status lw_export_events(const char *run, const char *folder, FILE *told);

#endif
