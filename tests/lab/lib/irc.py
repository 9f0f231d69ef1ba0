"""A client of IRC as plain as it gets: what it is told to say, and what it has heard."""

import base64
import re
import socket
import ssl

from lib.process import free_port
from lib.waiting import until


def serve_chat(lab, *words, **how):
    """Starts `patchbay chat serve` with a door for IRC; the program then has a `port`."""
    port = free_port()
    server = lab.start_patchbay("chat", "serve", "--irc", f"127.0.0.1:{port}", *words, **how)
    server.wait_for_listener(port)
    server.port = port
    return server


class Irc:
    """Ends with the case. `name` None: nothing is said by itself."""

    def __init__(self, lab, port, name=None, tls=False, address="127.0.0.1"):
        self._socket = socket.create_connection((address, port), timeout=10)
        if tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self._socket = context.wrap_socket(self._socket)
        self._socket.settimeout(0.05)
        self._bytes = b""
        self._from = 0  # where wait_for() looks
        self.ended = False
        lab.keep(self)
        if name is not None:
            self.say(f"NICK {name}", f"USER {name} 0 * :{name}")
            self.wait_for(r" 001 ")

    @property
    def heard(self):
        return self._bytes.decode(errors="replace")

    def say(self, *lines):
        self.send("".join(line + "\r\n" for line in lines).encode())

    def send(self, data):
        self._socket.sendall(data)

    def wait_for(self, pattern, seconds=10):
        """The match in what has come since the last one that was waited for."""
        def look():
            match = re.compile(pattern, re.MULTILINE).search(self.heard, self._from)
            if match is None and not self.ended:
                self._read()
            return match or (self.ended and "ended")
        match = until(look, f"{pattern!r} in {self.heard[-500:]!r}", seconds)
        if match == "ended":
            raise AssertionError(f"the server ended before {pattern!r}: {self.heard[-500:]!r}")
        self._from = match.end()
        return match

    def wait_for_end(self, seconds=15):
        def look():
            self._read()
            return self.ended
        until(look, "the end of the connection", seconds)

    def _read(self):
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return
        except (ConnectionError, ssl.SSLError):
            data = b""
        self._bytes += data
        self.ended = not data

    def close(self):
        self._socket.close()


def plain(name, password):
    """The words of a login by SASL PLAIN."""
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()
