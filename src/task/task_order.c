/* In which order a product's splits are stored, and what may be held out of a sorted source. */
#include "longwave/task/task.h"
#include "samples_order.h"

/* One of the splits that were drawn may be too small to show it. */
static lw_status shuffle_drawn(lw_product *product, const bool as_given[LW_SPLITS], uint64_t seed)
{
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++)
    if (!as_given[split])
      LW_TRY(lw_samples_shuffle(&product->samples[split], seed, (lw_split)split));
  LW_TRY(lw_product_note(
      product,
      "the source is sorted by class: what was drawn from it is stored in random order\n"));
done:
  return status;
}

lw_status lw_product_order(lw_product *product, const bool as_given[LW_SPLITS], uint64_t seed)
{
  bool drawn = false, sorted;
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++) {
    LW_TRY(lw_samples_sorted(&product->samples[split], &sorted));
    if (sorted && as_given[split])
      LW_TRY(lw_product_note(product,
                             "look: the %s split is sorted by class, as its source is: its first "
                             "samples are of one class (limits of longwave draw at random)\n",
                             lw_split_name((lw_split)split)));
    drawn = drawn || (sorted && !as_given[split]);
  }
  if (drawn) LW_TRY(shuffle_drawn(product, as_given, seed));
done:
  return status;
}

lw_status lw_product_hold_out_last(lw_product *product, const lw_option_section *flags,
                                   bool *random)
{
  bool sorted;
  lw_status status = LW_OK;
  LW_TRY(lw_samples_sorted(&product->samples[LW_SPLIT_TRAIN], &sorted));
  if (*random || !sorted) goto done;
  *random = !lw_task_given(flags, "hold_out");
  if (*random)
    LW_TRY(lw_product_note(product, "the source is sorted by class: random samples are held out, "
                                    "not the last ones\n"));
  else
    LW_TRY(lw_product_note(product,
                           "look: the source is sorted by class, so that the last samples "
                           "are of one or few classes; --hold-out random takes some of each\n"));
done:
  return status;
}
