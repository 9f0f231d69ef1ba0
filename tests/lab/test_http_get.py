"""`http get` with the servers of Python and nginx at the other end."""

import json
import os
import pathlib
import pty
import re
import sys

from lib.case import case, contains, equal, holds, lacks, matches
from lib.http import serve_http
from lib.process import free_port
from lib.waiting import until
from test_tls import certificate, pin_of

WHIMS = pathlib.Path(__file__).parent / "peers" / "web.py"
CONTENT = bytes(i * 7 % 251 for i in range(200_000))


def whims(lab, *tls):
    """The URL of peers/web.py."""
    port = free_port()
    lab.start(sys.executable, WHIMS, port, *tls).wait_for_listener(port)
    return f"{'https' if tls else 'http'}://127.0.0.1:{port}"


def get(lab, *words, **how):
    return lab.patchbay("http", "get", *words, **how)


def nginx(lab, *lines, listening=""):
    """The port of an nginx over the folder www, with these lines in its `server`."""
    port = free_port()
    (lab.folder / "www").mkdir(exist_ok=True)
    ssl = " ssl" if any("ssl_" in line for line in lines) else ""
    listen = f"127.0.0.1:{port}{ssl} {listening}"
    config = lab.file("nginx.conf", f"""
daemon off; pid {lab.folder}/nginx.pid; error_log stderr;
{'user root;' if os.geteuid() == 0 else ''}
events {{}}
http {{
  access_log off; client_body_temp_path {lab.folder}/body; proxy_temp_path {lab.folder}/proxy;
  fastcgi_temp_path {lab.folder}/f; uwsgi_temp_path {lab.folder}/u; scgi_temp_path {lab.folder}/s;
  server {{ listen {listen}; root {lab.folder}/www; {' '.join(lines)} }}
}}
""")
    lab.start("nginx", "-c", config, "-e", "stderr").wait_for_listener(port)
    return port


def names(lab):
    return {path.name for path in lab.folder.iterdir()} & {"file", ".file.part", ".file.part.from"}


@case()
def prints_what_pythons_server_serves(lab):
    lab.file("www/page.txt", "hello\n")
    port = free_port()
    server = lab.start(sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1",
                       "--directory", lab.folder / "www")
    server.wait_for_listener(port)
    here = get(lab, f"127.0.0.1:{port}/page.txt")
    equal(here.out, "hello\n", "stdout")
    gone = get(lab, f"127.0.0.1:{port}/nothing", code=10)
    contains(gone.err, "404", "the error")


@case(needs=["nginx"])
def fetches_from_nginx_byte_for_byte(lab):
    lab.file("www/file", CONTENT * 50)
    port = nginx(lab)
    get(lab, "-O", f"http://127.0.0.1:{port}/file")
    equal((lab.folder / "file").read_bytes(), CONTENT * 50, "the file")
    equal(names(lab), {"file"}, "what is in the folder")
    again = get(lab, "-O", f"http://127.0.0.1:{port}/file", code=1)
    contains(again.err, "already", "why it is not fetched over the other")


@case(needs=["nginx"])
def goes_on_with_a_part_of_nginx(lab):
    lab.file("www/file", CONTENT)
    port = nginx(lab, "limit_rate 40k;")
    here = lab.start_patchbay("http", "get", "-O", f"http://127.0.0.1:{port}/file")
    part = lab.folder / ".file.part"
    until(lambda: part.exists() and part.stat().st_size > 10_000, "a part")
    equal(here.interrupt(), 130, "exit code after Ctrl-C")
    equal(names(lab), {".file.part", ".file.part.from"}, "what is left")
    kept = part.stat().st_size
    holds(0 < kept < len(CONTENT), "a part is kept")
    rest = get(lab, "-O", "--continue", "--json", f"http://127.0.0.1:{port}/file")
    answer = record(rest, "answer")
    equal(answer["status"], 206, "the status of the rest")
    equal(answer["body_bytes"], len(CONTENT) - kept, "bytes of the rest")
    equal((lab.folder / "file").read_bytes(), CONTENT, "the file")
    equal(names(lab), {"file"}, "what is in the folder")


def record(program, kind):
    found = [json.loads(line) for line in program.out.splitlines()]
    return next(line for line in found if line["type"] == kind)


@case()
def a_body_that_is_cut_short_is_no_file(lab):
    url = whims(lab)
    cut = get(lab, "-o", "file", f"{url}/cut", code=1)
    contains(cut.err, "--continue", "what to try")
    equal(names(lab), {".file.part", ".file.part.from"}, "what is left")
    get(lab, "-o", "file", "--continue", f"{url}/cut")
    equal((lab.folder / "file").read_bytes(), CONTENT, "the file")


@case()
def begins_anew_when_the_file_has_changed(lab):
    url = whims(lab)
    get(lab, "-o", "file", f"{url}/changing", code=1)
    get(lab, "-o", "file", "--continue", f"{url}/changing")
    equal((lab.folder / "file").read_bytes(), bytes([2]) * 100_000, "the file")


@case()
def a_part_of_the_rest_is_not_the_whole(lab):
    url = whims(lab)
    get(lab, "-o", "file", f"{url}/short", code=1)
    for had in (100_000, 101_000):
        here = get(lab, "-o", "file", "--continue", f"{url}/short", code=1)
        contains(here.err, "--continue", "what to try")
        equal(names(lab), {".file.part", ".file.part.from"}, "what is left")
        equal((lab.folder / ".file.part").read_bytes(), CONTENT[:had + 1000], "the part")
    (lab.folder / ".file.part").write_bytes(CONTENT[:199_500])
    get(lab, "-o", "file", "--continue", f"{url}/short")
    equal((lab.folder / "file").read_bytes(), CONTENT, "the file")


@case()
def a_part_that_nobody_asked_for_is_no_file(lab):
    url = whims(lab)
    here = get(lab, "-o", "file", f"{url}/unasked", code=1)
    contains(here.err, "nobody asked for", "the error")
    equal(names(lab), set(), "what is in the folder")
    equal(get(lab, f"{url}/unasked", code=1).out, "", "stdout")
    get(lab, "-o", "file", "-H", "Range: bytes=0-999", f"{url}/unasked")
    equal((lab.folder / "file").read_bytes(), CONTENT[:1000], "the part that was asked for")


@case()
def two_versions_are_not_put_together_where_if_range_is_not_heeded(lab):
    url = whims(lab)
    get(lab, "-o", "file", f"{url}/dated", code=1)
    contains((lab.folder / ".file.part.from").read_text(), "1994", "the note")
    get(lab, "-o", "file", "--continue", f"{url}/dated")
    content = (lab.folder / "file").read_bytes()
    equal((len(content), len(set(content))), (200_000, 1), "its length, and how many versions")


@case()
def a_part_of_another_url_is_not_gone_on_with(lab):
    url = whims(lab)
    get(lab, "-o", "file", f"{url}/cut", code=1)
    here = get(lab, "-o", "file", "--continue", f"{url}/file")
    contains(here.err, "anew", "stderr")
    equal((lab.folder / "file").read_bytes(), CONTENT, "the file")


@case()
def a_part_that_is_whole_is_given_its_name(lab):
    url = whims(lab)
    get(lab, "-o", "file", f"{url}/cut", code=1)
    (lab.folder / ".file.part").write_bytes(CONTENT)
    get(lab, "-o", "file", "--continue", f"{url}/cut")
    equal((lab.folder / "file").read_bytes(), CONTENT, "the file")


@case()
def two_downloads_do_not_mix(lab):
    url = whims(lab)
    first = lab.start_patchbay("http", "get", "-o", "file", f"{url}/slow")
    until(lambda: (lab.folder / ".file.part").exists(), "the part")
    second = get(lab, "-o", "file", f"{url}/file", code=1)
    contains(second.err, "another download", "why not")
    equal(first.wait(30), 0, "exit code of the first")
    equal((lab.folder / "file").read_bytes(), CONTENT, "the file")


@case()
def writes_to_what_is_no_file_as_it_is(lab):
    url = whims(lab)
    fifo, link, target = (lab.folder / name for name in ("fifo", "link", "target"))
    os.mkfifo(fifo)
    contains(get(lab, "-o", fifo, f"{url}/file", code=1).err, "nobody reads it", "the error")
    reader = lab.start("cat", fifo)
    words = ("http", "get", "-o", fifo, f"{url}/file")
    until(lambda: lab.start_patchbay(*words).wait(30) == 0, "a download into the FIFO")
    equal(reader.wait(30), 0, "exit code of the reader")
    equal(reader.out_bytes, CONTENT, "what came out")
    holds(fifo.is_fifo(), "it is a FIFO still")
    target.write_bytes(b"old")
    link.symlink_to("target")
    get(lab, "-o", link, f"{url}/file")
    holds(link.is_symlink(), "it is a link still")
    equal(target.read_bytes(), CONTENT, "what it leads to")
    get(lab, "-o", "/dev/null", f"{url}/file")
    contains(get(lab, "-o", lab.folder, f"{url}/file", code=1).err, "folder", "the error")
    equal(get(lab, "-o", "-", f"{url}/status/200").out, "a page\n", "stdout")
    holds(not (lab.folder / "-").exists(), "no file has that name")


@case()
def a_reader_that_left_hides_no_failure(lab):
    url = whims(lab)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        here = lab.start_patchbay("http", "get", "--json", "-o", "file", f"{url}/cut",
                                  stdout=writing)
        equal(here.wait(30), 1, "exit code")
    finally:
        os.close(writing)
    contains(here.err, "--continue", "what is said of it")
    equal(names(lab), {".file.part", ".file.part.from"}, "what is left")


@case()
def an_error_page_is_no_file(lab):
    url = whims(lab)
    for status, code in ((404, 10), (401, 4), (403, 4), (418, 11), (503, 12)):
        here = get(lab, "-o", "file", f"{url}/status/{status}", code=code)
        contains(here.err, str(status), "the error")
        equal(names(lab), set(), "what is in the folder")
    here = get(lab, f"{url}/status/503", code=12)
    equal(here.out, "a page\n", "without -o the page is shown")


@case()
def follows_redirects_and_tells_of_them(lab):
    url = whims(lab)
    here = get(lab, "--json", f"{url}/to/%2Fto%2F%252Fstatus%252F200")
    lines = [json.loads(line) for line in here.out.splitlines()]
    equal([line["type"] for line in lines], ["start", "hop", "hop", "answer", "end"], "records")
    answer = lines[3]
    equal(answer["url"], f"{url}/status/200", "where it led")
    equal(answer["body"], "a page\n", "the body")
    holds(answer["kept_connection"], "the connection was used again")
    for key in ("dns_us", "connect_us", "tls_us", "first_byte_us", "head_us", "body_us",
                "total_us"):
        holds(answer[key] >= 0, key)
    stays = get(lab, "--no-redirect", "-I", f"{url}/to/%2Fstatus%2F200")
    contains(stays.out, "302", "the head")
    loop = get(lab, "--max-redirects", "0", "--json", f"{url}/to/%2Ffile", code=1)
    contains(loop.err, "redirect", "the error")
    equal(record(loop, "hop")["status"], 302, "the redirect that is not followed")
    nowhere = get(lab, "-v", f"{url}/to/http:%2F%2Fjoe:secret@h%2F", code=1)
    contains(nowhere.err, "--no-redirect", "what to try")
    contains(nowhere.err, "302", "what is told of the redirect")
    equal(get(lab, f"{url}/long/%2Fstatus%2F200").out, "a page\n", "behind a body that never comes")


@case()
def carries_no_password_to_another_port(lab):
    url, other = whims(lab), whims(lab)
    secret = lab.file("secret", "joe:secret\n")
    secret.chmod(0o600)
    to = f"{other}/echo".replace("/", "%2F")
    here = get(lab, "--auth-file", secret, f"{url}/to/{to}")
    contains(here.out, "Host:", "the fields that arrived")
    lacks(here.out, "Authorization", "the fields that arrived")


@case()
def carries_no_field_of_a_secret_file_to_another_port(lab):
    url, other = whims(lab), whims(lab)
    secret = lab.file("secret", "X-Api-Key: topsecret\n")
    secret.chmod(0o600)
    words = ("-H", f"@{secret}", "-H", "X-Harmless: yes")
    contains(get(lab, *words, f"{url}/to/%2Fecho").out, "topsecret", "the fields at the same port")
    to = f"{other}/echo".replace("/", "%2F")
    here = get(lab, *words, f"{url}/to/{to}")
    contains(here.out, "X-Harmless: yes", "the fields that arrived")
    lacks(here.out.lower(), "x-api-key", "the fields that arrived")


@case()
def logs_in_with_a_file_that_is_nobody_elses(lab):
    url = whims(lab)
    secret = lab.file("secret", "joe:secret\n")
    secret.chmod(0o644)
    refused = get(lab, "--auth-file", secret, f"{url}/auth", code=4)
    contains(refused.err, "chmod 600", "what to try")
    secret.chmod(0o600)
    here = get(lab, "--auth-file", secret, f"{url}/auth")
    equal(here.out, "hello\n", "the page")
    wrong = get(lab, f"{url}/auth", code=4)
    contains(wrong.err, "401", "the error")
    for words in (["-H", "Authorization: Basic c2VjcmV0", url],
                  [url.replace("//", "//joe:secret@")]):
        seen = get(lab, *words, code=2)
        contains(seen.err, "--auth-file", "what to try")
        lacks(seen.err, "joe:secret", "the error")


@case()
def sends_data(lab):
    url = whims(lab)
    text = get(lab, "-d", "a=b", f"{url}/echo")
    holds(text.out.startswith("POST\n") and text.out.endswith("a=b"), "what arrived of a text")
    contains(text.out, "application/x-www-form-urlencoded", "its type")
    data = lab.file("data", CONTENT)
    file = get(lab, "-X", "PUT", "-d", f"@{data}", "-H", "Content-Type: x/y", "-o", "out",
               f"{url}/echo")
    equal(file.wait(), 0, "exit code")
    seen = (lab.folder / "out").read_bytes()
    holds(seen.startswith(b"PUT\n") and seen.endswith(CONTENT), "what arrived of a file")
    holds(b"Content-Type: x/y\n" in seen, "its type")


@case()
def reads_an_echo_while_it_sends(lab):
    url = whims(lab)
    data = lab.file("data", CONTENT * 50)
    get(lab, "--data-binary", f"@{data}", "-o", "out", f"{url}/mirror")
    equal((lab.folder / "out").read_bytes(), CONTENT * 50, "what came back")


@case()
def a_pipe_that_nobody_writes_into_does_not_hold_it_either(lab):
    url = whims(lab)
    fifo = lab.folder / "fifo"
    os.mkfifo(fifo)
    here = lab.start_patchbay("http", "get", "-d", f"@{fifo}", "--max-time", "300ms", f"{url}/echo")
    equal(here.wait(20), 1, "exit code")
    contains(here.err, "--max-time", "what to try")
    waiting = lab.start_patchbay("http", "get", "-v", "-d", f"@{fifo}", f"{url}/echo")
    until(lambda: connected(int(url.rsplit(":", 1)[1])), "the connection")
    lab.run("sh", "-c", f"echo one > {fifo}")
    equal(waiting.wait(20), 0, "exit code")
    holds(waiting.out.endswith("one\n"), "what arrived")


@case()
def a_silent_pipe_does_not_hold_what_has_a_limit(lab):
    url = whims(lab)
    fifo = lab.folder / "fifo"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)  # says nothing, and does not end
    try:
        here = lab.start_patchbay("http", "get", "-d", f"@{fifo}", "--max-time", "300ms",
                                  f"{url}/echo")
        equal(here.wait(20), 1, "exit code")
        contains(here.err, "--max-time", "what to try")
        broken_off = lab.start_patchbay("http", "get", "-v", "-d", f"@{fifo}", f"{url}/echo")
        until(lambda: connected(int(url.rsplit(":", 1)[1])), "the connection")
        equal(broken_off.interrupt(), 130, "exit code after Ctrl-C")
    finally:
        os.close(writer)


def connected(port):
    """Is there a connection to this port of 127.0.0.1?"""
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    states = [line.split() for line in lines]
    return any(words[2] == f"0100007F:{port:04X}" and words[3] == "01" for words in states)


@case()
def sends_what_comes_out_of_a_pipe(lab):
    url = whims(lab)
    fifo = lab.folder / "fifo"
    os.mkfifo(fifo)
    writer = lab.start("sh", "-c", f"echo one > {fifo}")
    here = get(lab, "--http1", "-d", f"@{fifo}", f"{url}/chunks")
    equal(writer.wait(30), 0, "exit code of the writer")
    equal(here.out, "one\n", "what arrived")


@case()
def prints_heads(lab):
    url = whims(lab)
    head = get(lab, "-I", f"{url}/file")
    matches(head.out, r"\AHTTP/1\.1 200 OK\r\n(.*\r\n)*ETag: \"one\"\r\n", "the head")
    both = get(lab, "-i", f"{url}/status/200")
    holds(both.out.endswith("\r\n\r\na page\n"), "the head and the body")


@case()
def a_terminal_does_not_obey_the_server(lab):
    url = whims(lab)
    ours, theirs = pty.openpty()
    try:
        here = lab.start_patchbay("http", "get", "-i", f"{url}/escape", "--color", "never",
                                  stdout=theirs)
        equal(here.wait(), 0, "exit code")
        seen = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    lacks(seen, "\x1b", "the terminal")
    contains(seen, "\\x1b]0;owned\\x07café", "the body")
    contains(seen, "X-Evil: \\x9b31m", "the head")
    piped = lab.patchbay("http", "get", f"{url}/escape")
    contains(piped.out, "\x1b]0;owned", "a pipe has it as it is")


@case()
def gives_up_on_what_is_too_large_or_too_slow(lab):
    url = whims(lab)
    large = get(lab, "--max-size", "100k", "-o", "file", f"{url}/file", code=1)
    contains(large.err, "--max-size", "the error")
    rate = get(lab, "--min-rate", "1Gbit/s", "-o", "file", f"{url}/drops", code=1, seconds=60)
    contains(rate.err, "--min-rate", "what to try")
    slow = get(lab, "--max-time", "300ms", "-o", "file", f"{url}/slow", code=1)
    contains(slow.err, "--max-time", "the error")


@case(needs=["nginx", "openssl"])
def trusts_nginx_by_authority_and_by_pin(lab):
    lab.file("www/page", "hello\n")
    crt, key = certificate(lab, "first")
    port = nginx(lab, f"ssl_certificate {crt};", f"ssl_certificate_key {key};")
    url = f"https://127.0.0.1:{port}/page"
    for trust in (["--tls-ca", crt], ["--pin", pin_of(lab, "first")], ["--insecure"]):
        equal(get(lab, *trust, url).out, "hello\n", f"the page with {trust[0]}")
    stranger = get(lab, url, code=4)
    matches(stranger.err, r"^error: cannot trust the certificate", "the error")
    matches(stranger.err, r"try: .*--(tls-ca|pin)", "what to try")
    get(lab, "--pin", "0" * 64, url, code=4)
    get(lab, "--pin", "0" * 64, "--allow-downgrade", url, code=2)
    contains(get(lab, "--pin", "0" * 64, url.replace("https", "http"), code=2).err, "https://",
             "what to try over http")
    told = record(get(lab, "--tls-ca", crt, "--json", url), "answer")
    holds(told["tls_version"].startswith("TLSv1."), "the version of TLS")
    equal(told["certificate"]["pin"], pin_of(lab, "first"), "the pin")
    holds(told["verified"], "it is verified")


@case(needs=["openssl"])
def does_not_go_from_https_to_http(lab):
    crt, key = certificate(lab, "first")
    secure, plain = whims(lab, crt, key), whims(lab)
    url = f"{secure}/to/{plain.replace('/', '%2F')}%2Fstatus%2F200"
    here = get(lab, "--tls-ca", crt, url, code=4)
    contains(here.err, "https to http", "the error")
    equal(get(lab, "--tls-ca", crt, "--allow-downgrade", url).out, "a page\n", "the page")


@case()
def goes_on_with_a_part_of_our_own_server(lab):
    lab.file("www/file", CONTENT)
    url = serve_http(lab, lab.folder / "www").url + "/file"
    get(lab, "-o", "file", url)
    tag = re.search(r"^ETag: (.*)\r$", get(lab, "-I", url).out, re.MULTILINE)[1]
    (lab.folder / "file").unlink()
    lab.file(".file.part", CONTENT[:70_000])
    lab.file(".file.part.from", f"patchbay part 1\n{url}\n{tag}\n")
    equal(record(get(lab, "-o", "file", "-c", "--json", url), "answer")["status"], 206, "status")
    equal((lab.folder / "file").read_bytes(), CONTENT, "the file")
