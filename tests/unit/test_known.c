/* Which versions are warned of. */
#include "longwave/run/known.h"
#include <criterion/criterion.h>
#include <string.h>

static const char *said(const char *library, const char *io)
{
  static char text[512];
  lw_known_fault(library, io, text, sizeof text);
  return text;
}

Test(known, versions_at_fault_are_named_with_a_source_and_a_way_out)
{
  static const char *const bad[] = {"Open MPI v2.1.1", "Open MPI v3.0.3", "Open MPI v3.1.0",
                                    "Open MPI v4.0.0", "Open MPI v4.0.3", "Open MPI v5.0.0",
                                    "Open MPI v5.0.5"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    cr_assert(strstr(said(bad[i], NULL), bad[i]), "nothing about %s", bad[i]);
    cr_assert(strstr(said(bad[i], NULL), "OMPI_MCA_io=^ompio"), "%s", said(bad[i], NULL));
    cr_assert(strstr(said(bad[i], NULL), "issue "), "%s", said(bad[i], NULL));
    cr_assert(strstr(said(bad[i], "ompio"), bad[i]));
    cr_assert_str_eq(said(bad[i], "^ompio"), "");
    cr_assert_str_eq(said(bad[i], "romio321"), "");
  }
}

Test(known, others_are_not)
{
  static const char *const good[] = {"Open MPI v3.0.4", "Open MPI v3.1.4", "Open MPI v4.0.1",
                                     "Open MPI v4.1.4", "Open MPI v5.0.6", "Open MPI v1.10.7",
                                     "MPICH 4.1.2",     "Open MPI (fork)", ""};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    cr_assert_str_eq(said(good[i], NULL), "", "%s", good[i]);
}
