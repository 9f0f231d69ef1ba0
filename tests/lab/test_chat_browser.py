"""`patchbay chat serve --web` and Chromium: people who see, type and hear, beside an IRC client."""

import socket

from lib.browser import Browser
from lib.case import case, contains, equal, holds, lacks
from lib.http import serve_http
from lib.process import free_port
from lib.waiting import until

CHROMIUM = ["chromium", "chromedriver"]
SCREENS = ((360, 740, True), (800, 900, False), (1024, 768, False), (2560, 1300, False))
AWKWARD = [
    "<img src=x onerror=\"document.title='broken into'\">",
    "<script>document.title = 'broken into'</script>",
    "javascript:alert(1) data:text/html,x https://safe.example/?a=1&b=2.",
    "\u202eright to left\u2066 and\u200b zero\ufeff width",
    "\x02bold\x02 \x1ditalic\x1d \x0304,12colour\x03 \x1b[31mescape \x9b31m",
    "w" * 300,
    "e" + "\u0301" * 60,
    "日本語 שלום مرحبا 👩‍💻",
]
# What a person types into the field of the page.
TYPE = "#composer"


def serve_chat(lab, *words):
    """Starts a server with a door for browsers and one for IRC, and waits until both are open."""
    return listening(lab.start_patchbay("chat", "serve", "--web", "127.0.0.1:0", "--irc",
                                        "127.0.0.1:0", *words))


def listening(server):
    server.web = int(server.wait_for(r"Browsers: http://\S*:(\d+)/$")[1])
    server.irc = int(server.wait_for(r"IRC on \S*:(\d+)$")[1])
    server.url = f"http://127.0.0.1:{server.web}"
    return server


class Person:
    """Somebody with an IRC client, who is in #lobby."""

    def __init__(self, lab, server, nick):
        self._socket = socket.create_connection(("127.0.0.1", server.irc), timeout=10)
        lab.keep(self._socket)
        self._heard = self._socket.makefile("rb")
        self.say(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "JOIN #lobby")
        self.wait_for(" 366 ")

    def say(self, *lines):
        self._socket.sendall("".join(line + "\r\n" for line in lines).encode())

    def tell(self, text, where="#lobby"):
        self.say(f"PRIVMSG {where} :{text}")

    def wait_for(self, part):
        for line in self._heard:
            text = line.decode(errors="replace").rstrip("\r\n")
            if text.startswith("PING"):
                self.say("PONG" + text[4:])
            if part in text:
                return text
        raise AssertionError(f"the server ended without {part!r}")


def come_in(lab, server, nick, where="/"):
    page = Browser(lab)
    page.resize(1280)
    enter(page, server, nick, where)
    return page


def enter(page, server, nick, where="/"):
    page.open(server.url + where)
    page.run("document.querySelector('[name=nick]').value = ''")
    page.find("[name=nick]").type(f"{nick}\n")
    until(lambda: page.run("return !!document.querySelector('#composer')"), f"{nick} is in")
    until(lambda: page.run("return document.querySelectorAll('.members .entry').length > 0"),
          "the list of members")


def shows(page, text):
    until(lambda: text in page.text, f"the page shows {text!r}")


def messages(page):
    return page.run("return [...document.querySelectorAll('.message.text > p')]"
                    ".map(p => p.textContent)")


def press(page, key, modifiers=0, code=None):
    """A key with Alt (1), Ctrl (2), Shift (8), as the keyboard sends it."""
    for kind in ("rawKeyDown", "keyUp"):
        page.devtools("Input.dispatchKeyEvent", type=kind, key=key, code=code or key,
                      modifiers=modifiers)


def focused(page):
    return page.run("return document.activeElement.id || document.activeElement.localName")


@case(needs=CHROMIUM, seconds=120)
def two_pages_and_a_client_talk(lab):
    server = serve_chat(lab)
    ann, bob = come_in(lab, server, "ann"), come_in(lab, server, "bob")
    carl = Person(lab, server, "carl")
    ann.find(TYPE).type("hello, all\n")
    for page in (ann, bob):
        shows(page, "hello, all")
    contains(carl.wait_for("PRIVMSG"), ":hello, all", "what the client got")
    carl.tell("hello, ann")
    for page in (ann, bob):
        shows(page, "hello, ann")
    equal(ann.run("return document.querySelectorAll('.message.mention').length"), 1,
          "messages that name ann")
    bob.find(TYPE).type("/me waves\n")
    shows(ann, "* bob waves")
    equal(carl.wait_for("ACTION").split(" :", 1)[1], "\x01ACTION waves\x01", "the client's action")
    equal([page.complaints() for page in (ann, bob)], [[], []], "complaints")


@case(needs=CHROMIUM, seconds=120)
def the_page_can_be_read_on_every_screen(lab):
    server = serve_chat(lab)
    carl = Person(lab, server, "carl")
    carl.say("TOPIC #lobby :Where everybody begins: https://docs.example/a/long/address/of/a/page")
    page = come_in(lab, server, "ann")
    for text in AWKWARD:
        carl.tell(text)
    carl.tell("ann: the end")
    shows(page, "ann: the end")
    seen = []
    for scheme in ("light", "dark"):
        page.prefer(scheme)
        for width, height, phone in SCREENS:
            page.resize(width, height, phone)
            where = f"{width} pixels, {scheme}"
            too_wide = page.run("const all = document.documentElement;"
                                "return all.scrollWidth > all.clientWidth")
            holds(not too_wide, f"it is wider than the screen with {where}")
            equal(page.faint_texts(), [], f"faint with {where}")
        seen.append(page.run("return getComputedStyle(document.body).backgroundColor"))
    holds(seen[0] != seen[1], f"one scheme for both: {seen}")
    equal(page.complaints(), [], "complaints")


@case(needs=CHROMIUM, seconds=120)
def nothing_that_others_write_becomes_a_part_of_the_page(lab):
    server = serve_chat(lab)
    carl = Person(lab, server, "carl")
    page = come_in(lab, server, "ann")
    for text in AWKWARD:
        carl.tell(text)
    carl.say(f"TOPIC #lobby :{AWKWARD[0]}")
    carl.tell("the end")
    shows(page, "the end")
    lacks(page.title, "broken", "the title")
    equal(page.run("return document.querySelectorAll('#page img, #page script').length"), 0,
          "elements of others")
    equal(page.run("return [...document.querySelectorAll('.message a')].map("
                   "a => [a.href, a.rel, a.target])"),
          [["https://safe.example/?a=1&b=2", "noopener noreferrer", "_blank"]], "links")
    shown = "".join(messages(page))
    for character in "\u202e\u2066\u200b\ufeff\x1b\x9b\x03":
        lacks(shown, character, "characters that are shown")
    contains(shown, AWKWARD[0], "the text of the tags, as text")
    equal(page.complaints(), [], "complaints")


@case(needs=CHROMIUM, seconds=120)
def the_page_asks_nobody_else(lab):
    server = serve_chat(lab)
    page = come_in(lab, server, "ann")
    asked = page.run("return performance.getEntriesByType('resource').map(e => e.name)")
    equal([url for url in asked if not url.startswith((server.url, "data:"))], [], "other hosts")
    bytes_sent = page.run("return performance.getEntriesByType('resource')"
                          ".concat(performance.getEntriesByType('navigation'))"
                          ".reduce((sum, e) => sum + e.encodedBodySize, 0)")
    holds(0 < bytes_sent <= 40 * 1024, f"the page is {bytes_sent} bytes")
    refused = page.run("const s = document.body.appendChild(document.createElement('script'));"
                       "s.textContent = 'window.ran = true'; return window.ran ?? null")
    equal(refused, None, "a script that stands in the page")


@case(needs=CHROMIUM, seconds=120)
def rooms_are_reached_by_keys(lab):
    server = serve_chat(lab)
    carl = Person(lab, server, "carl")
    page = come_in(lab, server, "ann")
    press(page, "k", 2, "KeyK")
    until(lambda: focused(page) == "input", "the palette is open")
    page.find("dialog input").type("ops\n")
    until(lambda: page.run("return document.querySelector('h1').textContent") == "#ops",
          "it is in #ops")
    until(lambda: page.url.endswith("/#ops"), "the address of the room")
    carl.tell("ann: are you there?")
    until(lambda: page.run("return document.querySelector('.rooms .badge')?.textContent")
          == "@1 for you", "the count of what names ann")
    until(lambda: page.title.startswith("(1) "), "the count in the title")
    press(page, "ArrowUp", 1)
    shows(page, "are you there?")
    equal(page.run("return document.querySelector('h1').textContent"), "#lobby", "the room above")
    equal(page.run("return document.querySelector('.rooms .badge')"), None, "the count, seen")
    page.run("document.activeElement.blur()")
    press(page, "/", 0, "Slash")
    until(lambda: focused(page) == "composer", "the slash leads to the composer")
    page.find(TYPE).type("ca\ue004hi\n")  # U+E004 is Tab (WebDriver, "keyboard actions")
    contains(carl.wait_for("PRIVMSG #lobby"), ":carl: hi", "the completed name")


@case(needs=CHROMIUM, seconds=120)
def on_a_phone_rooms_and_members_are_drawers(lab):
    server = serve_chat(lab)
    page = Browser(lab)
    page.resize(360, 740, phone=True)
    enter(page, server, "ann")
    visible = "return document.querySelector(arguments[0]).checkVisibility({visibilityProperty: 1})"
    for drawer, button in ((".rooms", "Rooms"), (".members", " members")):
        holds(not page.run(visible, drawer), f"{drawer} is shut at first")
        page.run("[...document.querySelectorAll('.only-narrow')].find("
                 "b => b.textContent.endsWith(arguments[0])).click()", button)
        until(lambda: page.run(visible, drawer), f"{drawer} is open")  # noqa: B023, waited for here
        equal(page.faint_texts(), [], "faint in the drawer")
        press(page, "Escape")
        until(lambda: not page.run(visible, drawer), f"{drawer} is shut again")  # noqa: B023
    equal(page.complaints(), [], "complaints")


@case(needs=CHROMIUM, seconds=120)
def a_theme_is_kept(lab):
    server = serve_chat(lab)
    page = Browser(lab)
    page.prefer("light")
    enter(page, server, "ann")
    colour = "return getComputedStyle(document.body).backgroundColor"
    light = page.run(colour)
    page.run("[...document.querySelectorAll('.foot button')].at(-1).click()")
    until(lambda: page.run("return !!document.querySelector('dialog[open]')"), "the settings")
    page.find("[name=theme][value=dark]").click()
    until(lambda: page.run(colour) != light, "the page is dark")
    dark = page.run(colour)
    page.open(server.url + "/?again")
    equal(page.run(colour), dark, "after a reload")


@case(needs=CHROMIUM, seconds=120)
def history_is_fetched_as_one_scrolls_up(lab):
    server = serve_chat(lab, "--db", "chat.db", "--config",
                        lab.file("chat.toml", "[limits]\nflood-loopback = false\n"))
    carl = Person(lab, server, "carl")
    for number in range(180):
        carl.tell(f"line {number}.")
    carl.say("PING all-said")
    carl.wait_for("all-said")
    page = come_in(lab, server, "ann")
    shows(page, "line 179.")
    lacks(page.text, "line 0.", "the first of what was said")
    for _ in range(20):
        page.run("document.querySelector('.log').scrollTop = 0")
        if "line 0." in page.text:
            break
        lab.run("sleep", "0.2")
    equal(messages(page), [f"line {number}." for number in range(180)], "all of it, in order, once")


@case(needs=CHROMIUM, seconds=120)
def the_page_comes_back_after_a_restart(lab):
    where = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    words = ("chat", "serve", "--web", where[0], "--irc", where[1], "--db", "chat.db")
    server = listening(lab.start_patchbay(*words))
    page = come_in(lab, server, "ann")
    page.find(TYPE).type("before\n")
    until(lambda: page.run("return !document.querySelector('.message.pending')"), "it is said")
    server.interrupt()
    shows(page, "The next try is in")
    page.find(TYPE).type("too early\n")
    shows(page, "your text waits here")
    server = listening(lab.start_patchbay(*words))
    carl = Person(lab, server, "carl")
    until(lambda: not page.run("return !!document.querySelector('.banner')"), "it is back")
    carl.tell("after")
    shows(page, "after")
    page.find(TYPE).type("\n")
    contains(carl.wait_for("PRIVMSG"), ":too early", "what waited")
    shows(page, "too early")
    equal(messages(page), ["before", "after", "too early"], "what is shown")


@case(needs=CHROMIUM, seconds=120)
def a_search_finds_what_was_said(lab):
    server = serve_chat(lab, "--db", "chat.db")
    carl = Person(lab, server, "carl")
    carl.tell("the switch in rack seven is down")
    carl.tell("lunch?")
    page = come_in(lab, server, "ann")
    shows(page, "lunch?")
    page.find(TYPE).type("/search rack seven\n")
    until(lambda: "1 found" in page.text, "the result")
    contains(page.find(".results").text, "the switch in rack seven", "what was found")


@case(needs=CHROMIUM, seconds=120)
def a_name_that_is_taken_is_told_of(lab):
    server = serve_chat(lab)
    Person(lab, server, "carl")
    page = Browser(lab)
    page.open(server.url)
    page.find("[name=nick]").type("carl\n")
    shows(page, "in use")
    page.run("document.querySelector('[name=nick]').value = ''")
    page.find("[name=nick]").type("ann\n")
    until(lambda: page.run("return !!document.querySelector('#composer')"), "ann is in")
    equal(page.complaints(), [], "complaints")


@case(needs=CHROMIUM, seconds=120)
def a_page_of_another_origin_stays_outside(lab):
    server = serve_chat(lab)
    lab.file("site/index.html",
             "<!doctype html><title>Elsewhere</title><link rel=icon href=data:,>")
    page = Browser(lab)
    page.open(serve_http(lab, lab.folder / "site").url)
    code = page.run("const socket = new WebSocket(arguments[0], 'text.ircv3.net');"
                    "return new Promise(done => { socket.onopen = () => done('open');"
                    "socket.onclose = event => done(event.code) })",
                    server.url.replace("http", "ws") + "/chat/socket")
    equal(code, 1006, "a socket from there")
    contains(" ".join(page.complaints()), "403", "what Chromium says of it")
