"""Chromium without a window, driven by WebDriver (https://www.w3.org/TR/webdriver2/) over HTTP.

    page = Browser(lab)
    page.open(server.url)
    page.find("a").click()
    equal(page.complaints(), [], "what it complained of")

It knows no name but localhost, so it asks nobody outside. It has a profile of its own, in the
folder of its case, and ends with the case.
"""

import base64
import json
import urllib.error
import urllib.request

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # section 11: the key of a reference
_SECONDS = 30  # for one command
_SWITCHES = [
    "--headless=new", "--no-sandbox",  # its sandbox needs a user that is not root
    "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb",
    # Nothing of its own over the network.
    "--disable-background-networking", "--disable-component-update", "--disable-domain-reliability",
    "--disable-sync", "--disable-extensions", "--no-first-run", "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]

# Each text with the ratio of its colour to what is behind it (WCAG 2.2, "contrast ratio").
_CONTRASTS = """
const numbers = color => color.match(/[\\d.]+/g).map(Number)
const luminance = color => numbers(color).slice(0, 3).map(value => value / 255)
  .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0)
const is_opaque = color => (numbers(color)[3] ?? 1) == 1
const probe = document.body.appendChild(document.createElement('i'))
probe.style.backgroundColor = 'Canvas'
const canvas = getComputedStyle(probe).backgroundColor
probe.remove()
const behind = element => {
  for (; element; element = element.parentElement) {
    const color = getComputedStyle(element).backgroundColor
    if (is_opaque(color)) return color
  }
  return canvas
}
const found = []
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
while (texts.nextNode()) {
  const text = texts.currentNode.data.trim(), element = texts.currentNode.parentElement
  if (!text || !element.checkVisibility()) continue
  const pair = [getComputedStyle(element).color, behind(element)].map(luminance)
  found.push([(Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05), text])
}
return found
"""


class BrowserError(Exception):
    pass


class Browser:
    """One window. `switches` are further ones of Chromium; `any_certificate` trusts everybody."""

    def __init__(self, lab, *switches, any_certificate=False):
        driver = lab.start("chromedriver", "--port=0", env={"TMPDIR": str(lab.folder)})
        port = driver.wait_for(r"successfully on port (\d+)", "out")[1]
        self._base = f"http://127.0.0.1:{port}/session"
        # A proxy of the environment is not for what stays on this machine.
        self._direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._base += "/" + self._ask("POST", "", {"capabilities": {"alwaysMatch": {
            "acceptInsecureCerts": any_certificate,
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": [*_SWITCHES, *switches]},
        }}})["sessionId"]
        lab.keep(self)

    def close(self):
        """The end of Chromium; that of chromedriver is the lab's."""
        self._ask("DELETE", "")

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(
            self._base + path, None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"}, method=method)
        try:
            with self._direct.open(request, timeout=_SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            fault = json.load(error)["value"]
            text = fault["message"].partition("\n")[0]
            raise BrowserError(f"{method} {path or '/'}: {fault['error']}: {text}") from None

    def open(self, url):
        """Goes to the URL and waits until the page is there."""
        self._ask("POST", "/url", {"url": url})

    @property
    def url(self):
        return self._ask("GET", "/url")

    @property
    def title(self):
        return self._ask("GET", "/title")

    @property
    def text(self):
        """What can be read on the page."""
        return self.run("return document.body.innerText")

    def run(self, script, *values):
        """What the script, the body of a function of `arguments`, returns. A promise is waited
        for."""
        values = [value.reference if isinstance(value, Element) else value for value in values]
        return self._ask("POST", "/execute/sync", {"script": script, "args": values})

    def find(self, selector):
        """The first element that a CSS selector means. BrowserError: there is none."""
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        return Element(self, found)

    def link(self, text):
        """The link with this text and no other."""
        found = self.run("return [...document.links].filter(a => a.textContent == arguments[0])",
                         text)
        if len(found) != 1:
            raise BrowserError(f"{len(found)} links with the text {text!r}")
        return Element(self, found[0])

    def complaints(self):
        """Warnings and errors since the last call: scripts, refused content, failed requests. For
        the icon of a text or of a picture it asks by itself; no page is to blame for that."""
        lines = self._ask("POST", "/se/log", {"type": "browser"})
        return [line["message"] for line in lines if line["level"] in ("WARNING", "SEVERE")
                and "/favicon.ico - Failed to load" not in line["message"]]

    def devtools(self, command, **values):
        """A command of the DevTools protocol, for what WebDriver has no word for."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": values})

    def resize(self, width, height=800, phone=False):
        """The size of the page's window in CSS pixels; a phone heeds <meta name=viewport>."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=phone)

    def prefer(self, scheme):
        """"light" or "dark", as a visitor's system asks for."""
        self.devtools("Emulation.setEmulatedMedia",
                      features=[{"name": "prefers-color-scheme", "value": scheme}])

    def point_at(self, x, y):
        """Moves the mouse there."""
        self.devtools("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def faint_texts(self, least=4.5):
        """What on the page has less contrast than that; 4.5 is level AA of WCAG 2.2."""
        found = self.run(_CONTRASTS)
        if not found:
            raise BrowserError("there is no text on the page")
        return [f"{text}: {ratio:.2f}" for ratio, text in found if ratio < least]

    def screenshot(self, path):
        """The whole page as PNG: for whoever writes a case; none needs it."""
        taken = self.devtools("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))


class Element:
    def __init__(self, page, reference):
        self._page = page
        self.reference = reference

    def _ask(self, method, command, body=None):
        return self._page._ask(method, f"/element/{self.reference[_ELEMENT]}/{command}", body)

    @property
    def text(self):
        return self._ask("GET", "text")

    def click(self):
        """Where a page comes of it, it is there afterwards."""
        self._ask("POST", "click", {})

    def type(self, text):
        """Types; of a file input it chooses the files of these paths, one a line."""
        self._ask("POST", "value", {"text": str(text)})
