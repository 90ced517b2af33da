"""Writes attention.h: one head of local and smooth attention and its gradients, evaluated directly in float64.

Independent of the C code in two ways that matter: the smoothing acts on the matrix of weights (the C code smooths v),
and the gradients come from automatic differentiation. Inputs are not stored: both sides make them by the same
formula from integers, exact in float32.

Usage: python3 make_attention.py > attention.h        (needs PyTorch)
"""
import itertools
import math
import torch


def numbers(seed, rows, columns):
    """Row-major: element n is the top 24 bits of (n + 1009 * seed + 1) * 2654435761 mod 2^32, brought to [-2, 2)."""
    n = torch.arange(rows * columns, dtype=torch.int64) + 1009 * seed + 1
    top = ((n * 2654435761) % 2**32) // 256
    return (top.double() / 2**22 - 2).reshape(rows, columns)


def smoothing(tokens, window, alignment):
    """M with b = a M: b_j = 1/P sum of a_{j+u} over the window."""
    left = (window - 1) // 2 if alignment == "CENTRED" else 0
    shift = torch.arange(tokens)[:, None] - torch.arange(tokens)[None, :]
    return ((shift >= -left) & (shift <= window - 1 - left)).double() / window


def piece(q, k, v, alpha, causal, window, alignment, locality):
    tokens, d = q.shape
    distance = (torch.arange(tokens)[:, None] - torch.arange(tokens)[None, :]).abs().double()
    x = q @ k.T / math.sqrt(d)
    if locality != "BIAS":
        x = x * torch.exp(-alpha * distance)
    if locality != "SCALE":
        x = x - alpha * distance
    if causal:
        x = x.masked_fill(torch.ones(tokens, tokens).triu(1).bool(), -math.inf)
    return torch.softmax(x, -1) @ smoothing(tokens, window, alignment) @ v


def case(tokens, d, alpha, causal, window, alignment, locality, chunk):
    q, k, v, dy = (numbers(seed, tokens, d) for seed in range(4))
    inputs = [t.requires_grad_(True) for t in (q, k, v)]
    cut = chunk or tokens
    y = torch.cat([piece(*(t[at:at + cut] for t in inputs), alpha, causal, window, alignment, locality)
                   for at in range(0, tokens, cut)])
    y.backward(dy)
    return [y] + [t.grad for t in inputs]


def cases():
    windows = itertools.cycle((3, 5, 1, 5, 3))
    alphas = itertools.cycle((0.25, 0.03125, 0.5, 0.0))
    for causal, alignment, locality in itertools.product((1, 0), ("CENTRED", "CAUSAL"), ("SCALE", "BIAS", "BOTH")):
        yield 19, 4, next(alphas), causal, next(windows), alignment, locality, 0
    for causal, alignment in itertools.product((1, 0), ("CENTRED", "CAUSAL")):
        yield 21, 5, 0.125, causal, 5, alignment, "SCALE", 8
    yield 70, 4, 0.0625, 1, 3, "CAUSAL", "SCALE", 0
    yield 70, 4, 0.0625, 0, 7, "CENTRED", "BOTH", 66


def print_array(name, values):
    print(f"static const double {name}[] = {{")
    for at in range(0, len(values), 7):
        print("  " + " ".join(f"{value:.8g}," for value in values[at:at + 7]))
    print("};")


def main():
    print("/* Made by make_attention.py, which says how. Each row: y, dq, dk, dv, [tokens, head_size] each. */")
    listed = list(cases())
    for n, settings in enumerate(listed):
        print_array(f"golden_{n}", torch.cat([t.detach().reshape(-1) for t in case(*settings)]).tolist())
    print("static const golden_case golden_cases[] = {")
    for n, (tokens, d, alpha, causal, window, alignment, locality, chunk) in enumerate(listed):
        print(f"  {{{tokens}, {d}, {alpha}f, {'true' if causal else 'false'}, {window}, LW_ALIGNMENT_{alignment}, "
              f"LW_LOCALITY_{locality}, {chunk}, golden_{n}}},")
    print("};")


if __name__ == "__main__":
    main()
