"""The first seeds of tests/fuzz/corpus; what else is there was found.

Small on purpose: a reader takes little time for them, and a changed byte hits something that matters."""
import gzip
import pathlib
import struct

corpus = pathlib.Path(__file__).parent / "corpus"
job = b"""# every section, every kind of value
data: {path: random.h5}
model: {layers: 1, width: 4, heads: 2, ffn: 4, positions: sinusoidal, dropout: 0.1}
attention:
  decay: list
  alphas: [0, 0.5]
  window: 3
train:
  steps: 2
  batch_size: 2
  seed: 7
optimizer: {learning_rate: 1e-3, schedule: "cosine"}
parallel: {sequence: auto, recompute: false}
"""


def put(name, content):
    path = corpus / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def text_files():
    put("job/every-section", job)
    put("job/mistakes", b"model: {layer: 1, width: 1e3, width: [1]}\nattention: &a\n  alphas: [x, 1e99]\nmdel: *a\n")
    put("job/escapes", b'data:\n  path: "\\u00e9\\t\\x41"\ntrain: {steps: 010}\n')
    header = b"Source\tTarget\n( ( ( [MAX 1 ) 2 ) ] )\t2\n( ( [SM 9 ) ( ( [MED 3 ) 4 ) ] ) ]\t2\n"
    plain = b"2\t[MAX 1 2 ]\r\n3\t[MED [MIN 3 9 ] 4 ]\n7\t7\n"
    put("listops/header", header)
    put("listops/plain", plain)
    put("listops/gzip", gzip.compress(plain, mtime=0))
    put("listops/wrong", b"3\t[MAX 1 2 ]\n")


def images():
    pixels = bytes(range(12))
    labels = struct.pack(">2I", 0x801, 2) + bytes([3, 9])
    pictures = struct.pack(">4I", 0x803, 2, 2, 3) + pixels
    for name, pair in {"plain": (labels, pictures),
                       "gzip": (gzip.compress(labels, mtime=0), gzip.compress(pictures, mtime=0)),
                       "many": (struct.pack(">2I", 0x801, 2**32 - 1), struct.pack(">4I", 0x803, 2**32 - 1, 4096, 4096)),
                       }.items():
        put("idx/" + name, struct.pack("<H", len(pair[0])) + pair[0] + pair[1])
    record = bytes([5]) + bytes(range(256)) * 12
    put("cifar/plain", record)
    put("cifar/gzip", gzip.compress(record * 2, mtime=0))


def edits():
    """Of h5_edit.c: the number of edits, of changed bytes, then object, kind and details of each edit."""
    for name in "dataset", "checkpoint":
        put(name + "/attribute", bytes([1, 0, 0, 0, 2, 1, 11, 6, 0]))
        put(name + "/array", bytes([1, 0, 3, 1, 4, 1, 12, 1, 9, 9, 9, 9, 9, 9, 1]))
        put(name + "/link", bytes([2, 0, 5, 3, 0, 4, 3, 4, 2]))
        put(name + "/content", bytes([1, 0, 6, 2] + 9 * [255]))
        put(name + "/bytes", bytes([0, 2, 8, 0, 0, 0x80, 4, 1]))


text_files()
images()
edits()
