"""`patchbay scan`: every state of a port with its reason, by both engines and both families."""

from lib.case import case, contains, equal, holds
from lib.scan import ENGINES, scan
from lib.scan_net import ROUTER, ROUTER6, ScanNet
from lib.scan_scenes import address, quarter

OPEN, CLOSED, SILENT, RESET = 2001, 2002, 2003, 2004
# What a firewall can say instead of an answer: nft's word, the scanner's, and what connect(2) makes
# of it, which is an errno only.
CODES = {
    4: (("net-unreachable", "net-unreach", "net-unreach"),
        ("host-unreachable", "host-unreach", "host-unreach"),
        ("prot-unreachable", "proto-unreach", "proto-unreach"),
        ("port-unreachable", "port-unreach", None),
        ("net-prohibited", "net-prohib", "net-unreach"),
        ("host-prohibited", "host-prohib", "host-unreach"),
        ("admin-prohibited", "admin-prohib", "host-unreach")),
    6: (("no-route", "net-unreach", "net-unreach"),
        ("admin-prohibited", "admin-prohib", "admin-prohib"),
        ("addr-unreachable", "host-unreach", "host-unreach"),
        ("port-unreachable", "port-unreach", None),
        ("policy-fail", "policy-failed", "admin-prohib"),
        ("reject-route", "route-rejected", "admin-prohib")),
}
FIRST_CODE = 2010


def rules_of_states():
    yield f"tcp dport {SILENT} drop"
    yield f"tcp dport {RESET} reject with tcp reset"
    for family, kind, with_ in ((4, "ipv4", "icmp"), (6, "ipv6", "icmpv6")):
        for number, (word, _, _) in enumerate(CODES[family], FIRST_CODE):
            yield f"meta nfproto {kind} tcp dport {number} reject with {with_} type {word}"


def net_of_states(lab):
    net = ScanNet(lab)
    net.lift_icmp_limits()
    net.serve([OPEN])
    net.rule("\n".join(rules_of_states()))
    return net


def expected_states(engine, family):
    """{port: (state, reason)}; connect(2) cannot tell a port-unreachable from a reset."""
    packet = engine == "packet"
    refused = ("closed", "reset" if packet else "conn-refused")
    yield OPEN, ("open", "syn-ack" if packet else "connected")
    yield CLOSED, refused
    yield SILENT, ("filtered", "no-response")
    yield RESET, refused
    for number, (_, said, errno) in enumerate(CODES[family], FIRST_CODE):
        reason = said if packet else errno
        yield number, ("filtered", reason) if reason else refused


@case(needs=["namespaces", "nft"], seconds=60)
def every_state_has_its_reason(lab):
    net = net_of_states(lab)
    for engine in ENGINES:
        for family in (4, 6):
            target = address(7, family)
            expected = dict(expected_states(engine, family))
            found = scan(lab, net.scanner, target, "-p", f"{OPEN}-{max(expected)}", "-Pn",
                         "--engine", engine)
            equal({port: said for port, said in found.of(target).items() if port in expected},
                  expected, f"the states by {engine}, IPv{family}")
            equal(len(found.states), max(expected) - OPEN + 1, "ports that have a state")
            method = {record["method"] for record in found.records if record["type"] == "port"}
            equal(method, {engine}, "how the ports that are told were asked")


@case(needs=["namespaces", "nft"], seconds=60)
def a_router_on_the_way_is_named(lab):
    net = ScanNet(lab)
    net.lift_icmp_limits()
    for far in ("10.54.0.0/16", "fd00:54::/112"):
        net.router.ip("route", "add", "unreachable", far)
    for family, target, by in ((4, "10.54.0.1", ROUTER), (6, "fd00:54::1", ROUTER6)):
        found = scan(lab, net.scanner, target, "-p", "80", "-Pn", "--engine", "packet")
        state, reason = found.of(target)[80]
        equal(state, "filtered", f"the state behind the router, IPv{family}")
        contains(("host-unreach", "net-unreach"), reason, f"the reason, IPv{family}")
        told = [record for record in found.records if record["type"] == "port"]
        equal([record["reason_ip"] for record in told], [by], f"who said so, IPv{family}")


@case(needs=["namespaces", "nft"], seconds=60)
def a_hop_limit_that_runs_out_is_told(lab):
    net = ScanNet(lab)
    net.lift_icmp_limits()
    net.serve([OPEN])
    net.rule_router(f"tcp dport {CLOSED} ip ttl set 1\ntcp dport {CLOSED} ip6 hoplimit set 1")
    for family in (4, 6):
        target = address(1, family)
        found = scan(lab, net.scanner, target, "-p", f"{OPEN},{CLOSED}", "-Pn", "--engine",
                     "packet")
        equal(found.of(target), {OPEN: ("open", "syn-ack"), CLOSED: ("filtered", "time-exceeded")},
              f"the states, IPv{family}")


@case(needs=["namespaces", "nft"], seconds=60)
def errors_that_are_held_back_change_no_state(lab):
    """A Linux host sends one ICMP error a second to anybody: the other ports stay silent."""
    net = ScanNet(lab)
    net.serve([OPEN])
    net.rule("tcp dport 3000-3059 reject with icmpx admin-prohibited")
    for engine in ENGINES:
        for family in (4, 6):
            target = address(1, family)
            found = scan(lab, net.scanner, target, "-p", f"{OPEN},3000-3059", "-Pn", "--engine",
                         engine).of(target)
            equal({port: state for port, (state, _) in found.items()},
                  {OPEN: "open"} | dict.fromkeys(range(3000, 3060), "filtered"),
                  f"the states by {engine}, IPv{family}")


@case(needs=["namespaces", "nft"], seconds=60)
def udp_ports_answer_refuse_or_say_nothing(lab):
    net = ScanNet(lab)
    net.lift_icmp_limits()
    net.serve([], "udp", OPEN, 53)
    # Errors come from the host itself only when it has the address, in IPv6.
    net.targets.address("lo", f"{address(1, 6)}/128")
    net.rule(f"udp dport {SILENT} drop\nudp dport {RESET} reject with icmpx admin-prohibited")
    for family in (4, 6):
        target = address(1, family)
        found = scan(lab, net.scanner, target, "-sU", "-Pn", "-p",
                     f"53,{OPEN},{CLOSED},{SILENT},{RESET}")
        equal(found.of(target, "udp"),
              {53: ("open", "udp-response"), OPEN: ("open", "udp-response"),
               CLOSED: ("closed", "port-unreach"), SILENT: ("open|filtered", "no-response"),
               RESET: ("filtered", "admin-prohib")}, f"the states, IPv{family}")


@case(needs=["namespaces"], seconds=60)
def who_answers_from_another_port_is_open_where_it_was_asked(lab):
    """TFTP always does, SSDP mostly. Of other services it would be somebody else's word."""
    net = ScanNet(lab)
    net.lift_icmp_limits()
    net.serve([], "elsewhere", r"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n", 1900,
              "elsewhere", r"\0\5\0\1no such file\0", 69,
              "elsewhere", r"\0\0\x80\0", 53)
    for family in (4, 6):
        found = scan(lab, net.scanner, address(1, family), "-sU", "-Pn", "-p", "53,69,1900")
        equal(found.of(address(1, family), "udp"),
              {53: ("open|filtered", "no-response"), 69: ("open", "udp-response"),
               1900: ("open", "udp-response")}, f"the states, IPv{family}")
        holds(found.end["foreign"] > 0, f"nothing foreign was counted: {found.end}")


@case(needs=["namespaces", "nft"], seconds=60)
def an_ack_finds_what_a_firewall_keeps_away(lab):
    net = net_of_states(lab)
    for family in (4, 6):
        target = address(1, family)
        prohibited = FIRST_CODE + [word for word, _, _ in CODES[family]].index("admin-prohibited")
        found = scan(lab, net.scanner, target, "-sA", "-Pn", "-p",
                     f"{OPEN}-{SILENT},{prohibited}")
        equal(found.of(target),
              {OPEN: ("unfiltered", "reset"), CLOSED: ("unfiltered", "reset"),
               SILENT: ("filtered", "no-response"), prohibited: ("filtered", "admin-prohib")},
              f"the states, IPv{family}")


@case(needs=["namespaces", "nft"], seconds=60)
def fin_null_and_xmas_tell_closed_from_silent(lab):
    net = net_of_states(lab)
    for kind in ("-sF", "-sN", "-sX"):
        target = address(1)
        found = scan(lab, net.scanner, target, kind, "-Pn", "-p", f"{OPEN}-{SILENT}")
        equal(found.of(target),
              {OPEN: ("open|filtered", "no-response"), CLOSED: ("closed", "reset"),
               SILENT: ("open|filtered", "no-response")}, f"the states by {kind}")


@case(needs=["namespaces", "nft"], seconds=60)
def hosts_are_found_without_their_ports(lab):
    """Of each four hosts in a row one drops all that comes."""
    net = ScanNet(lab)
    net.rule(quarter(2, "drop"))
    for family, net_words in ((4, f"{address(0)}/28"), (6, f"{address(0, 6)}/124")):
        found = scan(lab, net.scanner, "-sn", net_words)
        up = {record["ip"] for record in found.records if record["type"] == "host"
              and record["state"] == "up"}
        equal(up, {address(number, family) for number in range(16) if number & 3 != 2},
              f"who is up, IPv{family}")
        equal((found.end["hosts"], found.end["hosts_up"]), (16, 12), "the totals")


@case(needs=["namespaces", "nft"], seconds=60)
def hosts_that_are_down_have_no_ports_unless_asked(lab):
    net = ScanNet(lab)
    net.serve([80])
    net.rule(quarter(2, "drop"))
    found = scan(lab, net.scanner, f"{address(0)}/29", "-p", "80,81")
    equal({ip for ip, _, _ in found.states}, {address(number) for number in (0, 1, 3, 4, 5, 7)},
          "hosts with ports")
    found = scan(lab, net.scanner, f"{address(0)}/29", "-p", "80,81", "-Pn")
    silent = found.of(address(2))
    equal(silent, {80: ("filtered", "no-response"), 81: ("filtered", "no-response")},
          "the ports of a silent host with -Pn")
    holds(found.open() == {(address(number), 80) for number in (0, 1, 3, 4, 5, 7)},
          f"open: {found.open()}")
