"""A program under test: started on one core, with the CPU time and memory of its process tree."""

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
TESTED_CORE = 0
OTHER_CORE = 1  # of whatever loads the program under test, and of the benchmark itself
BOTH_CORES = (TESTED_CORE, OTHER_CORE)
SAMPLE_EVERY_S = 0.02


class Failed(Exception):
    """A run that gave no result; the text says why and is saved in its place."""


@dataclass(frozen=True)
class CpuSample:
    """CPU time used by a process tree so far, and time it was ready but another program ran."""

    used_s: float
    waited_s: float

    def since(self, before):
        return CpuSample(self.used_s - before.used_s, self.waited_s - before.waited_s)


def _stat(pid):
    """proc(5)'s fields from the third on; the second, the name, may hold blanks."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _members(session):
    """The living processes of a session."""
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                if int(_stat(path.name)[3]) == session:
                    yield int(path.name)
            except OSError:
                continue  # it ended meanwhile


def tree(pid):
    """The process and its living descendants. Where it leads a session, as a Program does, those
    too whose parents have ended."""
    found = [pid]
    found += [member for member in _members(pid) if member != pid]
    for parent in found:  # grows while it is walked
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                children = [int(child) for child in (task / "children").read_text().split()]
                found += [child for child in children if child not in found]
        except OSError:
            continue
    return found


def cpu(pid):
    """User and system time of the tree, in nanoseconds' resolution where it lives and in clock
    ticks for threads and descendants that have ended. Descendants that nobody waited for are lost
    when they end."""
    used_s = waited_s = 0.0
    for member in tree(pid):
        try:
            living_s = 0.0
            for task in Path(f"/proc/{member}/task").iterdir():
                ran_ns, waited_ns, _ = (task / "schedstat").read_text().split()
                living_s += int(ran_ns) / 1e9
                waited_s += int(waited_ns) / 1e9
            own, own_system, children, children_system = map(int, _stat(member)[11:15])
            # Its own ticks count ended threads too, but are cut to hundredths of a second.
            used_s += max(living_s, (own + own_system) / TICKS_PER_S)
            used_s += (children + children_system) / TICKS_PER_S
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
    """A child in a session of its own, pinned to a core, or to several. Ended with all of its
    descendants."""

    def __init__(self, command, core, stdin=None, stdout=None):
        self._faults = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command,
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or subprocess.DEVNULL,
            stderr=self._faults,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, core if isinstance(core, tuple) else {core}),
        )
        self.pid = self.process.pid

    def ended(self):
        return self.process.poll() is not None

    def last_words(self):
        """The end of what it wrote to stderr, on one line."""
        self._faults.seek(0)
        return " ".join(self._faults.read()[-500:].decode(errors="replace").split())

    def reap(self):
        """Waits for its end; what it and the descendants it waited for have used."""
        _, status, used = os.wait4(self.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return used

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


@dataclass(frozen=True)
class Outcome:
    """A program that ran to its end, and what it and its descendants have used."""

    output: str
    seconds: float
    cpu_s: float
    peak_bytes: int

    def figures(self, work):
        """As a run of a case wants them: the object that the program printed as its last line,
        whose field `work` is the work done, and its own `seconds` where it measured them."""
        try:
            printed = json.loads(self.output.strip().rpartition("\n")[2])
            printed["work"] = printed.pop(work)
        except (ValueError, KeyError, AttributeError):
            raise Failed(f"no '{work}' in what it printed: {self.output[-200:]!r}") from None
        used = {"seconds": self.seconds, "cpu_s": self.cpu_s, "peak_bytes": self.peak_bytes}
        return used | printed


def run_to_end(command, core=TESTED_CORE, timeout_s=60, codes=(0,)):
    """Runs a command pinned to a core, or to several. Failed: it ended with another code than
    these, or not in time.

    Its memory is the highest sum over the tree that was seen, 50 times a second: what a process
    reports of itself once it has ended includes the memory of the one that started it."""
    with tempfile.TemporaryFile() as output:
        program = Program([str(word) for word in command], core, stdout=output)
        try:
            outcome = _watch(program, timeout_s, codes)
            output.seek(0)
            return Outcome(output.read().decode(errors="replace"), *outcome)
        finally:
            program.end()


def _watch(program, timeout_s, codes):
    """(seconds, CPU seconds, peak bytes) of a program, when it has ended with one of the codes."""
    begin = time.monotonic()
    highest = peak_bytes(program.pid)
    ending = os.pidfd_open(program.pid)
    try:
        while not select.select([ending], [], [], SAMPLE_EVERY_S)[0]:
            highest = max(highest, peak_bytes(program.pid))
            if time.monotonic() - begin > timeout_s:
                raise Failed(f"it did not end within {timeout_s} s")
    finally:
        os.close(ending)
    seconds = time.monotonic() - begin
    used = program.reap()
    if program.process.returncode not in codes:
        raise Failed(f"it ended with {program.process.returncode}: {program.last_words()}")
    return seconds, used.ru_utime + used.ru_stime, highest
