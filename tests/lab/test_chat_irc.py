"""chat serve's door for IRC, and the clients that people use."""

import os
import pathlib
import subprocess
import time

from lib.case import case, contains, equal, holds, lacks
from lib.irc import Irc, plain, serve_chat
from lib.process import free_port
from lib.waiting import until


# --- by hand -------------------------------------------------------------------------------------

@case()
def two_talk_in_a_room(lab):
    server = serve_chat(lab)
    ann = Irc(lab, server.port, "ann")
    ben = Irc(lab, server.port, "ben")
    ann.say("JOIN #tea")
    ann.wait_for(r"^:ann!~ann@127\.0\.0\.1 JOIN :?#tea")
    ann.wait_for(r" 366 ")
    ben.say("JOIN #tea")
    ben.wait_for(r" 353 ben = #tea :.*@ann")
    ann.wait_for(r"^:ben!\S+ JOIN")
    ben.say("PRIVMSG #tea :is there any left?")
    ann.wait_for(r"^:ben!\S+ PRIVMSG #tea :is there any left\?\r")
    ann.say("QUIT :no")
    ben.wait_for(r"^:ann!\S+ QUIT :Quit: no\r")
    ann.wait_for_end()
    contains(ann.heard, "ERROR :Closing link: 127.0.0.1 (Quit: no)", "the last line")


@case()
def capabilities_and_labels(lab):
    server = serve_chat(lab)
    ann = Irc(lab, server.port)
    ann.say("CAP LS 302", "NICK ann", "USER ann 0 * :Ann")
    ann.wait_for(r"CAP \* LS .*message-tags")
    ann.say("CAP REQ :message-tags server-time echo-message labeled-response batch", "CAP END")
    ann.wait_for(r"CAP \S+ ACK :message-tags")
    ann.wait_for(r" 001 ")
    ann.say("JOIN #tea", "@label=a1;+typing=done PRIVMSG #tea :hello")
    tags = ann.wait_for(r"^@(\S+) :ann!\S+ PRIVMSG #tea :hello\r")[1].split(";")
    holds("label=a1" in tags, f"the label is there: {tags}")
    holds("+typing=done" in tags, f"and the client's own tag: {tags}")
    holds(any(tag.startswith("time=2") for tag in tags), f"and the time: {tags}")
    ann.say("@label=a2 PONG x")
    ann.wait_for(r"^@label=a2 :\S+ ACK\r")
    ann.say("@label=a3 WHOIS ann")
    batch = ann.wait_for(r"^@label=a3 :\S+ BATCH \+(\S+) labeled-response\r")[1]
    ann.wait_for(rf"^@batch={batch} :\S+ 318 ")
    ann.wait_for(rf"BATCH -{batch}\r")


@case()
def a_line_without_an_end(lab):
    """A client that sent 512 bytes without one once held a core of another server."""
    server = serve_chat(lab)
    ann = Irc(lab, server.port, "ann")
    for _ in range(20):
        ann.send(b"x" * 512)
    time.sleep(0.2)  # nothing is waited for: the time counts that the server takes meanwhile
    before = cpu_ticks(server)
    time.sleep(1)
    holds(cpu_ticks(server) - before < 0.3 * os.sysconf("SC_CLK_TCK"), "the server rests")
    ann.send(b"\r\nPING still-there\r\n")
    ann.wait_for(r" 417 ")
    ann.wait_for(r"PONG \S+ :still-there")


def cpu_ticks(program):
    fields = pathlib.Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@case()
def half_a_registration_ends(lab):
    server = serve_chat(lab)
    ann = Irc(lab, server.port)
    ann.say("NICK ann")
    ann.wait_for_end(20)
    contains(ann.heard, "ERROR :", "the last line")
    holds(" 001 " not in ann.heard, "nobody was welcomed")


@case()
def garbage_does_no_harm(lab):
    server = serve_chat(lab)
    ann = Irc(lab, server.port)
    ann.send(bytes(range(256)) * 8 + b"\r\n")
    ann.send(b":::: \r\n@\r\n@;;;= :\r\n \r\nCAP\r\nCAP REQ\r\nAUTHENTICATE\r\nJOIN\r\nMODE\r\n")
    ann.say("CAP END", "NICK ann", "USER ann 0 * :Ann")
    ann.wait_for(r" 001 ann ")
    for command in ("KICK", "INVITE", "TOPIC", "PART", "WHO", "WHOIS", "MONITOR", "MODE #x +b",
                    "HELP \x01", "JOIN ,,,#a,,", "PRIVMSG ,,, :x", "CHATHISTORY", "SEARCH"):
        ann.say(command)
    ann.say("PING done")
    ann.wait_for(r"PONG \S+ :done", 30)


@case()
def passwords_need_tls_or_this_host(lab):
    database = lab.folder / "chat.db"
    lab.patchbay("chat", "user", "add", "bob", "--db", database, stdin=b"pencil\n")
    server = serve_chat(lab, "--db", str(database))
    bob = Irc(lab, server.port)
    bob.say("CAP LS 302")
    bob.wait_for(r"sasl=PLAIN,SCRAM-SHA-256")
    bob.say("CAP REQ sasl", "AUTHENTICATE PLAIN")
    bob.wait_for(r"AUTHENTICATE \+")
    bob.say("AUTHENTICATE " + plain("bob", "Pencil"))
    bob.wait_for(r" 904 ")
    bob.say("AUTHENTICATE PLAIN", "AUTHENTICATE " + plain("bob", "pencil"))
    bob.wait_for(r" 900 \* \S+ bob ")
    bob.wait_for(r" 903 ")
    bob.say("NICK bob", "USER bob 0 * :Bob", "CAP END")
    bob.wait_for(r" 001 bob ")
    eve = Irc(lab, server.port)
    eve.say("NICK BOB", "USER eve 0 * :Eve")
    eve.wait_for(r" 433 ")


# --- the clients that people use -----------------------------------------------------------------

def observe(lab, port):
    watcher = Irc(lab, port, "watcher")
    watcher.say("JOIN #tea")
    watcher.wait_for(r" 366 ")
    return watcher


@case(needs=["ii"])
def ii_talks(lab):
    server = serve_chat(lab)
    watcher = observe(lab, server.port)
    lab.start("ii", "-s", "127.0.0.1", "-p", server.port, "-n", "iris", "-i", lab.folder / "ii")
    folder = lab.folder / "ii" / "127.0.0.1"
    until(lambda: (folder / "in").exists(), "the folder of ii")
    write(folder / "in", "/j #tea\n")
    watcher.wait_for(r"^:iris!\S+ JOIN")
    until(lambda: (folder / "#tea" / "in").exists(), "the room of ii")
    write(folder / "#tea" / "in", "from a file\n")
    watcher.wait_for(r"^:iris!\S+ PRIVMSG #tea :from a file\r")
    watcher.say("PRIVMSG #tea :to a file")
    until(lambda: "<watcher> to a file" in (folder / "#tea" / "out").read_text(), "the answer")


def write(fifo, text):
    with open(fifo, "w", encoding="utf-8") as out:
        out.write(text)


@case(needs=["irssi"], seconds=60)
def irssi_talks(lab):
    server = serve_chat(lab)
    watcher = observe(lab, server.port)
    home = lab.folder / "irssi"
    home.mkdir()
    # irssi wants a terminal; script(1) is one.
    irssi = lab.start(
        "script", "-qfec",
        f"irssi --home={home} -c 127.0.0.1 -p {server.port} -n iris", lab.folder / "typescript",
        env={"TERM": "xterm"}, stdin=subprocess.PIPE)
    until(lambda: "Welcome to" in typescript(lab), "the welcome", 20)
    type_line(irssi, "/join #tea")
    watcher.wait_for(r"^:iris!\S+ JOIN")
    type_line(irssi, "from a terminal")
    watcher.wait_for(r"^:iris!\S+ PRIVMSG #tea :from a terminal\r")
    watcher.say("PRIVMSG #tea :to a terminal")
    until(lambda: "to a terminal" in typescript(lab), "the answer")
    type_line(irssi, "/quit done")
    watcher.wait_for(r"^:iris!\S+ QUIT :Quit: done\r")


def typescript(lab):
    path = lab.folder / "typescript"
    return path.read_text(errors="replace") if path.exists() else ""


def type_line(program, text):
    program.stdin.write(text.encode() + b"\r")
    program.stdin.flush()


@case(needs=["weechat-headless"], seconds=60)
def weechat_talks(lab):
    server = serve_chat(lab)
    watcher = observe(lab, server.port)
    home = lab.folder / "weechat"
    lab.start(
        "weechat-headless", "--dir", home,
        "-r", f"/server add lab 127.0.0.1/{server.port} -nossl -nicks=iris -autojoin=#tea",
        "-r", "/set irc.server.lab.capabilities \"*\"",
        "-r", "/set logger.file.flush_delay 0",
        "-r", "/connect lab")
    watcher.wait_for(r"^:iris!\S+ JOIN", 20)
    fifo = until(lambda: next(home.rglob("weechat_fifo_*"), None), "the pipe of weechat", 20)
    write(fifo, "irc.lab.#tea *from a program\n")
    watcher.wait_for(r"^:iris!\S+ PRIVMSG #tea :from a program\r")
    watcher.say("PRIVMSG #tea :to a program")

    def answer():
        return any("to a program" in log.read_text(errors="replace")
                   for log in home.rglob("irc.lab.#tea.weechatlog"))
    until(answer, "the answer in weechat's log", 20)
    logs = "".join(log.read_text(errors="replace") for log in home.rglob("*.weechatlog"))
    lacks(logs, "irc: unknown", "what weechat did not understand")
    lacks(logs, "=!= irc: command", "what weechat did not understand")


@case(needs=["openssl"])
def over_tls(lab):
    lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", lab.folder / "key.pem", "-out", lab.folder / "cert.pem",
            "-days", "1", "-subj", "/CN=localhost")
    port = free_port()
    server = lab.start_patchbay("chat", "serve", "--ircs", f"127.0.0.1:{port}",
                                "--tls-cert", lab.folder / "cert.pem",
                                "--tls-key", lab.folder / "key.pem")
    server.wait_for_listener(port)
    ann = Irc(lab, port, "ann", tls=True)
    ann.say("PING safe")
    ann.wait_for(r"PONG \S+ :safe")
    equal(ann.ended, False, "it goes on")
