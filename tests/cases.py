#!/usr/bin/env python3
"""Counts the cases of one ctest run: each GoogleTest case is one, any other test is one.

usage: cases.py BUILD_FOLDER

Reads results/ctest.xml and, for the tests labelled `gtest`, the program's own results/NAME.json.
A program that crashed, ran out of time, left no results or holds no case counts as one failure.
Prints "failed: CASE: WHY" and "skipped: CASE: WHY" lines, then "N passed, N failed, N skipped".
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
        print(f"failed: {name}: {first_line(why)}")

    def skip(self, name, why):
        self.skipped += 1
        print(f"skipped: {name}: {first_line(why)}")


def first_line(text):
    """GoogleTest puts the place, as "x_test.cpp:12", before the message: the message is wanted."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and ".cpp:" in lines[0]:
        return lines[1]
    return lines[0] if lines else "no reason given"


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
    """One GoogleTest program; `results` is the JSON it was told to write."""
    if not results.is_file():
        counts.fail(name, "crashed, or ran out of time, before its results were written")
        return
    report = json.loads(results.read_text(encoding="utf-8"))
    failed_before, ran = counts.failed, 0
    for suite in report["testsuites"]:
        for case in suite["testsuite"]:
            ran += count_case(counts, name, case)
    if ran == 0:
        counts.fail(name, "holds no test")
    elif not ended_well and counts.failed == failed_before:
        counts.fail(name, "no case failed, but the program did: a leak, or a crash at its end")


def count_case(counts, program, case):
    """Whether the case was to run: a case taken out of the run by a filter is none."""
    name = f"{program}: {case['classname']}.{case['name']}"
    if case.get("failures"):
        counts.fail(name, case["failures"][0]["failure"])
    elif case.get("result") == "SKIPPED":
        counts.skip(name, "".join(entry["message"] for entry in case.get("skipped", [])))
    elif case.get("status") == "NOTRUN":
        if not case["name"].startswith("DISABLED_"):
            return 0
        counts.skip(name, "disabled in its source")
    else:
        counts.passed += 1
    return 1


def count_other(counts, name, entry):
    status = entry.get("status")
    if status == "run":
        counts.passed += 1
    elif status == "notrun" and entry.find("skipped") is not None:
        counts.skip(name, entry.find("skipped").get("message", ""))
    else:
        failure = entry.find("failure")
        counts.fail(name, failure.get("message", "") if failure is not None else str(status))


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
            results = build / "results" / f"{name}.json"
            count_program(counts, name, entry.get("status") == "run", results)
        else:
            count_other(counts, name, entry)
    print(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    return 1 if counts.failed or not counts.passed else 0


if __name__ == "__main__":
    sys.exit(main())
