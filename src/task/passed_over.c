#include "passed_over.h"
#include <inttypes.h>

const char *lw_plural(int64_t count)
{
  return count == 1 ? "" : "s";
}

lw_status lw_passed_over_note(const lw_passed_over *passed, lw_product *product)
{
  const int64_t marks = passed->cleaned.marks, returns = passed->cleaned.returns;
  if (!marks && !returns && !passed->last_ends) return LW_OK;
  return lw_product_note(product,
                         "not part of the texts: %" PRId64 " byte order mark%s at the beginning of "
                         "a file, %" PRId64 " carriage return%s before a line feed (CRLF), %" PRId64
                         " line end%s at the end of a document's file\n",
                         marks, lw_plural(marks), returns, lw_plural(returns), passed->last_ends,
                         lw_plural(passed->last_ends));
}
