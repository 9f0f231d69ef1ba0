#!/usr/bin/env python3
"""Counts the cases of one ctest run: each GoogleTest case is one, any other test is one.

usage: cases.py BUILD_FOLDER

Reads results/ctest.xml and, for the tests labelled `gtest`, the program's own results/NAME.xml.
A program that crashed, ran out of time, left no results or holds no case counts as one failure.
Prints "failed: CASE: WHY" and "skipped: CASE: WHY" lines, then "N passed, N failed, N skipped".
WHY is all that a case said of its failure, in one line: a log that is cut still tells it.
"""

import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree


class Counts:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0

    def fail(self, name, why):
        self.failed += 1
        print(f"failed: {name}: {one_line(why)}")

    def skip(self, name, why):
        self.skipped += 1
        print(f"skipped: {name}: {first_line(why)}")


def first_line(text):
    """GoogleTest puts the place, as "x_test.cpp:12", before the message: the message is wanted."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and ".cpp:" in lines[0]:
        return lines[1]
    return lines[0] if lines else "no reason given"


def one_line(text, most_characters=600):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines)[:most_characters] or "no reason given"


def labels_of(build):
    """The labels of each test that ctest knows."""
    command = ["ctest", "--test-dir", str(build), "--show-only=json-v1"]
    known = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    labels = {}
    for test in known["tests"]:
        properties = {entry["name"]: entry["value"] for entry in test["properties"]}
        labels[test["name"]] = properties.get("LABELS", [])
    return labels


def count_program(counts, name, ended_well, results):
    """One GoogleTest program; `results` is the XML it was told to write."""
    if not results.is_file():
        counts.fail(name, "crashed, or ran out of time, before its results were written")
        return
    failed_before, ran = counts.failed, 0
    for case in xml.etree.ElementTree.parse(results).getroot().iter("testcase"):
        ran += count_case(counts, name, case)
    if ran == 0:
        counts.fail(name, "holds no test")
    elif not ended_well and counts.failed == failed_before:
        counts.fail(name, "no case failed, but the program did: a leak, or a crash at its end")


def count_case(counts, program, case):
    """Whether the case was to run: a case taken out of the run by a filter is none."""
    name = f"{program}: {case.get('classname')}.{case.get('name')}"
    failures, skipped = case.findall("failure"), case.find("skipped")
    if failures:
        counts.fail(name, "\n".join(failure.get("message", "") for failure in failures))
    elif skipped is not None:
        counts.skip(name, skipped.get("message", ""))
    elif case.get("status") == "notrun":
        if not case.get("name").startswith("DISABLED_"):
            return 0
        counts.skip(name, "disabled in its source")
    else:
        counts.passed += 1
    return 1


def count_other(counts, name, entry):
    """A test that is no GoogleTest program: it may end with its SKIP_RETURN_CODE."""
    skipped = entry.find("skipped")
    if entry.get("status") == "run":
        counts.passed += 1
    elif skipped is not None and skipped.get("message", "").startswith("SKIP_"):
        counts.skip(name, entry.findtext("system-out", ""))
    elif skipped is not None:
        counts.fail(name, skipped.get("message", ""))
    else:
        counts.fail(name, f"failed, or was stopped, after {entry.get('time')} s; see above")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1])
    labels = labels_of(build)
    counts = Counts()
    report = xml.etree.ElementTree.parse(build / "results" / "ctest.xml").getroot()
    for entry in report.iter("testcase"):
        name = entry.get("name")
        if "gtest" in labels.get(name, []):
            results = build / "results" / f"{name}.xml"
            count_program(counts, name, entry.get("status") == "run", results)
        else:
            count_other(counts, name, entry)
    print(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    return 1 if counts.failed or not counts.passed else 0


if __name__ == "__main__":
    sys.exit(main())
