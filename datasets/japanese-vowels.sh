#!/bin/sh
# JapaneseVowels of the UEA archive (timeseriesclassification.com; also in the repository aeon-toolkit/aeon, folder
# aeon/datasets/data): who of nine men says two vowels? 12 coefficients of sound, 7 to 29 steps. From a folder with
# JapaneseVowels_TRAIN.ts and JapaneseVowels_TEST.ts, plain or with .gz behind the name; 270 + 370 series.
# usage: sh datasets/japanese-vowels.sh FOLDER OUT.h5 [flags of `longwave prepare series`]
set -eu
least=2
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
folder=$1
out=$2
shift 2
train=$(find_file "$folder" JapaneseVowels_TRAIN.ts)
test=$(find_file "$folder" JapaneseVowels_TEST.ts)
exec "$program" prepare series --out "$out" --train "$train" --test-from "$test" --split-by class "$@"
