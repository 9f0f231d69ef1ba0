"""The WAN link between two namespaces: `patchbay lab link`, and what it carried."""

import json

from lib.case import equal

LEFT, RIGHT = "198.18.0.1", "198.18.0.2"
LEFT6, RIGHT6 = "fd70:6174:6368::1", "fd70:6174:6368::2"


class Wan:
    """A link that carries packets until close(); then it has its totals."""

    def __init__(self, lab, left, right, *flags):
        self.program = lab.start_patchbay("lab", "link", left.name, right.name, "--json", *flags)
        self.program.wait_for('"type":"link"', "out")

    def close(self):
        """Ends the link in order and returns what it carried: from left to right, and back."""
        equal(self.program.interrupt(), 130, "the link's exit code")
        lines = [json.loads(line) for line in self.program.out.splitlines()]
        there, back = (line for line in lines if line["type"] == "carried")
        return there, back


def wan(lab, *flags):
    """Two new namespaces with such a link between them: left, right and the link."""
    left, right = lab.namespace("left"), lab.namespace("right")
    return left, right, Wan(lab, left, right, *flags)
