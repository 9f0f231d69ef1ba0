"""`patchbay scan` where something runs out, here or on the way: slower, and never a wrong state."""

import subprocess

from lib import scan_scenes
from lib.case import case, equal, holds
from lib.scan import ENGINES, Scan, expect_truth, scan_scene
from lib.scan_net import load, of_scene
from lib.scan_truth import judge


def small_scene():
    return scan_scenes.one_host(scan_scenes.spread(20, "1-4000"), "1-4000",
                                dropped=range(500, 4000, 640))


def expect_nothing_false(scene, found):
    """Ports that answer may be called silent, and no port has a state that is another's."""
    holds(found.program.wait() in (0, 3), f"it ended with {found.program.wait()}")
    told = judge(scene, found.states)
    equal(told.false_open, 0, f"ports that are falsely open: {told}")
    equal({target: said for target, said in found.states.items()
           if said[0] == "closed" and scene.true_state(target) != "closed"}, {},
          "what is falsely closed")


@case(needs=["namespaces", "nft", "bash"], seconds=120)
def few_descriptors_make_it_slower_and_nothing_else(lab):
    scene = small_scene()
    net = of_scene(lab, scene)
    script = 'ulimit -n 256; exec "$0" scan "$@" --json'
    program = lab.run("bash", "-c", script, lab.binary, scene.hosts, "-p", scene.ports, "-Pn",
                      "--engine", "connect", inside=net.scanner, seconds=60)
    expect_truth(scene, Scan(program))


@case(needs=["namespaces", "nft", "bash"], seconds=120)
def descriptors_that_others_hold_are_waited_for_or_said_to_be_lacking(lab):
    """Hardly any is left: then there is a warning, and no port has a wrong state."""
    scene = scan_scenes.one_host((7, 70), "1-300")
    net = of_scene(lab, scene)
    script = ('exec 20</dev/null 21</dev/null 22</dev/null; ulimit -n 24; '
              'exec "$0" scan "$@" --json')
    program = lab.run("bash", "-c", script, lab.binary, scene.hosts, "-p", scene.ports, "-Pn",
                      "--engine", "connect", inside=net.scanner, seconds=90, code=None)
    holds(program.wait() in (0, 3), f"it ended with {program.wait()}: {program.err}")
    expect_truth(scene, Scan(program))


@case(needs=["namespaces", "nft", "tc"], seconds=120)
def a_queue_that_is_full_is_no_state(lab):
    """The kernel refuses packets (ENOBUFS) or drops them: those are sent again."""
    scene = small_scene()
    net = of_scene(lab, scene)
    made = subprocess.run(net.scanner.command(
        ["tc", "qdisc", "add", "dev", "router", "root", "tbf", "rate", "4mbit", "burst", "3000",
         "limit", "4000"]), capture_output=True, text=True, timeout=10)
    equal(made.returncode, 0, f"tc: {made.stderr}")
    found = scan_scene(lab, net, scene, "packet")
    expect_truth(scene, found)
    holds(found.end["shortages"] > 0, f"no shortage was counted: {found.end}")
    # By sockets nobody hears of it: SYNs are lost, and it may be too many of them.
    found = scan_scene(lab, net, scene, "connect", code=None)
    expect_nothing_false(scene, found)
    holds(judge(scene, found.states).right or not found.end["complete"],
          f"missed, and not a word of it: {found.end}")


@case(needs=["namespaces", "nft"], seconds=180)
def a_full_table_of_connections_on_the_way_makes_no_state_false(lab):
    """A router that keeps track of 200 connections and drops what would be one more: each try meets
    the same table, so what is missed looks silent, and the scan does not know it (docs/scan.md)."""
    scene = scan_scenes.one_host(scan_scenes.spread(10, "1-1500"), "1-1500",
                                 dropped=range(1001, 1501))
    net = of_scene(lab, scene)
    net.router.set_option("net/netfilter/nf_conntrack_tcp_timeout_syn_sent", 1)
    load(net.router, "table ip full {\nchain way {\ntype filter hook forward priority 0\n"
                     "ct state new ct count over 200 drop\n}\n}\n")
    for engine in ENGINES:
        found = scan_scene(lab, net, scene, engine, code=None, seconds=90)
        expect_nothing_false(scene, found)
