"""The lab without root: inside a user namespace, where this user is root over what it makes.

A run that is not root's starts itself again in one, with a network of its own, which `ip netns`
must be able to come back to, and a /run of its own, where namespaces can have names.
"""

import os
import shutil
import subprocess
import sys

_INSIDE = "PBLAB_USER_NAMESPACE"
_UNSHARE = ["unshare", "--user", "--map-root-user", "--mount", "--net", "--"]


def inside():
    return _INSIDE in os.environ


def enter():
    """Starts this program again inside, where that is needed and possible; else does nothing."""
    if os.geteuid() == 0 or inside() or shutil.which("unshare") is None:
        return
    if subprocess.run([*_UNSHARE, "true"], capture_output=True, timeout=10).returncode != 0:
        return
    script = 'mount -t tmpfs tmpfs /run && ip link set lo up && exec "$0" "$@"'
    words = [*_UNSHARE, "sh", "-c", script, sys.executable, *sys.argv]
    os.execvpe(words[0], words, os.environ | {_INSIDE: "1"})
