#!/bin/sh
# The Python that docs/python.md and docs/files.md print runs as printed; the columns that docs/files.md lists are those
# that the program writes; CITATION.cff names this version.
#   python_docs.sh LONGWAVE ROOT      the program; the root of the project
# shellcheck source=tests/system/python.sh
. "$(dirname "$0")/python.sh"

mkdir data
"$longwave" prepare listops --out data/listops.h5 --train 40 --validation 12 --test 12 --min-length 5 --max-length 20 \
  --max-depth 4 >/dev/null
printf 'data: {path: data/listops.h5}\nmodel: {layers: 1, width: 8, heads: 2}\ntrain: {steps: 2, batch_size: 6}\n' \
  >mine.yaml
train_with mine
"$longwave" evaluate runs/mine/checkpoints/best.h5 --split test --keep --logits logits.h5 >/dev/null
"$longwave" predict runs/mine --explain why.h5 --sample 3 --maps false >/dev/null 2>&1
ln -s "$root/docs" docs

# Of a model of the next token only the names of the figures are wanted.
"$longwave" prepare language --out text.h5 --length 150 --text "$root/docs/longwave_twin.py" >/dev/null
printf 'data: {path: text.h5}\nmodel: {layers: 1, width: 8, heads: 2}\nattention: {alignment: causal}\ntrain: {steps: 1, batch_size: 6}\n' >next.yaml
train_with next
"$longwave" evaluate runs/next/checkpoints/best.h5 --split test --keep >/dev/null
mv runs/next/evaluation-test.csv runs/mine/

"$python" - "$root" <<'END'
import csv, re, sys

def blocks(name):
    return re.findall(r"```python\n(.*?)```", open(f"{sys.argv[1]}/docs/{name}").read(), re.S)

# ---- the columns ----
text = open(f"{sys.argv[1]}/docs/files.md").read()
tables = re.findall(r"## `(\S+?\.csv)`\n(.*?)(?=\n## |\Z)", text, re.S)
assert len(tables) == 5, [name for name, _ in tables]
for name, section in tables:
    listed = re.findall(r"^\| `(\w+)` \|", section, re.M)
    written = next(csv.reader(open("runs/mine/" + name)))
    assert listed == written, f"{name}: docs/files.md lists {listed}, the program writes {written}"
(example,) = blocks("files.md")
assert len(example.splitlines()) == 10
compile(example, "files.md", "exec")
used = set(re.findall(r'\["(\w+)"\]|set_index\("(\w+)"\)', example))
metrics = next(csv.reader(open("runs/mine/metrics.csv")))
assert used and all((a or b) in metrics for a, b in used), used
try:
    import matplotlib, pandas
    matplotlib.use("Agg")
    exec(example, {})
except ImportError:
    print("no pandas or no matplotlib: the example is not run, its columns are right")

# ---- the lines of docs/python.md ----
import h5py, numpy
one, many, program, mattered = blocks("python.md")
assert len(one.splitlines()) == 6
found = {}
exec(one, found)
assert found["vector"].shape == (8,) and found["features"].shape[1] == 8
logits = h5py.File("logits.h5")["logits"][...]
assert numpy.allclose(found["scores"], logits[0], atol=1e-5), (found["scores"], logits[0])
exec(many, found)
assert found["vectors"].shape == (12, 8), found["vectors"].shape
assert numpy.allclose(found["vectors"][0], found["vector"])
head = found["vectors"] @ found["p"]["head.weight"].T + found["p"]["head.bias"]
assert numpy.allclose(head, logits, atol=1e-5), "the head of the embeddings is not the logits"
exec(program, {})
exec(mattered, {})

# ---- how to cite ----
version = re.search(r"version: '([^']+)'", open(f"{sys.argv[1]}/meson.build").read())[1]
cited = open(f"{sys.argv[1]}/CITATION.cff").read()
assert re.search(rf"^version: {re.escape(version)}$", cited, re.M), "CITATION.cff names another version"
try:
    import yaml
    data = yaml.safe_load(cited)
    assert data["cff-version"] == "1.2.0" and {"message", "title", "authors"} <= data.keys()
    assert data["license"] == "Apache-2.0" and data["type"] == "software"
    assert data["references"][0]["title"] in open(f"{sys.argv[1]}/README.md").read()
except ImportError:
    print("no PyYAML: CITATION.cff is not parsed")
END
