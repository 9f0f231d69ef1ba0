"""A terminal to look at: a program in tmux, a screen that is read and keys that are pressed."""

import shlex

from lib.waiting import until


class Tmux:
    """Runs a shell command in a terminal of that size; both end with the case."""

    def __init__(self, lab, command, columns=100, rows=24, env=None):
        self._lab = lab
        self._socket = lab.folder / "tmux.socket"
        words = "; ".join(f"export {name}={shlex.quote(str(value))}"
                          for name, value in (env or {}).items())
        # It would end with its command: the last of its screen is to be seen, too.
        script = f"{words or ':'}; {command}; echo; echo the end; exec sleep 1000"
        self._ask("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, "bash", "-c",
                  script)
        lab.keep(self)

    def _ask(self, *words):
        return self._lab.run("tmux", "-S", self._socket, *words, env={"TERM": "xterm"}).out

    def screen(self):
        """The lines that are seen."""
        return self._ask("capture-pane", "-p")

    def type(self, text):
        """As it is, without an end."""
        self._ask("send-keys", "-l", text)

    def press(self, *keys):
        """Names of keys as tmux has them: Enter, Tab, C-c, PPage, M-1."""
        self._ask("send-keys", *keys)

    def resize(self, columns, rows):
        self._ask("resize-window", "-x", columns, "-y", rows)

    def wait_for(self, text):
        """The screen when the text is on it."""
        def look():
            screen = self.screen()
            return screen if text in screen else None
        try:
            return until(look, f"{text!r} on the screen")
        except Exception:
            print(self.screen())
            raise

    def close(self):
        self._lab.run("tmux", "-S", self._socket, "kill-server", code=None)
