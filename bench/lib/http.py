"""`bench/run http`: the web server against nginx and h2o.

Each server has one core, the generator (`patchbay bench http`) the other. What counts is what a
server does with a second of its CPU time, since the generator may be the slower of the two.
"""

import functools
import statistics

from . import http_load as web
from .benchmark import Benchmark, Case, Claim
from .http_servers import LARGE, MIDDLE, SMALL
from .result import Goal

KINDS = ("patchbay", "nginx", "h2o")
SLOW_ROUNDS = 5  # of cases that take long
IDLE = 10_000
DOWNLOADS = 100
SHARE_OF_BEST = 0.7


def at_least(bound):
    return Goal(at_least=bound)


def at_most(bound):
    return Goal(at_most=bound)


class Best:
    """nginx's best rate with 64 connections: measured once, when it is first asked for."""

    def __init__(self, setup):
        self._setup = setup
        self._rate = None

    def rate(self):
        if self._rate is None:
            found = [web.closed_loop(self._setup, "nginx", SMALL, "-c", "64") for _ in range(3)]
            self._rate = statistics.median(run["work"] / run["seconds"] for run in found)
        return self._rate


def against(figure, nginx=None, h2o=None):
    """Claims of ours ÷ theirs; without a goal the ratio is only shown."""
    return [Claim(figure, nginx, against="nginx"), Claim(figure, h2o, against="h2o")]


def cases(setup):
    def contenders(run, kinds=KINDS):
        return {kind: functools.partial(run, kind) for kind in kinds}

    def closed(path, *flags, **how):
        return lambda kind: web.closed_loop(setup, kind, path, *flags, **how)

    yield Case("1 KiB, 64 connections", unit="requests/s",
               contenders=contenders(closed(SMALL, "-c", "64")),
               claims=against("per_cpu", at_least(1.35), at_least(1.2)))
    yield Case("1 KiB, 64 connections, 16 pipelined", unit="requests/s",
               contenders=contenders(closed(SMALL, "-c", "64", "--pipeline", "16")),
               claims=against("per_cpu", at_least(7)))
    yield Case("100 KiB, 64 connections", unit="requests/s",
               contenders=contenders(closed(MIDDLE, "-c", "64")),
               claims=against("per_cpu", at_least(1.1)))
    large = closed(LARGE, "-c", "4", "--timeout", "30s", requests=32, unit="bytes")
    yield Case("100 MiB, 4 connections", unit="B/s", contenders=contenders(large),
               claims=[*against("rate", at_least(0.97)), *against("per_cpu", at_least(0.97))])

    def paced(kind):
        return web.beside_downloads(setup, kind, DOWNLOADS, 2 << 20)

    # What "unmoved" means: within a quarter of what it is alone.
    yield Case("1 KiB beside 100 downloads of 2 MiB/s each", unit="requests/s", rounds=SLOW_ROUNDS,
               contenders=contenders(paced),
               claims=[Claim("moved_ratio", at_most(1.25)), *against("p99_us")])
    yield Case("1 KiB beside 100 downloads at full speed", unit="requests/s", rounds=SLOW_ROUNDS,
               contenders=contenders(lambda kind: web.beside_full_speed(setup, kind, DOWNLOADS)),
               claims=against("p99_us", at_most(1)))

    best = Best(setup)

    def on_time(kind):
        rate = SHARE_OF_BEST * best.rate()
        return web.open_loop(setup, kind, rate, "-c", "64", time_s=2 * setup.plan.time_s)

    yield Case("1 KiB at 70 % of nginx's best rate", unit="requests/s",
               contenders=contenders(on_time),
               claims=[*against("p99_us", at_most(1)), Claim("p999_to_p99_ratio", at_most(2))])
    yield Case("HTTP/2, 1 KiB, 8 connections of 16 streams", unit="requests/s",
               contenders=contenders(closed(SMALL, "-c", "8", "--http2", "--streams", "16",
                                            tls=True)),
               claims=against("per_cpu", at_least(1)))
    yield Case("TLS 1.3 handshakes", unit="handshakes/s",
               contenders=contenders(closed(SMALL, "-c", "16", "--no-keep-alive", tls=True)),
               claims=against("per_cpu", at_least(0.97)))
    yield from idle_cases(setup, contenders)
    yield Case("a listing of 100,000 files", unit="listings/s", rounds=SLOW_ROUNDS,
               contenders=contenders(lambda kind: web.listing(setup, kind)),
               claims=[Claim("first_byte_ms", at_most(20)), Claim("whole_ms", at_most(250)),
                       *against("whole_ms")])
    yield Case("1,000,000 requests, 20 reloads, 5 certificates", unit="requests/s", rounds=3,
               contenders=contenders(lambda kind: web.reloads(setup, kind, 1_000_000, 20, 5),
                                     kinds=("patchbay", "nginx")),
               claims=[Claim("failed_requests", at_most(0)),
                       Claim("failed_requests", against="nginx")])
    yield Case("a probe beside 9,000 slow heads and 9,000 slow readers", unit="requests/s",
               rounds=SLOW_ROUNDS,
               contenders=contenders(lambda kind: web.beside_slow_clients(setup, kind, 9000),
                                     kinds=("patchbay", "nginx")),
               claims=[Claim("p99_us", at_most(10_000)), Claim("peak_bytes", at_most(60e6)),
                       Claim("p99_us", against="nginx"), Claim("peak_bytes", against="nginx")])


def idle_cases(setup, contenders):
    """The limit of descriptors of a process leaves room for 10,000 connections, not for more."""
    yield Case("10,000 idle connections", unit="connections", rounds=SLOW_ROUNDS,
               contenders=contenders(lambda kind: web.idle(setup, kind, IDLE)),
               claims=[Claim("grown_bytes", at_most(4e6)), *against("grown_bytes")])
    yield Case("10,000 idle connections with TLS", unit="connections", rounds=SLOW_ROUNDS,
               contenders=contenders(lambda kind: web.idle(setup, kind, IDLE, tls=True)),
               claims=[Claim("each_bytes", at_most(12 << 10)), *against("each_bytes")])


BENCHMARK = Benchmark(
    name="http",
    summary="the web server against nginx and h2o",
    cases=cases,
    remark="All traffic is on 127.0.0.1, the server with one worker on one core, the generator "
           "(`patchbay bench http`) on the other. nginx with open_file_cache, sendfile and "
           "tcp_nopush, no server writes a log. Idle connections: growth of the private memory "
           "of the server, without the kernel's.",
    rounds=7,
    packages=["nginx-light", "h2o", "openssl", "slowhttptest"],
    versions_of=["libssl3", "libnghttp2-14", "clang-19"],
    commands=["nginx", "h2o", "openssl"],
)  # fmt: skip
