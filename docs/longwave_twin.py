#!/usr/bin/python3
"""The forward pass of a Longwave checkpoint in plain NumPy (float64): the formulas of docs/pytorch.md in code.

    longwave_twin.py CHECKPOINT.h5 DATA.h5 [--split test] [--limit 8] [--logits L.h5] [--loss X]

Prints the class scores of the samples that the limit leaves, and their mean loss; of a model of the next token the loss
alone, its perplexity and bits. With --logits it compares the scores with those that
`longwave evaluate CHECKPOINT --data DATA.h5 --limit N --logits L.h5` wrote, with --loss the loss with the one that it
printed, and fails above 1e-5 (norm-wise, relative). Data whose names of classes or tokens, scale or shift are not those
of the training are refused.
Needs h5py and NumPy only.
"""
import argparse
import json
import math
import sys

import h5py
import numpy as np


def read_checkpoint(path):
    with h5py.File(path) as f:
        arrays = {name: f["parameters"][name][...].astype(np.float64) for name in f["parameters"]}
        if "statistics" in f:
            arrays.update({name: f["statistics"][name][...].astype(np.float64) for name in f["statistics"]})
        return read_job(f.attrs["job"] if isinstance(f.attrs["job"], str) else f.attrs["job"].decode()), arrays


def check_data(path, data):
    """Stops when the numbers of the data set mean something else than those that the checkpoint was trained on. A
    checkpoint before version 3 does not know."""
    with h5py.File(path) as f:
        if f.attrs["version"] < 3 or f.attrs["train_samples"] == 0:
            print("the checkpoint does not know names and scale of its data: they are not compared", file=sys.stderr)
            return
        for what in "class", "token":
            was = list(f[f"data/{what}_names"]) if f.attrs[f"{what}_names"] else []
            place = "answers/names" if what == "class" and "answers" in data else f"{what}_names"
            now = list(data[place]) if place in data else []
            if what == "class" and f.attrs["kind"] in (b"next token", "next token"):
                continue
            for i in range(max(len(was), len(now))):
                names = [list_[i].decode() if i < len(list_) else None for list_ in (was, now)]
                if names[0] != names[1]:
                    sys.exit(f"{what} {i} is {names[0]!r} in {path} and {names[1]!r} in {data.filename}")
        for name in ("scale", "shift") if "channels" not in data else ():
            was, now = f.attrs[name], data.attrs[name]
            if "values" in data["train"] and not math.isclose(was, now, rel_tol=1e-9):
                sys.exit(f"values are stored with {name} {was:.9g} in the data of {path} and {now:.9g} in {data.filename}")
        for name in ("channels/scale", "channels/shift") if "channels" in data else ():
            if not np.allclose(f["data"][name], data[name], rtol=1e-9, atol=0.0):
                sys.exit(f"{name} differs between the data of {path} and {data.filename}")


def read_sample(data, split, i, max_length):
    """The documents of a sample: one, or the two of a pair. Values are [T], or [T, channels] of several."""
    group = data[split]
    if "starts" in group:  # version 2
        edges = [int(group["starts"][i]), int(group["starts"][i] + group["lengths"][i])]
    else:
        edges = [int(group["offsets"][i]), int(group["offsets"][i + 1])]
    if "breaks" in group:
        edges.insert(1, edges[0] + int(group["breaks"][i]))
    documents = []
    for first, last in zip(edges, edges[1:]):
        if max_length:
            last = min(last, first + max_length)
        if "tokens" in group:
            documents.append(group["tokens"][first:last].astype(np.int64))
        elif "channels" in data:
            values = group["values"][first:last].astype(np.float64) * data["channels/scale"][...] + data["channels/shift"][...]
            documents.append(values[:, 0] if values.shape[1] == 1 else values)
        else:
            documents.append(group["values"][first:last].astype(np.float64) * data.attrs["scale"] + data.attrs["shift"])
    return documents


def read_ticks(data, split, i, max_length):
    """The time from each step of a sample of version 2 to the one before, in typical gaps; 0 at the first."""
    group, scale = data[split], data.attrs["time_scale"]
    first, count = int(group["starts"][i]), int(group["lengths"][i])
    times = group["times"][first:first + min(count, max_length or count)]
    return np.diff(times, prepend=times[:1]) / scale


def read_answer(data, split, i):
    """What is right in sample i of a data set of version 2: a class, [K] of several classes or numbers, or of steps [T]
    and [T, K]; as a model learns it, NaN (of a class -1) where it is not known."""
    group, target = data[split], data.attrs["target"]
    target = target.decode() if isinstance(target, bytes) else target
    first, length = int(group["starts"][i]), int(group["lengths"][i])
    if target == "next values":
        asked, end = data["answers/channels"][...], first + length
        values = group["values"][end:end + int(data.attrs["horizon"])].astype(np.float64)
        return (values * data["channels/scale"][...] + data["channels/shift"][...])[:, asked].ravel()
    labels = group["labels"][i]
    if target.endswith("of steps"):
        labels = np.full((length,) + group["labels"].shape[1:], np.nan)
        asked = group["asked"][...] if "asked" in group else np.arange(len(group["labels"]))
        own = (asked >= first) & (asked < first + length)
        labels[asked[own] - first] = group["labels"][...][own]
        if target == "class of steps":
            return np.where(np.isnan(labels), -1, labels).astype(np.int64)
    if target.startswith("numbers"):
        return labels * data["answers/scale"][...] + data["answers/shift"][...]
    return np.where(labels == 255, np.nan, labels) if target == "several classes" else labels


def read_samples(path, split, numbers, job):
    """Samples of a data set as the model of `job` gets them; each a list of documents, one or the two of a pair."""
    with h5py.File(path) as data:
        return [read_sample(data, split, i, job["data"]["max_length"]) for i in numbers]


# ---- what the model is made of, in NumPy; an exported model has the same of PyTorch here ----

xp = np


def join(parts, axis=0):
    return np.concatenate(parts, axis)


def array(numbers, like):
    """Numbers of a list as an array of the type of another."""
    return np.array(numbers, like.dtype)


def zeros(shape, like):
    return np.zeros(shape, like.dtype)


def cast(x, like):
    return x.astype(like.dtype)


def double(x):
    return x.astype(np.float64)


def whole(x):
    return x.astype(np.int64)


def erf(x):
    return np.vectorize(math.erf)(x)


# ---- the model: `longwave export --torch` copies from here to the next line of this kind ----


def read_value(text):
    """A value of a job file: a number, true, false, a quoted text, a list of numbers, or a bare word such as auto.
    Numbers like 1e-05 come out as numbers (PyYAML's loaders give texts for them)."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def read_job(text):
    """The job attribute, or a run's job.yaml: sections of "key: value" lines."""
    job, section = {}, None
    for line in text.split("\n"):
        if not line.strip():
            continue
        key, value = line.split(":", 1)
        if line[0] != " ":
            section = job[key] = {}
        else:
            section[key.strip()] = read_value(value.strip())
    return job


def linear(x, p, name):
    return x @ p[name + ".weight"].T + p[name + ".bias"]


def norm(x, p, name, kind):
    if kind == "layer":
        mean = x.mean(-1, keepdims=True)
        variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    else:
        mean, variance = p[name + ".mean"], p[name + ".variance"]
    return (x - mean) / xp.sqrt(variance + 1e-5) * p[name + ".gain"] + p[name + ".bias"]


def root_norm(x, gain):
    return x / xp.sqrt((x ** 2).mean(-1, keepdims=True) + 1e-6) * gain


def gelu(x):
    return 0.5 * x * (1.0 + erf(x / math.sqrt(2.0)))


def sigmoid(x):
    return 1.0 / (1.0 + xp.exp(-x))


def softplus(x):
    return xp.logaddexp(xp.zeros_like(x), x)


def alphas(options, heads, depth=0.5):
    """The decays of a block at `depth`, a list: 0 of the lowest, 1 of the highest, 0.5 where there is one."""
    factor = options.get("layer_spread", 1) ** (0.5 - depth)
    if options["decay"] == "list":
        return [factor * alpha for alpha in options["alphas"]]
    if options["decay"] == "linear":
        spread = [c / max(heads - 1, 1) for c in range(heads)]
    else:
        spread = [2.0 ** -(heads - 1.0 - c) for c in range(heads)]
    return [0.0] + [factor * options["bound"] * share for share in spread[1:]]


def sinusoid(T, C, like):
    channel = xp.arange(C, dtype=xp.float64)
    angle = xp.arange(T, dtype=xp.float64)[:, None] / 10000.0 ** (2 * xp.floor(channel / 2) / C)
    return cast(xp.where(channel % 2 == 0, xp.sin(angle), xp.cos(angle)), like)


def rotate(x, share=1):
    """Rotary positions: in x [H, T, d] the pairs (i, i + R/2) turn by position / 10000^(2i/R), R = d of share 1."""
    d = x.shape[-1]
    R = d if share == 1 else 2 * math.floor(share * (d // 2) + 0.5)
    half = R // 2
    angle = xp.arange(x.shape[1], dtype=xp.float64)[:, None] / 10000.0 ** (2 * xp.arange(half, dtype=xp.float64) / max(R, 1))
    cos, sin = cast(xp.cos(angle), x), cast(xp.sin(angle), x)
    a, b = x[..., :half], x[..., half:2 * half]
    return join([a * cos - b * sin, a * sin + b * cos, x[..., 2 * half:]], -1)


def readings(z, o, p, block, heads, ticks, depth):
    """The clock of each head, [H, T]: distance is the difference of two readings. ticks [T]: the time from the token
    before in typical gaps, of data with times; depth: as in alphas."""
    decays, clock = alphas(o, heads, depth), o.get("clock", "index")
    alpha = array(decays, z)[:, None]
    moves = array([float(a > 0) for a in decays], z)[:, None]
    start = array([math.log(math.expm1(a if a > 0 else 1.0)) for a in decays], z)[:, None]
    times = clock == "time" or (clock != "index" and o["clock_step"] == "times")
    if clock == "learned":
        alpha = moves * softplus(start + p[block + "clock.rate"][:, None])
    if clock == "content":
        alpha = moves * softplus(start - linear(z, p, block + "clock").T)
    step = cast(ticks, z) if times else array([1.0] * len(z), z)
    return xp.cumsum(double(alpha * step), -1)


def chunks(x, o):
    """The pieces of [T, C] that attention.chunk makes."""
    size = o["chunk"] or len(x)
    return [x[first:first + size] for first in range(0, len(x), size)]


def convolve(x, o, p, name):
    """x [T, C] and its depthwise convolution, where the model has that one; beyond the ends of a chunk there are zeros."""
    if name + ".weight" not in p:
        return x
    weight = p[name + ".weight"]
    C, K = weight.shape
    before = K - 1 if o["causal"] else (K - 1) // 2
    parts = []
    for part in chunks(x, o):
        padded = join([zeros((before, C), x), part, zeros((K - 1 - before, C), x)])
        parts.append(part + sum(weight[:, k] * padded[k:k + len(part)] for k in range(K)))
    return join(parts)


def average(x, o, p, name):
    """x [T, C] and its damped moving averages, where the model has them; they begin anew with each chunk."""
    if name + ".eta" not in p:
        return x
    a, d = (sigmoid(p[f"{name}.{which}"]) for which in ("alpha", "delta"))
    beta, eta, C = p[name + ".beta"], p[name + ".eta"], x.shape[1]
    parts = []
    for part in chunks(x, o):
        rows = list(part)
        for first in range(0, len(eta), C):
            of, s = slice(first, first + C), 0.0
            for t in range(len(part)) if first == 0 else reversed(range(len(part))):
                s = a[of] * beta[of] * part[t][:, None] + (1.0 - a[of] * d[of]) * s
                rows[t] = rows[t] + (eta[of] * s).sum(-1)
        parts.append(xp.stack(rows))
    return join(parts)


def relative_bias(table, o, T):
    """The bias of each query and key [H, T, T], from the table [H, buckets]: one a distance up to the reach, then one a
    doubling, first of the keys before the query."""
    place = xp.arange(T, dtype=xp.float64)
    ahead = place[:, None] - place[None, :]
    reach, side = o["relative_bias"], (table.shape[1] - 1) // (1 if o["causal"] else 2)
    n = xp.abs(ahead)
    beyond = reach + xp.ceil(xp.log2(xp.clip(n, reach, math.inf) / reach))
    bucket = whole(xp.clip(xp.where(n <= reach, n, beyond), 0, side))
    return table[:, bucket + (0 if o["causal"] else side * whole(ahead < 0))]


def attention(q, k, v, reading, o, bias=0.0):
    """q, k, v [H, T, d], reading [H, T], bias [H, T, T]; the T x T matrices that the program avoids, smoothing applied to
    them as defined."""
    H, T, d = q.shape
    slope = xp.abs(reading[:, :, None] - reading[:, None, :])
    x = q @ xp.swapaxes(k, 1, 2) / math.sqrt(d)
    if o["locality"] in ("scale", "both"):
        x = x * cast(xp.exp(-slope), x)
    if o["locality"] in ("bias", "both"):
        x = x - cast(slope, x)
    x = x + bias
    place = xp.arange(T)
    chunk = place // (o["chunk"] or T)
    same_chunk = chunk[:, None] == chunk[None, :]
    allowed = same_chunk & (place[None, :] <= place[:, None]) if o["causal"] else same_chunk
    x = xp.where(allowed, x, xp.full_like(x, -math.inf))
    a = xp.exp(x - xp.amax(x, -1, keepdims=True))
    a = a / a.sum(-1, keepdims=True)
    P = o["window"]
    left = (P - 1) // 2 if o["alignment"] == "centred" else 0
    padded = join([zeros((H, T, left), x), a, zeros((H, T, P - 1 - left), x)], -1)
    b = sum(padded[..., u:u + T] for u in range(P)) / P * same_chunk
    return b @ v


def embed(x, m, p):
    """The rows [T, C] of token ids or values."""
    C, T = m["width"], len(x)
    if "int" in str(x.dtype):
        h = p["embedding.weight"][x]
    else:
        h = x.reshape(T, -1) @ p["embedding.weight"].reshape(C, -1).T + p["embedding.bias"]
    if "embedding.cls" in p:
        h = join([h[:1] + p["embedding.cls"], h[1:]])
    positions = m["positions"] if isinstance(m["positions"], list) else [m["positions"]]
    if "learned" in positions:
        h = h + p["embedding.position"][:T]
    if "sinusoidal" in positions:
        h = h + sinusoid(T, C, h)
    return h


def hidden(x, job, p, ticks=None):
    """What leaves the last norm, [T, C], of one document: token ids or values [T]; ticks as in readings."""
    m, o = job["model"], job["attention"]
    C, H, T, kind = m["width"], m["heads"], len(x), m["norm"]
    pre = m["norm_position"] == "pre"
    h = embed(x, m, p)

    def attend(z, block):
        z = convolve(z, o, p, block + "attention.convolution")
        seen = linear(average(z, o, p, block + "attention.average"), p, block + "attention.qkv")
        own = linear(z, p, block + "attention.qkv")
        q, k, v = (xp.swapaxes(t.reshape(T, H, C // H), 0, 1) for t in (seen[:, :C], seen[:, C:2 * C], own[:, 2 * C:]))
        if m.get("qk_norm", False):
            q, k = (root_norm(t, p[f"{block}attention.{name}_norm.gain"]) for t, name in ((q, "query"), (k, "key")))
        if "rotary" in m["positions"]:
            q, k = (rotate(t, m.get("rotary_share", 1)) for t in (q, k))
        depth = int(block.split(".")[1]) / (m["layers"] - 1) if m["layers"] > 1 else 0.5
        bias = relative_bias(p[block + "attention.relative_bias"], o, T) if o.get("relative_bias", 0) else 0.0
        y = attention(q, k, v, readings(z, o, p, block + "attention.", H, ticks, depth), o, bias)
        y = convolve(xp.swapaxes(y, 0, 1).reshape(T, C), o, p, block + "attention.attended_convolution")
        if block + "attention.gate.weight" in p:
            y = y * sigmoid(linear(z, p, block + "attention.gate"))
        return linear(y, p, block + "attention.out")

    def feed_forward(z, block):
        z = convolve(linear(z, p, block + "ffn.up"), o, p, block + "ffn.convolution")
        return linear(gelu(z), p, block + "ffn.down")

    for layer in range(m["layers"]):
        block = f"blocks.{layer}."
        for part, name in ((attend, "attention_norm"), (feed_forward, "ffn_norm")):
            if pre:
                h = h + part(norm(h, p, block + name, kind), block)
            else:
                h = norm(h + part(h, block), p, block + name, kind)
    if pre:
        h = norm(h, p, "head.norm", kind)
    return h


def pooled(x, job, p, ticks=None):
    """The vector [C] of one document."""
    h, pooling = hidden(x, job, p, ticks), job["model"]["pooling"]
    if pooling == "attention":
        score = h @ p["head.query"]
        weight = xp.exp(score - score.max())
        return weight @ h / weight.sum()
    return {"mean": h.mean(0), "last": h[-1], "max": xp.amax(h, 0), "cls": h[0]}[pooling]


def pair_logits(a, b, kind, p):
    features = {"s4": (a, b, a - b, a * b), "nystrom": (a, b, a * b, a - b), "lra": (a, b), "lra-nli": (a, b, a * b, a - b)}
    x = join(features[kind])
    layer = 0
    while f"head.hidden.{layer}.weight" in p:
        x = linear(x, p, f"head.hidden.{layer}")
        x = gelu(x) if kind == "s4" else x * (x > 0)
        layer += 1
    return linear(x, p, "head")


def logits(documents, job, p, ticks=None):
    """Class scores of one sample."""
    vectors = [pooled(x, job, p, ticks) for x in documents]
    if len(vectors) == 2:
        return pair_logits(*vectors, job["model"]["pair_head"], p)
    return linear(vectors[0], p, "head")


def next_logits(x, job, p, ticks=None):
    """Scores of the next token at each row, [T, V]."""
    return linear(hidden(x, job, p, ticks), p, "head")


# ---- the end of the model ----


def embeddings(checkpoint, data, split="test", limit=0):
    """Vectors [n, C] (of pairs [n, 2, C]) before the head, and labels [n], of a split or of the samples that the limit
    leaves, as `longwave evaluate --limit` does."""
    job, p = read_checkpoint(checkpoint)
    with h5py.File(data) as f:
        check_data(checkpoint, f)
        labels = f[split]["labels"][...]
    numbers = drawn(len(labels), limit)
    vectors = [[pooled(x, job, p) for x in documents] for documents in read_samples(data, split, numbers, job)]
    return np.array([v[0] if len(v) == 1 else v for v in vectors]), labels[numbers]


def from_last(x, data, job):
    """What is added to the outputs of next values: the last values of the sample, repeated (data.from_last)."""
    lag = min(job["data"].get("from_last", 0), len(x))
    if lag == 0:
        return 0.0
    rows = len(x) - lag + np.arange(int(data.attrs["horizon"])) % lag
    return np.nan_to_num(x.reshape(len(x), -1)[rows][:, data["answers/channels"][...]].ravel())


def losses(scores, labels):
    """Cross entropy of each row of scores, in nats."""
    greatest = scores.max(-1)
    every = np.log(np.exp(scores - greatest[:, None]).sum(-1)) + greatest
    return every - scores[np.arange(len(labels)), labels]


def several_losses(scores, wanted, present=1.0):
    """Of each row the mean logistic loss of the classes that are known; present [K] weighs those that are there."""
    each = np.where(wanted > 0.5, present * np.logaddexp(0.0, -scores), np.logaddexp(0.0, scores))
    return np.nanmean(np.where(np.isnan(wanted), np.nan, each), -1)


def number_losses(outputs, wanted, kind="squared", delta=1.0):
    """Of each row the mean cost of the numbers that are known."""
    error = np.abs(outputs - wanted)
    huber = np.where(error <= delta, error ** 2 / 2, delta * (error - delta / 2))
    return np.nanmean({"squared": error ** 2, "absolute": error, "huber": huber}[kind], -1)


def answer_losses(outputs, wanted, target, options):
    """The loss of each answer that is known, as an evaluation has it. options: the section `objective` of the job."""
    known = wanted >= 0 if wanted.ndim == 1 else ~np.isnan(wanted).all(-1)
    outputs, wanted = outputs[known], wanted[known]
    if wanted.ndim == 1:
        return losses(outputs, wanted)
    if target == "several classes":
        return several_losses(outputs, wanted)
    return number_losses(outputs, wanted, options["loss"], options["huber_delta"])


def random_bits(seed, stream, index):
    """Number `index` of a sequence of 64-bit random numbers: Philox4x32-10, [Salmon2011] in docs/notation.md."""
    word = 0xFFFFFFFF
    c = [index & word, index >> 32, 0, 0]
    k = [seed & word, (seed >> 32) ^ (stream * 0x85EBCA6B & word)]
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [b >> 32 ^ c[1] ^ k[0], b & word, a >> 32 ^ c[3] ^ k[1], a & word]
        k = [k[0] + 0x9E3779B9 & word, k[1] + 0xBB67AE85 & word]
    return c[1] << 32 | c[0]


def drawn(count, limit):
    """The samples that a limit leaves (src/data/subset.c); 0 leaves all."""
    order = list(range(count))
    if limit == 0 or limit >= count:
        return order
    for i in range(count - 1, 0, -1):
        j = random_bits(1, 7, i) * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return sorted(order[:limit])


def agrees(what, own, theirs):
    error = np.linalg.norm(own - theirs) / np.linalg.norm(own)
    print(f"relative difference to {what}: {error:.2e}")
    return error <= 1e-5


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint")
    parser.add_argument("data")
    parser.add_argument("--split", default="test")
    parser.add_argument("--limit", type=int, default=8)
    parser.add_argument("--logits", help="compare with this file of longwave evaluate")
    parser.add_argument("--loss", type=float, help="compare with this mean loss")
    arguments = parser.parse_args()
    job, p = read_checkpoint(arguments.checkpoint)
    with h5py.File(arguments.data) as data:
        check_data(arguments.checkpoint, data)
        target = data.attrs.get("target", b"class")
        next_token = target in (b"next token", "next token")
        numbers = drawn(len(data[arguments.split]["labels"]), arguments.limit)
        samples = [read_sample(data, arguments.split, i, job["data"]["max_length"]) for i in numbers]
        timed = "times" in data[arguments.split]
        ticks = [read_ticks(data, arguments.split, i, job["data"]["max_length"]) if timed else None for i in numbers]
        labels = data[arguments.split]["labels"][...][numbers]
    if next_token and arguments.logits:
        parser.error("--logits is for classes of samples, not for the next token: use --loss")
    if next_token:
        loss = np.concatenate([losses(next_logits(x, job, p)[:-1], x[1:]) for (x,) in samples]).mean()
        print(f"loss {loss:.6f}, perplexity {math.exp(loss):.4g}, {loss / math.log(2.0):.4f} bits per token")
    else:
        own = np.array([logits(documents, job, p, t) for documents, t in zip(samples, ticks)])
        loss = losses(own, labels).mean()
        for label, row in zip(labels, own):
            print(label, " ".join(f"{value:9.5f}" for value in row))
        print(f"loss {loss:.6f}")
    good = True
    if arguments.loss is not None:
        good = agrees("the loss given", np.array([loss]), arguments.loss)
    if arguments.logits:
        with h5py.File(arguments.logits) as f:
            theirs = f["samples"][...].tolist() if "samples" in f else list(range(len(f["logits"])))
            rows = [theirs.index(number) for number in numbers]
            good = agrees(arguments.logits, own, f["logits"][...][rows].astype(np.float64)) and good
    sys.exit(int(not good))


if __name__ == "__main__":
    main()
