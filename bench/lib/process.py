"""A program under test: started on one core, with the CPU time and memory of its process tree."""

import os
import select
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class CpuSample:
    """CPU time used by a process tree so far, and time it was ready but another program ran."""

    used_s: float
    waited_s: float

    def since(self, before):
        return CpuSample(self.used_s - before.used_s, self.waited_s - before.waited_s)


def tree(pid):
    """The process and its living descendants."""
    found = [pid]
    for parent in found:  # grows while it is walked
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue  # it ended meanwhile
    return found


def cpu(pid):
    """User and system time of the tree, in nanoseconds' resolution where it lives and in clock
    ticks for descendants that have ended."""
    used_s = waited_s = 0.0
    for member in tree(pid):
        try:
            for task in Path(f"/proc/{member}/task").iterdir():
                ran_ns, waited_ns, _ = (task / "schedstat").read_text().split()
                used_s += int(ran_ns) / 1e9
                waited_s += int(waited_ns) / 1e9
            # After the name, which may hold blanks: field 3 is the first, 16 and 17 the children's.
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            used_s += (int(fields[13]) + int(fields[14])) / TICKS_PER_S
        except OSError:
            continue
    return CpuSample(used_s, waited_s)


def _sum_of_field(pid, file, field):
    total = 0
    for member in tree(pid):
        try:
            lines = Path(f"/proc/{member}/{file}").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))
    return total


def peak_bytes(pid):
    """The highest resident memory so far, summed over the tree (shared pages count each time)."""
    return _sum_of_field(pid, "status", "VmHWM")


def anonymous_bytes(pid):
    """What the tree has in private memory now: heap and stacks, no files, nothing of the kernel."""
    return _sum_of_field(pid, "smaps_rollup", "Anonymous")


class Program:
    """A child in a session of its own, pinned to one core. Ended with all of its descendants."""

    def __init__(self, command, core, stdin=None, stdout=None):
        self._faults = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command,
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or subprocess.DEVNULL,
            stderr=self._faults,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        self.pid = self.process.pid

    def ended(self):
        return self.process.poll() is not None

    def last_words(self):
        """The end of what it wrote to stderr, on one line."""
        self._faults.seek(0)
        return " ".join(self._faults.read()[-500:].decode(errors="replace").split())

    def end(self):
        """SIGTERM, two seconds of patience, SIGKILL; the group is the one this object started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                pass  # the whole group is gone
            try:
                self.process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                continue
        self.process.wait(timeout=10)
        self._faults.close()


class Lines:
    """Lines from a pipe, each with a time limit."""

    def __init__(self, pipe):
        self._pipe = pipe
        self._rest = b""

    def next(self, timeout_s):
        """The next line, or None at the end of the stream or when the time is over."""
        give_up = time.monotonic() + timeout_s
        while b"\n" not in self._rest:
            left_s = give_up - time.monotonic()
            if left_s <= 0 or not select.select([self._pipe], [], [], left_s)[0]:
                return None
            more = os.read(self._pipe.fileno(), 65536)
            if not more:
                return None
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()
