#include "longwave/run/known.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Versions of Open MPI from `first` on and below `fixed`, as 10000 major + 100 minor + release,
   whose own MPI-IO (OMPIO) is at fault. Only what our way of writing may meet: each rank its own
   stretches of a file, independently of the others. Data of collective writes (fcoll/vulcan, the
   same issue 12718) is not among it. */
typedef struct fault {
  int first, fixed;
  const char *what, *source;
} fault;

static const fault faults[] = {
    {20000, 30004, "MPI-IO can crash or write wrong data", "open-mpi/ompi issue 6285"},
    {30100, 30104, "MPI-IO can crash or write wrong data", "open-mpi/ompi issue 6285"},
    {40000, 40001, "MPI-IO can crash or write wrong data", "open-mpi/ompi issue 6285"},
    {40003, 40004, "MPI-IO can hang at some rank counts", "HDFGroup/hdf5 issue 1227"},
    {50000, 50006, "MPI-IO locks too little of a file and can write wrong data",
     "open-mpi/ompi issue 12718, darshan-hpc/darshan pull request 1070"},
};

/* "^ompio", "romio321": another component than OMPIO. */
static bool avoids_ompio(const char *io)
{
  return io && (strstr(io, "^ompio") || !strncmp(io, "romio", 5));
}

void lw_known_fault(const char *library, const char *io, char *text, size_t room)
{
  int major, minor, release;
  *text = 0;
  if (sscanf(library, "Open MPI v%d.%d.%d", &major, &minor, &release) != 3) return;
  const int version = 10000 * major + 100 * minor + release;
  for (size_t i = 0; i < sizeof faults / sizeof *faults && !avoids_ompio(io); i++)
    if (faults[i].first <= version && version < faults[i].fixed)
      snprintf(text, room, "%s: %s (%s); set OMPI_MCA_io=^ompio, or take a newer version", library,
               faults[i].what, faults[i].source);
}
