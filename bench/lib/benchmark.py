"""What a benchmark is. `./dev bench NAME` knows every module of this folder that defines BENCHMARK.

A new one is one file, bench/lib/NAME.py, and what people found out about its figures is
bench/notes/NAME.md:

    def cases(setup):
        def relay(program):
            return lambda: process.run_to_end([program, "--time", setup.plan.time_s]).figures(
                work="packets")  # the program prints {"packets": 1234, ...}

        yield Case(
            "64 B packets",
            unit="packets/s",
            contenders={"patchbay": relay(setup.patchbay), "bare relay": relay(setup.build / "x")},
            claims=[
                Claim("rate", Goal(at_least=150_000)),
                Claim("rate", Goal(at_least=0.8), against="bare relay"),
            ],
        )

    BENCHMARK = Benchmark(
        name="lab", summary="the WAN link against a bare relay", cases=cases,
        targets=["bench_relay"], packages=["iperf3"],
    )

The first contender is ours. In each round every contender of a case has its turn, A B A B, so that
a slow minute of the machine meets all of them; a figure is the median over the rounds, a ratio the
median of the ratios of each round.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .result import Goal

FEWEST_ROUNDS = 5  # of a result that is published


@dataclass(frozen=True)
class Plan:
    """How much of everything is done; fixed before the first round."""

    rounds: int
    time_s: float
    warm_up_s: float
    parts: tuple


@dataclass(frozen=True)
class Setup:
    """What a benchmark is given to work with."""

    plan: Plan
    root: Path  # of the repository
    build: Path  # of the release build; the benchmarks' own programs are in its bench/
    patchbay: Path


@dataclass(frozen=True)
class Claim:
    """A figure of ours that is judged: its own median, or its ratio to that of `against`. Of a
    figure by itself it may be the "mean" or the "worst" of all rounds in place of the "median",
    which then has no value when a round failed.

    `figure` is "rate" (work ÷ seconds), "per_cpu" (work ÷ cpu_s), "busy" (cpu_s ÷ seconds), or
    whatever the runs have: "cpu_s", "peak_bytes", "p99_us". Without a goal it is only shown."""

    figure: str
    goal: Goal | None = None
    against: str | None = None
    of: str = "median"


@dataclass(frozen=True)
class Case:
    """One load. A contender's function does one run and returns its figures, or raises Failed.

    The figures are numbers: `work` (in the unit before the "/s"), `seconds`, `cpu_s` and
    `peak_bytes` make the table; others are saved, and can be claimed."""

    name: str
    unit: str  # of the rate: "packets/s", "bit/s"
    contenders: dict[str, Callable[[], dict]]  # the first is ours
    claims: Sequence[Claim] = ()
    rounds: int | None = None  # fewer than the plan's, for a case that takes long


@dataclass(frozen=True)
class Benchmark:
    """`measure(setup, name, say)` returns what it has saved as NAME; `report(saved)` tells it. Both
    have a meaning of their own only where cases do not suffice."""

    name: str
    summary: str
    cases: Callable[[Setup], Sequence[Case]] | None = None
    parts: Sequence[str] = ()  # what --only can name; the names of the cases when there are none
    remark: str = ""  # what a reader must know before the tables: the traffic, the machine's part
    rounds: int = 11
    time_s: float = 1.5
    warm_up_s: float = 0.3
    packages: Sequence[str] = ()  # of Debian: the rivals, installed before the first round
    versions_of: Sequence[str] = ()  # further packages whose versions stand in the result
    commands: Sequence[str] = ()  # of the rivals: what must be found in PATH
    targets: Sequence[str] = ()  # what is built beside the product
    programs: Sequence[str] = ()  # of those targets, relative to the build folder
    measure: Callable | None = field(default=None, compare=False)
    report: Callable | None = field(default=None, compare=False)
