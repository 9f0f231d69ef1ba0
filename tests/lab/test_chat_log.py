"""What the chat keeps: accounts and what was said, also when the server is killed."""

import json
import os
import signal
import subprocess

from lib.case import case, contains, equal, holds
from lib.waiting import until


def serve(lab):
    server = lab.start_patchbay("chat", "serve", "--lines", "127.0.0.1:0", "--db", "chat.db")
    said = server.wait_for(r"^\[\*\] Chat Server started on 127\.0\.0\.1:(\d+)$")
    server.port = int(said[1])
    return server


def talk(lab, server, name, lines):
    """Says them by nc; returns when the last is in the history."""
    typist = lab.start("nc", "127.0.0.1", server.port, stdin=subprocess.PIPE)
    typist.stdin.write("".join(f"{line}\n" for line in [name, *lines]).encode())
    typist.stdin.flush()
    until(lambda: lines[-1] in [text for _, text in messages(lab)], "the last line in the history")
    return typist


def log(lab, *words, code=0):
    return lab.patchbay("chat", "log", "lobby", "--db", "chat.db", *words, code=code)


def messages(lab, *words):
    """[(from, text)], as JSON tells them; none while nothing was said yet."""
    try:
        lines = [json.loads(line) for line in log(lab, "--json", *words).out.splitlines()]
    except AssertionError:
        return []
    return [(line["from"], line["text"]) for line in lines if line["type"] == "message"]


@case(needs=["nc"])
def keeps_what_was_said_when_the_server_is_killed(lab):
    server = serve(lab)
    words = [f"line {number}" for number in range(1, 9)]  # no more than may be said at once
    talk(lab, server, "ann", words)
    server.send_signal(signal.SIGKILL)
    equal(server.wait(), 128 + signal.SIGKILL, "its end")
    equal(messages(lab), [("ann", text) for text in words], "what is kept")

    again = serve(lab)
    bob = talk(lab, again, "bob", ["and on"])
    bob.stdin.write(b"/history 2\n")
    bob.stdin.flush()
    bob.wait_for(r"\[ann\] line 8", "out")
    equal(messages(lab)[-1], ("bob", "and on"), "what is said after it")
    lines = [json.loads(line) for line in log(lab, "--json").out.splitlines()]
    sequences = [line["sequence"] for line in lines if line["type"] == "message"]
    equal(sequences, list(range(1, 10)), "the numbers")


@case(needs=["nc"])
def finds_what_was_said(lab):
    server = serve(lab)
    talk(lab, server, "ann", ["the switch 192.0.2.1 is down", "which one", "vlan 42"])
    equal(log(lab, "--search", "192.0.2.1").out[20:], "[ann] the switch 192.0.2.1 is down\n",
          "what is found")
    equal(messages(lab, "--last", "1"), [("ann", "vlan 42")], "the last one")
    equal(len(messages(lab, "--since", "1h")), 3, "within the last hour")
    equal(len(messages(lab, "--until", "1h")), 0, "before that")
    missing = lab.patchbay("chat", "log", "nowhere", "--db", "chat.db", code=1)
    contains(missing.err, "there is no room #nowhere", "of a room that is not there")


@case(needs=[])
def makes_accounts_without_a_password_on_the_command_line(lab):
    def user(*words, code=0, stdin=b""):
        return lab.patchbay("chat", "user", *words, "--db", "chat.db", stdin=stdin, code=code)

    equal(user("add", "Alice", stdin=b"s3cret\n").out, "Alice was added in chat.db\n", "added")
    equal(os.stat(lab.folder / "chat.db").st_mode & 0o777, 0o600, "the file's mode")
    contains(user("add", "alice", stdin=b"other\n", code=1).err, "account Alice already", "twice")
    lab.file("password", "another one\n")
    contains(user("passwd", "alice", "--password-file", "password", code=4).err,
             "others may read", "a file that others may read")
    os.chmod(lab.folder / "password", 0o600)
    user("passwd", "alice", "--password-file", "password")
    contains(user("list").out, "Alice  made 2", "the list")
    user("del", "ALICE")
    equal(user("list").out, "", "nobody is left")
    holds(b"s3cret" not in (lab.folder / "chat.db").read_bytes(), "no password in the file")
