"""`patchbay lab run`: a network from a file, its programs, and what is left of it: nothing."""

import json
import os
import pathlib
import signal
import subprocess
import sys

from lib import namespace, owner
from lib.case import case, contains, equal, holds, lacks, matches
from lib.waiting import until

ROUTED = """
hosts = ["client", "router", "server"]

[[links]]
between = ["client", "router"]
delay = "20ms"
back = {{ delay = "10ms" }}

[[links]]
between = ["router", "server"]

[[programs]]
host = "server"
run = "{patchbay} tcp serve 0.0.0.0:5000"
ready = "listening"
background = true

[[programs]]
host = "client"
run = "ping -n -c 5 -i 0.1 server; {patchbay} tcp connect server:5000 --send hello"
"""

LASTING = """
hosts = ["a", "b"]
[[links]]
between = ["a", "b"]
delay = "1ms"
[[programs]]
host = "a"
run = "setsid sleep 600 & echo strayed; exec sleep 600"
ready = "strayed"
"""

_count = 0


def lab_file(lab, text, **words):
    """A file with a name that no other lab has, since namespaces are named after it."""
    global _count
    _count += 1
    return lab.file(f"{owner.MARK}-{_count}.toml", text.format(patchbay=lab.binary, **words))


def namespaces_of(path):
    names = os.listdir(owner.NAMESPACES) if owner.NAMESPACES.is_dir() else []
    return [name for name in names if name.startswith(path.stem + ".")]


def strays():
    """The programs of any lab run, by the mark in their environment."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if b"\0PATCHBAY_LAB=" in b"\0" + (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            pass
    return found


@case(needs=["tun", "ping"])
def hosts_reach_each_other_by_name_over_a_router(lab):
    path = lab_file(lab, ROUTED)
    ran = lab.patchbay("lab", "run", path)
    mean = float(matches(ran.out, r"^client \| rtt .* = [\d.]+/([\d.]+)/", "ping")[1])
    holds(29 <= mean <= 33, f"ping says {mean} ms, not 20 there and 10 back")
    matches(ran.out, r"^client \| hello$", "the client's answer")
    matches(ran.out, r"^server \| .*hello", "what the server got")
    contains(ran.out, "client → router: ", "the totals")
    equal(namespaces_of(path), [], "the namespaces afterwards")
    equal(strays(), [], "the programs afterwards")


@case(needs=["tun"])
def a_failed_program_is_told(lab):
    text = 'hosts = ["a"]\n[[programs]]\nhost = "a"\nrun = "exit 7"\n'
    ran = lab.patchbay("lab", "run", lab_file(lab, text), code=1)
    contains(ran.err, "a: exit 7 ended with 7", "the note")
    ran = lab.patchbay("lab", "run", lab_file(lab, text + '[[programs]]\nhost = "a"\nrun = "true"'),
                       "--json", code=3)
    lines = [json.loads(line) for line in ran.out.splitlines()]
    equal(sorted(line["code"] for line in lines if line["type"] == "ended"), [0, 7], "the codes")
    equal(lines[-1]["failed_programs"], 1, "the failed programs")


@case(needs=["namespaces"])
def a_program_that_is_not_ready_ends_the_run(lab):
    text = 'hosts = ["a"]\n[[programs]]\nhost = "a"\nrun = "echo no"\nready = "yes"\n'
    ran = lab.patchbay("lab", "run", lab_file(lab, text), code=1)
    matches(ran.err, r"^error: cannot go on after echo no\n  because: it ended before", "the error")


@case(needs=["namespaces"])
def what_programs_say_cannot_act_on_the_terminal(lab):
    text = """hosts = ["a"]\n[[programs]]\nhost = "a"\nrun = "printf '\\\\033[31mred'"\n"""
    ran = lab.patchbay("lab", "run", lab_file(lab, text))
    lacks(ran.out, "\x1b", "the output")
    contains(ran.out, "[31mred", "the output")


@case(needs=["namespaces"])
def it_ends_with_its_reader(lab):
    path = lab_file(lab, 'hosts = ["a"]\n[[programs]]\nhost = "a"\nrun = "yes"\n')
    lab.run("sh", "-c", 'timeout 20 "$0" "$@" | head -n 1', lab.binary, "lab", "run", path)
    until(lambda: not namespaces_of(path), "the end of its namespaces")
    until(lambda: not strays(), "the end of its programs")


@case(needs=["tun", "ping"])
def an_interrupt_reaches_the_programs_and_everything_ends(lab):
    text = ('hosts = ["a", "b"]\n[[links]]\nbetween = ["a", "b"]\ndelay = "1ms"\n'
            '[[programs]]\nhost = "a"\nrun = ["ping", "-n", "-i", "0.1", "b"]\n')
    path = lab_file(lab, text)
    run = lab.start_patchbay("lab", "run", path)
    run.wait_for("icmp_seq=2", "out")
    holds(len(namespaces_of(path)) == 2, "its namespaces have no names")
    equal(run.interrupt(), 130, "the exit code")
    contains(run.out, "packets transmitted", "ping's last words")
    equal(namespaces_of(path), [], "the namespaces afterwards")
    equal(strays(), [], "the programs afterwards")


@case(needs=["tun"])
def the_end_of_its_terminal_is_its_end(lab):
    path = lab_file(lab, LASTING)
    run = lab.start_patchbay("lab", "run", path)
    run.wait_for("strayed", "out")
    run.send_signal(signal.SIGHUP)
    while not run.ended:  # a shell that ends says it again
        run.send_signal(signal.SIGHUP)
    equal(namespaces_of(path), [], "the namespaces afterwards")
    equal(strays(), [], "the programs afterwards")


@case(needs=["namespaces"])
def programs_end_where_nobody_is_to_hear_of_it(lab):
    path = lab_file(lab, 'hosts = ["a"]\n[[programs]]\nhost = "a"\nrun = "exit 7"\n')
    ignoring = ("import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
                "os.execv(sys.argv[1], sys.argv[1:])")
    ran = lab.run(sys.executable, "-c", ignoring, lab.binary, "lab", "run", path, code=1)
    contains(ran.err, "a: exit 7 ended with 7", "the note")


@case(needs=["tun"])
def after_a_kill_the_next_run_removes_what_was_left_and_nothing_else(lab):
    own = lab.namespace("own")
    own_program = lab.start("sleep", "600", inside=own)
    path, other = lab_file(lab, LASTING), lab_file(lab, LASTING)
    living = lab.start_patchbay("lab", "run", other)
    living.wait_for("strayed", "out")
    of_the_living = set(strays())
    killed = lab.start_patchbay("lab", "run", path)
    killed.wait_for("strayed", "out")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    equal(len(namespaces_of(path)), 2, "the namespaces that it left")
    left = set(strays()) - of_the_living
    holds(left, "it left no program")
    # Somebody takes one of the names for a namespace of his own.
    taken = f"{path.stem}.b"
    namespace.ip("netns", "delete", taken)
    namespace.ip("netns", "add", taken)
    try:
        text = 'hosts = ["x"]\n[[programs]]\nhost = "x"\nrun = "true"\n'
        ran = lab.patchbay("lab", "run", lab_file(lab, text))
        contains(ran.err, "removed what a run that was killed had left: 1 namespace", "the note")
        equal(namespaces_of(path), [taken], "the dead run's namespaces")
        until(lambda: not left & set(strays()), "the end of what was left")
        equal(set(strays()), of_the_living, "the living run's programs")
        equal(len(namespaces_of(other)), 2, "the living run's namespaces")
        holds(not living.ended and not own_program.ended, "something else was ended")
        contains(namespace.ip("netns", "list"), own.name, "the namespaces afterwards")
    finally:
        namespace.ip("netns", "delete", taken)
    equal(living.interrupt(), 130, "the living run's exit code")


@case(needs=["namespaces"])
def a_name_that_is_taken_is_told(lab):
    text = 'hosts = ["own"]\n[[programs]]\nhost = "own"\nrun = "true"\n'
    path = lab_file(lab, text)
    namespace.ip("netns", "add", f"{path.stem}.own")
    try:
        ran = lab.patchbay("lab", "run", path, code=1)
        contains(ran.err, "there is a namespace of this name", "the reason")
        contains(namespace.ip("netns", "list"), f"{path.stem}.own", "the namespaces")
    finally:
        namespace.ip("netns", "delete", f"{path.stem}.own")


def user_namespaces():
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
               "unshare", "--user", "true"]
    return subprocess.run(command, capture_output=True, timeout=10).returncode == 0


@case(needs=["root", "setpriv", "unshare", "ping"])
def without_root_it_runs_in_a_user_namespace(lab):
    text = ('hosts = ["a", "r", "b"]\n[[links]]\nbetween = ["a", "r"]\n'
            '[[links]]\nbetween = ["r", "b"]\n[[programs]]\nhost = "a"\n'
            'run = ["ping", "-n", "-c", "1", "b"]\n')
    path = lab_file(lab, text)
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", lab.binary,
               "lab", "run", path]
    if not user_namespaces():
        ran = lab.run(*command, code=None)
        matches(ran.err, r"^error: .+\n  because: .+\n  try: .*sudo", "the error")
        return
    ran = lab.run(*command)
    contains(ran.out, "1 received", "what ping says")
    equal(namespaces_of(path), [], "names that everybody sees")
