"""chat join with ngircd, the IRC server of Debian, at the other end; its screen in tmux."""

import json
import os
import signal
import socket
import subprocess

from lib.case import case, contains, equal, holds, lacks, matches
from lib.process import free_port
from lib.tmux import Tmux
from lib.waiting import PATIENCE, until


def ngircd(lab, tls=None):
    """An IRC server on 127.0.0.1; `tls` is a port for which it shows ircd.crt."""
    port = free_port()
    text = (f"[Global]\nName = irc.lab\nInfo = lab\nListen = 127.0.0.1\nPorts = {port}\n"
            "MotdPhrase = welcome\nServerUID = nobody\nServerGID = nogroup\n"
            "[Limits]\nMaxConnectionsIP = 0\nMaxNickLength = 20\nMaxPenaltyTime = 0\n"
            "[Options]\nDNS = no\nIdent = no\nPAM = no\n")
    if tls:
        text += (f"[SSL]\nCertFile = {lab.folder}/ircd.crt\nKeyFile = {lab.folder}/ircd.key\n"
                 f"Ports = {tls}\n")
    server = lab.start("ngircd", "-n", "-f", lab.file("ngircd.conf", text))
    server.wait_for_listener(port)
    server.port = port
    return server


def certificate(lab):
    lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=irc", "-keyout", "ircd.key", "-out", "ircd.crt",
            "-addext", "subjectAltName=IP:127.0.0.1")
    (lab.folder / "ircd.key").chmod(0o644)  # the server gives its rights up
    script = ("openssl x509 -in ircd.crt -noout -pubkey | openssl pkey -pubin -outform DER"
              " | openssl dgst -sha256")
    return lab.run("bash", "-o", "pipefail", "-c", script).out.split()[-1]


def join(lab, server, nick, *words, **how):
    """A bot that stays as long as its input is open."""
    bot = lab.start_patchbay("chat", "join", f"127.0.0.1:{server.port}", "--nick", nick, *words,
                             stdin=subprocess.PIPE, **how)
    return bot


def join_and_wait(lab, server, nick, *words):
    bot = join(lab, server, nick, *words)
    bot.wait_for(rf"\* {nick} has come$")
    return bot


class Stranger:
    """Somebody who says whatever bytes he likes."""

    def __init__(self, lab, server, nick, room):
        self._socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        self._heard = b""
        lab.keep(self)
        self.say(f"NICK {nick}\r\nUSER {nick} 0 * :x\r\nJOIN {room}".encode())
        until(lambda: b" 366 " in self.hear(), "the stranger is in the room")

    def say(self, line):
        self._socket.sendall(line + b"\r\n")

    def hear(self):
        self._socket.settimeout(0.05)
        try:
            self._heard += self._socket.recv(65536)
        except TimeoutError:
            pass
        return self._heard

    def close(self):
        self._socket.close()


@case(needs=["ngircd"])
def bots_talk_over_ngircd(lab):
    server = ngircd(lab)
    ann = join_and_wait(lab, server, "ann", "--room", "#ops")
    bob = lab.patchbay("chat", "join", f"127.0.0.1:{server.port}", "--nick", "bob", "--room", "ops",
                       stdin="hello, wörld\n/quit is said\n".encode())
    until(lambda: "/quit is said" in ann.out, "what bob said")
    equal(ann.out, "[bob] hello, wörld\n[bob] /quit is said\n", "what ann printed")
    equal(bob.out, "", "bob does not print what he says")
    ann.wait_for(r"\* bob has gone")
    ann.stdin.close()
    equal(ann.wait(), 0, "exit code of ann")


@case(needs=["ngircd"], seconds=60)
def no_line_of_a_pipe_is_lost(lab):
    server = ngircd(lab)
    ann = join_and_wait(lab, server, "ann")
    lines = "".join(f"line {number}\n" for number in range(1000))
    lab.patchbay("chat", "join", f"127.0.0.1:{server.port}", "--nick", "bob",
                 stdin=lines.encode(), seconds=50)
    until(lambda: "line 999" in ann.out, "the last line", 30)
    equal(ann.out, lines.replace("line", "[bob] line"), "what ann printed")


@case(needs=["ngircd"])
def prints_records(lab):
    server = ngircd(lab)
    ann = join(lab, server, "ann", "--json")
    ann.wait_for(r'"type":"join".*"own":true', "out")
    lab.patchbay("chat", "join", f"127.0.0.1:{server.port}", "--nick", "bob", stdin=b"hello\n")
    ann.wait_for(r'"type":"quit"', "out")
    ann.stdin.close()
    equal(ann.wait(), 0, "exit code")
    records = [json.loads(line) for line in ann.out.splitlines()]
    equal(records[0]["type"], "start", "the first record")
    equal((records[-1]["type"], records[-1]["complete"]), ("end", True), "the last record")
    message = next(record for record in records if record["type"] == "message")
    equal({key: message[key] for key in ("room", "from", "kind", "text", "own")},
          {"room": "#lobby", "from": "bob", "kind": "message", "text": "hello", "own": False},
          "the message")
    states = [record["state"] for record in records if record["type"] == "connection"]
    equal(states, ["connecting", "signing_in", "online", "over"], "the states")


@case(needs=["ngircd"])
def nothing_of_strangers_acts_on_a_terminal(lab):
    server = ngircd(lab)
    ann = join_and_wait(lab, server, "ann", "--room", "#ops")
    eve = Stranger(lab, server, "eve", "#ops")
    eve.say(b"PRIVMSG #ops :\x1b]0;title\x07\x1b[31mred\x02bold\x0304,05x\x0f \xe2\x80\xaetxt"
            b"\xe2\x80\x8b \xc2\x9b31m \x7f\x08 end")
    until(lambda: "end" in ann.out, "what eve said")
    equal(ann.out, "[eve] redboldx txt 31m  end\n", "what ann printed")
    eve.say(b"TOPIC #ops :\x1b[2Jtopic\x07")
    ann.wait_for("set the topic: topic$")
    lacks(ann.err, "\x1b", "stderr")


@case(needs=["ngircd"])
def takes_another_name_where_its_own_is_taken(lab):
    server = ngircd(lab)
    join_and_wait(lab, server, "ann")
    second = join(lab, server, "ann")
    second.wait_for(r"You are ann_$")


@case(needs=["ngircd"])
def is_told_that_a_room_is_closed(lab):
    server = ngircd(lab)
    eve = Stranger(lab, server, "eve", "#ops")
    eve.say(b"MODE #ops +i")
    until(lambda: b"+i" in eve.hear(), "the room is closed")
    bob = lab.patchbay("chat", "join", f"127.0.0.1:{server.port}", "--nick", "bob",
                       "--room", "#ops", stdin=b"hello\n", code=4)
    contains(bob.err, "cannot enter #ops", "stderr")


@case(needs=["ngircd"])
def comes_back_when_the_server_does(lab):
    server = ngircd(lab)
    ann = join_and_wait(lab, server, "ann")
    port = server.port
    server.send_signal(9)
    server.wait()
    ann.wait_for("next try in")
    again = lab.start("ngircd", "-n", "-f", lab.folder / "ngircd.conf")
    again.wait_for_listener(port)
    until(lambda: ann.err.count("* ann has come") == 2, "ann is back")
    again.port = port
    lab.patchbay("chat", "join", f"127.0.0.1:{port}", "--nick", "bob", stdin=b"hello\n")
    until(lambda: ann.out == "[bob] hello\n", "what bob said")


@case(needs=["ngircd"])
def once_is_once(lab):
    server = ngircd(lab)
    ann = join(lab, server, "ann", "--once")
    ann.wait_for(r"\* ann has come$")
    server.send_signal(9)
    equal(ann.wait(), 1, "exit code")
    contains(ann.err, "error: cannot talk to", "stderr")


@case()
def says_that_nobody_is_there(lab):
    ann = lab.patchbay("chat", "join", f"127.0.0.1:{free_port()}", "--nick", "ann", code=1)
    contains(ann.err, "it was refused", "stderr")


@case(needs=["ngircd"])
def says_goodbye_after_ctrl_c(lab):
    server = ngircd(lab)
    ann = join_and_wait(lab, server, "ann")
    eve = Stranger(lab, server, "eve", "#lobby")
    equal(ann.interrupt(), 130, "exit code")
    until(lambda: b"QUIT" in eve.hear(), "ann has gone")
    lacks(eve.hear().decode(), "closed connection", "why ann went")


@case(needs=["ngircd", "openssl"])
def trusts_a_pin_and_an_authority_over_tls(lab):
    pin = certificate(lab)
    secure = free_port()
    ngircd(lab, tls=secure)
    for trust in (["--pin", pin], ["--tls-pin", pin], ["--tls-ca", "ircd.crt"]):
        lab.patchbay("chat", "join", f"127.0.0.1:{secure}", "--tls", *trust, "--nick", "ann",
                     stdin=b"hello\n")
    wrong = lab.patchbay("chat", "join", f"127.0.0.1:{secure}", "--tls", "--pin", "0" * 64,
                         "--nick", "ann", code=4)
    contains(wrong.err, "--pin SHA256", "what there is to try")


@case(needs=["ngircd"])
def does_not_say_a_password_to_a_server_without_accounts(lab):
    server = ngircd(lab)
    secret = lab.file("secret", "hunter2\n")
    secret.chmod(0o600)
    ann = lab.patchbay("chat", "join", f"127.0.0.1:{server.port}", "--nick", "ann", "--sasl", "ann",
                       "--password-file", secret, code=4)
    contains(ann.err, "the server has no SASL", "stderr")


# --- the screen -----------------------------------------------------------------------------------

def screen(lab, server, *words, **how):
    join_it = (f"sh -c 'echo $$ > pid; exec \"$@\"' - '{lab.binary}' chat join "
               f"127.0.0.1:{server.port} --nick ann {' '.join(words)}")
    command = f"stty -g > before; {join_it}; code=$?; stty -g > after; echo code $code"
    return Tmux(lab, f"cd '{lab.folder}'; {command}", **how)


def expect_terminal_as_it_was(lab):
    equal((lab.folder / "after").read_text(), (lab.folder / "before").read_text(),
          "the settings of the terminal")


@case(needs=["ngircd", "tmux"], seconds=60)
def has_a_screen(lab):
    server = ngircd(lab)
    terminal = screen(lab, server)
    terminal.wait_for("ann has come")
    bob = join_and_wait(lab, server, "bob")
    bob.stdin.write("grüße, 世界\n".encode())
    bob.stdin.flush()
    seen = terminal.wait_for("<bob> grüße, 世界")
    first = seen.splitlines()[0]
    matches(first, r"^ #lobby", "the room that is shown")
    matches(seen, r"│.?bob\s*$", "the members")
    terminal.type("hello bxb")
    terminal.press("Left", "BSpace")
    terminal.type("o")
    terminal.press("Enter")
    until(lambda: "[ann] hello bob" in bob.out, "what ann typed")
    terminal.type("bo")
    terminal.press("Tab")
    terminal.wait_for("> bob:")
    terminal.press("C-u")
    terminal.type("/join #ops")
    terminal.press("Enter")
    until(lambda: terminal.screen().startswith(" #ops"), "the new room is shown")
    bob.stdin.write(b"are you there, ann?\n")
    bob.stdin.flush()
    terminal.wait_for("#lobby:1!")
    terminal.press("M-2")
    lacks(terminal.wait_for("<bob> are you there, ann?"), "unread", "the screen")
    terminal.type("/quit")
    terminal.press("Enter")
    terminal.wait_for("code 0")
    bob.wait_for("ann has gone")
    expect_terminal_as_it_was(lab)


@case(needs=["ngircd", "tmux"], seconds=60)
def the_screen_follows_its_window(lab):
    server = ngircd(lab)
    terminal = screen(lab, server)
    contains(terminal.wait_for("ann has come"), "│", "a wide screen")
    terminal.resize(40, 10)
    until(lambda: "│" not in terminal.screen(), "a narrow screen")
    contains(terminal.screen(), "ann has come", "a narrow screen")
    terminal.resize(120, 30)
    until(lambda: "│" in terminal.screen(), "a wide screen again")
    terminal.press("C-c")
    terminal.wait_for("code 0")
    expect_terminal_as_it_was(lab)


@case(needs=["ngircd", "tmux"], seconds=60)
def the_screen_scrolls_and_searches(lab):
    server = ngircd(lab)
    terminal = screen(lab, server)
    terminal.wait_for("ann has come")
    lab.patchbay("chat", "join", f"127.0.0.1:{server.port}", "--nick", "bob",
                 stdin="".join(f"line {n} of it\n" for n in range(100)).encode(), seconds=30)
    terminal.wait_for("line 99 of it")
    terminal.press("PPage")
    lacks(terminal.wait_for("lines below"), "line 99 of it", "the screen above")
    terminal.type("/search LINE 7 of")
    terminal.press("Enter")
    terminal.wait_for("<bob> line 7 of it")
    terminal.press(*["NPage"] * 10)
    terminal.wait_for("line 99 of it")
    terminal.press("C-d")
    terminal.wait_for("code 0")


@case(needs=["ngircd", "tmux"], seconds=60)
def a_killed_screen_leaves_the_terminal_as_it_was(lab):
    server = ngircd(lab)
    terminal = screen(lab, server)
    terminal.wait_for("ann has come")
    os.kill(int((lab.folder / "pid").read_text()), signal.SIGTERM)
    terminal.wait_for("code 130")
    expect_terminal_as_it_was(lab)


@case(needs=["ngircd", "tmux"], seconds=60)
def a_dumb_terminal_has_lines(lab):
    server = ngircd(lab)
    terminal = screen(lab, server, env={"TERM": "dumb"})
    terminal.wait_for("* ann has come")
    bob = join_and_wait(lab, server, "bob")
    terminal.type("hello")
    terminal.press("Enter")
    terminal.type("/me waves")
    terminal.press("Enter")
    until(lambda: bob.out == "[ann] hello\n* ann waves\n", "what ann typed")
    terminal.press("C-d")
    terminal.wait_for("code 0")


# --- the line mode --------------------------------------------------------------------------------

@case(needs=["socat"])
def knows_the_dialogue_of_the_tutorial(lab):
    port = free_port()
    # The words of the tutorial's server; everything but the prompt ends with a newline.
    script = ("printf 'Enter your username: '; read name; "
              "printf '[SERVER] %s joined the chat!\\n[SERVER] Welcome to the chat!\\n' \"$name\"; "
              "printf '[bob] good morning\\n'; "
              "while read line; do echo \"$line\" >> heard; case $line in "
              "/users) echo '[SERVER] Online users: ann, bob';; /quit) exit;; esac; done")
    lab.file("server.sh", script)
    server = lab.start("socat", f"TCP-LISTEN:{port},bind=127.0.0.1", "SYSTEM:bash server.sh")
    server.wait_for_listener(port)
    ann = lab.patchbay("chat", "join", f"127.0.0.1:{port}", "--face", "lines", "--nick", "ann",
                       stdin=b"hello\n")
    equal(ann.out, "[bob] good morning\n", "stdout")
    equal((lab.folder / "heard").read_text(), "hello\n/users\n/quit\n", "what the server heard")
    holds("joined the chat" not in ann.out, "who comes is told on stderr")


# --- our own server -------------------------------------------------------------------------------

@case(seconds=60)
def all_faces_meet_in_our_own_server(lab):
    doors = {"irc": free_port(), "lines": free_port(), "web": free_port()}
    server = lab.start_patchbay("chat", "serve", *[
        word for name, port in doors.items() for word in (f"--{name}", f"127.0.0.1:{port}")])
    for port in doors.values():
        server.wait_for_listener(port)
    server.port = doors["irc"]
    ann = join_and_wait(lab, server, "ann")
    where = {"irc": f"127.0.0.1:{doors['irc']}", "lines": f"127.0.0.1:{doors['lines']}",
             "ws": f"http://127.0.0.1:{doors['web']}"}
    for face, address in where.items():
        lab.patchbay("chat", "join", address, "--face", face, "--nick", f"by_{face}",
                     stdin=f"hello\n/slash {face}\n".encode())
    expected = "".join(f"[by_{face}] hello\n[by_{face}] /slash {face}\n" for face in where)
    until(lambda: ann.out == expected, "what was said by all faces")
    later = lab.patchbay("chat", "join", where["ws"], "--face", "ws", "--nick", "later",
                         "--history", "10", stdin=b"bye\n")
    equal(later.out, expected, "what the server remembers")
