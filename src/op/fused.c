#include "fused_work.h"
#include "isa.h"
#include <assert.h>

int64_t lw_fused_scratch(int64_t tokens, int64_t head_size)
{
  const int64_t widest = 16; /* lanes of any instruction set */
  lw_fused_work work;
  return lw_fused_cut(&work, tokens, lw_fused_whole(head_size, widest), NULL);
}

void lw_fused_forward(const lw_fused_head *head, int64_t block_first, int64_t block_last,
                      float *scratch)
{
  assert(head->tokens >= 1 && head->head_size >= 1 && head->alpha >= 0);
  assert(0 <= block_first && block_first <= block_last);
  assert((block_last - 1) * LW_FUSED_BLOCK < head->tokens);
  if (block_first < block_last) lw_isa_now()->fused_forward(head, block_first, block_last, scratch);
}

void lw_fused_backward(const lw_fused_head *head, const lw_fused_gradient *gradient, float *scratch)
{
  assert(head->tokens >= 1 && head->head_size >= 1 && head->alpha >= 0);
  lw_isa_now()->fused_backward(head, gradient, scratch);
}

const char *lw_fused_path(void)
{
  return lw_isa_now()->name;
}

bool lw_fused_path_force(const char *name)
{
  return lw_isa_force(name);
}
