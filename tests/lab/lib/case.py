"""Cases: how one is written, what it is handed, and how all are run and counted.

    @case(needs=["nc"])
    def echoes_to_nc(lab):
        server = lab.serve("tcp", "serve")
        nc = lab.run("nc", "-N", "127.0.0.1", server.port, stdin=b"hello\\n")
        equal(nc.out, "hello\\n", "what nc got")

A case fails by any exception. Whatever it started or made is ended and removed after it.
"""

import contextlib
import dataclasses
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback

from lib import namespace, owner, process, user_namespace
from lib.waiting import PATIENCE

_cases = []
_DESCRIPTORS = 10_500


@dataclasses.dataclass
class Case:
    name: str
    body: object
    needs: list
    seconds: float

    def why_not(self, binary):
        """Why it cannot run here with this binary; nothing when it can."""
        for need in self.needs:
            if need == "namespaces":
                reason = namespace.why_not()
            elif need == "tun":
                reason = namespace.why_not() or namespace.why_no_tun()
            elif need == "root":
                reason = _why_not_root()
            elif need == "descriptors":
                reason = _raise_descriptor_limit()
            elif need.startswith("examples/"):
                reason = None if (binary.parent / need).is_file() else f"{need} is not built"
            else:
                reason = None if shutil.which(need) else f"there is no {need}"
            if reason:
                return reason
        return None


def _why_not_root():
    if user_namespace.inside():
        return "needs root, and is root of a user namespace only"
    return None if os.geteuid() == 0 else "needs root"


def _raise_descriptor_limit():
    """Why it cannot be raised as far as needed; nothing when it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= _DESCRIPTORS:
        return None
    if hard < _DESCRIPTORS and os.geteuid() != 0:
        return f"needs {_DESCRIPTORS} descriptors, and {hard} are allowed"
    resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, max(hard, _DESCRIPTORS)))
    return None


def case(needs=(), seconds=30):
    """Registers a function of the lab. `needs` lists programs, "root", "namespaces",
    "tun" (namespaces and TUN devices in them), "descriptors", which are enough for ten thousand
    sockets, and programs of ours beside the binary, "examples/NAME"."""
    def register(body):
        room = body.__module__.removeprefix("test_")
        _cases.append(Case(f"{room}.{body.__name__}", body, list(needs), seconds))
        return body
    return register


class Lab:
    """What a case is handed: a folder, and programs and namespaces that end with it."""

    def __init__(self, binary, folder, exits):
        self.binary = binary
        self.folder = folder
        self._exits = exits
        self._count = 0
        self.programs = []

    def start(self, *command, inside=None, **how):
        """Starts a program, in a namespace if one is given. See process.Program."""
        self._count += 1
        name = f"{self._count:02}-{pathlib.Path(str(command[0])).name}"
        words = inside.command(command) if inside else command
        program = process.Program(name, words, self.folder, **how)
        self.programs.append(program)
        self._exits.callback(program.close)
        return program

    def run(self, *command, code=0, seconds=PATIENCE, **how):
        """Starts a program, waits for its end, and expects its exit code (None: any)."""
        program = self.start(*command, **how)
        seen = program.wait(seconds)
        if code is not None and seen != code:
            raise AssertionError(f"{program} ended with {seen}, not {code}: {shown(program.err)}")
        return program

    def patchbay(self, *words, **how):
        """Runs `patchbay WORDS…` to its end."""
        return self.run(self.binary, *words, **how)

    def start_patchbay(self, *words, **how):
        return self.start(self.binary, *words, **how)

    def serve(self, tool, *words, where="127.0.0.1:0", **how):
        """Starts `patchbay TOOL serve` on a port that is free, and waits until it listens. The
        program then has a `port`."""
        if "--quiet" in words:  # then it says nothing, not even its port
            return self._serve_quietly(tool, words, how)
        server = self.start_patchbay(tool, "serve", where, *words, **how)
        if "--json" in words:
            said = server.wait_for(r'"type":"listening".*"address":"[^"]*:(\d+)"', "out")
        else:
            said = server.wait_for(r"listening on \S*:(\d+)$")
        server.port = int(said[1])
        return server

    def _serve_quietly(self, tool, words, how):
        port = process.free_port(socket.SOCK_DGRAM if tool == "udp" else socket.SOCK_STREAM)
        server = self.start_patchbay(tool, "serve", port, *words, **how)
        server.port = port
        (server.wait_for_udp if tool == "udp" else server.wait_for_listener)(port)
        return server

    def namespace(self, label):
        made = namespace.Namespace(label)
        self._exits.callback(made.close)
        return made

    def file(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def keep(self, closable):
        """Closes it when the case ends."""
        return self._exits.enter_context(contextlib.closing(closable))


# --- what is expected -----------------------------------------------------------------------------

def shown(value, limit=400):
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("unicode_escape").decode() if isinstance(value, str) else text
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} in all)"


def equal(seen, expected, what):
    if seen != expected:
        raise AssertionError(f"{what}: {shown(seen)}, not {shown(expected)}")


def contains(text, part, what):
    if part not in text:
        raise AssertionError(f"{what}: no {shown(part)} in {shown(text)}")


def lacks(text, part, what):
    if part in text:
        raise AssertionError(f"{what}: there is {shown(part)} in {shown(text)}")


def matches(text, pattern, what):
    match = re.search(pattern, text, re.MULTILINE)
    if not match:
        raise AssertionError(f"{what}: nothing like {pattern} in {shown(text)}")
    return match


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


# --- running --------------------------------------------------------------------------------------

class _OutOfTime(Exception):
    pass


@contextlib.contextmanager
def _at_most(seconds):
    def ring(_signal, _frame):
        raise _OutOfTime(f"it was not over after {seconds:g} s")
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _run_one(one, binary):
    """Nothing when it passed, else why not. Everything of it is gone afterwards."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{owner.MARK}-"))
    folder.chmod(0o755)  # a case may run a program as another user
    lab = None
    try:
        with contextlib.ExitStack() as exits:
            lab = Lab(binary, folder, exits)
            with _at_most(one.seconds):
                one.body(lab)
        return None
    except Exception as error:
        traceback.print_exception(error, limit=-3, file=sys.stdout)
        for program in lab.programs[-4:] if lab else []:  # those before have done their part
            print(f"  {program}\n    out: {shown(program.out)}\n    err: {shown(program.err)}")
        return f"{error}".replace("\n", " ") or type(error).__name__
    finally:
        owner.end_programs(lambda mark: mark == owner.MARK)
        shutil.rmtree(folder)


def chosen_cases(names):
    """All cases, or those whose names contain one of `names`. Nothing for a name that none has."""
    if not names:
        return list(_cases)
    if any(all(name not in one.name for one in _cases) for name in names):
        return None
    return [one for one in _cases if any(name in one.name for name in names)]


def run_all(cases, binary):
    """Runs the cases one after the other and prints the counts; the exit code."""
    failed, skipped = {}, {}
    for one in cases:
        reason = one.why_not(binary)
        if reason:
            skipped[one.name] = reason
            continue
        begin = time.monotonic()
        reason = _run_one(one, binary)
        if reason:
            failed[one.name] = reason
        word = "FAILED" if reason else "passed"
        print(f"{word}  {one.name} ({time.monotonic() - begin:.1f} s)", flush=True)
    for kind, found in (("skipped", skipped), ("failed", failed)):
        for name, reason in found.items():
            print(f"{kind}: {name}: {reason}")
    passed = len(cases) - len(failed) - len(skipped)
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed else 0
