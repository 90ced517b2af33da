#!/bin/sh
# Calls that do not belong where they stand: unsafe ones anywhere, each outside library but at its one door.
. "$(dirname "$0")/common.sh"

# ban PATTERN WHERE REASON: in files whose path does not match WHERE
ban() {
  find src include -name '*.[ch]' 2>/dev/null | sort | grep -vE "$2" | xargs -r grep -nHE "$1" |
    awk -v reason="$3" '{ print $0 "   <- " reason }'
}

nowhere='^$'
check() (
  cd "$1" || exit
  ban '\b(atoi|atol|atof) *\(' $nowhere 'says nothing about bad numbers: use strtoll or base/option.h'
  ban '\b(sprintf|vsprintf|strcpy|strcat|gets) *\(' $nowhere 'can overrun: use snprintf'
  ban '\b(strtok|rand|srand|random|drand48) *\(' $nowhere 'hidden state: use strcspn, base/rng.h'
  ban '\bsetlocale *\(' $nowhere 'numbers in job files need the C locale'
  ban '\b(exit|abort|_exit|_Exit) *\(' '^src/(cli/|base/child\.c|comm/agree\.c)' 'only the program ends itself: return lw_fail'
  ban '\b(printf|puts|putchar|perror) *\(' '^src/cli/' 'libraries do not print: use base/log.h'
  ban '\b(stdout|stderr)\b' '^src/(cli/|base/(log|look)\.c)' 'libraries do not print: use base/log.h'
  ban '\b(malloc|calloc|realloc|aligned_alloc) *\(' '^src/base/mem\.c' 'memory is counted: base/mem.h'
  ban '\bMPI_COMM_WORLD\b|\bMPI_(Init|Init_thread|Finalize) *\(' '^src/cli/main\.c' 'only main begins and ends MPI'
  ban '\bMPI_Abort *\(' '^src/(cli/main|comm/agree)\.c' 'ends all ranks: return lw_fail, or lw_abort where messages are under way'
  ban '\bMPI_Comm_(dup|split|create|free)' '^src/comm/' 'only lw_world owns communicators'
  ban '<hdf5\.h>' '^src/io/' 'HDF5 has one door: io/h5.h'
  ban '<cblas\.h>|\bcblas_' '^src/op/linear' 'BLAS has one door: op/linear.h'
  ban '\bCblacs_|\bp[sd]gemm_|\bdescinit_' '^src/array/dmat\.c' 'ScaLAPACK has one door: array/dmat.c'
  ban '<png\.h>' '^src/io/png\.c' 'libpng has one door: io/png.h'
  ban '<jansson\.h>' '^src/base/json\.c' 'jansson has one door: base/json.h'
  ban '<yaml\.h>' '^src/base/(option_yaml|tree)\.c' 'libyaml has one door: base/option.h, base/tree.h'
)

sees src/op/x.c 'int n = atoi(text);'
sees src/cli/x.c 'sprintf (text, "x");'
sees src/op/x.c '  strtok(text, " ");'
sees src/op/x.c '#include <locale.h>\n  setlocale(LC_ALL, "");'
sees src/train/x.c '  exit(1);'
sees src/model/x.c 'printf("x");'
sees include/longwave/op/x.h '  fputs("x", stderr);'
sees src/data/x.c 'float *x = malloc(8);'
sees src/train/x.c '  MPI_Barrier(MPI_COMM_WORLD);'
sees src/train/x.c '  MPI_Abort(comm, 1);'
sees src/model/x.c '  MPI_Comm_dup(world->all, &x);'
sees src/train/x.c '#include <hdf5.h>'
sees src/model/x.c '  cblas_sgemm('
sees src/model/x.c '  psgemm_('
sees src/cli/x.c '#include <png.h>'
sees src/train/x.c '#include <yaml.h>'
sees src/cli/x.c '#include <jansson.h>'
accepts src/cli/main.c '  MPI_Init(0, 0);\n  exit(1);\n  printf("x");'
accepts src/op/x.c '  snprintf(text, 9, "x");\n  at_exit();\n  __attribute__((format(printf, 1, 2)))'
accepts src/io/h5.c '#include <hdf5.h>'
judge
