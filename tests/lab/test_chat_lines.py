"""chat serve, and people who have nothing but nc."""

import pathlib
import re
import socket
import subprocess
import sys

from lib.case import case, contains, equal, holds, lacks
from lib.waiting import PATIENCE

PROGRAMS = pathlib.Path(__file__).parent / "peers" / "tutorial.py"
PROMPT = "Enter your username: "
WELCOME = "[SERVER] Welcome to the chat!\n"


def serve(lab, *words):
    """A chat server with a line door on a port that is free."""
    server = lab.start_patchbay("chat", "serve", "--lines", "127.0.0.1:0", *words)
    said = server.wait_for(r"^\[\*\] Chat Server started on 127\.0\.0\.1:(\d+)$")
    server.port = int(said[1])
    return server


class Typist:
    """Somebody at a terminal with nc."""

    def __init__(self, lab, server, prompt=PROMPT):
        self.nc = lab.start("nc", "127.0.0.1", server.port, stdin=subprocess.PIPE)
        self.is_asked(prompt)

    @classmethod
    def called(cls, lab, server, name):
        typist = cls(lab, server)
        typist.type(name)
        typist.sees(WELCOME)
        return typist

    def type(self, line):
        self.send(line.encode() + b"\n")

    def send(self, data):
        self.nc.stdin.write(data)
        self.nc.stdin.flush()

    def sees(self, line):
        """Waits until that is on the terminal, as the end of it."""
        self.nc.wait_for(re.escape(line.rstrip("\n")) + r"\n\Z", "out")

    def is_asked(self, prompt):
        self.nc.wait_for(re.escape(prompt) + r"\Z", "out")


@case(needs=["nc"])
def holds_the_tutorials_dialogue_with_two(lab):
    server = serve(lab)
    ann = Typist.called(lab, server, "ann")
    bob = Typist.called(lab, server, "bob")
    ann.sees("[SERVER] bob joined the chat!")
    ann.type("hello")
    bob.sees("[ann] hello")
    bob.type("good morning")
    ann.sees("[bob] good morning")
    bob.type("/USERS")
    bob.sees("[SERVER] Online users: ann, bob")
    bob.type("/Quit")
    ann.sees("[SERVER] bob left the chat")
    equal(ann.nc.out,
          PROMPT + "[SERVER] ann joined the chat!\n" + WELCOME +
          "[SERVER] bob joined the chat!\n[bob] good morning\n[SERVER] bob left the chat\n",
          "what ann sees")
    equal(bob.nc.out,
          PROMPT + "[SERVER] bob joined the chat!\n" + WELCOME +
          "[ann] hello\n[SERVER] Online users: ann, bob\n",
          "what bob sees")


@case(needs=["nc"])
def names_who_gives_no_name_and_who_gives_a_taken_one(lab):
    server = serve(lab)
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as nameless:
        nameless.sendall(b"\n")
        said = nameless.makefile("r", newline="\n").readline()
        port = nameless.getsockname()[1]
        equal(said, f"{PROMPT}[SERVER] User_{port} joined the chat!\n", "what it sees")
        Typist.called(lab, server, "Ann B.")
        second = Typist(lab, server)
        second.type("ann b.")
        second.sees(WELCOME)
        contains(second.nc.out, "[SERVER] ann_b._2 joined the chat!\n", "a name in use")


@case(needs=["nc"])
def passes_over_what_telnet_says(lab):
    server = serve(lab)
    bob = Typist.called(lab, server, "bob")
    ann = Typist(lab, server)
    # IAC DO and WILL; a window's size, cut anywhere; an end of line as telnet writes it.
    ann.send(b"\xff\xfd\x03\xff\xfb")
    ann.send(b"\x1fann\r\0")
    ann.sees(WELCOME)
    ann.send(b"he\xff\xfa\x1f\0\x50\0\x18\xff")
    ann.send(b"\xf0lpo\x08\x08lo\xff\xf7o\r\n")
    bob.sees("[ann] hello")


@case(needs=["nc"])
def lets_nobody_forge_a_line(lab):
    server = serve(lab)
    bob = Typist.called(lab, server, "bob")
    for name in ("SERVER", "[SERVER]", "s\u0435rver", "***"):
        forger = Typist(lab, server)
        forger.type(name)
        forger.nc.wait_for(r"\[SERVER\] Nobody can be called that: .*\n" + PROMPT + r"\Z", "out")
        forger.nc.close()
    eve = Typist(lab, server)
    eve.type("b0b\u202e")
    eve.sees(WELCOME)
    bob.sees("[SERVER] b0b_2 joined the chat!")
    for typed, shown in (
            (b"hi\r[SERVER] go home", "[b0b_2] hi[SERVER] go home"),
            (b"hi\0[bob] there", "[b0b_2] hi[bob] there"),
            (b"\x1b[2J\x1b]0;mine\x07ok", "[b0b_2] [2J]0;mineok"),
            ("\u009b2J\u202eok\u2066".encode(), "[b0b_2] 2Jok"),
            ("o\u200b\u200d\ufeffk".encode(), "[b0b_2] ok"),
            (b"caf\xe9", "[b0b_2] caf\ufffd"),
            (b"/me [SERVER] left", "* b0b_2 [SERVER] left"),
            (b"//quit", "[b0b_2] /quit")):
        eve.send(typed + b"\n")
        bob.sees(shown)
    holds(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", bob.nc.out_bytes), "no control character")


@case(needs=["nc"])
def answers_a_pipe_to_its_end(lab):
    server = serve(lab)
    bob = Typist.called(lab, server, "bob")
    nc = lab.run("nc", "-N", "127.0.0.1", server.port, stdin=b"ann\n/users\nhello\n/rooms\nbye")
    equal(nc.out,
          PROMPT + "[SERVER] ann joined the chat!\n" + WELCOME +
          "[SERVER] Online users: bob, ann\n[SERVER] Rooms: #lobby (2)\n", "what the pipe got")
    bob.sees("[SERVER] ann left the chat")
    contains(bob.nc.out, "[ann] hello\n[ann] bye\n", "what bob sees")


@case(needs=["nc"])
def passes_over_a_line_without_end(lab):
    server = serve(lab)
    bob = Typist.called(lab, server, "bob")
    typed = b"ann\n" + b"x" * 1_000_000 + b"\nshort\n"
    nc = lab.run("nc", "-N", "127.0.0.1", server.port, stdin=typed)
    equal(nc.out.count("That line is too long"), 1, "how often it is told")
    bob.sees("[SERVER] ann left the chat")
    contains(bob.nc.out, "[SERVER] ann joined the chat!\n[ann] short\n", "what bob sees")


@case(needs=["nc"])
def shares_rooms_and_whispers(lab):
    server = serve(lab)
    ann = Typist.called(lab, server, "ann")
    bob = Typist.called(lab, server, "bob")
    eve = Typist.called(lab, server, "eve")
    ann.type("/join dev")
    ann.sees("[SERVER] What you type is said in #dev now")
    bob.type("/JOIN #Dev")
    bob.sees("[SERVER] What you type is said in #dev now")
    ann.type("just us")
    bob.sees("[ann@#dev] just us")
    bob.type("/me nods")
    ann.sees("* bob@#dev nods")
    bob.type("/msg eve hello")
    eve.sees("[bob -> eve] hello")
    bob.type("/history 1")
    bob.nc.wait_for(r"^\d{4}-\d\d-\d\d \d\d:\d\d \* bob@#dev nods$", "out")
    bob.type("/nick robert")
    eve.sees("[SERVER] bob is now robert")
    lacks(eve.nc.out, "just us", "what eve sees of a room that she is not in")


@case(needs=["nc"])
def asks_for_the_servers_password(lab):
    lab.patchbay("http", "passwd", "users", "server", stdin=b"s3cret\n")
    hashed = re.search(r"\$argon2id\S+", (lab.folder / "users").read_text(encoding="utf-8"))[0]
    server = serve(lab, "--config", lab.file("chat.toml", f'password = "{hashed}"\n'))
    question = "Enter the server's password: "
    ann = Typist(lab, server, question)
    ann.type("secret")
    ann.is_asked("[SERVER] That is not the password\n" + question)
    ann.type("s3cret")
    ann.is_asked(question + PROMPT)
    ann.type("ann")
    ann.sees(WELCOME)
    lacks(ann.nc.out + server.out + server.err, "s3cret", "what is shown")


# It ends no line, and sends nothing for an empty one.
@case(needs=["nc"])
def understands_the_tutorials_client(lab):
    server = serve(lab)
    bob = Typist.called(lab, server, "bob")
    client = lab.start(sys.executable, PROGRAMS, "chat-client", server.port, stdin=subprocess.PIPE)
    for typed, seen in ((b"ann\n", "[SERVER] Welcome to the chat!"),
                        (b"/users\n", "[SERVER] Online users: bob, ann")):
        client.stdin.write(typed)
        client.stdin.flush()
        client.wait_for(re.escape(seen), "out")
    client.stdin.write("xin ch\u00e0o\n".encode())
    client.stdin.flush()
    bob.sees("[ann] xin ch\u00e0o")
    bob.type("hello ann")
    client.wait_for(r"\[bob\] hello ann", "out")
    client.stdin.write(b"/quit\n")
    client.stdin.flush()
    bob.sees("[SERVER] ann left the chat")
    equal(client.wait(), 0, "exit code of the tutorial's client")


@case(needs=["nc"])
def says_that_it_goes_down(lab):
    server = serve(lab)
    ann = Typist.called(lab, server, "ann")
    server.interrupt()
    ann.sees("[SERVER] The server is going down")
    contains(server.err, "[!] Server shutting down", "what the server says")
