"""A web server with whims: web.py PORT [CERT KEY]

/file        200,000 bytes with a strong ETag; ranges and If-Range
/cut         the same, but the connection ends after half of it, unless a range is asked for
/changing    the same, with another ETag and content each time, and always cut
/short       the same, but of a range that is asked for come 1,000 bytes at most
/unasked     1,000 bytes of it as a part, to whoever asks for all
/dated       the same with a date alone, cut at first and another file with another date then; parts
             of it come whatever If-Range says
/slow        the same, in drops
/drops       the same for longer than anybody waits
/status/N    that status
/to/URL      a redirect to it
/long/URL    a redirect to it, whose body never comes
/escape      what a terminal would obey
/auth        wants joe:secret
/echo        the request's body, and its fields in front of it
/mirror      the request's body, said as it is heard
/chunks      a body that comes in chunks
"""

import base64
import http.server
import ssl
import sys
import time
import urllib.parse

CONTENT = bytes(i * 7 % 251 for i in range(200_000))


class Whims(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    changes = 0

    def log_message(self, *_words):
        pass

    def answer(self, status, body=b"", fields=(), cut=None):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:cut])
        if cut is not None:
            self.close_connection = True

    def file(self, content, tag, cut=None):
        wanted = self.headers.get("Range")
        if wanted and self.headers.get("If-Range", tag) == tag:
            first = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if first >= len(content):
                self.answer(416, fields=[("Content-Range", f"bytes */{len(content)}")])
                return
            where = f"bytes {first}-{len(content) - 1}/{len(content)}"
            self.answer(206, content[first:], [("ETag", tag), ("Content-Range", where)])
            return
        self.answer(200, content, [("ETag", tag)], cut)

    def part(self, first, last, tag='"one"'):
        where = f"bytes {first}-{last}/{len(CONTENT)}"
        self.answer(206, CONTENT[first:last + 1], [("ETag", tag), ("Content-Range", where)])

    def dated(self):
        Whims.changes += 1
        fields = [("Last-Modified", f"Sun, 06 Nov 1994 08:49:{Whims.changes:02} GMT")]
        content = bytes([Whims.changes]) * 200_000
        wanted = self.headers.get("Range")
        if not wanted:
            self.answer(200, content, fields, 100_000 if Whims.changes == 1 else None)
            return
        first = int(wanted.removeprefix("bytes=").removesuffix("-"))
        fields.append(("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}"))
        self.answer(206, content[first:], fields)

    def slow(self, drop=2000):
        self.send_response(200)
        self.send_header("ETag", '"slow"')
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        for begin in range(0, len(CONTENT), drop):
            self.wfile.write(CONTENT[begin:begin + drop])
            self.wfile.flush()
            time.sleep(0.1)

    def mirror(self, size):
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        while size > 0:
            piece = self.rfile.read(min(size, 65536))
            self.wfile.write(piece)
            size -= len(piece)

    def do_GET(self):
        what, _, rest = self.path[1:].partition("/")
        size = int(self.headers.get("Content-Length", 0))
        if what == "mirror":
            self.mirror(size)
            return
        body = self.rfile.read(size)
        if what == "file":
            self.file(CONTENT, '"one"')
        elif what == "cut":
            self.file(CONTENT, '"one"', len(CONTENT) // 2)
        elif what == "changing":
            Whims.changes += 1
            content = bytes([Whims.changes]) * 100_000
            self.file(content, f'"{Whims.changes}"', 50_000 if Whims.changes == 1 else None)
        elif what == "short" and self.headers.get("Range"):
            first = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            self.part(first, min(first + 1000, len(CONTENT)) - 1)
        elif what == "short":
            self.file(CONTENT, '"one"', len(CONTENT) // 2)
        elif what == "unasked":
            self.part(0, 999)
        elif what == "dated":
            self.dated()
        elif what == "slow":
            self.slow()
        elif what == "drops":
            self.slow(200)
        elif what == "status":
            self.answer(int(rest), b"a page\n")
        elif what == "to":
            self.answer(302, fields=[("Location", urllib.parse.unquote(rest))])
        elif what == "long":
            self.send_response(302)
            self.send_header("Location", urllib.parse.unquote(rest))
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.rfile.read(1)  # until the client has left
        elif what == "escape":
            self.answer(200, b"\x1b]0;owned\x07caf\xc3\xa9\n", [("X-Evil", "\x9b31m")])
        elif what == "auth":
            right = "Basic " + base64.b64encode(b"joe:secret").decode()
            self.answer(200 if self.headers.get("Authorization") == right else 401, b"hello\n")
        elif what == "chunks":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            self.answer(200, body)
        elif what == "echo":
            self.answer(200, f"{self.command}\n{self.headers}".encode() + body)
        else:
            self.answer(404)

    do_HEAD = do_POST = do_PUT = do_GET


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Whims)
    if sys.argv[2:]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
