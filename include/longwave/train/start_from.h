/** Start values from the checkpoint of another training (train.start_from), or from a file of
 *  safetensors (its name ends so) that another program may have written: of a model pretrained
 *  without labels, on shorter samples, or on another task. Parameters and running statistics are
 *  taken by name, where they have the size that this model needs; the optimizer begins anew. Not
 *  taken are: the readout of another question or of classes with other names, and the vectors of
 *  tokens with other names. Of learned positions those are taken that both models have.
 *  Not here: going on with the same training (lw_trainer_restore). */
#ifndef LONGWAVE_TRAIN_START_FROM_H
#define LONGWAVE_TRAIN_START_FROM_H

#include "longwave/train/trainer.h"

enum { LW_START_TEXT = 8192 };

/** told [LW_START_TEXT] out: lines for the log, which say what was taken and what was not.
 *  Collective over all. Errors, on all ranks: LW_ERROR_INPUT (less than half of the arrays of
 *  its blocks fit), those of lw_checkpoint_read_info, lw_checkpoint_load and
 *  lw_safetensors_open. */
LW_MUST_USE lw_status lw_start_from(lw_trainer *trainer, const char *path, char *told);

#endif
