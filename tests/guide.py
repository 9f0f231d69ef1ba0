#!/usr/bin/env python3
"""Holds docs/guide.md to the programs it speaks of.

usage: guide.py --snippets      are they what stands in the files?
       guide.py --write         bring them up to date
       guide.py BUILD_FOLDER    do the sessions go as the guide says?

A snippet is a block of code after `<!-- examples/NAME.cpp REGION -->`: it must be what stands in
that file between `// [REGION]` and `// [/REGION]`, or the whole file where no region is named.

A session is the ```console blocks of one chapter, `console NAME` for the terminal NAME. They are
typed and read in their order, in a network namespace whose ports are all free: `$ COMMAND` is
typed, `^C` interrupts what runs there, other lines are what it says. Blank lines and the ports of
clients do not count, and `…` stands for anything. The last line has the counts; where namespaces
are not allowed, the exit code is 77.
"""

import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import time
import tty

ROOT = pathlib.Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "guide.md"
SNIPPET = re.compile(r"(<!-- (examples/\w+\.cpp)(?: (\w+))? -->\n```cpp\n)(.*?)(```\n)", re.DOTALL)
BLOCK = re.compile(r"```console(?: (\w+))?\n(.*?)```\n", re.DOTALL)
CLIENT_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d{5}\b")
PATIENCE = 20  # seconds; only against a hang
SILENT = 2  # seconds for a command of which the guide shows no word
CANNOT_RUN = 77


class Failure(Exception):
    pass


def region(path, name):
    text = (ROOT / path).read_text()
    if not name:
        return text
    match = re.search(rf"^// \[{name}\]\n(.*?)^// \[/{name}\]\n", text, re.DOTALL | re.MULTILINE)
    if not match:
        raise Failure(f"{path} has no region [{name}]")
    return match.group(1)


def write():
    text = GUIDE.read_text()
    GUIDE.write_text(SNIPPET.sub(lambda m: m[1] + region(m[2], m[3]) + m[5], text))


def check_snippets():
    text = GUIDE.read_text()
    snippets = SNIPPET.findall(text)
    if len(snippets) != text.count("```cpp\n"):
        raise Failure("a block of C++ comes from no file")
    for _, path, name, quoted, _ in snippets:
        if quoted != region(path, name):
            raise Failure(f"{path} [{name}] differs; run: tests/guide.py --write")
    unquoted = {f"examples/{path.name}" for path in (ROOT / "examples").glob("*.cpp")} - {
        snippet[1] for snippet in snippets}
    if unquoted:
        raise Failure("the guide shows nothing of " + ", ".join(sorted(unquoted)))


class Terminal:
    """One terminal of a session, and the one command that runs there."""

    def __init__(self, build):
        self.build = build
        self.process = None
        self.interrupted = False
        self.unread = ""

    def type(self, command):
        self.end()
        command = command.replace("build/release", str(self.build))
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        self.process = subprocess.Popen(["bash", "-c", "exec " + command], cwd=ROOT,
                                        stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.screen = ours
        self.interrupted = False

    def read_line(self):
        """The next line that is not blank, or None at the end."""
        while True:
            line, newline, rest = self.unread.partition("\n")
            if newline:
                self.unread = rest
                if line.strip():
                    return line
                continue
            if not select.select([self.screen], [], [], PATIENCE)[0]:
                raise Failure(f"a command says nothing more; unread: {self.unread!r}")
            try:
                data = os.read(self.screen, 65536)
            except OSError:  # EIO: the command has ended
                data = b""
            if not data:
                line, self.unread = self.unread, ""
                return line if line.strip() else None
            self.unread += data.decode()

    def expect(self, wanted):
        line = self.read_line()
        pattern = re.escape(CLIENT_PORT.sub("PORT", wanted)).replace("…", ".*")
        if line is None or not re.fullmatch(pattern, CLIENT_PORT.sub("PORT", line)):
            raise Failure(f"a command said {line!r} where the guide has {wanted!r}")

    def interrupt(self):
        self.interrupted = True
        os.kill(self.process.pid, signal.SIGINT)

    def wait_for_interrupted(self):
        """Whoever types next does so when what was interrupted here is gone."""
        if self.process is not None and self.interrupted:
            self.process.wait(PATIENCE)

    def end(self):
        """What ran here must have said all and come to its end."""
        if self.process is None:
            return
        line = self.read_line()
        if line is not None:
            raise Failure(f"a command also said {line!r}")
        self.process.wait(PATIENCE)
        self.leave()

    def leave(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.screen)
        self.process = None


def listening():
    """How many TCP sockets of this namespace listen."""
    tables = (pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]
              for name in ("tcp", "tcp6"))
    return sum(line.split()[3] == "0A" for table in tables for line in table)


def wait_for_a_server(terminal, before):
    """Until a command that says nothing listens, or has ended; not for long if it does neither."""
    give_up = time.monotonic() + SILENT
    while listening() <= before and terminal.process.poll() is None:
        if time.monotonic() > give_up:
            return
        time.sleep(0.01)


def play(chapter, build):
    terminals = {}
    try:
        for name, block in BLOCK.findall(chapter):
            terminal = terminals.setdefault(name, Terminal(build))
            lines = [line for line in block.splitlines() if line.strip()]
            for place, line in enumerate(lines):
                if line.startswith("$ "):
                    for other in terminals.values():
                        other.wait_for_interrupted()
                    before = listening()
                    terminal.type(line[2:])
                    if place + 1 == len(lines):
                        wait_for_a_server(terminal, before)
                elif line == "^C":
                    terminal.interrupt()
                else:
                    terminal.expect(line)
        for terminal in terminals.values():
            terminal.end()
    finally:
        for terminal in terminals.values():
            terminal.leave()


def chapters():
    for chapter in re.split(r"^## ", GUIDE.read_text(), flags=re.MULTILINE):
        if BLOCK.search(chapter):
            yield chapter.split("\n", 1)[0], chapter


def attempt(name, test, *arguments):
    try:
        test(*arguments)
    except (Failure, OSError, subprocess.TimeoutExpired) as failure:
        print(f"failed: guide: {name}: {failure}")
        return False
    print(f"passed: {name}")
    return True


def in_namespace():
    """The exit code of this program run in a network namespace of its own, or None."""
    command = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c",
               'ip link set lo up && exec "$@"', "guide"]
    if subprocess.run([*command, "true"], capture_output=True).returncode != 0:
        return None
    again = [sys.executable, __file__, *sys.argv[1:], "--inside"]
    return subprocess.run([*command, *again]).returncode


def count(results):
    failed = results.count(False)
    print(f"{len(results) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not results else 0


def main():
    words = sys.argv[1:]
    if words == ["--write"]:
        return write()
    if words == ["--snippets"]:
        return count([attempt("snippets", check_snippets)])
    if len(words) == 2 and words[1] == "--inside":
        build = pathlib.Path(words[0]).resolve()
        return count([attempt(title, play, chapter, build) for title, chapter in chapters()])
    if len(words) != 1:
        sys.exit(__doc__)
    ended = in_namespace()
    if ended is not None:
        return ended
    print("skipped: guide: network namespaces are not allowed here")
    print(f"0 passed, 0 failed, {len(list(chapters()))} skipped")
    return CANNOT_RUN


if __name__ == "__main__":
    sys.exit(main())
