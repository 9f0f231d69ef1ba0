"""`patchbay scan` over links of every kind: Ethernet, TUN, loopback, one that goes down."""

import subprocess

from lib import namespace
from lib.case import case, contains, equal, holds, matches
from lib.scan import ENGINES, Scan, scan, start_scan, with_names
from lib.scan_net import LISTENERS, ScanNet
from lib.scan_scenes import address
from lib.wan import RIGHT, RIGHT6, wan

NEIGHBOURS = 200


def serve(lab, inside, *words):
    program = lab.start("python3", LISTENERS, *words, inside=inside)
    program.wait_for("ready", "out")


@case(needs=["namespaces"], seconds=120)
def two_hundred_neighbours_on_one_link(lab):
    """The other 54 addresses of the link are nobody's."""
    here, there = lab.namespace("here"), lab.namespace("there")
    namespace.join(here, "cable", there, "cable")
    here.address("cable", "10.52.0.254/24")
    here.address("cable", "fd00:52::1:1/64")
    batch = "".join(f"address add 10.52.0.{last}/24 dev cable\n" for last in range(1, 201))
    batch += "".join(f"address add fd00:52::{last:x}/64 dev cable nodad\n" for last in range(1, 17))
    subprocess.run(["ip", "-n", there.name, "-batch", "-"], input=batch, text=True, check=True,
                   timeout=30)
    serve(lab, there, 80)
    for engine in ENGINES:
        found = scan(lab, here, "10.52.0.0/24", "-p", "80,81", "--engine", engine,
                     "--exclude", "10.52.0.254")
        equal(found.open(), {(f"10.52.0.{last}", 80) for last in range(1, NEIGHBOURS + 1)},
              f"open by {engine}")
        closed = {ip for (ip, _, port), (state, _) in found.states.items() if state == "closed"}
        equal(closed, {f"10.52.0.{last}" for last in range(1, NEIGHBOURS + 1)}, "closed")
    found = scan(lab, here, "fd00:52::/123", "-p", "80", "--engine", "packet")
    equal(found.open(), {(f"fd00:52::{last:x}", 80) for last in range(1, 17)}, "open, IPv6")


@case(needs=["namespaces", "nft"], seconds=60)
def neighbours_are_found_by_arp_though_they_answer_nothing_else(lab):
    here, there = lab.namespace("here"), lab.namespace("there")
    namespace.join(here, "cable", there, "cable")
    here.address("cable", "10.52.0.254/24")
    there.address("cable", "10.52.0.7/24")
    subprocess.run(there.command(["nft", "-f", "-"]), text=True, check=True, timeout=10,
                   input="table ip deaf {\nchain deaf {\ntype filter hook input priority 0; "
                         "policy drop;\n}\n}\n")
    found = scan(lab, here, "-sn", "10.52.0.0/28")
    up = [record for record in found.records if record["type"] == "host"
          and record["state"] == "up"]
    equal([record["ip"] for record in up], ["10.52.0.7"], "who is up")
    equal(up[0]["reason"], "neighbour-reply", "how that is known")


@case(needs=["tun"], seconds=60)
def a_link_without_ethernet(lab):
    left, right, _link = wan(lab, "--delay", "1ms")
    serve(lab, right, 80)
    for engine in ENGINES:
        found = scan(lab, left, RIGHT, RIGHT6, "-p", "80,81", "--engine", engine)
        equal(found.open(), {(RIGHT, 80), (RIGHT6, 80)}, f"open by {engine}")
        equal({state for state, _ in found.states.values()}, {"open", "closed"}, "states")


@case(needs=["namespaces"], seconds=120)
def loopback_has_all_its_ports_and_no_more(lab):
    """A scanner that connects to itself would find a port that is not there."""
    alone = lab.namespace("alone")
    serve(lab, alone, 22, 40_000)
    for target in ("127.0.0.1", "::1"):
        found = scan(lab, alone, target, "-p-")
        equal(found.open(), {(target, 22), (target, 40_000)}, "open ports")
        equal(len(found.states), 65_535, "ports that have a state")
        equal({state for state, _ in found.states.values()}, {"open", "closed"}, "states")


@case(needs=["namespaces"], seconds=60)
def addresses_of_this_host_are_no_strangers(lab):
    here, there = lab.namespace("here"), lab.namespace("there")
    namespace.join(here, "cable", there, "cable")
    here.address("cable", "10.52.0.1/24")
    serve(lab, here, 80)
    found = scan(lab, here, "10.52.0.1", "-p", "80,81")
    equal(found.of("10.52.0.1")[80][0], "open", "80")
    equal(found.of("10.52.0.1")[81][0], "closed", "81")


@case(needs=["tun"], seconds=60)
def whatever_the_link_it_takes_no_flag(lab):
    """This host, its loopback, a neighbour on a cable and a host behind a link without Ethernet, by
    both families and in one run."""
    left, right, _link = wan(lab, "--delay", "1ms")
    near = lab.namespace("near")
    namespace.join(left, "cable", near, "cable")
    for end, last in ((left, 1), (near, 2)):
        end.address("cable", f"10.52.0.{last}/24")
        end.address("cable", f"fd00:52::{last}/64")
    for end in (left, right, near):
        serve(lab, end, 80)
    targets = ("127.0.0.1", "::1", "10.52.0.1", "fd00:52::1", "10.52.0.2", "fd00:52::2", RIGHT,
               RIGHT6)
    found = scan(lab, left, *targets, "-p", "80,81")
    equal(found.open(), {(one, 80) for one in targets}, "open ports")
    equal({target[0] for target, (state, _) in found.states.items() if state == "closed"},
          set(targets), "closed ports")
    holds(found.end["complete"], f"it is not complete: {found.end}")


@case(needs=["namespaces"], seconds=60)
def a_name_with_two_families_is_scanned_in_both(lab):
    net = ScanNet(lab)
    net.serve([80])
    hosts = f"{address(1)} web.lab\n{address(1, 6)} web.lab\n"
    for engine in ENGINES:
        found = Scan(with_names(lab, net.scanner, hosts, "web.lab", "-p", "80,81", "--engine",
                                engine))
        equal(found.open(), {(address(1), 80), (address(1, 6), 80)}, f"open by {engine}")
        equal({record["name"] for record in found.records if record["type"] == "host"},
              {"web.lab"}, "the name")


@case(needs=["namespaces"], seconds=60)
def a_name_that_is_none_does_not_keep_the_others_from_being_scanned(lab):
    net = ScanNet(lab)
    net.serve([80])
    program = with_names(lab, net.scanner, f"{address(1)} web.lab\n", "web.lab", "nowhere.invalid",
                         address(2), "-p", "80", code=3)
    found = Scan(program)
    equal(found.open(), {(address(1), 80), (address(2), 80)}, "open")
    contains(program.err, "nowhere.invalid", "stderr")
    equal(found.end["complete"], False, "complete")


@case(needs=["namespaces"], seconds=60)
def no_route_is_said_and_is_no_state(lab):
    alone = lab.namespace("alone")
    for engine in ENGINES:
        found = scan(lab, alone, "198.51.100.1", "-p", "80", "-Pn", "--engine", engine, code=None)
        holds(found.program.wait() in (1, 3), f"{engine} ended with {found.program.wait()}")
        told = [record["text"] for record in found.records if record["type"] == "warning"]
        matches("\n".join(told), r"198\.51\.100\.1.*route", f"what {engine} warns of")
        equal(found.end["complete"], False, f"complete by {engine}")
        equal(found.end["sent"], 0, f"what {engine} says to have sent")


@case(needs=["namespaces"], seconds=60)
def without_a_route_to_some_the_others_are_scanned(lab):
    here, there = lab.namespace("here"), lab.namespace("there")
    namespace.join(here, "cable", there, "cable")
    here.address("cable", "10.52.0.1/24")
    there.address("cable", "10.52.0.2/24")
    serve(lab, there, 80)
    for engine in ENGINES:
        found = scan(lab, here, "10.52.0.2", "198.51.100.1", "-p", "80", "-Pn", "--engine", engine,
                     code=3)
        equal(found.open(), {("10.52.0.2", 80)}, f"open by {engine}")
        contains(found.program.out + found.program.err, "route", "what it says")


@case(needs=["namespaces", "nft"], seconds=120)
def an_interface_that_goes_down_ends_nothing_wrongly(lab):
    for engine in ENGINES:
        net = ScanNet(lab)
        net.serve([80])
        net.rule("tcp dport != 80 drop")
        program = start_scan(lab, net.scanner, address(1), "-p", "80,1000-5000", "-Pn", "--engine",
                             engine, "--max-rate", "1000")
        program.wait_for('"type":"port"', "out")
        net.scanner.ip("link", "set", "router", "down")
        code = program.wait(60)
        holds(code in (1, 3), f"{engine} ended with {code}")
        found = Scan(program)
        equal(found.open(), {(address(1), 80)}, f"open by {engine}")
        equal(found.end["complete"], False, f"complete by {engine}")
        # What could not be asked is not told as if it had been.
        holds("closed" not in {state for state, _ in found.states.values()}, "closed ports")
        net.close()


@case(needs=["namespaces"], seconds=60)
def targets_that_are_nobodys_are_refused(lab):
    net = ScanNet(lab)
    for target in ("224.0.0.1", "255.255.255.255", "ff02::1", "240.0.0.1", "0.0.0.1"):
        said = lab.patchbay("scan", target, "-p", "80", inside=net.scanner, code=2)
        contains(said.err, target, "stderr")


@case(needs=["root", "namespaces", "setpriv"], seconds=60)
def without_rights_it_connects_and_says_so(lab):
    net = ScanNet(lab)
    net.serve([80])
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", lab.binary,
               "scan", address(1), "-p", "80,81", "-Pn"]
    found = Scan(lab.run(*command, "--json", inside=net.scanner))
    equal({port: state for port, (state, _) in found.of(address(1)).items()},
          {80: "open", 81: "closed"}, "the states")
    said = lab.run(*command, inside=net.scanner)
    contains(said.err, "CAP_NET_RAW", "what it says of the right that it lacks")
    said = lab.run(*command, "--engine", "packet", inside=net.scanner, code=4)
    matches(said.err, r"^error: .+\n  because: .*CAP_NET_RAW.*\n  try: .+$", "the error")
