"""What goes to stdout, what to stderr, in which form, and what is left of both afterwards."""

import fcntl
import json
import os
import pty
import signal
import subprocess

from lib.case import case, contains, equal, holds, lacks, matches
from lib.process import free_port

DATE = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$"


def records(program, tool, complete):
    """Its stdout as JSON lines, of which the first and the last are checked."""
    lines = program.out.splitlines()
    holds(program.out.endswith("\n"), "the last line is not whole")
    found = [json.loads(line) for line in lines]
    start, end = found[0], found[-1]
    equal((start["type"], start["tool"]), ("start", tool), "the first record")
    equal(type(start["schema"]), int, "the schema")
    matches(start["ts"], DATE, "the time of the first record")
    equal((end["type"], end["complete"]), ("end", complete), "the last record")
    equal([one["type"] for one in found].count("start"), 1, "start records")
    for one in found:
        for name, value in one.items():
            if name.endswith(("_us", "_bytes")):
                equal(type(value), int, f"{name} of {one}")
    return found


def of_type(found, kind):
    return [one for one in found if one["type"] == kind]


@case()
def json_of_servers(lab):
    for tool in ("tcp", "udp"):
        server = lab.serve(tool, "--json")
        lab.patchbay(tool, "connect", f"127.0.0.1:{server.port}", "--send", "hello \"you\"\n")
        server.wait_for('"type":"message"', "out")
        equal(server.interrupt(), 130, "exit code")
        found = records(server, f"{tool} serve", False)
        equal(of_type(found, "message")[0]["text"], "hello \"you\"\n", "the message")
        equal(found[-1]["received_bytes"], 12, "the totals")


@case()
def json_of_clients(lab):
    for tool in ("tcp", "udp"):
        server = lab.serve(tool)
        where = f"127.0.0.1:{server.port}"
        here = lab.patchbay(tool, "connect", where, "--send", "hello", "--json")
        found = records(here, f"{tool} connect", True)
        equal(of_type(found, "answer")[0]["text"], "hello", "the answer")
        here = lab.patchbay(tool, "connect", where, "--json", "--timeout", "300ms", stdin=b"\xff\0")
        found = records(here, f"{tool} connect", True)
        equal("".join(one["hex"] for one in of_type(found, "received")), "ff00", "what came")


@case()
def json_of_a_failure(lab):
    port = free_port()
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--json", code=1)
    error = of_type(records(here, "tcp connect", False), "error")[0]
    for part in ("what", "why", "try"):
        holds(error[part], f"the error has no {part}: {error}")
    wrong = lab.patchbay("tcp", "serve", "0", "--json", "--stdio", code=2)
    records(wrong, "tcp serve", False)
    for line in wrong.err.splitlines():
        json.loads(line)
    unequal = lab.serve("tcp")
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{unequal.port}", "--send", "a", "--expect",
                        "b", "--timeout", "300ms", "--json", code=5)
    equal(of_type(records(here, "tcp connect", True), "answer")[0]["matched"], False, "matched")


@case()
def json_of_what_is_about_patchbay(lab):
    found = records(lab.patchbay("doctor", "--json"), "doctor", True)
    holds(len(found) > 8, "doctor found little")
    records(lab.patchbay("config", "show", "--all", "--json"), "config show", True)


@case()
def a_killed_run_leaves_whole_lines(lab):
    server = lab.serve("tcp", "--json")
    lab.patchbay("tcp", "connect", f"127.0.0.1:{server.port}", "--send", "hello")
    server.wait_for('"type":"left"', "out")
    server.send_signal(signal.SIGKILL)
    server.wait()
    for line in server.out.splitlines():
        json.loads(line)


@case()
def stdout_has_results_only(lab):
    server = lab.serve("tcp")
    where = f"127.0.0.1:{server.port}"
    loud = lab.patchbay("tcp", "connect", where, "-vv", "--stats", stdin=b"hello")
    equal(loud.out, "hello", "stdout with -vv and --stats")
    quiet = lab.patchbay("tcp", "connect", where, "-q", stdin=b"hello")
    equal((quiet.out, quiet.err), ("hello", ""), "stdout and stderr with -q")
    equal(server.err.count("\n"), 1, "lines on stderr of the server")
    help_text = lab.patchbay("tcp", "serve", "--help")
    equal(help_text.err, "", "stderr of --help")


@case()
def a_reader_that_leaves_ends_it_without_a_word(lab):
    server = lab.serve("tcp", "--service", "chargen", "--quiet")
    script = f'"$0" tcp connect 127.0.0.1:{server.port} -q < /dev/null | head -c 10; ' \
             'echo " ${PIPESTATUS[0]}"'
    shell = lab.run("bash", "-c", script, lab.binary)
    equal(shell.out, " !\"#$%&'() 0\n", "what head took, and the exit code")
    equal(shell.err, "", "stderr")


@case()
def a_full_disk_is_a_failure(lab):
    server = lab.serve("tcp")
    with open("/dev/full", "wb") as full:
        here = lab.patchbay("tcp", "connect", f"127.0.0.1:{server.port}", "--send", "hello",
                            stdout=full, code=1)
    matches(here.err, r"^error: ", "stderr")


def on_terminal(lab, words, env=None):
    command = " ".join([f"'{lab.binary}'", *words])
    return lab.run("script", "-qec", command, "/dev/null", code=None, env=env).out


@case(needs=["script"])
def colour_is_for_terminals_that_want_it(lab):
    words = ["doctor"]
    colourful = {"TERM": "xterm-256color"}
    contains(on_terminal(lab, words, colourful), "\x1b[", "a terminal")
    lacks(on_terminal(lab, words, colourful | {"NO_COLOR": "1"}), "\x1b[", "NO_COLOR")
    lacks(on_terminal(lab, words, {"TERM": "dumb"}), "\x1b[", "TERM=dumb")
    lacks(on_terminal(lab, words + ["--color=never"], colourful), "\x1b[", "--color=never")
    contains(on_terminal(lab, words + ["--color=always"], colourful | {"NO_COLOR": "1"}), "\x1b[",
             "--color=always, which wins over NO_COLOR")
    lacks(lab.patchbay(*words, env=colourful).out, "\x1b[", "a file")
    contains(lab.patchbay(*words, "--color=always").out, "\x1b[", "a file with --color=always")


def is_non_blocking(descriptor):
    return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_NONBLOCK)


@case()
def a_terminal_is_as_blocking_as_before(lab):
    server = lab.serve("tcp")
    ours, theirs = pty.openpty()
    try:
        terminal = open(theirs, "r+b", buffering=0, closefd=False)
        here = lab.start_patchbay("tcp", "connect", f"127.0.0.1:{server.port}", stdin=terminal,
                                  stdout=theirs)
        here.wait_for("Connected")
        os.write(ours, b"hello\n")
        server.wait_for(r"\] hello$", "out")
        holds(not is_non_blocking(theirs), "the terminal is non-blocking while it runs")
        equal(here.interrupt(), 130, "exit code")
        holds(not is_non_blocking(theirs), "the terminal is non-blocking after Ctrl-C")
    finally:
        os.close(ours)
        os.close(theirs)


@case()
def pipes_are_as_blocking_as_before(lab):
    server = lab.serve("tcp")
    for ending in ("end of input", "kill"):
        in_reading, in_writing = os.pipe()
        out_reading, out_writing = os.pipe()
        ends = (in_reading, in_writing, out_reading, out_writing)
        try:
            stdin = open(in_reading, "rb", closefd=False)
            here = lab.start_patchbay("tcp", "connect", f"127.0.0.1:{server.port}", stdin=stdin,
                                      stdout=out_writing)
            os.write(in_writing, b"hello")
            equal(os.read(out_reading, 100), b"hello", "the answer")
            if ending == "kill":
                here.send_signal(signal.SIGKILL)
            else:
                os.close(in_writing)
                ends = (in_reading, out_reading, out_writing)
            here.wait()
            for name, end in (("stdin", in_reading), ("stdout", out_writing)):
                holds(not is_non_blocking(end), f"{name} is non-blocking after the {ending}")
        finally:
            for end in ends:
                os.close(end)


@case()
def a_closed_stdin_or_stdout_does_no_harm(lab):
    server = lab.serve("tcp")
    connect = f'"$0" tcp connect 127.0.0.1:{server.port}'
    for script in (f"{connect} <&-", f"{connect} </dev/null >&-", f"{connect} </dev/null 2>&-"):
        shell = lab.run("bash", "-c", script, lab.binary, code=None)
        holds(shell.wait() in (0, 1), f"{script} ended with {shell.wait()}")
    equal(lab.patchbay("tcp", "connect", f"127.0.0.1:{server.port}", stdin=b"x").out, "x", "after")


@case()
def sigterm_ends_a_server_in_order(lab):
    server = lab.serve("tcp")
    client = lab.start_patchbay("tcp", "connect", f"127.0.0.1:{server.port}", stdin=subprocess.PIPE)
    server.wait_for("Connection from", "out")
    server.send_signal(signal.SIGTERM)
    equal(server.wait(), 0, "exit code of the server")
    contains(server.err, "1 client was cut off", "stderr")
    client.stdin.close()
    client.wait()
