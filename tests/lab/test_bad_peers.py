"""Peers that mean no good, or cannot do better: raw bytes, slow ones, and nobody who reads."""

import socket
import time

from lib.case import case, contains, equal, holds, lacks, matches
from lib.process import free_port
from lib.waiting import until

# A title, a clear screen, a C1 control as UTF-8 and raw, a bell, half a character, an overlong one,
# a surrogate, a text direction override, and a NUL.
NASTY = (b"\x1b]0;pwned\x07\x1b[2J\xc2\x9b31m\x9b31m\x07\xe2\x82 \xc0\xaf \xed\xa0\x80 "
         b"\xe2\x80\xae\x00\x7f end")
RAW = (b"\x1b", b"\x07", b"\x9b31m", b"\xc2\x9b", b"\x00", b"\x7f", b"\xc0", b"\xed\xa0\x80",
       b"\xe2\x80\xae", b"\xe2\x82 ")
MOST_MEMORY_BYTES = 32 << 20
MIB = 1 << 20


def is_clean(program):
    for stream, said in (("stdout", program.out_bytes), ("stderr", program.err_bytes)):
        for raw in RAW:
            lacks(said, raw, f"{stream} of {program}")
        said.decode()  # whole characters only


@case()
def servers_print_nothing_raw(lab):
    for tool, kind in (("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)):
        for words in ([], ["--json"], ["--reply", "{}"]):
            server = lab.serve(tool, *words)
            peer = lab.keep(socket.socket(socket.AF_INET, kind))
            peer.settimeout(5)
            peer.connect(("127.0.0.1", server.port))
            peer.send(NASTY)
            equal(peer.recv(1000), NASTY, f"what {tool} serve answered")
            # JSON shows what is no text in hex.
            said = NASTY.hex() if "--json" in words else r" end"
            server.wait_for(said, "out")
            is_clean(server)


@case(needs=["socat", "script"])
def clients_print_nothing_raw_on_stderr_or_a_terminal(lab):
    lab.file("nasty", NASTY)
    port = free_port()
    peer = lab.start("socat", f"TCP-LISTEN:{port},bind=127.0.0.1,fork",
                     "SYSTEM:cat nasty; cat > /dev/null")
    peer.wait_for_listener(port)
    connect = f"{lab.binary} tcp connect 127.0.0.1:{port}"
    asked = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--send", "x")
    equal(asked.out_bytes, NASTY, "stdout into a pipe or file, which is what came")
    for raw in RAW:
        lacks(asked.err_bytes, raw, "stderr")
    # script(1) is a terminal: there somebody reads.
    for command in (connect + " --send x", connect + " < /dev/null", connect + " --json --send x"):
        seen = lab.run("script", "-qec", command, "/dev/null")
        contains(seen.out, NASTY.hex() if "--json" in command else " end", "the terminal")
        for raw in RAW:
            lacks(seen.out_bytes, raw, f"the terminal of {command}")


@case()
def half_a_line_by_bytes_is_cut_after_idle(lab):
    server = lab.serve("tcp", "--reply", "{}", "--lines", "--idle", "1s")
    slow = lab.keep(socket.create_connection(("127.0.0.1", server.port)))
    slow.settimeout(0.25)  # so it sends four bytes a second, and is never idle
    begin = time.monotonic()
    while time.monotonic() - begin < 10:
        try:
            slow.send(b"x")
            if slow.recv(100) == b"":
                break
        except TimeoutError:
            pass
        except ConnectionError:
            break
    took = time.monotonic() - begin
    holds(1 <= took < 4, f"it was cut after {took:.1f} s")
    server.wait_for(r"it did not end its line in 1 s", "out")


@case()
def a_silent_client_is_cut_after_idle(lab):
    server = lab.serve("tcp", "--idle", "1s")
    silent = lab.keep(socket.create_connection(("127.0.0.1", server.port)))
    silent.settimeout(5)
    equal(silent.recv(100), b"", "what the silent client got: the end")
    server.wait_for(r"it was silent for 1 s", "out")


@case(needs=["openssl"])
def half_a_tls_handshake_is_cut_after_idle(lab):
    lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-subj", "/CN=localhost", "-keyout", "key", "-out", "crt")
    server = lab.serve("tcp", "--tls-cert", "crt", "--tls-key", "key", "--idle", "1s")
    slow = lab.keep(socket.create_connection(("127.0.0.1", server.port)))
    slow.settimeout(5)
    slow.send(b"\x16\x03\x01\x02\x00\x01")
    equal(slow.recv(100), b"", "what the client got: the end")
    server.wait_for(r"^\[-\] .*no TLS", "out")


@case()
def a_line_without_end_is_cut(lab):
    server = lab.serve("tcp", "--reply", "{}", "--lines")
    endless = lab.keep(socket.create_connection(("127.0.0.1", server.port)))
    endless.settimeout(5)
    try:
        for _ in range(64):
            endless.send(b"x" * 65536)
        equal(endless.recv(100), b"", "what it got: the end")
    except ConnectionError:
        pass
    server.wait_for(r"its line is longer than 64 KiB", "out")


def push_until_full(peer):
    """Sends until nothing more is taken; how much was."""
    peer.setblocking(False)
    pushed, idle_since = 0, time.monotonic()
    while time.monotonic() - idle_since < 0.3 and pushed < 512 * MIB:
        try:
            pushed += peer.send(b"x" * 65536)
            idle_since = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
        except ConnectionError:  # it has been cut meanwhile
            break
    return pushed


def never_reads(lab, *words):
    server = lab.serve("tcp", "--idle", "1s", "--json", *words)
    for _ in range(4):
        peer = lab.keep(socket.create_connection(("127.0.0.1", server.port)))
        holds(push_until_full(peer) < 64 * MIB, "the server takes what it cannot answer")
    until(lambda: server.out.count('"type":"left"') == 4, "the end of all four")
    equal(server.out.count('"reason":"not_reading"'), 4, "those cut for not reading")
    peak = server.memory_peak_bytes()
    holds(peak < MOST_MEMORY_BYTES, f"{server} had {peak / MIB:.0f} MiB at a time")


@case()
def a_peer_that_never_reads_costs_little_and_is_cut(lab):
    never_reads(lab)


@case()
def a_peer_that_never_reads_replies_costs_little_and_is_cut(lab):
    never_reads(lab, "--reply", "{} and {} and {} and {}")


@case()
def a_peer_that_never_reads_chargen_is_cut(lab):
    server = lab.serve("tcp", "--idle", "1s", "--service", "chargen")
    lab.keep(socket.create_connection(("127.0.0.1", server.port)))
    server.wait_for(r"it did not read its answer for 1 s", "out")
    holds(server.memory_peak_bytes() < MOST_MEMORY_BYTES, "memory")


@case()
def a_peer_that_breaks_off_harms_nobody(lab):
    server = lab.serve("tcp")
    for _ in range(20):
        rude = socket.create_connection(("127.0.0.1", server.port))
        # Closing with a linger of 0 is a reset.
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        rude.send(b"x")
        rude.close()
    until(lambda: server.out.count("Connection closed") == 20, "the end of all twenty")
    asked = lab.patchbay("tcp", "connect", f"127.0.0.1:{server.port}", stdin=b"hello")
    equal(asked.out, "hello", "the answer to the next")


@case()
def an_endless_answer_is_cut(lab):
    server = lab.serve("tcp", "--service", "chargen", "--quiet")
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{server.port}", "--send", "x")
    equal(len(here.out_bytes), MIB, "the answer")
    matches(here.err, r"^warning: the answer was cut at 1 MiB$", "stderr")


@case()
def small_services_do_not_answer_each_other(lab):
    server = lab.serve("udp")
    # As forged datagrams do: from the port of another echo service.
    forger = lab.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    forger.bind(("127.0.0.2", server.port))
    forger.settimeout(0.3)
    forger.sendto(b"ping", ("127.0.0.1", server.port))
    server.wait_for("is not answered")
    try:
        equal(forger.recv(100), b"", "an answer")
    except TimeoutError:
        pass
