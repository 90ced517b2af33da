#!/bin/sh
# longwave predict: tables and HDF5 of every kind of answer, from data sets and from files that are read as those of the
# training were, on any number of ranks; what of a sample mattered, against slopes of the twin; and what is refused.
#   predict.sh LONGWAVE ROOT      the program; the root of the project
# shellcheck source=tests/system/python.sh
. "$(dirname "$0")/python.sh"

PYTHONPATH=$root/docs PYTHONDONTWRITEBYTECODE=1 "$python" - <<'END'
import numpy as np
from write_data_set import write
rng = np.random.default_rng(3)
counts = {"train": 12, "validation": 4, "test": 5}

def make(name, target, answer, times=False, lengths=(9, 30), **more):
    splits = {}
    for split, count in counts.items():
        samples = [rng.normal(size=(int(rng.integers(*lengths)), 2)).astype("float32") for _ in range(count)]
        splits[split] = {"samples": samples, "names": [f"{split}-{i}" for i in range(count)], **answer(samples)}
        if times:
            splits[split]["times"] = [np.arange(len(x)) / 4 for x in samples]
            more["time_scale"] = 0.25
    write(f"{name}.h5", "values", target, splits, scale=[1, 1], shift=[0, 0], **more)

make("class", "class", lambda xs: {"labels": [int(x[:, 0].mean() > 0) for x in xs]}, classes=["low", "high"])
make("numbers", "numbers", lambda xs: {"labels": [[100 + 10 * x.mean()] for x in xs]},
     answer_scale=[0.1], answer_shift=[-10], answer_names=["level"], answer_units=["m"])
make("steps", "class of steps", lambda xs: {"labels": np.concatenate([np.where(np.arange(len(x)) % 3, -1, x[:, 0] > 0)
     for x in xs])}, times=True, lengths=(350, 400), classes=["down", "up"]) # enough to be cut over three ranks
splits = {split: {"samples": [rng.integers(0, 5, 30).astype("int32") for _ in range(count)], "breaks": [12] * count,
                  "labels": [i % 2 for i in range(count)]} for split, count in counts.items()}
write("pairs.h5", "tokens", "class", splits, vocabulary=5, classes=["no", "yes"])
END
for name in class numbers steps pairs; do
  cat >$name.yaml <<JOB
data: {path: $name.h5}
model: {layers: 1, width: 8, heads: 2, positions: learned}
train: {steps: 3, batch_size: 6, evaluate_every: 3}
JOB
  train_with $name
  [ $name = pairs ] && continue
  "$longwave" predict runs/$name --out $name.csv >$name.said 2>&1 || { cat $name.said; exit 1; }
  "$longwave" predict runs/$name --out $name-answers.h5 >$name.said 2>&1 || { cat $name.said; exit 1; }
  "$longwave" evaluate runs/$name --keep=false >$name.evaluated 2>&1
  mpirun -n 3 "$longwave" predict runs/$name --sequence 3 --out $name-3.csv >$name.said 2>&1 ||
    { cat $name.said; exit 1; }
done

"$python" - <<'END'
import csv
import h5py
import re

def rows(path):
    return list(csv.DictReader(open(path)))

def same(a, b):
    try:
        return abs(float(a) - float(b)) <= 1e-5 * max(1, abs(float(b)))
    except ValueError:
        return a == b

tables = {name: rows(f"{name}.csv") for name in ("class", "numbers", "steps")}
for name, table in tables.items():
    other = rows(f"{name}-3.csv")
    assert len(other) == len(table), name
    assert all(same(x[k], y[k]) for x, y in zip(table, other) for k in x), name
said = open("class.evaluated").read()
right = sum(row["truth"] == row["prediction"] for row in tables["class"]) / 5
assert f"accuracy {100 * right:.2f} %" in said, (right, said)
assert [row["name"] for row in tables["class"]] == [f"test-{i}" for i in range(5)]
assert all(same(float(r["probability of low"]) + float(r["probability of high"]), 1) for r in tables["class"])
error = sum(abs(float(row["level"]) - float(row["true level"])) for row in tables["numbers"]) / 5
assert abs(error - float(re.search(r"MAE ([0-9.]+)", open("numbers.evaluated").read())[1])) < 1e-3, error
answers = h5py.File("steps-answers.h5")
data = h5py.File("steps.h5")["test"]
assert answers["first"][-1] == len(data["labels"]) == len(answers["answers"])
assert len(tables["steps"]) == sum(label >= 0 for label in data["labels"])
for row in tables["steps"]:
    at = answers["first"][int(row["sample"])] + int(row["step"])
    assert same(row["probability of up"], answers["answers"][at, 1])
    assert same(row["time"], int(row["step"]) / 4)
    assert row["truth"] == ["down", "up"][data["labels"][at]]
END

# What of a sample mattered: the same on any ranks, and the slopes of the model written a second time.
explain() { # explain RANKS RUN OPTION...
  ranks=$1
  run=$2
  shift 2
  mpirun -n "$ranks" "$longwave" predict "runs/$run" "$@" >why.said 2>&1 || { cat why.said; exit 1; }
}
explain 1 class --explain class-1.h5 --sample 2 --maps false
grep -q '^test sample 2 (test-2): ' why.said
explain 3 steps --explain steps-3.h5 --sample 1 --step 7 --answer up --maps false
explain 2 pairs --explain pairs-2.h5 --answer no --pictures why
PYTHONPATH=$root/docs PYTHONDONTWRITEBYTECODE=1 "$python" - <<'END'
import h5py
import numpy as np
import longwave_twin as twin

def close(a, b, allowed=1e-5):
    assert np.abs(a - b).max() <= allowed * np.abs(b).max(), (a, b)

def slope(f, h=1e-5):
    return (f(h) - f(-h)) / (2 * h)

def explained(name):
    why = h5py.File(f"{name}.h5")
    job, p = twin.read_checkpoint(f"runs/{name[:-2]}/checkpoints/best.h5")
    return why, job, p, twin.read_samples(f"{name[:-2]}.h5", "test", [why.attrs["sample"]], job)[0]

for name, output in ("class-1", twin.logits), ("steps-3", lambda d, job, p: twin.next_logits(d[0], job, p)):
    why, job, p, (x,) = explained(name)
    place = (7, 1) if name == "steps-3" else why.attrs["output"]
    close(why["input"][...], x)
    close(why["gradient_x_input"][...], why["gradient"] * x)
    close(why.attrs["value"], output([x], job, p)[place])
    for t, c in (0, 0), (6, 1), (7, 0):
        def moved(h):
            z = x.copy()
            z[t, c] += h
            return output([z], job, p)[place]
        assert abs(why["gradient"][t, c] - slope(moved)) <= 1e-4 * np.abs(why["gradient"]).max()
assert np.array_equal(why["times"], np.arange(len(x)) / 4) and why.attrs["step"] == 7
assert np.abs(why["gradient"][8]).max() > 0 == np.abs(why["gradient"][9:]).max() # causal, smoothed over 3

why, job, p, pair = explained("pairs-2")
assert np.array_equal(why["tokens"], np.concatenate(pair)) and why.attrs["second"] == len(pair[0]) == 12
assert why["second/layers/0/heads/0/before"].shape == (18, 18)
for document, t in (0, 5), (1, 0):
    def scaled(h): # a token of its own, with the vector made longer
        table = p["embedding.weight"]
        own = dict(p, **{"embedding.weight": np.vstack([table, (1 + h) * table[pair[document][t]]])})
        moved = [x.copy() for x in pair]
        moved[document][t] = 5
        return twin.logits(moved, job, own)[0]
    got = why["gradient_x_input"][12 * document + t, 0]
    assert abs(got - slope(scaled)) <= 1e-4 * np.abs(why["gradient_x_input"]).max()
for name in "explanation", "layer-0", "second-layer-0":
    assert open(f"why/{name}.png", "rb").read(4) == b"\x89PNG"
END

# Files that are read as those of the training were: a table with its answers left out.
"$python" - <<'END'
import random
random.seed(1)
lines = [f"n{i},{random.random():.4f},{random.random():.4f},{random.random():.4f}" for i in range(40)]
open("all.csv", "w").write("id,a,b,c,kind\n" + "".join(f"{line},{'xy'[i % 2]}\n" for i, line in enumerate(lines)))
open("new.csv", "w").write("id,a,b,c\n" + "".join(f"{line}\n" for line in lines[:7]))
END
"$longwave" prepare table --train all.csv --id id --target kind --out table.h5 >/dev/null
sed 's/class.h5/table.h5/' class.yaml >table.yaml
train_with table
for ranks in 1 3; do
  mpirun -n $ranks "$longwave" predict runs/table new.csv --out new-$ranks.csv --explain new.h5 --sample 2 \
    --answer y --maps false >new.said 2>&1 || { cat new.said; exit 1; }
  grep -q '^test sample 2 (n2): class y: logit' new.said
  cut -d, -f1-4 new-$ranks.csv >said-$ranks # not probabilities, which are equal to rounding
done
cmp said-1 said-3
[ "$(wc -l <new-1.csv)" = 8 ] && grep -q '^0,n0,,[xy],' new-1.csv
[ ! -e new-1.csv.data.h5 ]

# What comes behind the end of a series, beyond the rows that the training was limited to.
awk 'BEGIN { print "time,a,b"; for (i = 0; i < 64; i++) print i / 2 "," i % 4 "," i % 3 }' >rows.csv
"$longwave" prepare table --train rows.csv --rows step --time time --question next-values --target b --window 8 --stride 3 \
  --horizon 4 --limit 60 --split-by order --validation 12 --test 12 --reach-back --out rows.h5 >/dev/null
sed 's/class.h5/rows.h5, from_last: 3/' class.yaml >rows.yaml
train_with rows
"$longwave" predict runs/rows rows.csv --out future.csv >new.said 2>&1 || { cat new.said; exit 1; }
head -n 1 future.csv | grep -qx 'sample,step,time,b,true b'
tail -n 1 future.csv | grep -q '^18,3,33.5,[^,]*,$'
grep -q '^17,0,30.5,[^,]*,1$' future.csv

# Signals of other gains, which are stored otherwise, are the same to the model.
record() { # NAME GAIN
  { head -c 24 /dev/zero && awk -v gain="$2" 'BEGIN { for (i = 0; i < 40; i++) printf "%c%c", 1 + i % 7 * gain / 100, 0 }'; } >"$1.mat"
  printf '%s 1 100 40\n%s.mat 16+24 %d/mV\n# Dx: %d\n' "$1" "$1" "$2" "$(($2 % 200))" >"$1.hea"
}
for i in 1 2 3 4 5 6; do record "a$i" $((100 * i)); done
record new1 1000
"$longwave" prepare signals --train a1.hea,a2.hea,a3.hea,a4.hea,a5.hea,a6.hea --question classes --validation 1 --test 1 \
  --out records.h5 >/dev/null
sed 's/class.h5/records.h5/' class.yaml >records.yaml
train_with records
"$longwave" predict runs/records new1.hea --out records.csv >new.said 2>&1 || { cat new.said; exit 1; }

# refused WORDS ARGUMENT...: one sentence with these words, and nothing written
refused() {
  words=$1
  shift
  if "$longwave" predict "$@" >wrong.said 2>&1 || ! grep -q -e "$words" wrong.said || [ -e wrong.csv ] ||
    [ -e wrong.h5 ]; then
    echo "not refused with '$words': $*"
    cat wrong.said
    exit 1
  fi
}
{ cat rows.csv && tail -n 1 rows.csv; } >twice.csv
refused '--repeated keep .*the flags are those that the data of the training were made with' runs/rows twice.csv --out wrong.csv
refused 'reads one file at a time' runs/table new.csv all.csv --out wrong.csv
refused 'No such file' runs/table nothing.csv --out wrong.csv
refused "have the task 'mine'" runs/class new.csv --out wrong.csv
refused 'channels' runs/class table.h5 --out wrong.csv
refused 'nothing to write' runs/class
refused '--pictures is about one sample' runs/class --out wrong.csv --pictures why
refused 'there is no sample 5' runs/class --explain wrong.h5 --sample 5
refused "'middle' is none of the classes of class.h5: low, high" runs/class --explain wrong.h5 --answer middle
refused 'leave out --step' runs/class --explain wrong.h5 --step 1
refused 'has an answer at each of' runs/steps --explain wrong.h5
cp new.csv wrong.csv
if "$longwave" predict runs/class --out wrong.csv >wrong.said 2>&1 || ! grep -q 'not a table of predictions' wrong.said; then
  cat wrong.said
  exit 1
fi
cmp new.csv wrong.csv
