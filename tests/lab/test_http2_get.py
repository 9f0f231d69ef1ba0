"""`http get` over HTTP/2, with nghttpd, nginx and ourselves at the other end."""

import json
import random

from lib.case import case, contains, equal, holds, lacks, matches
from lib.http import serve_http
from lib.process import free_port
from lib.waiting import until
from test_http_get import CONTENT, get, nginx, record, whims
from test_tls import certificate, pin_of


def nghttpd(lab, *words, tls=()):
    """The port of an nghttpd over the folder www; `tls`: its certificate and key."""
    port = free_port()
    (lab.folder / "www").mkdir(exist_ok=True)
    files = [tls[1], tls[0]] if tls else []
    how = [] if tls else ["--no-tls"]
    lab.start("nghttpd", "--address=127.0.0.1", "-d", lab.folder / "www", *how, *words, port,
              *files).wait_for_listener(port)
    return port


@case(needs=["nghttpd", "openssl"])
def fetches_from_nghttpd_by_alpn(lab):
    content = random.Random(2).randbytes(20_000_000)
    lab.file("www/file", content)
    port = nghttpd(lab, tls=certificate(lab, "first"))
    url = f"https://127.0.0.1:{port}/file"
    for trust in (["--tls-ca", "first.crt"], ["--pin", pin_of(lab, "first")]):
        (lab.folder / "file").unlink(missing_ok=True)
        here = get(lab, "-O", *trust, "--json", url)
        equal(record(here, "answer")["version"], "2", "the version")
        holds((lab.folder / "file").read_bytes() == content, "the file is whole")
    told = get(lab, "-v", "--tls-ca", "first.crt", "-o", "again", url)
    contains(told.err, ": HTTP/2 200 OK in", "what -v tells")


@case(needs=["nghttpd"])
def fetches_from_nghttpd_in_the_clear(lab):
    lab.file("www/page.txt", "hello\n")
    url = f"http://127.0.0.1:{nghttpd(lab)}"
    equal(get(lab, "--http2", f"{url}/page.txt").out, "hello\n", "the page")
    head = get(lab, "--http2", "-I", f"{url}/page.txt")
    matches(head.out, r"\AHTTP/2 200 \r\n(.*\r\n)*content-length: 6\r\n", "the head")
    gone = get(lab, "--http2", f"{url}/nothing", code=10)
    contains(gone.err, "404 Not Found", "the error")


@case(needs=["nghttpd"])
def uploads_to_nghttpd_come_back(lab):
    content = random.Random(3).randbytes(3_000_000)
    data = lab.file("data", content)
    url = f"http://127.0.0.1:{nghttpd(lab, '--echo-upload')}/x"
    get(lab, "--http2", "-d", f"@{data}", "-o", "out", url)
    holds((lab.folder / "out").read_bytes() == content, "what was sent came back")


@case(needs=["nghttpd"])
def keeps_to_small_windows_of_nghttpd(lab):
    content = random.Random(5).randbytes(500_000)
    data = lab.file("data", content)
    url = f"http://127.0.0.1:{nghttpd(lab, '--echo-upload', '-w', '10', '-W', '10')}/x"
    get(lab, "--http2", "-d", f"@{data}", "-o", "out", url)
    holds((lab.folder / "out").read_bytes() == content, "what was sent came back")


@case(needs=["nginx", "openssl"])
def goes_on_with_a_part_over_http2(lab):
    lab.file("www/file", CONTENT)
    crt, key = certificate(lab, "first")
    port = nginx(lab, f"ssl_certificate {crt};", f"ssl_certificate_key {key};", "limit_rate 40k;",
                 listening="http2")
    url = f"https://127.0.0.1:{port}/file"
    here = lab.start_patchbay("http", "get", "--tls-ca", crt, "-O", url)
    part = lab.folder / ".file.part"
    until(lambda: part.exists() and part.stat().st_size > 10_000, "a part")
    equal(here.interrupt(), 130, "exit code after Ctrl-C")
    rest = record(get(lab, "--tls-ca", crt, "-O", "--continue", "--json", url), "answer")
    equal((rest["status"], rest["version"]), (206, "2"), "the rest")
    equal((lab.folder / "file").read_bytes(), CONTENT, "the file")


@case(needs=["nginx", "openssl"])
def is_led_from_one_page_of_nginx_to_another(lab):
    lab.file("www/page", "hello\n")
    crt, key = certificate(lab, "first")
    port = nginx(lab, f"ssl_certificate {crt};", f"ssl_certificate_key {key};",
                 "location /old { return 302 /page; }", listening="http2")
    here = get(lab, "--tls-ca", crt, "--json", f"https://127.0.0.1:{port}/old")
    hop, answer = record(here, "hop"), record(here, "answer")
    equal((hop["status"], hop["version"]), (302, "2"), "the redirect")
    equal((answer["body"], answer["version"]), ("hello\n", "2"), "the page")
    holds(answer["kept_connection"], "the connection was used again")


@case(needs=["openssl"])
def speaks_with_our_own_server_as_it_is_told(lab):
    lab.file("www/file", CONTENT)
    crt, key = certificate(lab, "first")
    server = serve_http(lab, lab.folder / "www", "--upload", "--tls-cert", crt, "--tls-key", key)
    for words, version in (([], "2"), (["--http2"], "2"), (["--http1"], "1.1")):
        here = get(lab, "--tls-ca", crt, "--json", "-o", "out", *words, f"{server.url}/file")
        equal(record(here, "answer")["version"], version, f"the version with {words}")
        equal((lab.folder / "out").read_bytes(), CONTENT, "the file")
    data = lab.file("data", CONTENT * 20)
    get(lab, "--tls-ca", crt, "-X", "PUT", "-d", f"@{data}", f"{server.url}/up")
    holds((lab.folder / "www/up").read_bytes() == CONTENT * 20, "the upload is whole")
    plain = serve_http(lab, lab.folder / "www")
    for words, version in (([], "1.1"), (["--http2"], "2")):
        here = get(lab, "--json", "-o", "out", *words, f"{plain.url}/file")
        equal(record(here, "answer")["version"], version, f"the version in the clear with {words}")


@case(needs=["openssl"])
def says_so_where_there_is_no_http2(lab):
    crt, key = certificate(lab, "first")
    secure, plain = whims(lab, crt, key), whims(lab)
    for url in (secure, plain):
        here = get(lab, "--tls-ca", crt, "--http2", f"{url}/file", "-o", "out", code=1)
        contains(here.err, "HTTP/2", "the error")
        contains(here.err, "without --http2", "what to try")
        get(lab, "--tls-ca", crt, f"{url}/file", "-o", "out")
    both = get(lab, "--http1", "--http2", plain, code=2)
    contains(both.err, "--http1", "which flags do not go together")
    lacks(json.dumps(record(get(lab, "--json", f"{plain}/status/200"), "answer")), '"version": "2"',
          "the version of one in the clear")
