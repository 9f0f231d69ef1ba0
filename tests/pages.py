#!/usr/bin/env python3
"""Holds the pages of docs/tools/ to the help of the binary.

usage: pages.py PATCHBAY            are they true?
       pages.py PATCHBAY --write    bring their tables of flags up to date

Each command that has flags has a section "## patchbay TOOL VERB" on docs/tools/TOOL.md with a table
of all of them; the flags that all commands share are on docs/tools/README.md. The tables say what
the help says, word for word; the rest of a page is written by hand, and its examples use flags
that their command has. One page is one test; the last line has the counts.
"""

import pathlib
import re
import subprocess
import sys

PAGES = pathlib.Path(__file__).resolve().parent.parent / "docs" / "tools"
SHARED = "Global flags:"
# "  -l, --listen [ADDR:]PORT  where to listen", or without the letter.
FLAG_OF_HELP = re.compile(r"^  (?:(-\w), |    )(--[\w-]+)(?: (\S+))?(?:  +(.*))?$")
TABLE = re.compile(r"^\| flag \| \|\n(?:\|.*\n)*", re.MULTILINE)
SECTION = re.compile(r"^## (patchbay[\w ]*)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"^```(?:sh|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LONG_FLAG = re.compile(r"(?<![\w-])--[a-z][\w-]*")


def flags_of_help(text):
    """(own, shared): each maps what stands on a page, "-l, --listen PORT", to what it does."""
    own, shared = {}, {}
    into, last = own, None
    for line in text.splitlines():
        if line == SHARED:
            into = shared
        match = FLAG_OF_HELP.match(line)
        if match:
            letter, name, value, words = match.groups()
            last = (f"{letter}, " if letter else "") + name + (f" {value}" if value else "")
            into[last] = words or ""
        elif last and line.startswith("      ") and line.strip():
            into[last] = f"{into[last]} {line.strip()}".strip()
        else:
            last = None
    return own, shared


def table(flags):
    """The help's words as Markdown."""
    bar = chr(92) + "|"  # else it begins a new column, in code as well
    rows = [f"| `{flag.replace('|', bar)}` | {words.replace('|', bar)} |"
            for flag, words in flags.items()]
    return "\n".join(["| flag | |", "|---|---|", *rows, ""])


def compare(flags, text, where):
    """Complaints about the table of flags in a text."""
    found = TABLE.search(text)
    lines = found.group().splitlines() if found else []
    wanted = table(flags).splitlines()
    for line in wanted:
        if line not in lines:
            yield f"{where} lacks a line that the help has: {line}"
    for line in lines:
        if line not in wanted:
            yield f"{where} has a line that the help has not: {line}"


def with_table(flags, text):
    """The text with its table of flags brought up to date, or with one at its end."""
    if TABLE.search(text):
        return TABLE.sub(lambda _: table(flags), text, count=1)
    return f"{text.rstrip()}\n\n{table(flags)}"


def examples(page):
    """(command, flags) of each `patchbay TOOL VERB …` in the blocks of code, up to a pipe."""
    for block in CODE.findall(page):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"[|;]|\s#", line):
                match = re.search(r"\bpatchbay((?: [a-z]+){0,3})(?= |$)(.*)", part)
                if match:
                    yield match[1].split(), LONG_FLAG.findall(match[2])


def unknown_flags(page, known):
    for words, flags in examples(page):
        while words and " ".join(["patchbay", *words]) not in known:
            words = words[:-1]
        command = " ".join(["patchbay", *words])
        names = {name for flag in known[command] for name in LONG_FLAG.findall(flag)}
        for flag in flags:
            if flag not in names:
                yield f"an example gives {flag} to `{command}`, which does not take it"


class Tool:
    """The help of the binary: the flags of every command, those that all share apart."""

    def __init__(self, binary):
        self.binary = binary
        self.own, self.shared = {}, {}
        for command in self.call("man", "--list").split("\n"):
            if command:
                words = command.split()[1:]
                self.own[command], shared = flags_of_help(self.call(*words, "--help"))
                self.shared = shared or self.shared
        self.known = {command: [*own, *self.shared] for command, own in self.own.items()}

    def call(self, *words):
        return subprocess.run([self.binary, *words], check=True, capture_output=True,
                              text=True).stdout

    def pages(self):
        """Name to the commands with flags of their own that stand there."""
        pages = {}
        for command, flags in self.own.items():
            if flags and command != "patchbay":
                pages.setdefault(command.split()[1], []).append(command)
        return pages


def write_page(name, commands, tool):
    path = PAGES / f"{name}.md"
    text = path.read_text() if path.is_file() else f"# patchbay {name}\n"
    for command in commands:
        if command not in dict(SECTION.findall(text)):
            text = f"{text.rstrip()}\n\n## {command}\n"
        text = SECTION.sub(
            lambda match: with_table(tool.own[command], match[0]).rstrip() + "\n\n"
            if match[1] == command else match[0], text)
    path.write_text(text.rstrip() + "\n")


def check_page(name, commands, tool):
    path = PAGES / f"{name}.md"
    if not path.is_file():
        yield f"there is no docs/tools/{name}.md"
        return
    text = path.read_text()
    sections = dict(SECTION.findall(text))
    for command in commands:
        if command not in sections:
            yield f"there is no section '## {command}'"
        yield from compare(tool.own[command], sections.get(command, ""), command)
    for section in sections:
        if section not in tool.own:
            yield f"there is no command '{section}'"
    yield from unknown_flags(text, tool.known)


def check_shared(tool):
    text = (PAGES / "README.md").read_text()
    yield from compare(tool.shared, text, "README.md")
    yield from unknown_flags(text, tool.known)
    for path in PAGES.glob("*.md"):
        if path.name != "README.md" and f"({path.name})" not in text:
            yield f"README.md does not name {path.name}"


def main():
    if len(sys.argv) < 2 or sys.argv[2:] not in ([], ["--write"]):
        sys.exit(__doc__)
    tool = Tool(sys.argv[1])
    pages = tool.pages()
    if sys.argv[2:]:
        for name, commands in pages.items():
            write_page(name, commands, tool)
        readme = PAGES / "README.md"
        readme.write_text(with_table(tool.shared, readme.read_text()))
        return 0
    results = {name: list(check_page(name, commands, tool)) for name, commands in pages.items()}
    results["README"] = list(check_shared(tool))
    for path in PAGES.glob("*.md"):
        if path.stem not in results:
            results[path.stem] = ["no command with flags has this page"]
    for name, complaints in results.items():
        for complaint in complaints:
            print(f"failed: docs/tools/{name}.md: {complaint}")
    if any(results.values()):
        print("Tables are brought up to date by: tests/pages.py build/release/patchbay --write")
    failed = sum(bool(complaints) for complaints in results.values())
    print(f"{len(results) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
