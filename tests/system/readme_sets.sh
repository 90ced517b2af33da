#!/bin/sh
# The Python of datasets/README.md, run as printed: it writes a data set of each kind, which inspect --verify takes,
# the doctor finds well, and a few steps are trained on; the reading example reads them.
#   readme_sets.sh LONGWAVE ROOT      the program; the root of the project
# shellcheck source=tests/system/python.sh
. "$(dirname "$0")/python.sh"

# The first block of the README reads a data set, those after it write some.
awk '/^```python$/ { block++; inside = 1; next } /^```$/ { inside = 0 } inside { print > (block == 1 ? "read.py" : "write.py") }' \
  "$root/datasets/README.md"
PYTHONPATH=$root/docs "$python" -B write.py
"$longwave" inspect --verify records.h5 >records.verify || { cat records.verify; exit 1; }

# check SET OPTION...: what is trained with these options
check() {
  set=$1
  shift
  "$longwave" inspect --verify "$set.h5" >"$set.verify" || { cat "$set.verify"; exit 1; }
  "$longwave" inspect "$set.h5" >"$set.txt" || { cat "$set.txt"; exit 1; }
  "$longwave" doctor "$set.h5" >"$set.doctor" || { cat "$set.doctor"; exit 1; }
  if ! grep -q '^0 findings' "$set.doctor"; then
    cat "$set.doctor"
    exit 1
  fi
  "$python" read.py "$set.h5" >"$set.read"
  if ! grep -q '^test 1 ' "$set.read"; then
    echo "the reading example does not read $set.h5"
    exit 1
  fi
  printf 'data: {path: %s.h5}\nmodel: {layers: 1, width: 16, heads: 2}\n' "$set" >"$set.yaml"
  printf 'train: {steps: 4, batch_size: 8}\ncheckpoint: {every: 0}\n' >>"$set.yaml"
  train_with "$set" "$@"
  if ! grep -q 'finished 4 steps' "$set.log" || grep -q 'warning: the values' "$set.log"; then
    cat "$set.log"
    exit 1
  fi
}

check tokens attention.causal=false
check values attention.causal=false
check pairs attention.causal=false
check text attention.alignment=causal

# what the examples say of themselves
grep -q '12 token ids, 2 classes' tokens.txt
grep -q 'a sample is a pair' pairs.txt
grep -q 'to predict the next token' text.txt
awk '$1 == "train" && NF == 6 && $2 ^ 2 < 1e-6 && ($3 - 1) ^ 2 < 1e-6 { found = 1 } END { exit !found }' values.doctor
