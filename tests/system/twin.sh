#!/bin/sh
# The forward pass written a second time, docs/longwave_twin.py, agrees with the program to 1e-5 on tiny checkpoints
# that have every choice of the model in one of them or another.
#   twin.sh LONGWAVE ROOT      the program; the root of the project
# shellcheck source=tests/system/python.sh
. "$(dirname "$0")/python.sh"
twin=$root/docs/longwave_twin.py
torch=
if "$python" -c 'import torch' 2>/dev/null; then torch=yes; else echo "no PyTorch: exported models are not run"; fi

# 60 pictures of 5 x 7 for training, 10 for testing, as idx files
"$python" - <<'END'
import struct
import numpy
random = numpy.random.default_rng(1)
for name, count in ("train", 60), ("test", 10):
    with open(name + "-images", "wb") as f:
        f.write(struct.pack(">4I", 0x803, count, 5, 7) + random.bytes(35 * count))
    with open(name + "-labels", "wb") as f:
        f.write(struct.pack(">2I", 0x801, count) + bytes(i % 10 for i in range(count)))
END
"$longwave" prepare images --out values.h5 --train-images train-images --train-labels train-labels \
  --test-images test-images --test-labels test-labels --normalise auto >/dev/null
"$longwave" prepare listops --out tokens.h5 --train 60 --validation 10 --test 10 \
  --min-length 5 --max-length 90 --max-depth 5 --max-arguments 5 >/dev/null

"$longwave" prepare language --out text.h5 --length 150 --text "$2/docs/longwave_twin.py" >/dev/null
# 60 and 10 pairs of documents of 1 to 89 letters, some cut by data.max_length
"$python" - <<'END'
import random
random.seed(2)
def letters():
    return "".join(random.choice("abcdefgh") for _ in range(random.randint(1, 89)))
for name, count in ("train", 60), ("test", 10):
    with open(name + ".tsv", "w") as f:
        for i in range(count):
            f.write(f"{i % 2}\ta\tb\t{letters()}\t{letters()}\n")
END
"$longwave" prepare retrieval --out pairs.h5 --train train.tsv --test test.tsv >/dev/null

# Values at irregular times
"$python" - "$2/docs" timed.h5 <<'END'
import sys
import numpy
sys.path.insert(0, sys.argv[1])
from write_data_set import write
random = numpy.random.default_rng(3)
def split(count):
    lengths = random.integers(3, 90, count)
    return {"samples": [random.normal(size=(n, 2)).astype("float32") for n in lengths], "labels": numpy.arange(count) % 2,
            "times": [numpy.cumsum(random.exponential(size=n)) for n in lengths]}
write(sys.argv[2], "values", "class", {"train": split(40), "validation": split(8), "test": split(10)},
      classes=["a", "b"], channels=["x", "y"], scale=(1.0, 1.0), shift=(0.0, 0.0), time_unit="s", time_scale=1.5)
END

# compare NAME DATA LOGITS: the scores of the last checkpoint of runs/NAME by the twin with those in a file
compare() {
  "$python" "$twin" "runs/$1/checkpoints/latest.h5" "$2" --limit 8 --logits "$3"
}

# agree_in_torch NAME DATA: the scores of the exported model with those in NAME.h5, where there is PyTorch
agree_in_torch() {
  [ -n "$torch" ] || return 0
  "$longwave" export "runs/$1/checkpoints/latest.h5" --torch exported.py >/dev/null
  PYTHONPATH=$root/docs:. PYTHONDONTWRITEBYTECODE=1 "$python" - "$1" "$2" <<'END'
import sys
import h5py
import numpy as np
import torch
import longwave_twin as twin
from exported import Model
name, data = sys.argv[1:]
model = Model()
job, p = twin.read_checkpoint(f"runs/{name}/checkpoints/latest.h5")
assert {k: tuple(v.shape) for k, v in model.state_dict().items()} == {k: v.shape for k, v in p.items()}
with h5py.File(f"{name}.h5") as f:
    wanted, numbers = f["logits"][...], f["samples"][...].tolist()
own = []
with h5py.File(data) as f:
    for i in numbers:
        documents = [torch.from_numpy(x) for x in twin.read_sample(f, "test", i, job["data"]["max_length"])]
        ticks = twin.read_ticks(f, "test", i, job["data"]["max_length"]) if "times" in f["test"] else None
        own.append(model(*documents, ticks=None if ticks is None else torch.from_numpy(ticks)))
own[0].sum().backward()
assert any(x.grad is not None and x.grad.abs().sum() > 0 for x in model.parameters()), "it can be trained"
own = torch.stack(own).detach().numpy()
error = np.linalg.norm(own - wanted) / np.linalg.norm(wanted)
print(f"relative difference of {name} in PyTorch: {error:.2e}")
sys.exit(not error <= 1e-5)
END
}

# train_little NAME DATA OPTION...: so that nothing is as it started
train_little() {
  name=$1
  data=$2
  shift 2
  printf 'data: {path: %s}\nmodel: {layers: 3, width: 24, heads: 3}\n' "$data" >"$name.yaml"
  printf 'train: {steps: 5, batch_size: 6}\noptimizer: {learning_rate: 1e-2}\n' >>"$name.yaml"
  train_with "$name" "$@"
}

# agree NAME DATA OPTION...: the scores of a trained model
agree() {
  train_little "$@"
  "$longwave" evaluate "runs/$1/checkpoints/latest.h5" --limit 8 --logits "$1.h5" >/dev/null
  compare "$1" "$2" "$1.h5"
  agree_in_torch "$1" "$2"
}

# agree_on_loss NAME DATA OPTION...: the mean loss of a model of the next token
agree_on_loss() {
  train_little "$@"
  loss=$("$longwave" evaluate "runs/$1/checkpoints/latest.h5" --limit 8 | sed -n 's/.*, loss \([0-9.]*\),.*/\1/p')
  "$python" "$twin" "runs/$1/checkpoints/latest.h5" "$2" --limit 8 --loss "$loss"
}

agree first values.h5 model.positions=learned model.norm_position=pre model.pooling=mean \
  attention.locality=bias attention.causal=false attention.decay=linear
agree second tokens.h5 model.positions=rotary model.norm_position=post model.pooling=max \
  attention.locality=scale attention.window=5 attention.alignment=causal
agree third tokens.h5 model.norm=batch model.positions=sinusoidal model.pooling=last model.dropout=0.1 \
  attention.locality=both attention.chunk=16 attention.decay=list "attention.alphas=[0.5,0,0.05]"

agree_on_loss fourth text.h5 model.positions=rotary attention.locality=scale attention.window=3 \
  attention.alignment=causal
agree_on_loss fifth text.h5 model.norm_position=post model.positions=learned attention.locality=both \
  attention.window=1 attention.chunk=64 data.max_length=100
for head in s4 nystrom lra lra-nli; do
  agree "pairs-$head" pairs.h5 "model.pair_head=$head" data.max_length=70 model.positions=learned model.ffn=30
done

# Heads of an odd size: rotary leaves the last channel, sinusoidal ends with a sine. Values that are words, paths that
# need quotes.
cp tokens.h5 "it's \"10:1\" # \\é.h5"
agree odd-rotary tokens.h5 model.width=27 model.positions=rotary attention.chunk=16 attention.decay=linear \
  attention.engine=scalapack parallel.sequence=auto optimizer.learning_rate=1e-05 optimizer.schedule=plateau \
  "data.path=it's \"10:1\" # \\é.h5"
agree odd-sinusoid tokens.h5 model.width=9 model.heads=1 model.positions=sinusoidal model.pooling=max \
  attention.bound=0 attention.window=1 attention.tolerance=0 train.label_smoothing=0.2 optimizer.schedule=linear
agree one-channel values.h5 model.width=3 model.positions=rotary model.norm=batch model.norm_position=post \
  model.pooling=last attention.causal=false attention.chunk=10 attention.window=7 parallel.recompute=true
agree none tokens.h5 model.positions=none model.ffn=5 attention.locality=both attention.bound=2 attention.window=21 \
  attention.alignment=causal attention.causal=false parallel.matmul=scalapack optimizer.schedule=constant
agree_on_loss chunked text.h5 model.width=15 model.positions=sinusoidal attention.locality=bias attention.chunk=32 \
  attention.alignment=causal train.label_smoothing=0.1 parallel.sequence=auto
agree content tokens.h5 attention.clock=content attention.locality=bias attention.causal=false attention.bound=0.5
agree learned values.h5 attention.clock=learned attention.locality=both attention.bound=0.3 attention.window=3
agree times timed.h5 attention.clock=time attention.locality=both attention.bound=0.5
agree relative tokens.h5 model.qk_norm=true model.positions=rotary attention.relative_bias=3 attention.locality=bias \
  attention.causal=false
agree relative-scale values.h5 attention.relative_bias=40 attention.clock=content attention.chunk=20
agree gates timed.h5 attention.clock=content attention.clock_step=times attention.causal=false
agree convolved tokens.h5 "model.convolution=[attention,attended,feed_forward]" model.convolution_taps=5 \
  attention.causal=false attention.chunk=16 model.attention_gate=true
agree convolved-before values.h5 model.convolution=attention model.norm_position=post attention.clock=content
agree averaged tokens.h5 model.moving_average=3 attention.causal=false attention.chunk=40 model.convolution=attention \
  model.attention_gate=true optimizer.learning_rate=5e-2
agree averaged-before values.h5 model.moving_average=2 model.norm_position=post attention.clock=content model.qk_norm=true
agree half-rotary tokens.h5 "model.positions=[learned,rotary]" model.rotary_share=0.5 attention.bound=0.5 \
  attention.layer_spread=16
agree spread timed.h5 model.positions=sinusoidal,rotary model.rotary_share=0.3 attention.clock=learned \
  attention.layer_spread=0.1 attention.causal=false model.layers=2
agree cls tokens.h5 model.pooling=cls attention.causal=false model.positions=learned
agree weighed timed.h5 model.pooling=attention model.norm=batch
agree pairs-weighed pairs.h5 model.pooling=attention attention.chunk=20 data.max_length=70
agree pairs-last pairs.h5 model.pooling=last model.norm=batch model.positions=rotary model.width=15 attention.chunk=20
agree pairs-max pairs.h5 model.pooling=max model.pair_head=lra model.positions=sinusoidal model.norm_position=post

# The comparison itself must be able to fail.
if compare second tokens.h5 third.h5 >/dev/null; then
  echo "the twin takes the scores of one model for those of another"
  exit 1
fi
if "$python" "$twin" runs/fourth/checkpoints/latest.h5 text.h5 --loss "$loss" >/dev/null; then
  echo "the twin takes the loss of one model for that of another"
  exit 1
fi

# Data that mean something else: a class renamed, a token renamed, another scale. An older checkpoint cannot know.
refuses() { # refuses NAME DATA WORDS
  if "$python" "$twin" "runs/$1/checkpoints/latest.h5" "$2" >out 2>&1 || ! grep -q "$3" out; then
    echo "the twin takes data that mean something else, without '$3'"
    cat out
    exit 1
  fi
}
cp tokens.h5 class.h5
cp tokens.h5 token.h5
cp values.h5 scale.h5
"$python" - <<'END'
import h5py
with h5py.File("class.h5", "r+") as f:
    f["class_names"][0] = b"x"
with h5py.File("token.h5", "r+") as f:
    f["token_names"][3] = b"x"
with h5py.File("scale.h5", "r+") as f:
    f.attrs["scale"] = 1.0
END
refuses second class.h5 "class 0 is '0' in .* and 'x' in class.h5"
refuses second token.h5 "token 3 is '3' in .* and 'x' in token.h5"
refuses first scale.h5 "stored with scale"

# No limit is all samples, as it is for evaluate.
"$longwave" evaluate runs/second/checkpoints/latest.h5 --limit 0 --logits whole.h5 >/dev/null
"$python" "$twin" runs/second/checkpoints/latest.h5 tokens.h5 --limit 0 --logits whole.h5

"$python" -c 'import h5py; h5py.File("runs/second/checkpoints/latest.h5", "r+").attrs["version"] = 2'
"$python" "$twin" runs/second/checkpoints/latest.h5 class.h5 2>out >/dev/null
grep -q "they are not compared" out || { echo "the twin does not say that names are not compared"; exit 1; }
