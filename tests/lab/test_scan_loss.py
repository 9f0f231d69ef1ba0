"""`patchbay scan` where packets are lost, where nobody answers, and where answers are held back."""

import signal
import time

from lib import scan_scenes
from lib.case import case, contains, equal, holds
from lib.scan import ENGINES, Scan, expect_truth, scan_scene, start_scan
from lib.scan_net import of_scene
from lib.scan_truth import judge

_FAST = ("--max-rate", "100000")  # of what nobody answers


@case(needs=["namespaces", "nft"], seconds=120)
def every_port_of_a_host_by_both_engines(lab):
    scene = scan_scenes.answering()
    net = of_scene(lab, scene)
    for engine in ENGINES:
        found = scan_scene(lab, net, scene, engine)
        expect_truth(scene, found)
        holds(found.end["sent"] <= 1.1 * found.end["targets"], f"too many probes: {found.end}")


@case(needs=["namespaces", "nft"], seconds=180)
def loss_makes_no_state_wrong(lab):
    """2 % are lost on the way there, and of those who are silent none is taken for lost."""
    scene = scan_scenes.lossy()
    net = of_scene(lab, scene)
    for engine in ("packet", "packet", "packet", "connect"):
        found = scan_scene(lab, net, scene, engine)
        expect_truth(scene, found)
        holds(0.005 < found.end["loss"] < 0.04, f"the loss of 2 % is told as {found.end['loss']}")


@case(needs=["namespaces", "nft"], seconds=120)
def three_ports_behind_a_firewall_are_found(lab):
    scene = scan_scenes.firewall()
    net = of_scene(lab, scene)
    for engine in ENGINES:
        found = scan_scene(lab, net, scene, engine, *_FAST)
        expect_truth(scene, found)
        holds(found.end["residual"] < 0.01, f"the residual is {found.end['residual']}")


@case(needs=["namespaces", "nft"], seconds=120)
def sixteen_hosts_at_once(lab):
    scene = scan_scenes.many_hosts()
    found = scan_scene(lab, of_scene(lab, scene), scene, "packet")
    expect_truth(scene, found)
    equal((found.end["hosts"], found.end["hosts_up"]), (16, 16), "hosts")


@case(needs=["namespaces", "nft"], seconds=120)
def a_network_of_open_closed_silent_and_rejecting_hosts(lab):
    scene = scan_scenes.quarters(bits=12)
    net = of_scene(lab, scene)
    for engine in ENGINES:
        found = scan_scene(lab, net, scene, engine, *_FAST)
        expect_truth(scene, found)
    holds(found.end["sent"] >= found.end["targets"], f"fewer probes than ports: {found.end}")


@case(needs=["namespaces", "nft"], seconds=120)
def the_same_network_in_ipv6(lab):
    scene = scan_scenes.quarters(bits=8)
    net = of_scene(lab, scene)
    for engine in ENGINES:
        found = scan_scene(lab, net, scan_scenes.in_ipv6(scene), engine, *_FAST)
        expect_truth(scan_scenes.in_ipv6(scene), found)


def expect_almost_all(scene, found, most_wrong):
    """Nothing is open that is not, no more than one port is missed, few are called silent."""
    told = judge(scene, found.states)
    equal(told.false_open, 0, f"ports that are falsely open: {told}")
    holds(told.missed_open <= 1, f"{found.program}: {told}")
    holds(told.wrong - told.missed_open <= most_wrong * told.targets, f"{found.program}: {told}")
    holds(not told.beyond and not told.untold, f"{found.program}: {told}")


@case(needs=["tun", "nft"], seconds=180)
def a_far_host_behind_a_link_that_loses(lab):
    """20 ms there and back; 1 % lost each way, then 5 %, then 5 % in bursts of ten."""
    for loss, more, most_wrong in (("1%", (), 0.0005), ("5%", (), 0.002),
                                   ("5%", ("--loss-burst", "10"), 0.002)):
        scene = scan_scenes.far(loss, *more, ports="1-4000", open_count=400)
        net = of_scene(lab, scene)
        for engine in ENGINES:
            expect_almost_all(scene, scan_scene(lab, net, scene, engine), most_wrong)
        net.close()


def expect_limit_is_told(scene, found):
    told = judge(scene, found.states)
    equal((told.false_open, told.missed_open), (0, 0), f"open ports: {told}")
    reasons = {said for (_, _, port), said in found.states.items() if port not in scene.open}
    holds(reasons <= {("closed", "reset"), ("filtered", "rate-limited")}, f"{reasons}")
    if ("filtered", "rate-limited") in reasons:
        contains(found.host(scene.hosts).get("flags", []), "rate-limited", "the host's flags")
        equal((found.program.wait(), found.end["complete"]), (3, False), "code and completeness")


@case(needs=["namespaces", "nft"], seconds=120)
def a_host_that_holds_its_resets_back_is_said_so(lab):
    scene = scan_scenes.limited()
    net = of_scene(lab, scene)
    expect_limit_is_told(scene, scan_scene(lab, net, scene, "packet", code=None))


@case(needs=["namespaces", "nft"], seconds=120)
def a_host_that_saves_hardly_any_resets_is_said_to_hold_them_back(lab):
    """Five at once and then 200 a second: a few in each round."""
    scene = scan_scenes.limited(burst=5)
    net = of_scene(lab, scene)
    expect_limit_is_told(scene, scan_scene(lab, net, scene, "packet", code=None))


@case(needs=["namespaces", "nft"], seconds=120)
def a_host_that_holds_its_resets_back_is_said_so_on_a_machine_that_stands_still(lab):
    """For a second now and then, so that some rounds find more resets saved than others."""
    scene = scan_scenes.limited()
    net = of_scene(lab, scene)
    program = start_scan(lab, net.scanner, scene.hosts, "-p", scene.ports, "-Pn", "--engine",
                         "packet")
    for pause in (0.15, 0.25):
        time.sleep(pause)
        program.send_signal(signal.SIGSTOP)
        time.sleep(1)
        program.send_signal(signal.SIGCONT)
    program.wait(60)
    expect_limit_is_told(scene, Scan(program))


@case(needs=["namespaces", "nft"], seconds=120)
def a_host_that_holds_its_resets_back_is_followed(lab):
    scene = scan_scenes.limited()
    found = scan_scene(lab, of_scene(lab, scene), scene, "packet", "--accuracy", "99.9%")
    expect_truth(scene, found)


@case(needs=["namespaces", "nft"], seconds=120)
def a_source_that_may_begin_50_connections_a_second_is_not_lied_to(lab):
    """SYNs above that are dropped: ports are found or called silent, and none is called closed."""
    scene = scan_scenes.throttled()
    net = of_scene(lab, scene)
    found = scan_scene(lab, net, scene, "packet", code=None)
    told = judge(scene, found.states)
    equal(told.false_open, 0, f"ports that are falsely open: {told}")
    equal({said for target, said in found.states.items()
           if said[0] == "closed" and scene.true_state(target) != "closed"}, set(),
          "what is falsely closed")
    holds(told.right or found.end["residual"] > 0.1 or not found.end["complete"],
          f"missed, and not a word of it: {told}; {found.end}")
