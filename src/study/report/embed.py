"""The page of `longwave report` as a header for C: embed.py PAGE OUT FILE...

{{name.css}} and {{name.js}} in the page are replaced by those files; at {{slot}} the page is split:
what comes there is written when a report is made (report_page.c)."""
import pathlib
import re
import sys

page, out, *files = map(pathlib.Path, sys.argv[1:])
text = page.read_text(encoding="utf-8")
for file in files:
    mark = "{{" + file.name + "}}"
    assert text.count(mark) == 1, f"{page}: {mark} must stand there once"
    text = text.replace(mark, file.read_text(encoding="utf-8"))
parts = re.split(r"\{\{([a-z]+)\}\}", text) + ["end"]
numbers = lambda part: ",".join(str(b - 256 if b > 127 else b) for b in part.encode() + b"\0")
lines = [f"/* Made from {page.name} and {', '.join(file.name for file in files)}. */"]
for i, part in enumerate(parts[::2]):
    lines.append(f"static const char page_{i}[] = {{{numbers(part)}}};")
lines.append("#define page_head page_0")
lines.append("enum page_slot { " + ", ".join("PAGE_" + name.upper() for name in parts[1::2]) + " };")
lines.append("static const struct {\n  const char *text;\n  enum page_slot slot; /* what comes behind it */\n} page[] = {")
lines += [f"    {{page_{i}, PAGE_{name.upper()}}}," for i, name in enumerate(parts[1::2])]
lines.append("};")
out.write_text("\n".join(lines) + "\n")
