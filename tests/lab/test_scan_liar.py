"""`patchbay scan` against hosts that lie (peers/liar.py): no forgery is taken for an answer."""

import pathlib
import sys

from lib.case import case, contains, equal, holds
from lib.scan import scan
from lib.scan_net import ScanNet
from lib.scan_scenes import address

LIAR = pathlib.Path(__file__).parent / "peers" / "liar.py"
PORTS = "1001-1040"
NUMBERS = range(1001, 1041)
FAMILIES = (4, 6)

# What every port of a host has to be, by the packet engine: the lie's number in liar.py.
SILENT = {3: "a SYN-ACK of something else", 9: "ICMP errors about packets of others",
          10: "answers from the wrong port", 11: "resets of something else", 13: "rubbish",
          14: "answers from the host beside it", 16: "answers with a wrong checksum"}


def liars(lab):
    """A network with the liar's device in the targets' namespace."""
    net = ScanNet(lab)
    net.targets.forward()
    for far, via in (("10.53.0.0/16", "10.49.2.2"), ("fd00:53::/112", "fd00:49:2::2")):
        net.router.route(far, "via", via)
    program = lab.start(sys.executable, LIAR, "liar0", inside=net.targets)
    program.wait_for("ready", "out")
    return net


def host(number, family):
    return f"10.53.0.{number}" if family == 4 else f"fd00:53::{number:x}"


def scan_liar(lab, net, number, family, *words, **how):
    target = host(number, family)
    found = scan(lab, net.scanner, target, "-p", PORTS, "-Pn", "--engine", "packet", *words, **how)
    return found, found.of(target)


@case(needs=["tun"], seconds=120)
def forgeries_open_nothing(lab):
    net = liars(lab)
    for family in FAMILIES:
        targets = [host(number, family) for number in SILENT]
        found = scan(lab, net.scanner, *targets, "-p", PORTS, "-Pn", "--engine", "packet")
        equal(found.open(), set(), f"open ports, IPv{family}")
        for number, lie in SILENT.items():
            equal(set(found.of(host(number, family)).values()), {("filtered", "no-response")},
                  f"{lie}, IPv{family}")
        holds(found.end["foreign"] > 0, f"nothing foreign was counted: {found.end}")
        # Each of three answers to each SYN of at least one round.
        holds(found.end["corrupt"] >= 3 * len(NUMBERS), f"damaged ones were not counted: "
              f"{found.end}")


@case(needs=["tun"], seconds=60)
def a_host_that_answers_everything_is_told_as_such(lab):
    net = liars(lab)
    for family in FAMILIES:
        found, _ = scan_liar(lab, net, 1, family, "-p", "1-2000")
        contains(found.host(host(1, family)).get("flags", []), "answers-everything",
                 f"the host's flags, IPv{family}")
        lines = [record for record in found.records if record["type"] == "port"]
        # Those that were told before it was known for what it is.
        holds(len(lines) <= 256, f"it has {len(lines)} lines of its own")


@case(needs=["tun"], seconds=60)
def a_host_of_which_few_were_asked_is_found_out_by_ports_that_were_not(lab):
    """40 ports: fewer than look suspicious by themselves. A host that has services is none."""
    net = liars(lab)
    net.serve(range(1001, 1041))
    for engine in ("packet", "connect"):
        found = scan(lab, net.scanner, host(1, 4), address(1), "-p", PORTS, "-Pn", "--engine",
                     engine)
        contains(found.host(host(1, 4)).get("flags", []), "answers-everything",
                 f"the liar's flags by {engine}")
        equal(found.host(address(1)).get("flags"), None, f"the other one's flags by {engine}")
        equal(len(found.open()), 80, f"open ports by {engine}")


@case(needs=["tun"], seconds=60)
def excluded_ports_are_no_canaries(lab):
    net = liars(lab)
    found = scan(lab, net.scanner, host(1, 4), "-p", PORTS, "-Pn", "--engine", "packet",
                 "--exclude-ports", "50000-59999")
    equal(found.host(host(1, 4)).get("flags"), None, "its flags, where it may not be asked more")


@case(needs=["tun"], seconds=60)
def a_window_of_zero_without_options_is_marked(lab):
    net = liars(lab)
    for family in FAMILIES:
        found, ports = scan_liar(lab, net, 2, family)
        equal({state for state, _ in ports.values()}, {"open"}, f"states, IPv{family}")
        told = [record for record in found.records if record["type"] == "port"]
        holds(told and all("zero-window" in record.get("flags", []) for record in told),
              f"not marked: {told[:3]}")


@case(needs=["tun"], seconds=60)
def a_reset_that_acknowledges_the_sequence_number_itself_is_one(lab):
    net = liars(lab)
    for family in FAMILIES:
        _, ports = scan_liar(lab, net, 4, family)
        equal(ports, dict.fromkeys(NUMBERS, ("closed", "reset")), f"states, IPv{family}")


@case(needs=["tun"], seconds=120)
def late_answers_are_right_or_not_there(lab):
    """0.9, 1.1 and 3 s after each SYN: a port is open, or nobody has answered in time."""
    net = liars(lab)
    targets = [host(number, 4) for number in (5, 6, 7)]
    found = scan(lab, net.scanner, *targets, "-p", PORTS, "-Pn", "--engine", "packet")
    holds(set(found.states.values()) <= {("open", "syn-ack"), ("filtered", "no-response")},
          f"states: {set(found.states.values())}")
    equal(set(found.of(host(5, 4)).values()), {("open", "syn-ack")}, "after 0.9 s")


@case(needs=["tun"], seconds=60)
def answers_that_come_twice_are_counted_once(lab):
    net = liars(lab)
    for family in FAMILIES:
        found, ports = scan_liar(lab, net, 8, family)
        equal(ports, {port: ("open", "syn-ack") if port % 2 else ("closed", "reset")
                      for port in NUMBERS}, f"states, IPv{family}")
        equal(found.end["matched"], len(NUMBERS), f"answers, IPv{family}: {found.end}")
        holds(found.end["duplicates"] >= len(NUMBERS), f"duplicates: {found.end}")


@case(needs=["tun"], seconds=60)
def an_icmp_error_needs_no_more_than_eight_bytes_of_the_quote(lab):
    net = liars(lab)
    for family in FAMILIES:
        _, ports = scan_liar(lab, net, 12, family)
        equal(ports, dict.fromkeys(NUMBERS, ("filtered", "admin-prohib")), f"states, IPv{family}")


@case(needs=["tun"], seconds=60)
def a_flood_of_answers_to_nobody_hides_nothing(lab):
    net = liars(lab)
    found, ports = scan_liar(lab, net, 15, 4)
    equal(ports, dict.fromkeys(NUMBERS, ("closed", "reset")), "states")
    # Ports that were asked as well get answers of which only one can be theirs.
    holds(found.end["foreign"] + found.end["duplicates"] >= 10 * len(NUMBERS),
          f"not counted: {found.end}")


@case(needs=["tun"], seconds=60)
def the_kernel_is_not_fooled_either(lab):
    net = liars(lab)
    targets = [host(number, 4) for number in SILENT]
    found = scan(lab, net.scanner, *targets, "-p", "1001-1010", "-Pn", "--engine", "connect")
    equal(found.open(), set(), "open ports")
    contains([{("filtered", "no-response")}], set(found.states.values()), "states")
