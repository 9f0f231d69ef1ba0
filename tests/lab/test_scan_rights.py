"""`patchbay scan`: which rights it has while it reads what others send."""

import os
import pathlib
import re
import xml.etree.ElementTree

from lib import scan_scenes
from lib.case import case, equal, holds
from lib.scan import Scan, scan, start_scan
from lib.scan_net import of_scene
from lib.scan_scenes import NETWORK, address
from lib.waiting import until

# linux/capability.h: CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER; NET_BIND_SERVICE, NET_RAW.
_FILES, _RAW = 0b1111, 1 << 13
_NET = 1 << 10 | _RAW


def rights_of(program):
    """(in force, at hand) of each thread, as bits."""
    for thread in pathlib.Path(f"/proc/{program.pid}/task").iterdir():
        status = (thread / "status").read_text(encoding="utf-8")
        yield tuple(int(re.search(rf"^{name}:\s+(\w+)$", status, re.MULTILINE)[1], 16)
                    for name in ("CapEff", "CapPrm"))


def expect_rights(program, at_hand):
    """None is in force in any thread, and no others are at hand."""
    threads = list(rights_of(program))
    holds(threads, f"{program} has no threads")
    for in_force, kept in threads:
        equal(in_force, 0, f"the rights that are in force in {program}")
        equal(kept & ~at_hand, 0, f"rights that {program} could take up")


def slow_scene():
    return scan_scenes.one_host((1, 700), "1-3000", dropped=range(1001, 3001))


@case(needs=["namespaces", "nft"], seconds=60)
def no_right_is_left_while_answers_are_read(lab):
    scene = slow_scene()
    net = of_scene(lab, scene)
    for engine in ("packet", "connect"):
        program = start_scan(lab, net.scanner, scene.hosts, "-p", scene.ports, "-Pn", "--engine",
                             engine, "--max-rate", "1000")
        program.wait_for('"type":"port"', "out")
        expect_rights(program, _FILES)
        equal(program.interrupt(), 130, "the exit code")


@case(needs=["namespaces", "nft"], seconds=60)
def threads_that_send_have_no_right_at_all(lab):
    scene = scan_scenes.one_host((1, 700), dropped=range(1001, 65_536))
    net = of_scene(lab, scene)
    program = start_scan(lab, net.scanner, scene.hosts, "-p", scene.ports, "-Pn", "--engine",
                         "packet", "--max-rate", "100000")
    if len(os.sched_getaffinity(0)) > 1:
        until(lambda: len(list(rights_of(program))) > 1, "a thread beside the loop")
        expect_rights(program, _FILES)
        equal(sorted(kept for _, kept in rights_of(program))[0], 0, "what a thread could take up")
    equal(program.wait(50), 0, "the exit code")
    equal(Scan(program).open(), {(scene.hosts, 1), (scene.hosts, 700)}, "open ports")


def has_packet_socket(program):
    table = pathlib.Path(f"/proc/{program.pid}/net/packet").read_text(encoding="ascii")
    return len(table.splitlines()) > 1


@case(needs=["namespaces", "nft"], seconds=60)
def between_parts_the_right_to_open_sockets_is_laid_aside(lab):
    """First who is there, then their ports: the sockets are opened twice."""
    scene = slow_scene()
    net = of_scene(lab, scene)
    net.rule(f"ip daddr {NETWORK} ip daddr & 0.0.0.1 == 0.0.0.0 drop\n")  # every other host
    program = start_scan(lab, net.scanner, f"{address(0)}/26", "-p", "1,700,900", "--engine",
                         "packet", "--max-rate", "200")
    # Threads that close a socket have none.
    until(lambda: has_packet_socket(program)
          and all(in_force == 0 for in_force, _ in rights_of(program))
          and any(kept & _RAW for _, kept in rights_of(program)),
          "a socket that is open and a right that is laid aside")
    expect_rights(program, _FILES | _NET)
    until(lambda: not any(kept & _RAW for _, kept in rights_of(program)), "the right's end")
    equal(program.wait(50), 0, "the exit code")
    equal(len(Scan(program).open()), 2 * 32, "open ports of those that are there")


@case(needs=["root", "namespaces", "nft"], seconds=60)
def files_are_written_late_all_the_same(lab):
    """Root, into the folder of somebody else, when its rights are laid aside."""
    scene = slow_scene()
    net = of_scene(lab, scene)
    folder = lab.folder / "theirs"
    folder.mkdir(mode=0o755)
    os.chown(folder, 65534, 65534)
    program = start_scan(lab, net.scanner, scene.hosts, "-p", scene.ports, "-Pn", "--engine",
                         "packet", "--max-rate", "1000", "--checkpoint", folder / "kept", "-oX",
                         folder / "out.xml", "-oD", folder / "out.ndjson")
    program.wait_for('"type":"port"', "out")
    equal(program.interrupt(), 130, "the exit code")
    equal(xml.etree.ElementTree.parse(folder / "out.xml").getroot().tag, "nmaprun", "the root")
    holds((folder / "out.ndjson").read_text().endswith("\n"), "the lines are not whole")
    again = scan(lab, net.scanner, "--resume", folder / "kept")
    holds(again.end["complete"], f"it is not complete: {again.end}")


@case(needs=["namespaces", "nft"], seconds=60)
def a_low_source_port_is_had_without_the_other_rights(lab):
    scene = slow_scene()
    net = of_scene(lab, scene)
    for engine in ("packet", "connect"):
        found = scan(lab, net.scanner, scene.hosts, "-p", "1,2,700", "-Pn", "--engine", engine,
                     "-g", "88")
        equal(found.open(), {(scene.hosts, 1), (scene.hosts, 700)}, f"open ports by {engine}")
