"""Sum the results of `meson test` in some build folders: count.py FAILED_STAGES FOLDER...

A Criterion program counts each of its tests, by the XML file beside it; any other test counts once. A program that
failed without a failed test (it crashed, or its time was over) counts as one failure, and so does a failed stage
in which no test failed. A test that was skipped without a line "skipped: why" has failed. What failed is named, with
its last words. Exit code 1 when anything failed or nothing ran."""
import json
import pathlib
import sys
import xml.etree.ElementTree as tree

LINES = 30  # of a failed test's words


def criterion_counts(path):
    """(passed, failed, words) of a Criterion program: words for each of its failed tests."""
    root = tree.parse(path).getroot()
    failed = int(root.get("failures", 0)) + int(root.get("errors", 0))
    words = []
    for case in root.iter("testcase"):
        if case.get("status") in ("FAILED", "ERRORED"):
            said = "".join(said for part in case for said in part.itertext()).strip().splitlines()
            if len(said) > LINES:
                said = said[:3] + ["..."] + said[-LINES:]
            words.append(f"{case.get('name')}: " + ("\n".join(said) or "it crashed, or its time was over"))
    return int(root.get("tests", 0)) - failed - int(root.get("disabled", 0)), failed, words


def last_words(result):
    """What a test that failed without a failed case printed at last."""
    printed = (result.get("stdout") or "") + (result.get("stderr") or "")
    return "\n".join([result["result"]] + printed.rstrip().splitlines()[-LINES:])


def skipped(result):
    """A test that is skipped says why; a program that happens to end with 77, meson's code for it, has failed."""
    return result["result"] == "SKIP" and "skipped: " in (result.get("stdout") or "")


def test_counts(folder, result):
    """(passed, failed, words) of one line of meson's log."""
    name = result["name"].split(" / ")[-1]
    path = folder / "tests" / (name + ".xml")
    passed = failed = 0
    words = []
    if path.exists():
        try:
            passed, failed, words = criterion_counts(path)
        except tree.ParseError:
            failed = 1
    elif result["result"] == "OK":
        passed = 1
    if result["result"] != "OK" and not skipped(result):
        failed = max(failed, 1)
    if failed and not words:
        words = [last_words(result)]
    return passed, failed, [f"{folder}: {name}: {said}" for said in words]


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
            for said in counts[2]:
                print("FAILED", said)
    failed = max(failed, failed_stages)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
