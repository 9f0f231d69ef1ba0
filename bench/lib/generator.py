"""The load generator (bench/load) as a child, and the server it loads, measured together."""

import json
import socket
import subprocess
import time

from . import process
from .process import Failed

SERVER_CORE = process.TESTED_CORE
GENERATOR_CORE = process.OTHER_CORE
READY_WITHIN_S = 10
PATIENCE_S = 30  # beyond the measuring time: opening connections, and three seconds of a stall

_next_port = 20000


def free_port(kind):
    """A port of 127.0.0.1 nobody holds, below the range the kernel hands out by itself."""
    global _next_port
    for _ in range(8000):
        _next_port = 20000 + (_next_port - 20000 + 1) % 8000
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", _next_port))
                return _next_port
            except OSError:
                continue
    raise Failed("no free port between 20000 and 27999")


class Server:
    """One server under test, for one run: started, known to echo, ended with the `with` block."""

    def __init__(self, command, datagrams=False):
        self._kind = socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM
        self.port = free_port(self._kind)
        self._command = [str(word).replace("PORT", str(self.port)) for word in command]

    def __enter__(self):
        self._program = process.Program(self._command, SERVER_CORE)
        self.pid = self._program.pid
        give_up = time.monotonic() + READY_WITHIN_S
        while not self._echoes():
            if self._program.ended() or time.monotonic() > give_up:
                words = self._program.last_words() or "no message"
                self._program.end()
                raise Failed(f"the server did not start: {words}")
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self._program.end()

    def check_alive(self):
        if self._program.ended():
            raise Failed(f"the server ended: {self._program.last_words() or 'no message'}")

    def _echoes(self):
        with socket.socket(socket.AF_INET, self._kind) as probe:
            probe.settimeout(0.5)
            try:
                probe.connect(("127.0.0.1", self.port))
                probe.sendall(b"ready?\n")
                return probe.recv(64) == b"ready?\n"
            except OSError:
                return False


class Load:
    """One generator process. It holds its connections until `release`."""

    def __init__(self, program, mode, port, **options):
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        words = [word for flag in flags for word in flag.split("=", 1)]
        self._program = process.Program(
            [program, mode, str(port), *words],
            GENERATOR_CORE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._lines = process.Lines(self._program.process.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()
        self._program.end()
        self._program.process.stdout.close()

    def wait_for(self, kind, timeout_s):
        """The generator's line of this type."""
        line = self._lines.next(timeout_s)
        answer = json.loads(line) if line else {}
        if answer.pop("type", None) != kind:
            raise Failed(f"the generator gave no {kind}: {self._program.last_words() or line}")
        return answer

    def release(self):
        self._program.process.stdin.close()


def measure(command, load_program, mode, options):
    """One run: the generator's figures, and what the server's tree used while they were counted."""
    with Server(command, datagrams=mode == "udp") as server:
        with Load(load_program, mode, server.port, **options) as load:
            load.wait_for("start", PATIENCE_S)
            before = process.cpu(server.pid)
            figures = load.wait_for("result", options["time"] + PATIENCE_S)
            used = process.cpu(server.pid).since(before)
            peak_bytes = process.peak_bytes(server.pid)
            server.check_alive()
    errors = figures["errors"]
    if figures["requests"] == 0:
        raise Failed("no request was answered while it was counted: the server stalled")
    if errors["broken"] or errors["corrupt"] or errors["stalled"]:
        raise Failed(f"faults: {errors}, {figures['requests']} requests answered")
    figures.update(cpu_s=used.used_s, waited_s=used.waited_s, peak_bytes=peak_bytes)
    return figures


def measure_idle(command, load_program, connections):
    """One run: private memory of the server per connection that has echoed once and now waits.
    Two generators with source addresses of their own, as one could not have enough descriptors."""
    half = connections // 2
    with Server(command) as server:
        before = process.anonymous_bytes(server.pid)
        with (
            Load(load_program, "idle", server.port, connections=half, source=2) as first,
            Load(load_program, "idle", server.port, connections=half, source=3) as second,
        ):
            first.wait_for("idle", PATIENCE_S)
            second.wait_for("idle", PATIENCE_S)
            after = process.anonymous_bytes(server.pid)
            server.check_alive()
    return {"connections": 2 * half, "bytes_each": (after - before) / (2 * half)}
