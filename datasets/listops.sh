#!/bin/sh
# ListOps: drawn anew, or from a folder with Long Range Arena's basic_train.tsv, basic_val.tsv and basic_test.tsv.
# usage: sh datasets/listops.sh OUT.h5 [flags of `longwave prepare listops`]
#        sh datasets/listops.sh FOLDER OUT.h5 [flags]
set -eu
usage='usage: sh datasets/listops.sh [FOLDER] OUT.h5 [flags]'
first=${1:?$usage}
shift
if [ -d "$first" ]; then
  out=${1:?$usage}
  shift
  exec "${LONGWAVE:-longwave}" prepare listops --out "$out" \
    --import-train "$first/basic_train.tsv" --import-validation "$first/basic_val.tsv" \
    --import-test "$first/basic_test.tsv" "$@"
fi
exec "${LONGWAVE:-longwave}" prepare listops --out "$first" "$@"
