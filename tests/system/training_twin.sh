#!/bin/sh
# What docs/pytorch.md says of training, held to trained runs number by number: learning rates, the loss with label
# smoothing and without, AdamW and Muon, which weights decay, clipping, running statistics of batch norm.
#   training_twin.sh LONGWAVE ROOT      the program; the root of the project
# shellcheck source=tests/system/python.sh
. "$(dirname "$0")/python.sh"

"$longwave" prepare listops --out tokens.h5 --train 24 --validation 10 --test 10 \
  --min-length 5 --max-length 60 --max-depth 5 --max-arguments 5 >/dev/null

# run NAME OPTIMIZER [MODEL]: 12 steps, each over all training samples, with an evaluation and a checkpoint at each
run() {
  cat >"$1.yaml" <<END
data: {path: tokens.h5}
model: {layers: 1, width: 16, heads: 2, positions: learned${3:-}}
train: {steps: 12, batch_size: 24, evaluate_every: 1, label_smoothing: 0.2}
optimizer: {$2}
checkpoint: {every: 1, keep: 100}
END
  "$longwave" train "$1.yaml" >"$1.log" 2>&1 || { cat "$1.log"; exit 1; }
}

run cosine "learning_rate: 1e-2, warmup: 4, final_rate: 0.1, weight_decay: 0.5, clip: 0"
run linear "learning_rate: 1e-5, schedule: linear, final_rate: 0.25, warmup: 3"
run muon "kind: muon, schedule: trapezoid, decay_share: 0.5, final_rate: 0.2, warmup: 2, weight_decay: 0.5, muon_momentum: 0.8"
run constant "learning_rate: 0.001, schedule: constant, warmup: 5, clip: 0.01"
run plateau "learning_rate: 1, schedule: plateau, plateau_factor: 0.5, plateau_patience: 2, warmup: 6"
run batch "learning_rate: 0" ", norm: batch"

PYTHONPATH=$root/docs PYTHONDONTWRITEBYTECODE=1 "$python" - <<'END'
import csv
import math
import h5py
import numpy as np
import longwave_twin as twin

def near(what, own, theirs, tolerance):
    own, theirs = np.asarray(own, dtype=float), np.asarray(theirs, dtype=float)
    error = np.max(np.abs(own - theirs)) / max(np.max(np.abs(theirs)), 1e-30)
    if not error <= tolerance:
        raise SystemExit(f"{what}: {own} by docs/pytorch.md, {theirs} by the program")

def rows(run, split):
    with open(f"runs/{run}/metrics.csv") as f:
        return [row for row in csv.DictReader(f) if row["split"] == split]

def checkpoint(run, step):
    path, = [name for name in __import__("glob").glob(f"runs/{run}/checkpoints/*{step:d}.h5")
             if int("".join(c for c in name.split("/")[-1] if c.isdigit())[:-1]) == step]
    return path

def jobs(run):
    with open(f"runs/{run}/job.yaml") as f:
        return twin.read_job(f.read())

# learning rates
for run in "cosine", "linear", "muon", "constant", "plateau":
    o, steps = jobs(run)["optimizer"], jobs(run)["train"]["steps"]
    losses = [float(row["loss"]) for row in rows(run, "validation")]
    scale, worse, best = 1.0, 0, math.inf
    for s, row in enumerate(rows(run, "train")):
        u = (s - o["warmup"]) / (steps - o["warmup"])
        factor = {"cosine": o["final_rate"] + (1 - o["final_rate"]) * (1 + math.cos(math.pi * u)) / 2,
                  "linear": o["final_rate"] + (1 - o["final_rate"]) * (1 - u), "constant": 1.0, "plateau": scale,
                  "trapezoid": o["final_rate"] + (1 - o["final_rate"]) * min(1.0, (1 - u) / o["decay_share"])}
        factor = (s + 1) / o["warmup"] if s < o["warmup"] else factor[o["schedule"]]
        near(f"rate of {run} at step {s + 1}", o["learning_rate"] * factor, float(row["learning_rate"]), 1e-5)
        if losses[s] < best:
            best, worse = losses[s], 0
        elif s + 1 > o["warmup"]:
            worse += 1
            if worse == o["plateau_patience"]:
                scale, worse = scale * o["plateau_factor"], 0
    if run == "plateau" and scale == 1.0:
        raise SystemExit("the plateau schedule never acted, so nothing was tested")

# the loss: smoothed in training, plain in evaluation
data = h5py.File("tokens.h5")
def samples(split):
    return [twin.read_sample(data, split, i, 0) for i in range(len(data[split]["labels"]))], data[split]["labels"][()]

for step in 3, 6:
    job, p = twin.read_checkpoint(checkpoint("cosine", step))
    for split, row, smoothing in (("train", rows("cosine", "train")[step], 0.2),
                                  ("validation", rows("cosine", "validation")[step - 1], 0.0)):
        inputs, labels = samples(split)
        scores = np.array([twin.logits(x, job, p) for x in inputs])
        loss = (1 - smoothing) * twin.losses(scores, labels) + smoothing * np.mean(
            [twin.losses(scores, np.full(len(labels), k)) for k in range(scores.shape[1])], axis=0)
        near(f"{split} loss at step {step}", loss.mean(), float(row["loss"]), 2e-5)

# AdamW from one checkpoint to the next, and which parameters decay
def read(run, step, group):
    with h5py.File(checkpoint(run, step)) as f:
        return {name: f[group][name][...].astype(float) for name in f["parameters"] if name in f[group]}

o, step = jobs("cosine")["optimizer"], 7
rate = float(rows("cosine", "train")[step - 1]["learning_rate"])
before, after = read("cosine", step - 1, "parameters"), read("cosine", step, "parameters")
first, second = read("cosine", step, "optimizer/first"), read("cosine", step, "optimizer/second")
decayed = [name for name in before if name.endswith(".weight") and not name.startswith("embedding.")]
if len(decayed) != 5:
    raise SystemExit(f"linear layers: {decayed}")
for name in before:
    m, v = first[name] / (1 - o["beta1"] ** step), second[name] / (1 - o["beta2"] ** step)
    move = m / (np.sqrt(v) + o["epsilon"]) + (o["weight_decay"] * before[name] if name in decayed else 0.0)
    near(f"AdamW of {name}", before[name] - rate * move, after[name], 2e-6)
    if name in decayed:
        unlike = np.abs(before[name] - rate * (move - o["weight_decay"] * before[name]) - after[name]).max()
        if unlike < 1e-4:
            raise SystemExit(f"decay of {name} is too small to be tested")

# Muon: the gradient comes of what the momentum was and is; queries, keys and values each by themselves
def orthogonal(x):
    x = x / np.sqrt((x ** 2).sum())
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x - 4.7750 * a @ x + 2.0315 * a @ a @ x
    return x

o, step = jobs("muon")["optimizer"], 9
adam_rate = float(rows("muon", "train")[step - 1]["learning_rate"])
rate = o["muon_learning_rate"] * adam_rate / o["learning_rate"]
before, after = read("muon", step - 1, "parameters"), read("muon", step, "parameters")
held, momentum = (read("muon", s, "optimizer/momentum") for s in (step - 1, step))
first, second = read("muon", step, "optimizer/first"), read("muon", step, "optimizer/second")
if sorted(momentum) != [name for name in sorted(before) if name.startswith("blocks.") and name in decayed] or \
   sorted([*momentum, *first]) != sorted(before):
    raise SystemExit(f"matrices: {sorted(momentum)}")
for name, m in momentum.items():
    d = m - o["muon_momentum"] * held[name] + o["muon_momentum"] * m
    parts = 3 if name.endswith("qkv.weight") else 1
    stretch = max(1.0, d.shape[0] / parts / d.shape[1]) ** 0.5
    move = stretch * np.concatenate([orthogonal(part) for part in np.split(d, parts)])
    near(f"Muon of {name}", before[name] - rate * (move + o["weight_decay"] * before[name]), after[name], 5e-6)
for name in first:
    m, v = first[name] / (1 - o["beta1"] ** step), second[name] / (1 - o["beta2"] ** step)
    move = m / (np.sqrt(v) + o["epsilon"]) + (o["weight_decay"] * before[name] if name in decayed else 0.0)
    near(f"AdamW of {name}", before[name] - adam_rate * move, after[name], 2e-6)

# the whole gradient is scaled down to the norm optimizer.clip
norm = float(rows("constant", "train")[0]["gradient_norm"])
moved = math.sqrt(sum((x ** 2).sum() for x in read("constant", 1, "optimizer/first").values()))
if norm <= 0.01:
    raise SystemExit("nothing was clipped, so nothing was tested")
near("clipped gradient", 0.1 * 0.01, moved, 1e-4)

# batch norm: with rate 0 the input of the first norm stays the same, and each step moves its statistics by a tenth
x = []
job, p = twin.read_checkpoint(checkpoint("batch", 1))
for (tokens,) in samples("train")[0]:
    x.append(p["embedding.weight"][tokens] + p["embedding.position"][:len(tokens)])
x = np.concatenate(x)
for step in 1, 5:
    _, p = twin.read_checkpoint(checkpoint("batch", step))
    kept = 0.9 ** step
    near("running mean", (1 - kept) * x.mean(0), p["blocks.0.attention_norm.mean"], 1e-5)
    near("running variance", kept + (1 - kept) * x.var(0, ddof=1), p["blocks.0.attention_norm.variance"], 1e-5)
END
