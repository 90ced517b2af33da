/** Norm of queries and keys (model.qk_norm): each head's query and key is divided by the root of
 *  its mean square (op/rms_norm.h) before positions turn it, and its channels are multiplied by a
 *  gain that all heads share. Parameters: query_norm.gain, key_norm.gain [d], 1 at the start. One
 *  gain a channel is the form of Qwen3 and Gemma 3; the idea is [Henry2020] in docs/notation.md.
 *
 *  Rotary positions keep lengths, so |score| <= sqrt(d) max |gain_q| max |gain_k|. The plan of what
 *  is near goes on taking its norms from the data (attention/attention.h): those of normed rows are
 *  as short as this bound or shorter. */
#ifndef LONGWAVE_MODEL_QK_NORM_H
#define LONGWAVE_MODEL_QK_NORM_H

#include "longwave/model/layer.h"

/** Of one block's attention. */
typedef struct lw_qk_norm {
  int64_t heads, head_size; /* heads 0: there is none */
  int64_t query, key;       /* indices of the gains */
} lw_qk_norm;

/** Adds the parameters, if the options ask for a norm. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_qk_norm_create(const lw_layer_site *site, lw_qk_norm *norm);
/** The array that forward keeps for backward, [2, rows, C]; NULL without a norm. Local. */
float *lw_qk_norm_carve(const lw_qk_norm *norm, int64_t rows, lw_carver *carver);

/** Queries and keys of qkv [rows, 3C] in place; as they came to kept. Local; nothing without a
 *  norm. */
void lw_qk_norm_forward(const lw_qk_norm *norm, const lw_pass *pass, float *qkv, float *kept);
/** The same of dqkv, and adds to the gradients of the gains. Local. */
void lw_qk_norm_backward(const lw_qk_norm *norm, const lw_pass *pass, const float *kept,
                         float *dqkv);

#endif
