"""`scan -sV` with the servers of Debian at the other end, on ports that nobody knows them by."""

import json
import pathlib
import sys

from lib.case import case, contains, equal, holds, matches
from lib.process import free_port
from lib.scan import Scan, start_scan
from lib.scan import scan as scan_from
from lib.waiting import until
from peers import start_tls
from test_tls import certificate


class House:
    """Servers on loopback, and what each has to be called: {port: (service, product, tls)}. Those
    of the ports in `start_tls` show the certificate `pair` when they are asked to speak TLS."""

    def __init__(self, lab):
        self.lab = lab
        self.expected = {}
        self.start_tls = []
        self.pair = certificate(lab, "mail.lab")
        self.pair[1].chmod(0o644)  # some read it as another user
        self._waiting = []

    def port(self, service, product="", tls=False):
        port = free_port()
        self.expected[port] = (service, product, tls)
        return port

    def start(self, ports, *command, **how):
        server = self.lab.start(*command, **how)
        self._waiting += [(server, port) for port in ports]
        return server

    def wait(self):
        for server, port in self._waiting:
            server.wait_for_listener(port)
        self._waiting = []

    def folder(self, name):
        path = self.lab.folder / name
        path.mkdir()
        return path


def ssh(house):
    """sshd, and behind it the proxy of `ssh -D`."""
    lab, port, socks = house.lab, house.port("ssh", "OpenSSH"), house.port("socks5")
    key = lab.folder / "key"
    lab.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # compiled into it
    config = lab.file("sshd.conf", f"Port {port}\nListenAddress 127.0.0.1\nHostKey {key}\n"
                      f"AuthorizedKeysFile {key}.pub\nStrictModes no\nPidFile none\nUsePAM no\n"
                      "PermitRootLogin prohibit-password\n")
    house.start([port], "/usr/sbin/sshd", "-D", "-e", "-f", config).wait_for_listener(port)
    house.start([socks], "ssh", "-F", "none", "-N", "-D", f"127.0.0.1:{socks}", "-p", port,
                "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "root@127.0.0.1")


def web(house):
    plain, secure = house.port("http", "nginx"), house.port("http", "nginx", tls=True)
    lab = house.lab
    lab.file("www/index.html", "<html><title>The lab&#39;s page</title></html>\n")
    pair = certificate(lab, "web1.lab")
    config = lab.file("nginx.conf", f"""
daemon off; pid {lab.folder}/nginx.pid; error_log stderr; user root;
events {{}}
http {{
  access_log off; client_body_temp_path {lab.folder}/b; proxy_temp_path {lab.folder}/p;
  fastcgi_temp_path {lab.folder}/f; uwsgi_temp_path {lab.folder}/u; scgi_temp_path {lab.folder}/s;
  root {lab.folder}/www; ssl_certificate {pair[0]}; ssl_certificate_key {pair[1]};
  server {{ listen 127.0.0.1:{plain}; listen 127.0.0.1:{secure} ssl http2; }}
}}
""")
    house.start([plain, secure], "nginx", "-c", config, "-e", "stderr")
    return plain, secure


def mail(house):
    lab, folder = house.lab, house.folder("dovecot")
    imap, pop3 = house.port("imap", "Dovecot"), house.port("pop3", "Dovecot")
    imaps, smtp = house.port("imap", "Dovecot", tls=True), house.port("smtp", "Exim")
    sieve = house.port("sieve", "Dovecot Pigeonhole")
    house.start_tls += [imap, pop3, smtp, sieve]
    config = lab.file("dovecot.conf", f"""
base_dir = {folder}
log_path = /dev/stderr
protocols = imap pop3 sieve
ssl = yes
ssl_cert = <{house.pair[0]}
ssl_key = <{house.pair[1]}
listen = 127.0.0.1
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service managesieve-login {{
  inet_listener sieve {{
    port = {sieve}
  }}
}}
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}
}}
""")
    house.start([imap, imaps, pop3, sieve], "dovecot", "-F", "-c", config)
    spool = house.folder("exim")
    spool.chmod(0o777)
    config = lab.file("exim.conf", f"primary_hostname = mail.lab\nspool_directory = {spool}\n"
                      f"log_file_path = {spool}/%slog\npid_file_path = {spool}/pid\n"
                      f"local_interfaces = 127.0.0.1\ndaemon_smtp_ports = {smtp}\n"
                      f"tls_certificate = {house.pair[0]}\ntls_privatekey = {house.pair[1]}\n"
                      "tls_advertise_hosts = *\n")
    house.start([smtp], "exim4", "-bdf", "-C", config)


def stores(house):
    lab, here = house.lab, "127.0.0.1"
    redis, memcached = house.port("redis", "Redis"), house.port("memcached", "memcached")
    house.start([redis], "redis-server", "--port", redis, "--bind", here, "--save", "")
    house.start([memcached], "memcached", "-l", here, "-p", memcached, "-u", "root")
    mariadb = house.port("mysql", "MariaDB")
    house.start_tls.append(mariadb)
    house.start([mariadb], "mariadbd", "--no-defaults", f"--datadir={house.folder('db')}",
                f"--port={mariadb}", f"--bind-address={here}", f"--socket={lab.folder}/db.sock",
                "--user=root", "--skip-grant-tables", "--innodb-buffer-pool-size=8M",
                f"--ssl-cert={house.pair[0]}", f"--ssl-key={house.pair[1]}")


def directory(house):
    ldap = house.port("ldap", "OpenLDAP")
    house.start_tls.append(ldap)
    config = house.lab.file("slapd.conf", f"pidfile {house.lab.folder}/slapd.pid\n"
                            f"TLSCertificateFile {house.pair[0]}\n"
                            f"TLSCertificateKeyFile {house.pair[1]}\n")
    house.start([ldap], "slapd", "-h", f"ldap://127.0.0.1:{ldap}", "-f", config, "-d", "0")


def queues(house):
    here = "127.0.0.1"
    mqtt, beanstalk = house.port("mqtt"), house.port("beanstalkd", "beanstalkd")
    config = house.lab.file("mosquitto.conf",
                            f"listener {mqtt} {here}\nallow_anonymous true\nuser root\n")
    house.start([mqtt], "mosquitto", "-c", config)
    house.start([beanstalk], "beanstalkd", "-l", here, "-p", beanstalk)
    gearman, nats = house.port("gearman", "gearmand"), house.port("nats", "NATS")
    house.start_tls.append(nats)
    house.start([gearman], "gearmand", "-L", here, "-p", gearman, "-u", "root", "-l", "stderr")
    house.start([nats], "nats-server", "-a", here, "-p", nats, "--tls",
                "--tlscert", house.pair[0], "--tlskey", house.pair[1])


def files(house):
    lab, here = house.lab, "127.0.0.1"
    ftp, rsync = house.port("ftp", "vsftpd"), house.port("rsync")
    house.start_tls.append(ftp)
    config = lab.file("vsftpd.conf", f"listen=YES\nlisten_address={here}\nlisten_port={ftp}\n"
                      "background=NO\nanonymous_enable=YES\n"
                      f"secure_chroot_dir={house.folder('empty')}\nssl_enable=YES\n"
                      f"rsa_cert_file={house.pair[0]}\nrsa_private_key_file={house.pair[1]}\n")
    config.chmod(0o600)
    house.start([ftp], "vsftpd", config)
    config = lab.file("rsyncd.conf", "[lab]\npath = /nonexistent\n")
    house.start([rsync], "rsync", "--daemon", "--no-detach", f"--address={here}",
                f"--port={rsync}", f"--config={config}")
    git, svn = house.port("git"), house.port("svn", "Subversion")
    house.start([git], "git", "daemon", f"--listen={here}", f"--port={git}",
                f"--base-path={house.folder('git')}")
    house.start([svn], "svnserve", "-d", "--foreground", "--listen-host", here,
                "--listen-port", svn, "-r", house.folder("svn"))


def talk(house):
    lab, here = house.lab, "127.0.0.1"
    irc, xmpp = house.port("irc"), house.port("xmpp")
    house.start_tls.append(xmpp)
    config = lab.file("ngircd.conf", f"[Global]\nName = irc.lab\nInfo = lab\nListen = {here}\n"
                      f"Ports = {irc}\nServerUID = nobody\nServerGID = nogroup\n"
                      "[Options]\nDNS = no\nIdent = no\nPAM = no\n")
    house.start([irc], "ngircd", "-n", "-f", config)
    folder = house.folder("prosody")
    config = lab.file("prosody.cfg.lua", f"""
run_as_root = true; pidfile = "{folder}/pid"; data_path = "{folder}"
interfaces = {{ "{here}" }}; c2s_ports = {{ {xmpp} }}; s2s_ports = {{ }}; http_ports = {{ }}
log = {{ {{ levels = {{ min = "info" }}; to = "console" }} }}
modules_enabled = {{ "saslauth", "tls" }}
VirtualHost "127.0.0.1"
  ssl = {{ certificate = "{house.pair[0]}"; key = "{house.pair[1]}" }}
""")
    house.start([xmpp], "prosody", "-F", "--config", config)


def network(house):
    lab, here = house.lab, "127.0.0.1"
    dns, proxy = house.port("dns", "dnsmasq"), house.port("http-proxy", "tinyproxy")
    house.start([dns], "dnsmasq", "--keep-in-foreground", f"--port={dns}", "--bind-interfaces",
                f"--listen-address={here}", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
                "--user=root", f"--pid-file={lab.folder}/dnsmasq.pid", "--log-facility=-")
    config = lab.file("tinyproxy.conf", f"Port {proxy}\nListen {here}\nMaxClients 10\nTimeout 60\n")
    house.start([proxy], "tinyproxy", "-d", "-c", config)


def scan(lab, ports, *words):
    """What is said of each port, all its records in one."""
    here = lab.patchbay("scan", "-sV", "-p", ",".join(map(str, ports)), "127.0.0.1", "--json",
                        *words, seconds=60)
    seen = {}
    for line in here.out.splitlines():
        record = json.loads(line)
        if record.get("type") in ("port", "service"):
            seen.setdefault(record["port"], {}).update(record)
    return seen


SIEVE = "/usr/lib/dovecot/managesieve-login"
DEBIAN = ["root", "sshd", "ssh", "nginx", "dovecot", SIEVE, "exim4", "redis-server", "memcached",
          "mariadbd", "slapd", "mosquitto", "beanstalkd", "gearmand", "nats-server", "vsftpd",
          "rsync", "git", "svnserve", "ngircd", "prosody", "dnsmasq", "tinyproxy"]


@case(needs=DEBIAN, seconds=120)
def names_what_debian_serves_on_wrong_ports(lab):
    house = House(lab)
    _, secure = web(house)
    for begin in (stores, directory, mail, ssh, queues, files, talk, network):
        begin(house)
    house.wait()
    holds(len(house.expected) >= 15, "there are many services")
    seen = scan(lab, house.expected)
    wrong = {port: (expected, seen.get(port)) for port, expected in house.expected.items()
             if not is_right(seen.get(port, {}), *expected)}
    equal(wrong, {}, "ports that are called something else")
    subject = seen[secure].get("certificate", {}).get("subject", "")
    contains(subject, "web1.lab", "the subject of the certificate")
    expect_certificates(seen, house.start_tls)


def expect_certificates(seen, ports):
    """Of services that are spoken to in the clear."""
    told = {port: seen[port].get("certificate", {}).get("subject") for port in ports}
    equal(told, dict.fromkeys(ports, "CN=mail.lab"), "the subjects of certificates")
    equal({seen[port]["tls"] for port in ports}, {False}, "whether they are inside TLS")


def is_right(record, service, product, tls):
    return (record.get("service") == service and product in record.get("product", "")
            and bool(record.get("tls")) == tls)


@case(needs=["nginx", "root"])
def tells_what_a_page_is_called(lab):
    house = House(lab)
    plain, _ = web(house)
    house.wait()
    contains(json.dumps(scan(lab, [plain])[plain]), "The lab's page", "the record")


@case(needs=["root", "dovecot", SIEVE, "exim4", "slapd", "vsftpd", "rsync", "git", "svnserve",
             "ngircd", "prosody", "redis-server", "memcached", "mariadbd"], seconds=60)
def reads_the_certificates_of_mail_files_directories_stores_and_chats(lab):
    house = House(lab)
    for begin in (directory, mail, files, stores, talk):
        begin(house)
    house.wait()
    equal(len(house.start_tls), 8, "services that speak TLS when they are asked to")
    expect_certificates(scan(lab, house.start_tls), house.start_tls)


@case(needs=["openssl"])
def reads_the_certificate_of_who_is_asked_to_speak_tls(lab):
    """STARTTLS and its like, with Python's TLS at the other end."""
    pair = certificate(lab, "mail.lab")
    ports = {name: free_port() for name in start_tls.TALKS}
    words = [word for each in ports.items() for word in each]
    lab.start(sys.executable, start_tls.__file__, *pair, *words).wait_for("ready", "out")
    seen = scan(lab, ports.values())
    for name, port in ports.items():
        record = seen[port]
        equal((record.get("service"), record.get("tls")), (name, False), f"what {name} is called")
        holds("certificate" in record, f"{name} has no certificate: {record}")
        contains(record["certificate"]["subject"], "mail.lab", f"the subject of {name}")
        equal(record["flags"], ["verified"], f"the flags of {name}")
    told = lab.patchbay("scan", "-sV", "-p", ports["smtp"], "127.0.0.1", "--reason")
    matches(told.out, r"^\d+/tcp +open +smtp +connected.*, verified .*Exim 4\.96 \(probed\); "
            r"STARTTLS TLSv1\.3, CN=mail\.lab, .*\b1 day left", "what people are told")


LATE_GREETER = pathlib.Path(__file__).parent / "peers" / "late_greeter.py"
FIRST, LATE = 1000, range(1001, 1061)
HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")


@case(needs=["namespaces"], seconds=120)
def ctrl_c_while_services_are_asked_is_gone_on_with(lab):
    """One of 181 services greets at once, and the others keep the scan busy for half a minute."""
    alone = lab.namespace("alone")
    release, kept = lab.folder / "release", lab.folder / "kept"
    server = lab.start(sys.executable, LATE_GREETER, release, FIRST, *LATE, inside=alone)
    server.wait_for("ready", "out")
    program = start_scan(lab, alone, "-sV", "-Pn", "-p", f"{FIRST}-1100", "127.0.0.1-3",
                         "--checkpoint", kept, "--checkpoint-every", "1s")
    until(lambda: kept.exists() and named_in(kept.read_text()), "a service in the checkpoint", 30)
    equal(program.interrupt(), 130, "the exit code")
    first = Scan(program)
    equal(first.end["complete"], False, "complete")
    contains(program.err, "--resume", "what it says of going on")
    equal(services_of(first).get(("127.0.0.1", FIRST)), "ssh", "the one that has greeted")
    asked = server.out.splitlines().count(str(FIRST))

    release.touch()
    second = scan_from(lab, alone, "--resume", kept)
    holds(second.end["complete"], f"it is not complete: {second.end}")
    equal(second.end["sent"], 0, "probes for ports that were found already")
    equal(services_of(second),
          {("127.0.0.1", FIRST): "ssh"} | {(host, port): "ssh" for host in HOSTS for port in LATE},
          "what all of them are called")
    equal(server.out.splitlines().count(str(FIRST)), asked,
          "connections to the one that was named before")


def named_in(checkpoint):
    """How many ports whose service was asked for are in a file of --checkpoint."""
    return json.loads(checkpoint.splitlines()[0])["ports"]


def services_of(found):
    """{(address, port): service}, of those that have one."""
    return {(record["ip"], record["port"]): record["service"] for record in found.records
            if record["type"] == "service" and record["service"]}


@case()
def leaves_printers_alone_unless_asked(lab):
    lab.serve("tcp", where="127.0.0.1:9105")
    holds(scan(lab, [9105])[9105].get("service") != "echo", "nobody finds out what it does")
    equal(scan(lab, [9105], "--allow-ot")[9105]["service"], "echo", "what it does")
