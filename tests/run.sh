#!/bin/sh
# Everything that must hold before a change is taken: builds without a warning by gcc and clang, tests, checks by
# clang-tidy, tests under sanitizers, layers that link. Goes on after a failure; the last line is "N passed, N failed".
# Build folders are kept, so that a second run is fast.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=jobs/environment.sh
. jobs/environment.sh
# One thread a rank: the ranks of a test already fill the cores. Tests of threads set their number themselves.
export OMP_NUM_THREADS=1

failed_stages=0
failed_names=

# stage NAME COMMAND...: run it and note whether it failed
stage() {
  name=$1
  shift
  echo "== $name"
  begin=$(date +%s)
  if "$@" </dev/null; then verdict=well; else verdict=FAILED; fi
  echo "== $name: $verdict after $(($(date +%s) - begin)) s"
  [ "$verdict" = well ] && return
  failed_stages=$((failed_stages + 1))
  failed_names="$failed_names $name;"
}

# configure FOLDER OPTION...: set up or update. Results of an earlier run must not be counted again.
configure() {
  folder=$1
  shift
  rm -f "$folder"/tests/*.xml "$folder"/meson-logs/testlog.*
  if [ -f "$folder/build.ninja" ]; then
    meson setup --reconfigure "$folder" "$@"
  else
    meson setup "$folder" "$@"
  fi
}

# build FOLDER OPTION...: all of it, with the tests and what they start, which is no part of "all" from meson 1.7 on
build() {
  configure "$@" -Dtests=enabled && ninja -C "$folder" -k 0 all meson-test-prereq
}

# linker NAME: the name where it is there, else none, for the usual one, which takes four times longer. The tests are
# many programs.
linker() {
  if command -v "ld.$1" >/dev/null; then echo "$1"; fi
}

# run_tests FOLDER OPTION...
run_tests() {
  folder=$1
  shift
  meson test -C "$folder" --print-errorlogs "$@"
}

# Who starts ranks waits for a part of the time: one test more than there are cores.
release() {
  CC_LD=$(linker gold) build build -Dwerror=true -Dbuildtype=release &&
    run_tests build --no-rebuild --num-processes $(($(nproc) + 1))
}

# Where a debugger is forbidden the leak check cannot start: find out with a program that does nothing.
leak_check_works() {
  echo 'int main(void) { return 0; }' >build-sanitized/probe.c
  clang -fsanitize=address build-sanitized/probe.c -o build-sanitized/probe &&
    ASAN_OPTIONS=detect_leaks=1 build-sanitized/probe 2>/dev/null
}

# What the sanitizers said of errors. A file may hold no more than the warning that so much memory cannot be had.
sanitizer_reports() {
  for report in build-sanitized/reports/*; do
    if grep -qE 'ERROR: |runtime error' "$report" 2>/dev/null; then cat "$report"; fi
  done
}

# The tests of units, and the fuzz targets, each of which gets a few thousand inputs.
# Memory that cannot be had is a test's subject, so it must come back as NULL as outside the sanitizer.
# Criterion passes a test that leaks, and a sanitizer's words are lost in its output: let them write files.
# meson builds what these tests need: the others were built before.
sanitized() {
  rm -rf build-sanitized/reports
  CC=clang CC_LD=$(linker lld) configure build-sanitized -Dtests=enabled -Dfuzz=true -Dwerror=true -Dbuildtype=debug \
    -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false || return 1
  leaks=1
  if ! leak_check_works; then
    echo "no leak check: it cannot run here"
    leaks=0
  fi
  reports=$PWD/build-sanitized/reports
  mkdir "$reports"
  echo leak:libomp >build-sanitized/known-leaks # of its own threads
  LSAN_OPTIONS=suppressions=$PWD/build-sanitized/known-leaks:print_suppressions=0 \
    ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=$leaks:log_path=$reports/asan \
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:log_path=$reports/ubsan \
    run_tests build-sanitized --suite unit --suite grad --suite fuzz
  code=$?
  [ -z "$(sanitizer_reports)" ] || code=1
  return $code
}

# What clang-tidy finds in the sources; only in those that have changed since it last found nothing.
tidy() {
  python3 tests/tidy.py build
}

# All is compiled by clang, for its warnings; linked are only the libraries and the program. Shared libraries must be
# complete: a call to a layer above does not link.
clang_build() {
  CC=clang configure build-clang -Dtests=enabled -Dwerror=true -Doptimization=0 -Ddefault_library=shared -Db_lundef=true &&
    ninja -C build-clang -t targets rule c_COMPILER >build-clang/objects &&
    xargs ninja -C build-clang -k 0 longwave <build-clang/objects
}

stage packages jobs/setup.sh test
stage release release
stage clang-tidy tidy
stage sanitizers sanitized
stage 'clang and shared libraries' clang_build

# What went wrong stands at the end, not among the thousands of lines before.
sanitizer_reports
[ -z "$failed_names" ] || echo "FAILED stages:$failed_names"
exec python3 tests/count.py "$failed_stages" build build-sanitized
