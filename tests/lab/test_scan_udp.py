"""`patchbay scan` of UDP by the kernel's sockets, without a right; of this host by both engines."""

from lib import namespace
from lib.case import case, contains, equal, holds, lacks, matches
from lib.scan import ENGINES, Scan, scan, start_scan
from lib.scan_net import LISTENERS, ROUTER, ROUTER6, ScanNet, load
from lib.scan_scenes import address

OPEN, MUTE, CLOSED, SILENT, FIRST_CODE = 2001, 2002, 2003, 2004, 2010
# What a firewall can say instead of an answer: nft's word and the scanner's. Who is asked says it
# itself here, so that its port-unreachable is what a closed port says.
CODES = {
    4: (("net-unreachable", "net-unreach"), ("host-unreachable", "host-unreach"),
        ("prot-unreachable", "proto-unreach"), ("port-unreachable", "port-unreach"),
        ("net-prohibited", "net-prohib"), ("host-prohibited", "host-prohib"),
        ("admin-prohibited", "admin-prohib")),
    6: (("no-route", "net-unreach"), ("admin-prohibited", "admin-prohib"),
        ("addr-unreachable", "host-unreach"), ("port-unreachable", "port-unreach"),
        ("policy-fail", "policy-failed"), ("reject-route", "route-rejected")),
}
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def udp_net(lab):
    net = ScanNet(lab)
    net.lift_icmp_limits()
    net.serve([], "udp", OPEN, 53, "mute", MUTE)
    # Errors come from the host itself only when it has the address, in IPv6.
    net.targets.address("lo", f"{address(1, 6)}/128")
    rules = [f"udp dport {SILENT} drop"]
    for family, kind, with_ in ((4, "ipv4", "icmp"), (6, "ipv6", "icmpv6")):
        rules += [f"meta nfproto {kind} udp dport {number} reject with {with_} type {word}"
                  for number, (word, _) in enumerate(CODES[family], FIRST_CODE)]
    net.rule("\n".join(rules))
    return net


def true_states(family):
    """{port: (state, reason)} of the network above."""
    states = {53: ("open", "udp-response"), OPEN: ("open", "udp-response"),
              MUTE: ("open|filtered", "no-response"), CLOSED: ("closed", "port-unreach"),
              SILENT: ("open|filtered", "no-response")}
    for number, (_, said) in enumerate(CODES[family], FIRST_CODE):
        states[number] = ("closed" if said == "port-unreach" else "filtered", said)
    return states


def listed(ports):
    return ",".join(map(str, ports))


def scan_as_nobody(lab, inside, *words, code=0):
    """Scans as a user who may send no packets."""
    return Scan(lab.run(*NOBODY, lab.binary, "scan", *words, "--json", inside=inside, code=code,
                        seconds=60))


@case(needs=["namespaces", "nft"], seconds=60)
def every_state_of_udp_by_both_engines(lab):
    net = udp_net(lab)
    for engine in ENGINES:
        for family in (4, 6):
            target, expected = address(1, family), true_states(family)
            found = scan(lab, net.scanner, target, "-sU", "-Pn", "-p", listed(expected),
                         "--engine", engine)
            equal(found.of(target, "udp"), expected, f"the states by {engine}, IPv{family}")
            told = [record for record in found.records if record["type"] == "port"]
            equal({record["method"] for record in told}, {engine}, "how they were asked")
            equal([record for record in told if "reason_ip" in record], [],
                  "others who spoke for the host")
            equal(found.records[1]["engine"], engine, "the engine of the plan")


@case(needs=["root", "namespaces", "nft", "setpriv"], seconds=60)
def without_rights_udp_has_the_same_states(lab):
    net = udp_net(lab)
    for family in (4, 6):
        target, expected = address(1, family), true_states(family)
        words = [target, "-sU", "-Pn", "-p", listed(expected)]
        equal(scan_as_nobody(lab, net.scanner, *words).of(target, "udp"), expected,
              f"the states, IPv{family}")
    said = lab.run(*NOBODY, lab.binary, "scan", *words, inside=net.scanner)
    contains(said.err, "CAP_NET_RAW", "what it says of the right that it lacks")


@case(needs=["root", "namespaces", "setpriv"], seconds=60)
def what_only_packets_can_ask_takes_the_right(lab):
    net = ScanNet(lab)
    for target in (address(1), "127.0.0.1"):
        for kind in ("-sA", "-sF", "-sN", "-sX"):
            said = lab.run(*NOBODY, lab.binary, "scan", target, kind, "-Pn", "-p", "80",
                           inside=net.scanner, code=4)
            matches(said.err, r"^error: .+\n  because: .*CAP_NET_RAW.*\n  try: .+$", "the error")
            equal(said.out, "", "stdout")
    said = lab.run(*NOBODY, lab.binary, "scan", address(1), "-sA", "-p", "80", "--dry-run",
                   inside=net.scanner)
    contains(said.out, "CAP_NET_RAW", "what a dry run says of the engine")


@case(needs=["namespaces", "nft"], seconds=60)
def the_router_that_speaks_for_a_host_is_named(lab):
    net = ScanNet(lab)
    net.lift_icmp_limits()
    for far in ("10.54.0.0/16", "fd00:54::/112"):
        net.router.ip("route", "add", "unreachable", far)
    for family, target, by in ((4, "10.54.0.1", ROUTER), (6, "fd00:54::1", ROUTER6)):
        found = scan(lab, net.scanner, target, "-sU", "-p", "53", "-Pn", "--engine", "connect")
        state, reason = found.of(target, "udp")[53]
        equal(state, "filtered", f"the state behind the router, IPv{family}")
        contains(("host-unreach", "net-unreach"), reason, f"the reason, IPv{family}")
        told = [record for record in found.records if record["type"] == "port"]
        equal([record["reason_ip"] for record in told], [by], f"who said so, IPv{family}")
        # The hops that a datagram may make are told too.
        near = address(1, family)
        found = scan(lab, net.scanner, near, "-sU", "-p", "53", "-Pn", "--engine", "connect",
                     "--ttl", "1")
        equal(found.of(near, "udp"), {53: ("filtered", "time-exceeded")}, f"one hop, IPv{family}")


@case(needs=["namespaces", "nft"], seconds=60)
def a_rule_of_this_host_is_no_state_of_the_other(lab):
    net = ScanNet(lab)
    net.serve([], "udp", 53)
    load(net.scanner, "table inet own {\nchain leaving {\ntype filter hook output priority 0;\n"
                      "udp dport 77 drop\n}\n}\n")
    found = scan(lab, net.scanner, address(1), "-sU", "-Pn", "-p", "53,77", "--engine", "connect")
    equal(found.of(address(1), "udp"),
          {53: ("open", "udp-response"), 77: ("filtered", "not-permitted")}, "the states")


@case(needs=["namespaces", "nft"], seconds=60)
def few_descriptors_make_it_slower_and_not_wrong(lab):
    net = ScanNet(lab)
    net.lift_icmp_limits()
    net.serve([], "udp", *range(1000, 1010))
    net.rule("udp dport 1010-1299 drop")
    words = [address(1), "-sU", "-Pn", "-p", "1000-1309", "--engine", "connect",
             "--timeout", "200ms", "--initial-rtt-timeout", "200ms", "--json"]
    found = Scan(lab.run("sh", "-c", 'ulimit -n 64 && exec "$0" scan "$@"', lab.binary, *words,
                         inside=net.scanner, seconds=50))
    equal({port: state for port, (state, _) in found.of(address(1), "udp").items()},
          dict.fromkeys(range(1000, 1010), "open")
          | dict.fromkeys(range(1010, 1300), "open|filtered")
          | dict.fromkeys(range(1300, 1310), "closed"), "the states")


# --- this host ------------------------------------------------------------------------------------

def serve(lab, inside, *words):
    lab.start("python3", LISTENERS, *words, inside=inside).wait_for("ready", "out")


def host_of_its_own(lab):
    """With an address of each family beside those of the loopback."""
    alone = lab.namespace("alone")
    for one in ("10.52.0.1/32", "fd00:52::1/128"):
        alone.address("lo", one)
    return alone


OWN = ("127.0.0.1", "::1", "10.52.0.1", "fd00:52::1")


@case(needs=["namespaces", "nft"], seconds=120)
def udp_of_this_host_by_sockets_and_beside_packets(lab):
    """What `-sA` asks takes packets, and then those of UDP are too."""
    alone = host_of_its_own(lab)
    serve(lab, alone, "udp", OPEN, 53, "mute", MUTE)
    load(alone, "table inet own {\nchain arriving {\ntype filter hook input priority 0;\n"
                f"udp dport {SILENT} drop\n}}\n}}\n")
    expected = {53: ("open", "udp-response"), OPEN: ("open", "udp-response"),
                MUTE: ("open|filtered", "no-response"), CLOSED: ("closed", "port-unreach"),
                SILENT: ("open|filtered", "no-response")}
    for words, engine in ((["-sU"], "connect"), (["-sU", "-sT"], "connect"),
                          (["-sU", "-sA"], "packet")):
        for target in OWN:
            found = scan(lab, alone, target, *words, "-p", listed(expected))
            equal(found.of(target, "udp"), expected, f"the states of {target} by {words}")
            equal({record["method"] for record in found.records if record["type"] == "port"},
                  {engine}, f"how {target} was asked by {words}")


@case(needs=["namespaces"], seconds=120)
def no_port_of_the_scan_itself_is_told(lab):
    """A socket may be given the port that it asks, and packets come from ports of this host."""
    alone = lab.namespace("alone")
    serve(lab, alone, 22, "udp", 53, 40_000)
    true = {53: ("open", "udp-response"), 40_000: ("open", "udp-response")}
    for words, targets in ((["-sU"], ("127.0.0.1", "::1")), (["-sU", "-sA"], ("127.0.0.1",))):
        for target in targets:
            found = scan(lab, alone, target, *words, "-p-")
            states = found.of(target, "udp")
            equal(len(states), 65_535, f"ports that have a state by {words}")
            equal({port: said for port, said in states.items() if port in true}, true, "open")
            equal({said for port, said in states.items() if port not in true},
                  {("closed", "port-unreach")}, f"the other states of {target} by {words}")
            holds(found.end["complete"], f"it is not complete: {found.end}")


@case(needs=["namespaces", "nft"], seconds=120)
def tcp_of_this_host_by_packets(lab):
    alone = host_of_its_own(lab)
    serve(lab, alone, OPEN)
    load(alone, "table inet own {\nchain arriving {\ntype filter hook input priority 0;\n"
                f"tcp dport {SILENT} drop\n}}\n}}\n")
    for target in OWN:
        found = scan(lab, alone, target, "-sA", "-p", f"{OPEN}-{SILENT}")
        equal(found.of(target),
              dict.fromkeys((OPEN, MUTE, CLOSED), ("unfiltered", "reset"))
              | {SILENT: ("filtered", "no-response")}, f"the states of {target} by -sA")
        for kind in ("-sF", "-sN", "-sX"):
            found = scan(lab, alone, target, kind, "-p", f"{OPEN}-{SILENT}")
            equal(found.of(target),
                  dict.fromkeys((MUTE, CLOSED), ("closed", "reset"))
                  | dict.fromkeys((OPEN, SILENT), ("open|filtered", "no-response")),
                  f"the states of {target} by {kind}")
            equal({record["method"] for record in found.records if record["type"] == "port"},
                  {"packet"}, "how they were asked")


@case(needs=["namespaces"], seconds=60)
def this_host_and_others_in_one_run(lab):
    here, there = lab.namespace("here"), lab.namespace("there")
    namespace.join(here, "cable", there, "cable")
    here.address("cable", "10.52.0.1/24")
    there.address("cable", "10.52.0.2/24")
    for end in (here, there):
        end.set_option("net/ipv4/icmp_ratelimit", 0)
        serve(lab, end, 80, "udp", 53)
    words = ["10.52.0.1-10.52.0.2", "-p", "T:80,81,U:53,54"]
    for kind, by_engine in (("-sS", {"10.52.0.1": "connect", "10.52.0.2": "packet"}),
                            ("-sT", {"10.52.0.1": "connect", "10.52.0.2": "connect"}),
                            ("-sA", {"10.52.0.1": "packet", "10.52.0.2": "packet"})):
        found = scan(lab, here, kind, "-sU", *words)
        equal({record["ip"]: record["method"] for record in found.records
               if record["type"] == "port"}, by_engine, f"who was asked how by {kind}")
        plan = found.records[1]
        equal((plan["engine"], plan.get("connects_to")),
              (by_engine["10.52.0.2"], ["10.52.0.1"] if kind == "-sS" else None),
              f"what the plan says of {kind}")
        for ip in by_engine:
            equal({port: state for port, (state, _) in found.of(ip, "udp").items()},
                  {53: "open", 54: "closed"}, f"UDP of {ip} beside {kind}")
            equal({port: state for port, (state, _) in found.of(ip).items()},
                  dict.fromkeys((80, 81), "unfiltered") if kind == "-sA"
                  else {80: "open", 81: "closed"}, f"TCP of {ip} by {kind}")
        equal([record["ip"] for record in found.records if record["type"] == "host"],
              list(by_engine), "hosts that are told, each once")
    said = lab.patchbay("scan", "-sS", "-sU", *words, "-oN", "table", inside=here)
    for told in (said.err, (lab.folder / "table").read_text()):
        matches(told, r"sked by packet \(syn\), and connect for 10\.52\.0\.1: "
                      r"this host reaches itself by sockets$", "what it says")
    said = lab.patchbay("scan", "-sS", "-sU", *words, "--dry-run", inside=here)
    matches(said.out, r"^engine   packet\n         connect for 10\.52\.0\.1: "
                      r"this host reaches itself by sockets$", "a dry run")
    said = lab.patchbay("scan", "-sT", "-sU", *words, "--dry-run", inside=here)
    lacks(said.out, "packet", "a dry run by connections")


# --- no way ---------------------------------------------------------------------------------------

@case(needs=["namespaces"], seconds=60)
def without_a_route_nothing_of_udp_is_sent(lab):
    alone = lab.namespace("alone")
    found = scan(lab, alone, "198.51.100.1", "2001:db8::1", "-sU", "-p", "53", "-Pn", "--engine",
                 "connect", code=3)
    told = [record["text"] for record in found.records if record["type"] == "warning"]
    matches("\n".join(told), r"198\.51\.100\.1.*route", "what it warns of")
    equal((found.end["complete"], found.end["sent"]), (False, 0), "complete, and what was sent")
    equal(set(found.states.values()), {("filtered", "net-unreach")}, "the states")
    found = scan(lab, alone, "127.0.0.1", "198.51.100.1", "-p", "80", "-Pn", "-sS", code=3)
    equal({ip: said for (ip, _, _), said in found.states.items()},
          {"127.0.0.1": ("closed", "conn-refused"), "198.51.100.1": ("filtered", "net-unreach")},
          "the states of both")
    holds(found.end["elapsed_us"] > 0, f"it took {found.end['elapsed_us']} us")


@case(needs=["namespaces", "nft"], seconds=60)
def an_interface_that_goes_down_closes_no_port_of_udp(lab):
    net = ScanNet(lab)
    net.lift_icmp_limits()
    net.serve([], "udp", 53)
    net.rule("udp dport != 53 drop")
    program = start_scan(lab, net.scanner, address(1), "-sU", "-p", "53,1000-5000", "-Pn",
                         "--engine", "connect", "--max-rate", "1000")
    program.wait_for('"type":"port"', "out")
    net.scanner.ip("link", "set", "router", "down")
    holds(program.wait(60) in (1, 3), f"it ended with {program.wait()}")
    found = Scan(program)
    equal(found.of(address(1), "udp")[53], ("open", "udp-response"), "what was found before")
    holds("closed" not in {state for state, _ in found.states.values()}, "closed ports")
    equal(found.end["complete"], False, "complete")
