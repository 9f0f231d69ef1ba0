"""`patchbay scan` and who is there: in each way of asking, and what addresses are called."""

import json
import pathlib
import subprocess
import sys

from lib import namespace
from lib.case import case, contains, equal, holds, matches
from lib.scan import ENGINES, Scan, scan, start_scan, with_names
from lib.scan_net import ScanNet, load, noted
from lib.scan_scenes import address, quarter

REVERSE_NAMES = pathlib.Path(__file__).parent / "peers" / "reverse_names.py"

# Of each four hosts in a row one answers pings, one SYNs to port 22, one ACKs, one UDP.
PING, SYN, ACK, UDP = range(4)
_ONE_WAY_EACH = (quarter(PING, "meta l4proto { icmp, ipv6-icmp } accept")
                 + quarter(SYN, "tcp dport 22 tcp flags & (syn | ack) == syn accept")
                 + quarter(ACK, "tcp dport 80 tcp flags & (syn | ack) == ack accept")
                 + quarter(UDP, "meta l4proto udp accept")
                 + "".join(quarter(number, "drop") for number in range(4)))
# (flags, who answers)
_WAYS = (
    (["-PE"], {PING: "echo-reply"}),
    (["-PS22"], {SYN: "reset"}),
    (["-PA"], {ACK: "reset"}),
    (["-PU"], {UDP: "port-unreach"}),
    (["-PS"], {SYN: "reset"}),
    (["--ping-syn", "21,ssh", "--ping-echo"], {PING: "echo-reply", SYN: "reset"}),
    (["-PA80", "-PU33434-33436"], {ACK: "reset", UDP: "port-unreach"}),
    (["-PE", "-PS22", "-PA80", "-PU"],
     {PING: "echo-reply", SYN: "reset", ACK: "reset", UDP: "port-unreach"}),
    ([], {PING: "echo-reply", SYN: "reset"}),
    (["-PR"], {}),
)


def who_is_up(found):
    """{address: reason}"""
    return {record["ip"]: record["reason"] for record in found.records
            if record["type"] == "host" and record["state"] == "up"}


def net_of_ways(lab):
    net = ScanNet(lab)
    net.lift_icmp_limits()
    net.rule(_ONE_WAY_EACH)
    # ICMPv6 errors about an address that only a route makes local come in another's name.
    net.targets.address("lo", f"{address(UDP, 6)}/128")
    return net


def four_hosts(family):
    return f"{address(0, family)}/{30 if family == 4 else 126}"


@case(needs=["namespaces", "nft"], seconds=180)
def hosts_are_found_in_the_ways_that_are_asked_for_and_no_other(lab):
    net = net_of_ways(lab)
    for family in (4, 6):
        for flags, answers in _WAYS:
            found = scan(lab, net.scanner, "-sn", four_hosts(family), "--timeout", "500ms", *flags)
            equal(who_is_up(found),
                  {address(number, family): reason for number, reason in answers.items()},
                  f"who is up by {flags}, IPv{family}")
            equal((found.end["hosts"], found.end["hosts_up"]), (4, len(answers)),
                  f"the totals by {flags}")


# Counts whom anything has come for.
_ASKED = """
table inet asked {
  set hosts { type ipv4_addr; flags dynamic; size 65535; }
  chain arriving {
    type filter hook prerouting priority -300;
    ip daddr 10.50.0.0/16 add @hosts { ip daddr }
  }
}
"""


def note_hosts(net):
    load(net.targets, "table inet asked\ndelete table inet asked\n" + _ASKED)


def asked_hosts(net):
    """Since note_hosts()."""
    return noted(net, "hosts")


def kinds_of(found):
    return {record["type"] for record in found.records}


@case(needs=["namespaces", "nft"], seconds=120)
def ctrl_c_of_a_search_for_hosts_is_gone_on_with_in_every_way(lab):
    """Sixteen hosts, of which each answers in one way alone; ACKs are the last way, and have not
    begun when the search is broken off."""
    net = net_of_ways(lab)
    kept = lab.folder / "kept.checkpoint"
    words = ["-sn", f"{address(0)}/28", "-PE", "-PS22", "-PA80", "-PU"]
    known = set()
    for piece in range(3):
        note_hosts(net)
        program = start_scan(lab, net.scanner, *words, "--max-rate", "10", "--checkpoint", kept,
                             "--stats-every", "1s")
        program.wait_for('"type":"progress"', "out", 30)
        equal(program.interrupt(), 130, f"the exit code of piece {piece}")
        begun = Scan(program)
        holds(not begun.end["complete"], "it is complete")
        equal(known & asked_hosts(net), set(), "hosts that had answered and were asked again")
        holds(known <= set(who_is_up(begun)), f"piece {piece} has forgotten some of {known}")
        known = set(who_is_up(begun))
        words = ["--resume", kept]
    holds(0 < len(known) < 16, f"{len(known)} were found before the last piece")
    note_hosts(net)
    found = scan(lab, net.scanner, "--resume", kept)
    equal(known & asked_hosts(net), set(), "hosts that had answered and were asked again")
    reasons = {PING: "echo-reply", SYN: "reset", ACK: "reset", UDP: "port-unreach"}
    equal(who_is_up(found), {address(number): reasons[number % 4] for number in range(16)},
          "who is up")
    equal(kinds_of(found) - {"warning"}, {"start", "plan", "host", "end"}, "what it tells of")
    equal((found.end["hosts"], found.end["complete"]), (16, True), "the totals")


@case(needs=["namespaces", "nft"], seconds=120)
def parts_of_a_search_are_disjoint_and_together_the_whole(lab):
    """A host that answers in one way alone is found, in whichever part it is."""
    net = net_of_ways(lab)
    hosts = f"{address(0)}/27"
    for words, kinds in ((("--engine", "packet", "-PE", "-PS22"), (PING, SYN)),
                         (("--engine", "connect", "-PS22"), (SYN,))):
        seen, count = [], 0
        for number in range(1, 6):
            part = scan(lab, net.scanner, "-sn", hosts, "--timeout", "500ms", *words, "--shard",
                        f"{number}/5", "--seed", "7")
            seen += who_is_up(part)
            count += part.end["hosts"]
        equal(sorted(seen), sorted(address(number) for number in range(32) if number % 4 in kinds),
              f"who is up in five parts, by {words}")
        equal(count, 32, f"the hosts of five parts, by {words}")


@case(needs=["root", "namespaces", "nft", "setpriv"], seconds=60)
def a_search_by_packets_is_not_gone_on_with_without_the_right(lab):
    net = net_of_ways(lab)
    kept = lab.folder / "kept.checkpoint"
    program = start_scan(lab, net.scanner, "-sn", f"{address(0)}/28", "-PE", "--max-rate", "10",
                         "--checkpoint", kept, "--stats-every", "1s")
    program.wait_for('"type":"progress"', "out", 30)
    equal(program.interrupt(), 130, "the exit code")
    kept.chmod(0o644)
    before = kept.read_bytes()
    said = lab.run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", lab.binary,
                   "scan", "--resume", kept, inside=net.scanner, code=4)
    matches(said.err, r"^error: cannot go on with .+\n  because: .*CAP_NET_RAW.*\n"
                      r"  try: sudo patchbay scan --resume .+$", "what it says")
    equal(said.out, "", "what it found")
    equal(kept.read_bytes(), before, "the checkpoint")


@case(needs=["namespaces", "nft"], seconds=60)
def only_hosts_that_were_found_have_their_ports_asked(lab):
    net = net_of_ways(lab)
    found = scan(lab, net.scanner, four_hosts(4), "-p", "22", "--timeout", "500ms", "-PS22")
    equal(found.of(address(SYN)), {22: ("closed", "reset")}, "the port")
    equal({ip for ip, _, _ in found.states}, {address(SYN)}, "whose ports were asked")
    # One named host is asked at once, unless it is said how to find out.
    found = scan(lab, net.scanner, address(PING), "-p", "22", "--timeout", "500ms")
    equal(set(found.of(address(PING))), {22}, "ports that were asked")
    found = scan(lab, net.scanner, address(PING), "-p", "22", "--timeout", "500ms", "-PS22")
    equal(found.states, {}, "what is told of a host that is not there")


@case(needs=["namespaces", "nft"], seconds=60)
def a_neighbour_that_answers_nothing_else_is_found_as_one(lab):
    here, there = lab.namespace("here"), lab.namespace("there")
    namespace.join(here, "cable", there, "cable")
    for end, last in ((here, 1), (there, 7)):
        end.address("cable", f"10.52.0.{last}/24")
        end.address("cable", f"fd00:52::{last}/64")
    subprocess.run(there.command(["nft", "-f", "-"]), text=True, check=True, timeout=10,
                   input="table inet deaf {\nchain deaf {\ntype filter hook input priority 0; "
                         "policy drop;\n"
                         "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n}\n}\n")
    for targets, host in (("10.52.0.4/30", "10.52.0.7"), ("fd00:52::4/126", "fd00:52::7")):
        found = scan(lab, here, "-sn", targets, "--timeout", "500ms", "-PR")
        equal(who_is_up(found), {host: "neighbour-reply"}, f"who is up of {targets}")
        found = scan(lab, here, "-sn", targets, "--timeout", "500ms", "-PE")
        equal(who_is_up(found), {}, f"who answers pings of {targets}")


@case(needs=["namespaces"], seconds=60)
def the_cards_of_neighbours_are_told(lab):
    """Whoever asks: packets of our own, or the kernel's sockets; and of nobody else."""
    here, there = lab.namespace("here"), lab.namespace("there")
    namespace.join(here, "cable", there, "cable")
    there.ip("link", "set", "dev", "cable", "address", "02:00:5e:00:53:0a")
    for end, last in ((here, 1), (there, 7)):
        end.address("cable", f"10.52.0.{last}/24")
        end.address("cable", f"fd00:52::{last}/64")
    there.address("lo", "10.53.0.7/32")
    here.route("10.53.0.0/24", "via", "10.52.0.7")
    for engine in ENGINES:
        found = scan(lab, here, "-sn", "10.52.0.7", "fd00:52::7", "10.52.0.1", "10.53.0.7",
                     "--engine", engine, "-oX", "out.xml", "-oN", "out.nmap")
        equal({record["ip"]: record.get("mac") for record in found.records
               if record["type"] == "host"},
              {"10.52.0.1": None, "10.52.0.7": "02:00:5e:00:53:0a", "10.53.0.7": None,
               "fd00:52::7": "02:00:5e:00:53:0a"}, f"the cards, by {engine}")
        contains((lab.folder / "out.xml").read_text(),
                 '<address addr="10.52.0.7" addrtype="ipv4"/>\n'
                 '<address addr="02:00:5E:00:53:0A" addrtype="mac"/>', "the XML")
        matches((lab.folder / "out.nmap").read_text(),
                r"^10\.52\.0\.7  up, .+  via \S+  02:00:5e:00:53:0a$", "the table")


@case(needs=["root", "namespaces", "nft", "setpriv"], seconds=60)
def without_rights_only_sockets_ask_who_is_there(lab):
    net = net_of_ways(lab)
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", lab.binary,
               "scan", "-sn", four_hosts(4), "--timeout", "500ms"]
    for flags, answers in ((["-PS22"], {address(SYN): "conn-refused"}),
                           (["-PU"], {address(UDP): "port-unreach"}),
                           (["-PS22", "-PU53,33434"], {address(SYN): "conn-refused",
                                                       address(UDP): "port-unreach"})):
        found = Scan(lab.run(*command, *flags, "--json", inside=net.scanner, seconds=60))
        equal(who_is_up(found), answers, f"who is up by {flags}")
    for flag, long_name in (("-PE", "--ping-echo"), ("-PA", "--ping-ack"),
                            ("-PR", "--ping-neighbour")):
        said = lab.run(*command, flag, inside=net.scanner, code=4)
        matches(said.err, rf"^error: {long_name}.+\n  because: .*CAP_NET_RAW.*\n"
                          r"  try: .*--ping-syn and --ping-udp.*$", f"what {flag} says")


@case(needs=["namespaces", "nft"], seconds=120)
def addresses_that_answer_are_called_by_their_names(lab):
    """Of four hosts one is silent, one has no name, and one has it from a file."""
    net = ScanNet(lab)
    net.rule(quarter(0, "drop"))
    server = lab.start(sys.executable, REVERSE_NAMES, f"{address(0)}=silent.lab",
                       f"{address(2)}=web2.lab", inside=net.scanner)
    server.wait_for("ready", "out")
    words = [f"{address(0)}/30", "-p", "80", "-Pn", "--timeout", "500ms"]
    hosts = f"{address(1)} db1.lab\n"
    files = ["-oX", "out.xml", "-oG", "out.gnmap", "-oN", "out.nmap"]
    found = Scan(with_names(lab, net.scanner, hosts, *words, "-R", *files))
    names = {number: found.host(address(number)).get("hostnames") for number in range(4)}
    equal(names, {0: None, 1: [{"name": "db1.lab", "type": "PTR"}],
                  2: [{"name": "web2.lab", "type": "PTR"}], 3: None}, "the names")
    for name, line in (("out.xml", '<hostname name="web2.lab" type="PTR"/>'),
                       ("out.gnmap", f"Host: {address(2)} (web2.lab)\t"),
                       ("out.nmap", f"{address(2)} (web2.lab)  up")):
        contains((lab.folder / name).read_text(), line, name)
    asked = [line for line in server.out.splitlines() if line != "ready"]
    equal(sorted(set(asked)), ["2.0.50.10.in-addr.arpa", "3.0.50.10.in-addr.arpa"],
          "who was looked up")
    listed = Scan(with_names(lab, net.scanner, hosts, f"{address(0)}/30", "-sL", "-R"))
    equal([record.get("hostnames") for record in listed.records if record["type"] == "target"],
          [[{"name": "silent.lab", "type": "PTR"}], names[1], names[2], None], "the listed names")
    asked = [line for line in server.out.splitlines() if line != "ready"]
    for flag in ([], ["-n"]):
        found = Scan(with_names(lab, net.scanner, hosts, *words, *flag))
        holds("hostnames" not in json.dumps(found.records), f"names with {flag}")
    equal(server.out.splitlines()[1:], asked, "who was looked up without -R")


@case(needs=["namespaces"], seconds=60)
def a_name_server_that_says_nothing_keeps_no_result_back(lab):
    net = ScanNet(lab)
    server = lab.start(sys.executable, REVERSE_NAMES, f"{address(1)}=-", inside=net.scanner)
    server.wait_for("ready", "out")
    program = with_names(lab, net.scanner, "", address(1), "-p", "80", "-R")
    equal(Scan(program).of(address(1)), {80: ("closed", "reset")}, "the port")
    contains(program.err, "could not be looked up", "what it says")
