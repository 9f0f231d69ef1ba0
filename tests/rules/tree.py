"""The files of the repository, their text, and who includes whom."""

import functools
import pathlib
import re
import subprocess

CODE_SUFFIXES = {".cpp", ".hpp", ".py", ".cmake", ".sh", ".ts", ".tsx"}
CODE_NAMES = {"dev", "run", "build", "CMakeLists.txt"}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
# Comments and literals in one pattern, so that neither is looked for inside the other.
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL,
)


def blank(match):
    """As many lines as before, so that line numbers stay true."""
    return "\n" * match.group().count("\n") or " "


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def is_cpp(name):
    return name.endswith((".cpp", ".hpp"))


def is_test(name):
    return name.endswith(("_test.cpp", "_test.hpp", "_fixture.hpp"))


def is_code(name):
    path = pathlib.PurePath(name)
    return path.suffix in CODE_SUFFIXES or path.name in CODE_NAMES


class Tree:
    """`files` are all that are in the repository or about to be, relative to `root`."""

    def __init__(self, root):
        self.root = root
        self.files = self._listed()
        self.sources = [name for name in self.files if name.startswith("src/") and is_cpp(name)]
        self.headers = [name for name in self.sources if name.endswith(".hpp")]
        self.includes = {name: ["src/" + target for target in INCLUDE.findall(self.read(name))]
                         for name in self.sources}

    def _listed(self):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        done = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)
        return sorted({name for name in done.stdout.split("\0")
                       if name and (self.root / name).is_file()})

    @functools.cache
    def read(self, name):
        return (self.root / name).read_text(encoding="utf-8", errors="replace")

    @functools.cache
    def code_of(self, name):
        """The text of a C++ file without its comments and literals."""
        return NOT_CODE.sub(blank, self.read(name))

    def below(self, name):
        """`name` and all that it includes from src/, directly or not."""
        seen, waiting = set(), [name]
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen.add(current)
                waiting += [target for target in self.includes[current] if target in self.includes]
        return seen
