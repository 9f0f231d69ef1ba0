"""The reader of CPU time and memory: what it must count, and what it must not."""

import subprocess
import sys
import textwrap
import unittest

from lib import process

# Burns CPU time until its own clock says that it has used so much.
BURN = "import time\nwhile time.process_time() < {}: pass\n"
HOLD_UNTIL_TOLD = "print('ready', flush=True)\nimport sys\nsys.stdin.read()\n"


def python(text):
    return [sys.executable, "-c", textwrap.dedent(text)]


class HeldProgram:
    """A program that does its work, says "ready", and stays until the block ends."""

    def __init__(self, text):
        self._command = python(text) if isinstance(text, str) else text

    def __enter__(self):
        self.program = process.Program(self._command, process.OTHER_CORE,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = process.Lines(self.program.process.stdout).next(60)
        assert line == "ready", self.program.last_words()
        return self.program.pid

    def __exit__(self, *_):
        self.program.process.stdin.close()
        self.program.process.stdout.close()
        self.program.end()


class CpuTime(unittest.TestCase):
    def assert_counts(self, text, at_least_s):
        with HeldProgram(text) as pid:
            used_s = process.cpu(pid).used_s
        # The upper bound only catches what is counted twice; starting Python takes some too.
        self.assertGreaterEqual(used_s, at_least_s)
        self.assertLess(used_s, 1.6 * at_least_s + 0.5)

    def test_own(self):
        self.assert_counts(BURN.format(0.5) + HOLD_UNTIL_TOLD, 0.5)

    def test_child_that_lives(self):
        child = BURN.format(0.5) + HOLD_UNTIL_TOLD
        self.assert_counts(f"import subprocess, sys\n"
                           f"subprocess.run([sys.executable, '-c', {child!r}])", 0.5)

    def test_child_that_has_ended(self):
        self.assert_counts(f"import subprocess, sys\n"
                           f"subprocess.run([sys.executable, '-c', {BURN.format(0.5)!r}])\n"
                           + HOLD_UNTIL_TOLD, 0.5)

    def test_thread_that_has_ended(self):
        burn = "def burn():\n  while time.thread_time() < 0.5: pass\n"
        self.assert_counts("import threading, time\n" + burn +
                           "thread = threading.Thread(target=burn)\nthread.start()\n"
                           "thread.join()\n" + HOLD_UNTIL_TOLD, 0.5)

    def test_orphan(self):
        # The shell ends; its child, which then belongs to somebody else, stays in the session.
        orphan = BURN.format(0.5) + HOLD_UNTIL_TOLD
        text = (f"import os, sys\n"
                f"if os.fork() == 0:\n"
                f"  if os.fork() == 0:\n"
                f"    os.execv(sys.executable, [sys.executable, '-c', {orphan!r}])\n"
                f"  os._exit(0)\n"
                f"os.wait()\nsys.stdin.read()\n")
        self.assert_counts(text, 0.5)

    def test_stranger_is_not_counted(self):
        with HeldProgram(BURN.format(0.5) + HOLD_UNTIL_TOLD):
            with HeldProgram(HOLD_UNTIL_TOLD) as idle:
                self.assertLess(process.cpu(idle).used_s, 0.5)

    def test_since(self):
        difference = process.CpuSample(3.0, 1.0).since(process.CpuSample(1.0, 0.5))
        self.assertEqual(difference, process.CpuSample(2.0, 0.5))


class Memory(unittest.TestCase):
    MIB = 1 << 20

    def test_peak_outlives_the_memory_and_spans_the_tree(self):
        hold = "block = bytearray(64 << 20)\ndel block\n"
        child = hold + HOLD_UNTIL_TOLD
        text = f"{hold}import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])"
        with HeldProgram(text) as pid:
            self.assertGreater(process.peak_bytes(pid), 128 * self.MIB)
            self.assertLess(process.peak_bytes(pid), 256 * self.MIB)
            self.assertLess(process.anonymous_bytes(pid), 64 * self.MIB)

    def test_the_starter_is_not_counted(self):
        ballast = bytearray(b"x") * (256 * self.MIB)
        outcome = process.run_to_end(["sleep", "0.2"])
        self.assertLess(outcome.peak_bytes, 32 * self.MIB)
        self.assertEqual(len(ballast), 256 * self.MIB)


class RunToEnd(unittest.TestCase):
    def test_output_cpu_time_and_figures(self):
        outcome = process.run_to_end(python(BURN.format(0.51) + "print('{\"packets\": 7}')"))
        self.assertEqual(outcome.output, '{"packets": 7}\n')
        self.assertGreaterEqual(outcome.cpu_s, 0.5)
        self.assertGreaterEqual(outcome.seconds, 0.5)
        figures = outcome.figures(work="packets")
        self.assertEqual(figures["work"], 7)
        self.assertEqual(figures["seconds"], outcome.seconds)

    def test_seconds_of_the_program_win(self):
        outcome = process.Outcome('noise\n{"events": 10, "seconds": 2}\n', 3.0, 1.0, 4096)
        self.assertEqual(outcome.figures(work="events"),
                         {"work": 10, "seconds": 2, "cpu_s": 1.0, "peak_bytes": 4096})

    def test_no_figures(self):
        for output in ("", "no json", '{"other": 1}', "7"):
            with self.subTest(output), self.assertRaises(process.Failed):
                process.Outcome(output, 1.0, 1.0, 1).figures(work="events")

    def test_bad_end_tells_the_reason(self):
        with self.assertRaisesRegex(process.Failed, "ended with 3: no luck"):
            process.run_to_end(python("import sys\nprint('no luck', file=sys.stderr)\nsys.exit(3)"))

    def test_no_end(self):
        with self.assertRaisesRegex(process.Failed, "did not end within"):
            process.run_to_end(["sleep", "60"], timeout_s=0.1)

    def test_runs_on_its_core_alone(self):
        show = "import os\nprint(sorted(os.sched_getaffinity(0)))"
        self.assertEqual(process.run_to_end(python(show), core=process.OTHER_CORE).output,
                         f"[{process.OTHER_CORE}]\n")


if __name__ == "__main__":
    unittest.main()
