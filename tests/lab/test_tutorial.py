"""The dialogues of the tutorial: its Python programs against ours, word for word."""

import pathlib
import re
import socket
import sys

from lib.case import case, contains, equal, matches
from lib.process import free_port

PROGRAMS = pathlib.Path(__file__).parent / "peers" / "tutorial.py"
TCP_MESSAGE = "Test message from client"
UDP_MESSAGE = "Test UDP message"


def tutorial(lab, program, *words):
    return lab.start(sys.executable, PROGRAMS, program, *words)


@case()
def its_tcp_client_talks_to_our_server(lab):
    server = lab.serve("tcp", "--reply", "Server received: {}")
    contains(server.err, f"[*] Server listening on 127.0.0.1:{server.port}\n", "our first word")
    client = tutorial(lab, "tcp-client", server.port, TCP_MESSAGE)
    equal(client.wait(), 0, "exit code of the client")
    equal(client.out.splitlines(), [
        f"[+] Connected to 127.0.0.1:{server.port}",
        f"[*] Sent: {TCP_MESSAGE}",
        f"[*] Received: Server received: {TCP_MESSAGE}",
    ], "what the client says")
    server.wait_for(r"^\[-\]", "out")
    peer = matches(server.out, r"^\[\+\] Connection from (\S+)$", "our words")[1]
    matches(server.out, rf"^\[{re.escape(peer)}\] {TCP_MESSAGE}$", "our words")
    matches(server.out, rf"^\[-\] Connection closed: {re.escape(peer)} ", "our words")
    server.interrupt()
    contains(server.err, "\n[!] Server shutting down", "our last word")


@case()
def our_client_talks_to_its_tcp_server(lab):
    port = free_port()
    server = tutorial(lab, "tcp-server", port)
    server.wait_for("Server listening on", "out")
    client = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--send", TCP_MESSAGE)
    equal(client.err.splitlines(), [
        f"[+] Connected to 127.0.0.1:{port}",
        f"[*] Sent: {TCP_MESSAGE}",
        f"[*] Received: Server received: {TCP_MESSAGE}",
    ], "what we say")
    equal(client.out, f"Server received: {TCP_MESSAGE}", "stdout of ours, the answer itself")
    server.wait_for(rf"^\[\*\] Received: {TCP_MESSAGE}$", "out")


@case()
def our_client_talks_to_its_threaded_server(lab):
    port = free_port()
    server = tutorial(lab, "threaded-server", port)
    server.wait_for("Waiting for connections", "out")
    client = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", stdin=b"one")
    equal(client.out, "Echo: one", "stdout of ours")
    server.wait_for(r"^\[127\.0\.0\.1:\d+\] one$", "out")
    server.wait_for(r"^\[-\] Connection closed", "out")


@case()
def its_client_talks_to_our_server_of_the_threaded_kind(lab):
    server = lab.serve("tcp", "--reply", "Echo: {}", "--threads", "2")
    client = tutorial(lab, "tcp-client", server.port, "xin chào")
    equal(client.wait(), 0, "exit code of the client")
    contains(client.out, "[*] Received: Echo: xin chào\n", "what the client says")
    server.wait_for(r"\] xin chào$", "out")


@case()
def its_udp_client_talks_to_our_server(lab):
    server = lab.serve("udp", "--reply", "UDP Echo: {}")
    contains(server.err, f"[*] UDP Server listening on 127.0.0.1:{server.port}\n", "our first word")
    client = tutorial(lab, "udp-client", server.port, UDP_MESSAGE)
    equal(client.wait(), 0, "exit code of the client")
    equal(client.out.splitlines(), [
        f"[*] Sent to 127.0.0.1:{server.port}: {UDP_MESSAGE}",
        f"[*] Received: UDP Echo: {UDP_MESSAGE}",
    ], "what the client says")
    server.wait_for(rf"^\[127\.0\.0\.1:\d+\] {UDP_MESSAGE}$", "out")


@case()
def our_client_talks_to_its_udp_server(lab):
    port = free_port(socket.SOCK_DGRAM)
    server = tutorial(lab, "udp-server", port)
    server.wait_for("UDP Server listening on", "out")
    client = lab.patchbay("udp", "connect", f"127.0.0.1:{port}", "--send", UDP_MESSAGE)
    equal(client.err.splitlines(), [
        f"[*] Sent to 127.0.0.1:{port}: {UDP_MESSAGE}",
        f"[*] Received: UDP Echo: {UDP_MESSAGE}",
    ], "what we say")
    equal(client.out, f"UDP Echo: {UDP_MESSAGE}", "stdout of ours, the answer itself")
    server.wait_for(rf"^\[127\.0\.0\.1:\d+\] {UDP_MESSAGE}$", "out")


@case()
def both_clients_say_alike_that_nobody_listens(lab):
    port = free_port()
    theirs = tutorial(lab, "tcp-client", port, TCP_MESSAGE)
    theirs.wait()
    ours = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--send", TCP_MESSAGE, code=1)
    equal(ours.err.splitlines()[0], theirs.out.strip(), "the first line")
