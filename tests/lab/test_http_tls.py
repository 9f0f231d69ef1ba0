"""HTTPS by `patchbay http serve`: curl, openssl, Python as clients; sslscan and testssl judge."""

import hashlib
import json
import os
import pty
import re
import select
import signal
import ssl
import threading
import urllib.request

from lib.case import case, contains, equal, holds, lacks, matches
from lib.http import serve_http
from lib.namespace import join
from lib.waiting import until
from test_tls import certificate


def serve_https(lab, *words, names=("first",)):
    """A page over HTTPS, with the certificates of these names; each is for NAME.example, too."""
    pairs = []
    for name in names:
        crt, key = certificate(lab, name, f"{name}.example")
        pairs += ["--tls-cert", crt, "--tls-key", key]
    lab.file("site/index.html", "hello")
    return serve_http(lab, lab.folder / "site", *pairs, *words)


def s_client(lab, server, *words, **how):
    return lab.run("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", *words,
                   **how).out


def subject_served(lab, server, *words):
    return matches(s_client(lab, server, *words), r"^subject=CN = (\S+)$", "the subject")[1]


@case(needs=["openssl", "curl"])
def agrees_on_http_2_and_http_1_1(lab):
    server = serve_https(lab)
    for offered, chosen in (("h2,http/1.1", "h2"), ("http/1.1,h2", "h2"), ("http/1.1", "http/1.1")):
        contains(s_client(lab, server, "-alpn", offered), f"ALPN protocol: {chosen}", "the report")
    curl = ("curl", "-s", "-m10", "--cacert", "first.crt", "-w", " %{http_version}",
            f"{server.url}/")
    equal(lab.run(*curl, "--http2").out, "hello 2", "the page and the version")
    equal(lab.run(*curl, "--http1.1").out, "hello 1.1", "the page and the version")


@case(needs=["openssl"])
def shows_the_certificate_for_the_name_that_is_asked_for(lab):
    server = serve_https(lab, names=("first", "second"))
    for name, shown in (("first.example", "first"), ("second.example", "second"),
                        ("SECOND.example", "second"), ("other.example", "first")):
        equal(subject_served(lab, server, "-servername", name), shown, f"shown for {name}")
    equal(subject_served(lab, server, "-noservername"), "first", "shown without a name")


@case(needs=["openssl"])
def says_that_a_key_is_missing(lab):
    crt, key = certificate(lab, "first")
    lab.file("site/index.html", "hello")
    server = lab.patchbay("http", "serve", "site", "--tls-cert", crt, "--tls-key", key,
                          "--tls-cert", crt, code=2)
    contains(server.err, "--tls-cert is given 2 times and --tls-key 1 times", "the error")


@case(needs=["openssl"])
def a_new_certificate_costs_no_request(lab):
    server = serve_https(lab, "--threads", "2")
    unchecked = ssl._create_unverified_context()
    over, failures, answers = threading.Event(), [], []

    def ask():
        while not over.is_set():
            try:
                url = f"{server.url}/"
                with urllib.request.urlopen(url, context=unchecked, timeout=20) as page:
                    answers.append(page.read() == b"hello")
            except OSError as error:
                failures.append(error)
                return
    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for name in ("second", "third"):
            certificate(lab, name)
            for kind in ("crt", "key"):
                (lab.folder / f"{name}.{kind}").replace(lab.folder / f"first.{kind}")
            said = server.err.count("were read again")
            server.send_signal(signal.SIGHUP)
            server.wait_for(r"(?s)(were read again.*){%d}" % (said + 1))
            for _ in range(4):  # whichever thread takes it
                equal(subject_served(lab, server), name, "the certificate after")
    finally:
        over.set()
        asking.join()
    equal(failures, [], "failed requests")
    holds(len(answers) > 5 and all(answers), f"{len(answers)} answers")


# Two sockets, as a systemd unit with FileDescriptorName= hands them over.
ACTIVATE = """
import os, socket, sys
for descriptor in 3, 4:
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    if listening.fileno() != descriptor:
        os.dup2(listening.fileno(), descriptor)
    os.set_inheritable(descriptor, True)
    listening.detach()
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2",
               "LISTEN_FDNAMES": "web-http:web-https"}
os.execv(sys.argv[1], sys.argv[1:])
"""


@case(needs=["curl"])
def a_socket_of_systemd_is_plain_by_its_name(lab):
    lab.file("site/index.html", "hello")
    server = lab.start("python3", lab.file("activate.py", ACTIVATE), lab.binary, "http", "serve",
                       lab.folder / "site", "--tls-self", "--redirect-to-tls")
    for scheme in ("http", "https"):
        server.wait_for(rf"listening on {scheme}://")
    plain, secure = server.out.split()[:2]
    equal(lab.run("curl", "-sk", f"https://127.0.0.1:{secure}/").out, "hello", "the page")
    equal(lab.run("curl", "-s", "-o", "none", "-w", "%{http_code} %{redirect_url}",
                  f"http://127.0.0.1:{plain}/x").out, f"308 https://127.0.0.1:{secure}/x",
          "what comes without TLS")
    equal(server.interrupt(), 130, "exit code")


@case(needs=["openssl"])
def a_certificate_of_its_own_is_the_one_it_printed(lab):
    lab.file("site/index.html", "hello")
    server = serve_http(lab, lab.folder / "site", "--tls-self")
    printed = matches(server.err, r"^ +((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$", "the fingerprint")[1]
    shown = ssl.get_server_certificate(("127.0.0.1", server.port))
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest().upper()
    equal(printed, re.sub(r"(?<=.)(?=(..)+$)", ":", digest), "the fingerprint")


def written_by(descriptor):
    """What has come out of a terminal so far."""
    text = b""
    while select.select([descriptor], [], [], 0)[0]:
        text += os.read(descriptor, 65536)
    return text.decode()


@case()
def shows_its_qr_code_where_somebody_reads_it(lab):
    lab.file("site/index.html", "hello")
    ours, theirs = pty.openpty()
    said = ("http", "serve", lab.folder / "site", "--listen", "127.0.0.1:0", "--tls-self")
    try:
        # The log goes into a file, and the notes to whoever sits there.
        for words, has_color in ((("--color", "always"), True), (("--color", "never"), False)):
            server, shown = lab.start_patchbay(*said, *words, stderr=theirs), ""

            def is_shown():
                nonlocal shown
                shown += written_by(ours)
                return "listening on" in shown and shown.count("▀") > 20
            until(is_shown, "the QR code")
            equal("\x1b[" in shown, has_color, f"colour with {words}")
            equal(server.interrupt(), 130, "exit code")
            written_by(ours)
        # Notes that go into a file have none.
        server = lab.start_patchbay(*said, "--color", "never", stdout=theirs)
        server.wait_for("listening on")
        equal(server.interrupt(), 130, "exit code")
        lacks(server.err, "▀", "the notes")
    finally:
        os.close(ours)
        os.close(theirs)


@case(needs=["namespaces"])
def the_qr_code_is_of_an_address_that_others_reach(lab):
    lab.file("site/index.html", "hello")
    here, other = lab.namespace("here"), lab.namespace("other")
    for device, peer, address in (("near", "left", "192.0.2.7/24"),
                                  ("far", "right", "198.51.100.7/24")):
        join(here, device, other, peer)
        here.address(device, address)
    here.route("default", "via", "198.51.100.1")
    said = ("http", "serve", lab.folder / "site", "--tls-self", "--color", "never")
    for listen, shown in (("0.0.0.0:0", "198.51.100.7"), ("[::]:0", None)):
        ours, theirs = pty.openpty()
        try:
            server = lab.start_patchbay(*said, "--listen", listen, stderr=theirs, inside=here)
            text = ""

            def is_there():
                nonlocal text
                text += written_by(ours)
                return "listening on" in text
            until(is_there, "the address")
            if shown:
                until(lambda: is_there() and text.count("▀") > 20, "the QR code")
                port = matches(text, r"listening on https://0\.0\.0\.0:(\d+)/", "the port")[1]
                contains(text, f"For others it is https://{shown}:{port}/", "what is told of it")
            equal(server.interrupt(), 130, "exit code")
            text += written_by(ours)
            equal("▀" in text, shown is not None, f"a code with {listen}")
        finally:
            os.close(ours)
            os.close(theirs)


@case(needs=["openssl"])
def a_session_goes_on_at_every_thread_and_after_a_reload(lab):
    server = serve_https(lab, "--threads", "2")
    ask = b"GET / HTTP/1.1\r\nHost: first.localhost\r\nConnection: close\r\n\r\n"
    for version in ("-tls1_3", "-tls1_2"):
        s_client(lab, server, version, "-ign_eof", "-sess_out", "ticket", stdin=ask)
        for turn in range(6):  # whichever thread takes it
            if turn == 4:
                server.send_signal(signal.SIGHUP)
                server.wait_for("were read again")
            again = s_client(lab, server, version, "-ign_eof", "-sess_in", "ticket", stdin=ask)
            contains(again, "Reused, TLSv1", f"report {turn} of {version}")
            contains(again, "hello", "the answer")


@case(needs=["sslscan"], seconds=60)
def sslscan_finds_nothing_weak(lab):
    server = serve_https(lab)
    seen = lab.run("sslscan", "--no-colour", "--no-heartbleed", f"127.0.0.1:{server.port}").out
    for version in ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"):
        matches(seen, rf"^{re.escape(version)} +disabled$", "the report")
    for version in ("TLSv1.2", "TLSv1.3"):
        matches(seen, rf"^{re.escape(version)} +enabled$", "the report")
    ciphers = re.findall(r"^(?:Preferred|Accepted) +(TLSv\S+) +\d+ bits +(\S+)", seen, re.MULTILINE)
    holds(len(ciphers) >= 4, f"ciphers: {ciphers}")
    for version, name in ciphers:
        modern = re.fullmatch(r"ECDHE-\w+-(AES\d+-GCM-SHA\d+|CHACHA20-POLY1305)", name)
        holds(version == "TLSv1.3" or modern, f"{version} with {name}")


@case(needs=["testssl"], seconds=120)
def testssl_finds_nothing_worse_than_low(lab):
    server = serve_https(lab)
    lab.run("testssl", "-p", "-s", "-f", "--fast", "--quiet", "--color", "0", "--warnings",
            "off", "--jsonfile", "report.json", f"127.0.0.1:{server.port}", code=None, seconds=90)
    findings = json.loads((lab.folder / "report.json").read_text())
    holds(len(findings) > 20, f"only {len(findings)} findings")
    found = {finding["id"]: finding["severity"] for finding in findings}
    for name in ("SSLv3", "TLS1_2", "TLS1_3"):
        holds(name in found, f"no finding about {name}")
    bad = [f"{finding['id']}: {finding['finding']}" for finding in findings
           if finding["severity"] not in ("OK", "INFO", "LOW")
           and finding["id"] != "engine_problem"]  # of the openssl that testssl itself runs
    equal(bad, [], "findings")
