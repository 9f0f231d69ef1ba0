"""Programs of the lab: each has a folder, captured output, a readiness check and a sure end."""

import os
import pathlib
import re
import signal
import socket
import subprocess

from lib import owner
from lib.waiting import PATIENCE, until

# Nothing of the person who runs the tests gets in: no settings, no colours, no language.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TMPDIR")


def environment(folder, extra=None):
    """The whole environment of a program: this run's mark, and a home of its own."""
    values = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    values |= {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"),
               "LC_ALL": "C.UTF-8", "TERM": "dumb", owner.VARIABLE: owner.MARK}
    values |= extra or {}
    return values


class Program:
    """A program that runs until it ends, or is ended. It leads a process group of its own.

    `stdin` is bytes, an open file, or subprocess.PIPE; its output goes to files in `folder`, unless
    `stdout` or `stderr` is an open file.
    """

    def __init__(self, name, command, folder, env=None, stdin=b"", stdout=None, stderr=None):
        self.name = name
        self.command = [str(word) for word in command]
        self.out_file = folder / f"{name}.out"
        self.err_file = folder / f"{name}.err"
        if isinstance(stdin, bytes):
            (folder / f"{name}.in").write_bytes(stdin)
            stdin = open(folder / f"{name}.in", "rb")
        with open(self.out_file, "wb") as out, open(self.err_file, "wb") as err:
            self._process = subprocess.Popen(
                self.command, cwd=folder, env=environment(folder, env), stdin=stdin,
                stdout=stdout or out, stderr=stderr or err, start_new_session=True)
        if hasattr(stdin, "close"):
            stdin.close()

    @property
    def pid(self):
        return self._process.pid

    @property
    def stdin(self):
        return self._process.stdin

    @property
    def out_bytes(self):
        return self.out_file.read_bytes()

    @property
    def out(self):
        return self.out_bytes.decode(errors="replace")

    @property
    def err_bytes(self):
        return self.err_file.read_bytes()

    @property
    def err(self):
        return self.err_bytes.decode(errors="replace")

    @property
    def ended(self):
        return self._process.poll() is not None

    def wait(self, seconds=PATIENCE):
        """Its exit code; 128 and more are signals, as a shell says it."""
        until(lambda: self.ended, f"the end of {self}", seconds)
        code = self._process.returncode
        return 128 - code if code < 0 else code

    def wait_for(self, pattern, stream="err", seconds=PATIENCE):
        """The match of a regular expression in what it has said so far."""
        def look():
            match = re.search(pattern, getattr(self, stream), re.MULTILINE)
            if match is None and self.ended:
                raise AssertionError(f"{self} ended with {self.wait()} before it said {pattern!r}")
            return match
        return until(look, f"{pattern!r} from {self}", seconds)

    def wait_for_listener(self, port, family=socket.AF_INET):
        """Waits until it listens for TCP on the port, without connecting to it."""
        until(lambda: self._alive() and is_listening(port, family), f"{self} on port {port}")

    def wait_for_udp(self, port, family=socket.AF_INET):
        """Waits until it has a UDP socket on the port."""
        until(lambda: self._alive() and is_bound_udp(port, family), f"{self} on port {port}")

    def _alive(self):
        if self.ended:
            raise AssertionError(f"{self} ended with {self.wait()}: {self.err}")
        return True

    def send_signal(self, number):
        if not self.ended:
            os.kill(self.pid, number)

    def interrupt(self, seconds=PATIENCE):
        """Ctrl-C; the exit code."""
        self.send_signal(signal.SIGINT)
        return self.wait(seconds)

    def close(self):
        """The end of the program and of all it started in its group, whatever they are doing."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        if self._process.stdin:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass

    def memory_peak_bytes(self):
        """The most memory it has had at a time (VmHWM)."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    def __str__(self):
        return f"`{' '.join(self.command)}`"


def _local_ports(protocol, family, state):
    table = pathlib.Path("/proc/net", protocol + ("6" if family == socket.AF_INET6 else ""))
    for line in table.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[3] == state:
            yield int(fields[1].rpartition(":")[2], 16)


def is_listening(port, family=socket.AF_INET):
    return port in _local_ports("tcp", family, "0A")


def is_bound_udp(port, family=socket.AF_INET):
    return port in _local_ports("udp", family, "07")


def free_port(kind=socket.SOCK_STREAM, address="127.0.0.1"):
    """A port that was free a moment ago; for programs that cannot choose one and say which."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]
