"""What a result must say about where it comes from."""

import datetime
import os
import platform
import subprocess
from pathlib import Path


def describe():
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "kernel": platform.release(),
        "system": _system(),
        "load_before": os.getloadavg()[0],
    }


def versions(packages):
    """Installed versions of Debian packages; those that are absent are left out."""
    if not packages:
        return {}  # dpkg-query without a name tells of all that there is
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages],
        capture_output=True,
        text=True,
        check=False,
    )
    return dict(line.split(" ", 1) for line in answer.stdout.splitlines() if " " in line)


def commit(root):
    """The commit that was measured, with a mark when the tree differs from it."""
    answer = subprocess.run(
        ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"],
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() or "unknown"


def today():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")


def _cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _system():
    return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
