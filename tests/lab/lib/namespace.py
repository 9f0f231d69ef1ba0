"""Network namespaces of the lab: made here, with links and routes, and gone at the end.

Each carries the mark of its run in its name (see owner.py). Links are made inside the namespaces,
so that they go with them and the host never sees one.
"""

import functools
import os
import shutil
import subprocess

from lib import owner


def ip(*words):
    command = ["ip", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


@functools.cache
def why_not():
    """Why there can be no namespaces here; nothing when there can."""
    if os.geteuid() != 0:
        return "network namespaces need root, and there are no user namespaces here"
    if shutil.which("ip") is None:
        return "there is no ip(8)"
    probe = f"{owner.MARK}-probe"
    try:
        ip("netns", "add", probe)
        ip("netns", "delete", probe)
    except RuntimeError as error:
        return f"no network namespaces: {error}"
    return None


def why_no_tun():
    """Why there can be no TUN device here; nothing when there can."""
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        return f"/dev/net/tun: {error.strerror}"
    return None


class Namespace:
    """A network of its own, with nothing but a loopback until it is given links."""

    def __init__(self, label):
        self.name = f"{owner.MARK}-{label}"
        self._there = True
        ip("netns", "add", self.name)
        # No duplicate address detection: addresses can be used at once.
        for scope in ("all", "default"):
            self.set_option(f"net/ipv6/conf/{scope}/accept_dad", 0)
        self.ip("link", "set", "lo", "up")

    def command(self, words):
        """The same command, inside."""
        return ["ip", "netns", "exec", self.name, *words]

    def ip(self, *words):
        return ip("-n", self.name, *words)

    def set_option(self, path, value):
        script = f"echo {value} > /proc/sys/{path}"
        subprocess.run(self.command(["sh", "-c", script]), check=True, timeout=10)

    def try_option(self, path, value):
        """Likewise, where the namespace has such an option; whether it has."""
        script = f"echo {value} > /proc/sys/{path}"
        return subprocess.run(self.command(["sh", "-c", script]), capture_output=True,
                              timeout=10).returncode == 0

    def address(self, device, address):
        self.ip("address", "add", address, "dev", device,
                *(["nodad"] if ":" in address else []))

    def route(self, target, *how):
        self.ip("route", "add", target, *how)

    def forward(self):
        """Makes it a router."""
        self.set_option("net/ipv4/ip_forward", 1)
        self.set_option("net/ipv6/conf/all/forwarding", 1)

    def bridge(self, name, *devices):
        """A switch of which these devices are the ports."""
        self.ip("link", "add", name, "type", "bridge")
        self.ip("link", "set", name, "up")
        for device in devices:
            self.ip("link", "set", device, "master", name)

    def lose(self, device, one_in):
        """From now on one in so many packets that arrive at the device is dropped, by chance: loss
        at the full speed of a cable."""
        rules = (f"table netdev loss_{device} {{\nchain arriving {{\n"
                 f"type filter hook ingress device {device} priority 0\n"
                 f"numgen random mod {one_in} == 0 counter drop\n}}\n}}\n")
        subprocess.run(self.command(["nft", "-f", "-"]), input=rules, text=True, check=True,
                       timeout=10)

    def close(self):
        """Its end; once is enough."""
        if self._there:
            self._there = False
            ip("netns", "delete", self.name)


def join(left, left_device, right, right_device):
    """A cable: a veth pair with one end in each namespace, both up."""
    ip("-n", left.name, "link", "add", left_device, "type", "veth",
       "peer", "name", right_device, "netns", right.name)
    left.ip("link", "set", left_device, "up")
    right.ip("link", "set", right_device, "up")
