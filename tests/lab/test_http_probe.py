"""`http probe` with the servers of Python and nginx at the other end, whose faults are known."""

import json
import sys

from lib.case import case, contains, equal, holds, matches
from lib.http import serve_http
from lib.process import free_port
from test_http_get import nginx


def probe(lab, *words, code):
    """Its verdicts by id, and the last record."""
    here = lab.patchbay("http", "probe", "--json", "--timeout", "2s", *words, code=code,
                        seconds=110)
    lines = [json.loads(line) for line in here.out.splitlines()]
    return {line["id"]: line for line in lines if line["type"] == "question"}, lines[-1]


@case(needs=["nginx"], seconds=120)
def finds_no_confusion_in_nginx(lab):
    lab.file("www/index.html", "hello\n")
    seen, end = probe(lab, f"http://127.0.0.1:{nginx(lab)}/", code=None)
    holds(end["asked"] >= 50, "it asks at least fifty questions")
    for name in ("plain", "head", "close", "cl-te", "cl-twice", "te-unknown", "host-missing",
                 "range-beyond", "none-match", "target-long"):
        equal(seen[name]["verdict"], "right", name)
    equal([name for name, one in seen.items() if one["verdict"] == "wrong"], [], "what is wrong")


@case(seconds=120)
def finds_what_pythons_server_gets_wrong(lab):
    lab.file("www/index.html", "hello\n")
    port = free_port()
    server = lab.start(sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1",
                       "--protocol", "HTTP/1.1", "--directory", lab.folder / "www")
    server.wait_for_listener(port)
    seen, end = probe(lab, f"http://127.0.0.1:{port}/", code=5)
    holds(end["wrong"] > 0, "something is wrong")
    equal(end["complete"], True, "complete")
    # It leaves the body of a GET where it is, and takes it for the beginning of the next request.
    equal(seen["length-get"]["verdict"], "wrong", "length-get")
    contains(seen["length-get"]["why"], "lost its place", "why")
    equal(seen["host-missing"]["verdict"], "wrong", "host-missing")
    equal(seen["plain"]["verdict"], "right", "plain")


@case()
def asks_what_it_is_told_to(lab):
    lab.file("www/index.html", "hello\n")
    port = free_port()
    server = lab.start(sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1",
                       "--directory", lab.folder / "www")
    server.wait_for_listener(port)
    here = lab.patchbay("http", "probe", f"127.0.0.1:{port}", "--only", "plain", "--only", "head")
    matches(here.out, r"^right +plain ", "the table")
    contains(here.out, "2 asked in", "the totals")
    lab.patchbay("http", "probe", f"127.0.0.1:{port}", "--only", "nothing", code=2)
    twice = lab.patchbay("http", "probe", "--list", "--only", "plain", "--only", "plain")
    equal(len(twice.out.splitlines()), 1, "questions, where one is named twice")
    listed = lab.patchbay("http", "probe", "--list")
    contains(listed.out, "cl-te", "the list")
    lab.patchbay("http", "probe", code=2)


@case(needs=["nc"])
def says_so_when_there_is_no_web_server(lab):
    port = free_port()
    refused = lab.patchbay("http", "probe", f"127.0.0.1:{port}", code=1)
    contains(refused.err, "refused", "the error")
    server = lab.serve("tcp", "--reply", "220 mail ready {}\r\n")
    mail = lab.patchbay("http", "probe", f"127.0.0.1:{server.port}", code=1)
    contains(mail.err, "cannot get an answer", "the error")


@case(seconds=120)
def our_own_server_gets_nothing_wrong(lab):
    lab.file("www/index.html", "hello\n")
    seen, end = probe(lab, "--strict", serve_http(lab, lab.folder / "www").url + "/", code=0)
    equal([name for name, one in seen.items() if one["verdict"] != "right"], [], "what is wrong")
    equal(end["wrong"], 0, "wrong")
