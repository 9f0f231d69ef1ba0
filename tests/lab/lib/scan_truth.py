"""What a scanner said, port by port, and how far it is true.

Found states are {(address, protocol, port): (state, reason)}. Nothing but Python's own library is
needed here: the benchmark reads this file too.
"""

import collections
import json
import xml.etree.ElementTree
from dataclasses import dataclass, field

_SHOWN = 5


def records(text):
    """The lines of NDJSON."""
    return [json.loads(line) for line in text.splitlines()]


def expanded(ports):
    """"1-3,7" as 1, 2, 3, 7; nothing for nothing."""
    for part in filter(None, str(ports).split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


class ToldTwice(Exception):
    """A port that has two records, or a group whose ports are not as many as it says."""


def states_of(lines):
    """The state of every port by the records of `patchbay scan --json`; a line may still be text.

    A port that was told when it was found and again at the end is one where both say the same."""
    found = {}
    for line in lines:
        record = json.loads(line) if isinstance(line, str) else line
        if record["type"] == "port":
            _add(found, record, [record.get("port", 0)])
        elif record["type"] == "group":
            ports = list(expanded(record["ports"]))
            if len(ports) != record["count"]:
                raise ToldTwice(f"{len(ports)} ports, not {record['count']}: {record}")
            _add(found, record, ports)
    return found


def _add(found, record, ports):
    value = (record["state"], record["reason"])
    for port in ports:
        target = (record["ip"], record["proto"], port)
        if found.setdefault(target, value) != value:
            raise ToldTwice(f"{target} is {found[target]} and {value}")


def states_of_nmap(text):
    """Likewise by nmap's XML. Ports that it does not tell one by one have their numbers there."""
    found = {}
    for host in xml.etree.ElementTree.fromstring(text).iter("host"):
        ip = host.find("address").get("addr")
        for port in host.iter("port"):
            state = port.find("state")
            found[ip, port.get("protocol"), int(port.get("portid"))] = (
                state.get("state"), state.get("reason"))
        for reasons in (one for extra in host.iter("extraports")
                        for one in extra.iter("extrareasons") if one.get("ports")):
            # "resets" of many is "reset" of one.
            value = (_state_with(host, reasons), reasons.get("reason").rstrip("s"))
            for port in expanded(reasons.get("ports")):
                found[ip, reasons.get("proto"), port] = value
    return found


def _state_with(host, reasons):
    return next(extra.get("state") for extra in host.iter("extraports") if reasons in list(extra))


def states_of_masscan(text):
    """Likewise by masscan's list (-oL): only what is open."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["open"]:
            found[words[3], words[1], int(words[2])] = ("open", "syn-ack")
    return found


@dataclass
class Judgement:
    """How many of a scene's ports are told right. `wrong` counts every port whose state is not the
    true one, those without a word (`untold`) included."""

    targets: int = 0
    open: int = 0
    found_open: int = 0
    false_open: int = 0
    wrong: int = 0
    untold: int = 0
    beyond: int = 0  # told, though nobody asked
    kinds: collections.Counter = field(default_factory=collections.Counter)
    examples: list = field(default_factory=list)

    @property
    def missed_open(self):
        return self.open - self.found_open

    @property
    def recall(self):
        return self.found_open / self.open if self.open else 1.0

    @property
    def right(self):
        return not self.wrong and not self.beyond

    def __str__(self):
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.kinds.most_common())
        return (f"{self.wrong} of {self.targets} wrong ({kinds}), {self.beyond} not asked for; "
                f"open: {self.found_open} of {self.open}, {self.false_open} falsely; "
                f"such as {self.examples}")


def judge(scene, found):
    """Compares what was found with a scene."""
    told = Judgement()
    for target in scene.targets():
        true = scene.true_state(target)
        state, reason = found.get(target, (None, None))
        told.targets += 1
        told.open += true == "open"
        told.found_open += true == "open" == state
        if state == true:
            continue
        told.wrong += 1
        told.untold += state is None
        told.false_open += state == "open"
        told.kinds[f"{true} as {state} ({reason})"] += 1
        if len(told.examples) < _SHOWN:
            told.examples.append((*target, true, state, reason))
    told.beyond = len(found) - (told.targets - told.untold)
    return told
