"""`patchbay scan` as a case runs it: started in a namespace, its records read and judged."""

import collections

from lib.case import equal, holds
from lib.scan_truth import judge, records, states_of

ENGINES = ("connect", "packet")
PATIENCE = 60  # seconds of a scan


class Scan:
    """What a scan that has ended has said: `records`, `states` (scan_truth.py), `end`."""

    def __init__(self, program):
        self.program = program
        self.records = records(program.out)
        kinds = [record["type"] for record in self.records]
        equal((kinds[0], kinds[-1]), ("start", "end"), f"the first and last record of {program}")
        self.states = states_of(self.records)
        self.end = self.records[-1]

    def host(self, address):
        """The record of a host; None where it has none."""
        return next((record for record in self.records
                     if record["type"] == "host" and record["ip"] == address), None)

    def of(self, address, proto="tcp"):
        """{port: (state, reason)} of a host."""
        return {port: said for (ip, kind, port), said in self.states.items()
                if (ip, kind) == (address, proto)}

    def open(self):
        """(address, port) of every open TCP port."""
        return {(ip, port) for (ip, proto, port), (state, _) in self.states.items()
                if (proto, state) == ("tcp", "open")}


def start_scan(lab, inside, *words):
    """Begins a scan that is not awaited."""
    return lab.start_patchbay("scan", *words, "--json", inside=inside)


def scan(lab, inside, *words, code=0, seconds=PATIENCE):
    """Scans from this namespace, to the end."""
    return Scan(lab.patchbay("scan", *words, "--json", inside=inside, code=code, seconds=seconds))


def with_names(lab, inside, hosts, *words, **how):
    """A scan that finds names in this file, and at a name server on 127.0.0.1 if there is one."""
    lab.file("hosts", hosts)
    lab.file("resolv.conf", "nameserver 127.0.0.1\n")
    script = ("mount --bind hosts /etc/hosts && mount --bind resolv.conf /etc/resolv.conf && "
              'exec "$0" scan "$@" --json')
    return lab.run("sh", "-c", script, lab.binary, *words, inside=inside, seconds=PATIENCE, **how)


def scan_scene(lab, net, scene, engine, *words, **how):
    """Scans a scene as a whole, without asking first who is there."""
    return scan(lab, net.scanner, scene.hosts, "-p", scene.ports, "-Pn", "--engine", engine,
                *words, **how)


def expect_truth(scene, found):
    """Every port's state is the true one."""
    told = judge(scene, found.states)
    holds(told.right, f"{found.program}: {told}")
    expect_totals(found)


def expect_totals(found):
    """The totals are those of the records."""
    counts = collections.Counter(state for state, _ in found.states.values())
    end = found.end
    equal({state: count for state, count in end["states"].items() if count}, dict(counts),
          "the counts of the last record")
    holds(end["complete"], f"it is not complete: {end}")
    holds(end["sent"] >= end["matched"], f"more answers than probes: {end}")
