"""Each test that a page about conformance names is there."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P|SIM_TEST)\((\w+),\s*(\w+)\)", re.MULTILINE)
SHOWN = re.compile(r"(`[\w.…]+`|none needed: |\*\*not kept\*\*: )[^|]*\|$")
NAMED = re.compile(r"`(?:(\w+)\.)?([A-Z]\w*)`")
# In a table of an RFC's sections the suite goes without saying.
SUITES = ("Rfc9110", "Rfc9112")


def tests_there_are():
    sources = [*ROOT.glob("src/**/*_test.cpp"), *ROOT.glob("tests/sim/*_test.cpp")]
    return {match.groups() for path in sources for match in TEST.finditer(path.read_text())}


def tests_named(page):
    """(suite or nothing, test) for what stands in the last column of a table."""
    for line in page.splitlines():
        cells = line.split(" | ")
        if line.startswith("|") and len(cells) > 2:
            yield from NAMED.findall(cells[-1])


class Conformance(unittest.TestCase):
    def test_each_test_named_is_there(self):
        there = tests_there_are()
        named = 0
        for path in sorted(ROOT.glob("docs/*-conformance.md")):
            for suite, test in tests_named(path.read_text()):
                named += 1
                suites = [suite] if suite else SUITES
                self.assertTrue(any((one, test) in there for one in suites),
                                f"{path.name} names {suite}.{test}, which is no test")
        self.assertGreater(named, 150)

    def test_each_row_names_one(self):
        for path in sorted(ROOT.glob("docs/*-conformance.md")):
            for line in path.read_text().splitlines():
                if re.match(r"\| (9110 |9112 )?\d", line):
                    self.assertTrue(SHOWN.search(line), f"{path.name}: no test for {line}")


if __name__ == "__main__":
    unittest.main()
