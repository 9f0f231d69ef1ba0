"""The check that holds a tool's page to its help is shown to fire."""

import types
import unittest

import pages

HELP = """Answer TCP clients.

Usage: patchbay tcp serve [FLAGS] [[ADDR:]PORT]

Arguments:
  [ADDR:]PORT  where to listen; the same as --listen

Flags:
  -l, --listen [ADDR:]PORT  where to listen (default
                            127.0.0.1:5000)
      --lines               answer a|b
Limits:
      --a-flag-with-a-very-long-name N
                            below it

Global flags:
      --json        print JSON
  -v, --verbose     tell more

Exit codes:
  0    done
"""
OWN = {"-l, --listen [ADDR:]PORT": "where to listen (default 127.0.0.1:5000)",
       "--lines": "answer a|b", "--a-flag-with-a-very-long-name N": "below it"}


class Help(unittest.TestCase):
    def test_flags(self):
        own, shared = pages.flags_of_help(HELP)
        self.assertEqual(own, OWN)
        self.assertEqual(shared, {"--json": "print JSON", "-v, --verbose": "tell more"})


class Tables(unittest.TestCase):
    def test_what_was_written_is_right_and_stays(self):
        text = pages.with_table(OWN, "## patchbay tcp serve\n\nWords.\n")
        self.assertEqual(list(pages.compare(OWN, text, "x")), [])
        self.assertIn(r"| `--lines` | answer a\|b |", text)
        self.assertEqual(pages.with_table(OWN, text), text)

    def test_a_flag_that_the_page_lacks(self):
        text = pages.with_table({"--lines": "answer a|b"}, "")
        complaints = list(pages.compare(OWN, text, "tcp serve"))
        self.assertEqual(len(complaints), 2)
        self.assertIn("tcp serve lacks a line that the help has: | `-l, --listen", complaints[0])

    def test_a_flag_that_is_gone_or_says_something_else(self):
        text = pages.with_table(OWN, "")
        gone = list(pages.compare({k: v for k, v in OWN.items() if k != "--lines"}, text, "x"))
        self.assertEqual(len(gone), 1)
        self.assertIn("has a line that the help has not: | `--lines`", gone[0])
        changed = list(pages.compare(OWN | {"--lines": "otherwise"}, text, "x"))
        self.assertEqual(len(changed), 2)

    def test_no_table(self):
        self.assertEqual(len(list(pages.compare(OWN, "## patchbay tcp serve\n", "x"))), 5)


class Examples(unittest.TestCase):
    KNOWN = {"patchbay": ["--json"], "patchbay tcp": ["--json"],
             "patchbay tcp serve": [*OWN, "--json"], "patchbay doctor": ["--json"]}

    def complaints(self, line):
        return list(pages.unknown_flags(f"```sh\n{line}\n```\n", self.KNOWN))

    def test_known(self):
        for line in ("patchbay tcp serve 5000 --lines", "sudo patchbay tcp serve --json   # --x",
                     "patchbay doctor --json | jq --raw-output .", "ping --fast 192.0.2.1",
                     "patchbay tcp serve 0 --listen '*:1' \\\n  --lines"):
            with self.subTest(line):
                self.assertEqual(self.complaints(line), [])

    def test_unknown(self):
        for line in ("patchbay tcp serve 5000 --line", "patchbay doctor --lines",
                     "cat x | patchbay tcp serve --gone", "patchbay --lines"):
            with self.subTest(line):
                self.assertEqual(len(self.complaints(line)), 1, line)


class Pages(unittest.TestCase):
    def test_which_commands_need_a_section(self):
        tool = types.SimpleNamespace(own={"patchbay": {"--x": ""}, "patchbay tcp": {},
                                          "patchbay tcp serve": OWN, "patchbay doctor": {}})
        self.assertEqual(pages.Tool.pages(tool), {"tcp": ["patchbay tcp serve"]})

    def test_a_page_that_is_not_there(self):
        self.assertEqual(list(pages.check_page("no-such-tool", ["patchbay x"], None)),
                         ["there is no docs/tools/no-such-tool.md"])


if __name__ == "__main__":
    unittest.main()
