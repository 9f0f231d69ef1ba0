"""The network of a scene: scanner, router and targets, three namespaces in a row.

    scanner 10.49.1.2 ── 10.49.1.1 router 10.49.2.1 ── 10.49.2.2 targets
                                                       10.50.0.0/16 and fd00:50::/112, all of them

Between scanner and router is a cable, or the link of `patchbay lab link` with its own addresses.
Everything goes with the case that made it.
"""

import pathlib
import subprocess
import sys

from lib import namespace
from lib.scan_scenes import NETWORK, NETWORK6
from lib.wan import RIGHT, RIGHT6, Wan

LISTENERS = pathlib.Path(__file__).parent.parent / "peers" / "listeners.py"
SCANNER, SCANNER6 = "10.49.1.2", "fd00:49:1::2"
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


class ScanNet:
    """`scanner`, `router` and `targets` are namespaces; `link` is the WAN link or None."""

    def __init__(self, lab, link=()):
        self._lab = lab
        self._programs = []
        self.scanner, self.router, self.targets = (
            lab.namespace(label) for label in ("scanner", "router", "targets"))
        self.router.forward()
        self.link = self._far(link) if link else self._near()
        namespace.join(self.router, "targets", self.targets, "router")
        _addresses(self.router, "targets", "10.49.2.1/24", "fd00:49:2::1/64")
        _addresses(self.targets, "router", "10.49.2.2/24", "fd00:49:2::2/64")
        for net, via in ((NETWORK, "10.49.2.2"), (NETWORK6, "fd00:49:2::2")):
            self.router.route(net, "via", via)
            self.targets.ip("route", "add", "local", net, "dev", "lo")
        self.targets.route("default", "via", "10.49.2.1")
        self.targets.ip("-6", "route", "add", "default", "via", "fd00:49:2::1")
        for option in ("core/somaxconn", "ipv4/tcp_max_syn_backlog"):
            self.targets.set_option(f"net/{option}", _BACKLOG)

    def _near(self):
        namespace.join(self.scanner, "router", self.router, "scanner")
        _addresses(self.scanner, "router", f"{SCANNER}/24", f"{SCANNER6}/64")
        _addresses(self.router, "scanner", f"{ROUTER}/24", f"{ROUTER6}/64")
        self.scanner.route("default", "via", ROUTER)
        self.scanner.ip("-6", "route", "add", "default", "via", ROUTER6)

    def _far(self, flags):
        link = Wan(self._lab, self.scanner, self.router, *flags)
        self.scanner.route("default", "via", RIGHT)
        self.scanner.ip("-6", "route", "add", "default", "via", RIGHT6)
        return link

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
        for end in (self.router, self.targets):
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
        for end in (self.scanner, self.router, self.targets):
            end.close()


def of_scene(lab, scene):
    """The network of a scene, ready to be scanned."""
    net = ScanNet(lab, scene.link)
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


def _addresses(end, device, *addresses):
    for address in addresses:
        end.address(device, address)
