#include "longwave/model/cost.h"
#include <math.h>

#define AT(member) LW_AT(lw_objective_options, member)
const lw_option lw_objective_option_table[] = {
    LW_CHOICE_ROW("loss", RUN, AT(loss), LW_LOSS_CHOICES, "squared",
                  "numbers: what an error costs"),
    LW_REAL_ROW("huber_delta", RUN, AT(huber_delta), "1", 1e-6, 1e6,
                "huber: the error, in deviations of the number, from which on the cost is linear"),
    LW_CHOICE_ROW("class_weights", RUN, AT(class_weights), LW_WEIGHING_CHOICES, "none",
                  "balanced: in training a class weighs the more the rarer it is"),
    LW_CHOICE_ROW("positive_weights", RUN, AT(positive_weights), LW_WEIGHING_CHOICES, "none",
                  "several classes, balanced: in training a class that is there weighs as often "
                  "more as it is rarer than its absence"),
    LW_TEXT_ROW("select", RUN, AT(select), "loss", 1, LW_TEXT_MAX - 1,
                "the figure of the validation split by which the best model, train.patience and "
                "the plateau schedule are judged: loss, accuracy, macro_f1, mae, ..."),
    LW_REAL_ROW("step_weight", FUNCTION, AT(step_weight), "0", 0, 1000,
                "labels at each step that the data set has beside its answers are learnt, too, as "
                "an auxiliary objective: the weight of their loss; 0: they are not"),
    LW_CHOICE_ROW(
        "pretrain", FUNCTION, AT(pretrain), LW_PRETRAIN_CHOICES, "none",
        "learn from the items alone, in place of the answers of the data set: what stands "
        "at masked steps, or, with attention.causal, the next step; another job goes on "
        "from such a model by train.start_from"),
    LW_REAL_ROW("mask_share", RUN, AT(mask_share), "0.15", 0.001, 0.99,
                "pretrain: masked: share of the steps that are hidden from the model, drawn anew "
                "in each epoch"),
    LW_INT_ROW("mask_span", RUN, AT(mask_span), "1", 1, 100000,
               "pretrain: masked: the number of steps in a row that are hidden together"),
    {0}};

double lw_loss_of_error(const lw_cost *cost, double error, double *slope)
{
  const double size = fabs(error), sign = error < 0.0 ? -1.0 : (double)(error > 0.0);
  switch (cost->loss) {
  case LW_LOSS_SQUARED:
    *slope = 2.0 * error;
    return error * error;
  case LW_LOSS_ABSOLUTE:
    *slope = sign;
    return size;
  case LW_LOSS_HUBER:
    break;
  }
  const double delta = cost->huber_delta;
  *slope = size <= delta ? error : sign * delta;
  return size <= delta ? 0.5 * error * error : delta * (size - 0.5 * delta);
}
