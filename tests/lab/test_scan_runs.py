"""`patchbay scan` as a run: its targets from files, bad words, in pipelines."""

import re
import subprocess

from lib import scan_scenes
from lib.case import case, contains, equal, holds, lacks, matches
from lib.scan import Scan, expect_truth, scan, start_scan
from lib.scan_net import ScanNet, of_scene
from lib.scan_scenes import address
from lib.scan_truth import states_of

def slow_scene():
    """Half of the ports answer, of which four are open; the other half makes the scan slow."""
    return scan_scenes.one_host((1, 700, 1400, 2000), "1-4000", dropped=range(2001, 4001))


@case(needs=["namespaces"], seconds=60)
def a_pipeline_asks_whether_all_is_as_it_should_be(lab):
    net = ScanNet(lab)
    net.serve([22, 443])
    words = [address(1), "-p", "1-1000", "-Pn", "--expect"]
    scan(lab, net.scanner, *words, "tcp/22,443 open; rest not open")
    for wrong in ("tcp/22 open; rest not open", "tcp/22,80,443 open", "tcp/443 closed"):
        said = lab.patchbay("scan", *words, wrong, inside=net.scanner, code=5)
        matches(said.out + said.err, r"\b(443|80)\b", "which port is not as expected")
    lab.patchbay("scan", *words, "tcp/22 opne", inside=net.scanner, code=2)


@case(needs=["namespaces"], seconds=60)
def two_scans_are_compared(lab):
    net = ScanNet(lab)
    net.serve([22, 443])
    for name in ("same", "old"):
        scan(lab, net.scanner, address(1), "-p", "1-1000", "-Pn", "-oD", f"{name}.ndjson", "-oX",
             f"{name}.xml")
    net.serve([8, 80])
    scan(lab, net.scanner, address(1), "-p", "1-1000", "-Pn", "-oD", "new.ndjson", "-oX", "new.xml")
    for kind in ("ndjson", "xml"):
        said = lab.patchbay("scan", "diff", f"same.{kind}", f"old.{kind}")
        lacks(said.out, "443", "what two equal scans differ in")
        said = lab.patchbay("scan", "diff", f"old.{kind}", f"new.{kind}", code=5)
        matches(said.out, r"\b8,80/tcp open", "the difference")
        lacks(said.out, "443", "the difference")
    lab.patchbay("scan", "diff", "old.ndjson", "new.xml", code=5)
    said = lab.patchbay("scan", "diff", "old.ndjson", "nothing.ndjson", code=1)
    matches(said.err, r"^error: .*nothing\.ndjson", "the error")


@case(needs=["namespaces"], seconds=60)
def the_words_of_the_command_line_are_checked(lab):
    net = ScanNet(lab)
    for flag, value in (("-p", "65536"), ("-p", "0"), ("-p", "90-80"), ("-p", "no-such-service"),
                        ("-p", "1-10,5-65536"), ("--exclude", "10.50.0.300"), ("--shard", "4/3"),
                        ("--shard", "0/3"), ("--engine", "magic"), ("-T", "9")):
        said = lab.patchbay("scan", address(1), flag, value, inside=net.scanner, code=2)
        contains(said.err, value.rpartition(",")[2], "the error")
        equal(said.out, "", "stdout")
    for target in ("10.50.0.300", "10.50.0.9-3", "10.50.0.0/33", "fd00::/129", "10.50.0.0/"):
        said = lab.patchbay("scan", target, "-p", "80", "--dry-run", inside=net.scanner, code=None)
        holds(said.wait() in (1, 2), f"{target}: ended with {said.wait()}")
        contains(said.err, target.split("/")[0].split("-")[0], "the error")


@case(needs=["namespaces"], seconds=60)
def overlapping_targets_and_ports_are_asked_once(lab):
    net = ScanNet(lab)
    net.serve([80])
    found = scan(lab, net.scanner, address(1), f"{address(0)}/30", f"{address(0)}-{address(2)}",
                 "-p", "80,79-81,80", "-Pn", "--exclude", address(3))
    equal(len(found.states), 9, "ports that have a state")
    equal(found.end["targets"], 9, "targets")
    equal({ip for ip, _, _ in found.states}, {address(number) for number in range(3)}, "hosts")


@case(needs=["namespaces"], seconds=60)
def everything_there_is_needs_a_yes(lab):
    alone = lab.namespace("alone")
    said = lab.patchbay("scan", "8.0.0.0/8", "-p", "80", "-Pn", inside=alone, code=2)
    contains(said.err, "--yes", "what to try")
    lab.patchbay("scan", "0.0.0.0/0", "-p", "80", "-Pn", inside=alone, code=2)
    lab.patchbay("scan", "::/0", "-p", "80", "-Pn", inside=alone, code=2)
    said = lab.patchbay("scan", "8.0.0.0/8", "-p", "80", "--dry-run", inside=alone)
    contains(said.out.replace(",", ""), str(1 << 24), "the number of probes")


@case(needs=["namespaces"], seconds=120)
def a_million_targets_from_a_file(lab):
    """Every other address, so that no two are one range."""
    count = 1_000_000
    lab.file("targets", "".join(f"10.{n >> 15}.{n >> 7 & 255}.{(n & 127) * 2}\n"
                                for n in range(count)))
    alone = lab.namespace("alone")
    said = lab.patchbay("scan", "-iL", "targets", "-p", "80", "--dry-run", "--json", inside=alone,
                        seconds=60)
    contains(said.out, str(count), "the number of targets")
    with open(lab.folder / "targets", "rb") as targets:
        said = lab.patchbay("scan", "-iL", "-", "-p", "80", "--dry-run", "--json", inside=alone,
                            stdin=targets, seconds=60)
    contains(said.out, str(count), "the number of targets")


@case(needs=["namespaces"], seconds=60)
def a_list_of_targets_says_which_line_is_none(lab):
    net = ScanNet(lab)
    net.serve([80])
    lab.file("targets", f"# hosts\n{address(1)}\n\n  {address(2)}  # the second\n10.50.0.3/33\n")
    program = start_scan(lab, net.scanner, "-iL", "targets", "-p", "80", "-Pn")
    holds(program.wait() in (2, 3), f"it ended with {program.wait()}")
    matches(program.err, r"targets:5\b|line 5\b", "which line")


@case(needs=["namespaces"], seconds=60)
def what_would_be_sent_is_told_and_nothing_sent(lab):
    net = ScanNet(lab)
    before = sent_packets(net)
    said = lab.patchbay("scan", "-sL", f"{address(0)}/29", "--exclude", address(3),
                        inside=net.scanner)
    equal([address(n) in said.out for n in range(8)], [n != 3 for n in range(8)], "who is listed")
    said = lab.patchbay("scan", "--dry-run", f"{address(0)}/29", "-p", "1-100", inside=net.scanner)
    contains(said.out, "800", "the number of probes")
    equal(sent_packets(net), before, "packets that were sent")


def sent_packets(net):
    """TCP segments and UDP datagrams that the scanner's host has sent."""
    text = subprocess.run(net.scanner.command(["cat", "/proc/net/snmp"]), capture_output=True,
                          text=True, check=True, timeout=10).stdout
    tables = re.findall(r"^(\w+): (.*)\n\1: (.*)$", text, re.MULTILINE)
    counts = {name: dict(zip(keys.split(), values.split())) for name, keys, values in tables}
    return int(counts["Tcp"]["OutSegs"]), int(counts["Udp"]["OutDatagrams"])


@case(needs=["namespaces"], seconds=60)
def the_same_seed_asks_in_the_same_order(lab):
    net = ScanNet(lab)
    net.serve(range(1000, 1060))
    orders = []
    for seed in ("5", "5", "6"):
        found = scan(lab, net.scanner, address(1), "-p", "1000-1059", "-Pn", "--engine", "packet",
                     "--max-rate", "500", "--seed", seed)
        orders.append([record["port"] for record in found.records if record["type"] == "port"])
    equal([sorted(order) for order in orders], 3 * [list(range(1000, 1060))], "the ports")
    # Answers may overtake each other, but not by far.
    alike, unlike = (moved(orders[0], other) for other in orders[1:])
    holds(alike < 10 < unlike, f"moved by {alike} with the same seed, {unlike} with another")


def moved(one, other):
    """By how many places, on average."""
    return sum(abs(at - other.index(port)) for at, port in enumerate(one)) / len(one)


@case(needs=["namespaces"], seconds=60)
def it_ends_with_its_reader(lab):
    net = ScanNet(lab)
    net.serve(range(1000, 1100))
    lab.run("sh", "-c", 'timeout 30 "$0" "$@" | head -n 1', lab.binary, "scan", address(1), "-p",
            "1000-1099", "-Pn", "--json", inside=net.scanner, seconds=40)


@case(needs=["namespaces", "nft"], seconds=60)
def what_was_found_is_told_while_it_runs(lab):
    scene = slow_scene()
    net = of_scene(lab, scene)
    program = start_scan(lab, net.scanner, scene.hosts, "-p", scene.ports, "-Pn", "--max-rate",
                         "1500")
    program.wait_for('"type":"port"', "out")
    holds(not program.ended, "it was told only at the end")
    program.wait(60)
    expect_truth(scene, Scan(program))
    equal(len([line for line in program.out.splitlines() if '"port":700,' in line]), 1,
          "lines of an open port")
    states_of(program.out.splitlines())
