/* The value of an expression, which is its class. */
#include "longwave/task/listops.h"
#include <inttypes.h>

/* An operator whose bracket is still open: how often each digit is among its arguments. */
typedef struct open_node {
  uint8_t operator;
  int64_t arguments;
  int64_t digit[10];
} open_node;

/* The argument that has `rank` smaller or equal ones before it in ascending order. */
static int32_t digit_of_rank(const open_node *node, int64_t rank)
{
  int32_t value = 0;
  for (int64_t seen = node->digit[0]; seen <= rank; seen += node->digit[value]) value++;
  return value;
}

static int32_t node_value(const open_node *node)
{
  int64_t last = node->arguments - 1, sum = 0;
  switch (node->operator) {
  case LW_LISTOPS_MIN:
    return digit_of_rank(node, 0);
  case LW_LISTOPS_MAX:
    return digit_of_rank(node, last);
  case LW_LISTOPS_MED:
    return (digit_of_rank(node, last / 2) + digit_of_rank(node, (last + 1) / 2)) / 2;
  default:
    for (int64_t value = 0; value < 10; value++) sum += value * node->digit[value];
    return (int32_t)(sum % 10);
  }
}

lw_status lw_listops_evaluate(const uint8_t *tokens, int64_t count, int32_t *value)
{
  open_node stack[LW_LISTOPS_DEPTH_MAX];
  int depth = 0;
  for (int64_t i = 0; i < count; i++) {
    int32_t argument = tokens[i];
    if (argument >= LW_LISTOPS_TOKENS)
      return lw_fail(LW_ERROR_INPUT, "token %" PRId64 " is not a ListOps token", i);
    if (argument >= LW_LISTOPS_MIN && argument < LW_LISTOPS_CLOSE) {
      if (depth == LW_LISTOPS_DEPTH_MAX)
        return lw_fail(LW_ERROR_INPUT, "token %" PRId64 ": more than %d nested operators", i,
                       LW_LISTOPS_DEPTH_MAX);
      stack[depth++] = (open_node){.operator= tokens[i] };
      continue;
    }
    if (argument == LW_LISTOPS_CLOSE) {
      if (!depth || !stack[depth - 1].arguments)
        return lw_fail(LW_ERROR_INPUT, "token %" PRId64 ": a bracket closes %s", i,
                       depth ? "an operator without arguments" : "nothing");
      argument = node_value(&stack[--depth]);
    }
    if (!depth) {
      if (i + 1 < count)
        return lw_fail(LW_ERROR_INPUT, "token %" PRId64 ": the expression has ended before it",
                       i + 1);
      *value = argument;
      return LW_OK;
    }
    stack[depth - 1].digit[argument]++;
    stack[depth - 1].arguments++;
  }
  return lw_fail(LW_ERROR_INPUT,
                 count ? "the expression ends with %d open operators"
                       : "the expression is empty (%d operators)",
                 depth);
}
