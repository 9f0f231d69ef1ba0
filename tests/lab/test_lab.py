"""The lab itself: what it leaves, and what it leaves alone."""

import os
import pathlib
import signal
import subprocess
import sys

from lib import namespace, owner
from lib.case import Lab, case, contains, equal, holds, lacks
from lib.waiting import until

HERE = pathlib.Path(__file__).parent

# A run of the lab that makes one of each thing, says so, and is killed.
KILLED = """
import os, pathlib, sys, tempfile
sys.path.insert(0, sys.argv[1])
from lib import namespace, owner, process
folder = pathlib.Path(tempfile.mkdtemp(prefix=owner.MARK + "-"))
made = namespace.Namespace("left")
inside = process.Program("inside", made.command(["sleep", "600"]), folder)
# It leaves its process group, as daemons do.
strayed = process.Program("strayed", ["setsid", "sleep", "600"], folder)
print(folder, made.name, inside.pid, strayed.pid, flush=True)
sys.stdin.read()
"""


@case(needs=["namespaces"])
def a_killed_run_is_cleared_away_and_nothing_else(lab):
    own = lab.namespace("own")
    own_program = lab.start("sleep", "600", inside=own)
    foreign = f"{owner.PREFIX}x-{os.getpid()}-1"
    namespace.ip("netns", "add", foreign)
    foreign_program = subprocess.Popen(namespace_command(foreign, "sleep", "600"))
    try:
        # In an environment without this run's mark, as a run of its own has.
        killed = subprocess.Popen([sys.executable, "-c", KILLED, HERE], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        folder, name, *pids = killed.stdout.readline().split()
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        contains(namespace.ip("netns", "list"), name, "the namespaces after the kill")

        owner.remove_left_overs()

        names = namespace.ip("netns", "list")
        lacks(names, name, "the namespaces afterwards")
        contains(names, own.name, "the namespaces afterwards")
        contains(names, foreign, "the namespaces afterwards")
        holds(not pathlib.Path(folder).exists(), f"{folder} is still there")
        for pid in pids:
            until(lambda: owner.started_at(pid) is None, f"the end of {pid}")
        holds(not own_program.ended, "a program of this run was ended")
        equal(foreign_program.poll(), None, "the exit code of a stranger's program")
        holds(lab.folder.is_dir(), "the folder of this run is gone")
    finally:
        foreign_program.kill()
        foreign_program.wait()
        namespace.ip("netns", "delete", foreign)


def namespace_command(name, *words):
    return ["ip", "netns", "exec", name, *words]


@case()
def names_of_the_living_are_no_left_overs(lab):
    holds(not owner.is_left_over(f"{owner.MARK}-here"), "this run is taken for a dead one")
    alive = f"{owner.PREFIX}-{os.getpid()}-1"
    holds(owner.is_left_over(alive), "the same process id, started at another moment")
    for name in ("pblab", "pblab-1", "pblab-x-1-left", "apblab-1-1", "", "pblab-1-1x"):
        holds(not owner.is_left_over(name), f"{name!r} is taken for a name of the lab's")


@case(needs=["namespaces"])
def the_host_sees_no_link_of_the_lab(lab):
    before = namespace.ip("-o", "link")
    left, right = lab.namespace("left"), lab.namespace("right")
    namespace.join(left, "cable", right, "cable")
    lacks(namespace.ip("-o", "link"), "cable", f"the links of the host, which were {before}")


@case(needs=["bash"])
def all_that_a_program_started_ends_with_it(lab):
    shell = lab.start("bash", "-c", "sleep 600 & setsid sleep 600 & echo ready; wait")
    shell.wait_for("ready", "out")
    holds(isinstance(lab, Lab), "no lab")
    until(lambda: len([pid for pid, mark in owner.programs() if mark == owner.MARK]) >= 3,
          "all three")
    owner.end_programs(lambda mark: mark == owner.MARK)
    equal([pid for pid, mark in owner.programs() if mark == owner.MARK], [], "what is left")
