"""`bench/run lab`: the lab's link against the least that a relay can be.

Two network namespaces, each held by a process that sleeps in it and goes with this program. The
relay under test has core 0, all that sends and receives core 1. What arrived is what the device at
the other end has counted.
"""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from . import process
from .benchmark import Benchmark, Case, Claim
from .process import Failed, Program
from .result import Goal

RIGHT = "198.18.0.2"
PORT = "9000"
READY_WITHIN_S = 10
WIDE_MTU = 9000


class Host:
    """A network namespace, for as long as this object is open."""

    def __init__(self):
        own = os.readlink("/proc/self/ns/net")
        self._program = Program(["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sleep",
                                 "infinity"], process.OTHER_CORE)  # fmt: skip
        self.pid = self._program.pid
        give_up = time.monotonic() + READY_WITHIN_S
        while os.readlink(f"/proc/{self.pid}/ns/net") == own:
            if self._program.ended() or time.monotonic() > give_up:
                raise Failed(f"no network namespace: {self._program.last_words()}")
            time.sleep(0.005)

    def command(self, *words):
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", *map(str, words)]

    def received(self):
        """(packets, bytes) that came in by its devices."""
        lines = Path(f"/proc/{self.pid}/net/dev").read_text().splitlines()[2:]
        fields = [line.partition(":")[2].split() for line in lines]
        return sum(int(field[1]) for field in fields), sum(int(field[0]) for field in fields)

    def close(self):
        self._program.end()


class Bench:
    """Two hosts and a relay between them; what else is started ends with it."""

    def __init__(self, relay):
        self._ends = []
        try:
            self.left, self.right = self._keep(Host()), self._keep(Host())
            command = [str(word).replace("LEFT", str(self.left.pid))
                       .replace("RIGHT", str(self.right.pid)) for word in relay]  # fmt: skip
            self.relay = self.start(command, process.TESTED_CORE, says="\n")
        except BaseException:
            self.close()
            raise

    def start(self, command, core=process.OTHER_CORE, says=None):
        """Starts a program; `says` is what its output has once it is ready."""
        output = tempfile.TemporaryFile()
        program = Program(command, core, stdout=output)
        self._ends.append(program.end)
        give_up = time.monotonic() + READY_WITHIN_S
        while says and says.encode() not in os.pread(output.fileno(), 65536, 0):
            if program.ended() or time.monotonic() > give_up:
                raise Failed(f"{command[0]} is not ready: {program.last_words()}")
            time.sleep(0.005)
        return program

    def measure(self, plan, arrived):
        """The growth of arrived(), and what the relay used for it, over the plan's time."""
        time.sleep(plan.warm_up_s)
        begin, cpu, before = time.monotonic(), process.cpu(self.relay.pid), arrived()
        time.sleep(plan.time_s)
        seconds, used = time.monotonic() - begin, process.cpu(self.relay.pid).since(cpu)
        work = arrived() - before
        if self.relay.ended():
            raise Failed(f"the relay ended: {self.relay.last_words()}")
        return {"work": work, "seconds": seconds, "cpu_s": used.used_s,
                "peak_bytes": process.peak_bytes(self.relay.pid)}  # fmt: skip

    def _keep(self, host):
        self._ends.append(host.close)
        return host

    def close(self):
        for end in reversed(self._ends):
            end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def flood(setup, relay, size, figure):
    """Datagrams without pause from left to right; `figure` picks packets (0) or bytes (1)."""
    with Bench(relay) as bench:
        program = setup.build / "bench/flood"
        bench.start(bench.right.command(program, "sink", PORT), says="ready")
        bench.start(bench.left.command(program, "send", RIGHT, PORT, size))
        factor = (1, 8)[figure]
        return bench.measure(setup.plan, lambda: bench.right.received()[figure] * factor)


def stream(setup, relay):
    """One TCP connection of iperf3, in bits of its payload."""
    with Bench(relay) as bench:
        bench.start(bench.right.command("iperf3", "--server", "--one-off", "--forceflush"),
                    says="Server listening")
        seconds = max(1, round(setup.plan.time_s))
        cpu = process.cpu(bench.relay.pid)
        done = subprocess.run(
            bench.left.command("iperf3", "--client", RIGHT, "--time", seconds, "--json"),
            capture_output=True, text=True, timeout=30,
            preexec_fn=lambda: os.sched_setaffinity(0, {process.OTHER_CORE}),
        )  # fmt: skip
        used = process.cpu(bench.relay.pid).since(cpu)
        try:
            got = json.loads(done.stdout)["end"]["sum_received"]
        except (ValueError, KeyError):
            raise Failed(f"iperf3: {done.stdout[-200:]!r}") from None
        return {"work": got["bytes"] * 8, "seconds": got["seconds"], "cpu_s": used.used_s,
                "peak_bytes": process.peak_bytes(bench.relay.pid)}  # fmt: skip


def cases(setup):
    def ours(mtu, *flags):
        return [setup.patchbay, "lab", "link", "LEFT", "RIGHT", "--mtu", mtu, "--quiet", *flags]

    def bare(mtu):
        return [setup.build / "bench/bare_relay", "LEFT", "RIGHT", mtu]

    def case(name, unit, mtu, run, goal, *flags):
        return Case(
            name,
            unit=unit,
            contenders={
                "patchbay": lambda: run(ours(mtu, *flags)),
                "bare relay": lambda: run(bare(mtu)),
            },
            claims=[
                Claim("rate", Goal(at_least=goal)),
                Claim("rate", against="bare relay"),
                Claim("per_cpu", against="bare relay"),
            ],
        )

    def packets(relay):
        return flood(setup, relay, 64, 0)

    def full_packets(relay):
        return flood(setup, relay, 1472, 1)

    def tcp(relay):
        return stream(setup, relay)

    bad = ["--delay", "50ms", "--jitter", "5ms", "--loss", "1%", "--seed", "1"]
    yield case("64 B datagrams", "packets/s", 1500, packets, 150_000)
    yield case("64 B datagrams, 50 ms ± 5 ms, 1 % lost", "packets/s", 1500, packets, 150_000, *bad)
    yield case("1,472 B datagrams", "bit/s", 1500, full_packets, 2e9)
    yield case("TCP, packets of 1,500 B", "bit/s", 1500, tcp, 2e9)
    yield case("TCP, packets of 9,000 B", "bit/s", WIDE_MTU, tcp, 2e9)


BENCHMARK = Benchmark(
    name="lab",
    summary="the lab's link against a bare relay between two TUN devices",
    cases=cases,
    remark="From one network namespace to another over two TUN devices: the relay has one core, "
           "all that sends and receives the other. The bare relay does nothing but read and "
           "write; it delays and loses nothing, also where ours does.",
    packages=["iperf3", "util-linux"],
    commands=["iperf3", "setpriv", "unshare", "nsenter"],
    targets=["bare_relay", "bench_flood"],
    programs=["bench/bare_relay", "bench/flood"],
)  # fmt: skip
