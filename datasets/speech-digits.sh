#!/bin/sh
# Free Spoken Digit Dataset (the repository Jakobovski/free-spoken-digit-dataset, folder recordings): which of ten digits
# does one of six people say? From the folder with its files DIGIT_SPEAKER_TAKE.wav, 8,000 values of 16 bits a second.
# Takes 0 to 4 are for testing, as the repository says, take 9 for validation. 16 values make a step, as 16 channels, so that
# sounds of 3,400 values are 210 steps; each sound for training is taken four times, from its values 1, 5, 9 and 13 on,
# since a word may begin anywhere in a step. `longwave prepare audio --patch 16` takes each once, and `predict` then reads sounds.
# usage: sh datasets/speech-digits.sh FOLDER OUT.h5 [flags of `longwave prepare table`]
set -eu
least=2
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
sounds=$1
out=$2
shift 2
ls "$sounds"/[0-9]_*_*.wav >/dev/null 2>&1 || {
  echo "$0: no files such as 7_jackson_32.wav in $sounds" >&2
  exit 1
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for file in "$sounds"/[0-9]_*_*.wav; do
  name=${file##*/}
  echo "# ${name%.wav}"
  od -An -v -t d2 "$file"
done | awk '
  # rows of the sound from this value on
  function steps(from, part_of,    i, k, row) {
    for (i = 22 + from; i + 16 <= n; i += 16) {
      row = name "-" from "," part[1] "," part_of
      for (k = 0; k < 16; k++) row = row "," value[i + k]
      print row
    }
  }
  # The 22 words before the values say one channel, 16 bits, "data".
  function sound(    take, from) {
    take = part[3] + 0
    if (value[11] != 1 || value[17] != 16 || value[18] != 24932 || value[19] != 24948) {
      print name ".wav has not one channel of 16 bits, or more in its head than the format" >"/dev/stderr"
      exit failed = 1
    }
    for (from = 0; from < (take > 4 && take != 9 ? 16 : 4); from += 4)
      steps(from, take < 5 ? "test" : take == 9 ? "validation" : "train")
  }
  BEGIN { print "name,class,split,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15" }
  $1 == "#" { if (name) sound(); name = $2; split(name, part, "_"); n = 0; next }
  { for (i = 1; i <= NF; i++) value[n++] = $i }
  END { if (failed) exit 1; sound() }' >"$folder/speech-digits.csv"
# From within the folder: its name, another each time, is not to stand in the data set.
case $out in /*) ;; *) out=$PWD/$out ;; esac
cd "$folder"
"$program" prepare table --out "$out" --train speech-digits.csv --rows step --id name --target class --split split \
  --normalise all "$@"
