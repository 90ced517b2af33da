/* Letters in a form that the first byte chooses: FASTA, lines, whole, GenBank. */
#include "fuzz.h"
#include "longwave/base/mem.h"
#include "longwave/parse/letters.h"
#include <string.h>

static void look_at(const lw_letters_record *record)
{
  static const char *const kinds[] = {"CDS", "tRNA"};
  uint8_t labels[128];
  for (int64_t i = 0; i < record->ranges; i++) {
    const lw_letter_range *range = &record->range[i];
    lw_fuzz_expect(range->feature >= 0 && range->feature < record->features, "features are known");
    lw_fuzz_expect(range->first >= 0 && range->first < range->behind &&
                       range->behind <= record->length,
                   "ranges lie in the record");
  }
  lw_letters_labels(record, kinds, 2, 3, sizeof labels, labels);
  for (size_t i = 0; i < sizeof labels; i++) lw_fuzz_expect(labels[i] <= 2, "labels are known");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (!size) return 0;
  const lw_letters_form form = (lw_letters_form)(data[0] & 3);
  const lw_letter_map map = lw_letter_map_of(LW_LETTER_CASE_UPPER, "ACGT", data[0] & 4 ? 'N' : 0);
  lw_letters *letters = NULL;
  const lw_letters_record *record = NULL;
  lw_status status = lw_letters_open(lw_fuzz_file(0, data + 1, size - 1), form, &map, &letters);
  while (status == LW_OK) {
    uint8_t text[7];
    int64_t count = 1, all = 0;
    status = lw_letters_next(letters, &record);
    if (status != LW_OK || !record) break;
    look_at(record);
    while (status == LW_OK && count) {
      status = lw_letters_take(letters, text, sizeof text, &count);
      all += count;
    }
    if (status == LW_OK) lw_fuzz_expect(all > 0, "a record has letters");
    if (status == LW_OK && form == LW_LETTERS_GENBANK)
      lw_fuzz_expect(all == record->length, "a record has as many letters as it says");
  }
  lw_letters_close(&letters);
  return lw_fuzz_leave();
}
