#!/bin/sh
# Time of attention against the length of the sequence, forward and backward, with and without the far field.
# usage: sh jobs/bench-attention.sh FOLDER [flags of longwave bench attention]
# Writes FOLDER/attention.dat (tokens, seconds with, seconds without, seconds of the ScaLAPACK engine, share of near
# tiles, MiB) and, where gnuplot is installed, the picture FOLDER/attention.svg. Dense attention is measured up to 16,384
# tokens, the ScaLAPACK engine up to 8,192; all on one core.
set -eu
least=1
# shellcheck source=jobs/usage.sh
. "$(dirname "$0")/usage.sh"
here=$(dirname "$0")
program=${LONGWAVE:-$here/../build/longwave}
folder=$1
shift
mkdir -p "$folder"
table=$folder/attention.dat
figures=$folder/attention.json

# seconds PART: of one part in the figures; 0 if it was not measured
seconds() {
  found=$(sed -n "s/.*\"$1\": {\"seconds\": \([0-9.]*\).*/\1/p" "$figures")
  echo "${found:-0}"
}

echo "# tokens far_field dense scalapack near_share mebibytes" >"$table"
export OMP_NUM_THREADS=1
for tokens in 1024 2048 4096 8192 16384 32768 65536; do
  dense=false
  [ "$tokens" -le 16384 ] && dense=true
  "$program" bench attention --tokens "$tokens" --dense="$dense" --json "$figures" "$@"
  tiles=$(sed -n 's/.*"near": \([0-9]*\), "far": \([0-9]*\).*/\1 \2/p' "$figures")
  bytes=$(sed -n 's/.*"memory_bytes": \([0-9]*\).*/\1/p' "$figures")
  line="$tokens $(seconds forward) $(seconds backward) $(seconds dense_forward) $(seconds dense_backward) $tiles $bytes"
  scores="0 0"
  if [ "$tokens" -le 8192 ]; then
    "$program" bench scores --tokens "$tokens" --json "$figures" >/dev/null
    scores="$(seconds forward) $(seconds backward)"
  fi
  echo "$line $scores" |
    awk '{ dense = $4 + $5 > 0 ? $4 + $5 : "?"
           scores = $9 + $10 > 0 ? $9 + $10 : "?"
           printf "%d %.5f %s %s %.5f %.1f\n", $1, $2 + $3, dense, scores, $6 / ($6 + $7), $8 / 1048576 }' >>"$table"
done
rm -f "$figures"
cat "$table"

command -v gnuplot >/dev/null || { echo "no gnuplot: no picture" >&2; exit 0; }
gnuplot <<END
set terminal svg size 800,600 background "white"
set output "$folder/attention.svg"
set datafile missing "?"
set logscale xy
set xlabel "tokens"
set ylabel "seconds, forward and backward"
set key left top
set grid
set xtics (1024, 2048, 4096, 8192, 16384, 32768, 65536)
plot "$table" using 1:3 with linespoints title "dense", \
     "$table" using 1:4 with linespoints title "ScaLAPACK", \
     "$table" using 1:2 with linespoints title "far field"
END
