#!/bin/sh
# What the doctor says of data sets with known faults, and what it does not say of good ones.
#   doctor.sh LONGWAVE ROOT      the program; the root of the project
# shellcheck source=tests/system/python.sh
. "$(dirname "$0")/python.sh"

# write_set of datasets/README.md
awk '/^```python$/ { block++; inside = 1; next } /^```$/ { inside = 0 } inside && block == 2' \
  "$root/datasets/README.md" >sets.py
"$python" - <<'END'
import numpy as np
from sets import write_set
random = np.random.default_rng(3)

def audio(count, level=0.0, size=0.3, T=200, samples=None):
    samples = samples or [level + size * random.uniform(-1, 1, T) for _ in range(count)]
    return samples, [i % 2 for i in range(len(samples))]

def write(name, train, test, validation=None, kind="values", classes=("a", "b"), **more):
    splits = {"train": train, "test": test}
    if validation:
        splits["validation"] = validation
    write_set(name + ".h5", kind, splits, list(classes), **more)

write("good", audio(32), audio(16), audio(16))
# one sample again, a zero with another sign in it; one that differs in the last bit of the last item
train, labels = audio(32)
train = [x.astype(np.float32) for x in train]
again, other = train[5].copy(), train[6].copy()
train[5][7], again[7] = 0.0, -0.0
other[-1] = np.nextafter(other[-1], np.float32(9))
write("equal", (train, labels), audio(16, samples=[again, other] + audio(14)[0]), audio(16))
write("far", audio(32, level=1000.0, size=1.0), audio(16, level=1000.0, size=1.0))
write("small", audio(32, size=1e-4), audio(16, size=1e-4))
write("large", audio(32, size=1e4), audio(16, size=1e4))
write("constant", audio(32, samples=[np.full(50, 0.5)] * 32), audio(16))
write("flat", audio(0, samples=audio(20)[0] + [np.full(200, k / 7) for k in range(12)]), audio(16))
write("elsewhere", audio(32), audio(16, level=0.5), audio(16, size=1.5))
write("levels", audio(0, samples=[k / 32 + 1e-3 * random.normal(size=90) for k in range(32)]), audio(16))
# the class is the length; values of every length
write("lengths", audio(0, samples=[random.normal(size=9 + 20 * (i % 2)) for i in range(200)]),
      audio(0, samples=[random.normal(size=9 + 20 * (i % 2)) for i in range(100)]))
write("single", audio(0, samples=[random.normal(size=1) for _ in range(40)]),
      audio(0, samples=[random.normal(size=1) for _ in range(20)]))
# bright spots tell the class of pictures of real numbers below 0
def spots(count):
    pictures, labels = [], [i % 2 for i in range(count)]
    for label in labels:
        picture = random.normal(-3.0, 0.1, (16, 16))
        for row, column in (((3, 3), (12, 12)) if label else ((7, 5), (8, 11))):
            picture[row - 1:row + 2, column - 1:column + 2] += 2.0
        pictures.append(picture.reshape(-1))
    return pictures, labels
write("spots", spots(200), spots(100), scale=1 / 0.4, shift=3 / 0.4)

tokens = lambda count, T=30: ([random.integers(0, 50, T) for _ in range(count)], [0] * count)
write("one-class", tokens(20), tokens(10), kind="tokens", vocabulary=50, classes=["only"])
many = [int(k) for k in random.integers(0, 100000, 300)]
write("many-classes", (tokens(200)[0], many[:200]), (tokens(100)[0], many[200:]), kind="tokens", vocabulary=1000,
      classes=[str(k) for k in range(100000)])
# longer than what is held at once, and equal but for the last token
long = random.integers(0, 4, 2500000).astype(np.uint8)
changed = long.copy()
changed[-1] = (changed[-1] + 1) % 4
write("long", ([long, changed], [0, 1]), ([long], [0]), kind="tokens", vocabulary=4)
# the same text, cut elsewhere: no piece is equal, most stretches are
text = random.integers(0, 256, 9000)
fresh = random.integers(0, 256, 9000)
pieces = lambda x, first: ([x[i:i + 300] for i in range(first, len(x) - 300, 300)], [0] * ((len(x) - 300 - first + 299) // 300))
write("text", pieces(text, 0), pieces(text, 77), pieces(fresh, 0), kind="tokens", vocabulary=256, classes=["text"],
      target="next token")
# documents 0 .. 9 in train; test: one pair equal, two swapped (one with another label), one of known and new
document = [random.integers(97, 123, 20 + k) for k in range(14)]
pair = lambda *ks: [[document[a], document[b]] for a, b in ks]
write("pairs", (pair((0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (1, 0), (9, 9)), [0, 1, 0, 1, 0, 0, 1]),
      (pair((0, 1), (3, 2), (5, 4), (6, 10), (11, 12)), [1, 1, 1, 0, 0]), kind="tokens", vocabulary=256)
write("pairs-good", (pair((0, 1), (0, 2), (3, 1)), [0, 1, 0]), (pair((4, 5), (4, 6)), [0, 1]),
      (pair((7, 8), (7, 9)), [0, 1]), kind="tokens", vocabulary=256)
END

# examine SET: what the doctor says goes to SET.txt
examine() {
  "$longwave" doctor "$1.h5" >"$1.txt" 2>&1 || { echo "$1:"; cat "$1.txt"; exit 1; }
}
# says SET TIMES WORDS: lines of SET.txt that have these words
says() {
  if [ "$(grep -cF -- "$3" "$1.txt")" != "$2" ]; then
    echo "$1: not $2 times '$3' in:"
    cat "$1.txt"
    exit 1
  fi
}
# looks SET TIMES
looks() {
  says "$1" "$2" "look:"
}

for set in *.h5; do examine "${set%.h5}"; done
"$longwave" doctor spots.h5 --pictures spots.png >/dev/null
test -s spots.png

looks good 0
says good 1 "0 findings"
looks equal 2 # another label as well
says equal 1 "look: 1 of 16 test samples are also in train"
for set in far small large; do
  looks "$set" 2 # and the missing validation split
  says "$set" 1 "too far from 0 and 1: a model learns little or nothing"
done
says constant 1 "the values of the train split have only one value, 0.5"
says constant 1 "look: 32 of 32 train samples are one value repeated"
says flat 1 "look: 12 of 32 train samples are one value repeated"
says elsewhere 1 "look: the values of the test split, mean"
says elsewhere 1 "look: the values of the validation split, mean"
says levels 1 "look: the samples of train have different levels"
says lengths 1 "look: the length alone tells the class better than chance"
says lengths 1 "100.00 % +- 0.00  the length alone"
looks single 1
says spots 1 "look: the two brightest spots alone tell the class"
says good 0 "brightest"
says one-class 1 "look: one class: there is nothing to classify"
says many-classes 1 "not tried: how often each token occurs"
says long 1 "look: 1 of 1 test samples are also in train"
says long 0 "their own split"
says text 1 "ok: no duplicate samples"
says text 1 "look: 73.21 % of the passages of 64 tokens in test are also in train"
says text 1 "ok: 0.00 % of the passages of 64 tokens in validation are also in train"
says pairs 1 "look: 1 of 5 test samples are also in train (20.00 %)"
says pairs 1 "look: 1 of these equal samples have another label"
says pairs 1 "look: 1 of 7 train pairs are in their own split with their two documents swapped"
says pairs 1 "look: 3 of 5 test pairs are in train with their two documents swapped (60.00 %)"
says pairs 1 "look: 2 of these swapped pairs have another label"
says pairs 1 "look: 1 of 7 train pairs are a document and itself"
says pairs 1 "look: 7 of the 10 documents in test pairs are also in train pairs (70.00 %)"
looks pairs-good 0
says pairs-good 1 "ok: no document is in two splits"

# Who makes pairs is told at once.
printf '1\ta\tb\tone\ttwo\n0\tc\td\tthree\tfour\n' >train.tsv
printf '1\tb\ta\ttwo\tone\n0\te\tc\tfive\tthree\n0\te\tf\tfive\tsix\n' >test.tsv
"$longwave" prepare retrieval --train train.tsv --test test.tsv --out made.h5 >made.txt 2>&1 || { cat made.txt; exit 1; }
says made 1 "documents: 3 of the 5 in test pairs are in train pairs as well; 1 pairs are there with their documents swapped"

# Scale and shift as the doctor advises: nothing more is said of the values, by the doctor or by training, which says it
# once without them, on one rank or two.
train() {
  printf 'data: {path: %s.h5}\nmodel: {layers: 1, width: 16, heads: 2}\nattention: {causal: false}\n' "$1" >job.yaml
  printf 'train: {steps: 1, batch_size: 4}\ncheckpoint: {every: 0}\n' >>job.yaml
  "$longwave" train job.yaml --run "$1" >"$1.txt" 2>&1 || { cat "$1.txt"; exit 1; }
}
for set in far small large; do
  advice=$(sed -n 's/.*scale to \([^ ]*\) and shift to \([^ ]*\) .*/\1 \2/p' "$set.txt")
  train "$set"
  says "$set" 1 "warning: the values of the train split, judged by up to 64 samples, have mean"
  "$python" - "$set.h5" "${advice% *}" "${advice#* }" <<'END'
import sys, h5py
with h5py.File(sys.argv[1], "a") as file:
    file.attrs["scale"], file.attrs["shift"] = float(sys.argv[2]), float(sys.argv[3])
END
  mv "$set.h5" "$set-mended.h5"
  examine "$set-mended"
  looks "$set-mended" 1
  train "$set-mended"
  says "$set-mended" 0 "warning: the values"
done
