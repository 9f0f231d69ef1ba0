"""The lab itself: what it leaves, and what it leaves alone."""

import os
import pathlib
import signal
import subprocess
import sys

from lib import namespace, owner
from lib.case import Lab, case, contains, equal, holds, lacks, matches
from lib.waiting import until

HERE = pathlib.Path(__file__).parent

# A run of the lab that makes one of each thing, says so, and is killed.
KILLED = """
import os, pathlib, sys, tempfile
sys.path.insert(0, sys.argv[1])
from lib import namespace, owner, process
folder = pathlib.Path(tempfile.mkdtemp(prefix=owner.MARK + "-"))
made = namespace.Namespace("left")
inside = process.Program("inside", made.command(["sleep", "600"]), folder)
# It leaves its process group, as daemons do.
strayed = process.Program("strayed", ["setsid", "sleep", "600"], folder)
link = process.Program("link", [sys.argv[2], "lab", "link", made.name, sys.argv[3]], folder)
link.wait_for("198.18.0.1", "out")
print(folder, made.name, inside.pid, strayed.pid, link.pid, flush=True)
sys.stdin.read()
"""


@case(needs=["tun"])
def a_killed_run_is_cleared_away_and_nothing_else(lab):
    own = lab.namespace("own")
    own_program = lab.start("sleep", "600", inside=own)
    foreign = f"{owner.PREFIX}x-{os.getpid()}-1"
    namespace.ip("netns", "add", foreign)
    foreign_program = subprocess.Popen(namespace_command(foreign, "sleep", "600"))
    try:
        # In an environment without this run's mark, as a run of its own has.
        killed = subprocess.Popen(
            [sys.executable, "-c", KILLED, HERE, lab.binary, own.name], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        folder, name, *pids = killed.stdout.readline().split()
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        contains(namespace.ip("netns", "list"), name, "the namespaces after the kill")

        owner.remove_left_overs()

        names = namespace.ip("netns", "list")
        lacks(names, name, "the namespaces afterwards")
        contains(names, own.name, "the namespaces afterwards")
        contains(names, foreign, "the namespaces afterwards")
        holds(not pathlib.Path(folder).exists(), f"{folder} is still there")
        for pid in pids:
            until(lambda: owner.started_at(pid) is None, f"the end of {pid}")
        holds(not own_program.ended, "a program of this run was ended")
        until(lambda: "lab0" not in own.ip("-o", "link"), "the end of the link")
        equal(foreign_program.poll(), None, "the exit code of a stranger's program")
        holds(lab.folder.is_dir(), "the folder of this run is gone")
    finally:
        foreign_program.kill()
        foreign_program.wait()
        namespace.ip("netns", "delete", foreign)


def namespace_command(name, *words):
    return ["ip", "netns", "exec", name, *words]


@case()
def names_of_the_living_are_no_left_overs(lab):
    holds(not owner.is_left_over(f"{owner.MARK}-here"), "this run is taken for a dead one")
    alive = f"{owner.PREFIX}-{os.getpid()}-1"
    holds(owner.is_left_over(alive), "the same process id, started at another moment")
    for name in ("pblab", "pblab-1", "pblab-x-1-left", "apblab-1-1", "", "pblab-1-1x"):
        holds(not owner.is_left_over(name), f"{name!r} is taken for a name of the lab's")


@case(needs=["namespaces"])
def the_host_sees_no_link_of_the_lab(lab):
    before = namespace.ip("-o", "link")
    left, right = lab.namespace("left"), lab.namespace("right")
    namespace.join(left, "cable", right, "cable")
    lacks(namespace.ip("-o", "link"), "cable", f"the links of the host, which were {before}")


@case(needs=["bash"])
def all_that_a_program_started_ends_with_it(lab):
    shell = lab.start("bash", "-c", "sleep 600 & setsid sleep 600 & echo ready; wait")
    shell.wait_for("ready", "out")
    holds(isinstance(lab, Lab), "no lab")
    until(lambda: len([pid for pid, mark in owner.programs() if mark == owner.MARK]) >= 3,
          "all three")
    owner.end_programs(lambda mark: mark == owner.MARK)
    equal([pid for pid, mark in owner.programs() if mark == owner.MARK], [], "what is left")


def three_hosts_on_a_switch(lab):
    switch = lab.namespace("switch")
    hosts = [lab.namespace(name) for name in "abc"]
    for number, host in enumerate(hosts, 1):
        namespace.join(host, "cable", switch, f"port{number}")
        host.address("cable", f"10.99.0.{number}/24")
    switch.bridge("switch", "port1", "port2", "port3")
    return hosts


@case(needs=["namespaces", "ping"])
def a_bridge_joins_more_than_two(lab):
    a, b, c = three_hosts_on_a_switch(lab)
    for host, address in ((a, "10.99.0.3"), (b, "10.99.0.1"), (c, "10.99.0.2")):
        lab.run("ping", "-n", "-c", "1", "-W", "5", address, inside=host)


@case(needs=["namespaces", "ping"])
def a_router_stands_between_two(lab):
    left, router, right = (lab.namespace(name) for name in ("left", "router", "right"))
    namespace.join(left, "cable", router, "to-left")
    namespace.join(right, "cable", router, "to-right")
    for end, device, net in ((left, "to-left", "10.98.1"), (right, "to-right", "10.98.2")):
        end.address("cable", f"{net}.2/24")
        router.address(device, f"{net}.1/24")
        end.route("default", "via", f"{net}.1")
    router.forward()
    said = lab.run("ping", "-n", "-c", "1", "-W", "5", "10.98.2.2", inside=left).out
    contains(said, "ttl=63", "what ping says")


@case(needs=["namespaces", "nft", "ping"])
def a_cable_can_lose_by_chance(lab):
    a, b = lab.namespace("a"), lab.namespace("b")
    namespace.join(a, "cable", b, "cable")
    a.address("cable", "10.99.0.1/24")
    b.address("cable", "10.99.0.2/24")
    lab.run("ping", "-n", "-c", "1", "-W", "5", "10.99.0.2", inside=a)  # they know each other
    b.lose("cable", one_in=4)
    said = lab.run("ping", "-n", "-q", "-f", "-c", "1000", "-W", "1", "10.99.0.2", inside=a,
                   code=None, seconds=20).out
    share = float(matches(said, r"([\d.]+)% packet loss", "what ping says")[1])
    holds(18 <= share <= 32, f"{share} % lost, not one in four")
