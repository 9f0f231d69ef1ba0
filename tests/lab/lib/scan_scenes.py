"""Networks to scan, and what is true of each of their ports.

A scene is data: ScanNet (scan_net.py) makes the network of it, the lab and the benchmark compare
what a scanner said with its truth. Nothing but Python's own library is needed here.
"""

import functools
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, replace

# All of these are local in the targets' namespace: one listener answers for each of them.
NETWORK, NETWORK6 = "10.50.0.0/16", "fd00:50::/112"
_FIRST, _FIRST6 = (int(ipaddress.ip_network(net)[0]) for net in (NETWORK, NETWORK6))

EVERY_PORT = "1-65535"


@functools.cache
def address(number, family=4):
    """The address of a host by its number, from 0."""
    first, kind = (_FIRST, ipaddress.IPv4Address) if family == 4 else (_FIRST6,
                                                                       ipaddress.IPv6Address)
    return str(kind(first + number))


@functools.cache
def number_of(text):
    """The number of the host that has this address."""
    value = ipaddress.ip_address(text)
    return int(value) - (_FIRST if value.version == 4 else _FIRST6)


def numbers_of(ports):
    """"1-3,7" as 1, 2, 3, 7."""
    for part in str(ports).split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


@dataclass(frozen=True)
class Scene:
    """`truth(host, port)` is the state of a TCP port of a host, by the host's number, as a SYN
    finds it. `rules` and `answers` are of nft, for what arrives at the targets and for what they
    send."""

    hosts: str          # what is scanned
    host_count: int
    ports: str          # of each of them
    open: tuple         # who listens
    truth: Callable
    rules: str = ""
    answers: str = ""
    lose: tuple = ()    # (end, one in so many): of what comes to the router from this end
    link: tuple = ()    # flags of `lab link` between scanner and router; () is a cable
    icmp_limits: bool = True  # those that a kernel has unless it is told otherwise
    first_host: int = 0
    family: int = 4

    def targets(self):
        """Every (address, "tcp", port)."""
        ports = list(numbers_of(self.ports))
        for host in range(self.first_host, self.first_host + self.host_count):
            yield from ((address(host, self.family), "tcp", port) for port in ports)

    def target_count(self):
        return self.host_count * sum(1 for _ in numbers_of(self.ports))

    def true_state(self, target):
        return self.truth(number_of(target[0]), target[2])


def ports_of_nft(ports):
    return "{ " + ", ".join(map(str, ports)) + " }"


def one_host(open_ports, ports=EVERY_PORT, dropped=(), rejected=(), **how):
    """A host that listens on some ports, drops or rejects what comes to others, and says of the
    rest that they are closed."""
    states = (dict.fromkeys(open_ports, "open")
              | dict.fromkeys([*dropped, *rejected], "filtered"))
    rules = how.pop("rules", "")
    if dropped:
        rules += f"tcp dport {ports_of_nft(dropped)} drop\n"
    if rejected:
        rules += f"tcp dport {ports_of_nft(rejected)} reject with icmpx admin-prohibited\n"
    return Scene(hosts=address(1), first_host=1, host_count=1, ports=ports, open=tuple(open_ports),
                 truth=lambda _host, port: states.get(port, "closed"), rules=rules, **how)


def in_ipv6(scene):
    """The same network by its other addresses."""
    first = address(scene.first_host, 6)
    length = 128 - (scene.host_count - 1).bit_length()
    return replace(scene, hosts=first if length == 128 else f"{first}/{length}", family=6)


def bare(ports=EVERY_PORT):
    """A host on which nobody listens, until somebody is started there."""
    return one_host((), ports)


# --- the scenes of the table of issue 5 -----------------------------------------------------------

def answering(open_count=20, ports=EVERY_PORT, **how):
    """Every port answers."""
    return one_host(spread(open_count, ports), ports, **how)


def lossy():
    """2 % of what is sent to the host is lost, 101 of its ports are silent, 11 are rejected."""
    return one_host(spread(20), dropped=range(500, 65000, 640), rejected=range(777, 65000, 5900),
                    lose=(("scanner", 50),))


def firewall():
    """All but three ports are silent."""
    open_ports = (22, 443, 50_000)
    return Scene(hosts=address(1), first_host=1, host_count=1, ports=EVERY_PORT, open=open_ports,
                 truth=lambda _host, port: "open" if port in open_ports else "filtered",
                 rules=f"tcp dport != {ports_of_nft(open_ports)} drop\n")


def many_hosts(bits=4, open_count=12, ports=EVERY_PORT):
    """2^bits hosts of which every port answers."""
    open_ports = spread(open_count, ports)
    states = dict.fromkeys(open_ports, "open")
    return Scene(hosts=f"{address(0)}/{32 - bits}", host_count=1 << bits, ports=ports,
                 open=open_ports, truth=lambda _host, port: states.get(port, "closed"))


QUARTERS = ("open", "closed", "filtered", "filtered")


def quarter(number, what):
    """nft rules for one of each four hosts in a row. Only for hosts of the network: what comes for
    the targets' own addresses finds the way to them."""
    return (f"ip daddr {NETWORK} ip daddr & 0.0.0.3 == 0.0.0.{number} {what}\n"
            f"ip6 daddr {NETWORK6} ip6 daddr & ::3 == ::{number} {what}\n")


def quarters(bits=16, ports="80,443,8080", listens_on=None, **how):
    """2^bits hosts: of each four in a row one is open, one closed, one drops, one rejects. The open
    one listens on all of the ports, or on some."""
    open_ports = set(numbers_of(listens_on or ports))

    def truth(host, port):
        return QUARTERS[host & 3] if host & 3 or port in open_ports else "closed"

    return Scene(hosts=f"{address(0)}/{32 - bits}", host_count=1 << bits, ports=ports,
                 open=tuple(sorted(open_ports)), truth=truth,
                 # What is open at a host of the first quarter is closed at one of the second.
                 rules=(quarter(1, "meta l4proto tcp reject with tcp reset") + quarter(2, "drop")
                        + quarter(3, "reject with icmpx admin-prohibited")),
                 **({"icmp_limits": False} | how))


def far(loss, *more, ports=EVERY_PORT, open_count=2000, delay="10ms", seed=1):
    """A host that answers for all ports, at the other end of a link that loses each way."""
    return answering(open_count, ports, link=(
        "--delay", delay, "--loss", loss, "--seed", str(seed), *more))


def losing(one_in, open_count):
    """A host that answers for all ports, behind a cable that loses one in so many packets each
    way."""
    return answering(open_count, lose=(("scanner", one_in), ("targets", one_in)))


def limited(ports="1-1000", open_count=10, rate=200, burst=None):
    """A host that sends so many resets in a second and no more, as FreeBSD does by default; as many
    at once, unless it saves up fewer."""
    return answering(open_count, ports, answers=(
        f"tcp flags & rst == rst limit rate over {rate}/second burst {burst or rate} packets drop\n"
    ))


def throttled(ports="1-500", open_count=5, rate=50):
    """A host that looks at so many SYNs a second from anybody, and drops the others."""
    return answering(open_count, ports, rules=(
        f"tcp flags & (syn | ack) == syn limit rate over {rate}/second drop\n"))


def spread(count, ports=EVERY_PORT):
    """So many of the ports, from the first one on at equal distances."""
    every = list(numbers_of(ports))
    return tuple(every[number * len(every) // count] for number in range(count))
