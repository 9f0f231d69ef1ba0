"""What is wrong with a command line is said at once: exit 2, the reason, and what was meant."""

import os
import pathlib
import socket

from lib.case import case, contains, equal, lacks, matches

NOBODY = 65534


def refused(lab, *words, code=2):
    """What is said of a command line that cannot be."""
    here = lab.patchbay(*words, code=code)
    equal(here.out, "", f"stdout of {here}")
    matches(here.err, r"\A(\[!\] .*\n)?error: .+", f"stderr of {here}")
    return here.err


@case()
def ports_are_0_to_65535(lab):
    for port in ("65536", "-1", "70000", "80a", "", "1e3", "99999999999999999999"):
        for words in (["tcp", "connect", f"127.0.0.1:{port}"], ["tcp", "connect", "::1", port],
                      ["udp", "connect", f"127.0.0.1:{port}"],
                      ["tcp", "serve", f"127.0.0.1:{port}"],
                      ["udp", "serve", "--listen", f"127.0.0.1:{port}"],
                      ["bench", "tcp", f"127.0.0.1:{port}"]):
            refused(lab, *words)


@case()
def ipv6_goes_with_brackets_or_with_a_port_of_its_own(lab):
    server = lab.serve("tcp", where="[::1]:0")
    for where in ([f"[::1]:{server.port}"], ["::1", server.port], ["[::1]", server.port]):
        equal(lab.patchbay("tcp", "connect", *where, stdin=b"hello").out, "hello", f"by {where}")
    for where in ("::1:5000", "::1:45000", "fe80::1%lo:80"):
        contains(refused(lab, "tcp", "connect", where), "[", f"what is said of {where}")


@case()
def a_template_has_a_place_for_what_came(lab):
    for tool in ("tcp", "udp"):
        contains(refused(lab, tool, "serve", "0", "--reply", "hello"), "{}", "what is said")


@case()
def a_typing_error_gets_a_suggestion(lab):
    contains(refused(lab, "tpc", "serve"), "try: patchbay tcp", "of a tool")
    contains(refused(lab, "tcp", "conect", "h:1"), "try: patchbay tcp connect", "of a verb")
    contains(refused(lab, "tcp", "serve", "--replay", "{}"), "--reply", "of a flag")
    contains(refused(lab, "tcp", "serve", "--service", "ecko"), "echo", "of a value")
    contains(refused(lab, "doctr"), "patchbay doctor", "of a tool")


@case()
def values_are_checked(lab):
    for words in (["tcp", "serve", "0", "--idle", "soon"], ["tcp", "serve", "0", "--threads", "0"],
                  ["tcp", "serve", "0", "--receive-buffer", "64QiB"],
                  ["tcp", "serve", "0", "--max-clients", "-1"],
                  ["tcp", "connect", "h:1", "--timeout", "5 parsecs"],
                  ["tcp", "connect", "h:1", "--send", "x", "--expect", "("],
                  ["tcp", "connect", "h:1", "--pin", "00" * 32],
                  ["tcp", "connect", "h:1", "--local", "nowhere"],
                  ["tcp", "serve", "0", "--tls-cert", "x.crt"],
                  ["tcp", "serve", "0", "--lines"],
                  ["tcp", "serve", "0", "--reply", "{}", "--service", "echo"],
                  ["tcp", "connect"], ["tcp", "connect", "h"], ["tcp", "serve", "0", "1"]):
        refused(lab, *words)


@case()
def what_is_said_of_a_word_does_not_carry_its_escapes(lab):
    said = refused(lab, "tcp", "connect", "\x1b[31mhost:\x07port")
    lacks(said, "\x1b", "stderr")
    lacks(said, "\x07", "stderr")
    lacks(refused(lab, "\x1b]0;title\x07"), "\x1b", "stderr")


@case()
def a_port_in_use_names_its_holder(lab):
    for tool in ("tcp", "udp"):
        holder = lab.serve(tool)
        said = refused(lab, tool, "serve", f"127.0.0.1:{holder.port}", code=1)
        contains(said, str(holder.pid), f"{tool}: the holder's process id")
        contains(said, "patchbay", f"{tool}: the holder's name")
        said = refused(lab, tool, "serve", f"127.0.0.1:{holder.port}", "--threads", "2", code=1)
        contains(said, str(holder.pid), f"{tool}: the holder, with several threads")


@case()
def a_stranger_that_holds_a_port_is_named(lab):
    listener = lab.keep(socket.socket())
    listener.bind(("0.0.0.0", 0))
    listener.listen()
    said = refused(lab, "tcp", "serve", str(listener.getsockname()[1]), code=1)
    contains(said, str(os.getpid()), "the holder's process id")


@case()
def an_address_of_nobody_here_is_said(lab):
    for tool in ("tcp", "udp"):
        said = refused(lab, tool, "serve", "203.0.113.9:0", code=1)
        contains(said, "203.0.113.9", "stderr")


@case(needs=["root", "setpriv"])
def a_privileged_port_without_the_right_is_exit_4_and_a_remedy(lab):
    path = pathlib.Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    port = int(path.read_text(encoding="ascii")) - 1
    lab.folder.chmod(0o777)
    binary = lab.file("patchbay", lab.binary.read_bytes())  # where nobody may go
    binary.chmod(0o755)
    for tool in ("tcp", "udp"):
        here = lab.run("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                       "--inh-caps=-all", "--bounding-set=-all", binary, tool, "serve", port,
                       code=4)
        matches(here.err, r"^  try: .*(setcap|sysctl|sudo)", "what to try")
        contains(here.err, str(port), "stderr")
