"""`patchbay scan` and its pace: hosts that take too long, that are spared, keys, the trace."""

import os
import pty
import re
import select
import sys
import termios

from lib.case import case, contains, equal, holds, matches
from lib.scan import ENGINES, Scan, scan
from lib.scan_net import ScanNet
from lib.scan_scenes import address
from lib.waiting import until

SILENT = address(2)
_SILENT_BUT_80 = f"ip daddr {SILENT} tcp dport != 80 drop"


def two_hosts(lab):
    """One says of every port but 80 that it is closed, the other says nothing of those."""
    net = ScanNet(lab, direct=True)
    net.serve([80])
    net.rule(_SILENT_BUT_80)
    return net


@case(needs=["namespaces", "nft"], seconds=60)
def a_host_that_takes_too_long_is_given_up_and_told_as_such(lab):
    net = two_hosts(lab)
    for engine in ENGINES:
        # A second try comes three seconds after the first, when the host's time is over.
        found = scan(lab, net.scanner, address(1), SILENT, "-p", "80-300", "-Pn", "--engine",
                     engine, "--timeout", "4s", "--min-rtt-timeout", "3s", "--host-timeout", "2s",
                     "-oX", "out.xml", "-oG", "out.gnmap", "-oN", "out.nmap", code=3)
        equal(found.host(SILENT).get("flags"), ["timed-out"], f"of the silent one, by {engine}")
        equal(found.host(address(1)).get("flags"), None, f"of the other one, by {engine}")
        for host, state in ((address(1), "closed"), (SILENT, "filtered")):
            states = {port: said for port, (said, _) in found.of(host).items()}
            equal(states, {80: "open"} | dict.fromkeys(range(81, 301), state),
                  f"what is told of {host}, by {engine}")
        equal(found.end["complete"], False, "complete")
        holds(found.end["sent"] <= 2 * 221, f"it was asked again: {found.end['sent']} probes")
        texts = {name: (lab.folder / name).read_text() for name in ("out.xml", "out.gnmap",
                                                                      "out.nmap")}
        matches(texts["out.xml"], rf'<host timedout="true"><status state="up"[^>]*>\n<address '
                                  rf'addr="{re.escape(SILENT)}"', "the XML")
        equal(texts["out.xml"].count("timedout"), 1, "how often")
        contains(texts["out.gnmap"], f"Host: {SILENT} ()\tStatus: Timeout\n", "the grepable file")
        contains(texts["out.nmap"], "timed out: it took longer than --host-timeout", "the table")


@case(needs=["namespaces"], seconds=60)
def a_host_is_asked_no_faster_than_its_delay(lab):
    net = ScanNet(lab, direct=True)
    net.serve([80])
    for engine in ENGINES:
        found = scan(lab, net.scanner, f"{address(0)}/30", "-p", "80-89", "-Pn", "--engine", engine,
                     "--scan-delay", "200ms")
        equal(found.open(), {(address(number), 80) for number in range(4)}, f"open by {engine}")
        equal(len(found.states), 40, f"ports that have a state by {engine}")
        holds(found.end["elapsed_us"] >= 9 * 200_000, f"ten ports a host in {found.end}")


@case(needs=["namespaces"], seconds=60)
def the_trace_has_a_line_for_each_probe_and_each_answer(lab):
    net = ScanNet(lab, direct=True)
    net.serve([80])
    for engine, how in (("connect", "connect"), ("packet", "syn")):
        found = scan(lab, net.scanner, address(1), "-p", "80-129", "-Pn", "--engine", engine,
                     "--packet-trace")
        lines = found.program.err.splitlines()
        sent = [line for line in lines if re.search(rf" s  sent  tcp \S+:\d+ by {how}, try \d+$",
                                                    line)]
        got = [line for line in lines if re.search(r" s  got   tcp \S+:\d+ (open|closed): ", line)]
        equal(len(sent), found.end["sent"], f"probes in the trace by {engine}")
        equal(len(got), found.end["matched"] + found.end["duplicates"],
              f"answers in the trace by {engine}")
        equal(sum(f"tcp {address(1)}:80 open" in line for line in got), 1, "of the open port")


@case(needs=["namespaces"], seconds=60)
def the_least_rate_stands_below_the_ceiling(lab):
    net = ScanNet(lab, direct=True)
    words = [address(1), "-p", "80-89", "-Pn", "--max-rate", "500", "--min-rate"]
    scan(lab, net.scanner, *words, "500")
    said = lab.patchbay("scan", *words, "501", inside=net.scanner, code=2)
    matches(said.err, r"^error: --min-rate 501/s .+\n  because: --max-rate says .*500/s\n  try: ",
            "the error")


# As a shell would: the terminal is that of its session, and has to be as it was afterwards.
_ON_A_TERMINAL = ("import fcntl, subprocess, sys, termios\n"
                  "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
                  "before = termios.tcgetattr(0)\n"
                  "code = subprocess.call(sys.argv[1:])\n"
                  "sys.exit(code if termios.tcgetattr(0) == before else 99)\n")


class Terminal:
    """`theirs` is the end for a program, and `shown` what it has written there so far."""

    def __init__(self):
        self._ours, self.theirs = pty.openpty()
        self._shown = b""

    def press(self, key):
        os.write(self._ours, key.encode())

    @property
    def shown(self):
        while select.select([self._ours], [], [], 0)[0]:
            self._shown += os.read(self._ours, 65_536)
        return self._shown.decode(errors="replace")

    def gives_lines(self):
        """Whether a key waits for the end of its line."""
        return termios.tcgetattr(self._ours)[3] & termios.ICANON != 0

    def close(self):
        os.close(self._ours)
        os.close(self.theirs)


@case(needs=["namespaces", "nft"], seconds=120)
def keys_tell_skip_and_change_the_pace(lab):
    net = two_hosts(lab)
    for engine in ENGINES:
        terminal = lab.keep(Terminal())
        program = lab.start(
            sys.executable, "-c", _ON_A_TERMINAL, lab.binary, "scan", address(1), SILENT, "-p",
            "81-6080", "-Pn", "--engine", engine, "--max-rate", "200", "--json",
            inside=net.scanner, stdin=open(terminal.theirs, "r+b", buffering=0, closefd=False),
            stderr=terminal.theirs)

        def shows(pattern, key=None):
            """Waits for it on the terminal, and presses a key for as long as it is not there."""
            def look():
                if key:
                    terminal.press(key)
                return re.search(pattern, terminal.shown)
            return until(look, f"{pattern!r} on the terminal", 30)

        # The host that answers has, so it is known which of the two is silent.
        shows(r"scan: \d+ %, [1-9][\d,]* of 12,000 answered, ", " ")
        holds(not terminal.gives_lines(), "keys are to be read one by one")
        terminal.press("+")
        shows(r"\[\*\] 400 unanswered probes a second at the most")
        terminal.press("-")
        shows(r"\[\*\] 200 unanswered probes a second at the most")
        terminal.press("s")
        shows(rf"\[\*\] {re.escape(SILENT)} is asked no more")
        for _ in range(8):
            terminal.press("+")
        shows(r"51200 unanswered")
        equal(program.wait(60), 3, "the exit code, and 99 for a terminal that is not as it was")
        found = Scan(program)
        equal(found.host(SILENT).get("flags"), ["skipped"], f"the host that was skipped, {engine}")
        equal(found.host(address(1)).get("flags"), None, "the other one")
        equal({port: state for port, (state, _) in found.of(address(1)).items()},
              dict.fromkeys(range(81, 6081), "closed"), "its ports")
        holds(len(found.of(SILENT)) < 6000, "ports are told of that were never asked")
        equal(found.end["complete"], False, "complete")
