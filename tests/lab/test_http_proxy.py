"""`patchbay http serve --proxy` in front of Python, of ourselves, and of a WebSocket."""

import base64
import hashlib
import http.client
import os
import random
import socket
import struct
import sys
import threading

from lib.case import case, contains, equal, holds, lacks
from lib.http import serve_http
from lib.process import free_port
from test_tls import certificate, pin_of

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def ask(server, method, path, body=None, **fields):
    """Status, fields and body of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, body, fields)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def front(lab, *rules):
    """Our server with these rules, over a folder of its own."""
    lab.file("front/page.txt", "front\n")
    return serve_http(lab, lab.folder / "front",
                      *[word for rule in rules for word in ("--proxy", rule)])


@case()
def stands_in_front_of_pythons_server(lab):
    lab.file("behind/page.txt", "behind\n")
    lab.file("behind/folder/x", "x")
    port = free_port()
    lab.start(sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1",
              "--directory", lab.folder / "behind").wait_for_listener(port)
    server = front(lab, f"/api=http://127.0.0.1:{port}")
    equal(ask(server, "GET", "/api/page.txt")[2], b"behind\n", "the page behind")
    equal(ask(server, "GET", "/page.txt")[2], b"front\n", "the page in front")
    equal(ask(server, "GET", "/api/none")[0], 404, "what is not there")
    status, fields, content = ask(server, "HEAD", "/api/page.txt")
    equal((status, fields["Content-Length"], content), (200, "7", b""), "the answer to HEAD")
    status, fields, _ = ask(server, "GET", "/api/folder")
    equal((status, fields["Location"]), (301, "/api/folder/"), "the redirect")


@case()
def carries_large_files_both_ways_to_our_own_server(lab):
    content = random.Random(4).randbytes(50_000_000)
    lab.file("behind/large.bin", content)
    behind = serve_http(lab, lab.folder / "behind", "--upload")
    server = front(lab, f"/files={behind.url}")
    holds(ask(server, "GET", "/files/large.bin")[2] == content, "50 MB arrive byte for byte")
    status, _, part = ask(server, "GET", "/files/large.bin", Range="bytes=1000-1999")
    equal((status, part == content[1000:2000]), (206, True), "a part of it")
    equal(ask(server, "PUT", "/files/up.bin", content[:5_000_000])[0], 201, "the upload")
    holds((lab.folder / "behind/up.bin").read_bytes() == content[:5_000_000], "it is stored whole")
    status, fields, _ = ask(server, "GET", "/files/large.bin")
    equal(ask(server, "GET", "/files/large.bin", **{"If-None-Match": fields["ETag"]})[0], 304,
          "what is known already")


@case()
def says_which_rules_it_cannot_read(lab):
    for rule, why in (("api", "PATH=URL"), ("api=http://a", "slash"), ("/a=ftp://x", "ftp"),
                      ("/a=http://x/?y", "query"), ("http://joe:secret@h", "PATH=URL"),
                      ("http://joe:secret@h/?a=b", "slash"), ("api=http://joe:secret@h", "slash"),
                      ("/a=http://joe:secret@h", "user"), ("/a=http://h/?secret", "query")):
        said = lab.patchbay("http", "serve", "--listen", "127.0.0.1:0", "--proxy", rule, code=2)
        contains(said.err, why, f"what is said of {rule}")
        lacks(said.err, "secret", f"what is said of {rule}")


@case()
def a_server_that_is_not_there_is_a_502(lab):
    port = free_port()
    server = front(lab, f"/api=http://127.0.0.1:{port}")
    equal(ask(server, "GET", "/api/")[0], 502, "the status")
    server.wait_for(rf"warning: .*/api .*127\.0\.0\.1:{port}.* refused")


@case(needs=["openssl"])
def trusts_a_server_behind_it_by_authority_or_by_pin(lab):
    lab.file("behind/page.txt", "behind\n")
    crt, key = certificate(lab, "first")
    other, _ = certificate(lab, "other")
    behind = serve_http(lab, lab.folder / "behind", "--tls-cert", crt, "--tls-key", key)
    lab.file("front/page.txt", "front\n")
    for words, status in ((["--proxy-ca", crt], 200), (["--proxy-pin", pin_of(lab, "first")], 200),
                          ([], 502), (["--proxy-ca", other], 502),
                          (["--proxy-pin", pin_of(lab, "other")], 502)):
        server = serve_http(lab, lab.folder / "front", "--proxy", f"/api={behind.url}", *words)
        equal(ask(server, "GET", "/api/page.txt")[0], status, f"the status with {words[:1]}")
    for words, why in ((["/a=http://127.0.0.1", "--proxy-ca", crt], "https"),
                       (["/a=https://127.0.0.1", "--proxy-pin", "short"], "64")):
        said = lab.patchbay("http", "serve", "--listen", "127.0.0.1:0", "--proxy", *words, code=2)
        contains(said.err, why, "why not")


def read_head(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += stream.recv(1) or b"(the end)\r\n\r\n"
    return head.decode()


def read_exactly(stream, count):
    data = b""
    while len(data) < count:
        piece = stream.recv(count - len(data))
        if not piece:
            raise ConnectionError(f"ended after {len(data)} of {count} bytes")
        data += piece
    return data


def frame(payload, mask=b""):
    """A text frame with 16 bits of length."""
    head = struct.pack("!BBH", 0x81, (0x80 if mask else 0) | 126, len(payload))
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)) \
        if mask else head + payload


def read_frame(stream):
    _, size, length = struct.unpack("!BBH", read_exactly(stream, 4))
    mask = read_exactly(stream, 4) if size & 0x80 else b"\0\0\0\0"
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(read_exactly(stream, length)))


def echo_one_websocket(listener, heads):
    """Answers a handshake by hand, and then each frame with its payload turned around."""
    stream, _ = listener.accept()
    with stream:
        heads.append(read_head(stream))
        key = next(line.split(": ")[1] for line in heads[0].split("\r\n")
                   if line.lower().startswith("sec-websocket-key:"))
        accept = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()
        stream.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                       b"Upgrade\r\nSec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n"
                       + frame(b"w" * 300))
        for _ in range(3):
            stream.sendall(frame(read_frame(stream)[::-1]))


@case()
def a_websocket_goes_through(lab):
    listener = lab.keep(socket.create_server(("127.0.0.1", 0)))
    listener.settimeout(30)
    heads = []
    peer = threading.Thread(target=echo_one_websocket, args=(listener, heads), daemon=True)
    peer.start()
    server = front(lab, f"/ws=http://127.0.0.1:{listener.getsockname()[1]}/socket")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as stream:
        key = base64.b64encode(os.urandom(16)).decode()
        stream.sendall(f"GET /ws/chat HTTP/1.1\r\nHost: site.localhost\r\nConnection: Upgrade\r\n"
                       f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                       f"Sec-WebSocket-Key: {key}\r\n\r\n".encode())
        head = read_head(stream)
        contains(head, "HTTP/1.1 101", "the answer")
        contains(head, base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode(),
                 "the proof in it")
        equal(read_frame(stream), b"w" * 300, "what the server says first")
        for size in (200, 3000, 60_000):
            payload = random.Random(size).randbytes(size)
            stream.sendall(frame(payload, mask=b"\x01\x02\x03\x04"))
            holds(read_frame(stream) == payload[::-1], f"{size} bytes there and back")
    peer.join(30)
    contains(heads[0], "GET /socket/chat HTTP/1.1\r\n", "what the server is asked")
    contains(heads[0], "X-Forwarded-Host: site.localhost\r\n", "what the server is asked")


def think_for_ever(listener, ends):
    """Takes a request, answers nothing, and notes how the connection ends."""
    stream, _ = listener.accept()
    stream.settimeout(30)
    with stream:
        read_head(stream)
        ends.append("asked")
        ends.append(stream.recv(1))


@case()
def an_upstream_works_for_nobody_who_has_left(lab):
    for left in ("closed", "killed"):
        listener = lab.keep(socket.create_server(("127.0.0.1", 0)))
        listener.settimeout(30)
        ends = []
        peer = threading.Thread(target=think_for_ever, args=(listener, ends), daemon=True)
        peer.start()
        server = front(lab, f"/api=http://127.0.0.1:{listener.getsockname()[1]}/")
        stream = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        stream.sendall(b"GET /api/slow HTTP/1.1\r\nHost: site.localhost\r\n\r\n")
        while not ends and peer.is_alive():
            peer.join(0.01)
        if left == "killed":
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()
        peer.join(30)
        equal(ends, ["asked", b""], f"what the upstream sees when the client has {left}")
        server.wait_for(r'"GET /api/slow HTTP/1.1" 499', "out")


@case()
def whoever_ends_its_sending_side_gets_its_file(lab):
    server = front(lab)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as stream:
        stream.sendall(b"GET /page.txt HTTP/1.1\r\nHost: site.localhost\r\n\r\n")
        stream.shutdown(socket.SHUT_WR)
        contains(read_head(stream), "HTTP/1.1 200 OK", "the answer")
        equal(read_exactly(stream, 6), b"front\n", "the file")
