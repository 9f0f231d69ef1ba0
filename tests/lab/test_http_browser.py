"""`patchbay http serve` and Chromium: what people see, click, send and hear."""

import base64
import io
import json
import os
import random
import wave

from lib.browser import Browser
from lib.case import case, contains, equal, holds, lacks
from lib.http import serve_http
from lib.waiting import until

CHROMIUM = ["chromium", "chromedriver"]
NAMES = [
    "plain.txt", "with spaces.txt", "it's \"quoted\".txt", "<img src=x onerror=alert(1)>.txt",
    "100% & more?#1.txt", "%41+plus;semi=colon.txt", "back\\slash.txt", "bad\udcff.txt",
    "javascript:alert(1).txt", "-dash.txt", "שלום עולם.txt", "مرحبا بالعالم.txt", "日本語.txt",
    "emoji 🎉🚀.txt", "\u202egpj.txt", "n" * 251 + ".txt", "dashes-" * 35 + ".txt",
    "line\nbreak.txt",
]
FOLDER = "a folder & \"more\""
SCREENS = ((320, True), (360, True), (1280, False))


def awkward_folder(lab):
    for number, name in enumerate(NAMES):
        lab.file(f"site/{name}", f"file {number}\n" * (number * 50 + 1))
    lab.file(f"site/{FOLDER}/inside.txt", "inside")
    (lab.folder / "site/link.txt").symlink_to("plain.txt")
    return lab.folder / "site"


def is_too_wide(page):
    return page.run("const all = document.documentElement; return all.scrollWidth > "
                    "all.clientWidth")


def colours(page):
    return page.run("const style = getComputedStyle(document.body); "
                    "return [style.color, style.backgroundColor]")


def status(page):
    """That of the page itself."""
    return page.run("return performance.getEntriesByType('navigation')[0].responseStatus")


def listed(page):
    """The names of a listing, as they are read."""
    return page.run("return [...document.querySelectorAll('tbody a')].map(a => a.textContent)")


@case(needs=CHROMIUM, seconds=120)
def a_listing_can_be_read_on_every_screen(lab):
    server = serve_http(lab, awkward_folder(lab), "--archive", "--upload")
    page = Browser(lab)
    seen = []
    for scheme in ("light", "dark"):
        page.prefer(scheme)
        for width, phone in SCREENS:
            page.resize(width, phone=phone)
            page.open(f"{server.url}/")
            where = f"{width} pixels, {scheme}"
            equal(len(listed(page)), len(NAMES) + 2, f"names with {where}")
            holds(not is_too_wide(page), f"it is wider than the screen with {where}")
            equal(page.faint_texts(), [], f"faint with {where}")
            page.point_at(*page.run("const box = document.querySelector('tbody tr')"
                                    ".getBoundingClientRect(); return [box.x + 2, box.y + 2]"))
            equal(page.faint_texts(), [], f"faint under the mouse with {where}")
            equal(page.complaints(), [], f"complaints with {where}")
        seen.append(colours(page))
    holds(seen[0][0] != seen[1][0] and seen[0][1] != seen[1][1], f"one scheme for both: {seen}")
    contains(page.text, "line\ufffdbreak.txt", "the name with a control character")
    equal(page.run("return [document.scripts.length, document.images.length]"), [0, 0],
          "scripts and images of the page")


@case(needs=CHROMIUM, seconds=120)
def each_link_of_a_listing_leads_to_its_file(lab):
    server = serve_http(lab, awkward_folder(lab))
    page = Browser(lab)
    page.open(f"{server.url}/")
    for row, name in enumerate(sorted([*NAMES, "link.txt"], key=os.fsencode), start=2):
        page.open(f"{server.url}/")
        page.find(f"tbody tr:nth-child({row}) a").click()
        number = NAMES.index("plain.txt" if name == "link.txt" else name)
        equal(page.text.split("\n")[0], f"file {number}", f"what {name!r} leads to")
    page.open(f"{server.url}/")
    page.link(f"{FOLDER}/").click()
    equal(page.title, f"/{FOLDER}/", "the title of the folder")
    equal(listed(page), ["..", "inside.txt"], "what is in it")
    page.link(FOLDER).click()
    equal(page.title, f"/{FOLDER}/", "where the path's last part leads")
    page.link("..").click()
    equal(page.title, "/", "what is above it")
    equal(page.complaints(), [], "complaints")


@case(needs=CHROMIUM, seconds=120)
def a_listing_is_sorted_by_a_click(lab):
    for number, (name, size) in enumerate((("b", 20), ("c", 1000), ("a", 300))):
        os.utime(lab.file(f"site/{name}", b"x" * size), (number * 1e8, number * 1e8))
    server = serve_http(lab, lab.folder / "site")
    page = Browser(lab)
    page.open(f"{server.url}/")
    equal("".join(listed(page)), "abc", "at first")
    for title, order, direction in (
            ("Size", "cab", "descending"), ("Size", "bac", "ascending"),
            ("Modified", "acb", "descending"), ("Modified", "bca", "ascending"),
            ("Name", "abc", "ascending"), ("Name", "cba", "descending")):
        page.link(title).click()
        equal("".join(listed(page)), order, f"{direction} by {title}")
        equal(page.run("return [...document.querySelectorAll('th[aria-sort]')].map("
                       "th => [th.querySelector('a').textContent, th.ariaSort])"),
              [[title, direction]], "the column that says so")
    equal(page.complaints(), [], "complaints")


@case(needs=CHROMIUM, seconds=120)
def a_form_sends_files_into_the_folder(lab):
    folder = lab.folder / "in"
    folder.mkdir()
    server = serve_http(lab, folder, "--upload")
    page = Browser(lab)
    page.resize(360, phone=True)
    page.open(f"{server.url}/")
    page.find("button").click()
    equal((page.url, os.listdir(folder)), (f"{server.url}/", []), "without a file nothing is sent")
    sent = [lab.file(f"from/{name}", random.Random(name).randbytes(size))
            for name, size in (("one.bin", 3_000_000), ("it's 100% \"grün\" 🎉.txt", 10), ("e", 0))]
    for paths in (sent[:1], sent[1:]):
        page.find("input").type("\n".join(map(str, paths)))
        page.find("button").click()
        equal(page.url, f"{server.url}/", "the page behind the form")
    equal(sorted(listed(page)), sorted(path.name for path in sent), "what is listed")
    for path in sent:
        equal((folder / path.name).read_bytes(), path.read_bytes(), f"the bytes of {path.name}")
    equal(page.complaints(), [], "complaints, such as of the page's Content-Security-Policy")


MANY = 60
LOADER = "<!doctype html><title>Many</title><link rel=icon href=data:,><script>let sum = 0</script>"


@case(needs=CHROMIUM, seconds=120)
def chromium_speaks_http_2_to_the_certificate_that_was_printed(lab):
    for number in range(MANY):
        lab.file(f"site/{number}.js", f"sum += {number}")
    lab.file("site/index.html",
             LOADER + "".join(f"<script src={number}.js></script>" for number in range(MANY)))
    server = serve_http(lab, lab.folder / "site", "--tls-self")
    told = lab.patchbay("http", "get", "--insecure", "--json", f"{server.url}/").out.splitlines()
    pin = next(line for line in map(json.loads, told) if line["type"] == "answer")
    spki = base64.b64encode(bytes.fromhex(pin["certificate"]["pin"])).decode()
    page = Browser(lab, f"--ignore-certificate-errors-spki-list={spki}")
    page.open(f"{server.url}/")
    equal(page.run("return sum"), sum(range(MANY)), "what the scripts made of it")
    spoken = page.run("return performance.getEntries().map(e => e.nextHopProtocol).filter(p => p)")
    equal((set(spoken), len(spoken)), ({"h2"}, MANY + 1), "the protocol of each answer")
    equal(page.complaints(), [], "complaints")
    stranger = Browser(lab)
    stranger.open(f"{server.url}/")
    equal(stranger.title, "Privacy error", "what a browser shows that was not told")


def tone(seconds):
    """A sound, as WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(250)) * (seconds * 64))
    return file.getvalue()


PLAYER = ("<!doctype html><title>Sound</title><link rel=icon href=data:,>"
          "<audio src=tone.wav preload=metadata></audio>")
SEEK = """
const audio = document.querySelector('audio')
return new Promise((done, fail) => {
  audio.onerror = () => fail(audio.error.message)
  audio.onseeked = () => done([Math.round(audio.duration), audio.currentTime])
  const seek = () => { audio.currentTime = 500 }
  audio.readyState ? seek() : audio.onloadedmetadata = seek
})
"""
FETCH = """
return fetch('tone.wav', {headers: {Range: 'bytes=1000-1009'}}).then(async answer => [
  answer.status, answer.headers.get('Content-Range'),
  [...new Uint8Array(await answer.arrayBuffer())]])
"""


@case(needs=CHROMIUM, seconds=120)
def a_player_seeks_by_ranges(lab):
    sound = tone(600)
    lab.file("site/index.html", PLAYER)
    lab.file("site/tone.wav", sound)
    server = serve_http(lab, lab.folder / "site", "--log", "json", "--header",
                        "Cache-Control: no-store")
    page = Browser(lab)
    page.open(f"{server.url}/")
    equal(page.run(SEEK), [600, 500], "how long it is, and where the player stands")
    equal(page.run(FETCH), [206, f"bytes 1000-1009/{len(sound)}", list(sound[1000:1010])],
          "ten bytes by fetch")
    until(lambda: server.out.count("tone.wav") >= 2, "a line for each answer")
    asked = [line for line in map(json.loads, server.out.splitlines()) if "tone" in line["target"]]
    equal({line["status"] for line in asked}, {206}, "the status of what was asked for")
    equal(page.complaints(), [], "complaints")


@case(needs=CHROMIUM, seconds=120)
def errors_have_pages(lab):
    lab.file("site/index.html", "<!doctype html><title>Home</title>")
    server = serve_http(lab, lab.folder / "site", "--log", "json")
    page = Browser(lab)
    page.prefer("dark")
    page.resize(360, phone=True)
    page.open(f"{server.url}/no such page")
    equal(page.title, "404 Not Found", "the title")
    equal(page.text.strip(), "404 Not Found", "the text")
    equal(status(page), 404, "the status")
    equal(page.faint_texts(), [], "faint on a dark screen")
    page.open(f"{server.url}/a\\..\\b")
    equal(page.title, "404 Not Found", "the title for what a browser takes for slashes")
    until(lambda: server.out.count("\n") >= 2, "a line for each answer")
    lacks(server.out, "favicon", "what was asked for")


@case(needs=CHROMIUM, seconds=120)
def a_password_in_the_url_opens_the_door(lab):
    lab.file("site/index.html", "<!doctype html><title>Home</title><p>come in")
    lab.file("site/more.txt", "more")
    lab.patchbay("http", "passwd", "users", "alice", stdin=b"p@ss w\xc3\xb6rd:1\n")
    server = serve_http(lab, lab.folder / "site", "--auth", "users")
    page = Browser(lab)
    page.open(f"{server.url}/")
    equal(status(page), 401, "the status for a stranger")
    page.open(server.url.replace("//", "//alice:p%40ss%20w%C3%B6rd%3A1@") + "/")
    equal(page.text.strip(), "come in", "the page")
    page.open(f"{server.url}/more.txt")
    equal(page.text.strip(), "more", "another page, with what the browser remembers")
