"""Writes clock.h: one head whose distances come from the readings of a clock, and all gradients, directly in float64.

As make_attention.py, whose numbers it uses: gradients come from automatic differentiation, also those of the readings.
The step of the clock before token t is 8 u^4, u in [0, 1) of the numbers with seed 4, and 0 before token 4.

Usage: python3 make_clock.py > clock.h        (needs PyTorch)
"""
import itertools
import math
import torch
from make_attention import numbers, print_array, smoothing


def readings(tokens):
    u = (numbers(4, tokens, 1)[:, 0] + 2) / 4
    step = 8 * u * u * u * u
    step[4] = 0
    return torch.cumsum(step, 0)


def case(tokens, d, causal, window, alignment, locality):
    q, k, v, dy = (numbers(seed, tokens, d) for seed in range(4))
    inputs = [t.requires_grad_(True) for t in (q, k, v, readings(tokens))]
    clock = inputs[3]
    order = torch.sign(torch.arange(tokens)[:, None] - torch.arange(tokens)[None, :]).double()
    distance = order * (clock[:, None] - clock[None, :])
    x = q @ k.T / math.sqrt(d)
    if locality != "BIAS":
        x = x * torch.exp(-distance)
    if locality != "SCALE":
        x = x - distance
    if causal:
        x = x.masked_fill(order < 0, -math.inf)
    y = torch.softmax(x, -1) @ smoothing(tokens, window, alignment) @ v
    y.backward(dy)
    return [y] + [t.grad for t in inputs]


def main():
    print("/* Made by make_clock.py, which says how. Each row: y, dq, dk, dv, [tokens, head_size] each; dclock [tokens]. */")
    listed = [(23, 4, causal, 3, alignment, locality) for causal, (alignment, locality) in itertools.product(
        (1, 0), (("CENTRED", "SCALE"), ("CAUSAL", "BIAS"), ("CENTRED", "BOTH")))]
    for n, settings in enumerate(listed):
        print_array(f"clocked_{n}", torch.cat([t.detach().reshape(-1) for t in case(*settings)]).tolist())
    print("static const golden_case clocked_cases[] = {")
    for n, (tokens, d, causal, window, alignment, locality) in enumerate(listed):
        print(f"  {{{tokens}, {d}, 0, {'true' if causal else 'false'}, {window}, LW_ALIGNMENT_{alignment}, "
              f"LW_LOCALITY_{locality}, 0, clocked_{n}}},")
    print("};")


if __name__ == "__main__":
    main()
