"""Real services from Debian on ports that are not theirs, for `bench/run scan`.

Each is started in the namespace of the targets, with a folder of its own, and ended by its process
id. No system service is touched. Started as root, those that must not be root become the user
that their package has made.
"""

import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import http_servers, process
from .process import Failed

READY_WITHIN_S = 60
FIRST_PORT = 21_001
POSTGRES = Path("/usr/lib/postgresql/15/bin")


@dataclass(frozen=True)
class Service:
    """`command(folder, port)` is how it is started; the scanner should call it one of `names`."""

    names: tuple
    command: object
    tls: bool = False


def _file(folder, name, text, mode=0o644):
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


def _own(folder, user):
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user, user)


def _as_user(user, *command):
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *map(str, command)]


def sshd(folder, port):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"],
                   check=True, timeout=30)
    Path("/run/sshd").mkdir(exist_ok=True)
    config = _file(folder, "sshd_config", f"Port {port}\nHostKey {folder}/key\nPidFile none\n")
    return ["/usr/sbin/sshd", "-D", "-f", config]


def nginx(folder, port, tls=False):
    certificate = http_servers.make_certificate(folder) if tls else None
    _file(folder, "index.html", "<html><title>Front desk</title></html>\n")
    values = {"folder": folder, "port": port, "site": folder, "user": "user root;",
              "tls": " ssl http2" if tls else "",
              "certificate": "ssl_certificate {0}; ssl_certificate_key {1};"
                             .format(*certificate) if tls else ""}  # fmt: skip
    text = http_servers.NGINX.format(**values).replace("127.0.0.1:", "").replace("19000", "100")
    config = _file(folder, "nginx.conf", text)
    return ["nginx", "-p", folder, "-e", folder / "error.log", "-c", config]


def https(folder, port):
    return nginx(folder, port, tls=True)


def redis(folder, port):
    return ["redis-server", "--port", port, "--bind", "0.0.0.0", "--protected-mode", "no", "--dir",
            folder]


def memcached(_folder, port):
    return ["memcached", "-p", port, "-U", "0", "-u", "nobody"]


def mosquitto(folder, port):
    config = _file(folder, "mosquitto.conf",
                   f"listener {port}\nallow_anonymous true\nuser root\n")
    return ["mosquitto", "-c", config]


def rsync(folder, port):
    config = _file(folder, "rsyncd.conf", "use chroot = no\n")
    return ["rsync", "--daemon", "--no-detach", "--port", port, "--config", config]


def named(folder, port):
    config = _file(folder, "named.conf",
                   f'options {{ directory "{folder}"; pid-file none; session-keyfile none;\n'
                   f"listen-on port {port} {{ any; }}; listen-on-v6 {{ none; }};\n"
                   "recursion no; };\ncontrols { };\n")
    return ["named", "-g", "-c", config, "-n", "1"]


def slapd(folder, port):
    (folder / "db").mkdir()
    config = _file(folder, "slapd.conf",
                   "include /etc/ldap/schema/core.schema\n"
                   "modulepath /usr/lib/ldap\nmoduleload back_mdb\n"
                   f"pidfile {folder}/slapd.pid\ndatabase mdb\nsuffix dc=lab\n"
                   f"directory {folder}/db\n")
    return ["slapd", "-d", "0", "-f", config, "-h", f"ldap://0.0.0.0:{port}/"]


def vsftpd(folder, port):
    (folder / "empty").mkdir()
    config = _file(folder, "vsftpd.conf",
                   f"listen=YES\nlisten_port={port}\nbackground=NO\nanonymous_enable=YES\n"
                   f"secure_chroot_dir={folder}/empty\n")
    return ["vsftpd", config]


def _dovecot(folder, port, protocol):
    for name in ("run", "mail"):
        (folder / name).mkdir()
    config = _file(folder, "dovecot.conf",
                   f"protocols = {protocol}\nbase_dir = {folder}/run\nlisten = 0.0.0.0\nssl = no\n"
                   f"log_path = {folder}/log\nmail_location = maildir:{folder}/mail\n"
                   f"service {protocol}-login {{\n"
                   f"  inet_listener {protocol} {{\n    port = {port}\n  }}\n"
                   f"  inet_listener {protocol}s {{\n    port = 0\n  }}\n}}\n"
                   "passdb {\n  driver = static\n  args = nopassword=y\n}\n")
    return ["dovecot", "-F", "-c", config]


def imap(folder, port):
    return _dovecot(folder, port, "imap")


def pop3(folder, port):
    return _dovecot(folder, port, "pop3")


def exim(folder, port):
    config = _file(folder, "exim.conf",
                   f"spool_directory = {folder}/spool\nlog_file_path = {folder}/log-%slog\n"
                   "primary_hostname = mail.lab\nexim_user = Debian-exim\n"
                   "exim_group = Debian-exim\nacl_smtp_rcpt = deny\nbegin acl\ndeny:\n  deny\n")
    (folder / "spool").mkdir()
    _own(folder, "Debian-exim")
    shutil.chown(config, "root", "root")
    return ["exim4", "-bdf", "-q1h", "-oX", port, "-C", config]


def postgres(folder, port):
    _own(folder, "postgres")
    data = folder / "data"
    subprocess.run(_as_user("postgres", POSTGRES / "initdb", "-D", data, "-A", "trust", "-N"),
                   check=True, capture_output=True, timeout=60)
    return _as_user("postgres", POSTGRES / "postgres", "-D", data, "-p", port, "-h", "0.0.0.0",
                    "-k", folder)


def mariadb(folder, port):
    data = folder / "data"
    data.mkdir()
    _own(folder, "mysql")
    subprocess.run(["mariadb-install-db", "--no-defaults", "--user=mysql", f"--datadir={data}",
                    "--skip-test-db"], check=True, capture_output=True, timeout=120)
    return ["mariadbd", "--no-defaults", "--user=mysql", f"--datadir={data}", f"--port={port}",
            "--bind-address=0.0.0.0", f"--socket={folder}/socket", f"--pid-file={folder}/pid"]


def svnserve(folder, port):
    return ["svnserve", "-d", "--foreground", "--listen-port", port, "-r", folder]


def git(folder, port):
    return ["git", "daemon", "--reuseaddr", f"--port={port}", f"--base-path={folder}"]


SERVICES = {
    "OpenSSH": Service(("ssh",), sshd),
    "nginx": Service(("http",), nginx),
    "nginx with TLS": Service(("https", "http", "tls"), https, tls=True),
    "Redis": Service(("redis",), redis),
    "memcached": Service(("memcached",), memcached),
    "Mosquitto": Service(("mqtt",), mosquitto),
    "rsync": Service(("rsync",), rsync),
    "BIND": Service(("domain", "dns"), named),
    "OpenLDAP": Service(("ldap",), slapd),
    "vsftpd": Service(("ftp",), vsftpd),
    "Dovecot, IMAP": Service(("imap",), imap),
    "Dovecot, POP3": Service(("pop3",), pop3),
    "Exim": Service(("smtp",), exim),
    "PostgreSQL": Service(("postgresql", "postgres"), postgres),
    "MariaDB": Service(("mysql", "mariadb"), mariadb),
    "Subversion": Service(("svn", "subversion", "svnserve"), svnserve),
    "git": Service(("git",), git),
}

PORTS = tuple(FIRST_PORT + 7 * number for number in range(len(SERVICES)))
PACKAGES = ("openssh-server", "nginx-light", "redis-server", "memcached", "mosquitto", "rsync",
            "bind9", "slapd", "vsftpd", "dovecot-imapd", "dovecot-pop3d", "exim4-daemon-light",
            "postgresql-15", "mariadb-server", "subversion", "git", "openssl")  # fmt: skip


class Services:
    """All of them, until close(). `ports` is {port: name of the service}."""

    def __init__(self, command):
        """`command(*words)` is the same command in the namespace of the targets."""
        self._programs, self.ports = [], {}
        self._folder = tempfile.TemporaryDirectory(prefix="bench-services-")
        Path(self._folder.name).chmod(0o755)
        try:
            for port, (name, service) in zip(PORTS, SERVICES.items()):
                self._start(command, name, service, port)
            for port in self.ports:
                self._wait(port)
        except BaseException:
            self.close()
            raise

    def _start(self, command, name, service, port):
        folder = Path(self._folder.name) / name.split(",")[0].replace(" ", "-") / str(port)
        folder.mkdir(parents=True)
        for path in (folder, folder.parent):
            path.chmod(0o755)
        words = command(*service.command(folder, port))
        self._programs.append((name, port, process.Program(words, process.OTHER_CORE)))
        self.ports[port] = name

    def _wait(self, port):
        name, _, program = next(one for one in self._programs if one[1] == port)
        give_up = time.monotonic() + READY_WITHIN_S
        while port not in listening(program.pid):
            if program.ended() or time.monotonic() > give_up:
                raise Failed(f"{name} did not start: {program.last_words()}")
            time.sleep(0.05)

    def close(self):
        for _, _, program in reversed(self._programs):
            program.end()
        self._folder.cleanup()


def listening(pid):
    """The TCP ports on which somebody listens in the network of a process."""
    found = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == "0A":
                found.add(int(fields[1].rpartition(":")[2], 16))
    return found


def judge(ports, named):
    """How many services were named rightly, and how many wrongly; `named` is {port: name}."""
    right = [port for port, name in ports.items() if named.get(port) in SERVICES[name].names]
    wrong = {ports[port]: named[port] for port in ports
             if named.get(port) and port not in right}
    return {"named": len(right), "named_wrong": len(wrong), "not_named": len(ports) - len(right),
            "wrong_names": str(wrong),
            "nameless": str([ports[port] for port in ports if not named.get(port)])}  # fmt: skip

