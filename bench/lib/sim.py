"""`bench/run sim`: how many events a second a simulated network is good for."""

from . import process
from .benchmark import Benchmark, Case, Claim
from .result import Goal


def cases(setup):
    def echo(hosts):
        command = [setup.build / "bench/sim", hosts]
        return lambda: process.run_to_end(command).figures(work="events")

    yield Case("2 hosts", unit="events/s", contenders={"patchbay": echo(2)},
               claims=[Claim("rate", Goal(at_least=2e6))])  # fmt: skip
    # No fewer than half of the goal of two hosts; how the rates compare is only shown.
    yield Case("1,000 hosts", unit="events/s",
               contenders={"patchbay": echo(1000), "with 2 hosts": echo(2)},
               claims=[Claim("rate", Goal(at_least=1e6)),
                       Claim("rate", against="with 2 hosts")])  # fmt: skip


BENCHMARK = Benchmark(
    name="sim",
    summary="events a second of the simulated network, with 2 and with 1,000 hosts",
    cases=cases,
    remark="TCP echo of 64 B between pairs of simulated hosts with 1 ms between them, on one core. "
           "An event is a packet that arrives, a turn of a host's loop, or an alarm.",
    targets=["bench_sim"],
    programs=["bench/sim"],
)  # fmt: skip
