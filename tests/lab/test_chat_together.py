"""One room, three doors: whoever comes in by any of them sees what all the others say."""

import subprocess

from lib.case import case
from lib.waiting import until
from test_chat_browser import TYPE, come_in
from test_chat_irc import type_line, typescript, write
from test_chat_lines import Typist


def serve_all_doors(lab):
    server = lab.start_patchbay("chat", "serve", "--lines", "127.0.0.1:0", "--irc", "127.0.0.1:0",
                                "--web", "127.0.0.1:0")
    server.port = int(server.wait_for(r"Chat Server started on \S*:(\d+)$")[1])
    server.irc = int(server.wait_for(r"IRC on \S*:(\d+)$")[1])
    server.web = int(server.wait_for(r"Browsers: http://\S*:(\d+)/$")[1])
    server.url = f"http://127.0.0.1:{server.web}"
    return server


class Nc:
    def __init__(self, lab, server, name):
        self._typist = Typist.called(lab, server, name)

    def say(self, text):
        self._typist.type(text)

    def seen(self):
        return self._typist.nc.out


class Ii:
    def __init__(self, lab, server, name):
        lab.start("ii", "-s", "127.0.0.1", "-p", server.irc, "-n", name, "-i", lab.folder / "ii")
        folder = lab.folder / "ii" / "127.0.0.1"
        until(lambda: (folder / "in").exists(), "the folder of ii", 20)
        write(folder / "in", "/j #lobby\n")
        self._room = folder / "#lobby"
        until(lambda: (self._room / "in").exists(), "the room of ii", 20)

    def say(self, text):
        write(self._room / "in", f"{text}\n")

    def seen(self):
        return (self._room / "out").read_text(errors="replace")


class Irssi:
    def __init__(self, lab, server, name):
        self._lab = lab
        home = lab.folder / "irssi"
        home.mkdir()
        self._terminal = lab.start(
            "script", "-qfec", f"irssi --home={home} -c 127.0.0.1 -p {server.irc} -n {name}",
            lab.folder / "typescript", env={"TERM": "xterm"}, stdin=subprocess.PIPE)
        until(lambda: "Welcome to" in typescript(lab), "irssi's welcome", 20)
        type_line(self._terminal, "/join #lobby")
        until(lambda: "#lobby" in typescript(lab), "irssi's room", 20)

    def say(self, text):
        type_line(self._terminal, text)

    def seen(self):
        return typescript(self._lab)


class Weechat:
    def __init__(self, lab, server, name):
        self._home = lab.folder / "weechat"
        lab.start("weechat-headless", "--dir", self._home,
                  "-r", f"/server add lab 127.0.0.1/{server.irc} -nossl -nicks={name}"
                        " -autojoin=#lobby",
                  "-r", "/set irc.server.lab.capabilities \"*\"",
                  "-r", "/set logger.file.flush_delay 0",
                  "-r", "/connect lab")
        self._fifo = until(lambda: next(self._home.rglob("weechat_fifo_*"), None),
                           "the pipe of weechat", 20)
        until(lambda: "joined" in self.seen() or "#lobby" in self.seen(), "weechat's room", 20)

    def say(self, text):
        write(self._fifo, f"irc.lab.#lobby *{text}\n")

    def seen(self):
        return "".join(log.read_text(errors="replace")
                       for log in self._home.rglob("irc.lab.#lobby.weechatlog"))


class Page:
    def __init__(self, lab, server, name):
        self._page = come_in(lab, server, name)

    def say(self, text):
        self._page.find(TYPE).type(f"{text}\n")

    def seen(self):
        return self._page.run("return document.body.innerText")


@case(needs=["nc", "irssi", "weechat-headless", "ii", "chromium", "chromedriver"], seconds=120)
def everybody_sees_what_the_others_say(lab):
    server = serve_all_doors(lab)
    people = {"ann": Nc(lab, server, "ann"), "bob": Nc(lab, server, "bob"),
              "iris": Irssi(lab, server, "iris"), "wendy": Weechat(lab, server, "wendy"),
              "ivan": Ii(lab, server, "ivan"), "paul": Page(lab, server, "paul")}
    for name in list(people)[1:]:
        until(lambda name=name: f"[SERVER] {name} joined the chat!" in people["ann"].seen(),
              f"{name} came in", 20)
    for name, person in people.items():
        words = f"said-by-{name}"  # in one piece, also on a terminal that skips blanks
        person.say(words)
        for other, reader in people.items():
            if other != name:
                until(lambda reader=reader, words=words: words in reader.seen(),
                      f"{other} sees what {name} says", 20)
