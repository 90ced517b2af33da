/* Whether MPI, HDF5 and ScaLAPACK were built with one MPI; asked when the build is set up. Exit
   code 1 and a sentence if they were not; else what they are. MPI is not started: that may be
   forbidden on the machine that compiles. Nothing can be told of static libraries. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <hdf5.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>

#define WORD(number) #number
#define DOTS(major, minor, release) WORD(major) "." WORD(minor) "." WORD(release)
#define VERSION DOTS(H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE)

int numroc_(const int *size, const int *block, const int *coordinate, const int *first,
            const int *ranks);
void Cblacs_pinfo(int *rank, int *size);

/* The addresses keep all libraries linked. */
static void *const volatile needed[] = {(void *)MPI_Init, (void *)H5Pset_fapl_mpio,
                                        (void *)Cblacs_pinfo, (void *)numroc_};

static const char *file_of(void *address)
{
  Dl_info info;
  return address && dladdr(address, &info) && info.dli_fname ? info.dli_fname : NULL;
}

/* The library that has `function`, and in *mpi the MPI that it was linked with; NULL: static. */
static const char *look(const char *function, const char **mpi)
{
  const char *file = file_of(dlsym(RTLD_DEFAULT, function));
  void *library = file ? dlopen(file, RTLD_LAZY | RTLD_NOLOAD) : NULL;
  *mpi = library ? file_of(dlsym(library, "MPI_Init")) : NULL;
  return file;
}

static int agree(const char *name, const char *function, const char *mpi)
{
  const char *its, *file = look(function, &its);
  if (!mpi || !its || strcmp(its, mpi) == 0) {
    printf("%s: %s\n", name, file ? file : "static");
    return 1;
  }
  fprintf(stderr, "%s (%s) was built with another MPI (%s) than this program (%s): name one that fits by "
          "-Dmpi, -Dhdf5 and -Dscalapack\n",
          name, file, its, mpi);
  return 0;
}

int main(void)
{
  char version[MPI_MAX_LIBRARY_VERSION_STRING];
  int length, is_open, header_open = 0;
  const char *mpi;
  (void)needed[0];
#ifdef OPEN_MPI
  header_open = 1;
#endif
  MPI_Get_library_version(version, &length);
  version[strcspn(version, ",\n")] = '\0';
  for (char *tab = version; (tab = strchr(tab, '\t'));) *tab = ' ';
  is_open = strncmp(version, "Open MPI", 8) == 0;
  look("MPI_Init", &mpi);
  if (is_open != header_open) {
    fprintf(stderr, "<mpi.h>, as HDF5 and ScaLAPACK are found, is that of another MPI than the "
                    "library, %s (%s): name some that fit by -Dmpi, -Dhdf5 and -Dscalapack\n",
            version, mpi ? mpi : "static");
    return 1;
  }
  printf("%s: %s\n", version, mpi ? mpi : "static");
  if (!agree("HDF5 " VERSION, "H5Pset_fapl_mpio", mpi)) return 1;
  return agree("ScaLAPACK", "Cblacs_pinfo", mpi) ? 0 : 1;
}
