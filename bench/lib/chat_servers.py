"""The chat servers under test, each for one run: how they are told to serve, and their end.

No system service is touched: every server has a configuration, a folder and a port of its own on
127.0.0.1, and is ended by its process id. All are tuned alike: no limit of clients, commands or
joins, no fake lag, no look-ups of names or idents, and as much room for what waits to be sent where
that can be set (ngIRCd has 32 KiB a client, built in).
"""

import os
import resource
import socket
import sqlite3
import tempfile
import time
from pathlib import Path

from . import process
from .generator import free_port
from .process import Failed

READY_WITHIN_S = 10
END_WITHIN_S = 30  # also to write what waits to be stored

PATCHBAY = """
[limits]
flood = false
clients-per-address = 0
waiting-per-address = 0
registration = "1min"
ping-after = "10min"
soft-send = "1MiB"
hard-send = "4MiB"
total-send = "2GiB"
"""

NGIRCD = """
[Global]
  Name = chat.bench
  Info = bench
  Listen = 127.0.0.1
  Ports = {port}
  MotdPhrase = "bench"
{user}
[Limits]
  MaxConnections = 0
  MaxConnectionsIP = 0
  MaxJoins = 0
  MaxPenaltyTime = 0
  PingTimeout = 600
  PongTimeout = 60
[Options]
  DNS = no
  Ident = no
  PAM = no
"""

INSPIRCD_CONF = """
<config format="xml">
<server name="chat.bench" description="bench" network="Bench" id="1AB">
<admin name="bench" nick="bench" email="bench@localhost">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="all" allow="*" timeout="600" pingfreq="600" hardsendq="4194304"
  softsendq="1048576" recvq="65536" threshold="1000000000" commandrate="1000000000" fakelag="no"
  localmax="1000000" globalmax="1000000" maxconnwarn="no" limit="1000000" maxchans="1000"
  resolvehostnames="no" useident="no">
<performance netbuffersize="65534" somaxconn="4096" softlimit="1000000" clonesonconnect="no"
  timeskipwarn="0">
<security maxtargets="1000">
<options defaultmodes="nt">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="sparse" target="{folder}/log">
<pid file="{folder}/pid">
"""


class Server:
    """`kind` is patchbay, ngircd or inspircd. Listens when the `with` block begins."""

    def __init__(self, setup, kind, stores=False):
        self._setup, self.kind = setup, kind
        self.port = free_port(socket.SOCK_STREAM)
        self._temporary = tempfile.TemporaryDirectory(prefix="bench-chat-")
        self.folder = Path(self._temporary.name)
        self.folder.chmod(0o755)
        self.store = self.folder / "chat.db" if stores else None

    def __enter__(self):
        # Each has to hold all clients; the children inherit it.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        try:
            self._program = process.Program(self._command(), process.TESTED_CORE)
            self.pid = self._program.pid
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if hasattr(self, "_program"):
            self._program.end()
        self._temporary.cleanup()

    def check_alive(self):
        if self._program.ended():
            raise Failed(f"the server ended: {self._program.last_words() or 'no message'}")

    def stored(self):
        """(messages in its store, seconds until it has ended): told to end in order, it first
        writes what waits to be kept."""
        begin = time.monotonic()
        self._program.process.terminate()
        self._program.process.wait(END_WITHIN_S)
        seconds = time.monotonic() - begin
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True) as store:
            return store.execute("SELECT count(*) FROM message").fetchone()[0], seconds

    def _wait(self):
        give_up = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), READY_WITHIN_S).close()
                return
            except OSError:
                if self._program.ended() or time.monotonic() > give_up:
                    words = self._program.last_words() or "no message"
                    raise Failed(f"{self.kind} did not start: {words}") from None
                time.sleep(0.02)

    def _config(self, text, **values):
        path = self.folder / f"{self.kind}.conf"
        path.write_text(text.format(port=self.port, folder=self.folder, **values)
                        if self.kind != "patchbay" else text)  # fmt: skip
        return path

    def _command(self):
        as_root = os.geteuid() == 0
        if self.kind == "patchbay":
            keeping = ["--db", self.store] if self.store else []
            return list(map(str, [self._setup.patchbay, "chat", "serve", "--irc",
                                  f"127.0.0.1:{self.port}", "--config", self._config(PATCHBAY),
                                  "--quiet", *keeping]))  # fmt: skip
        if self.kind == "ngircd":
            user = "  ServerUID = root\n  ServerGID = root" if as_root else ""
            return ["ngircd", "--nodaemon", "--config", str(self._config(NGIRCD, user=user))]
        return ["inspircd", "--nofork", *(["--runasroot"] if as_root else []), "--config",
                str(self._config(INSPIRCD_CONF))]  # fmt: skip
