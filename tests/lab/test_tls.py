"""TLS in both roles, with the openssl program, ncat, socat and curl as the other end."""

import signal
import subprocess

from lib.case import case, contains, equal, lacks, matches
from lib.process import free_port


def certificate(lab, name, host="localhost"):
    """NAME.crt and NAME.key in the case's folder, self-signed, for the host and 127.0.0.1."""
    lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
            "-out", f"{name}.crt", "-addext", f"subjectAltName=DNS:{host},IP:127.0.0.1")
    return lab.folder / f"{name}.crt", lab.folder / f"{name}.key"


def pin_of(lab, name):
    """The hex SHA-256 of the certificate's public key, as openssl computes it."""
    script = (f"openssl x509 -in {name}.crt -noout -pubkey | openssl pkey -pubin -outform DER"
              " | openssl dgst -sha256")
    return lab.run("bash", "-o", "pipefail", "-c", script).out.split()[-1]


def serve_tls(lab, *words):
    crt, key = certificate(lab, "first")
    return lab.serve("tcp", "--tls-cert", crt, "--tls-key", key, *words)


def s_client(lab, port, *words, stdin=b""):
    return lab.run("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", "first.crt",
                   "-verify_return_error", "-verify_ip", "127.0.0.1", *words, stdin=stdin)


def subject_served(lab, port):
    """The name in the certificate that a new connection is shown."""
    seen = lab.run("openssl", "s_client", "-connect", f"127.0.0.1:{port}")
    return matches(seen.out, r"^subject=CN = (\w+)$", "the subject")[1]


def s_server(lab, *words):
    crt, key = certificate(lab, "first")
    port = free_port()
    server = lab.start("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", crt,
                       "-key", key, "-quiet", *words, stdin=subprocess.PIPE)
    server.wait_for_listener(port)
    return port


@case(needs=["openssl"])
def answers_openssl_s_client(lab):
    server = serve_tls(lab, "--once", "--reply", "Server received: {}")
    # -ign_eof: it waits for the server's end and not for that of its input.
    client = s_client(lab, server.port, "-quiet", "-ign_eof", stdin=b"hello")
    equal(client.out, "Server received: hello", "what s_client got")
    matches(server.out, r"\] hello$", "the message that the server printed")
    equal(server.wait(), 0, "exit code of the server")


@case(needs=["openssl"])
def speaks_tls_1_3_and_1_2_and_nothing_older(lab):
    server = serve_tls(lab)
    for version, name in (("-tls1_3", "TLSv1.3"), ("-tls1_2", "TLSv1.2")):
        contains(s_client(lab, server.port, version).out, f"New, {name}", "s_client's report")
    old = lab.run("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_1",
                  "-cipher", "DEFAULT@SECLEVEL=0", code=None)
    lacks(old.out, "Cipher is ECDHE", "s_client's report")


@case(needs=["curl"])
def answers_curl_over_https(lab):
    template = "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nyes{}"
    server = serve_tls(lab, "--reply", template)
    curl = lab.run("curl", "-s", "-m5", "--cacert", "first.crt",
                   f"https://127.0.0.1:{server.port}/")
    equal(curl.out, "yes", "the page")


@case(needs=["socat"])
def echoes_to_socat(lab):
    server = serve_tls(lab)
    socat = lab.run("socat", "-t5", "-", f"OPENSSL:127.0.0.1:{server.port},cafile=first.crt",
                    stdin=b"hello\n")
    equal(socat.out, "hello\n", "what socat got")


@case(needs=["nc"])
def says_that_a_client_speaks_no_tls(lab):
    server = serve_tls(lab)
    lab.run("nc", "-N", "127.0.0.1", server.port, stdin=b"\x1b[31mGET / HTTP/1.0\r\n\r\n")
    said = server.wait_for(r"^\[-\] .*no TLS: .+", "out")[0]
    lacks(said, "\x1b", "the server's words")


@case(needs=["openssl"])
def reads_its_certificate_again_on_sighup(lab):
    server = serve_tls(lab)
    equal(subject_served(lab, server.port), "first", "the certificate before")
    talking = lab.start("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-quiet",
                        stdin=subprocess.PIPE)
    talking.wait_for("verify return")
    certificate(lab, "second")
    for kind in ("crt", "key"):
        (lab.folder / f"second.{kind}").replace(lab.folder / f"first.{kind}")
    server.send_signal(signal.SIGHUP)
    server.wait_for("certificate was read again")
    equal(subject_served(lab, server.port), "second", "the certificate after")
    talking.stdin.write(b"still here\n")
    talking.stdin.flush()
    talking.wait_for("still here", "out")


@case(needs=["openssl"])
def keeps_its_certificate_when_the_new_one_is_broken(lab):
    server = serve_tls(lab)
    lab.file("first.crt", "no certificate")
    server.send_signal(signal.SIGHUP)
    server.wait_for("the former certificate stays")
    equal(subject_served(lab, server.port), "first", "the certificate after")


@case(needs=["openssl"])
def refuses_a_key_of_another_certificate_at_the_start(lab):
    crt, _ = certificate(lab, "first")
    _, key = certificate(lab, "second")
    server = lab.patchbay("tcp", "serve", "0", "--tls-cert", crt, "--tls-key", key, code=1)
    matches(server.err, r"^error: .*(key|certificate)", "the error")


@case(needs=["openssl"])
def connect_does_not_trust_a_stranger(lab):
    port = s_server(lab, "-rev")
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--tls", "--send", "hi\n", code=4)
    matches(here.err, r"^error: cannot trust the certificate", "what failed")
    matches(here.err, r"^  because: .*(self.signed|authority|trust|issuer)", "why")
    matches(here.err, r"^  try: .*--(tls-ca|pin|insecure)", "what to try")


@case(needs=["openssl"])
def connect_trusts_by_authority_and_by_pin(lab):
    port = s_server(lab, "-rev")
    ask = ["tcp", "connect", f"127.0.0.1:{port}", "--tls", "--send", "hello\n"]
    right = pin_of(lab, "first")
    for trust in (["--tls-ca", "first.crt"], ["--pin", right]):
        here = lab.patchbay(*ask, *trust)
        equal(here.out, "olleh\n", f"the answer with {trust[0]}")
        lacks(here.err, "warning", f"stderr with {trust[0]}")
    wrong = lab.patchbay(*ask, "--pin", "0" * 64, code=4)
    contains(wrong.err, "not the one that was pinned", "what is said of a wrong pin")
    malformed = lab.patchbay(*ask, "--pin", "abc", code=2)
    matches(malformed.err, r"^error: .*abc", "what is said of half a pin")


@case(needs=["openssl"])
def insecure_goes_on_with_a_warning(lab):
    port = s_server(lab, "-rev")
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--tls", "--insecure", "--send",
                        "hello\n")
    equal(here.out, "olleh\n", "the answer")
    matches(here.err, r"^warning: --insecure", "stderr")
    # So one learns what to pin.
    told = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--tls", "--insecure", "-v",
                        "--send", "hello\n")
    contains(told.err, pin_of(lab, "first"), "stderr with -v")


@case(needs=["openssl"])
def connect_checks_the_name(lab):
    crt, key = certificate(lab, "first", host="another.example")
    port = free_port()
    lab.start("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", crt, "-key", key,
              "-rev", stdin=subprocess.PIPE).wait_for_listener(port)
    here = lab.patchbay("tcp", "connect", f"localhost:{port}", "--tls", "--tls-ca", crt, "--send",
                        "hi\n", code=4)
    matches(here.err, r"because: .*another name", "why")


@case(needs=["socat"])
def half_closes_with_socat(lab):
    crt, key = certificate(lab, "first")
    port = free_port()
    peer = lab.start("socat", "-t10", "-",
                     f"OPENSSL-LISTEN:{port},bind=127.0.0.1,cert={crt},key={key},verify=0",
                     stdin=b"an answer")
    peer.wait_for_listener(port)
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--tls", "--tls-ca", crt,
                        stdin=b"a question")
    equal(here.out, "an answer", "stdout")
    equal(peer.wait(), 0, "exit code of socat")
    equal(peer.out, "a question", "what socat got")


@case()
def half_closes_with_itself(lab):
    crt, key = certificate(lab, "first")
    server = lab.serve("tcp", "--stdio", "--tls-cert", crt, "--tls-key", key, stdin=b"an answer")
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{server.port}", "--tls", "--tls-ca", crt,
                        stdin=b"a question")
    equal(here.out, "an answer", "stdout")
    equal(server.wait(), 0, "exit code of the server")
    equal(server.out, "a question", "what the server got")


@case(needs=["ncat"])
def an_end_without_a_goodbye_is_no_good_end(lab):
    # ncat closes the socket and leaves out TLS's own end, as one who cuts a transfer short would.
    crt, key = certificate(lab, "first")
    port = free_port()
    peer = lab.start("ncat", "--ssl", "--ssl-cert", crt, "--ssl-key", key, "-l", "127.0.0.1", port,
                     stdin=b"an answer")
    peer.wait_for_listener(port)
    here = lab.patchbay("tcp", "connect", f"127.0.0.1:{port}", "--tls", "--tls-ca", crt,
                        stdin=b"a question", code=1)
    equal(here.out, "an answer", "stdout, where all that came is")
    contains(here.err, "may be cut short", "stderr")
