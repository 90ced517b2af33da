"""What a report holds, beside the files of its runs: report_page.py PAGE RUN... (in the order of the page)"""
import csv
import html.parser
import json
import math
import pathlib
import re
import sys

page, *runs = map(pathlib.Path, sys.argv[1:])
text = page.read_text(encoding="utf-8")


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.sections, self.data, self.inside = [], [], "", False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self.inside = tag == "script" and attributes.get("id") == "data"
        if tag == "section" and "id" in attributes:
            self.sections.append(attributes["id"])

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, text):
        if self.inside:
            self.data += text


reader = Reader()
reader.feed(text)


def refuse(constant):
    raise ValueError(f"{constant} is no JSON")


data = json.loads(reader.data, parse_constant=refuse)


def check(truth, *what):
    if not truth:
        print(*what)
        sys.exit(1)


def near(a, b):
    return a is None and b is None or a is not None and b is not None and math.isclose(a, b, rel_tol=6e-6, abs_tol=1e-9)


# one file that asks for no other
check(reader.sections == ["summary", "curves", "time", "confusion", "parts", "attention", "samples", "settings", "environment"],
      reader.sections)
check([tag for tag, _ in reader.tags].count("script") == 2, "scripts")
for tag, attributes in reader.tags:
    check(tag not in ("link", "iframe", "object"), tag)
    check(not any(attributes.get(key, "#")[:1] != "#" for key in ("src", "href")), tag, attributes)
check(not re.search(r"https?:|@import|url\((?!#)|innerHTML|fetch\(", text.replace(reader.data, "")), "a way out of the page")

# each run, and its curves where they are short enough to be whole
check([run["folder"] for run in data["runs"]] == [str(run) for run in runs], [run["folder"] for run in data["runs"]])
for run, shown in zip(runs, data["runs"]):
    rows = list(csv.DictReader((run / "metrics.csv").open()))
    for split in ("train", "validation"):
        own, curves = [row for row in rows if row["split"] == split], shown["curves"][split]
        check(len(curves["step"]) <= 2000, len(curves["step"]))
        for column in ("loss", "accuracy", "learning_rate", "gradient_norm", "tokens_per_second", "seconds"):
            values = [float(row[column]) if row[column] else None for row in own]
            finite = [x for x in values if x is not None and math.isfinite(x)]
            lost = [int(row["step"]) for row, x in zip(own, values) if x is not None and not math.isfinite(x)]
            check((column in curves) == any(x is not None for x in values), split, column)
            if column not in curves:
                continue
            curve = curves[column]
            check(curve.get("lost") == (lost[0] if lost else None), run, column, curve.get("lost"))
            if not curves["thinned"]:
                check(curves["step"] == [int(row["step"]) for row in own], split)
                check("low" not in curve and all(near(a, b if b is None or math.isfinite(b) else None)
                                                 for a, b in zip(curve["mean"], values)), split, column)
            elif "low" in curve:
                check(near(min(x for x in curve["low"] if x is not None), min(finite)), split, column)
                check(near(max(x for x in curve["high"] if x is not None), max(finite)), split, column)
            else:
                check(min(finite) <= curve["mean"][0] <= max(finite), split, column)

# tests, with their tables
for one in data["confusion"]:
    table = list(csv.reader((runs[one["run"]] / "confusion-test.csv").open()))
    counts = [[int(x) for x in line[1:]] for line in table[1:]]
    check(one["names"] == table[0][1:] and one["counts"] == counts, one)
    for k, figures in enumerate(one["classes"]):
        right, labelled, guessed = counts[k][k], sum(counts[k]), sum(line[k] for line in counts)
        check(figures["labelled"] == labelled and figures["guessed"] == guessed, k, figures)
        check(near(figures["recall"], right / labelled if labelled else None), k, figures)
        check(near(figures["precision"], right / guessed if guessed else None), k, figures)
        check(near(figures["f1"], 2 * right / (labelled + guessed) if labelled + guessed else None), k, figures)
for run, shown in zip(runs, data["runs"]):
    kept = run / "evaluation-test.csv"
    if not kept.exists():
        check(shown["test"] is None, run)
        continue
    figures = next(csv.DictReader(kept.open()))
    check(near(shown["test"]["accuracy"], float(figures["accuracy"])), run, shown["test"])

# settings, starts, pictures, the summary, also for those without scripts
check(len(data["starts"]) == sum(len(list(csv.reader((run / "lives.csv").open()))) - 1 for run in runs), "starts")
settings = dict(data["settings"]["shared"])
check(settings["data.path"].endswith("set.h5") and settings["model.layers"] == "2", settings)
check(len(data["summary"]["rows"]) == len(data["rows"]), data["summary"])
check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", data["made"]) and data["version"], data["made"])
for one in data.get("attention", []):
    check(all(map_.startswith("data:image/png;base64,iVBOR") for map_ in one["maps"]), "maps")
for cells in data["summary"]["rows"]:
    check(html.escape(cells[0]["text"], quote=False).replace("&gt;", ">") in text, cells[0])
json.dump({key: data.get(key) for key in ("attention_note", "samples_note")} | {
    "maps": sum(len(one["maps"]) for one in data.get("attention", [])),
    "samples": (data.get("samples") or {}).get("list", [])}, sys.stdout)
