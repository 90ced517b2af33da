#!/bin/sh
# IMDb film reviews (Long Range Arena's Text) from the folder aclImdb of the download, or from a folder with
# train.tsv and test.tsv, plain or with .gz behind the name: label, stars, number and text a line.
# usage: sh datasets/imdb.sh FOLDER OUT.h5 [flags of `longwave prepare text`]
# Characters as in S4's results: --alphabet characters --end-mark --max-length 4096
set -eu
least=2
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
folder=$1
out=$2
shift 2
if [ -d "$folder/train/neg" ]; then
  exec "$program" prepare text --out "$out" --train "$folder/train" --test "$folder/test" "$@"
fi
train=$(find_file "$folder" train.tsv)
test=$(find_file "$folder" test.tsv)
exec "$program" prepare text --out "$out" --train "$train" --test "$test" --text-field 4 "$@"
