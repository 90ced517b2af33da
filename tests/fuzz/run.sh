#!/bin/sh
# Fuzz the readers of files from outside:  sh tests/fuzz/run.sh [INPUTS [TARGET ...]]
# INPUTS for each target (1000000), all targets of tests/fuzz one after the other if none is named. Builds
# build-sanitized as tests/run.sh does. What is found to be new stays in build-sanitized/fuzz/TARGET for the next run; an
# input that breaks something is kept there too, and shown by  build-sanitized/tests/fuzz/fuzz_TARGET FILE.
# Exit code 1 when there is one.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=jobs/environment.sh
. jobs/environment.sh
inputs=${1:-1000000}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- job listops idx cifar text retrieval language pathfinder delimited series wfdb letters npy safetensors dataset checkpoint

again=
[ ! -f build-sanitized/build.ninja ] || again=--reconfigure
# shellcheck disable=SC2086 # no word when empty
CC=clang meson setup $again build-sanitized -Dfuzz=true -Dbuildtype=debug -Doptimization=1 \
  -Db_sanitize=address,undefined -Db_lundef=false >/dev/null || exit 1

# Where the inputs stand as files; what a target that was killed leaves goes with it.
TMPDIR=$(mktemp -d -p /dev/shm)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM
code=0
for target; do
  program=build-sanitized/tests/fuzz/fuzz_$target
  found=build-sanitized/fuzz/$target
  ninja -C build-sanitized "tests/fuzz/fuzz_$target" >/dev/null || exit 1
  mkdir -p "$found"
  begin=$(date +%s)
  if "$program" -runs="$inputs" -max_len=4096 -malloc_limit_mb=512 -artifact_prefix="$found-" "$found" \
    "tests/fuzz/corpus/$target" >"$found.log" 2>&1 </dev/null; then
    echo "$target: $inputs inputs in $(($(date +%s) - begin)) s, nothing found"
  else
    echo "$target: FOUND, see $found.log"
    code=1
  fi
done
exit $code
