"""The one script, in a folder of its own: what it installs, builds and starts, and what it says.

The programs that it calls are stand-ins, which write down how they were called.
"""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# Says that everything is installed but what MISSING names.
DPKG_QUERY = """#!/bin/sh
for word; do
  case $word in -*|*'$'*) continue;; esac
  case " $MISSING " in *" $word "*) ;; *) echo "installed $word";; esac
done
"""
NOTE = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n'
SUDO = NOTE + 'exec "$@"\n'


class Dev(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        shutil.copy(ROOT / "dev", self.folder)
        self.stand_in("bin/dpkg-query", DPKG_QUERY)
        self.stand_in("bin/sudo", SUDO)
        for name in ("bin/apt-get", "bin/cmake", "bin/ninja", "build/release/patchbay"):
            self.stand_in(name, NOTE)

    def stand_in(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def dev(self, *words, missing="", code=0):
        """What it said on stderr, and which programs it called, in their order."""
        calls = self.folder / "calls"
        calls.write_text("")
        done = subprocess.run(
            [self.folder / "dev", *words], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=60, env={"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
                                        "CALLS": str(calls), "MISSING": missing, "CI": "true"})
        self.assertEqual(done.returncode, code, done.stderr)
        called = [line for line in calls.read_text().splitlines() if not line.startswith("sudo ")]
        return done.stdout + done.stderr, called

    def test_up_builds_and_starts_the_echo_server(self):
        said, called = self.dev("up")
        self.assertEqual([line.split()[0] for line in called], ["cmake", "ninja", "patchbay"])
        self.assertIn("build/release", called[1])
        self.assertEqual(called[2], "patchbay tcp serve")
        self.assertIn("build/release/patchbay tcp connect 127.0.0.1:5000", said)

    def test_what_is_missing_is_said_and_installed_without_a_question(self):
        said, called = self.dev("build", missing="ninja-build libre2-dev")
        self.assertIn("missing packages: ninja-build libre2-dev", said)
        self.assertIn("apt-get update", called[0])
        self.assertRegex(called[1], r"apt-get install .*-y .*ninja-build libre2-dev$")

    def test_a_typing_error_gets_a_suggestion(self):
        for wrong, meant in (("biuld", "build"), ("tets", "test"), ("upp", "up")):
            said, called = self.dev(wrong, code=2)
            self.assertIn(f"try: ./dev {meant}\n", said)
            self.assertEqual(called, [])
        self.assertIn("try: ./dev help", self.dev("refrigerate", code=2)[0])

    def test_every_command_stands_in_the_help(self):
        known = re.search(r"^commands=\((.*)\)$", (ROOT / "dev").read_text(), re.MULTILINE)[1]
        said = self.dev("help")[0]
        for command in known.split():
            self.assertRegex(said, rf"(?m)^  {command}\b")

    def test_presets_are_checked(self):
        self.assertIn("no preset 'relase'", self.dev("build", "relase", code=2)[0])
