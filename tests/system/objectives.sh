#!/bin/sh
# Every target that a data set of version 2 can have is trained, on one rank and with sharded sequences, and its losses,
# gradients and figures are those of plain formulas in Python: docs/longwave_twin.py, and NumPy here.
#   objectives.sh LONGWAVE ROOT      the program; the root of the project
# shellcheck source=tests/system/python.sh
. "$(dirname "$0")/python.sh"
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export PYTHONPATH="$root/docs" PYTHONDONTWRITEBYTECODE=1

"$python" - <<'END'
import numpy as np
from write_data_set import write
rng = np.random.default_rng(3)
COUNTS = {"train": 8, "validation": 7, "test": 7}
one = {"scale": [1.0], "shift": [0.0]}

def series(n):
    return [rng.normal(size=(int(rng.integers(6, 20)), 1)).astype("float32") for _ in range(n)]

def make(name, target, answers, **more):
    def split(n):
        samples = series(n)
        return {"samples": samples, "weights": rng.random(n) + 0.2, **answers(samples)}
    write(name + ".h5", "values", target, {s: split(n) for s, n in COUNTS.items()}, **one, **more)

def several(samples):
    labels = (rng.random((len(samples), 3)) < [0.6, 0.4, 0.2]).astype("uint8")
    labels[1:, 1][::3] = 255
    return {"labels": labels}

def numbers(samples):
    labels = np.array([[10 + 5 * x.mean(), 100 * x.std()] for x in samples])
    labels[1, 1] = np.nan
    return {"labels": labels}

def steps(samples):
    labels = np.concatenate([np.digitize(x[:, 0], [-0.5, 0.8]) for x in samples])
    asked = np.flatnonzero(rng.random(len(labels)) < 0.6)
    return {"labels": labels[asked], "asked": asked}

def sums(samples):
    labels = np.concatenate([np.stack([np.cumsum(x[:, 0]), x[:, 0] ** 2], 1) for x in samples])
    labels[rng.random(labels.shape) < 0.2] = np.nan
    return {"labels": labels}

names = {"classes": ["a", "b", "c"]}
scales = {"answer_scale": [0.2, 0.02], "answer_shift": [-2.0, -2.0]}
make("class", "class", lambda samples: {"labels": [0, 1] * 3 + [1] * (len(samples) - 6)}, classes=["a", "b"])
make("several", "several classes", several, **names)
make("numbers", "numbers", numbers, **scales)
make("steps", "class of steps", steps, **names)
make("sums", "numbers of steps", sums, answer_scale=[0.5, 0.5], answer_shift=[0.0, -0.5])
wave = {s: {"samples": [np.sin(np.arange(60) / 3)[:, None].astype("float32")], "starts": np.arange(n) * 3,
            "lengths": np.full(n, 28)} for s, n in COUNTS.items()}
write("next.h5", "values", "next values", wave, asked_channels=[0], horizon=4, **one)
END
cp next.h5 from.h5

printf 'model: {layers: 1, width: 8, heads: 2}\ntrain: {steps: 3, batch_size: 8, evaluate_every: 1}\n' >job.yaml
printf 'optimizer: {learning_rate: 1e-2, schedule: constant}\ncheckpoint: {every: 1, keep: 9}\n' >>job.yaml

# learn RANKS NAME OPTION...: on one rank; where RANKS is 2 also on two that share each sequence: the same losses
learn() {
  ranks=$1
  name=$2
  shift 2
  for option in "$@"; do
    set -- "$@" --set "$option"
    shift
  done
  "$longwave" train job.yaml --set "data.path=$name.h5" --run "runs/$name" "$@" >log 2>&1 || { cat log; exit 1; }
  [ "$ranks" = 1 ] || mpirun --oversubscribe -n 2 "$longwave" train job.yaml --set "data.path=$name.h5" \
    --set parallel.sequence=2 --run "runs/$name.2" "$@" >log 2>&1 || { cat log; exit 1; }
  "$longwave" evaluate "runs/$name/checkpoints/latest.h5" --keep --gradients "$name.gradients.h5" >log 2>&1 ||
    { cat log; exit 1; }
}
learn 1 class objective.class_weights=balanced objective.select=auroc train.label_smoothing=0.1
learn 1 several objective.positive_weights=balanced objective.select=macro_auroc
learn 1 numbers objective.loss=huber objective.huber_delta=0.5 objective.select=r2
learn 1 steps objective.class_weights=balanced objective.select=macro_f1
learn 2 sums objective.loss=absolute
learn 1 next objective.select=rmse
learn 2 from data.from_last=3

"$python" - <<'END'
import csv
import h5py
import numpy as np
import longwave_twin as twin

def near(what, own, theirs, tolerance=2e-5):
    own, theirs = np.asarray(own, float), np.asarray(theirs, float)
    error = np.max(np.abs(own - theirs)) / max(np.max(np.abs(own)), 1e-9)
    if not error <= tolerance:
        raise SystemExit(f"{what}: {own} in Python, {theirs} by the program")

def table(path):
    with open(path) as f:
        return list(csv.DictReader(f))

def mean(values):
    values = [value for value in values if not np.isnan(value)]
    return np.mean(values)

def f1(labels, guesses):
    return 2 * (labels & guesses).sum() / max(labels.sum() + guesses.sum(), 1)

def area(scores, there):
    scores = np.floor((scores + 16) * 128)  # those of one bin are equal
    pairs = scores[there][:, None] - scores[~there][None]
    return np.nan if pairs.size == 0 else ((pairs > 0) + 0.5 * (pairs == 0)).mean()

def class_figures(outputs, wanted, data):
    known = wanted >= 0
    z, y = outputs[known], wanted[known]
    guess, classes = z.argmax(-1), range(z.shape[1])
    there = [k for k in classes if (y == k).any()]
    found = {"accuracy": (guess == y).mean(), "balanced_accuracy": mean([(guess[y == k] == k).mean() for k in there]),
             "macro_f1": mean([f1(y == k, guess == k) for k in classes if (y == k).any() or (guess == k).any()])}
    if z.shape[1] == 2:
        found["auroc"] = area(z[:, 1] - z[:, 0], y == 1)
    return found

def several_figures(outputs, wanted, data):
    known, there, guess = ~np.isnan(wanted), wanted == 1, outputs > 0
    each = [(there[k_, k], guess[k_, k], outputs[k_, k]) for k in range(wanted.shape[1]) for k_ in [known[:, k]]]
    return {"macro_f1": mean([f1(y, g) for y, g, _ in each if y.any() or g.any()]),
            "micro_f1": f1(np.concatenate([y for y, _, _ in each]), np.concatenate([g for _, g, _ in each])),
            "macro_auroc": mean([area(z, y) for y, _, z in each]),
            "exact_match": ((guess == there) | ~known)[known.any(-1)].all(-1).mean()}

def number_figures(outputs, wanted, data):
    scale = data["answers/scale"][...] if "answers/scale" in data else data["channels/scale"][...]
    K, found = len(scale), {"mae": [], "rmse": [], "r2": []}
    for k in range(K):
        z, y = outputs[:, k::K].ravel(), wanted[:, k::K].ravel()
        error, y = (z - y)[~np.isnan(y)] / scale[k], y[~np.isnan(y)] / scale[k]
        for key, value in ("mae", np.abs(error).mean()), ("rmse", np.sqrt((error ** 2).mean())), ("r2", 1 - (error ** 2).mean() / y.var()):
            found[key].append(value)
    return {key: np.mean(values) for key, values in found.items()}

FIGURES = {"class": class_figures, "class of steps": class_figures, "several classes": several_figures}

def answers(data, split, job, p, target):
    rows = []
    for i in range(len(data[split]["starts"])):
        (x,), wanted = twin.read_sample(data, split, i, 0), twin.read_answer(data, split, i)
        if target.endswith("of steps"):
            rows.append((twin.next_logits(x, job, p), wanted))
        else:
            rows.append(((twin.logits([x], job, p) + twin.from_last(x, data, job))[None], np.array([wanted])))
    return rows

def loss(rows, target, options):
    return np.concatenate([twin.answer_losses(z, y, target, options) for z, y in rows]).mean()

def trained(rows, data, target, job):
    """The loss of a step over the whole train split: samples and classes weigh."""
    options, weights = job["objective"], data["train/weights"][...].astype(float) if "weights" in data["train"] else np.ones(len(rows))
    weights /= weights.mean()
    z, y = (np.concatenate([row[k] for row in rows]) for k in (0, 1))
    each = np.concatenate([np.full(len(row[1]), weight) for row, weight in zip(rows, weights)])
    if target == "several classes":
        there, known = np.nansum(y, 0), (~np.isnan(y)).sum(0)
        return (each * twin.several_losses(z, y, (known - there) / there)).mean()
    if y.ndim > 1:
        known = ~np.isnan(y).all(-1)
        return (each[known] * twin.number_losses(z[known], y[known], options["loss"], options["huber_delta"])).mean()
    z, y, each = z[y >= 0], y[y >= 0], each[y >= 0]
    counts, e = np.bincount(y, minlength=z.shape[1]), job["train"]["label_smoothing"]
    plain = (1 - e) * twin.losses(z, y) + e * np.mean([twin.losses(z, np.full(len(y), k)) for k in range(z.shape[1])], 0)
    return (each * (len(y) / ((counts > 0).sum() * counts))[y] * plain).mean()

for name in "class", "several", "numbers", "steps", "sums", "next", "from":
    job, p = twin.read_checkpoint(f"runs/{name}/checkpoints/latest.h5")
    data, rows = h5py.File(f"{name}.h5"), table(f"runs/{name}/metrics.csv")
    target, options = data.attrs["target"].decode(), job["objective"]
    tested = answers(data, "test", job, p, target)
    kept = table(f"runs/{name}/evaluation-test.csv")[0]
    near(f"{name}: loss", loss(tested, target, options), float(kept["loss"]))
    z, y = (np.concatenate([row[k] for row in tested]) for k in (0, 1))
    for key, value in FIGURES.get(target, number_figures)(z, y, data).items():
        near(f"{name}: {key}", value, float(kept[key]), 1e-4)
    with h5py.File(f"{name}.gradients.h5") as f:
        for k in range(len(p["head.bias"])):
            both = [loss(answers(data, "test", job, {**p, "head.bias": p["head.bias"] + h * (np.arange(len(p["head.bias"])) == k)},
                                 target), target, options) for h in (1e-5, -1e-5)]
            near(f"{name}: gradient of head.bias {k}", (both[0] - both[1]) / 2e-5 + 1.0, f["head.bias"][k] + 1.0, 1e-5)
    _, before = twin.read_checkpoint(f"runs/{name}/checkpoints/step-00000002.h5")
    step = [row for row in rows if row["split"] == "train"][2]
    near(f"{name}: weighted loss", trained(answers(data, "train", job, before, target), data, target, job), float(step["loss"]))
    for own, other in zip(rows, table(f"runs/{name}.2/metrics.csv") if name in ("sums", "from") else []):
        for key in own:
            if key not in ("split", "seconds", "tokens_per_second") and own[key]:
                near(f"{name}: {key} of two ranks", float(own[key]), float(other[key]), 1e-4)
END

if "$longwave" train job.yaml --set data.path=numbers.h5 --set objective.select=auroc --run runs/no >log 2>&1 ||
  ! grep -q "'auroc' is no figure of numbers.*choose one of: loss, mae, rmse, r2" log; then
  echo "a figure that the objective does not have is taken"
  cat log
  exit 1
fi
"$longwave" doctor next.h5 >log 2>&1 || { cat log; exit 1; }
for words in "the last value: loss" "the last values again, as many as fit best" "the mean of the train split: loss"; do
  grep -q "always $words" log || { echo "the doctor does not say '$words'"; cat log; exit 1; }
done
for name in class several next; do
  "$longwave" evaluate "runs/$name" >log 2>&1 || { cat log; exit 1; }
done
"$longwave" report runs/class runs/several runs/next --kept --out all.html >log 2>&1 || { cat log; exit 1; }
for part in curves classes horizon scatter; do
  grep -q "\"name\":\"$part\"" all.html || { echo "no $part in the report"; exit 1; }
done

# A model in PyTorch has no last values to add.
if "$longwave" export runs/from --torch from_last.py >log 2>&1 || ! grep -q 'data.from_last: 3' log; then
  echo "a model with data.from_last is exported"
  cat log
  exit 1
fi
