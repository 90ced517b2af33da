#!/bin/sh
# What `longwave export` writes is what the checkpoint holds, read by another reader; weights come back by
# train.start_from.
#   export.sh LONGWAVE ROOT      the program; the root of the project
# shellcheck source=tests/system/python.sh
. "$(dirname "$0")/python.sh"

cat >reader.py <<'END'
"""A reader of the format of its own: names to arrays, and the texts."""
import json, struct
import numpy as np
def read(path):
    with open(path, "rb") as f:
        length, = struct.unpack("<Q", f.read(8))
        head = json.loads(f.read(length))
        data = f.read()
    assert length % 8 == 0, length
    texts, arrays, behind = head.pop("__metadata__"), {}, 0
    for name, about in head.items():
        begin, end = about["data_offsets"]
        assert about["dtype"] == "F32" and begin == behind, (name, about)
        arrays[name] = np.frombuffer(data[begin:end], "<f4").reshape(about["shape"])
        behind = end
    assert behind == len(data)
    try:
        from safetensors.numpy import load_file
        theirs = load_file(path)
        assert theirs.keys() == arrays.keys() and all((theirs[k] == arrays[k]).all() for k in arrays)
    except ImportError:
        print("no safetensors: read by this test alone")
    return arrays, texts
END
"$longwave" prepare listops --out tokens.h5 --train 40 --validation 8 --test 8 --min-length 5 --max-length 30 --max-depth 4 \
  >/dev/null
printf 'data: {path: tokens.h5}\nmodel: {layers: 2, width: 12, heads: 3, norm: batch, positions: learned}\n' >job.yaml
printf 'train: {steps: 3, batch_size: 6}\noptimizer: {learning_rate: 1e-2}\n' >>job.yaml
cp job.yaml first.yaml
train_with first
"$longwave" export runs/first --safetensors first.safetensors >said
grep -q 'first.safetensors: [0-9]* arrays, [0-9]* numbers, of step 3' said || { cat said; exit 1; }
"$longwave" export runs/first/checkpoints/best.h5 --safetensors again.safetensors >/dev/null
cmp first.safetensors again.safetensors
"$longwave" export runs/first --safetensors first.safetensors >/dev/null # its own file is replaced

# The same weights, as nothing but arrays, and with one array that is not F32.
"$python" - <<'END'
import h5py, json, struct
import numpy as np
from reader import read
arrays, texts = read("first.safetensors")
with h5py.File("runs/first/checkpoints/best.h5") as f:
    wanted = {name: f[group][name][...] for group in ("parameters", "statistics") for name in f[group]}
    assert texts["job"] == f.attrs["job"].decode() and texts["step"] == "3" and texts["format"] == "pt", texts
assert list(arrays) == list(wanted) and len(arrays) > 30, list(arrays)
assert all(arrays[name].shape == wanted[name].shape and (arrays[name] == wanted[name]).all() for name in wanted)
def write(path, arrays):
    head, data = {}, b""
    for name, x in arrays.items():
        kind = {"float32": "F32", "float64": "F64"}[str(x.dtype)]
        head[name] = {"dtype": kind, "shape": list(x.shape), "data_offsets": [len(data), len(data) + x.nbytes]}
        data += x.tobytes()
    text = json.dumps(head).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)
write("bare.safetensors", arrays)
write("double.safetensors", dict(arrays, **{"head.bias": arrays["head.bias"].astype("f8")}))
END

# start FILE: train a little, hardly at all, from it
start() {
  cp job.yaml second.yaml
  rm -rf runs/second
  train_with second "train.start_from=$1" optimizer.learning_rate=1e-12 train.steps=1 train.seed=5 \
    optimizer.weight_decay=0
}
for file in first bare; do
  start $file.safetensors
  "$longwave" export runs/second --safetensors second.safetensors >/dev/null
  "$python" - <<'END'
import numpy as np
from reader import read
(was, _), (now, _) = read("first.safetensors"), read("second.safetensors")
assert was.keys() == now.keys()
for name in was:  # running statistics move in a step
    assert name.endswith((".mean", ".variance")) or np.allclose(was[name], now[name], atol=1e-7), name
END
  count=$(sed -n 's/.*: \([0-9]*\) of \([0-9]*\) arrays taken.*/\1 \2/p' second.log)
  if [ -z "$count" ] || [ "${count% *}" != "${count#* }" ]; then
    echo "not all arrays were taken: $count"
    cat second.log
    exit 1
  fi
done
grep -q 'does not say what its tokens and classes are' second.log || { cat second.log; exit 1; }

# refuses CODE WORDS COMMAND...
refuses() {
  wanted=$1
  words=$2
  shift 2
  code=0
  "$@" >said 2>&1 || code=$?
  if [ "$code" -ne "$wanted" ] || ! grep -q -- "$words" said; then
    echo "ends with $code, without '$words': $*"
    cat said
    exit 1
  fi
}
try() {
  rm -rf runs/second
  "$longwave" train second.yaml --set "train.start_from=$1"
}
refuses 5 "'head.bias' has the dtype F64, not F32" try double.safetensors
head -c 3000 first.safetensors >short.safetensors
refuses 5 'train.start_from: .*truncated' try short.safetensors
refuses 4 'cannot open' try none.safetensors
refuses 2 'not a file of safetensors' "$longwave" export runs/first --safetensors job.yaml
refuses 2 'nothing to write' "$longwave" export runs/first
refuses 2 'nothing to export' "$longwave" export --safetensors x.safetensors
