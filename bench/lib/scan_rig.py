"""A network to scan, for the cases of bench/lib/scan.py, and one run of each scanner on it.

The network is the lab's (tests/lab/scan_rig): namespaces, with what is true of each port known
beforehand. The scanner may use both cores, since the kernel answers for the targets on
whichever core asks; what it says is judged after its end.
"""

import atexit
import contextlib
import importlib.util
import json
import select
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from . import process, scan_services
from .process import Failed

LAB = Path(__file__).resolve().parents[2] / "tests" / "lab"
READY_WITHIN_S = 60
NO_FACTOR = 1000  # of what is nothing to something
SOFTNET = Path("/proc/net/softnet_stat")


def _lab_module(name):
    """A module of the lab, whose folder has the name that this one has too."""
    spec = importlib.util.spec_from_file_location(f"lab_{name}", LAB / "lib" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


scenes = _lab_module("scan_scenes")
truth = _lab_module("scan_truth")


@dataclass(frozen=True)
class Place:
    """A scene by its name in scan_scenes.py and what it is called with. `direct`: a cable between
    scanner and targets, without a router."""

    name: str
    words: tuple = ()
    direct: bool = False

    @property
    def scene(self):
        return getattr(scenes, self.name)(*self.words)


class Rig:
    """The network of a place, until close()."""

    def __init__(self, patchbay, place):
        self.place, self.scene = place, place.scene
        self._services = None
        self._faults = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [LAB / "scan_rig", patchbay, place.name, *(["--direct"] if place.direct else []),
             *map(json.dumps, place.words)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._faults,
            start_new_session=True)  # fmt: skip
        try:
            self._names = json.loads(process.Lines(self._process.stdout).next(READY_WITHIN_S))
        except (TypeError, ValueError):
            self.close()
            self._faults.seek(0)
            raise Failed(f"no network: {self._faults.read()[-500:].decode()}") from None

    def command(self, *words, end="scanner"):
        """The same command, where the scanner is, or at another end."""
        return ["nsenter", f"--net=/run/netns/{self._names[end]}", *map(str, words)]

    def services(self):
        """Real services at the targets, started when they are first asked for."""
        if self._services is None:
            # Some listen on the addresses of interfaces only.
            subprocess.run(self.command("ip", "address", "add", f"{self.scene.hosts}/32", "dev",
                                        "lo", end="targets"), check=True)
            self._services = scan_services.Services(
                lambda *words: self.command(*words, end="targets"))
        return self._services

    def close(self):
        """It takes its namespaces down when nobody holds its standard input any more."""
        if self._services is not None:
            self._services.close()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(READY_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class Rigs:
    """One network at a time: that of the case which is being measured."""

    def __init__(self, patchbay):
        self._patchbay, self._now = patchbay, None
        atexit.register(self.close)

    def at(self, place):
        if self._now is None or self._now.place != place:
            self.close()
            self._now = Rig(self._patchbay, place)
        return self._now

    def close(self):
        if self._now is not None:
            now, self._now = self._now, None
            now.close()


@dataclass(frozen=True)
class Scanner:
    """A contender: `command(scene)` is its command line, `read(output)` the states it told;
    `knows` are the states that it has a word for."""

    command: object
    read: object
    knows: tuple = ("open", "closed", "filtered")
    codes: tuple = (0,)
    limit_s: float = 300
    judged: bool = True  # not where its words are more than fit into memory
    end: object = field(default=lambda _output: {})  # what it says of itself


def patchbay(program, *flags, codes=(0,), limit_s=300, prefix=(), judged=True):
    """`prefix` stands before the program: what limits it, say."""
    return Scanner(
        lambda scene: [*prefix, program, "scan", scene.hosts, "-p", scene.ports, "-Pn", "-n",
                       "--json", *flags],
        lambda output: truth.states_of(output.splitlines()), codes=codes, limit_s=limit_s,
        judged=judged,
        end=lambda output: json.loads(output.rstrip().rpartition("\n")[2]))  # fmt: skip


def nmap(*flags, limit_s=300):
    return Scanner(
        lambda scene: ["nmap", "-n", "-Pn", scene.hosts, "-p", scene.ports, "-oX", "-", *flags],
        truth.states_of_nmap, limit_s=limit_s)  # fmt: skip


def masscan(*flags, limit_s=300):
    return Scanner(
        lambda scene: ["masscan", scene.hosts, "-p", scene.ports, "-oL", "-", *flags],
        truth.states_of_masscan, knows=("open",), limit_s=limit_s)  # fmt: skip


def run(rig, scanner):
    """One scan, measured and judged."""
    before = backlog_drops()
    outcome = process.run_to_end(rig.command(*scanner.command(rig.scene)), process.BOTH_CORES,
                                 scanner.limit_s, scanner.codes)
    drops = backlog_drops() - before
    said = scanner.end(outcome.output)
    figures = {"work": said.get("sent", rig.scene.target_count()), "seconds": outcome.seconds,
               "cpu_s": outcome.cpu_s, "peak_bytes": outcome.peak_bytes, "backlog_drops": drops}
    if scanner.judged:
        figures |= judged(rig.scene, scanner, outcome.output)
    for name in ("sent", "matched", "duplicates", "foreign", "corrupt", "dropped", "shortages",
                 "loss", "residual", "elapsed_us", "complete"):
        if name in said:
            figures[name] = said[name]
    if "sent" in said:
        figures["sent_ratio"] = said["sent"] / rig.scene.target_count()
    return figures


def judged(scene, scanner, output):
    told = truth.judge(scene, scanner.read(output))
    if told.beyond:
        raise Failed(f"it tells of ports that nobody asked for: {told}")
    figures = {"recall": told.recall, "missed_open": told.missed_open,
               "false_open": told.false_open}
    if "closed" in scanner.knows:
        figures |= {"wrong": told.wrong, "all_right": int(told.right),
                    "wrong_share": told.wrong / told.targets}
        if told.wrong:
            figures["examples"] = str(told)
    return figures


def backlog_drops():
    """Packets that the kernel has dropped since boot because a core's backlog was full: loss that
    is no scanner's, and that no scene has asked for."""
    return sum(int(line.split()[1], 16) for line in SOFTNET.read_text().splitlines())


def pooled(rig, scanner, count):
    """So many scans as one run: how many open ports were missed, and how many were stated to be."""
    begin = time.monotonic()
    runs = [run(rig, scanner) for _ in range(count)]
    missed, stated = (sum(one[name] for one in runs) for name in ("missed_open", "residual"))
    return {
        "work": sum(one["work"] for one in runs), "seconds": time.monotonic() - begin,
        "cpu_s": sum(one["cpu_s"] for one in runs),
        "peak_bytes": max(one["peak_bytes"] for one in runs),
        "false_open": sum(one["false_open"] for one in runs),
        "missed": missed, "stated": stated,
        "factor": max(stated / missed, missed / stated) if missed and stated else NO_FACTOR,
        "missed_each": [one["missed_open"] for one in runs],
        "stated_each": [one["residual"] for one in runs],
        "loss_each": [one["loss"] for one in runs],
    }  # fmt: skip


def name_services(rig, scanner, read):
    """One scan of real services; `read(output)` is {port: name} of those that were asked."""
    services = rig.services()
    command = scanner.command(rig.scene)
    outcome = process.run_to_end(rig.command(*command), process.BOTH_CORES, scanner.limit_s,
                                 scanner.codes)
    return {"work": len(services.ports), "seconds": outcome.seconds, "cpu_s": outcome.cpu_s,
            "peak_bytes": outcome.peak_bytes,
            **scan_services.judge(services.ports, read(outcome.output))}  # fmt: skip


def names_of_patchbay(output):
    """What was told by what it said, and not by its number."""
    return {record["port"]: record["service"] for record in map(json.loads, output.splitlines())
            if record["type"] == "service"}  # fmt: skip


def names_of_nmap(output):
    root = xml.etree.ElementTree.fromstring(output)
    return {int(port.get("portid")): port.find("service").get("name") for port in root.iter("port")
            if port.find("service") is not None
            and port.find("service").get("method") == "probed"}  # fmt: skip


def wait_for_quiet(seconds=0.2):
    """Lets sockets of the run before go: what a scan leaves is not the next one's."""
    select.select([], [], [], seconds)
