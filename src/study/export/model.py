"""A model of Longwave in plain PyTorch, with its weights in {{weights}} beside this file.

    from {{module}} import Model
    model = Model()
    scores = model(x)              # of one sample: token ids [T], or values [T] or [T, inputs]; of pairs model(a, b)

Scores are those of `longwave evaluate --logits`, before softmax: [outputs] of a sample, or [T, outputs] of answers at
rows. Of data with times `ticks` [T] is the time from the token before in typical gaps. model.state_dict() has the names
of the checkpoint, so that train.start_from takes it back as a file of safetensors. Whole T x T matrices are made. There
is no dropout, and batch norm keeps its running statistics.
Made by `longwave export --torch`; needs PyTorch alone.
"""
import json
import math
import pathlib
import struct

import torch

WEIGHTS = pathlib.Path(__file__).with_name("{{weights}}")
ROWS = {{rows}}  # whether answers stand behind each row
JOB = """\
{{job}}"""

# ---- what the model is made of, in PyTorch ----

xp = torch


def join(parts, axis=0):
    return torch.cat(list(parts), axis)


def array(numbers, like):
    return torch.tensor(numbers, dtype=like.dtype, device=like.device)


def zeros(shape, like):
    return like.new_zeros(shape)


def cast(x, like):
    return x.to(like)


def double(x):
    return x.double()


def whole(x):
    return x.long()


erf = torch.erf


{{model}}
def read_weights(path):
    """Names to arrays of a file of safetensors that Longwave wrote."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    arrays = {}
    for name, about in json.loads(data[8:8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in about["data_offsets"])
            arrays[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32).reshape(about["shape"])
    return arrays


class Model(torch.nn.Module):
    def __init__(self, weights=WEIGHTS):
        super().__init__()
        self.job = read_job(JOB)
        for name, x in read_weights(weights).items():
            *path, last = name.split(".")
            module = self
            for part in path:
                if part not in module._modules:
                    module.add_module(part, torch.nn.Module())
                module = module._modules[part]
            if last in ("mean", "variance"):
                module.register_buffer(last, x)
            else:
                module.register_parameter(last, torch.nn.Parameter(x))

    def forward(self, *documents, ticks=None):
        p = dict(self.named_parameters())
        p.update(self.named_buffers())
        documents = [x.to(p["head.bias"]) if x.is_floating_point() else x.long() for x in documents]
        if ROWS:
            return next_logits(documents[0], self.job, p, ticks)
        return logits(documents, self.job, p, ticks)
