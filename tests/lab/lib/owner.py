"""Who made what: the mark of one run of the lab, and what a killed run left behind.

Namespaces and folders carry the mark in their names, programs in their environment. It names the
process that made them by its id and the moment it started, so a later process that got the same id
is never taken for it, and nothing without a dead run's mark is ever touched.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

PREFIX = "pblab"
VARIABLE = "PBLAB_RUN"
NAMESPACES = pathlib.Path("/run/netns")
_MARK = re.compile(rf"{PREFIX}-(\d+)-(\d+)(?=-|$)")


def started_at(pid):
    """When the process began, in ticks since boot; nothing when there is no such process, or one
    that has ended and that nobody has waited for."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name of the program stands in brackets and may hold anything.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


MARK = f"{PREFIX}-{os.getpid()}-{started_at(os.getpid())}"


def is_left_over(name):
    """Whether a name begins with the mark of a run that is no more."""
    match = _MARK.match(name)
    return bool(match) and started_at(int(match[1])) != int(match[2])


def programs():
    """The process id and the mark of every program that a run of the lab started."""
    key = VARIABLE.encode() + b"="
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # it is another user's, or has ended
            continue
        for entry in environment:
            if entry.startswith(key):
                yield int(folder.name), entry[len(key):].decode(errors="replace")


def end_programs(chosen):
    """Kills every program whose mark is `chosen`, and waits until they are gone."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = [pid for pid, mark in programs() if pid != os.getpid() and chosen(mark)]
        if not found:
            return
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)
    raise RuntimeError(f"these programs do not end: {found}")


def remove_namespaces(chosen):
    """Removes every network namespace whose name is `chosen`."""
    names = os.listdir(NAMESPACES) if NAMESPACES.is_dir() else []
    for name in filter(chosen, names):
        subprocess.run(["ip", "netns", "delete", name], check=True, capture_output=True)


def remove_left_overs():
    """Ends and removes what killed runs of the lab left, and nothing else."""
    end_programs(is_left_over)
    remove_namespaces(is_left_over)
    for folder in pathlib.Path(tempfile.gettempdir()).glob(f"{PREFIX}-*"):
        # The folders of another user are his to remove, by his next run.
        if is_left_over(folder.name) and folder.lstat().st_uid == os.geteuid():
            shutil.rmtree(folder)
