"""Writes a data set of format version 2 (docs/data-format.md) with h5py and NumPy.

    write("mine.h5", "values", "numbers", {"train": {...}, "validation": {...}, "test": {...}},
          scale=[...], shift=[...], answer_scale=[1 / deviation], answer_shift=[-mean / deviation])

A split is a dictionary: "samples", a list of arrays [steps] of tokens or [steps, channels] of values, and as the target
needs it "labels" and "asked"; optional "times" (a list of arrays [steps]), "weights", "names", "groups".
"""
import zlib
import h5py
import numpy as np

SPLITS = "train", "validation", "test"
LABELS = {"class": "int32", "several classes": "uint8", "numbers": "float32",
          "class of steps": "int32", "numbers of steps": "float32"}


def put(file, path, array):
    """An array with its checksum; of texts that of each text with a zero byte behind it."""
    array = np.asarray(array)
    if array.dtype.kind in "US":
        array = np.array([str(text).encode() if array.dtype.kind == "U" else text for text in array])
        if array.size == 0:
            array = array.astype("S1")
        crc = zlib.crc32(b"".join(text + b"\0" for text in array))
    else:
        crc = zlib.crc32(np.ascontiguousarray(array).tobytes())
    file[path] = array
    file[path].attrs["crc32"] = np.uint32(crc)


def put_split(file, name, split, kind, target, channels):
    samples = split["samples"]
    lengths = np.array([len(sample) for sample in samples], "int64")
    starts = split.get("starts")
    if starts is None:
        starts = np.cumsum(lengths) - lengths
    else:  # windows of one series: "samples" is the series alone
        lengths = np.asarray(split["lengths"], "int64")
    put(file, f"{name}/starts", np.asarray(starts, "int64"))
    put(file, f"{name}/lengths", lengths)
    shape = (0,) if kind == "tokens" else (0, channels)
    items = np.concatenate(samples) if len(samples) else np.zeros(shape, "uint8")
    put(file, f"{name}/{kind}", items)
    if "times" in split:
        put(file, f"{name}/times", np.concatenate(list(split["times"]) + [np.zeros(0)]).astype("float64"))
    if target in LABELS:
        put(file, f"{name}/labels", np.asarray(split["labels"], LABELS[target]))
    for optional, dtype in ("asked", "int64"), ("weights", "float32"), ("groups", "int64"):
        if optional in split:
            put(file, f"{name}/{optional}", np.asarray(split[optional], dtype))
    if "names" in split:
        put(file, f"{name}/names", np.array(split["names"], str))


def write(path, kind, target, splits, *, task="mine", vocabulary=0, scale=(1.0,), shift=(0.0,),
          classes=(), channels=None, units=None, answer_scale=(), answer_shift=(), answer_names=None,
          answer_units=None, asked_channels=(), horizon=None, missing=False, missing_code=None,
          rate=None, time_unit=None, time_scale=None, origin=""):
    with h5py.File(path, "w", libver="v110") as file:
        texts = {"format": "longwave-dataset", "task": task, "kind": kind, "target": target, "origin": origin,
                 "settings": "", "created_by": "docs/write_data_set.py", "time_unit": time_unit}
        numbers = {"version": 2, "vocabulary": vocabulary, "missing": int(missing), "horizon": horizon,
                   "missing_code": missing_code, "rate": rate, "time_scale": time_scale}
        for name, text in texts.items():
            if text is not None:
                file.attrs[name] = np.bytes_(text)
        for name, number in numbers.items():
            if number is not None:
                file.attrs[name] = number
        if kind == "values":
            put(file, "channels/scale", np.asarray(scale, "float64"))
            put(file, "channels/shift", np.asarray(shift, "float64"))
            if channels is not None:
                put(file, "channels/names", np.array(channels, str))
            if units is not None:
                put(file, "channels/units", np.array(units, str))
        if len(classes):
            put(file, "answers/names", np.array(classes, str))
        if len(answer_scale):
            put(file, "answers/scale", np.asarray(answer_scale, "float64"))
            put(file, "answers/shift", np.asarray(answer_shift, "float64"))
            if answer_names is not None:
                put(file, "answers/names", np.array(answer_names, str))
            if answer_units is not None:
                put(file, "answers/units", np.array(answer_units, str))
        if len(asked_channels):
            put(file, "answers/channels", np.asarray(asked_channels, "int32"))
        for name in SPLITS:
            put_split(file, name, splits[name], kind, target, len(scale))
