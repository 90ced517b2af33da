/** What may be replaced by a file of ours: nothing that this process reads (base/input.h), and of
 *  other files only an empty one or one of the same kind, which an earlier command wrote. To be
 *  checked before long work; it is checked again before the file is published. Local. */
#ifndef LONGWAVE_IO_OUTPUT_H
#define LONGWAVE_IO_OUTPUT_H

#include "longwave/base/status.h"
#include <stdbool.h>

/** A kind of file: "a report" and what its first bytes are, or, of HDF5 files, what the attribute
 *  `format` of the root says. */
typedef struct lw_output_kind {
  const char *name;
  const char *begins; /* NULL: HDF5 */
  const char *format;
  int at; /* where `begins` stands in the file */
} lw_output_kind;

extern const lw_output_kind lw_output_picture; /* PNG */
extern const lw_output_kind lw_output_dataset, lw_output_checkpoint, lw_output_logits,
    lw_output_gradients, lw_output_attention, lw_output_predictions, lw_output_explanation;
extern const lw_output_kind lw_output_prediction_table; /* CSV */
extern const lw_output_kind lw_output_torch;            /* a model as a file of Python */
extern const lw_output_kind lw_output_safetensors;      /* of ours: io/safetensors.h */

/** The kind of HDF5 file with this `format`; NULL when it is none of ours. */
const lw_output_kind *lw_output_kind_of(const char *format);

/** Errors: LW_ERROR_INPUT: the file there must stay; the sentence says what it is and what to do.
 *  Not checked here: whether the file can be written. */
LW_MUST_USE lw_status lw_output_check(const char *path, const lw_output_kind *kind);

#endif
