#!/bin/sh
# IMDb film reviews (Long Range Arena's Text) from the folder aclImdb of the download, or from a folder with
# train.tsv and test.tsv, plain or with .gz behind the name: label, stars, number and text a line.
# usage: sh datasets/imdb.sh FOLDER OUT.h5 [flags of `longwave prepare text`]
# Characters as in S4's results: --alphabet characters --end-mark --max-length 4096
set -eu
usage='usage: sh datasets/imdb.sh FOLDER OUT.h5 [flags]'
folder=${1:?$usage}
out=${2:?$usage}
shift 2
if [ -d "$folder/train/neg" ]; then
  exec "${LONGWAVE:-longwave}" prepare text --out "$out" --train "$folder/train" --test "$folder/test" "$@"
fi

# The file of this name, or with .gz behind it.
find_file() {
  for name in "$folder/$1" "$folder/$1.gz"; do
    [ -r "$name" ] && printf '%s' "$name" && return
  done
  echo "no train/neg, and no $1 or $1.gz in $folder" >&2
  return 1
}
train=$(find_file train.tsv)
test=$(find_file test.tsv)
exec "${LONGWAVE:-longwave}" prepare text --out "$out" --train "$train" --test "$test" --text-field 4 "$@"
