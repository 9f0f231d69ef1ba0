"""`patchbay http serve` with the clients that people use: curl, wget, Python, Node, h2load."""

import http.client
import json
import os
import pathlib
import random
import signal
import socket
import tarfile
import urllib.request
import zipfile

from lib.case import case, contains, equal, holds, lacks, matches
from lib.http import serve_http
from lib.waiting import until


def site(lab):
    """A small folder: a page, a file of random bytes, a folder in it, a hidden file."""
    lab.file("site/index.html", "<!doctype html><title>Home</title><p>hello</p>")
    lab.file("site/data.bin", random.Random(7).randbytes(3_000_000))
    lab.file("site/docs/a b.txt", "text\n" * 400)
    lab.file("site/.secret", "hidden")
    lab.file("outside.txt", "outside")
    (lab.folder / "site/way-out").symlink_to("../outside.txt")
    return lab.folder / "site"


def curl(lab, *words, code=0):
    return lab.run("curl", "-s", "-m10", *words, code=code)


@case(needs=["curl"])
def answers_curl_with_files_ranges_and_conditions(lab):
    folder = site(lab)
    server = serve_http(lab, folder)
    curl(lab, "-o", "whole", f"{server.url}/data.bin")
    equal((lab.folder / "whole").read_bytes(), (folder / "data.bin").read_bytes(), "the file")
    curl(lab, "-r", "1000-1999", "-o", "part", f"{server.url}/data.bin")
    equal((lab.folder / "part").read_bytes(), (folder / "data.bin").read_bytes()[1000:2000],
          "a part of it")
    head = curl(lab, "-I", f"{server.url}/data.bin").out
    tag = matches(head, r"^ETag: (\S+)", "the head")[1]
    contains(head, "Content-Length: 3000000", "the head")
    equal(curl(lab, "-o", "none", "-w", "%{http_code}", "-H", f"If-None-Match: {tag}",
               f"{server.url}/data.bin").out, "304", "what is known already")
    equal(curl(lab, "-o", "none", "-w", "%{http_code}", "-H", 'If-Match: "other"',
               f"{server.url}/data.bin").out, "412", "what is another")


@case(needs=["curl"])
def nothing_leads_out_of_the_folder(lab):
    server = serve_http(lab, site(lab))
    for path, status in (("/../outside.txt", "400"), ("/%2e%2e/outside.txt", "400"),
                         ("/docs/../../outside.txt", "400"), ("/..%2foutside.txt", "400"),
                         ("/way-out", "404"), ("/.secret", "404"), ("//docs", "400"),
                         ("/data.bin%00.html", "400"), ("/docs/..", "200")):
        seen = curl(lab, "--path-as-is", "-o", "got", "-w", "%{http_code}", server.url + path).out
        equal(seen, status, f"the status of {path}")
        content = (lab.folder / "got").read_bytes()
        holds(b"outside" not in content and b"hidden" not in content, f"{path} showed a file")


@case(needs=["wget"])
def wget_mirrors_a_listing(lab):
    folder = site(lab)
    (folder / "index.html").unlink()
    lab.file("site/docs/grün & <b>.txt", "odd name")
    server = serve_http(lab, folder)
    lab.run("wget", "-q", "-r", "-nH", "-np", "--tries=1", "-P", "mirror", "--reject-regex=sort=",
            f"{server.url}/docs/")
    names = sorted(path.name for path in (lab.folder / "mirror/docs").iterdir())
    holds({"a b.txt", "grün & <b>.txt"} <= set(names), f"mirrored: {names}")
    equal((lab.folder / "mirror/docs/grün & <b>.txt").read_text(), "odd name", "the odd file")


@case(needs=["curl"])
def packs_what_is_worth_it_and_prefers_what_is_packed_already(lab):
    folder = site(lab)
    lab.file("site/app.js", "let x = 1;\n" * 500)
    lab.run("gzip", "-k", str(folder / "app.js"))
    server = serve_http(lab, folder)
    head = curl(lab, "-H", "Accept-Encoding: gzip", "-o", "packed", "-D", "head",
                f"{server.url}/app.js")
    equal(head.out, "", "what curl printed")
    equal((lab.folder / "packed").read_bytes(), (folder / "app.js.gz").read_bytes(),
          "the file beside it")
    fields = (lab.folder / "head").read_text()
    contains(fields, "Content-Encoding: gzip", "its fields")
    contains(fields, "Vary: Accept-Encoding", "its fields")
    equal(curl(lab, "--compressed", f"{server.url}/docs/a%20b.txt").out, "text\n" * 400,
          "a text that is packed on the way")
    lacks(curl(lab, "-I", f"{server.url}/docs/a%20b.txt").out, "Content-Encoding", "unasked")


@case()
def python_keeps_its_connection(lab):
    folder = site(lab)
    server = serve_http(lab, folder, "--log", "json")
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for _ in range(20):
        client.request("GET", "/docs/a%20b.txt")
        answer = client.getresponse()
        equal((answer.status, len(answer.read())), (200, 2000), "an answer")
    client.request("GET", "/docs/", headers={"Accept": "application/json"})
    listing = json.loads(client.getresponse().read())
    equal([entry["name"] for entry in listing["entries"]], ["a b.txt"], "the listing")
    client.close()
    until(lambda: server.out.count("\n") >= 21, "a line for each answer")
    records = [json.loads(line) for line in server.out.splitlines()]
    equal({record["peer"] for record in records}.__len__(), 1, "connections")
    equal(records[0]["status"], 200, "the status of the first")


NODE = """
const http2 = require('http2'), http = require('http');
const [port] = process.argv.slice(2);
http.get(`http://127.0.0.1:${port}/docs/a%20b.txt`, one => {
  one.resume(); one.on('end', () => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    let left = 10, bytes = 0;
    for (let i = 0; i < 10; ++i) {
      const stream = session.request({':path': '/data.bin'});
      stream.on('data', piece => bytes += piece.length);
      stream.on('end', () => { if (--left == 0) { session.close();
        console.log(one.statusCode, bytes); } });
    }
  });
});
"""


@case(needs=["node"])
def node_speaks_http_1_and_2(lab):
    server = serve_http(lab, site(lab))
    script = lab.file("client.js", NODE)
    equal(lab.run("node", script, server.port).out.strip(), "200 30000000", "what Node got")


@case(needs=["h2load"], seconds=60)
def h2load_finds_no_failure_in_either_version(lab):
    server = serve_http(lab, site(lab), "--log", "off", "--threads", "2")
    for words in (("--h1",), ()):
        said = lab.run("h2load", *words, "-n", "5000", "-c", "20", "-m", "10",
                       f"{server.url}/index.html", seconds=40).out
        contains(said, "5000 succeeded, 0 failed, 0 errored", "h2load's report")


@case(needs=["curl"])
def stores_uploads_whole_or_not_at_all(lab):
    folder = lab.folder / "in"
    folder.mkdir()
    lab.file("big.bin", random.Random(1).randbytes(2_000_000))
    server = serve_http(lab, folder, "--upload", "--upload-limit", "3MB")
    put = curl(lab, "-T", "big.bin", "-w", "%{http_code}", f"{server.url}/a.bin").out
    equal(put, "201", "a new file")
    equal((folder / "a.bin").read_bytes(), (lab.folder / "big.bin").read_bytes(), "what is stored")
    equal(curl(lab, "-T", "big.bin", "-w", "%{http_code}", f"{server.url}/a.bin").out, "204",
          "the same once more")
    form = curl(lab, "-F", "file=@big.bin;filename=../../grün.bin", "-o", "page", "-w",
                "%{http_code}", f"{server.url}/").out
    equal(form, "303", "a form")
    lab.file("huge.bin", b"x" * 4_000_000)
    equal(curl(lab, "-T", "huge.bin", "-o", "page", "-w", "%{http_code}", f"{server.url}/h").out,
          "413", "more than is taken")
    with socket.create_connection(("127.0.0.1", server.port)) as broken:
        broken.sendall(b"PUT /half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf")
    until(lambda: sorted(os.listdir(folder)) == ["a.bin", "grün.bin"], "no half of a file")
    equal(curl(lab, "-T", "big.bin", "-o", "page", "-w", "%{http_code}", "-H",
               "Origin: http://evil.example", f"{server.url}/e").out, "403", "another origin")


@case(needs=["curl"])
def asks_for_a_password_where_it_was_told_to(lab):
    folder = site(lab)
    lab.file("site/private/plan.txt", "the plan")
    lab.patchbay("http", "passwd", "users", "alice", stdin=b"s3cret\n")
    server = serve_http(lab, folder, "--auth", "users", "--auth-for", "/private")
    plan = f"{server.url}/private/plan.txt"
    status = ("-o", "page", "-w", "%{http_code}")
    equal(curl(lab, *status, plan).out, "401", "without a password")
    equal(curl(lab, *status, "-u", "alice:wrong", plan).out, "401", "with a wrong one")
    equal(curl(lab, "-u", "alice:s3cret", plan).out, "the plan", "with the right one")
    equal(curl(lab, *status, f"{server.url}/%70rivate/plan.txt").out, "401", "another spelling")
    equal(curl(lab, *status, f"{server.url}/index.html").out, "200", "what needs none")
    lacks((lab.folder / "users").read_text(), "s3cret", "the file of users")


@case(needs=["curl"])
def sends_folders_as_archives(lab):
    folder = site(lab)
    server = serve_http(lab, folder, "--archive")
    curl(lab, "-o", "docs.tar", f"{server.url}/docs/?archive=tar")
    with tarfile.open(lab.folder / "docs.tar") as tar:
        equal(sorted(tar.getnames()), ["docs", "docs/a b.txt"], "what is in the tar")
    curl(lab, "-o", "docs.zip", f"{server.url}/docs/?archive=zip")
    with zipfile.ZipFile(lab.folder / "docs.zip") as packed:
        equal(packed.testzip(), None, "the first broken file")
        equal(len(packed.read("docs/a b.txt")), 2000, "a file of it")


@case(needs=["curl"])
def tells_its_numbers(lab):
    server = serve_http(lab, site(lab), "--metrics", "127.0.0.1:0")
    where = server.wait_for(r"Metrics on (\S+)$")[1]
    curl(lab, f"{server.url}/index.html")
    curl(lab, "-o", "page", f"{server.url}/none")
    seen = curl(lab, where).out
    contains(seen, 'patchbay_http_responses_total{class="2xx"} 1', "the page")
    contains(seen, 'patchbay_http_responses_total{class="4xx"} 1', "the page")
    holds(seen.endswith("# EOF\n"), "the page does not end with # EOF")


def read_answer(client, body_bytes):
    """All of one answer, and nothing behind it; fewer bytes where the connection ends before."""
    answer = b""
    while len(answer.partition(b"\r\n\r\n")[2]) < body_bytes and (piece := client.recv(65536)):
        answer += piece
    return answer


@case(needs=["curl"])
def a_hangup_reads_everything_again_and_cuts_nobody(lab):
    folder = site(lab)
    server = serve_http(lab, folder, "--threads", "2")
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        ask = b"GET /docs/a%20b.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
        client.sendall(ask)
        first = read_answer(client, 2000)
        server.send_signal(signal.SIGHUP)
        server.wait_for("were read again")
        client.sendall(ask)
        second = read_answer(client, 2000)
        for one in (first, second):
            holds(one.startswith(b"HTTP/1.1 200 "), f"an answer begins with {one[:20]}")
    equal(curl(lab, "-o", "page", "-w", "%{http_code}", f"{server.url}/").out, "200", "the status")


@case()
def an_answer_in_work_outlives_the_end_of_the_server(lab):
    server = serve_http(lab, site(lab), "--log", "off")
    client = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    client.sendall(b"GET /data.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    seen = len(client.recv(1000))
    server.send_signal(signal.SIGTERM)
    while piece := client.recv(1 << 16):
        seen += len(piece)
    holds(seen > 3_000_000, f"only {seen} bytes came")
    equal(server.wait(), 0, "exit code")


def number(where, name):
    """One of the numbers that a server tells."""
    with urllib.request.urlopen(where, timeout=20) as page:
        return int(matches(page.read().decode(), rf"^{name} (\d+)$", "the numbers")[1])


@case(needs=["slowhttptest", "descriptors"], seconds=120)
def nine_thousand_slow_clients_of_each_kind_cost_little(lab):
    folder = site(lab)
    server = serve_http(lab, folder, "--log", "off", "--head-time", "20s", "--metrics",
                        "127.0.0.1:0")
    numbers = server.wait_for(r"Metrics on (\S+)$")[1]
    alone = server.memory_peak_bytes()
    slow = [lab.start("slowhttptest", "-c", "9000", kind, "-i", "5", "-r", "2000", "-l", "25",
                      "-u", f"{server.url}/data.bin", *more, "-p", "3")
            for kind, more in (("-H", ()), ("-X", ("-w", "100", "-y", "200", "-z", "10")))]
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    answered = most_open = 0
    while not all(program.ended for program in slow):
        client.request("GET", "/index.html")
        equal(client.getresponse().read()[:15], b"<!doctype html>", "an answer beside them")
        answered += 1
        if answered % 200 == 0:
            most_open = max(most_open, number(numbers, "patchbay_http_open_connections"))
        if answered > 100_000:
            break
    holds(answered > 50, f"only {answered} answers")
    holds(most_open > 5000, f"never more than {most_open} of them were there")
    # Without what the program and its libraries take while nobody is there.
    grown = server.memory_peak_bytes() - alone
    holds(grown <= 60e6, f"{grown} bytes of memory")


# As systemd does it: the sockets are descriptors from 3 on, and the process is told that they are
# its own.
ACTIVATE = """
import os, socket, sys
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
os.dup2(listening.fileno(), 3)
os.set_inheritable(3, True)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.argv[1], sys.argv[1:])
"""


@case(needs=["curl"])
def serves_on_a_socket_that_its_parent_has_opened(lab):
    script = lab.file("activate.py", ACTIVATE)
    server = lab.start("python3", script, lab.binary, "http", "serve", site(lab), "--threads", "2")
    port = server.wait_for(r"listening on http://127\.0\.0\.1:(\d+)/")[1]
    equal(port, server.out.split()[0], "the port")
    contains(curl(lab, f"http://127.0.0.1:{port}/").out, "<p>hello</p>", "the page")
    equal(server.interrupt(), 130, "exit code")


def errors(lab, *words):
    return lab.patchbay("http", "serve", *words, code=None)


@case()
def says_what_is_wrong_with_its_flags(lab):
    folder = site(lab)
    for words, code, part in (
            (["nowhere"], 1, "cannot serve nowhere"),
            (["8080"], 2, "--listen 8080"),
            ([folder, "--port", "70000"], 2, "a port is"),
            ([folder, "--header", "no colon"], 2, "'Name: value'"),
            ([folder, "--error", "200=x"], 2, "no status of an error"),
            ([folder, "--auth-for", "/x"], 2, "--auth"),
            ([folder, "--auth", "nowhere"], 1, "nowhere"),
            ([folder, "--upload", "-l", "*:0"], 2, "without a password"),
            ([folder, "--tls-cert", "x"], 2, "--tls-key"),
            ([folder, "--host", "x"], 2, "NAME=DIR"),
            ([folder, "--host", "a.test="], 2, "NAME=DIR")):
        program = errors(lab, *words)
        equal(program.wait(), code, f"exit code of {words}")
        contains(program.err, part, f"what {words} says")
    holds(pathlib.Path(folder).exists(), "the folder")
