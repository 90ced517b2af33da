"""Calls that do not belong where they stand: unsafe ones anywhere, each outside library but at its one door.
usage: banned.py ROOT"""
import pathlib
import re
import sys

# pattern, paths in which it may stand, reason
RULES = [(re.compile(pattern), re.compile(where), reason) for pattern, where, reason in (
    (r"\b(atoi|atol|atof) *\(", r"^$", "says nothing about bad numbers: use strtoll or base/option.h"),
    (r"\b(sprintf|vsprintf|strcpy|strcat|gets) *\(", r"^$", "can overrun: use snprintf"),
    (r"\b(strtok|rand|srand|random|drand48) *\(", r"^$", "hidden state: use strcspn, base/rng.h"),
    (r"\bsetlocale *\(", r"^$", "numbers in job files need the C locale"),
    (r"\b(exit|abort|_exit|_Exit) *\(", r"^src/(cli/|base/child\.c|comm/agree\.c)",
     "only the program ends itself: return lw_fail"),
    (r"\b(printf|puts|putchar|perror) *\(", r"^src/cli/", "libraries do not print: use base/log.h"),
    (r"\b(stdout|stderr)\b", r"^src/(cli/|base/(log|look)\.c)", "libraries do not print: use base/log.h"),
    (r"\b(malloc|calloc|realloc|aligned_alloc) *\(", r"^src/base/mem\.c", "memory is counted: base/mem.h"),
    (r"\bMPI_COMM_WORLD\b|\bMPI_(Init|Init_thread|Finalize) *\(", r"^src/cli/main\.c",
     "only main begins and ends MPI"),
    (r"\bMPI_Abort *\(", r"^src/(cli/main|comm/agree)\.c",
     "ends all ranks: return lw_fail, or lw_abort where messages are under way"),
    (r"\bMPI_Comm_(dup|split|create|free)", r"^src/comm/", "only lw_world owns communicators"),
    (r"<hdf5\.h>", r"^src/io/", "HDF5 has one door: io/h5.h"),
    (r"<cblas\.h>|\bcblas_", r"^src/op/(linear|cblas_header)", "BLAS has one door: op/linear.h"),
    (r"\bCblacs_|\bp[sd]gemm_|\bdescinit_", r"^src/array/dmat\.c", "ScaLAPACK has one door: array/dmat.c"),
    (r"<png\.h>", r"^src/io/png\.c", "libpng has one door: io/png.h"),
    (r"<sndfile\.h>", r"^src/parse/audio\.c", "libsndfile has one door: parse/audio.h"),
    (r"<jansson\.h>", r"^src/base/json(_read)?\.c", "jansson has one door: base/json.h, base/json_read.h"),
    (r"<yaml\.h>", r"^src/base/(option_yaml|tree)\.c", "libyaml has one door: base/option.h, base/tree.h"),
)]
# A line for each rule, in their order, and where it must not stand.
WRONG = (
    ("src/op/x.c", "int n = atoi(text);"),
    ("src/cli/x.c", 'sprintf (text, "x");'),
    ("src/op/x.c", '  strtok(text, " ");'),
    ("src/op/x.c", '  setlocale(LC_ALL, "");'),
    ("src/train/x.c", "  exit(1);"),
    ("src/model/x.c", 'printf("x");'),
    ("include/longwave/op/x.h", '  fputs("x", stderr);'),
    ("src/data/x.c", "float *x = malloc(8);"),
    ("src/train/x.c", "  MPI_Barrier(MPI_COMM_WORLD);"),
    ("src/train/x.c", "  MPI_Abort(comm, 1);"),
    ("src/model/x.c", "  MPI_Comm_dup(world->all, &x);"),
    ("src/train/x.c", "#include <hdf5.h>"),
    ("src/model/x.c", "  cblas_sgemm("),
    ("src/model/x.c", "  psgemm_("),
    ("src/cli/x.c", "#include <png.h>"),
    ("src/task/x.c", "#include <sndfile.h>"),
    ("src/cli/x.c", "#include <jansson.h>"),
    ("src/train/x.c", "#include <yaml.h>"),
)
RIGHT = (
    ("src/cli/main.c", '  MPI_Init(0, 0); exit(1); printf("x");'),
    ("src/op/x.c", '  snprintf(text, 9, "x"); at_exit(); __attribute__((format(printf, 1, 2)))'),
    ("src/io/h5.c", "#include <hdf5.h>"),
)


def reasons(path, line):
    return [reason for pattern, where, reason in RULES if pattern.search(line) and not where.search(path)]


def found(root):
    files = sorted(path for top in ("src", "include") for path in (root / top).rglob("*.[ch]"))
    assert len(files) > 100, f"no sources in {root}"
    for file in files:
        path = file.relative_to(root).as_posix()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for reason in reasons(path, line):
                yield f"{path}:{number}:{line}   <- {reason}"


def main():
    for (path, line), (_, _, reason) in zip(WRONG, RULES, strict=True):
        assert reasons(path, line) == [reason], f"the lint itself is wrong about '{line}' in {path}"
    for path, line in RIGHT:
        assert not reasons(path, line), f"the lint itself refuses '{line}' in {path}"
    lines = list(found(pathlib.Path(sys.argv[1])))
    print(*lines, sep="\n", end="\n" if lines else "")
    sys.exit(1 if lines else 0)


main()
