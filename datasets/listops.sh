#!/bin/sh
# ListOps: drawn anew, or from a folder with Long Range Arena's basic_train.tsv, basic_val.tsv and basic_test.tsv.
# usage: sh datasets/listops.sh OUT.h5 [flags of `longwave prepare listops`]
#        sh datasets/listops.sh FOLDER OUT.h5 [flags]
set -eu
least=1
[ ! -d "${1:-}" ] || least=2
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
first=$1
shift
if [ -d "$first" ]; then
  out=$1
  shift
  exec "$program" prepare listops --out "$out" \
    --import-train "$first/basic_train.tsv" --import-validation "$first/basic_val.tsv" \
    --import-test "$first/basic_test.tsv" "$@"
fi
exec "$program" prepare listops --out "$first" "$@"
