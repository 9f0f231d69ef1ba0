"""What every text of the repository must keep to."""

import re

from .tree import is_code, line_of

COLUMNS = 100
MACHINE_PATH = re.compile(r"(?<![\w./}])/(?:work|home|root|Users)/")


def columns(tree):
    """A line ends at column 100."""
    for name in tree.files:
        if not is_code(name):
            continue
        for number, line in enumerate(tree.read(name).splitlines(), 1):
            if len(line) > COLUMNS:
                yield f"{name}:{number}: {len(line)} columns"


def machine_paths(tree):
    """No file names a path of the machine it was written on."""
    for name in tree.files:
        text = tree.read(name)
        for match in MACHINE_PATH.finditer(text):
            yield f"{name}:{line_of(text, match.start())}: {match.group()}"
