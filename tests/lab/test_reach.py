"""Why a peer cannot be reached: each reason has a message of its own, and all are exit code 1."""

import socket
import subprocess

from lib import namespace
from lib.case import case, contains, equal, matches
from lib.process import free_port

NOBODY = "02:00:00:00:00:99"  # the far end of a cable drops frames that are for somebody else


def refused(lab):
    return lab.patchbay("tcp", "connect", f"127.0.0.1:{free_port()}", code=1)


def timed_out(lab):
    here, there = lab.namespace("here"), lab.namespace("there")
    namespace.join(here, "cable", there, "cable")
    here.address("cable", "10.99.0.1/24")
    here.ip("neighbour", "add", "10.99.0.2", "lladdr", NOBODY, "dev", "cable")
    return lab.patchbay("tcp", "connect", "10.99.0.2:80", "--timeout", "300ms", inside=here, code=1)


def unreachable(lab):
    alone = lab.namespace("alone")
    return lab.patchbay("tcp", "connect", "198.51.100.1:80", inside=alone, code=1)


def unresolvable(lab, name="name.invalid"):
    """In a namespace where there is no name server to ask."""
    island = lab.namespace("island")
    lab.file("resolv.conf", "nameserver 127.0.0.1\n")
    # `ip netns exec` gives the program a mount namespace of its own.
    script = 'mount --bind resolv.conf /etc/resolv.conf && exec "$0" "$@"'
    return lab.run("sh", "-c", script, lab.binary, "tcp", "connect", name + ":80", code=1,
                   inside=island)


def message(program):
    """The three parts of its error."""
    return matches(program.err, r"^error: .+\n  because: .+\n  try: .+$", "the three parts")[0]


@case(needs=["namespaces"])
def four_reasons_have_four_messages(lab):
    said = {reason.__name__: message(reason(lab))
            for reason in (refused, timed_out, unreachable, unresolvable)}
    contains(said["refused"], "refused", "refused")
    contains(said["timed_out"], "because: nothing answered within 300 ms", "timed out")
    matches(said["unreachable"], r"because: .*(route|unreachable)", "unreachable")
    contains(said["unresolvable"], "name.invalid", "unresolvable")
    reasons = {text.split("\n")[1] for text in said.values()}
    equal(len(reasons), 4, f"different reasons among {sorted(reasons)}")


@case(needs=["namespaces"])
def a_name_server_that_does_not_run_is_no_missing_name(lab):
    said = message(unresolvable(lab, "www.example.org"))
    contains(said, "www.example.org", "the message")
    matches(said, r"because: .*name server", "why")


@case(needs=["namespaces"])
def a_router_that_says_no_is_heard_at_once(lab):
    here = lab.namespace("here")
    here.route("198.51.100.0/24", "dev", "lo")
    here.ip("route", "add", "unreachable", "203.0.113.0/24")
    said = message(lab.patchbay("tcp", "connect", "203.0.113.7:80", inside=here, code=1))
    matches(said, r"because: .*(route|reach)", "why")


@case()
def a_listener_with_a_full_backlog_times_out(lab):
    listener = lab.keep(socket.socket())
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port = listener.getsockname()[1]
    for _ in range(3):  # nobody accepts: the queue has room for one and then the kernel drops
        waiting = lab.keep(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(("127.0.0.1", port))
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--timeout", "300ms", code=1)
    contains(message(here), "because: nothing answered within 300 ms", "the message")


@case(needs=["namespaces", "nc"])
def link_local_addresses_work_with_their_scope(lab):
    here, there = lab.namespace("here"), lab.namespace("there")
    namespace.join(here, "left", there, "right")
    here.address("left", "fe80::1/64")
    there.address("right", "fe80::2/64")
    server = lab.serve("tcp", where="[fe80::2%right]:0", inside=there)
    asked = lab.patchbay("tcp", "connect", f"[fe80::2%left]:{server.port}", inside=here,
                         stdin=b"hello")
    equal(asked.out, "hello", "the answer over TCP")
    server.wait_for(r"^\[\+\] Connection from \[fe80::1%right\]:\d+$", "out")
    nc = lab.run("nc", "-N", "fe80::2%left", server.port, inside=here, stdin=b"hello")
    equal(nc.out, "hello", "what nc got")

    server = lab.serve("udp", where="[fe80::2%right]:0", inside=there)
    asked = lab.patchbay("udp", "connect", f"[fe80::2%left]:{server.port}", "--send", "hello",
                         inside=here)
    equal(asked.out, "hello", "the answer over UDP")


@case()
def a_scope_that_is_no_interface_is_said(lab):
    here = lab.patchbay("tcp", "connect", "[fe80::2%nosuch0]:80", code=None)
    contains(here.err, "nosuch0", "stderr")
    matches(here.err, r"^error: ", "stderr")


@case(needs=["namespaces", "socat"])
def the_family_that_answers_wins(lab):
    """A name with two addresses, of which the IPv6 one swallows everything (RFC 8305)."""
    here, there = lab.namespace("here"), lab.namespace("there")
    namespace.join(here, "cable", there, "cable")
    for end, last in ((here, 1), (there, 2)):
        end.address("cable", f"10.99.0.{last}/24")
        end.address("cable", f"fd99::{last}/64")
    here.ip("neighbour", "add", "fd99::2", "lladdr", NOBODY, "dev", "cable")
    server = lab.serve("tcp", where="10.99.0.2:0", inside=there)
    lab.file("hosts", "fd99::2 twofaced\n10.99.0.2 twofaced\n")
    script = 'mount --bind hosts /etc/hosts && exec "$0" "$@"'
    asked = lab.run("sh", "-c", script, lab.binary, "tcp", "connect", f"twofaced:{server.port}",
                    "--timeout", "3s", inside=here, stdin=b"hello")
    equal(asked.out, "hello", "the answer")


@case(needs=["namespaces", "ss"])
def nothing_listens_on_the_network_unless_told(lab):
    here, there = lab.namespace("here"), lab.namespace("there")
    namespace.join(here, "cable", there, "cable")
    here.address("cable", "10.99.0.1/24")
    there.address("cable", "10.99.0.2/24")
    for tool in ("tcp", "udp"):
        server = lab.serve(tool, where="0", inside=there)
        contains(server.err, "listening on 127.0.0.1:", f"{tool} serve")
    # And not by another way either.
    sockets = subprocess.run(there.command(["ss", "-Hlntu"]), capture_output=True, text=True,
                             timeout=10, check=True).stdout
    equal({line.split()[4].rpartition(":")[0] for line in sockets.splitlines()}, {"127.0.0.1"},
          "the addresses listened on")
