"""Sites with TLS and without: addresses of both kinds, the way from one to the other, a certificate
that the server makes by itself, and what it says of those that it is given."""

import datetime
import hashlib
import json
import re
import signal
import socket
import ssl

from lib.case import case, contains, equal, lacks, matches
from lib.http import serve_sites, wait_until_it_listens
from lib.process import free_port
from lib.waiting import until
from test_http_sites import AGAIN, HEAD, folders, rewrite, site
from test_tls import certificate

CERTIFICATE = ('cert = "one.crt"', 'key = "one.key"')


def port_of(server, scheme):
    """The last one that the server has told of."""
    server.wait_for(rf"listening on {scheme}://\S*:\d+/$")
    return int(re.findall(rf"listening on {scheme}://\S*:(\d+)/$", server.err, re.MULTILINE)[-1])


def curl(lab, url, port, *words):
    """What curl prints of a URL whose host, one.test or two.test, is at this port; one.crt is to be
    trusted."""
    host = matches(url, r"://([^/:]+)", "the URL")[1]
    return lab.run("curl", "-sS", "-m10", "--cacert", "one.crt", "--resolve",
                   f"{host}:{port}:127.0.0.1", *words, url).out


@case(needs=["openssl", "curl"])
def a_server_has_addresses_with_tls_and_without(lab):
    folders(lab, "one")
    certificate(lab, "one", "one.test")
    text = ('listen = "127.0.0.1:0"\nlisten-plain = "127.0.0.1:0"\nthreads = 2\nlog = "off"\n'
            + site("one.test", "one", *CERTIFICATE))
    server = serve_sites(lab, text)
    for scheme in ("https", "http"):
        port = port_of(server, scheme)
        for version in ("--http1.1", "--http2" if scheme == "https" else "--http2-prior-knowledge"):
            equal(curl(lab, f"{scheme}://one.test:{port}/", port, version), "this is one",
                  f"the page by {scheme} {version}")


@case(needs=["openssl", "curl"])
def who_comes_without_tls_is_sent_to_it(lab):
    folders(lab, "one")
    lab.file("one/a b/index.html", "this is below")
    certificate(lab, "one", "one.test")
    text = ('listen = "127.0.0.1:0"\nlisten-plain = "127.0.0.1:0"\nredirect-to-tls = true\n'
            'log = "off"\nthreads = 2\n' + site("one.test", "one", *CERTIFICATE))
    server = serve_sites(lab, text)
    secure, plain = port_of(server, "https"), port_of(server, "http")
    url = f"http://one.test:{plain}/a%20b/?q=1&r"
    for version in ("--http1.1", "--http2-prior-knowledge"):
        for words in ((), ("-d", "a=b"), ("-X", "OPTIONS")):
            head = curl(lab, url, plain, "-i", version, *words)
            matches(head, r"^HTTP/\S+ 308\b", f"the status, {version} {words}")
            matches(head, rf"(?i)^location: https://one\.test:{secure}/a%20b/\?q=1&r\s*$",
                    f"where it leads, {version} {words}")
    there = ("--resolve", f"one.test:{secure}:127.0.0.1", "-L")
    equal(curl(lab, url, plain, *there), "this is below", "the page where it leads")
    # The site answers, and not the redirect a second time.
    equal(curl(lab, url, plain, *there, "-o", "none", "-d", "a=b", "-w",
               "%{num_redirects} %{method} %{http_code}"), "1 POST 405", "a form")
    rewrite(lab, server, text.replace("redirect-to-tls = true", ""), AGAIN)
    equal(curl(lab, url, plain), "this is below", "the page without the redirect")


@case(needs=["openssl", "curl"])
def a_reload_turns_tls_on_and_off_at_an_address(lab):
    folders(lab, "one")
    certificate(lab, "one", "one.test")
    first, second = free_port(), free_port()
    text = ('listen = "127.0.0.1:{}"\nlisten-plain = "127.0.0.1:{}"\nthreads = 2\nlog = "off"\n'
            + site("one.test", "one", *CERTIFICATE))
    server = serve_sites(lab, text.format(first, second))
    with socket.create_connection(("127.0.0.1", second), timeout=10) as client:
        def ask():
            client.sendall(b"GET / HTTP/1.1\r\nHost: one.test\r\n\r\n")
            contains(client.recv(1000).decode(), "this is one", "an answer on an old connection")
        ask()
        said = len(server.err)
        rewrite(lab, server, text.format(second, first), AGAIN)
        ask()
    told = re.findall(r"listening on (\S+)/$", server.err[said:], re.MULTILINE)
    equal(sorted(told), [f"http://127.0.0.1:{first}", f"https://127.0.0.1:{second}"], "it tells")
    for _ in range(4):  # whichever thread takes it
        equal(curl(lab, f"https://one.test:{second}/", second), "this is one", "by TLS now")
        equal(curl(lab, f"http://one.test:{first}/", first), "this is one", "in the clear now")
    said = len(server.err)
    rewrite(lab, server, text.format(second, first), AGAIN)
    lacks(server.err[said:], "listening on", "what is told of what stays")


def fingerprints(server):
    return re.findall(r"^ +((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$", server.err, re.MULTILINE)


def shown(server):
    """(PEM, fingerprint) of the certificate that a client is shown."""
    pem = ssl.get_server_certificate(("127.0.0.1", server.port))
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()
    return pem, ":".join(f"{byte:02X}" for byte in digest)


@case(needs=["openssl", "curl"])
def a_file_asks_for_a_certificate_of_the_servers_own(lab):
    folders(lab, "one", "two")
    text = ('listen = "127.0.0.1:0"\ntls-self = true\nthreads = 2\nlog = "off"\n'
            + site("one.test", "one"))
    more = text + site("two.test", "two")
    server = serve_sites(lab, text)
    pem, first = shown(server)
    equal(fingerprints(server), [first], "the fingerprint that is told")
    lab.file("one.crt", pem)
    for host in ("one.test", "localhost"):
        curl(lab, f"https://{host}:{server.port}/", server.port)
    equal(curl(lab, f"https://one.test:{server.port}/", server.port), "this is one", "the page")
    rewrite(lab, server, text.replace("tls-self", "log = 1 #"), "nothing is changed")
    rewrite(lab, server, more.replace('root = "two"', 'root = "no"'), "nothing is changed")
    rewrite(lab, server, text, AGAIN)
    equal((shown(server)[1], fingerprints(server)), (first, [first]), "it stays")
    rewrite(lab, server, more, AGAIN)
    pem, second = shown(server)
    equal(fingerprints(server), [first, second], "another is told, for another host")
    lab.file("one.crt", pem)
    equal(curl(lab, f"https://two.test:{server.port}/", server.port), "this is two", "its page")
    check = lab.patchbay("http", "serve", "--config", "sites.toml", "--check")
    contains(check.err, "has no mistakes", "the check")


@case(needs=["curl"])
def the_flags_have_both_kinds_of_addresses_too(lab):
    folders(lab, "one")
    server = wait_until_it_listens(lab.start_patchbay(
        "http", "serve", "one", "-l", "127.0.0.1:0", "--listen-plain", "127.0.0.1:0", "--tls-self",
        "--redirect-to-tls", "--log", "off"))
    pem, fingerprint = shown(server)
    equal(fingerprints(server), [fingerprint], "the fingerprint that is told")
    lab.file("one.crt", pem)
    plain = port_of(server, "http")
    page = ("curl", "-sS", "-m10", "-L", "--cacert", "one.crt", f"http://localhost:{plain}/")
    equal(lab.run(*page).out, "this is one", "the page behind the redirect")
    server.send_signal(signal.SIGHUP)
    server.wait_for(AGAIN)
    equal((shown(server)[1], fingerprints(server)), (fingerprint, [fingerprint]), "it stays")
    for words, what in (
            (("--listen-plain", "127.0.0.1:0"), "no address that speaks TLS"),
            (("--tls-self", "--redirect-to-tls"), "nobody to redirect"),
            (("--tls-self", "--listen-plain", "8443", "-l", "8443"), "8443 is named twice")):
        contains(lab.patchbay("http", "serve", "one", *words, code=2).err, what, f"{words}")


def renewed(lab, name, *names):
    """NAME.crt and NAME.key anew, for 60 days and these names."""
    lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "60", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out",
            f"{name}.crt", "-addext", "subjectAltName=" + ",".join(f"DNS:{n}" for n in names))


def near_its_end(lab, name, host):
    """NAME.crt and NAME.key as certificate() makes them, for six days and a half of which five have
    passed."""
    certificate(lab, name, host)
    lab.file("index", "")
    lab.file("names", f"subjectAltName = DNS:{host}, IP:127.0.0.1\n")
    lab.file("ca.conf", "[ca]\ndefault_ca = here\n[here]\ndatabase = index\nrand_serial = yes\n"
                        "new_certs_dir = .\ndefault_md = sha256\npolicy = any\n"
                        "[any]\ncommonName = supplied\n")
    now = datetime.datetime.now(datetime.timezone.utc)
    first, last = (f"{now + datetime.timedelta(hours=hours):%Y%m%d%H%M%SZ}" for hours in (-120, 36))
    lab.run("openssl", "req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out",
            "request")
    lab.run("openssl", "ca", "-batch", "-selfsign", "-config", "ca.conf", "-in", "request",
            "-keyfile", f"{name}.key", "-notext", "-extfile", "names", "-startdate", first,
            "-enddate", last, "-out", f"{name}.crt")


def warnings(said):
    return re.findall(r"^warning: (.*)$", said, re.MULTILINE)


@case(needs=["openssl"])
def certificates_that_clients_would_refuse_are_warned_of(lab):
    folders(lab, "one", "two")
    near_its_end(lab, "one", "one.test")
    text = HEAD + "threads = 2\n" + site("one.test", "one", *CERTIFICATE) + site("two.test", "two")
    text = text.replace('["one.test"]', '["one.test", "www.one.test"]')
    server = serve_sites(lab, text)
    check = ("http", "serve", "--config", "sites.toml", "--check")
    checked = lab.patchbay(*check)
    for said in (server.err, checked.err):
        seen = warnings(said)
        equal(len(seen), 3, f"warnings in {said}")
        matches(seen[0], r"sites.toml:4: the certificate in \S*one.crt "
                r"\(one.test and www.one.test\) ends in a day: it is valid until 2\S+; "
                r"have it renewed", "the date")
        matches(seen[1], r"sites.toml:4: the certificate in \S*one.crt is not made out to "
                r"www.one.test: it is for one.test and 127.0.0.1; have one", "the host")
        matches(seen[2], r"sites.toml:9: no certificate is made out to two.test: clients are shown "
                r"\S*one.crt", "the other host")
    contains(checked.err, "has no mistakes", "the check")
    records = [json.loads(line) for line in lab.patchbay(*check, "--json").out.splitlines()]
    said = [record for record in records if record["type"] == "warning"]
    equal(len(said), 3, "records")
    contains(said[1]["what"], "not made out to www.one.test", "what the record says")
    equal([r["warnings"] for r in records if r["type"] == "check"], [3], "their number")
    rewrite(lab, server, text, AGAIN)
    until(lambda: len(warnings(server.err)) == 6, "the same at a reload")
    renewed(lab, "one", "one.test", "*.one.test", "two.test")
    rewrite(lab, server, text, AGAIN)
    rewrite(lab, server, text, AGAIN)
    equal(len(warnings(server.err)), 6, "warnings after it was renewed")
    equal(warnings(lab.patchbay(*check).err), [], "warnings of the check")


@case(needs=["openssl"])
def the_certificates_of_the_flags_are_looked_at_too(lab):
    folders(lab, "one", "two")
    renewed(lab, "one", "one.test")
    server = wait_until_it_listens(lab.start_patchbay(
        "http", "serve", "one", "-l", "127.0.0.1:0", "--host", "two.test=two", "--tls-cert",
        "one.crt", "--tls-key", "one.key", "--log", "off"))
    equal(len(warnings(server.err)), 1, "warnings")
    contains(server.err, "no certificate is made out to two.test", "the warning")
