"""The web servers under test, each for one run: what they serve, how they are told to, their end.

No system service is touched: every server has a configuration, a folder and a port of its own on
127.0.0.1, and is ended by its process id.
"""

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from . import process
from .generator import free_port
from .process import Failed

READY_WITHIN_S = 10
SMALL, MIDDLE, LARGE, MANY = "1k.bin", "100k.bin", "100m.bin", "many/"
MANY_FILES = 100_000


def make_site(folder):
    """Files of 1 KiB, 100 KiB and 100 MiB, and a folder of 100,000. Made once, kept in the build
    folder."""
    mark = folder / "complete"
    if mark.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    (folder / MANY).mkdir(parents=True)
    for name, size in ((SMALL, 1 << 10), (MIDDLE, 100 << 10), (LARGE, 100 << 20)):
        with open(folder / name, "wb") as file:
            block = bytes(range(256)) * 4
            for _ in range(size // len(block)):
                file.write(block)
    for number in range(MANY_FILES):
        (folder / MANY / f"file-{number:06}.txt").touch()
    mark.touch()
    return folder


def make_certificate(folder, name="first"):
    """NAME.crt and NAME.key in the folder: P-256, signed by itself, for 127.0.0.1."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "30", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    return certificate, key


NGINX = """
daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 19000; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  open_file_cache max=1000 inactive=600s;
  open_file_cache_valid 600s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096{tls};
    {certificate}
    root {site};
    autoindex on;
  }}
}}
"""

H2O = """
num-threads: 1
max-connections: 19000
{user}
pid-file: {folder}/h2o.pid
error-log: {folder}/error.log
http1-request-timeout: 600
http2-idle-timeout: 600
listen:
  host: 127.0.0.1
  port: {port}
{certificate}
hosts:
  default:
    paths:
      /:
        file.dir: {site}
        file.dirlisting: ON
"""


class Server:
    """`kind` is patchbay, nginx or h2o. Answers when the `with` block begins."""

    def __init__(self, setup, kind, tls=False):
        self._setup, self.kind, self.tls = setup, kind, tls
        self.port = free_port(socket.SOCK_STREAM)
        self._temporary = tempfile.TemporaryDirectory(prefix="bench-http-")
        self.folder = Path(self._temporary.name)
        self.folder.chmod(0o755)
        self.certificate = make_certificate(self.folder) if tls else None

    def url(self, path):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/{path}"

    def __enter__(self):
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

    def connect(self):
        if not self.tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=READY_WITHIN_S)
        anybody = ssl._create_unverified_context()
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=READY_WITHIN_S,
                                           context=anybody)  # fmt: skip

    def subject(self):
        """The certificate that a new connection is shown, in DER."""
        with socket.create_connection(("127.0.0.1", self.port), READY_WITHIN_S) as plain:
            with ssl._create_unverified_context().wrap_socket(plain) as session:
                return session.getpeercert(binary_form=True)

    def reload(self):
        os.kill(self.pid, signal.SIGHUP)

    def check_alive(self):
        if self._program.ended():
            raise Failed(f"the server ended: {self._program.last_words() or 'no message'}")

    def _wait(self):
        give_up = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                connection = self.connect()
                connection.request("GET", f"/{SMALL}")
                answer = connection.getresponse()
                if answer.status != 200 or len(answer.read()) != 1 << 10:
                    raise Failed(f"it answers {answer.status}, or not with the file")
                connection.close()
                return
            except (OSError, http.client.HTTPException):
                if self._program.ended() or time.monotonic() > give_up:
                    words = self._program.last_words() or "no message"
                    raise Failed(f"{self.kind} did not start: {words}") from None
                time.sleep(0.02)

    def _command(self):
        site = site_of(self._setup)
        if self.kind == "patchbay":
            flags = ["--tls-cert", self.certificate[0], "--tls-key", self.certificate[1]] \
                if self.tls else []  # fmt: skip
            flags += ["--head-time", "1min"]  # as patient with slow heads as nginx is
            return list(map(str, [self._setup.patchbay, "http", "serve", site, "-l",
                                  f"127.0.0.1:{self.port}", "--log", "off", "--quiet", *flags]))
        as_root = os.geteuid() == 0
        values = {"folder": self.folder, "port": self.port, "site": site}
        config = self.folder / f"{self.kind}.conf"
        if self.kind == "nginx":
            values |= {
                "user": "user root;" if as_root else "",
                "tls": " ssl http2" if self.tls else "",
                "certificate": "ssl_certificate {0}; ssl_certificate_key {1}; "
                               "ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets off;"
                               .format(*self.certificate) if self.tls else "",
            }  # fmt: skip
            config.write_text(NGINX.format(**values))
            return ["nginx", "-p", str(self.folder), "-e", f"{self.folder}/error.log", "-c",
                    str(config)]
        values |= {
            "user": "user: root" if as_root else "",
            "certificate": "  ssl:\n    certificate-file: {0}\n    key-file: {1}\n"
                           "    ocsp-update-interval: 0\n    neverbleed: OFF"
                           .format(*self.certificate) if self.tls else "",
        }  # fmt: skip
        config.write_text(H2O.format(**values))
        return ["h2o", "-m", "worker", "-c", str(config)]


def site_of(setup):
    return make_site(setup.build / "bench" / "http-site")
