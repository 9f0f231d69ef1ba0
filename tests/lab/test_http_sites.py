"""`patchbay http serve --config FILE`: several sites, and their file read again at SIGHUP."""

import http.client
import json
import pathlib
import re
import signal
import socket

from lib.case import case, contains, equal, holds, lacks, matches
from lib.http import serve_sites
from lib.process import is_listening
from lib.waiting import until
from test_tls import certificate

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "tools" / "http-sites.toml"

HEAD = 'listen = "127.0.0.1:0"\nlog = "off"\n'


def site(host, folder, *lines):
    hosts = f'hosts = ["{host}"]\n' if host else ""
    return f'[[site]]\n{hosts}root = "{folder}"\n' + "".join(f"{line}\n" for line in lines)


def folders(lab, *names):
    for name in names:
        lab.file(f"{name}/index.html", f"this is {name}")


def ask(server, host, path="/"):
    """(status, fields, body) of a GET on a connection of its own."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    client.request("GET", path, headers={"Host": host})
    answer = client.getresponse()
    seen = (answer.status, answer.headers, answer.read().decode())
    client.close()
    return seen


def rewrite(lab, server, text, said):
    """Another file, and SIGHUP; waits until the server has `said` so once more than before."""
    before = len(re.findall(said, server.err, re.MULTILINE))
    lab.file("sites.toml", text)
    server.send_signal(signal.SIGHUP)
    until(lambda: len(re.findall(said, server.err, re.MULTILINE)) > before, f"{said!r}")


AGAIN = "were read again"


@case()
def each_host_has_its_site(lab):
    folders(lab, "one", "two", "rest")
    lab.file("two/page.css", "p {}" * 1000)
    text = (HEAD + "threads = 2\n"
            + site("one.test", "one", 'headers = { "X-Site" = "one" }', "list = false")
            + site("two.test", "two", "compress = false", 'errors = { 404 = "index.html" }')
            + site(None, "rest"))
    server = serve_sites(lab, text)
    for host, page in (("one.test", "this is one"), ("ONE.test:8080", "this is one"),
                       ("two.test", "this is two"), ("localhost", "this is rest")):
        equal(ask(server, host)[::2], (200, page), f"the page of {host}")
    equal(ask(server, "three.test")[0], 403, "the status of a name that nobody gave it")
    equal(ask(server, "one.test")[1]["X-Site"], "one", "the field of one")
    equal(ask(server, "two.test")[1]["X-Site"], None, "that field of two")
    equal(ask(server, "two.test", "/none")[::2], (404, "this is two"), "the page of an error")
    equal(ask(server, "one.test", "/page.css")[0], 404, "a file of the other site")


@case()
def a_host_that_nobody_has_is_misdirected(lab):
    folders(lab, "one")
    server = serve_sites(lab, HEAD + site("one.test", "one"))
    equal(ask(server, "one.test")[0], 200, "the status of the site")
    equal(ask(server, "other.test")[0], 421, "the status of another")


@case(needs=["openssl"])
def each_host_has_its_certificate(lab):
    folders(lab, "one", "two")
    for name in ("one", "two"):
        certificate(lab, name, f"{name}.test")
    text = HEAD + "".join(
        site(f"{name}.test", name, f'cert = "{name}.crt"', f'key = "{name}.key"')
        for name in ("one", "two"))
    server = serve_sites(lab, text)
    for name in ("one", "two"):
        request = f"GET / HTTP/1.1\r\nHost: {name}.test\r\nConnection: close\r\n\r\n"
        seen = lab.run("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-servername",
                       f"{name}.test", "-ign_eof", stdin=request.encode()).out
        equal(matches(seen, r"^subject=CN = (\S+)$", "the subject")[1], name, "the certificate")
        contains(seen, f"this is {name}", "the answer")


@case(seconds=60)
def a_reload_adds_a_site_while_a_client_downloads(lab):
    folders(lab, "one", "two")
    lab.file("one/big.bin", b"x" * 40_000_000)
    old = HEAD + "threads = 2\n" + site("one.test", "one", 'headers = { "X-Age" = "old" }')
    server = serve_sites(lab, old)
    equal(ask(server, "two.test")[0], 421, "the status before")
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(b"GET /big.bin HTTP/1.1\r\nHost: one.test\r\n\r\n")
        seen = client.recv(1000)
        contains(seen.decode(errors="replace"), "X-Age: old", "the head of the download")
        rewrite(lab, server, old.replace('"old"', '"new"') + site("two.test", "two"), AGAIN)
        for _ in range(8):  # whichever thread takes it
            equal(ask(server, "one.test")[1]["X-Age"], "new", "the field after")
            equal(ask(server, "two.test")[::2], (200, "this is two"), "the new site")
        size = len(seen) - seen.index(b"\r\n\r\n") - 4
        while size < 40_000_000:
            piece = client.recv(1 << 20)
            holds(piece, f"the download was cut after {size} bytes")
            size += len(piece)
        client.sendall(b"GET / HTTP/1.1\r\nHost: one.test\r\n\r\n")
        contains(client.recv(1000).decode(), "X-Age: new", "the next answer on the connection")


@case()
def a_broken_file_changes_nothing(lab):
    folders(lab, "one", "two")
    good = HEAD + 'metrics = "127.0.0.1:0"\n' + site("one.test", "one")
    server = serve_sites(lab, good)
    where = server.wait_for(r"Metrics on http://127\.0\.0\.1:(\d+)/metrics$")
    for text, what in (
            (good + site("two.test", "two", "lisst = false"), r"sites.toml:10: nothing is called"),
            (good + "[[site", r"sites.toml:\d+ is not TOML"),
            (good + site("two.test", "nowhere"), r"sites.toml:7: cannot serve \S*nowhere"),
            (good + site("two.test", "two", 'cert = "no.crt"', 'key = "no.key"'), r"\S*no.crt"),
            (good + site("one.test", "two"), r"sites.toml:7: the host one.test is named twice"),
            (good.replace("127.0.0.1:0", "192.0.2.1:9", 1), r"cannot listen on 192.0.2.1:9"),
            ("threads = 3\n" + good, "'threads' cannot change while the server runs")):
        rewrite(lab, server, text, rf"^error: nothing is changed: .*{what}")
        equal(ask(server, "one.test")[::2], (200, "this is one"), "the page after")
        equal(ask(server, "two.test")[0], 421, "the status of the other")
    equal(server.err.count("because: "), server.err.count("error: "), "reasons and errors")
    rewrite(lab, server, good, AGAIN)
    client = http.client.HTTPConnection("127.0.0.1", int(where[1]), timeout=10)
    client.request("GET", "/metrics")
    page = client.getresponse().read().decode()
    contains(page, 'patchbay_http_reloads_total{result="ok"} 1', "the numbers")
    contains(page, 'patchbay_http_reloads_total{result="failed"} 7', "the numbers")


@case()
def all_mistakes_of_a_file_are_told(lab):
    folders(lab, "one")
    text = "idle = 5\n" + site("one.test", "one", "spaa = 1", "list = 7")
    for words in ((), ("--check",)):
        lab.file("sites.toml", text)
        program = lab.patchbay("http", "serve", "--config", "sites.toml", *words, code=2)
        for line in (1, 5, 6):
            contains(program.err, f"error: sites.toml:{line}: ", f"what {words} says")
        contains(program.err, "did you mean 'spa'?", "the advice")


@case(needs=["openssl"])
def the_example_of_the_page_is_checked(lab):
    lab.file("sites/sites.toml", EXAMPLE.read_bytes())
    folders(lab, "sites/www", "sites/app", "sites/files")
    for made in certificate(lab, "example.net", "example.net"):
        made.rename(lab.folder / "sites" / made.name)
    lab.patchbay("http", "passwd", "sites/users.txt", "alice", stdin=b"s3cret\n")
    check = ("http", "serve", "--config", "sites/sites.toml", "--check")
    contains(lab.patchbay(*check).err, "sites/sites.toml has no mistakes", "the check")
    said = [json.loads(line) for line in lab.patchbay(*check, "--json").out.splitlines()]
    equal([record["sites"] for record in said if record["type"] == "check"], [4], "its sites")
    (lab.folder / "sites/users.txt").unlink()
    (lab.folder / "sites/example.net.key").write_text("none")
    program = lab.patchbay(*check, code=2)
    contains(program.err, "users.txt", "what is missing")
    contains(program.err, "example.net.key", "what is broken")


@case()
def a_reload_moves_to_another_address(lab):
    folders(lab, "one")
    text = HEAD + "threads = 2\n" + site(None, "one")
    server = serve_sites(lab, text)
    old = server.port
    with socket.create_connection(("127.0.0.1", old), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        contains(client.recv(1000).decode(), "this is one", "the first answer")
        moved = text.replace('"127.0.0.1:0"', '["127.0.0.2:0", "127.0.0.3:0"]')
        rewrite(lab, server, moved, r"listening on http://127\.0\.0\.3:\d+/")
        new = int(matches(server.err, r"listening on http://127\.0\.0\.3:(\d+)/", "it says")[1])
        until(lambda: not is_listening(old), "the end of the old listener")
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        contains(client.recv(1000).decode(), "this is one", "an answer on the old connection")
    for host in ("127.0.0.2", "127.0.0.3"):
        contains(lab.run("curl", "-s", "-m10", f"http://{host}:{new}/").out, "this is one", host)
    before = server.err.count("listening on")
    rewrite(lab, server, moved, AGAIN)
    equal(server.err.count("listening on"), before, "addresses that stay are not opened again")


@case()
def a_wider_address_takes_a_restart(lab):
    folders(lab, "one")
    server = serve_sites(lab, HEAD + site(None, "one"))
    port = server.port
    fixed = HEAD.replace("127.0.0.1:0", f"0.0.0.0:{port}") + site(None, "one")
    rewrite(lab, server, fixed, rf"nothing is changed: cannot listen on 0\.0\.0\.0:{port} as well")
    contains(server.err, "restart the server", "the advice")
    equal(ask(server, "localhost")[2], "this is one", "the page after")


@case(needs=["openssl", "curl"])
def a_reload_brings_tls_and_takes_it_away(lab):
    folders(lab, "one")
    certificate(lab, "one", "one.test")
    plain = HEAD + site("one.test", "one")
    server = serve_sites(lab, plain)
    rewrite(lab, server, plain + 'cert = "one.crt"\nkey = "one.key"\n', AGAIN)
    page = ("curl", "-s", "-m10", "--cacert", "one.crt", "--connect-to",
            f"one.test:443:127.0.0.1:{server.port}", "https://one.test/")
    equal(lab.run(*page).out, "this is one", "the page by TLS")
    rewrite(lab, server, plain, AGAIN)
    equal(ask(server, "one.test")[2], "this is one", "the page without")


@case()
def a_reload_turns_the_log_and_the_numbers_on(lab):
    folders(lab, "one")
    text = HEAD + site(None, "one")
    server = serve_sites(lab, text)
    ask(server, "localhost", "/quiet")
    rewrite(lab, server, 'metrics = "127.0.0.1:0"\n' + text.replace('"off"', '"common"'), AGAIN)
    where = server.wait_for(r"Metrics on (\S+)$")[1]
    ask(server, "localhost", "/loud")
    until(lambda: "/loud" in server.out, "a line of the log")
    lacks(server.out, "/quiet", "the log")
    seen = lab.run("curl", "-s", "-m10", where).out
    contains(seen, 'patchbay_http_responses_total{class="4xx"} 2', "the numbers")


@case()
def flags_do_not_stand_beside_a_file(lab):
    folders(lab, "one")
    lab.file("sites.toml", HEAD + site(None, "one"))
    for words in (("--index", "x"), ("-l", "127.0.0.1:0"), ("--threads", "2"), ("one",)):
        program = lab.patchbay("http", "serve", "--config", "sites.toml", *words, code=2)
        contains(program.err, "cannot stand together", f"what {words} say")
        contains(program.err, "config", f"what {words} say")
    program = lab.patchbay("http", "serve", "--check", code=2)
    contains(program.err, "--check needs --config", "what --check says")
    program = lab.patchbay("http", "serve", "--config", "nowhere.toml", code=2)
    contains(program.err, "nowhere.toml", "the error")


@case()
def the_hosts_of_the_flags_are_sites_too(lab):
    folders(lab, "one", "two")
    server = lab.start_patchbay("http", "serve", "one", "--listen", "127.0.0.1:0", "--host",
                                "two.test=two", "--header", "X-All: yes", "--log", "off")
    server.port = int(server.wait_for(r"listening on http://\S*:(\d+)/$")[1])
    for host, page in (("localhost", "this is one"), ("two.test", "this is two")):
        status, fields, body = ask(server, host)
        equal((status, fields["X-All"], body), (200, "yes", page), f"the answer to {host}")
    program = lab.patchbay("http", "serve", "one", "--host", "two.test=two", "--host",
                           "TWO.test=one", code=2)
    contains(program.err, "the host TWO.test is named twice", "the error")
