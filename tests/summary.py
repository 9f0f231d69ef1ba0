#!/usr/bin/env python3
"""Sums up the suites of one run of ./dev test.

usage: summary.py RESULTS_FOLDER

A suite NAME has left NAME.log and NAME.status: its exit status and how many seconds it took. Its
log ends with the line "N passed, N failed, N skipped", after lines "skipped: CASE: WHY" for what it
could not run. A suite without that last line, with no case at all, or with an exit status that its
counts do not explain counts as one failure more. Prints a table, each skipped case, each failed
one, then the sum as the last line: what failed stands where a reader of the end alone sees it.
"""

import pathlib
import re
import sys

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")
SKIPPED, FAILED = "skipped: ", "failed: "


class Suite:
    def __init__(self, log):
        self.name = log.stem
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        self.lines = lines
        written = [line for line in lines if line.strip()]
        match = COUNTS.match(written[-1]) if written else None
        self.passed, self.failed, self.skipped = map(int, match.groups()) if match else (0, 0, 0)
        status, self.seconds = status_beside(log)
        self.trouble = self._trouble(match, status)
        if self.trouble:
            self.failed += 1

    def _trouble(self, match, status):
        if not match:
            return f"ended without its counts, with status {status}"
        if self.passed + self.failed + self.skipped == 0:
            return "holds no test"
        if status != 0 and self.failed == 0:
            return f"ended with status {status}, though no case failed"
        return ""


def status_beside(log):
    """The exit status of a suite, and how many seconds it took."""
    path = log.with_suffix(".status")
    status, seconds = path.read_text().split() if path.is_file() else (1, 0)
    return int(status), int(seconds)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    logs = sorted(pathlib.Path(sys.argv[1]).glob("*.log"), key=lambda log: log.stat().st_mtime)
    suites = [Suite(log) for log in logs]
    print("\nsuite        passed  failed  skipped  seconds")
    for suite in suites:
        print(f"{suite.name:<12}{suite.passed:>7}{suite.failed:>8}{suite.skipped:>9}"
              f"{suite.seconds:>9}{'  ' + suite.trouble if suite.trouble else ''}")
    print()
    for kind in (SKIPPED, FAILED):
        for suite in suites:
            for line in suite.lines:
                if line.startswith(kind):
                    print(f"{kind}{suite.name}: {line.removeprefix(kind)}")
    passed, failed, skipped = (sum(getattr(suite, kind) for suite in suites)
                               for kind in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
