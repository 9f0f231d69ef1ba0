"""The counts at the end of ./dev test: what may pass as passed, and what may not."""

import contextlib
import io
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import cases
import summary


def said_by(main, folder):
    """What a script prints for a folder, line by line, and its exit code."""
    out = io.StringIO()
    with mock.patch.object(sys, "argv", ["script", str(folder)]), contextlib.redirect_stdout(out):
        code = main()
    return out.getvalue().splitlines(), code


class InFolder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)


class Summary(InFolder):
    def suite(self, name, *lines, status=0, seconds=0):
        log = self.folder / f"{name}.log"
        log.write_text("".join(line + "\n" for line in lines))
        order = len(list(self.folder.glob("*.log")))
        os.utime(log, (order, order))
        if status is not None:
            (self.folder / f"{name}.status").write_text(f"{status} {seconds}\n")

    def said(self):
        return said_by(summary.main, self.folder)

    def test_the_last_line_is_the_sum_of_all_suites(self):
        self.suite("style", "5 passed, 0 failed, 0 skipped")
        self.suite("lab", "skipped: tcp.x: there is no nc", "70 passed, 0 failed, 1 skipped", "")
        lines, code = self.said()
        self.assertEqual(lines[-1], "75 passed, 0 failed, 1 skipped")
        self.assertIn("skipped: lab: tcp.x: there is no nc", lines)
        self.assertEqual(code, 0)

    def test_each_suite_has_a_line_with_its_counts_and_seconds(self):
        self.suite("lab", "3 passed, 0 failed, 1 skipped", seconds=61)
        self.assertIn("lab               3       0        1       61", self.said()[0])

    def test_what_failed_is_named_and_is_no_success(self):
        self.suite("lab", "failed: tcp.x: no answer", "3 passed, 1 failed, 0 skipped", status=1)
        lines, code = self.said()
        self.assertIn("failed: lab: tcp.x: no answer", lines)
        self.assertEqual((lines[-1], code), ("3 passed, 1 failed, 0 skipped", 1))

    def test_what_failed_stands_last(self):
        self.suite("lab", "failed: tcp.x: no answer", "3 passed, 1 failed, 0 skipped", status=1)
        self.suite("asan", "skipped: net: A.b: no right", "3 passed, 0 failed, 1 skipped")
        self.assertEqual(self.said()[0][-3:-1], ["skipped: asan: net: A.b: no right",
                                                 "failed: lab: tcp.x: no answer"])

    def test_a_suite_without_its_counts_is_a_failure(self):
        self.suite("style", "5 passed, 0 failed, 0 skipped")
        self.suite("lab", "5 passed, 0 failed, 0 skipped", "Terminated", status=124)
        lines, code = self.said()
        self.assertTrue(any("ended without its counts, with status 124" in one for one in lines))
        self.assertEqual((lines[-1], code), ("5 passed, 1 failed, 0 skipped", 1))

    def test_an_exit_code_that_the_counts_do_not_explain_is_a_failure(self):
        for status in (3, None):
            self.suite("lab", "5 passed, 0 failed, 0 skipped", status=status)
            if status is None:
                (self.folder / "lab.status").unlink()
            lines, code = self.said()
            self.assertEqual((lines[-1], code), ("5 passed, 1 failed, 0 skipped", 1))

    def test_a_suite_without_a_test_is_a_failure(self):
        self.suite("lab", "0 passed, 0 failed, 0 skipped")
        lines, code = self.said()
        self.assertEqual((lines[-1], code), ("0 passed, 1 failed, 0 skipped", 1))

    def test_nothing_at_all_is_no_success(self):
        self.assertEqual(self.said()[1], 1)


class Cases(InFolder):
    """`net` is a GoogleTest program; `guide` is any other."""

    def setUp(self):
        super().setUp()
        (self.folder / "results").mkdir()
        known = mock.patch.object(cases, "labels_of", lambda _: {"net": ["gtest"], "guide": []})
        known.start()
        self.addCleanup(known.stop)

    def ctest(self, *entries):
        path = self.folder / "results" / "ctest.xml"
        path.write_text(f"<testsuite>{''.join(entries)}</testsuite>")

    def program(self, *entries):
        path = self.folder / "results" / "net.xml"
        path.write_text(f"<testsuites><testsuite>{''.join(entries)}</testsuite></testsuites>")

    def said(self):
        return said_by(cases.main, self.folder)

    def test_each_case_of_a_program_is_one(self):
        self.ctest('<testcase name="net" status="run"/>', '<testcase name="guide" status="run"/>')
        self.program('<testcase classname="A" name="Goes" status="run"/>',
                     '<testcase classname="A" name="IsFilteredOut" status="notrun"/>',
                     '<testcase classname="A" name="DISABLED_Goes" status="notrun"/>',
                     '<testcase classname="A" name="Cannot" status="run">'
                     '<skipped message="x_test.cpp:12&#10;no right to it"/></testcase>')
        lines, code = self.said()
        self.assertIn("skipped: net: A.Cannot: no right to it", lines)
        self.assertIn("skipped: net: A.DISABLED_Goes: disabled in its source", lines)
        self.assertEqual((lines[-1], code), ("2 passed, 0 failed, 2 skipped", 0))

    def test_a_case_that_fails_is_named(self):
        self.ctest('<testcase name="net" status="fail"/>')
        self.program('<testcase classname="A" name="Fails" status="run">'
                     '<failure message="x_test.cpp:12&#10;Expected: 1"/></testcase>')
        lines, code = self.said()
        self.assertEqual(lines[0], "failed: net: A.Fails: x_test.cpp:12 | Expected: 1")
        self.assertEqual((lines[-1], code), ("0 passed, 1 failed, 0 skipped", 1))

    def test_all_that_a_case_says_of_its_failure_is_told(self):
        self.ctest('<testcase name="net" status="fail"/>')
        self.program('<testcase classname="A" name="Fails" status="run">'
                     '<failure message="x_test.cpp:12&#10;Expected: 1"/>'
                     '<failure message="x_test.cpp:13&#10;Expected: 2"/></testcase>')
        lines, code = self.said()
        self.assertEqual(lines[0], "failed: net: A.Fails: "
                                   "x_test.cpp:12 | Expected: 1 | x_test.cpp:13 | Expected: 2")
        self.assertEqual((lines[-1], code), ("0 passed, 1 failed, 0 skipped", 1))

    def test_a_program_that_crashed_is_a_failure(self):
        self.ctest('<testcase name="net" status="fail"/>')
        self.assertEqual(self.said()[0][-1], "0 passed, 1 failed, 0 skipped")

    def test_a_leak_at_the_end_is_a_failure(self):
        self.ctest('<testcase name="net" status="fail"/>')
        self.program('<testcase classname="A" name="Goes" status="run"/>')
        self.assertEqual(self.said()[0][-1], "1 passed, 1 failed, 0 skipped")

    def test_a_program_without_a_case_is_a_failure(self):
        self.ctest('<testcase name="net" status="run"/>')
        self.program()
        self.assertEqual(self.said()[0][-1], "0 passed, 1 failed, 0 skipped")

    def test_another_test_may_skip_itself_and_nothing_else(self):
        self.ctest('<testcase name="guide" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>'
                   '<system-out>no namespaces here</system-out></testcase>')
        self.assertEqual(self.said()[0], ["skipped: guide: no namespaces here",
                                          "0 passed, 0 failed, 1 skipped"])
        self.ctest('<testcase name="guide" status="notrun"><skipped message="Not Run"/></testcase>')
        self.assertEqual(self.said()[0][-1], "0 passed, 1 failed, 0 skipped")
        self.ctest('<testcase name="guide" status="fail" time="3"/>')
        self.assertEqual(self.said()[0][-1], "0 passed, 1 failed, 0 skipped")
