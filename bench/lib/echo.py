"""`./dev bench echo`: the echo servers against their rivals, and the costs of the core.

The number of rounds is fixed before the first one. In each round every server of a case has its
turn, A B A B, so that a slow minute of the machine meets all of them. Every run is saved, failed
ones too.
"""

import json
import os
import subprocess
import time
from dataclasses import asdict, dataclass

from . import driver, echo_report, generator, result
from .benchmark import Benchmark
from .process import Failed

PARTS = ("tcp", "udp", "idle", "start", "micro")
IDLE_CONNECTIONS = 15_000
START_RUNS = 101
MICRO_WITHIN_S = 300


@dataclass(frozen=True)
class Case:
    """One load; `servers` take it in turn, the first is ours."""

    mode: str
    connections: int
    size: int
    depth: int
    servers: tuple

    @property
    def name(self):
        return f"{self.mode} {self.connections} x {self.size} B x {self.depth}"


def tcp_cases():
    for connections in (1, 64, 1000):
        for size in (64, 16 * 1024):
            for depth in (1, 16):
                servers = ["patchbay", "bare", "asio"]
                if connections < 1000:  # theirs would be as many processes on one core, or twice
                    # One process per connection; what a single process of socat does with its
                    # pipe when more is on the way than the pipe holds is wait for itself.
                    servers += ["ncat", "socat-exec" if size * depth > 65536 else "socat"]
                if connections == 1000:
                    servers += ["bare-again"]
                yield Case("tcp", connections, size, depth, tuple(servers))


def udp_cases():
    """16 sockets, and no more on the way than a default receive buffer holds: nothing is lost."""
    for size in (64, 1200):
        for depth in (1, 4):
            yield Case("udp", 16, size, depth, ("patchbay", "bare", "bare-again"))


def commands(build, patchbay):
    """The command line of each server; PORT stands for the port. `bare-again` is the control: the
    same program as `bare`, so that its ratio to that shows what the machine's noise can do."""
    tcp_listen = "TCP-LISTEN:PORT,bind=127.0.0.1,reuseaddr,fork,nodelay,backlog=128"
    return {
        ("tcp", "patchbay"): [patchbay, "tcp", "serve", "127.0.0.1:PORT", "--quiet"],
        ("tcp", "bare"): [build / "bench/bare_epoll_echo", "PORT"],
        ("tcp", "bare-again"): [build / "bench/bare_epoll_echo", "PORT"],
        ("tcp", "asio"): [build / "bench/asio_echo", "PORT"],
        ("tcp", "ncat"): ["ncat", "-l", "-k", "--exec", "/bin/cat", "127.0.0.1", "PORT"],
        ("tcp", "socat"): ["socat", "-b", "65536", tcp_listen, "PIPE"],
        ("tcp", "socat-exec"): ["socat", "-b", "65536", tcp_listen, "EXEC:cat"],
        ("udp", "patchbay"): [patchbay, "udp", "serve", "127.0.0.1:PORT", "--quiet"],
        ("udp", "bare"): [build / "bench/bare_udp_echo", "PORT"],
        ("udp", "bare-again"): [build / "bench/bare_udp_echo", "PORT"],
    }


class Suite:
    """One execution of the benchmark; `saved` grows by a run at a time."""

    def __init__(self, setup, name):
        self._plan = setup.plan
        self._build = setup.build
        self._patchbay = setup.patchbay
        self._commands = commands(setup.build, setup.patchbay)
        self._load = setup.build / "bench/load"
        self._name = name
        self.saved = driver.head(BENCHMARK, setup)

    def run(self, say):
        parts = {
            "tcp": lambda: self._echo(tcp_cases(), say),
            "udp": lambda: self._echo(udp_cases(), say),
            "idle": lambda: self._idle(say),
            "start": lambda: self._start(say),
            "micro": lambda: self._micro(say),
        }
        for part in self._plan.parts or PARTS:
            parts[part]()
        self.saved["complete"] = True
        result.save(self.saved, self._name)

    def _skip(self, what, why, say):
        say(f"skipped: {what}: {why}")
        self.saved["skipped"].append({"what": what, "why": why})

    def _record(self, case, server, number, work):
        driver.record(self.saved, case, server, number, work)

    def _echo(self, cases, say):
        plan = self._plan
        for case in cases:
            say(case.name)
            self.saved["cases"].append({**asdict(case), "name": case.name})
            options = {
                "connections": case.connections,
                "size": case.size,
                "depth": case.depth,
                "time": plan.time_s,
                "warm_up": plan.warm_up_s,
            }
            for number in range(plan.rounds):
                for server in case.servers:
                    command = self._commands[case.mode, server]
                    self._record(
                        case.name,
                        server,
                        number,
                        lambda: generator.measure(command, self._load, case.mode, options),
                    )
            result.save(self.saved, self._name)

    def _idle(self, say):
        say(f"{IDLE_CONNECTIONS} idle connections")
        for number in range(self._plan.rounds):
            for server in ("patchbay", "bare", "asio"):
                command = self._commands["tcp", server]
                self._record(
                    "idle",
                    server,
                    number,
                    lambda: generator.measure_idle(command, self._load, IDLE_CONNECTIONS),
                )
        result.save(self.saved, self._name)

    def _start(self, say):
        """A command that does nothing, beside the least a process can cost and a rival's."""
        say(f"{START_RUNS} starts")
        programs = {
            "patchbay": [str(self._patchbay), "--version"],
            "true": ["/bin/true"],
            "ncat": ["ncat", "--version"],
            "socat": ["socat", "-V"],
        }
        for number in range(START_RUNS):
            for name, command in programs.items():
                self._record("start", name, number, lambda: start_once(command))
        result.save(self.saved, self._name)

    def _micro(self, say):
        program = self._build / "bench_micro"
        if not program.exists():
            return self._skip("timers and tasks", f"{program.name} is not built", say)
        say("timers and tasks")
        try:
            answer = subprocess.run(
                [program, "--benchmark_format=json",
                 f"--benchmark_repetitions={self._plan.rounds}"],
                capture_output=True,
                check=True,
                timeout=MICRO_WITHIN_S,
                preexec_fn=lambda: os.sched_setaffinity(0, {generator.SERVER_CORE}),
            )  # fmt: skip
        except subprocess.SubprocessError as failure:
            return self._skip("timers and tasks", str(failure), say)
        for entry in json.loads(answer.stdout)["benchmarks"]:
            if entry.get("run_type") == "aggregate":
                continue
            self.saved["runs"].append(
                {
                    "case": "micro",
                    "server": entry.get("run_name", entry["name"]),
                    "round": entry.get("repetition_index", 0),
                    "ns_each": nanoseconds_each(entry),
                }
            )
        result.save(self.saved, self._name)


def nanoseconds_each(entry):
    """google-benchmark's time of one item, or of one iteration where the items are not counted."""
    if "items_per_second" in entry:
        return 1e9 / entry["items_per_second"]
    return entry["cpu_time"] * {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[entry["time_unit"]]


def start_once(command):
    """Wall and CPU time of one whole process, from the call that makes it to its end."""
    quiet = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]
    begin = time.perf_counter()
    try:
        pid = os.posix_spawnp(command[0], command, os.environ, file_actions=quiet)
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}") from None
    _, status, usage = os.wait4(pid, 0)
    wall_s = time.perf_counter() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        raise Failed(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return {"wall_s": wall_s, "cpu_s": usage.ru_utime + usage.ru_stime}


def measure(setup, name, say):
    suite = Suite(setup, name)
    suite.run(say)
    return suite.saved


BENCHMARK = Benchmark(
    name="echo",
    summary="echo servers against a bare epoll loop, Asio, ncat and socat; the core's own costs",
    remark="All traffic is on 127.0.0.1, the server on one core and the generator on the other.",
    parts=PARTS,
    measure=measure,
    report=echo_report.Report,
    packages=["libasio-dev", "libbenchmark-dev", "ncat", "socat"],
    versions_of=["clang-19", "libstdc++6", "libfmt9", "libc-ares2", "libssl3"],
    commands=["ncat", "socat"],
    targets=["bench_programs"],
    programs=["bench/load", "bench/bare_epoll_echo", "bench/bare_udp_echo", "bench/asio_echo"],
)
