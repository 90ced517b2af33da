/** Stop 3. Tokens or values to vectors, plus positions.
 *  Parameters: those of the items of an input (src/model/embedding_items.c: embedding.weight [V, C]
 *  for tokens; embedding.weight [C], or [C, I] of I > 1 inputs, embedding.bias [C] for values);
 *  embedding.position [P, C] for learned positions; embedding.cls [1, C], added to the first token
 *  of each document, for pooling cls (model/pooling.h); embedding.mask [1, C], in place of the
 *  vector of an item that is hidden (data/question.h). Rotary positions act inside the blocks
 *  (lw_embedding_rotate). */
#ifndef LONGWAVE_MODEL_EMBEDDING_H
#define LONGWAVE_MODEL_EMBEDDING_H

#include "longwave/base/choice.h"
#include "longwave/model/pass.h"
#include "longwave/model/projection.h"

#define LW_POSITIONS_CHOICES(TYPE, ITEM)                                                           \
  TYPE(lw_positions)                                                                               \
  ITEM(LW_POSITIONS_NONE, "none")                                                                  \
  ITEM(LW_POSITIONS_LEARNED, "learned")                                                            \
  ITEM(LW_POSITIONS_SINUSOIDAL, "sinusoidal")                                                      \
  ITEM(LW_POSITIONS_ROTARY, "rotary")
LW_CHOICE(LW_POSITIONS_CHOICES);

/** How the items of an input become vectors. */
typedef struct lw_item_embedding lw_item_embedding;

typedef struct lw_embedding {
  const lw_item_embedding *items;
  lw_positions code; /* that is added: none, learned or sinusoidal */
  int64_t C, heads, head_size;
  int64_t turned;                 /* channels of a head that rotary positions turn; 0: none */
  bool marked;                    /* the first token of a document has a vector of its own */
  int64_t weight, bias, position; /* indices in params, as the input and positions need */
  int64_t cls;                    /* of that vector */
  bool masks;                     /* some items are hidden behind a learned vector */
  int64_t mask;                   /* of that vector */
  lw_projection projection;       /* of several inputs */
  int64_t room;                   /* positions that the tables below hold */
  float *sinusoid;                /* [room, C] or NULL */
  float *cosine, *sine;           /* [room, turned/2] or NULL */
} lw_embedding;

typedef struct lw_embedding_shape {
  const lw_input *input;
  lw_choices positions; /* at most one that is added */
  double rotary_share;
  int64_t vocabulary, inputs, C, heads;
  int64_t most_positions; /* P: rows of the learned table */
  double position_scale;  /* deviation of its start values */
  bool marked, masks;
} lw_embedding_shape;

/** A row for each row of lw_inputs[] (src/model/embedding_items.c). */
struct lw_item_embedding {
  const lw_input *input;
  /** Adds the parameters and sets their indices. Errors: LW_ERROR_MEMORY. */
  lw_status (*init)(lw_embedding *embedding, const lw_embedding_shape *shape, lw_params *params);
  /** x [rows, C] out */
  void (*forward)(const lw_embedding *embedding, const lw_pass *pass, float *x);
  /** dx [rows, C] in; gradients of the parameters added to. */
  void (*backward)(const lw_embedding *embedding, const lw_pass *pass, const float *dx);
  /** dx [rows, C] in; gradient out: of values [rows, inputs]; of tokens [rows], with respect to a
   *  factor of the token's vector, which is 1. */
  void (*backward_input)(const lw_embedding *embedding, const lw_pass *pass, const float *dx,
                         float *gradient);
};

const lw_item_embedding *lw_item_embedding_find(const lw_input *input);

/** Adds the parameters. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_embedding_init(lw_embedding *embedding, const lw_embedding_shape *shape,
                                        lw_params *params);
void lw_embedding_done(lw_embedding *embedding);

/** Tables for sequences of up to `longest` tokens. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_embedding_reserve(lw_embedding *embedding, int64_t longest);
/** Bytes that they take. Local. */
int64_t lw_embedding_table_bytes(const lw_embedding *embedding, int64_t longest);

/** x [rows, C] out. Local. */
void lw_embedding_forward(const lw_embedding *embedding, const lw_pass *pass, float *x);
/** Adds to the gradients of the tables; dx [rows, C] in; out: 0 in rows of hidden items. Local. */
void lw_embedding_backward(const lw_embedding *embedding, const lw_pass *pass, float *dx);

/** Rotary positions on queries and keys of qkv [rows, 3C], in place; sign -1 for gradients.
 *  Without them: nothing. Local. Source: [Su2021] in docs/notation.md. */
void lw_embedding_rotate(const lw_embedding *embedding, const lw_batch *batch, float *qkv,
                         float sign);

#endif
