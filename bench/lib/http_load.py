"""Loads on a web server under test: one run each, and what it cost the server."""

import json
import os
import socket
import statistics
import subprocess
import tempfile
import threading
import time

from . import process
from .http_servers import LARGE, MANY, MANY_FILES, SMALL, Server, make_certificate
from .process import Failed

PATIENCE_S = 60
QUIET_S = 0.4  # without CPU time used: everything that was to be done is done
LOADERS = 2  # for idle connections: one process may not have enough descriptors

# Of slowhttptest: heads a line every five seconds, and readers of 32 bytes a second.
SLOW_CLIENTS = (
    (SMALL, ["-H", "-i", "5"]),
    (LARGE, ["-X", "-w", "100", "-y", "200", "-n", "1", "-z", "32"]),
)


class Loader:
    """`patchbay bench http` on the other core, in a process of its own."""

    def __init__(self, setup, url, *flags, nice=0):
        self._output = tempfile.TemporaryFile()
        words = [setup.patchbay, "bench", "http", url, "--json", "--quiet", *flags]
        if url.startswith("https"):
            words.append("--insecure")
        if nice:
            words = ["nice", "-n", nice, *words]
        self.program = process.Program(list(map(str, words)), process.OTHER_CORE,
                                       stdout=self._output)  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.end()
        self._output.close()

    def result(self, timeout_s=PATIENCE_S):
        """Its record of type "result", once it has ended."""
        try:
            self.program.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise Failed(f"the load did not end within {timeout_s} s") from None
        self._output.seek(0)
        for line in self._output.read().decode().splitlines():
            record = json.loads(line)
            if record["type"] == "result":
                return record
            if record["type"] == "error":
                raise Failed(f"the load: {record['what']}, {record['why']}")
        raise Failed(f"the load has no result: {self.program.last_words()}")


def check_whole(found):
    faults = {kind: times for kind, times in found["errors"].items() if times}
    if found["answers"] == 0 or faults or found["failed"]:
        raise Failed(f"{found['answers']} answers, {found['failed']} failed, faults: {faults}")


def load(setup, server, path, *flags, time_s=None):
    """The generator's record of one load that went well."""
    if "--requests" not in flags:
        time_s = time_s or setup.plan.time_s
        flags = [*flags, "--time", f"{time_s * 1000:.0f}ms", "--warmup", "0s"]
    with Loader(setup, server.url(path), *flags) as loader:
        found = loader.result()
    server.check_alive()
    check_whole(found)
    return found


def measured(setup, server, path, *flags, unit="requests", time_s=None, requests=None):
    """A load after its warm-up, with what the server used for it. `unit` bytes counts what came:
    with a number of `requests`, so that nothing comes after the time that counts."""
    load(setup, server, path, *flags, time_s=setup.plan.warm_up_s)
    if requests:
        flags = [*flags, "--requests", requests]
    before = process.cpu(server.pid)
    found = load(setup, server, path, *flags, time_s=time_s)
    used = process.cpu(server.pid).since(before)
    return {
        "work": found["received_bytes"] if unit == "bytes" else found["answers"],
        "seconds": found["measured_us"] / 1e6,
        "cpu_s": used.used_s,
        "waited_s": used.waited_s,
        "peak_bytes": process.peak_bytes(server.pid),
        "p50_us": found["p50_us"],
        "p99_us": found["p99_us"],
        "p999_us": found["p999_us"],
        "generator_cpu_s": found["cpu_us"] / 1e6,
    }


def closed_loop(setup, kind, path, *flags, tls=False, **how):
    with Server(setup, kind, tls) as server:
        return measured(setup, server, path, *flags, **how)


def open_loop(setup, kind, rate, *flags, time_s=None):
    """At a fixed rate: latency counts from when each request was due."""
    with Server(setup, kind) as server:
        figures = measured(setup, server, SMALL, "--rate", f"{rate:.0f}/s", *flags, time_s=time_s)
    return figures | {"asked_per_s": rate, "p999_to_p99_ratio": figures["p999_us"]
                      / max(figures["p99_us"], 1)}  # fmt: skip


class PacedReaders:
    """Downloads whose readers take so many bytes a second each, from a thread that gives way to
    whoever else wants the core. None reaches the end of its file within a run."""

    PIECE = 256 << 10

    def __init__(self, server, path, count, bytes_per_s):
        self._request = f"GET /{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        self._pause_s = self.PIECE / bytes_per_s
        self._sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(count)]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self.read_bytes = 0

    def __enter__(self):
        for one in self._sockets:
            one.setblocking(False)
            one.send(self._request)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        for one in self._sockets:
            one.close()

    def _read(self):
        """Each socket in its turn, evenly spread over the pause."""
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        into = bytearray(self.PIECE)
        due = time.monotonic()
        while not self._over.is_set():
            for one in self._sockets:
                due += self._pause_s / len(self._sockets)
                while (left_s := due - time.monotonic()) > 0:
                    time.sleep(left_s)
                try:
                    self.read_bytes += one.recv_into(into)
                except BlockingIOError:
                    continue
                except OSError:
                    return


def beside_downloads(setup, kind, count, bytes_per_s):
    """The latency of others' small requests without and with downloads beside them."""
    probe = ["-c", "8", "--rate", "2000/s"]
    with Server(setup, kind) as server:
        alone = measured(setup, server, SMALL, *probe)
        with PacedReaders(server, LARGE, count, bytes_per_s) as readers:
            time.sleep(0.5)
            before = readers.read_bytes
            figures = measured(setup, server, SMALL, *probe)
            moved = readers.read_bytes - before
    if moved == 0:
        raise Failed("nothing was downloaded")
    return figures | {"alone_p99_us": alone["p99_us"],
                      "moved_ratio": figures["p99_us"] / max(alone["p99_us"], 1),
                      "downloaded_bytes": moved}  # fmt: skip


def beside_full_speed(setup, kind, count):
    """The same beside downloads that take all there is: the server has no time left over. The
    downloads' process gives way to the probe's on their core."""
    with Server(setup, kind) as server:
        flags = ["-c", str(count), "--time", f"{setup.plan.time_s + 4:.0f}s", "--timeout", "60s"]
        with Loader(setup, server.url(LARGE), *flags, nice=15):
            time.sleep(0.5)
            return measured(setup, server, SMALL, "-c", "4", "--rate", "200/s",
                            "--timeout", "10s")  # fmt: skip


def idle(setup, kind, connections, tls=False):
    """Private memory of the server for connections that have had one answer and now wait."""
    with Server(setup, kind, tls) as server:
        before = process.anonymous_bytes(server.pid)
        each = connections // LOADERS
        flags = ["-c", each, "--requests", each, "--rate", f"{each}/s", "--hold", "60s",
                 "--timeout", "20s"]  # fmt: skip
        loaders = [Loader(setup, server.url(SMALL), *flags) for _ in range(LOADERS)]
        try:
            wait_for_connections(server.port, LOADERS * each)
            wait_until_quiet([server.pid, *(loader.program.pid for loader in loaders)])
            after = process.anonymous_bytes(server.pid)
            wait_for_connections(server.port, LOADERS * each)
            server.check_alive()
        finally:
            for loader in loaders:
                loader.__exit__()
    return {"connections": LOADERS * each, "grown_bytes": after - before,
            "each_bytes": (after - before) / (LOADERS * each)}  # fmt: skip


def beside_slow_clients(setup, kind, each):
    """The latency of a probe while so many clients send their heads slowly, and as many read
    slowly. The memory is the server's whole, at its peak."""
    with Server(setup, kind) as server:
        slow = [process.Program(["slowhttptest", "-c", str(each), *flags, "-r", "2000", "-l", "40",
                                 "-u", server.url(path), "-p", "3"], process.OTHER_CORE)
                for path, flags in SLOW_CLIENTS]  # fmt: skip
        try:
            wait_for_connections(server.port, each)
            figures = measured(setup, server, SMALL, "-c", "4", "--rate", "500/s",
                               time_s=4 * setup.plan.time_s)  # fmt: skip
            still_open = established(server.port)
        finally:
            for program in slow:
                program.end()
    return figures | {"slow_clients": still_open}


def established(port):
    """How many connections a local port has, from the server's side."""
    wanted = f":{port:04X} "
    with open("/proc/net/tcp", encoding="ascii") as table:
        next(table)
        return sum(line.split()[1].endswith(wanted.strip()) and line.split()[3] == "01"
                   for line in table)  # fmt: skip


def wait_for_connections(port, count):
    give_up = time.monotonic() + PATIENCE_S
    while (found := established(port)) < count:
        if time.monotonic() > give_up:
            raise Failed(f"{found} of {count} connections")
        time.sleep(0.2)


def wait_until_quiet(pids):
    """Until none of the processes uses its core."""
    give_up = time.monotonic() + PATIENCE_S
    time.sleep(2)  # the requests are spread over a second
    while time.monotonic() < give_up:
        before = [process.cpu(pid).used_s for pid in pids]
        time.sleep(QUIET_S)
        if sum(process.cpu(pid).used_s for pid in pids) - sum(before) < 0.01 * QUIET_S:
            return
    raise Failed("it does not come to rest")


def listing(setup, kind):
    """A folder of 100,000 files: when its first byte is there, and its last. Medians of three."""
    firsts, totals, size = [], [], 0
    with Server(setup, kind) as server:
        before = process.cpu(server.pid)
        for _ in range(3):
            first_s, total_s, body = fetch_listing(server)
            firsts.append(first_s * 1000)
            totals.append(total_s * 1000)
            size += len(body)
        used = process.cpu(server.pid).since(before)
        peak_bytes = process.peak_bytes(server.pid)
    if body.count(b"file-") < MANY_FILES:
        raise Failed(f"the listing names {body.count(b'file-')} files")
    return {"work": 3, "seconds": sum(totals) / 1000, "cpu_s": used.used_s,
            "peak_bytes": peak_bytes, "listing_size": size / 3,
            "first_byte_ms": statistics.median(firsts),
            "whole_ms": statistics.median(totals)}  # fmt: skip


def fetch_listing(server):
    """(seconds to the first byte, to the last, everything), over a connection of its own."""
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as stream:
        begin = time.monotonic()
        stream.sendall(f"GET /{MANY} HTTP/1.1\r\nHost: localhost\r\n"
                       "Connection: close\r\n\r\n".encode())
        pieces = [stream.recv(1 << 20)]
        first_s = time.monotonic() - begin
        while pieces[-1]:
            pieces.append(stream.recv(1 << 20))
        return first_s, time.monotonic() - begin, b"".join(pieces)


def reloads(setup, kind, requests, count, swaps):
    """Requests on kept and on fresh connections while the server is told to read its certificate
    again; each time `swaps` says so it is another one. Every failed request is counted."""
    with Server(setup, kind, tls=True) as server:
        others = [make_certificate(server.folder, f"other{number}") for number in range(swaps)]
        flags = ["-c", "64", "--requests", requests]
        fresh = ["-c", "2", "--no-keep-alive", "--rate", "100/s", "--time", "180s",
                 "--warmup", "0s"]
        seen = set()
        begin, before = time.monotonic(), process.cpu(server.pid)
        with Loader(setup, server.url(SMALL), *flags) as kept, \
                Loader(setup, server.url(SMALL), *fresh) as others_load:  # fmt: skip
            for number in range(count):
                time.sleep(0.2)
                if kept.program.ended():
                    raise Failed(f"the requests were over after {number} reloads")
                if number % (count // swaps) == 0:
                    swap(server, others[number // (count // swaps)])
                server.reload()
                seen.add(new_certificate(server, seen, number % (count // swaps) == 0))
            found = kept.result(timeout_s=180)
            others_load.program.process.send_signal(2)
            also = others_load.result()
        used = process.cpu(server.pid).since(before)
        server.check_alive()
    failed = sum(one["failed"] + sum(one["errors"].values()) for one in (found, also))
    if found["requests"] != requests:
        raise Failed(f"{found['requests']} requests were made")
    return {"work": found["answers"] + also["answers"], "seconds": time.monotonic() - begin,
            "cpu_s": used.used_s, "failed_requests": failed, "certificates": len(seen),
            "errors": {kind: found["errors"][kind] + also["errors"][kind]
                       for kind in found["errors"]
                       if found["errors"][kind] + also["errors"][kind]}}  # fmt: skip


def swap(server, pair):
    """Puts another certificate and its key in place, each file whole at any moment."""
    for new, old in zip(pair, server.certificate):
        new.replace(old)


def new_certificate(server, seen, is_new):
    """What new connections are shown; where it has been swapped, once that shows."""
    give_up = time.monotonic() + 5
    while (shown := server.subject()) in seen and is_new:
        if time.monotonic() > give_up:
            raise Failed("new connections are shown the old certificate")
        time.sleep(0.02)
    return shown
