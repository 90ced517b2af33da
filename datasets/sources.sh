#!/bin/sh
# A text that is always at hand: this project's own sources and documents (2 MB), to predict each next byte of it.
# usage: sh datasets/sources.sh OUT.h5 [flags of `longwave prepare language`]
set -eu
least=1
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
out=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# One file, so that short files are no loss; by the byte values of their names, so that all systems give one order.
(cd "$root" && find docs include src tests -name '*.[ch]' -o -name '*.md') | LC_ALL=C sort | while read -r file; do
  cat "$root/$file"
done >"$folder/sources.txt"
# From within the folder: its name, another each time, is not to stand in the data set.
case $out in /*) ;; *) out=$PWD/$out ;; esac
cd "$folder"
"$program" prepare language --out "$out" --text sources.txt "$@"
