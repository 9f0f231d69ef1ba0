"""The way of a finding: a target with a bug, found, made small, kept, and replayed until mended."""

import argparse
import pathlib
import re
import subprocess
import tempfile
import unittest
from unittest import mock

import fuzz

ROOT = pathlib.Path(__file__).resolve().parents[2]

TARGET = """
#include <cstdint>
#include <cstdlib>
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
#ifndef MENDED
  if (size > 2 && data[0] == 'B' && data[1] == 'U' && data[2] == 'G') std::abort();
#endif
  return 0;
}
"""


class Shares(unittest.TestCase):
    def test_each_has_its_seconds_while_there_are_few(self):
        self.assertEqual(fuzz.share(3, 2, 20, 240), 20)
        self.assertEqual(fuzz.share(24, 2, 20, 240), 20)

    def test_many_share_the_time(self):
        self.assertEqual(fuzz.share(25, 2, 20, 240), 18)
        self.assertEqual(fuzz.share(100, 2, 20, 240), 4)
        self.assertEqual(fuzz.share(1000, 1, 20, 240), 1)

    def test_never_longer_than_all_may_take(self):
        for targets in range(1, 200):
            turns = -(-targets // 2)
            self.assertLessEqual(fuzz.share(targets, 2, 20, 240) * turns, 240)

    def test_times(self):
        self.assertEqual([fuzz.duration(text) for text in ("90", "20s", "5m", "1h")],
                         [90, 20, 300, 3600])
        for text in ("", "0s", "1d", "-3", "1.5h", "m"):
            with self.subTest(text), self.assertRaises(argparse.ArgumentTypeError):
                fuzz.duration(text)


class Chain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        (cls.root / "target.cpp").write_text(TARGET)
        (cls.root / "programs").mkdir()
        (cls.root / "mended").mkdir()
        cls.compile("programs/bug_fuzz", "target.cpp", "-fsanitize=fuzzer,address")
        cls.compile("mended/bug_fuzz", "target.cpp", "-fsanitize=fuzzer,address", "-DMENDED")
        cls.compile("replay", "target.cpp", ROOT / "fuzz" / "replay.cpp")
        cls.compile("mended/replay", "target.cpp", ROOT / "fuzz" / "replay.cpp", "-DMENDED")

    @classmethod
    def compile(cls, program, *words):
        subprocess.run(["clang++-19", "-std=c++23", "-O1", *words, "-o", program], cwd=cls.root,
                       check=True)

    def setUp(self):
        patch = mock.patch.object(fuzz, "MINIMISE_S", 2)
        patch.start()
        self.addCleanup(patch.stop)
        folder = tempfile.TemporaryDirectory(dir=self.root)
        self.addCleanup(folder.cleanup)
        self.place = pathlib.Path(folder.name)
        (self.place / "seeds" / "bug").mkdir(parents=True)
        (self.place / "seeds" / "bug" / "near").write_bytes(b"BUS, and more of it")

    def places(self, programs="programs"):
        return fuzz.Places(self.root / programs, self.place / "seeds", self.place / "learnt",
                           self.place / "findings")

    def findings(self):
        return sorted((self.place / "findings" / "bug").glob("*"))

    def replay(self, program, *places):
        return subprocess.run([self.root / program, *places], capture_output=True, text=True)

    def test_a_finding_is_kept_small_and_fails_in_every_build_until_it_is_mended(self):
        ending = fuzz.fuzz("bug", 60, self.places())
        self.assertIn("kept as", ending.trouble)
        (finding,) = self.findings()
        self.assertEqual(finding.read_bytes(), b"BUG")
        self.assertRegex(finding.name, r"^crash-[0-9a-f]{12}$")

        seeds = self.place / "seeds" / "bug"
        broken = self.replay("replay", seeds, finding.parent)
        self.assertLess(broken.returncode, 0)
        self.assertEqual(broken.stdout.splitlines()[-1], str(finding))

        # Nothing is gained by finding it again: the target waits for its fix.
        again = fuzz.fuzz("bug", 60, self.places())
        self.assertIn("still fails", again.trouble)
        self.assertEqual(self.findings(), [finding])

        mended = self.replay("mended/replay", seeds, finding.parent)
        self.assertEqual((mended.returncode, mended.stdout.splitlines()[-1]),
                         (0, "2 inputs replayed"))
        self.assertEqual(fuzz.fuzz("bug", 1, self.places("mended")).trouble, "")

    def test_nothing_to_replay_is_a_failure(self):
        (self.place / "empty").mkdir()
        nothing = self.replay("replay", self.place / "empty", self.place / "missing")
        self.assertEqual(nothing.returncode, 1)


class Targets(unittest.TestCase):
    def test_each_is_built_and_has_seeds(self):
        listed = re.findall(r"^patchbay_fuzz\((\w+) SOURCES (\w+)_fuzz\.cpp",
                            (ROOT / "fuzz/CMakeLists.txt").read_text(), re.MULTILINE)
        self.assertEqual(len(listed), len(list(ROOT.glob("fuzz/*_fuzz.cpp"))))
        for name, stem in listed:
            with self.subTest(name):
                self.assertEqual(name, stem)
                self.assertTrue(any((ROOT / "fuzz" / "corpus" / name).iterdir()))

    def test_findings_belong_to_a_target(self):
        for folder in (ROOT / "tests" / "corpora").glob("*/"):
            self.assertTrue((ROOT / "fuzz" / f"{folder.name}_fuzz.cpp").is_file(), folder.name)


if __name__ == "__main__":
    unittest.main()
