"""`bench/run scan`: the port scanner against nmap and masscan, where the truth is known.

A case is a network of the lab (tests/lab/lib/scan_scenes.py) of which every port's state is known
beforehand, so that a scanner's words are counted and not believed.
"""

from . import scan_rig, scan_services
from .benchmark import Benchmark, Case, Claim
from .result import Goal
from .scan_rig import Place, Rigs, masscan, nmap

MANY = 50    # rounds of what has to be right each time
USUAL = 11
FEW = 5
SLOW = 3     # rounds of what takes a minute
RESIDUAL_SCANS = 30
LIFTED = ("--max-rate", "2000000")  # every ceiling out of the way
THOUSAND = "80,443,1001-1998"


def at_most(bound):
    return Goal(at_most=bound)


def at_least(bound):
    return Goal(at_least=bound)


def always_right():
    """Every state of every run; and the time of the slowest."""
    return [Claim("all_right", at_least(1), of="mean"), Claim("seconds", of="worst")]


def no_false_open():
    return Claim("false_open", at_most(0), of="worst")


class Cases:
    def __init__(self, setup):
        self._rigs = Rigs(setup.patchbay)
        self._patchbay = setup.patchbay

    def ours(self, *flags, **how):
        return scan_rig.patchbay(self._patchbay, *flags, **how)

    def at(self, place, scanner):
        """A contender's function."""
        def once():
            rig = self._rigs.at(place)
            scan_rig.wait_for_quiet()
            return scan_rig.run(rig, scanner)
        return once

    def case(self, name, place, contenders, claims, rounds=USUAL, unit="ports/s"):
        return Case(name, unit=unit, rounds=rounds, claims=claims,
                    contenders={who: self.at(place, scanner)
                                for who, scanner in contenders.items()})

    # --- all answer -------------------------------------------------------------------------------

    def answering(self):
        place = Place("answering", direct=True)
        yield self.case(
            "65,535 ports that answer", place,
            {"patchbay -sS": self.ours("-sS"), "nmap -sS -T5": nmap("-sS", "-T5"),
             "masscan": masscan("--rate", "300000", "--wait", "1"),
             "masscan, twice": masscan("--rate", "100000", "--wait", "1", "--retries", "1")},
            [Claim("seconds", at_most(0.45), against="nmap -sS -T5"),
             Claim("seconds", against="masscan, twice"),
             Claim("recall", against="masscan, twice"),
             Claim("seconds", against="masscan"), Claim("cpu_s", against="nmap -sS -T5"),
             Claim("recall", against="masscan"), *always_right()])  # fmt: skip
        yield self.case(
            "65,535 ports that answer, by connect", place,
            {"patchbay -sT": self.ours("-sT"), "nmap -sT -T5": nmap("-sT", "-T5")},
            [Claim("seconds", at_most(0.9), against="nmap -sT -T5"),
             Claim("cpu_s", against="nmap -sT -T5"), *always_right()])  # fmt: skip
        yield self.case(
            "2,097,120 ports of 32 hosts that answer", Place("many_hosts", (5,), direct=True),
            {"patchbay -sS": self.ours("-sS", *LIFTED),
             "masscan": masscan("--rate", "10000000", "--wait", "1")},
            [Claim("rate", at_least(500_000)), Claim("rate", against="masscan")],
            rounds=FEW, unit="probes/s")  # fmt: skip
        yield self.case(
            "16 hosts, 65,535 ports each", Place("many_hosts", direct=True),
            {"patchbay -sS": self.ours("-sS"),
             "nmap -sS -T5": nmap("-sS", "-T5", "--min-hostgroup", "16"),
             "masscan": masscan("--rate", "300000", "--wait", "1")},
            [Claim("seconds", at_most(0.4), against="nmap -sS -T5"),
             Claim("seconds", against="masscan"), *always_right()], rounds=FEW)  # fmt: skip

    # --- some do not ------------------------------------------------------------------------------

    def silent(self):
        place = Place("lossy")
        what = "2 % lost, 101 ports silent, 11 rejected"
        yield self.case(what, place, {"patchbay -sS": self.ours("-sS")},
                        [Claim("seconds", at_most(1)), *always_right()], rounds=MANY)
        yield self.case(f"{what}, beside nmap", place,
                        {"patchbay -sS": self.ours("-sS"), "nmap -sS -T4": nmap("-sS", "-T4"),
                         "masscan": masscan("--rate", "300000", "--wait", "1")},
                        [Claim("seconds", against="nmap -sS -T4"),
                         Claim("recall", against="masscan")], rounds=SLOW)
        yield self.case(f"{what}, by connect", place, {"patchbay -sT": self.ours("-sT")},
                        [Claim("seconds"), *always_right()], rounds=USUAL)
        place = Place("firewall", direct=True)
        what = "a firewall drops all but 3 ports"
        yield self.case(f"{what}, --max-rate 100000", place,
                        {"patchbay -sS": self.ours("-sS", "--max-rate", "100000")},
                        [Claim("seconds", at_most(3)), *always_right()], rounds=MANY)
        yield self.case(f"{what}, as it comes", place,
                        {"patchbay -sS": self.ours("-sS"), "nmap -sS -T4": nmap("-sS", "-T4")},
                        [Claim("seconds", at_most(22)), Claim("seconds", against="nmap -sS -T4"),
                         *always_right()], rounds=SLOW)
        yield self.case("a /16, 3 ports: open, closed, silent, rejected",
                        Place("quarters", direct=True),
                        {"patchbay -sS": self.ours("-sS", *LIFTED),
                         "masscan": masscan("--rate", "300000", "--wait", "1")},
                        [Claim("seconds", at_most(1.5)), Claim("sent_ratio", at_most(1.6)),
                         Claim("seconds", against="masscan"), *always_right()], rounds=USUAL)

    # --- loss -------------------------------------------------------------------------------------

    def lossy(self):
        for what, words, recall in (("1 % lost each way", ("1%",), 0.9999),
                                    ("5 % lost each way", ("5%",), 0.999),
                                    ("5 % lost each way in bursts", ("5%", "--loss-burst", "10"),
                                     0.999)):
            yield self.case(
                f"{what}, 20 ms", Place("far", words),
                # masscan cannot send over this link: it has no Ethernet.
                {"patchbay -sS": self.ours("-sS")},
                [Claim("recall", at_least(recall), of="mean"), no_false_open(),
                 Claim("wrong_share", of="mean"), Claim("seconds")], rounds=USUAL)
        yield self.case("1 % lost each way, 20 ms, beside nmap", Place("far", ("1%",)),
                        {"patchbay -sS": self.ours("-sS"), "nmap -sS -T4": nmap("-sS", "-T4"),
                         "patchbay -sT": self.ours("-sT")},
                        [Claim("seconds", against="nmap -sS -T4"),
                         Claim("recall", against="nmap -sS -T4")], rounds=2)
        for one_in, loss in ((100, "1 %"), (20, "5 %")):
            for tries in (1, 2):
                place = Place("losing", (one_in, 10_000))
                scanner = self.ours("-sS", "--max-retries", tries - 1, codes=(0, 3))
                yield Case(
                    f"missed and stated, {loss} each way, {tries} tr{'y' if tries == 1 else 'ies'}",
                    unit="probes/s", rounds=1,
                    contenders={"patchbay -sS": self._pooled(place, scanner)},
                    claims=[Claim("factor", at_most(1.3)), Claim("missed"), Claim("stated"),
                            no_false_open()])  # fmt: skip

    def _pooled(self, place, scanner):
        return lambda: scan_rig.pooled(self._rigs.at(place), scanner, RESIDUAL_SCANS)

    # --- limits -----------------------------------------------------------------------------------

    def limited(self):
        yield self.case("256 descriptors, by connect", Place("lossy"),
                        {"patchbay -sT": self.ours("-sT", prefix=("prlimit", "--nofile=256"))},
                        [Claim("seconds"), *always_right()], rounds=SLOW)
        place = Place("limited", ("1-10000", 20))
        yield self.case("10,000 ports, 200 resets a second", place,
                        {"patchbay -sS": self.ours("-sS", codes=(0, 3))},
                        [Claim("recall", at_least(1), of="mean"), no_false_open(),
                         Claim("seconds")], rounds=SLOW)
        yield self.case("10,000 ports, 200 resets a second, followed", place,
                        {"patchbay -sS": self.ours("-sS", "--accuracy", "99.9%"),
                         "nmap -sS -T4": nmap("-sS", "-T4")},
                        [Claim("seconds", at_most(60)), Claim("seconds", against="nmap -sS -T4"),
                         *always_right()], rounds=2)
        # What is rejected on the way has a reason and a speaker for each port.
        for what, place in (("all answer", Place("many_hosts", (16, 2, THOUSAND), direct=True)),
                            ("a quarter rejected",
                             Place("quarters", (16, THOUSAND, "80,443"), direct=True))):
            yield self.case(f"memory: a /16, 1,000 ports, {what}", place,
                            {"patchbay -sS": self.ours("-sS", *LIFTED, limit_s=900, judged=False)},
                            [Claim("peak_bytes", at_most(32e6)), Claim("rate")], rounds=1,
                            unit="probes/s")  # fmt: skip


    def services(self):
        place = Place("bare", (",".join(map(str, scan_services.PORTS)),))

        def named(scanner, read):
            return lambda: scan_rig.name_services(self._rigs.at(place), scanner, read)

        yield Case(f"{len(scan_services.PORTS)} real services on ports that are not theirs",
                   unit="services/s", rounds=FEW,
                   contenders={
                       "patchbay -sV": named(self.ours("-sV"), scan_rig.names_of_patchbay),
                       "nmap -sV -T5": named(nmap("-sV", "-T5"), scan_rig.names_of_nmap)},
                   claims=[Claim("seconds", at_most(3)), Claim("seconds", against="nmap -sV -T5"),
                           Claim("not_named", at_most(0), of="worst"),
                           Claim("named_wrong", at_most(0), of="worst"),
                           Claim("named", against="nmap -sV -T5")])  # fmt: skip


def cases(setup):
    made = Cases(setup)
    for part in (made.answering, made.silent, made.lossy, made.limited, made.services):
        yield from part()


BENCHMARK = Benchmark(
    name="scan",
    summary="the port scanner against nmap and masscan, every state compared with the truth",
    cases=cases,
    remark="Scanner and targets are network namespaces joined by veth, with a router between them "
           "where packets are lost, and by the lab's link where there is a delay. A scanner may "
           "use both cores, and the kernel's work for the targets is a part of its CPU seconds. "
           "Times are those of whole processes. `all_right` is 1 for a run in which every port "
           "had its true state. A mean or the worst of all runs has no value when one failed. "
           "Rounds: 50 of what has to be right each time, fewer of what takes long.",
    rounds=MANY,
    packages=["nmap", "masscan", "nftables", "iproute2", "util-linux", *scan_services.PACKAGES],
    commands=["nmap", "masscan", "nft", "ip", "nsenter", "prlimit"],
)  # fmt: skip
