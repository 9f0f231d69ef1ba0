"""`patchbay http serve` where something is full, and what its flags promise: seen from outside."""

import http.client
import json
import os
import pathlib
import random
import re
import socket
import struct

from lib.case import case, contains, equal, holds
from lib.http import serve_http, wait_until_it_listens


def ask(server, method, path, body=None, **fields):
    """Status, fields and body of an answer on a connection of its own."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    client.request(method, path, body, {name.replace("_", "-"): fields[name] for name in fields})
    answer = client.getresponse()
    seen = (answer.status, answer.headers, answer.read())
    client.close()
    return seen


def form(content, name):
    kind = "multipart/form-data; boundary=XX"
    head = f'--XX\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--XX--\r\n", kind


# A disk of one megabyte that only this server sees.
SMALL_DISK = 'mount -t tmpfs -o size=1m small in && exec "$0" "$@"'


@case(needs=["unshare", "namespaces"])
def a_disk_that_is_full_holds_no_half_of_a_file(lab):
    (lab.folder / "in").mkdir()
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    server = wait_until_it_listens(lab.start(
        "unshare", *root, "--mount", "sh", "-c", SMALL_DISK, lab.binary, "http", "serve", "in",
        "--upload", "--listen", "127.0.0.1:0", "--log", "off"))
    disk = pathlib.Path(f"/proc/{server.pid}/root{lab.folder}/in")
    noise = random.Random(3).randbytes(3_000_000)
    equal(ask(server, "PUT", "/first", noise[:300_000])[0], 201, "what there is room for")
    for _ in range(3):
        equal(ask(server, "PUT", "/large", noise)[0], 507, "the status of a PUT")
        equal(ask(server, "PUT", "/first", noise)[0], 507, "the status where it would replace")
        body, kind = form(noise, "form")
        equal(ask(server, "POST", "/", body, Content_Type=kind)[0], 507, "the status of a form")
    equal(os.listdir(disk), ["first"], "what is on the disk, hidden or not")
    equal((disk / "first").read_bytes(), noise[:300_000], "the file that was there")
    equal(ask(server, "PUT", "/second", noise[:300_000])[0], 201, "the room is there again")


def check_limit_of_an_address(lab, threads):
    server = serve_http(lab, lab.folder / "site", "--max-clients-per-address", "3",
                        "--threads", threads)

    def visit(source):
        client = lab.keep(socket.create_connection(("127.0.0.1", server.port), 20, (source, 0)))
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            return client, client.recv(1000)
        except ConnectionResetError:
            return client, b""
    held = [visit("127.0.0.1") for _ in range(3)]
    for client, answer in held:
        contains(answer.decode(), "200 OK", "the answer to one of the first")
    for _ in range(3):
        equal(visit("127.0.0.1")[1], b"", "the answer to one too many")
    contains(visit("127.0.0.2")[1].decode(), "200 OK", "the answer to another address")
    held[0][0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    held[0][0].close()
    # Another thread may hear of the reset than the one that the next client comes to.
    answers = (visit("127.0.0.1")[1] for _ in range(1000))
    contains(next(filter(None, answers), b"").decode(), "200 OK", "the answer when one has left")


@case()
def an_address_has_so_many_connections_and_no_more(lab):
    lab.file("site/index.html", "hello")
    check_limit_of_an_address(lab, "1")


@case()
def an_address_has_no_more_connections_on_several_threads(lab):
    lab.file("site/index.html", "hello")
    check_limit_of_an_address(lab, "4")


PAGE = {"Accept": "text/html,*/*;q=0.8"}


@case()
def pages_and_fields_are_as_the_flags_say(lab):
    lab.file("site/app.html", "the app")
    lab.file("site/gone.html", "gone")
    lab.file("site/code.js", "let x")
    server = serve_http(lab, lab.folder / "site", "--spa", "app.html", "--error", "404=gone.html",
                        "--cors", "https://app.example", "--header", "X-Frame-Options: DENY",
                        "--index", "app.html")
    for path, fields, status, body in (
            ("/", {}, 200, b"the app"), ("/users/7", PAGE, 200, b"the app"),
            ("/users/7", {}, 404, b"gone"), ("/users/7.js", PAGE, 404, b"gone"),
            ("/code.js", PAGE, 200, b"let x")):
        seen = ask(server, "GET", path, **fields)
        equal((seen[0], seen[2]), (status, body), f"{path} with {fields}")
        equal(seen[1]["X-Frame-Options"], "DENY", "the field of --header")
        equal(seen[1]["Access-Control-Allow-Origin"], "https://app.example", "that of --cors")
    equal(ask(server, "POST", "/users/7", b"x", **PAGE)[0], 405, "what is no question for a page")
    status, fields, _ = ask(server, "OPTIONS", "/code.js", Origin="https://app.example",
                            Access_Control_Request_Method="GET")
    equal((status, fields["Access-Control-Allow-Origin"]), (204, "https://app.example"),
          "the answer to a browser that asks before")
    bare = serve_http(lab, lab.folder / "site", "--no-list")
    equal(ask(bare, "GET", "/")[0], 404, "a folder with --no-list")


class Metrics:
    """Where a server tells its numbers: has a `port`."""

    def __init__(self, server):
        self.port = int(server.wait_for(r"Metrics on http://127\.0\.0\.1:(\d+)/metrics$")[1])


SAMPLE = re.compile(r'([a-z_]+)(\{([a-z]+="[^"\\]*",?)+\})? (\S+)')
SUFFIXES = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}


@case()
def the_numbers_are_openmetrics(lab):
    lab.file("site/index.html", "hello")
    server = serve_http(lab, lab.folder / "site", "--metrics", "127.0.0.1:0")
    told = Metrics(server)
    for path in ("/", "/none", "/"):
        ask(server, "GET", path)
    status, fields, body = ask(told, "GET", "/metrics")
    equal(status, 200, "the status")
    contains(fields["Content-Type"], "application/openmetrics-text; version=1.0.0", "the type")
    *lines, last, rest = body.decode().split("\n")
    equal((last, rest), ("# EOF", ""), "the end")
    kinds, values = {}, {}
    for line in lines:
        if line.startswith("# "):
            _, what, name, value = line.split(" ", 3)
            holds(what in ("TYPE", "UNIT", "HELP"), line)
            if what == "TYPE":
                holds(name not in kinds, f"{name} is declared twice")
                kinds[name] = value
            if what == "UNIT":
                holds(name.endswith(f"_{value}"), f"the unit of {name}")
            continue
        sample = SAMPLE.fullmatch(line)
        holds(sample, f"no sample: {line}")
        family = list(kinds)[-1]
        holds(sample[1] in [family + suffix for suffix in SUFFIXES[kinds[family]]],
              f"{sample[1]} below {family}")
        values[(sample[1], sample[2] or "")] = float(sample[4])
    equal(values[("patchbay_http_responses_total", '{class="2xx"}')], 2, "answers")
    equal(values[("patchbay_http_responses_total", '{class="4xx"}')], 1, "refusals")
    equal(values[("patchbay_http_connections_total", "")], 3, "connections")
    equal(values[("patchbay_http_body_bytes_total", "")] > 10, True, "bytes")
    buckets = [value for (name, _), value in values.items() if name.endswith("_bucket")]
    equal(buckets, sorted(buckets), "buckets, each with those before it")
    equal(buckets[-1], values[("patchbay_http_response_seconds_count", "")], "the last of them")
    equal(ask(server, "GET", "/metrics")[0], 404, "the numbers at the site's own address")
    equal(ask(told, "GET", "/")[0], 404, "the site at the numbers' address")


@case()
def its_log_is_json_or_the_common_format(lab):
    lab.file("site/index.html", "hello")
    server = serve_http(lab, lab.folder / "site", "--log", "common")
    ask(server, "GET", '/a"b%1b?x', User_Agent="me")
    line = server.wait_for(r"^127\.0\.0\.1 - - \[(.*)\] (.*)$", "out")
    holds(re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", line[1]), line[1])
    equal(line[2].split(" HTTP")[0], '"GET /a\\"b%1b?x', "the request")
    other = serve_http(lab, lab.folder / "site", "--log", "json")
    ask(other, "GET", "/?q", User_Agent="me", Referer="http://a/")
    record = json.loads(other.wait_for(r"^\{.*\"request\".*\}$", "out")[0])
    equal([record[name] for name in ("method", "target", "status", "body_bytes", "user_agent",
                                     "referer", "complete")],
          ["GET", "/?q", 200, 5, "me", "http://a/", True], "the record")
