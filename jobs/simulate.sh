#!/bin/sh
# Training steps on a simulated cluster, by SimGrid's SMPI (Debian: libsimgrid-dev), without its hardware.
# usage: sh jobs/simulate.sh FOLDER [RANKS ...]          16 32 64 128 256 if none are given
# Writes FOLDER/scaling.csv and, where gnuplot is installed, the picture FOLDER/scaling.svg. docs/scaling.md says what is
# simulated and what is left out. Studies (samples of T tokens on a grid of data x sequence ranks):
#   weak-samples   a sample of 16,384 tokens for each rank
#   weak-tokens    4,096 tokens a rank: 16 samples, longer and longer, on 16 x S ranks
#   strong-32      32 samples of 16,384 tokens, each on as many ranks as it takes
#   strong-64      64 samples
# STUDIES="strong-32 strong-64" in the environment runs only these.
set -eu
least=1
# shellcheck source=jobs/usage.sh
. "$(dirname "$0")/usage.sh"
here=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$here/build}
folder=$1
shift
[ $# -gt 0 ] || set -- 16 32 64 128 256
command -v smpirun >/dev/null || { echo "simulate: no smpirun; install SimGrid (sh jobs/setup.sh test)" >&2; exit 1; }
ninja -C "$build" simulation
mkdir -p "$folder"
table=$folder/scaling.csv

# Two ranks a node.
hosts=$(mktemp)
trap 'rm -f "$hosts"' EXIT
node=0
while [ $node -lt 512 ]; do
  printf 'node%d\nnode%d\n' $node $node
  node=$((node + 1))
done >"$hosts"

# Collectives as Open MPI chooses them; a message costs the link's latency and 95 % of its bandwidth; a look whether
# messages have come costs nothing to speak of.
smpi="--log=root.thres:error --cfg=smpi/coll-selector:ompi --cfg=smpi/simulate-computation:no
  --cfg=smpi/shared-malloc:local --cfg=smpi/test:1e-7 --cfg=smpi/bw-factor:0:0.95 --cfg=smpi/lat-factor:0:1"

# study NAME RANKS SEQUENCE SAMPLES TOKENS
study() {
  case " ${STUDIES:-$1} " in
    *" $1 "*) ;;
    *) return 0 ;;
  esac
  echo "simulate: $1, $2 ranks, $3 on the sequence axis" >&2
  # shellcheck disable=SC2086 # one word an option
  figures=$(smpirun -np "$2" -platform "$here/tests/simulation/cluster.xml" -hostfile "$hosts" $smpi \
    "$build/tests/simulation/longwave-simulation" "$here/jobs/simulate.yaml" --tokens "$5" \
    --set train.batch_size="$4" --set parallel.sequence="$3" </dev/null)
  echo "$1,$3,$figures" >>"$table"
}

echo "study,sequence,ranks,samples,tokens,seconds,busy_least,busy_mean,busy_most,waiting_mean,sent_most" >"$table"
for ranks in "$@"; do
  study weak-samples "$ranks" 1 "$ranks" 16384
  study weak-tokens "$ranks" $((ranks / 16)) 16 $((4096 * (ranks / 16)))
  for samples in 32 64; do
    sequence=$((ranks > samples ? ranks / samples : 1))
    study strong-$samples "$ranks" $sequence $samples 16384
  done
done
cat "$table"

command -v gnuplot >/dev/null || { echo "no gnuplot: no picture" >&2; exit 0; }
cd "$folder" # the picture's text holds no name that somebody has chosen: gnuplot starts shells
gnuplot <<'END'
set terminal svg size 900,420 background "white"
set output "scaling.svg"
set datafile separator ","
set logscale xy
set grid
set xlabel "ranks"
set xtics (16, 32, 64, 128, 256, 512, 1024)
set key below
of(name) = sprintf("< grep ^%s, scaling.csv", name)
set multiplot layout 1, 2
set title "strong scaling"
set ylabel "seconds a step"
first = real(system("grep ^strong-64, scaling.csv | head -1 | cut -d, -f6"))
least = real(system("grep ^strong-64, scaling.csv | head -1 | cut -d, -f3"))
plot of("strong-64") using 3:6 with linespoints title "64 samples", \
     of("strong-32") using 3:6 with linespoints title "32 samples", \
     first * least / x with lines dashtype 2 title "64 samples, ideal"
set title "weak scaling"
plot of("weak-samples") using 3:6 with linespoints title "a sample a rank", \
     of("weak-tokens") using 3:6 with linespoints title "4,096 tokens a rank"
unset multiplot
END
