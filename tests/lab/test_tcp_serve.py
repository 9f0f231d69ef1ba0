"""tcp serve, and the programs that people talk to servers with."""

import hashlib
import os
import re
import subprocess
import time

from lib.case import case, contains, equal, holds, matches
from lib.process import free_port

SOMETHING = b"one\ntwo\n\n" + bytes(range(256)) + b"the end, without a newline"


@case(needs=["nc"])
def echoes_to_nc(lab):
    server = lab.serve("tcp")
    nc = lab.run("nc", "-N", "127.0.0.1", server.port, stdin=SOMETHING)
    equal(nc.out_bytes, SOMETHING, "what nc got")


@case(needs=["ncat"])
def echoes_to_ncat(lab):
    server = lab.serve("tcp")
    ncat = lab.run("ncat", "127.0.0.1", server.port, stdin=SOMETHING)
    equal(ncat.out_bytes, SOMETHING, "what ncat got")


@case(needs=["socat"])
def echoes_to_socat(lab):
    server = lab.serve("tcp")
    socat = lab.run("socat", "-t5", "-", f"TCP:127.0.0.1:{server.port}", stdin=SOMETHING)
    equal(socat.out_bytes, SOMETHING, "what socat got")


@case(needs=["curl"])
def echoes_to_curl(lab):
    # curl's telnet ends with the connection, so the server ends it after the first answer.
    server = lab.serve("tcp", "--once")
    curl = lab.run("curl", "-s", "-m5", f"telnet://127.0.0.1:{server.port}", stdin=b"hello\n")
    equal(curl.out, "hello\n", "what curl got")
    equal(server.wait(), 0, "exit code of the server")


@case(needs=["curl"])
def answers_curl_over_http(lab):
    body = "from a template\n"
    template = f"HTTP/1.0 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}{{}}"
    server = lab.serve("tcp", "--reply", template)
    curl = lab.run("curl", "-s", "-m5", "-i", f"http://127.0.0.1:{server.port}/page")
    contains(curl.out, "200 OK", "the status")
    holds(curl.out.endswith(body), f"the page ends so: {curl.out[-60:]!r}")
    matches(server.out, r"\] GET /page HTTP/1\.1", "the request that the server printed")


@case(needs=["nc", "socat"])
def answers_on_ipv6(lab):
    server = lab.serve("tcp", where="[::1]:0")
    nc = lab.run("nc", "-6", "-N", "::1", server.port, stdin=SOMETHING)
    equal(nc.out_bytes, SOMETHING, "what nc got")
    matches(server.out, r"^\[\+\] Connection from \[::1\]:\d+$", "the join")


@case(needs=["nc"])
def a_star_is_all_addresses_of_both_families(lab):
    port = free_port()
    lab.start_patchbay("tcp", "serve", f"*:{port}").wait_for("listening on")
    for address in ("127.0.0.1", "::1"):
        nc = lab.run("nc", "-N", address, port, stdin=b"hello\n")
        equal(nc.out, "hello\n", f"what nc got from {address}")


@case(needs=["nc"])
def prints_joins_messages_and_leaves(lab):
    server = lab.serve("tcp")
    lab.run("nc", "-N", "127.0.0.1", server.port, stdin=b"hello\n")
    server.wait_for(r"^\[-\]", "out")
    peer = matches(server.out, r"^\[\+\] Connection from (127\.0\.0\.1:\d+)$", "the join")[1]
    said = server.out.splitlines()
    equal(said[1], f"[{peer}] hello", "the message")
    matches(said[2], rf"^\[-\] Connection closed: {re.escape(peer)} \(6 B received, 6 B sent, ",
            "the leave")
    equal(server.interrupt(), 130, "exit code after Ctrl-C")
    equal(server.out.splitlines(), said, "stdout, where results go and no notes")
    matches(server.err, r"^\[!\] Server shutting down", "the last note")


@case(needs=["nc"])
def replies_by_a_template_to_each_line(lab):
    server = lab.serve("tcp", "--reply", "<{}>", "--lines")
    nc = lab.run("nc", "-N", "127.0.0.1", server.port, stdin=b"one\r\ntwo\nlast")
    equal(nc.out_bytes, b"<one>\r\n<two>\n<last>", "what nc got")


@case(needs=["nc"])
def keeps_its_services(lab):
    def ask(service, stdin=b""):
        server = lab.serve("tcp", "--service", service)
        return lab.run("nc", "-N", "127.0.0.1", server.port, stdin=stdin)
    equal(ask("echo", b"hello").out, "hello", "echo")
    equal(ask("discard", b"hello").out, "", "discard")
    # RFC 867 leaves the form open; it is one line.
    matches(ask("daytime").out_bytes.decode(), r"\A\w+day, \w+ \d\d, \d{4} [\d:]{8}-UTC\r\n\Z",
            "daytime")
    seconds = int.from_bytes(ask("time").out_bytes, "big") - 2_208_988_800
    holds(abs(seconds - time.time()) < 60, f"time says {seconds} s since 1970")


@case(needs=["nc"])
def chargen_sends_the_pattern_until_its_reader_leaves(lab):
    server = lab.serve("tcp", "--service", "chargen")
    command = f"nc 127.0.0.1 {server.port} | head -c 1000000"
    shell = lab.run("bash", "-c", command)
    equal(len(shell.out_bytes), 1_000_000, "as much as was read")
    lines = shell.out_bytes.split(b"\r\n")
    printable = bytes(range(32, 127)) * 2
    for index, line in enumerate(lines[:200]):
        equal(line, printable[index % 95:index % 95 + 72], f"line {index}")
    server.wait_for(r"^\[-\]", "out")


@case(needs=["nc"])
def stdio_takes_a_file_as_nc_l_does(lab):
    content = os.urandom(3_000_000)
    server = lab.serve("tcp", "--stdio", stdin=b"an answer")
    nc = lab.run("nc", "-N", "127.0.0.1", server.port, stdin=content)
    equal(server.wait(), 0, "exit code of the server")
    equal(hashlib.sha256(server.out_bytes).hexdigest(), hashlib.sha256(content).hexdigest(),
          "what the server wrote")
    equal(nc.out, "an answer", "what nc got")


@case(needs=["socat"])
def stdio_takes_whichever_side_ends_first(lab):
    # socat half-closes at the end of its input and still takes what comes.
    server = lab.serve("tcp", "--stdio", stdin=SOMETHING)
    socat = lab.run("socat", "-t5", "-", f"TCP:127.0.0.1:{server.port}", stdin=b"question")
    equal(server.wait(), 0, "exit code of the server")
    equal(socat.out_bytes, SOMETHING, "what socat got")
    equal(server.out, "question", "what the server wrote")


@case(needs=["nc"])
def once_ends_after_the_first_answer(lab):
    server = lab.serve("tcp", "--once", "--reply", "Server received: {}")
    nc = lab.run("nc", "127.0.0.1", server.port, stdin=b"hello")
    equal(nc.out, "Server received: hello", "what nc got")
    equal(server.wait(), 0, "exit code of the server")


@case(needs=["nc"])
def several_threads_share_a_port(lab):
    server = lab.serve("tcp", "--threads", "2")
    for number in range(12):
        text = f"client {number}\n"
        nc = lab.run("nc", "-N", "127.0.0.1", server.port, stdin=text.encode())
        equal(nc.out, text, "what nc got")


@case(needs=["nc"])
def at_most_max_clients_are_served_at_a_time(lab):
    server = lab.serve("tcp", "--max-clients", "1")
    first = lab.start("nc", "127.0.0.1", server.port, stdin=subprocess.PIPE)
    server.wait_for("Connection from", "out")
    second = lab.start("nc", "-N", "127.0.0.1", server.port, stdin=b"hello\n")
    server.wait_for("further ones wait")
    equal(second.out, "", "what the second got while the first was there")
    first.close()
    equal(second.wait(), 0, "exit code of the second")
    equal(second.out, "hello\n", "what the second got")


@case(needs=["nc", "ss"])
def sockets_are_made_as_asked_and_told(lab):
    server = lab.serve("tcp", "-v", "--backlog", "7", "--keepalive", "1m", "--receive-buffer",
                       "64KiB", "--send-buffer", "32KiB")
    for told in ("backlog 7, asked for 7", "receive buffer 128 KiB, asked for 64 KiB",
                 "send buffer 64 KiB, asked for 32 KiB", "keepalive after 1 min, then every 10 s"):
        contains(server.err, f"    {told}", "stderr")
    # And as another program sees them: the third column of a listener is its backlog.
    seen = lab.run("ss", "-Hltnm", f"sport = :{server.port}").out
    equal(seen.split()[2], "7", f"the backlog in {seen!r}")
    contains(seen, "rb131072,", "the receive buffer")
    contains(seen, "tb65536,", "the send buffer")
    lab.start("nc", "127.0.0.1", server.port, stdin=subprocess.PIPE)
    server.wait_for("Connection from", "out")
    seen = lab.run("ss", "-Htno", f"sport = :{server.port}").out
    contains(seen, "timer:(keepalive,", "the connection's timer")
