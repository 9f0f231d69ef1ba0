"""UDP in both roles, with nc, ncat and socat as the other end, and with nobody there."""

import socket
import subprocess
import time

from lib.case import case, contains, equal, holds, matches
from lib.process import free_port
from lib.waiting import until


def quiet_socket(lab):
    """A socket that takes datagrams and never answers."""
    silent = lab.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    silent.bind(("127.0.0.1", 0))
    silent.settimeout(0)
    return silent


def ask(lab, port, *words, **how):
    return lab.patchbay("udp", "connect", f"127.0.0.1:{port}", *words, **how)


@case(needs=["nc"])
def serve_answers_nc(lab):
    server = lab.serve("udp", "--reply", "UDP Echo: {}")
    nc = lab.start("nc", "-u", "127.0.0.1", server.port, stdin=subprocess.PIPE)
    for word in ("one", "two"):
        nc.stdin.write(word.encode())
        nc.stdin.flush()
        nc.wait_for(f"UDP Echo: {word}", "out")
        matches(server.out, rf"^\[127\.0\.0\.1:\d+\] {word}$", "what the server printed")


@case(needs=["ncat"])
def serve_answers_ncat(lab):
    server = lab.serve("udp")
    ncat = lab.start("ncat", "-u", "127.0.0.1", server.port, stdin=subprocess.PIPE)
    ncat.stdin.write(b"hello\n")
    ncat.stdin.flush()
    ncat.wait_for("^hello$", "out")


@case(needs=["socat"])
def serve_answers_socat(lab):
    server = lab.serve("udp", where="[::1]:0")
    socat = lab.run("socat", "-t0.5", "-", f"UDP6:[::1]:{server.port}", stdin=b"hello\n")
    equal(socat.out, "hello\n", "what socat got")


@case(needs=["nc"])
def serve_keeps_its_services(lab):
    def question(service):
        server = lab.serve("udp", "--service", service)
        return ask(lab, server.port, "--send", "x").out_bytes
    matches(question("daytime").decode(), r"\A\w+day, .*-UTC\r\n\Z", "daytime")
    seconds = int.from_bytes(question("time"), "big") - 2_208_988_800
    holds(abs(seconds - time.time()) < 60, f"time says {seconds} s since 1970")


@case(needs=["nc"])
def connect_talks_to_nc(lab):
    port = free_port(socket.SOCK_DGRAM)
    nc = lab.start("nc", "-u", "-l", "127.0.0.1", port, stdin=subprocess.PIPE)
    nc.wait_for_udp(port)
    here = lab.start_patchbay("udp", "connect", f"127.0.0.1:{port}", stdin=subprocess.PIPE)
    here.stdin.write(b"question\n")
    here.stdin.flush()
    nc.wait_for("^question$", "out")
    nc.stdin.write(b"answer\n")
    nc.stdin.flush()
    here.wait_for("^answer$", "out")
    here.stdin.close()
    equal(here.wait(), 0, "exit code after the end of the input")


@case(needs=["socat"])
def connect_talks_to_socat(lab):
    port = free_port(socket.SOCK_DGRAM)
    peer = lab.start("socat", f"UDP-LISTEN:{port},bind=127.0.0.1,fork", "EXEC:cat")
    peer.wait_for_udp(port)
    equal(ask(lab, port, "--send", "hello").out, "hello", "the answer")
    ask(lab, port, "--send", "hello", "--expect", "^bye$", code=5)


@case(needs=["ncat"])
def connect_talks_to_ncat(lab):
    port = free_port(socket.SOCK_DGRAM)
    peer = lab.start("ncat", "-u", "-l", "127.0.0.1", port, "-e", "/bin/cat")
    peer.wait_for_udp(port)
    equal(ask(lab, port, "--send", "hello").out, "hello", "the answer")


@case(needs=["ss"])
def sockets_are_made_as_asked_and_told(lab):
    server = lab.serve("udp", "-v", "--receive-buffer", "64KiB", "--send-buffer", "32KiB")
    for told in ("receive buffer 128 KiB, asked for 64 KiB", "send buffer 64 KiB, asked for 32"):
        contains(server.err, f"    {told}", "stderr")
    seen = lab.run("ss", "-Hlunm", f"sport = :{server.port}").out
    contains(seen, "rb131072,", "the receive buffer")
    contains(seen, "tb65536,", "the send buffer")


@case(needs=["ss"])
def several_threads_share_a_port(lab):
    server = lab.serve("udp", "--threads", "2")
    until(lambda: lab.run("ss", "-Hlun", f"sport = :{server.port}").out.count("\n") == 2,
          "a socket of each thread")
    for number in range(12):  # each from a port of its own: the kernel gives them to either thread
        equal(ask(lab, server.port, "--send", f"{number}").out, f"{number}", "the answer")


@case()
def each_line_is_a_datagram(lab):
    server = lab.serve("udp")
    here = ask(lab, server.port, "--timeout", "200ms", stdin=b"one\ntwo\nthree")
    equal(here.out, "one\ntwo\nthree", "stdout")
    said = [line.partition("] ")[2] for line in server.out.splitlines()]
    equal(said, ["one", "two", "three"], "the datagrams that the server printed")


@case()
def a_silent_peer_is_asked_again_with_back_off(lab):
    silent = quiet_socket(lab)
    begin = time.monotonic()
    here = ask(lab, silent.getsockname()[1], "--send", "hello", code=1)
    took = time.monotonic() - begin
    # Asked at 0, 0.5, 1.5 and 3.5 s of 5.
    matches(here.err, r"^error: request timed out after 5 s, 4 datagrams sent$", "stderr")
    holds(5 <= took < 8, f"it gave up after {took:.1f} s")
    came = [silent.recv(100) for _ in range(4)]
    equal(came, [b"hello"] * 4, "what the silent peer was sent")
    try:
        equal(silent.recv(100), b"", "a fifth datagram")
    except BlockingIOError:
        pass


@case()
def a_peer_that_answers_late_is_heard(lab):
    late = quiet_socket(lab)
    port = late.getsockname()[1]
    here = lab.start_patchbay("udp", "connect", f"127.0.0.1:{port}", "--send", "hi")
    asked = []

    def take():
        try:
            asked.append(late.recvfrom(100)[1])
        except BlockingIOError:
            pass
        return len(asked) == 2
    until(take, "a second question")
    late.sendto(b"yes", asked[0])
    equal(here.wait(), 0, "exit code")
    equal(here.out, "yes", "the answer")


@case()
def nobody_there_is_said_at_once(lab):
    port = free_port(socket.SOCK_DGRAM)
    begin = time.monotonic()
    here = ask(lab, port, "--send", "hello", code=1)
    holds(time.monotonic() - begin < 2, "it waited for its timeout")
    contains(here.err, "refused", "stderr")
    without_send = ask(lab, port, stdin=b"hello\n", code=1)
    contains(without_send.err, "refused", "stderr without --send")


@case()
def the_largest_datagram_comes_whole(lab):
    server = lab.serve("udp", "--quiet")
    text = "x" * 65507
    equal(ask(lab, server.port, "--send", text).out, text, "the answer")


@case()
def ctrl_c_is_exit_130(lab):
    server = lab.serve("udp")
    equal(server.interrupt(), 130, "exit code of the server")
    silent = quiet_socket(lab)
    port = silent.getsockname()[1]
    here = lab.start_patchbay("udp", "connect", f"127.0.0.1:{port}", "--send", "hello")
    here.wait_for("Sent to")
    equal(here.interrupt(), 130, "exit code of the client")
