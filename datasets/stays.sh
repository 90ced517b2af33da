#!/bin/sh
# 4,000 stays in intensive care of the PhysioNet/CinC Challenge 2012, set A (physionet.org/content/challenge-2012): 37
# variables that were measured at irregular times within 48 hours, five facts of the admission; who died in hospital.
# From a folder with Outcomes-a.txt and the folder set-a of the download, or set-a.csv with all files of it one after
# another and the number of the record before each line, plain or with .gz behind the name.
# usage: sh datasets/stays.sh FOLDER OUT.h5 [flags of `longwave prepare table`]
# Records whose number is a multiple of 5 are for testing; a tenth of the others, drawn with equal shares of each class,
# is for validation. -1 means that a height, a weight, or a gender is not known.
set -eu
least=2
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
source=$(cd "$1" && pwd)
out=$2
shift 2
case $out in /*) ;; *) out=$PWD/$out ;; esac
outcomes=$(find_file "$source" Outcomes-a.txt)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# From within the folder: its name, another each time, is not to stand in the data set.
cd "$folder"
# shellcheck disable=SC2016 # awk has a $0 of its own
gzip -cdf "$outcomes" | awk -F, 'NR == 1 { print $0 ",Split" } NR > 1 { print $0 "," ($1 % 5 ? "" : "test") }' >outcomes.csv
# shellcheck disable=SC2016 # here, too
if [ -d "$source/set-a" ]; then
  echo RecordID,Time,Parameter,Value >stays.csv
  (cd "$source/set-a" && find . -name '[0-9]*.txt' | LC_ALL=C sort |
    xargs awk -F, 'FNR == 2 { id = $3 } FNR > 1 { print id "," $0 }') >>stays.csv
else
  gzip -cdf "$(find_file "$source" set-a.csv)" >stays.csv
fi
"$program" prepare table --out "$out" --train stays.csv --rows value --id RecordID --time Time --variable Parameter \
  --value Value --leave-out RecordID --repeated last --missing-marks ,-1 \
  --outcomes outcomes.csv --target In-hospital_death --split Split --split-by class --validation 0.1 --test 0 "$@"
