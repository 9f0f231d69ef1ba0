"""`patchbay scan` again and again: the same each time, whatever its pace, in seven parts, and cut
short at any moment. PATCHBAY_INTERRUPTS=100 tries so many scans instead of a few."""

import json
import os
import random
import select
import time
import xml.etree.ElementTree

from lib import scan_scenes
from lib.case import case, contains, equal, holds
from lib.scan import ENGINES, Scan, expect_truth, scan, scan_scene, start_scan
from lib.scan_net import ScanNet, asked_ports, note_ports, of_scene
from lib.scan_scenes import address
from lib.scan_truth import judge, states_of

INTERRUPTS = int(os.environ.get("PATCHBAY_INTERRUPTS", "4"))
PIECES = 4  # of each scan, at most
FILES = ("-oN", "out.txt", "-oX", "out.xml", "-oG", "out.grep", "-oD", "out.ndjson", "-oJ",
         "out.json")


@case(needs=["namespaces", "nft"], seconds=120)
def every_run_finds_the_same_whatever_its_pace(lab):
    scene = scan_scenes.answering(20, "1-4000")
    net = of_scene(lab, scene)
    for engine in ENGINES:
        first = scan_scene(lab, net, scene, engine).states
        for words in ((), ("--max-parallelism", "10"), ("--max-parallelism", "300"),
                      ("--max-parallelism", "100000"), ("--max-rate", "20000"), ("-T", "5")):
            found = scan_scene(lab, net, scene, engine, *words)
            equal(found.states, first, f"the states by {engine} with {words}")
            expect_truth(scene, found)


@case(needs=["namespaces", "nft"], seconds=60)
def seven_shards_are_disjoint_and_together_the_whole(lab):
    scene = scan_scenes.many_hosts(bits=2, ports="1-1000")
    net = of_scene(lab, scene)
    for engine in ENGINES:
        seen, sizes = {}, []
        for number in range(1, 8):
            part = scan_scene(lab, net, scene, engine, "--shard", f"{number}/7", "--seed", "7")
            equal(set(part.states) & set(seen), set(), f"what shard {number} shares with another")
            holds(part.end["complete"], f"it is not complete: {part.end}")
            equal(part.end["targets"], len(part.states), f"targets of shard {number}")
            equal(part.end["sent"], len(part.states), f"probes of shard {number}")
            sizes.append(len(part.states))
            seen |= part.states
        holds(max(sizes) < 1.3 * min(sizes), f"the shards are uneven: {sizes}")
        told = judge(scene, seen)
        holds(told.right, f"{engine}: {told}")


# --- cut short ------------------------------------------------------------------------------------

def expect_whole_files(lab, found):
    """Each is what it claims to be, and tells the same."""
    whole = json.loads((lab.folder / "out.json").read_text())
    lines = (lab.folder / "out.ndjson").read_text().splitlines()
    equal(states_of(whole), found.states, "the JSON document")
    equal(states_of(lines), found.states, "NDJSON")
    equal(json.loads(lines[-1])["complete"], found.end["complete"], "complete, in a file")
    root = xml.etree.ElementTree.parse(lab.folder / "out.xml").getroot()
    told = sum(len(host.findall("ports/port")) for host in root.findall("host"))
    counted = sum(int(extra.get("count")) for extra in root.iter("extraports"))
    equal(told + counted, len(found.states), "ports in the XML")
    contains((lab.folder / "out.grep").read_text(), "# ", "what can be grepped")


def at_some_moment(chance, seconds):
    """Any moment will do: nothing is waited for."""
    select.select([], [], [], chance.random() * seconds)


def scan_in_pieces(lab, net, scene, engine, chance):
    """Interrupted a few times and taken up again, then to its end. Returns its last part."""
    kept = lab.folder / "kept.checkpoint"
    how = ("--max-rate", "3000", "--checkpoint", kept, *FILES)
    words = (scene.hosts, "-p", scene.ports, "-Pn", "--engine", engine)
    answered = {}
    for piece in range(PIECES):
        note_ports(net, scene.hosts)
        program = start_scan(lab, net.scanner, *words, *how)
        program.wait_for('"type":"plan"', "out")  # before that nothing is asked, and nothing kept
        if piece < PIECES - 1:
            at_some_moment(chance, 1)
            began = time.monotonic()
            code = program.interrupt()
            # Far more than it takes: a machine may be busy.
            holds(time.monotonic() - began < 10, "Ctrl-C was not heard")
        else:
            code = program.wait(60)
        holds(code in (0, 130), f"it ended with {code}: {program.err}")
        found = Scan(program)
        expect_whole_files(lab, found)
        again = {port for _, _, port in answered} & asked_ports(net)
        equal(again, set(), "ports that had answered and were asked again")
        for target, said in answered.items():
            equal(found.states.get(target), said, f"what was known of {target}")
        answered |= {target: said for target, said in found.states.items()
                     if said[1] != "no-response"}
        if code == 0:
            return found
        equal(found.end["complete"], False, "complete, after Ctrl-C")
        contains(program.err, "--resume", "what it says of going on")
        words = ("--resume", kept)
    return found


@case(needs=["namespaces", "nft"], seconds=60 + 20 * INTERRUPTS)
def ctrl_c_at_any_moment_changes_nothing(lab):
    scene = scan_scenes.one_host((1, 700, 1400, 2000), "1-3000", dropped=range(2001, 3001))
    net = of_scene(lab, scene)
    uncut = {engine: scan_scene(lab, net, scene, engine, "--max-rate", "30000").states
             for engine in ENGINES}
    chance = random.Random(5)
    for number in range(INTERRUPTS):
        engine = ENGINES[number % len(ENGINES)]
        found = scan_in_pieces(lab, net, scene, engine, chance)
        told = judge(scene, found.states)
        holds(told.right, f"scan {number} by {engine}: {told}")
        equal({target: state for target, (state, _) in found.states.items()},
              {target: state for target, (state, _) in uncut[engine].items()},
              f"scan {number} by {engine}, beside one that was not cut")
        holds(found.end["complete"], f"it is not complete: {found.end}")


@case(needs=["namespaces", "nft"], seconds=60)
def ctrl_c_while_hosts_are_looked_for_loses_none(lab):
    """Three of four drop everything, so that looking for them takes a while."""
    net = ScanNet(lab)
    net.serve([80])
    net.rule("".join(scan_scenes.quarter(number, "drop") for number in (1, 2, 3)))
    there = {address(number) for number in range(0, 64, 4)}
    kept = lab.folder / "kept.checkpoint"
    program = start_scan(lab, net.scanner, f"{address(0)}/26", "-p", "80,81", "--max-rate", "50",
                         "--checkpoint", kept)
    program.wait_for('"type":"plan"', "out")
    equal(program.interrupt(), 130, "the exit code")
    holds(not Scan(program).end["complete"], "it is complete")
    found = scan(lab, net.scanner, "--resume", kept)
    up = {record["ip"] for record in found.records
          if record["type"] == "host" and record["state"] == "up"}
    equal(up, there, "who is up")
    equal(found.open(), {(one, 80) for one in there}, "open ports")
