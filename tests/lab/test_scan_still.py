"""`patchbay scan` over a link that repeats, reorders, stands still for a while, or goes dark:
silence of everybody is no state of a port."""

import signal
import time

from lib import scan_scenes
from lib.case import case, equal, holds, matches
from lib.scan import ENGINES, Scan, expect_truth, scan_scene, start_scan
from lib.scan_net import of_scene
from lib.scan_truth import judge

STANDSTILL = 2  # seconds; two tries and the wait at the end take less than one


def begin(lab, net, scene, engine, *words):
    """A scan that has found something and has a second to go."""
    program = start_scan(lab, net.scanner, scene.hosts, "-p", scene.ports, "-Pn", "--engine",
                         engine, "--max-rate", "4000", *words)
    program.wait_for('"type":"port"', "out")
    return program


@case(needs=["tun", "nft"], seconds=120)
def packets_that_come_twice_and_in_any_order_change_nothing(lab):
    """Also where the link has to wait for its turn, as on a busy machine."""
    scene = scan_scenes.answering(200, "1-4000", link=(
        "--delay", "10ms", "--jitter", "5ms", "--duplicate", "2%", "--reorder", "10%", "--seed",
        "1"))
    net = of_scene(lab, scene)
    for engine in ENGINES:
        found = scan_scene(lab, net, scene, engine)
        expect_truth(scene, found)
        if engine == "packet":
            holds(found.end["duplicates"] > 0, f"none came twice: {found.end}")


@case(needs=["tun", "nft"], seconds=120)
def a_link_that_stands_still_makes_no_port_silent(lab):
    """What carries the packets is stopped while the scan goes on, and then carries them all."""
    scene = scan_scenes.answering(200, "1-4000", link=("--delay", "10ms", "--seed", "1"))
    net = of_scene(lab, scene)
    for engine in ENGINES:
        program = begin(lab, net, scene, engine)
        net.link.program.send_signal(signal.SIGSTOP)
        time.sleep(STANDSTILL)
        net.link.program.send_signal(signal.SIGCONT)
        equal(program.wait(60), 0, f"the exit code of {program}: {program.err}")
        expect_truth(scene, Scan(program))


@case(needs=["namespaces", "nft"], seconds=120)
def who_is_gone_before_the_end_is_not_known(lab):
    """A router that lets nothing through any more is not taken for a firewall at the host."""
    for engine in ENGINES:
        scene = scan_scenes.answering(200, "1-4000")
        net = of_scene(lab, scene)
        program = begin(lab, net, scene, engine, "-oN", "out.txt")
        net.rule_router("drop")
        equal(program.wait(60), 3, f"the exit code of {program}: {program.err}")
        found = Scan(program)
        equal((found.end["complete"], found.end["went_silent"]), (False, True), "what it says")
        told = judge(scene, found.states)
        equal(told.false_open, 0, f"ports that are falsely open: {told}")
        holds(set(told.kinds) <= {"open as filtered (no-response)",
                                  "closed as filtered (no-response)"}, f"{told}")
        holds(found.end["residual"] > told.missed_open / 4, f"{told}; {found.end}")
        matches((lab.folder / "out.txt").read_text(), "nobody answered any more", "the table")
        net.close()
