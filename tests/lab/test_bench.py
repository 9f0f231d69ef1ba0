"""The load generator against echo servers that are not ours, and its figures."""

import json
import socket

from lib.case import case, contains, equal, holds, matches
from lib.process import free_port


def figures(lab, *words, **how):
    here = lab.patchbay("bench", *words, "--time", "1s", "--warmup", "100ms", "--json", **how)
    found = [json.loads(line) for line in here.out.splitlines()]
    equal((found[0]["type"], found[-1]["type"]), ("start", "end"), "the first and last record")
    return found


def result(found):
    return [one for one in found if any(name.startswith("p99") for name in one)][0]


@case(needs=["socat"])
def loads_socat_over_tcp(lab):
    port = free_port()
    peer = lab.start("socat", f"TCP-LISTEN:{port},bind=127.0.0.1,fork,backlog=64", "EXEC:cat")
    peer.wait_for_listener(port)
    found = figures(lab, "tcp", f"127.0.0.1:{port}", "-c", "4", "--size", "100B")
    equal(found[-1]["complete"], True, "complete")
    one = result(found)
    ordered = [one[name] for name in ("p50_us", "p90_us", "p99_us", "max_us") if name in one]
    equal(ordered, sorted(ordered), "percentiles in their order")
    holds(len(ordered) >= 3, f"percentiles are missing in {one}")


@case(needs=["socat"], seconds=60)
def loads_socat_over_udp(lab):
    port = free_port(socket.SOCK_DGRAM)
    peer = lab.start("socat", f"UDP-RECVFROM:{port},bind=127.0.0.1,fork", "EXEC:cat")
    peer.wait_for_udp(port)
    # socat starts two processes for each datagram, which a busy machine may take seconds for.
    found = figures(lab, "udp", f"127.0.0.1:{port}", "--rate", "20/s", "--timeout", "10s")
    equal(result(found)["unanswered"], 0, "unanswered requests")


@case()
def an_open_loop_keeps_its_rate(lab):
    server = lab.serve("tcp", "--quiet")
    where = f"127.0.0.1:{server.port}"
    one = result(figures(lab, "tcp", where, "--rate", "500/s"))
    equal((one["loop"], one["rate"]), ("open", 500), "the loop")
    # What is due in one second, however busy the machine is.
    holds(498 <= one["requests"] <= 502, f"{one['requests']} requests")
    here = lab.patchbay("bench", "tcp", where, "--rate", "500/s", "--time", "200ms")
    matches(here.out, r"^latency +p50 .* p90 .* p99 .* p99\.9 .* max ", "the table")


@case()
def an_answer_that_differs_is_an_error(lab):
    server = lab.serve("tcp", "--quiet", "--service", "chargen")
    found = figures(lab, "tcp", f"127.0.0.1:{server.port}", code=1)
    errors = result(found)["errors"]
    equal({kind: count for kind, count in errors.items() if count}, {"mismatched": 1}, "errors")


@case()
def nobody_there_is_a_failure(lab):
    here = lab.patchbay("bench", "tcp", f"127.0.0.1:{free_port()}", "--time", "300ms", code=1)
    contains(here.err, "refused", "stderr")


@case(needs=["bash"])
def more_connections_than_descriptors_are_refused_with_the_fix(lab):
    server = lab.serve("tcp")
    script = f'ulimit -n 64; exec "$0" bench tcp 127.0.0.1:{server.port} -c 100 --time 1s'
    shell = lab.run("bash", "-c", script, lab.binary, code=1)
    matches(shell.err, r"^  try: .*(ulimit|prlimit|nofile)", "what to try")
    # And not half of them are opened before: the next to come is the first.
    lab.patchbay("tcp", "connect", f"127.0.0.1:{server.port}", stdin=b"x")
    equal(server.out.count("Connection from"), 1, "connections")


@case()
def ctrl_c_ends_it_with_what_was_measured(lab):
    with socket.create_server(("127.0.0.1", 0)) as still:
        still.settimeout(10)
        here = lab.start_patchbay("bench", "tcp", f"127.0.0.1:{still.getsockname()[1]}", "--time",
                                  "60s", "--warmup", "0s", "--json")
        stream, _ = still.accept()
        with stream:
            stream.recv(1)  # the load has begun
            equal(here.interrupt(), 130, "exit code")
    equal(json.loads(here.out.splitlines()[-1])["complete"], False, "complete")
