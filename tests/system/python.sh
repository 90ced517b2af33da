# shellcheck shell=sh
# Sourced by tests that run Python:  TEST LONGWAVE ROOT, the program and the root of the project. They are skipped where
# Python has no h5py or NumPy, and work in a folder of their own.
# shellcheck disable=SC2034 # for those who source this
set -eu
longwave=$1
root=$2
python=/usr/bin/python3
if ! "$python" -c 'import h5py, numpy' 2>/dev/null; then
  echo "skipped: $python has no h5py or no NumPy"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# train_with NAME OPTION...: the job NAME.yaml with these options; what it says is in NAME.log
train_with() {
  job=$1
  shift
  for option in "$@"; do
    set -- "$@" --set "$option"
    shift
  done
  "$longwave" train "$job.yaml" "$@" >"$job.log" 2>&1 || { cat "$job.log"; exit 1; }
}
