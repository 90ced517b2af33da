#!/bin/sh
# Draws validation accuracy over samples seen as an SVG picture, a curve for each run; needs gnuplot.
# usage: sh jobs/curves.sh OUT.svg UNIT BATCH RUN TITLE [RUN TITLE ...]
# UNIT: what a sample is, such as pictures; BATCH: train.batch_size of the runs
set -eu
least=5
# shellcheck source=jobs/usage.sh
. "$(dirname "$0")/usage.sh"
out=$1 unit=$2 batch=$3
shift 3
command -v gnuplot >/dev/null || { echo "$0: no gnuplot (Debian: gnuplot-nox)" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
number=0
while [ $# -ge 2 ]; do
  number=$((number + 1))
  printf '"%s"\n' "$2" >"$folder/$number" # the title of the column, then samples seen and accuracy in percent
  awk -F, -v batch="$batch" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["split"] == "validation" { print $at["step"] * batch, 100 * $at["accuracy"] }' "$1/metrics.csv" >>"$folder/$number"
  shift 2
done
(cd "$folder" && UNIT=$unit NUMBER=$number gnuplot) >"$folder/picture" <<'END'
set terminal svg size 720,360 noenhanced background "white"
set grid
set xlabel system("printf '%s seen' \"$UNIT\"")
set ylabel "validation accuracy %"
set format x "%'.0f"
set key right bottom
plot for [i = 1:int(system("echo $NUMBER"))] sprintf("%d", i) using 1:2 with lines linewidth 2 title columnheader(1)
END
mv "$folder/picture" "$out"
