"""WebSockets and server-sent events with Chromium: examples/live_page.cpp, alone and behind us."""

from lib.browser import Browser
from lib.case import case, contains, equal
from lib.http import serve_http
from lib.process import free_port
from lib.waiting import until

NEEDS = ["chromium", "chromedriver", "examples/live_page"]


def live_page(lab):
    """The URL of the example's page."""
    port = free_port()
    lab.start(lab.binary.parent / "examples/live_page", f"127.0.0.1:{port}").wait_for_listener(port)
    return f"http://127.0.0.1:{port}/"


# Sends texts and bytes of the sizes that frames begin to look different at, hears each again, and
# closes with a code. The answer: the extensions, sizes of what came back otherwise, how many did
# not come back, the code of the other side, and whether it was said by both.
ECHO = """
const [sizes, code] = arguments
const socket = new WebSocket('talk')
socket.binaryType = 'arraybuffer'
const text = size => 'ä🎉'.repeat(size / 6) + 'x'.repeat(size % 6)
const bytes = size => Uint8Array.from({length: size}, (_, i) => i * i * 7919 >> 7 & 255)
const alike = (a, b) => a.length == b.length && a.every((value, i) => value == b[i])
const waiting = [], lost = []
return new Promise(done => {
  socket.onopen = () => {
    for (const size of sizes) {
      for (const message of [text(size), bytes(size)]) {
        waiting.push(message)
        socket.send(message)
      }
    }
  }
  socket.onmessage = ({data}) => {
    const sent = waiting.shift()
    const same = typeof data == 'string' ? data === sent : alike(new Uint8Array(data), sent)
    if (!same) lost.push(sent.length)
    if (waiting.length == 0) socket.close(code)
  }
  socket.onclose = event =>
    done([socket.extensions, lost, waiting.length, event.code, event.wasClean])
})
"""
SIZES = [0, 1, 125, 126, 127, 5000, 65535, 65536, 1_000_000]


@case(needs=NEEDS, seconds=120)
def a_websocket_answers_texts_and_bytes(lab):
    page = Browser(lab)
    page.open(live_page(lab) + "none")  # an error's page: it shows nothing of what is sent
    extensions, *told = page.run(ECHO, SIZES, 4001)
    contains(extensions, "permessage-deflate", "what was agreed on")
    equal(told, [[], 0, 4001, True], "lost, missing, and the end of it")


TOO_LARGE = """
const socket = new WebSocket('talk')
return new Promise(done => {
  socket.onopen = () => socket.send(new Uint8Array(2 << 20))
  socket.onclose = event => done([event.code, event.wasClean])
})
"""
FROM_ELSEWHERE = """
const socket = new WebSocket(arguments[0])
return new Promise(done => {
  socket.onopen = () => done('open')
  socket.onclose = event => done(event.code)
})
"""


@case(needs=NEEDS, seconds=120)
def a_websocket_says_why_it_ends(lab):
    url = live_page(lab)
    page = Browser(lab)
    page.open(url)
    equal(page.run(TOO_LARGE), [1009, True], "the code for a message that is too large")
    page.open(url.replace("127.0.0.1", "localhost"))
    equal(page.run(FROM_ELSEWHERE, url.replace("http", "ws") + "talk"), 1006,
          "for a page of another origin")
    contains(" ".join(page.complaints()), "403", "what Chromium says of it")


# Opens the stream of events, says something, and waits until it comes that way.
EVENTS = """
const events = new EventSource('events')
const socket = new WebSocket('talk')
const both = [events, socket].map(one => new Promise(opened => one.onopen = opened))
return Promise.all(both).then(() => new Promise(done => {
  const heard = []
  events.onmessage = event => heard.push(event.data) == 3 && done(heard)
  for (const text of arguments[0]) socket.send(text)
})).finally(() => { events.close(); socket.close() })
"""


@case(needs=NEEDS, seconds=120)
def events_reach_the_page(lab):
    page = Browser(lab)
    page.open(live_page(lab))
    said = ["one", "two\nlines, 'grün' 🎉", " data: three"]
    equal(page.run(EVENTS, said), said, "what came")
    page.find("input").type("typed\n")
    until(lambda: {"echo: typed", "to all: typed"} <= set(page.text.split("\n")),
          "what the page's own script shows")
    equal(page.complaints(), [], "complaints")


@case(needs=NEEDS, seconds=120)
def behind_our_proxy_with_tls_it_is_the_same(lab):
    lab.file("front/index.html", "front")
    server = serve_http(lab, lab.folder / "front", "--tls-self", "--proxy",
                        f"/live={live_page(lab)}")
    page = Browser(lab, any_certificate=True)
    page.open(f"{server.url}/live/")
    equal(page.run("return performance.getEntriesByType('navigation')[0].nextHopProtocol"), "h2",
          "the protocol of the page")
    said = ["a", "b", "c"]
    equal(page.run(EVENTS, said), said, "events")
    equal(page.complaints(), [], "complaints")
    page.open(f"{server.url}/live/none")
    extensions, *told = page.run(ECHO, SIZES, 1000)
    contains(extensions, "permessage-deflate", "what was agreed on")
    equal(told, [[], 0, 1000, True], "lost, missing, and the end of it")
