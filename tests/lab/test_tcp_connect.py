"""tcp connect against listeners that people use, and in their pipes."""

import hashlib
import os
import subprocess

from lib.case import case, contains, equal, holds, lacks, matches
from lib.process import free_port
from lib.waiting import until

QUESTION = b"GET something\n"
ANSWER = b"\x00\x01 any bytes \xff\xfe\r\n"
LARGE_BYTES = 100 * 1024 * 1024


def listener(lab, name, port, stdin):
    """A program that takes one connection, prints what comes and says `stdin`."""
    command = {"nc": ["nc", "-N", "-l", "127.0.0.1", port],
               "ncat": ["ncat", "-l", "127.0.0.1", port],
               "socat": ["socat", "-t10", "-", f"TCP-LISTEN:{port},bind=127.0.0.1"]}[name]
    program = lab.start(*command, stdin=stdin)
    program.wait_for_listener(port)
    return program


def both_ways(lab, name):
    port = free_port()
    peer = listener(lab, name, port, ANSWER)
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", stdin=QUESTION)
    equal(peer.wait(), 0, f"exit code of {name}")
    equal(peer.out_bytes, QUESTION, f"what {name} got")
    equal(here.out_bytes, ANSWER, "stdout")
    contains(here.err, f"[+] Connected to 127.0.0.1:{port}\n", "stderr")


@case(needs=["nc"])
def talks_to_nc(lab):
    both_ways(lab, "nc")


@case(needs=["ncat"])
def talks_to_ncat(lab):
    both_ways(lab, "ncat")


@case(needs=["socat"])
def talks_to_socat(lab):
    both_ways(lab, "socat")


@case(needs=["socat"])
def the_end_of_input_ends_only_the_sending_side(lab):
    port = free_port()
    # The answer can be made only once the end of the question is seen.
    peer = lab.start("socat", f"TCP-LISTEN:{port},bind=127.0.0.1", "SYSTEM:sha256sum")
    peer.wait_for_listener(port)
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", stdin=QUESTION)
    equal(here.out, f"{hashlib.sha256(QUESTION).hexdigest()}  -\n", "the answer")


@case(needs=["socat"])
def the_end_of_the_peer_ends_only_the_output(lab):
    port = free_port()
    peer = lab.start("socat", "-t20", "-", f"TCP-LISTEN:{port},bind=127.0.0.1", stdin=b"farewell")
    peer.wait_for_listener(port)
    reading, writing = os.pipe()
    here = lab.start_patchbay("tcp", "connect", f"127.0.0.1:{port}", stdin=subprocess.PIPE,
                              stdout=writing)
    os.close(writing)
    with open(reading, "rb") as output:
        equal(output.read(), b"farewell", "all of the output, whose end has come")
    holds(not here.ended, "it ended, though its input went on")
    here.stdin.write(b"said after that")
    here.stdin.close()
    equal(here.wait(), 0, "exit code")
    equal(peer.wait(), 0, "exit code of socat")
    equal(peer.out, "said after that", "what socat got")


def large_content(lab, name):
    content = os.urandom(1 << 20) * (LARGE_BYTES >> 20)
    return lab.file(name, content if name == "there" else content[::-1])


def same_bytes(seen, sent, what):
    same = subprocess.run(["cmp", seen, sent], capture_output=True, text=True, timeout=30)
    equal(same.stdout + same.stderr, "", what)


@case(needs=["socat"], seconds=90)
def carries_100_mib_both_ways_with_socat(lab):
    here, there = large_content(lab, "here"), large_content(lab, "there")
    port = free_port()
    peer = listener(lab, "socat", port, there.open("rb"))
    # From and to pipes, as people use it.
    script = f'cat here | "$1" tcp connect 127.0.0.1:{port} | cat'
    shell = lab.run("bash", "-o", "pipefail", "-c", script, "-", lab.binary, seconds=60)
    equal(peer.wait(), 0, "exit code of socat")
    same_bytes(shell.out_file, there, "what came here")
    same_bytes(peer.out_file, here, "what came there")


# One way at a time: `nc -l` leaves at the end of what it hears, whatever it still has to say.
@case(needs=["nc"], seconds=90)
def carries_100_mib_to_nc(lab):
    here = large_content(lab, "here")
    port = free_port()
    peer = listener(lab, "nc", port, b"")
    lab.run("bash", "-o", "pipefail", "-c",
            f'cat here | "$1" tcp connect 127.0.0.1:{port} | cat', "-", lab.binary, seconds=60)
    equal(peer.wait(), 0, "exit code of nc")
    same_bytes(peer.out_file, here, "what came there")


@case(needs=["nc"], seconds=90)
def carries_100_mib_from_nc(lab):
    there = large_content(lab, "there")
    port = free_port()
    peer = listener(lab, "nc", port, there.open("rb"))
    connect = lab.start_patchbay("tcp", "connect", f"127.0.0.1:{port}", stdin=subprocess.PIPE)
    until(lambda: connect.out_file.stat().st_size >= LARGE_BYTES, "all of it is here", 60)
    connect.stdin.close()
    equal(connect.wait(), 0, "exit code")
    equal(peer.wait(), 0, "exit code of nc")
    same_bytes(connect.out_file, there, "what came here")


@case(needs=["socat"])
def a_peer_that_speaks_first_is_heard_every_time(lab):
    # The greeting can come with the connection itself, in one event: once that was lost.
    port = free_port()
    peer = lab.start("socat", f"TCP-LISTEN:{port},bind=127.0.0.1,fork,backlog=64",
                     "SYSTEM:echo 220 ready; cat > /dev/null")
    peer.wait_for_listener(port)
    for _ in range(60):
        here = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", stdin=b"")
        equal(here.out, "220 ready\n", "the greeting")


@case(needs=["socat"])
def asks_one_question(lab):
    port = free_port()
    peer = lab.start("socat", f"TCP-LISTEN:{port},bind=127.0.0.1", "SYSTEM:read line; echo $line")
    peer.wait_for_listener(port)
    here = lab.patchbay("tcp", "connect", "127.0.0.1", port, "--crlf", "--send", "hello\n")
    contains(here.err, "[*] Sent: hello\n", "stderr")
    contains(here.err, "[*] Received: hello", "stderr")
    equal(here.out_bytes, b"hello\r\n", "the answer, as it came")


@case(needs=["ncat"])
def an_answer_that_is_not_expected_is_exit_5(lab):
    port = free_port()
    peer = lab.start("ncat", "-k", "-l", "127.0.0.1", port, "-e", "/bin/cat")
    peer.wait_for_listener(port)
    ask = ["tcp", "connect", f"127.0.0.1:{port}", "--send", "220 ready", "--timeout", "1s"]
    lab.patchbay(*ask, "--expect", r"^220\b")
    wrong = lab.patchbay(*ask, "--expect", r"^250\b", code=5)
    contains(wrong.err, "the answer does not match --expect", "stderr")


@case(needs=["nc"])
def dumps_both_directions_in_hex(lab):
    port = free_port()
    listener(lab, "nc", port, ANSWER)
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--hex", stdin=b"ask")
    matches(here.out, r"^> .*61 73 6b.*ask", "what was sent")
    matches(here.out, r"^< .*00 01 20 61 6e 79", "what came")
    lacks(here.out_bytes, b"\xff", "raw bytes in the dump")


@case(needs=["nc"])
def comes_from_the_local_address_it_was_given(lab):
    server = lab.serve("tcp", "--service", "daytime")
    lab.patchbay("tcp", "connect", f"127.0.0.1:{server.port}", "--local", "127.0.0.77")
    matches(server.out, r"Connection from 127\.0\.0\.77:", "the server's words")


@case()
def a_name_reaches_whichever_family_listens(lab):
    for where in ("127.0.0.1:0", "[::1]:0"):
        server = lab.serve("tcp", where=where)
        here = lab.patchbay("tcp", "connect", f"localhost:{server.port}", stdin=b"hello")
        equal(here.out, "hello", f"the answer from {where}")


@case(needs=["nc"])
def a_silent_peer_is_left_after_the_timeout(lab):
    port = free_port()
    peer = lab.start("nc", "-l", "127.0.0.1", port, stdin=subprocess.PIPE)
    peer.wait_for_listener(port)
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--send", "hello", "--timeout",
                        "300ms", code=1)
    contains(here.err, "the peer did not answer in time", "stderr")


@case(needs=["nc"])
def ctrl_c_is_exit_130(lab):
    port = free_port()
    lab.start("nc", "-l", "127.0.0.1", port, stdin=subprocess.PIPE).wait_for_listener(port)
    here = lab.start_patchbay("tcp", "connect", f"127.0.0.1:{port}", stdin=subprocess.PIPE)
    here.wait_for("Connected")
    equal(here.interrupt(), 130, "exit code")
