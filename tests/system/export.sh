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

# ---- event files of TensorBoard, read by a reader with another CRC: from a table, checked by the check value of RFC 3720
"$longwave" export runs/first --tensorboard board >/dev/null
"$longwave" export runs/first --tensorboard board >said
grep -q 'board/events.out.tfevents' said
cat >events.py <<'END'
import csv, glob, math, struct
table = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    table.append(n)
def masked(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    crc ^= 0xFFFFFFFF
    if data == b"123456789":
        assert crc == 0xE3069283, hex(crc)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
masked(b"123456789")
def varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]; at += 1
        number |= (byte & 127) << shift; shift += 7
        if byte < 128:
            return number, at
def fields(data):
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            size, at = (8, at) if key & 7 == 1 else (4, at) if key & 7 == 5 else varint(data, at)
            value = data[at:at + size]; at += size
            assert len(value) == size
        found[key >> 3] = value
    return found
def read(path):
    data, at, events = open(path, "rb").read(), 0, []
    while at < len(data):
        length, = struct.unpack_from("<Q", data, at)
        assert struct.unpack_from("<I", data, at + 8)[0] == masked(data[at:at + 8]), "checksum of a length"
        record = data[at + 12:at + 12 + length]
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == masked(record), "checksum of a record"
        events.append(fields(record)); at += 16 + length
    return events
(path,) = glob.glob("board/*")
first, *events = read(path)
assert first[3] == b"brain.Event:2", first
found, times = {}, []
for event in events:
    value = fields(fields(event[5])[1])
    found[value[1].decode(), event[2]] = struct.unpack("<f", value[2])[0]
    times.append(struct.unpack("<d", event[1])[0])
assert times == sorted(times) and times[0] > 1e9, times[:3]
wanted = {}
for row in csv.DictReader(open("runs/first/metrics.csv")):
    for name, cell in row.items():
        if name not in ("step", "split") and cell and cell != "nan":
            wanted[f"{name}/{row['split']}", int(row["step"])] = float(cell)
assert found.keys() == wanted.keys() and len(wanted) > 20, found.keys() ^ wanted.keys()
assert all(math.isclose(found[k], wanted[k], rel_tol=1e-6) for k in wanted)
END
"$python" events.py
refuses 2 '' "$longwave" export job.yaml --tensorboard board

# ---- a model in PyTorch (tests/system/twin.sh compares the scores of samples): answers at rows, and what is refused
refuses 2 'letters, digits and _ such as model.py' "$longwave" export runs/first --torch my-model.py
refuses 2 'not a model in PyTorch' "$longwave" export runs/first --torch events.py
cp job.yaml items.yaml
train_with items objective.pretrain=masked
refuses 2 'is of a pretraining, for masked tokens' "$longwave" export runs/items --torch items.py
[ ! -e items.safetensors ]
"$longwave" prepare language --out text.h5 --length 60 --text "$root/docs/longwave_twin.py" >/dev/null
printf 'data: {path: text.h5}\nmodel: {layers: 1, width: 8, heads: 2}\nattention: {alignment: causal}\n' >next.yaml
printf 'train: {steps: 2, batch_size: 6}\n' >>next.yaml
train_with next
"$longwave" export runs/next --torch following.py >/dev/null
"$longwave" export runs/next --torch following.py >/dev/null # its own files are replaced
if "$python" -c 'import torch' 2>/dev/null; then
  PYTHONPATH=$root/docs:. PYTHONDONTWRITEBYTECODE=1 "$python" - <<'END'
import numpy as np, torch
import longwave_twin as twin
from following import Model
job, p = twin.read_checkpoint("runs/next/checkpoints/best.h5")
(x,) = twin.read_samples("text.h5", "test", [0], job)[0]
own, wanted = Model()(torch.from_numpy(x)).detach().numpy(), twin.next_logits(x, job, p)
assert own.shape == wanted.shape == (len(x), wanted.shape[1]) and len(x) > 10
assert np.linalg.norm(own - wanted) <= 1e-5 * np.linalg.norm(wanted)
END
fi
