"""`bench/run chat`: the chat server against ngIRCd, InspIRCd, and a bare loop of sendmsg.

Each server has one core, the generator (`patchbay bench chat`) the other.
"""

import functools

from . import chat_load as chat
from .benchmark import Benchmark, Case, Claim
from .result import Goal

KINDS = ("patchbay", "ngircd", "inspircd")
ROUNDS = 5
SLOW_ROUNDS = 3  # of cases with a join storm of ten thousand on every server
QUICK_BELOW_S = 1  # a trial takes a crowd of so many
QUICK_CROWD = 1_000


def at_least(bound):
    return Goal(at_least=bound)


def at_most(bound):
    return Goal(at_most=bound)


def cases(setup):
    crowd = 10_000 if setup.plan.time_s >= QUICK_BELOW_S else QUICK_CROWD

    def contenders(*flags, kinds=KINDS):
        return {kind: functools.partial(chat.run, setup, kind, *flags) for kind in kinds}

    def bare(clients):
        return {f"bare, {lines} gathered": functools.partial(chat.bare, setup, clients, lines)
                for lines in (1, 10)}  # fmt: skip

    def in_one_room(clients, *flags):
        return ["-c", clients, "--talkers", 10, *flags]

    # A window of 40 lines is what 2,000,000 deliveries a second may keep waiting for 200 ms.
    fast = in_one_room(crowd, "--window", 40)
    yield Case("10,000 in one room, as fast as it goes", unit="deliveries/s", rounds=SLOW_ROUNDS,
               contenders=contenders(*fast, kinds=["patchbay", "inspircd"]) | bare(crowd),
               claims=[Claim("rate", at_least(2_000_000)), Claim("p99_us", at_most(250_000)),
                       Claim("joined_s", at_most(30)), Claim("storm_peak_bytes", at_most(300e6)),
                       Claim("per_cpu", at_least(3), against="inspircd"),
                       Claim("rate", against="bare, 1 gathered"),
                       Claim("rate", against="bare, 10 gathered")])  # fmt: skip
    # ngIRCd admits some forty clients a second: one run of it takes longer than all of the above.
    yield Case("the same beside ngIRCd", unit="deliveries/s", rounds=1,
               contenders=contenders(*fast, kinds=["patchbay", "ngircd"]),
               claims=[Claim("per_cpu", at_least(3), against="ngircd")])
    yield Case("10,000 in one room, 200 lines/s", unit="deliveries/s", rounds=ROUNDS,
               contenders=contenders(*in_one_room(crowd, "--rate", "200/s"), kinds=["patchbay"]),
               claims=[Claim("rate", at_least(1_990_000)), Claim("p99_us", at_most(250_000))])
    yield Case("10,000 in one room, 10 lines/s", unit="deliveries/s", rounds=ROUNDS,
               contenders=contenders(*in_one_room(crowd, "--rate", "10/s"), kinds=["patchbay"]),
               claims=[Claim("p99_us", at_most(60_000))])
    yield Case("1,000 in one room, as fast as it goes", unit="deliveries/s", rounds=ROUNDS,
               contenders=contenders(*in_one_room(1000, "--window", 40)) | bare(1000),
               claims=[*against_both("per_cpu"), *against_both("p99_us"),
                       Claim("rate", against="bare, 1 gathered"),
                       Claim("rate", against="bare, 10 gathered")])  # fmt: skip
    # Each client is in ten rooms, and one in five talks in all of its rooms.
    rooms = ["-c", crowd, "--rooms", crowd // 5, "--members", 50, "--talkers", 10,
             "--window", 1000]  # fmt: skip
    yield Case("2,000 rooms of 50, one in five talks", unit="deliveries/s", rounds=ROUNDS,
               contenders=contenders(*rooms, kinds=["patchbay", "inspircd"]),
               claims=[Claim("rate", at_least(200_000)), Claim("rate", against="inspircd"),
                       Claim("per_cpu", against="inspircd")])  # fmt: skip
    yield Case("10,000 idle clients", unit="clients", rounds=ROUNDS,
               contenders=contenders("-c", crowd, "--rooms", 0, "--idle", "3s",
                                     kinds=["patchbay", "inspircd"]),
               claims=[Claim("each_bytes", at_most(1536)), Claim("each_data_bytes"),
                       Claim("each_bytes", against="inspircd")])  # fmt: skip
    yield stalled(setup, crowd)
    kept = ["-c", 1000, "--rooms", 500, "--members", 2, "--talkers", 1, "--window", 4000]
    yield Case("lines that are stored", unit="lines/s", rounds=ROUNDS,
               contenders={"patchbay": functools.partial(chat.stored, setup, "patchbay", *kept)},
               claims=[Claim("rate", at_least(50_000))])


def against_both(figure, goal=None):
    return [Claim(figure, goal, against=rival) for rival in KINDS[1:]]


def stalled(setup, crowd):
    flags = ["-c", crowd, "--talkers", 10, "--rate", "100/s"]
    return Case(
        "10,000 in one room, 100 lines/s, 1,000 of them read nothing", unit="deliveries/s",
        rounds=ROUNDS,
        contenders={
            "patchbay": functools.partial(chat.run, setup, "patchbay", *flags,
                                          "--stalled", crowd // 10),
            "all read": functools.partial(chat.run, setup, "patchbay", *flags),
        },
        claims=[Claim("p99_us", at_most(1.1), against="all read")],
    )  # fmt: skip


BENCHMARK = Benchmark(
    name="chat",
    summary="the chat server against ngIRCd, InspIRCd and a bare loop",
    cases=cases,
    remark="All traffic is on 127.0.0.1, each server on one core, the generator (`patchbay bench "
           "chat`) on the other. Lines have 100 B as they are delivered, sender and end included, "
           "and every client checks that it gets each once and in its order: a run of ours in "
           "which one is missing counts as failed, whereas a rival may lose clients that it has "
           "no room for. Memory of a client: growth of the server's own memory (RssAnon; "
           "each_data_bytes: VmData), without the kernel's. CPU seconds are those of the time that "
           "counts, without the join storm. The bare loops send one gathered write to each client "
           "and read nothing.",
    rounds=ROUNDS,
    time_s=5,
    warm_up_s=2,
    packages=["ngircd", "inspircd"],
    versions_of=["clang-19", "libsqlite3-0"],
    commands=["ngircd", "inspircd"],
    targets=["bare_fanout"],
    programs=["bench/bare_fanout"],
)  # fmt: skip
