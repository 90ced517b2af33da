"""Writes a data set of format version 2 (docs/data-format.md) with h5py and NumPy.

    from write_data_set import write
    write("mine.h5", "values", "class", {"train": split, "validation": split, "test": split},
          classes=["off", "on"], scale=1 / deviation, shift=-mean / deviation, channels=["x", "y"], units=["V", "V"])

A split is a dictionary. "samples": a list of arrays, of tokens [steps] or values [steps, channels]. As the target needs
them "labels": one row a sample, or, of targets of steps, one row a step of all samples one behind another, or one for each
of "asked", which lists steps so counted. It may have "times" (a list of arrays [steps]), "weights", "names", "groups" and
"breaks" (one a sample). For windows that overlap "samples" holds the series, and "starts" and "lengths" say where each
window is, counted over all series. Labels that are not known: -1, of several classes 255, of numbers NaN.
"""
import zlib
import h5py
import numpy as np

SPLITS = "train", "validation", "test"
LABELS = {"class": "int32", "several classes": "uint8", "numbers": "float32",
          "class of steps": "int32", "numbers of steps": "float32"}
OPTIONAL = {"asked": "int64", "weights": "float32", "groups": "int64", "breaks": "int64"}
TEXTS = "task", "origin", "settings", "time_unit"
NUMBERS = "horizon", "missing", "missing_code", "rate", "time_scale"


def put(file, path, array, dtype=None):
    """An array and its checksum; dtype None: texts, of which each counts with a zero byte behind it."""
    if dtype is None:
        texts = [str(text).encode() for text in array]
        array = np.array(texts) if texts else np.zeros(0, "S1")
        crc = zlib.crc32(b"".join(text + b"\0" for text in texts))
    else:
        array = np.ascontiguousarray(array, dtype)
        crc = zlib.crc32(array.tobytes())
    file.create_dataset(path, data=array).attrs["crc32"] = np.uint32(crc)


def put_split(file, name, split, kind, target, channels):
    samples = [np.asarray(sample) for sample in split["samples"]]
    lengths = np.array([len(sample) for sample in samples], "int64")
    items = np.concatenate(samples) if samples else np.zeros(0 if kind == "tokens" else (0, channels), "uint8")
    if kind == "values" and items.ndim != 2:
        raise ValueError(f"{name}: samples of values are arrays [steps, channels]")
    put(file, f"{name}/starts", split.get("starts", np.cumsum(lengths) - lengths), "int64")
    put(file, f"{name}/lengths", split.get("lengths", lengths), "int64")
    put(file, f"{name}/{kind}", items, items.dtype)
    if "times" in split:
        put(file, f"{name}/times", np.concatenate([*split["times"], np.zeros(0)]), "float64")
    if target in LABELS:
        put(file, f"{name}/labels", split["labels"], LABELS[target])
    for optional, dtype in OPTIONAL.items():
        if optional in split:
            put(file, f"{name}/{optional}", split[optional], dtype)
    if "names" in split:
        put(file, f"{name}/names", split["names"])


def write(path, kind, target, splits, *, vocabulary=0, token_names=(),          # of tokens
          scale=(1.0,), shift=(0.0,), channels=(), units=(), unit_scale=(), unit_shift=(),  # of values, one a channel
          classes=(),                                                           # of targets of classes: their names
          answer_scale=(), answer_shift=(), answer_names=(), answer_units=(),   # of numbers, one each
          asked_channels=(), **about):                # of "next values"; about: task, horizon, missing, time_scale, ...
    arrays = {"channels/scale": (scale, "float64"), "channels/shift": (shift, "float64"),
              "channels/unit_scale": (unit_scale, "float64"), "channels/unit_shift": (unit_shift, "float64"),
              "channels/names": (channels, None), "channels/units": (units, None),
              "answers/names": (classes or answer_names, None), "answers/units": (answer_units, None),
              "answers/scale": (answer_scale, "float64"), "answers/shift": (answer_shift, "float64"),
              "answers/channels": (asked_channels, "int32"), "token_names": (token_names, None)}
    with h5py.File(path, "w", libver="v110") as file:
        file.attrs.update(version=2, vocabulary=vocabulary)
        for name, text in {"format": "longwave-dataset", "kind": kind, "target": target, "task": "mine",
                           "created_by": "write_data_set.py", **{t: about.pop(t) for t in TEXTS if t in about}}.items():
            file.attrs[name] = np.bytes_(text)
        file.attrs.update({number: about.pop(number) for number in NUMBERS if number in about})
        if about:
            raise TypeError(f"write does not know {', '.join(about)}")
        for name, (array, dtype) in arrays.items():
            if len(array) and not (kind == "tokens" and name.startswith("channels/")):
                put(file, name, array, dtype)
        for name in SPLITS:
            put_split(file, name, splits[name], kind, target, len(scale))
