"""Writes model.h: logits, mean loss and all gradients of two whole models, in float64.

Written from the formulas in the headers (model/block.h, embedding.h, head.h, op/local.h, op/smooth.h), one sample at
a time, with whole matrices of weights; the gradients come from automatic differentiation. Parameters and inputs are not
stored: both sides make them by the same rule, exact in float32, from the entry's place in the parameter table.

Usage: python3 make_model.py > model.h        (needs PyTorch)
"""
import math
import torch

CLASSES, VOCABULARY, LONGEST, LAYERS = 3, 5, 9, 2
LENGTHS, LABELS = (7, 1, 9), (2, 0, 1)
MODELS = (
    dict(tokens=False, positions="learned", post=False, pooling="mean", locality="bias", causal=True, alignment="causal",
         decay="linear", bound=0.5, window=3, chunk=0, width=8, heads=2, ffn=12),
    dict(tokens=True, positions="rotary", post=True, pooling="max", locality="scale", causal=False, alignment="centred",
         decay="geometric", bound=0.25, window=3, chunk=6, width=10, heads=2, ffn=8),
)


def numbers(seed, count):
    """Element k is the top 24 bits of (k + 1009 * seed + 1) * 2654435761 mod 2^32, brought to [-2, 2)."""
    k = torch.arange(count, dtype=torch.int64) + 1009 * seed + 1
    return ((k * 2654435761) % 2**32 // 256).double() / 2**22 - 2


def shapes(m):
    """Names and shapes in the order of the parameter table."""
    C, F = m["width"], m["ffn"]
    if m["tokens"]:
        yield "embedding.weight", (VOCABULARY, C)
    else:
        yield "embedding.weight", (C,)
        yield "embedding.bias", (C,)
    if m["positions"] == "learned":
        yield "embedding.position", (LONGEST, C)
    for l in range(LAYERS):
        for norm, parts in (("attention_norm", (("attention.qkv", 3 * C, C), ("attention.out", C, C))),
                            ("ffn_norm", (("ffn.up", F, C), ("ffn.down", C, F)))):
            yield f"blocks.{l}.{norm}.gain", (C,)
            yield f"blocks.{l}.{norm}.bias", (C,)
            for name, out, inner in parts:
                yield f"blocks.{l}.{name}.weight", (out, inner)
                yield f"blocks.{l}.{name}.bias", (out,)
    if not m["post"]:
        yield "head.norm.gain", (C,)
        yield "head.norm.bias", (C,)
    yield "head.weight", (CLASSES, C)
    yield "head.bias", (CLASSES,)


def parameters(m):
    made = {}
    for seed, (name, shape) in enumerate(shapes(m)):
        value = 0.25 * numbers(seed, math.prod(shape)) + (1.0 if name.endswith("gain") else 0.0)
        made[name] = value.float().double().reshape(shape).requires_grad_(True)
    return made


def linear(p, name, x):
    return x @ p[name + ".weight"].T + p[name + ".bias"]


def norm(p, name, x):
    centred = x - x.mean(-1, keepdim=True)
    deviation = torch.sqrt((centred ** 2).mean(-1, keepdim=True) + 1e-5)
    return p[name + ".gain"] * centred / deviation + p[name + ".bias"]


def turned(x):
    """Rotary positions of one head: channel i and i + d/2 turn by position / 10000^(2i/d); an odd last one stays."""
    T, d = x.shape
    half = d // 2
    angle = torch.arange(T)[:, None].double() / 10000.0 ** (2.0 * torch.arange(half).double() / d)
    a, b = x[:, :half], x[:, half:2 * half]
    return torch.cat([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos(), x[:, 2 * half:]], 1)


def decay(m, head):
    if head == 0:
        return 0.0
    last = m["heads"] - 1
    return m["bound"] * head / last if m["decay"] == "linear" else m["bound"] * 2.0 ** (head - last)


def weights(m, head, q, k):
    """The T x T matrix of smoothed weights: b_ij = 1/P sum over u of a_(i, j+u)."""
    T, d = q.shape
    apart = torch.arange(T)[:, None] - torch.arange(T)[None, :]
    distance, alpha = apart.abs().double(), decay(m, head)
    score = q @ k.T / math.sqrt(d)
    score = torch.exp(-alpha * distance) * score if m["locality"] == "scale" else score - alpha * distance
    if m["causal"]:
        score = score.masked_fill(apart < 0, -math.inf)
    left = (m["window"] - 1) // 2 if m["alignment"] == "centred" else 0
    smoothing = ((apart >= -left) & (apart <= m["window"] - 1 - left)).double() / m["window"]
    return torch.softmax(score, -1) @ smoothing


def attention(m, p, name, x):
    C, d = m["width"], m["width"] // m["heads"]
    qkv, results = linear(p, name + ".qkv", x), []
    for head in range(m["heads"]):
        q, k, v = (qkv[:, part * C + head * d:part * C + (head + 1) * d] for part in range(3))
        if m["positions"] == "rotary":
            q, k = turned(q), turned(k)
        cut = m["chunk"] or len(x)
        results.append(torch.cat([weights(m, head, q[at:at + cut], k[at:at + cut]) @ v[at:at + cut]
                                  for at in range(0, len(x), cut)]))
    return linear(p, name + ".out", torch.cat(results, 1))


def feed_forward(p, name, x):
    h = linear(p, name + ".up", x)
    return linear(p, name + ".down", h * 0.5 * (1.0 + torch.erf(h / math.sqrt(2.0))))


def logits_of(m, p, sample):
    if m["tokens"]:
        x = p["embedding.weight"][sample]
    else:
        x = sample[:, None] * p["embedding.weight"] + p["embedding.bias"]
    if m["positions"] == "learned":
        x = x + p["embedding.position"][:len(x)]
    for l in range(LAYERS):
        block = f"blocks.{l}"
        for normed, branch in ((block + ".attention_norm", lambda h: attention(m, p, block + ".attention", h)),
                               (block + ".ffn_norm", lambda h: feed_forward(p, block + ".ffn", h))):
            x = norm(p, normed, x + branch(x)) if m["post"] else x + branch(norm(p, normed, x))
    if not m["post"]:
        x = norm(p, "head.norm", x)
    return linear(p, "head", x.mean(0) if m["pooling"] == "mean" else x.amax(0))


def evaluate(m):
    p = parameters(m)
    t = torch.arange(sum(LENGTHS), dtype=torch.int64)
    rows = t * t % VOCABULARY if m["tokens"] else numbers(99, sum(LENGTHS))
    logits = torch.stack([logits_of(m, p, sample) for sample in torch.split(rows, LENGTHS)])
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS))
    loss.backward()
    gradients = torch.cat([value.grad.reshape(-1) for value in p.values()])
    return logits.detach().reshape(-1).tolist(), loss.item(), gradients.tolist()


def settings(m):
    words = [f"model.{key}={m[key]}" for key in ("positions", "pooling", "width", "heads", "ffn")]
    words += [f"attention.{key}={m[key]}" for key in ("locality", "alignment", "decay", "bound", "window", "chunk")]
    words += [f"model.norm_position={'post' if m['post'] else 'pre'}", f"attention.causal={str(m['causal']).lower()}"]
    return words


def main():
    print("/* Made by make_model.py, which says how. */")
    print("typedef struct golden_model {\n  const char *settings;\n  int tokens, numbers;\n  double loss;\n"
          "  const double *logits, *gradients; /* [samples, classes], [numbers] */\n} golden_model;")
    lines = []
    for n, m in enumerate(MODELS):
        logits, loss, gradients = evaluate(m)
        for name, values in (("logits", logits), ("gradients", gradients)):
            print(f"static const double golden_{name}_{n}[] = {{")
            for at in range(0, len(values), 8):
                print(" " + "".join(f" {value:.7g}," for value in values[at:at + 8]))
            print("};")
        words, rows = settings(m), []
        for at in range(0, len(words), 3):
            rows.append('"' + " ".join(words[at:at + 3]) + ' "')
        text = "\n   ".join(rows)
        lines.append(f"  {{{text},\n   {int(m['tokens'])}, {len(gradients)}, {loss:.9g}, golden_logits_{n}, "
                     f"golden_gradients_{n}}},")
    print("static const golden_model golden_models[] = {")
    print("\n".join(lines))
    print("};")


if __name__ == "__main__":
    main()
