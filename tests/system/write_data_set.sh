#!/bin/sh
# docs/write_data_set.py writes every kind of data set; damaged ones are refused, and the sentence says where.
#   write_data_set.sh LONGWAVE ROOT      the program; the root of the project
# shellcheck source=tests/system/python.sh
. "$(dirname "$0")/python.sh"

"$python" -B - "$longwave" "$root" <<'END'
import shutil, subprocess, sys
import h5py
import numpy as np
sys.path.insert(0, sys.argv[2] + "/docs")
import write_data_set
from write_data_set import write

rng = np.random.default_rng(1)
COUNT = {"train": 12, "validation": 4, "test": 3}
C = 2
VALUES = {"scale": [1] * C, "shift": [0] * C, "channels": ["left", "right"], "units": ["V", ""]}


def verify(path):
    run = subprocess.run([sys.argv[1], "inspect", "--verify", path], capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def splits(more):
    """more: what a split of these samples has besides them."""
    made = {}
    for split, count in COUNT.items():
        samples = [rng.normal(size=(int(rng.integers(6, 12)), C)).astype("float32") for _ in range(count)]
        made[split] = {"samples": samples, **more(samples, count, split)}
    return made


def steps(samples):
    return sum(len(sample) for sample in samples)


def times(samples):
    return [np.cumsum(rng.exponential(size=len(sample))) for sample in samples]


def windows(samples, count, split):
    starts = np.arange(0, steps(samples) - 8, 3)
    return {"starts": starts, "lengths": np.full(len(starts), 6), "times": [np.arange(float(steps(samples)))]}


def listed(samples, count, split):
    asked = np.arange(1, steps(samples), 4)
    return {"asked": asked, "labels": np.stack([asked % 5, np.full(len(asked), np.nan)], 1)}


def missing(samples, count, split):
    for sample in samples:
        sample[2, 1] = np.nan
    labels = np.arange(count) % 2
    return {"labels": labels if split == "train" else labels * 0 - 1}  # -1: not known


write("class.h5", "values", "class", splits(lambda s, n, split: {
    "labels": np.arange(n) % 3, "times": times(s), "weights": np.ones(n), "names": [f"{split} {i}" for i in range(n)],
    "groups": np.arange(n) // 2 + 100 * list(COUNT).index(split)}), classes=["a", "b", "c"], time_scale=1.0,
    time_unit="s", rate=1.0, unit_scale=[0.5, 0.5], unit_shift=[0, 1], **VALUES)
write("several.h5", "values", "several classes", splits(lambda s, n, _: {"labels": rng.random((n, 4)) < 0.3}),
      classes=["a", "b", "c", "d"], **VALUES)
write("numbers.h5", "values", "numbers", splits(lambda s, n, _: {"labels": [[x[0, 0], np.nan] for x in s]}),
      answer_scale=[1, 0.1], answer_shift=[0, 1], answer_names=["first", "none"], answer_units=["V", ""], **VALUES)
write("steps.h5", "values", "class of steps", splits(lambda s, n, _: {"labels": np.arange(steps(s)) % 4 - 1}),
      classes=["lo", "mid", "hi"], **VALUES)
write("listed.h5", "values", "numbers of steps", splits(listed), answer_scale=[1, 1], answer_shift=[0, 0], **VALUES)
write("next.h5", "values", "next values", splits(windows), asked_channels=[1], horizon=2, time_scale=1.0, **VALUES)
write("missing.h5", "values", "class", splits(missing), classes=["0", "1"], missing=1, **VALUES)
codes = splits(lambda s, n, _: {"labels": np.arange(n) % 2})
for split in codes.values():
    split["samples"] = [(100 * sample).astype("int16") for sample in split["samples"]]
    split["samples"][0][1] = -32768
write("codes.h5", "values", "class", codes, classes=["0", "1"], missing=1, missing_code=-32768.0, **VALUES)
tokens = {split: {"samples": [rng.integers(0, 9, 8).astype("uint8") for _ in range(n)], "labels": np.zeros(n),
                  "breaks": np.full(n, 3)} for split, n in COUNT.items()}
write("pairs.h5", "tokens", "class", tokens, vocabulary=9, token_names=list("abcdefghi"), classes=["no", "yes"])
tokens = {split: {"samples": [rng.integers(0, 9, 8).astype("uint8") for _ in range(n)]} for split, n in COUNT.items()}
write("text.h5", "tokens", "next token", tokens, vocabulary=9)

KINDS = ["class", "several", "numbers", "steps", "listed", "next", "missing", "codes", "pairs", "text"]
for kind in KINDS:
    code, said = verify(kind + ".h5")
    assert code == 0 and "all checksums agree" in said, said
code, said = verify("missing.h5")
assert "missing values of" in said, said


def put(file, name, change):
    """A changed array with the checksum of what it now holds."""
    array = file[name][...]
    changed = change(array)
    array = array if changed is None else changed
    del file[name]
    texts = array.dtype.kind == "S"
    write_data_set.put(file, name, array.astype(str) if texts else array, None if texts else array.dtype)


def at(index, value):
    def change(array):
        array[index] = value
    return change


DAMAGE = [
    ("class", lambda f: put(f, "validation/times", at(3, 0.0)), "validation sample 0 has time 0 at 3, which is before that"),
    ("next", lambda f: put(f, "train/times", at(7, 1.0)), "train sample 1"),
    ("class", lambda f: put(f, "train/times", at(2, np.nan)), "train sample 0 has time nan at 2, which is not finite"),
    ("class", lambda f: put(f, "test/times", at(1, np.inf)), "test sample 0 has time inf at 1, which is not finite"),
    ("steps", lambda f: put(f, "train/labels", at(1, 3)), "'/train/labels' at 1 (sample 0, step 1) is 3, outside 3 cl"),
    ("listed", lambda f: put(f, "test/labels", at((0, 1), np.inf)), "at 0 (sample 0, step 1) is not a finite number"),
    ("class", lambda f: put(f, "train/values", at((2, 1), np.nan)), "sample 0 is not finite at 2 in channel 1 (right)"),
    ("class", lambda f: put(f, "test/groups", at(0, 3)), "group 3 is in two splits: train sample 7 and test sample 0"),
    ("several", lambda f: put(f, "answers/names", lambda a: a[:3]), "must hold 12 x 3 answers and has 12 x 4"),
    ("several", lambda f: put(f, "train/labels", lambda a: a.astype("int32") - 1), "holds int32, and must hold uint8"),
    ("next", lambda f: f.attrs.modify("horizon", 9), "whose end or horizon is beyond the items"),
    ("class", lambda f: f.pop("test/weights"), "only some of its splits have an array 'weights'"),
    ("class", lambda f: f["train/names"].write_direct(np.array([b"x"] * 12, f["train/names"].dtype)),
     "'/train/names' is damaged"),
]
for kind, damage, words in DAMAGE:
    shutil.copy(kind + ".h5", "damaged.h5")
    with h5py.File("damaged.h5", "a") as file:
        damage(file)
    code, said = verify("damaged.h5")
    assert code == 5 and words in said, f"{kind}, {words!r} in: {code} {said}"
END
