#!/bin/sh
# The main job from nothing to a result: installs what is missing, builds, prepares sequential Fashion-MNIST (784 grey
# values a picture), trains a local-and-smooth attention transformer on two ranks, is interrupted halfway as by Ctrl-C,
# resumes, tests, and writes a report. Under three minutes on two cores, and what the packages take to install.
# usage: sh jobs/demo.sh
set -eu
# shellcheck source=jobs/usage.sh
. "$(dirname "$0")/usage.sh"
cd "$(dirname "$0")/.."
began=$(date +%s)
say() {
  echo
  echo "== $* ($(($(date +%s) - began)) s)"
}

say "packages"
sh jobs/setup.sh run

say "build"
[ -f build/build.ninja ] || meson setup build
ninja -C build longwave

say "data: Fashion-MNIST as sequences of 784 values"
mkdir -p data
[ -f data/fashion-2000.h5 ] ||
  LONGWAVE=build/longwave sh datasets/fashion-mnist.sh data/fashion-2000.h5 --normalise auto --limit-test 2000

run=runs/demo
rm -rf "$run"
say "train: jobs/demo.yaml on 2 ranks, to be interrupted after step 500"
sh jobs/launch.sh 2 train jobs/demo.yaml --run "$run" &
launch=$!
interrupted=
trap 'interrupted=yes; kill -TERM "$launch" 2>/dev/null' INT TERM HUP
# One line a step, after the header.
until [ -f "$run/metrics.csv" ] && [ "$(wc -l <"$run/metrics.csv")" -gt 500 ]; do
  kill -0 "$launch" 2>/dev/null || break
  sleep 0.2
done
kill -TERM "$launch" 2>/dev/null || true
code=0
wait "$launch" || code=$?
trap - INT TERM HUP
[ -z "$interrupted" ] || exit 130
# 130: stopped as asked. A machine so fast that it was done before is fine, too.
[ "$code" -eq 130 ] || [ "$code" -eq 0 ] || exit "$code"

say "resume: the same command with --resume"
sh jobs/launch.sh 2 train jobs/demo.yaml --run "$run" --resume

say "test: the checkpoint that was best on the validation split"
sh jobs/launch.sh 2 evaluate "$run/checkpoints/best.h5" --split test

say "report"
build/longwave report "$run" --out "$run/report.html"

say "done"
cat <<END
Look at:
  $run/report.html      curves, confusion, attention and samples, for a browser
  $run/metrics.csv      loss, accuracy and time of every step
  $run/train.log        what was said above; beside it job.yaml, the job with every default
  $run/checkpoints/     best.h5 and latest.h5: build/longwave inspect $run/checkpoints/best.h5
Next: a first job of your own, in README.md
END
