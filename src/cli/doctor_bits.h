/** What the next token costs by counts alone: the first figures that a language model must beat. */
#ifndef LONGWAVE_CLI_DOCTOR_BITS_H
#define LONGWAVE_CLI_DOCTOR_BITS_H

#include "longwave/data/dataset.h"

enum { LW_DOCTOR_BITS_SINGLE, LW_DOCTOR_BITS_PAIR, LW_DOCTOR_BITS };

/** Bits per token of a split by shares counted in the train split: of tokens by themselves, and of
 *  tokens after each token. A token not seen there counts as seen once; pairs are mixed with single
 *  tokens as if one more had been seen after each. NAN: too large a vocabulary for a table, or no
 *  token to predict. Local. Errors: LW_ERROR_MEMORY, those of reading. */
LW_MUST_USE lw_status lw_doctor_bits_count(const lw_dataset *dataset, lw_split judged,
                                           double bits[LW_DOCTOR_BITS]);

#endif
