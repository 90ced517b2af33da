"""Sum the results of `meson test` in some build folders: count.py FAILED_STAGES FOLDER...

A Criterion program counts each of its tests, by the XML file beside it; any other test counts once. A program that
failed without a failed test (it crashed, or its time was over) counts as one failure, and so does a failed stage
in which no test failed. Exit code 1 when anything failed or nothing ran."""
import json
import pathlib
import sys
import xml.etree.ElementTree as tree


def criterion_counts(path):
    """(passed, failed) of a Criterion program."""
    root = tree.parse(path).getroot()
    failed = int(root.get("failures", 0)) + int(root.get("errors", 0))
    return int(root.get("tests", 0)) - failed - int(root.get("disabled", 0)), failed


def test_counts(folder, result):
    """(passed, failed) of one line of meson's log."""
    name = result["name"].split(" / ")[-1]
    path = folder / "tests" / (name + ".xml")
    passed = failed = 0
    if path.exists():
        try:
            passed, failed = criterion_counts(path)
        except tree.ParseError:
            failed = 1
    elif result["result"] == "OK":
        passed = 1
    if result["result"] not in ("OK", "SKIP") and failed == 0:
        failed = 1
    return passed, failed


def main():
    failed_stages = int(sys.argv[1])
    passed = failed = 0
    for folder in map(pathlib.Path, sys.argv[2:]):
        log = folder / "meson-logs" / "testlog.json"
        if not log.exists():
            continue
        for line in log.read_text().splitlines():
            counts = test_counts(folder, json.loads(line))
            passed += counts[0]
            failed += counts[1]
    failed = max(failed, failed_stages)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
