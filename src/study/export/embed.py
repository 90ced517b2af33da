"""The file of `longwave export --torch` as arrays of C: embed.py MODEL TWIN OUT

{{model}} in MODEL is replaced by the model in TWIN, what stands between its two marks; at every other {{slot}} the text
is split: what comes there is written when a model is exported (export_torch.c)."""
import pathlib
import re
import sys

page, twin, out = map(pathlib.Path, sys.argv[1:])
parts = re.split(r"^# ---- the (?:model: .*|end of the model) ----\n", twin.read_text(encoding="utf-8"), flags=re.M)
assert len(parts) == 3, f"{twin}: the model stands between two marks"
text = page.read_text(encoding="utf-8").replace("{{model}}\n", parts[1].strip("\n") + "\n\n\n")
pieces = re.split(r"\{\{([a-z]+)\}\}", text) + [""]
lines = ["/* Made from the model in NumPy. */"]
for i, piece in enumerate(pieces[::2]):
    lines.append(f"static const char torch_{i}[] = {{{','.join(map(str, piece.encode('ascii') + bytes(1)))}}};")
lines.append("static const struct {\n  const char *text, *slot; /* what comes behind it, \"\": nothing */\n} torch_file[] = {")
lines += [f'    {{torch_{i}, "{slot}"}},' for i, slot in enumerate(pieces[1::2])]
lines.append("};")
out.write_text("\n".join(lines) + "\n")
