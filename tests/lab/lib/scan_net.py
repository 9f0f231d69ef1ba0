"""The network of a scene: scanner, router and targets, three namespaces in a row.

    scanner 10.49.1.2 ── 10.49.1.1 router 10.49.2.1 ── 10.49.2.2 targets, which are
                                                       all of 10.50.0.0/16 and fd00:50::/112

Between scanner and router is a cable, or the link of `patchbay lab link` with its own addresses.
Everything goes with the case that made it.
"""

import json
import pathlib
import subprocess
import sys

from lib import namespace
from lib.scan_scenes import NETWORK, NETWORK6
from lib.wan import RIGHT, RIGHT6, Wan

LISTENERS = pathlib.Path(__file__).parent.parent / "peers" / "listeners.py"
ROUTER, ROUTER6 = "10.49.1.1", "fd00:49:1::1"  # as the scanner sees it
_BACKLOG = 65_535
_READY_WITHIN = 30

# For nft: what each table may hold.
_RULES = """
table inet scene {{
  chain arriving {{
    type filter hook input priority 0; policy accept;
    {rules}
  }}
  chain answers {{
    type filter hook output priority 0; policy accept;
    {answers}
  }}
}}
"""

# Notes which ports a SYN has come for.
_ASKED = """
table inet asked {{
  set ports {{ type inet_service; flags dynamic; size 65535; }}
  chain arriving {{
    type filter hook prerouting priority -300;
    ip daddr {host} tcp flags & (syn | ack) == syn add @ports {{ tcp dport }}
  }}
}}
"""


class ScanNet:
    """`scanner`, `router` and `targets` are namespaces; `link` is the WAN link or None. A `direct`
    one has no router: a cable from the scanner to the targets, where nothing can be lost."""

    def __init__(self, lab, link=(), direct=False):
        self._lab = lab
        self._programs = []
        self.scanner, self.targets = lab.namespace("scanner"), lab.namespace("targets")
        self.router = None if direct else lab.namespace("router")
        self.link = None
        if direct:
            _cable(self.scanner, "targets", self.targets, "scanner", 1)
            _default_route(self.scanner, "10.49.1.2", "fd00:49:1::2")
        else:
            self._put_router_between(link)
        for net in (NETWORK, NETWORK6):
            self.targets.ip("route", "add", "local", net, "dev", "lo")
        for option in ("core/somaxconn", "ipv4/tcp_max_syn_backlog"):
            self.targets.set_option(f"net/{option}", _BACKLOG)

    def _put_router_between(self, link):
        self.router.forward()
        if link:
            self.link = Wan(self._lab, self.scanner, self.router, *link)
            _default_route(self.scanner, RIGHT, RIGHT6)
        else:
            _cable(self.router, "scanner", self.scanner, "router", 1)
            _default_route(self.scanner, ROUTER, ROUTER6)
        _cable(self.router, "targets", self.targets, "router", 2)
        self.router.route(NETWORK, "via", "10.49.2.2")
        self.router.route(NETWORK6, "via", "fd00:49:2::2")
        _default_route(self.targets, "10.49.2.1", "fd00:49:2::1")

    def serve(self, ports, *words):
        """Listeners on all addresses of the targets (peers/listeners.py): TCP ports that accept and
        close at once; further words for other kinds."""
        program = self._lab.start(sys.executable, LISTENERS, *ports, *words, inside=self.targets)
        self._programs.append(program)
        program.wait_for("ready", "out", _READY_WITHIN)
        return program

    def rule(self, rules="", answers=""):
        """From now on the targets' firewall: for what arrives and for what they send."""
        # Named first, so that it is there to be deleted.
        load(self.targets, "table inet scene\ndelete table inet scene\n"
                           + _RULES.format(rules=rules, answers=answers))

    def rule_router(self, rules):
        """Of the router, for what it forwards, before it looks for the way."""
        load(self.router, "table inet way {\nchain way {\n"
                          f"type filter hook prerouting priority -300\n{rules}\n}}\n}}\n")

    def lose(self, end, one_in):
        """One in so many packets that come to the router from this end is lost."""
        self.router.lose(end, one_in)

    def lift_icmp_limits(self):
        """The targets and the router send as many ICMP errors as there is reason to."""
        for end in filter(None, (self.router, self.targets)):
            end.set_option("net/ipv4/icmp_ratelimit", 0)
            end.set_option("net/ipv6/icmp/ratelimit", 0)
            # Of each namespace since Linux 6.12; before that it is the machine's, and not ours.
            for option in ("icmp_msgs_per_sec", "icmp_msgs_burst"):
                end.try_option(f"net/ipv4/{option}", 100_000_000)


    def close(self):
        """Its end before that of the case, so that there can be another."""
        if self.link:
            self.link.close()
        for program in self._programs:
            program.close()
        for end in filter(None, (self.scanner, self.router, self.targets)):
            end.close()


def of_scene(lab, scene, direct=False):
    """The network of a scene, ready to be scanned."""
    net = ScanNet(lab, scene.link, direct)
    if scene.open:
        net.serve(scene.open)
    if scene.rules or scene.answers:
        net.rule(scene.rules, scene.answers)
    for end, one_in in scene.lose:
        net.lose(end, one_in)
    if not scene.icmp_limits:
        net.lift_icmp_limits()
    return net


def load(inside, rules):
    """Gives nft rules to a namespace."""
    done = subprocess.run(inside.command(["nft", "-f", "-"]), input=rules, text=True,
                          capture_output=True, timeout=30)
    if done.returncode != 0:
        raise RuntimeError(f"nft: {done.stderr.strip()} for\n{rules}")


def noted(net, name):
    """What is in that set of the table `asked` of the targets."""
    said = subprocess.run(net.targets.command(["nft", "-j", "list", "set", "inet", "asked", name]),
                          capture_output=True, text=True, check=True, timeout=30).stdout
    [found] = [one["set"] for one in json.loads(said)["nftables"] if "set" in one]
    return set(found.get("elem", []))


def asked_ports(net):
    """Since note_ports() was called."""
    return noted(net, "ports")


def note_ports(net, host):
    """From now on the targets note which ports of the host are asked by TCP, afresh."""
    load(net.targets, "table inet asked\ndelete table inet asked\n" + _ASKED.format(host=host))


def _cable(left, left_device, right, right_device, number):
    """With addresses of its own: 10.49.NUMBER.1 is the left one."""
    namespace.join(left, left_device, right, right_device)
    for end, device, last in ((left, left_device, 1), (right, right_device, 2)):
        end.address(device, f"10.49.{number}.{last}/24")
        end.address(device, f"fd00:49:{number}::{last}/64")


def _default_route(end, via, via6):
    end.route("default", "via", via)
    end.ip("-6", "route", "add", "default", "via", via6)
