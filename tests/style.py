#!/usr/bin/env python3
"""The rules of this house that a program can check. One rule is one test.

Prints each breach under the sentence of its rule, then the files that have grown long (which is no
failure), then "N passed, N failed, N skipped".
"""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
STAMPS = ROOT / "build" / "style"
COLUMNS = 100
LONG_FILE_LINES = 400

# Which rooms a room may include, itself apart.
ARROWS = {
    "base": set(),
    "net": {"base"},
    "wire": {"base"},
    "http": {"base", "net", "wire"},
    "store": {"base"},
    "tools": {"base", "net", "wire", "http", "store"},
    "workbench": {"base", "net", "wire", "http", "store", "tools"},
    "cli": {"base", "net", "wire", "http", "store", "tools", "workbench"},
}

# Time and chance come from the engine, so that a simulated run repeats exactly.
WORLD = re.compile(
    r"\w+_clock::now\b|\brandom_device\b|"
    r"\b(?:s?rand|rand_r|getrandom|getentropy|gettimeofday|clock_gettime|time)\s*\("
)
BEFORE_A_NAME = re.compile(r"(\w*)(\.|->|::|\s+)$")
BEFORE_A_CALL = {"return", "co_return", "co_await", "co_yield", "throw", "else", "case", "do"}
MAY_ASK_THE_WORLD = {
    "src/patchbay/net/epoll_engine.cpp": "the engine that is the real clock",
    "src/patchbay/cli/wall_clock.cpp": "the date that records carry; handed to tools from outside",
}

MACHINE_PATH = re.compile(r"(?<![\w./}])/(?:work|home|root|Users)/")
CODE_SUFFIXES = {".cpp", ".hpp", ".py", ".cmake", ".sh"}
CODE_NAMES = {"dev", "run", "CMakeLists.txt"}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
# Comments and literals in one pattern, so that neither is looked for inside the other.
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL,
)


def listed_files():
    """Every file that is in the repository or about to be, relative to its root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted({name for name in names.split("\0") if name and (ROOT / name).is_file()})


def read(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def blank(match):
    """As many lines as before, so that line numbers stay true."""
    return "\n" * match.group().count("\n") or " "


def code_of(name):
    return NOT_CODE.sub(blank, read(name))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def is_cpp(name):
    return name.endswith((".cpp", ".hpp"))


def is_code(name):
    path = pathlib.PurePath(name)
    return path.suffix in CODE_SUFFIXES or path.name in CODE_NAMES


class Tree:
    """The files, and who includes whom in src/."""

    def __init__(self):
        self.files = listed_files()
        self.sources = [name for name in self.files if name.startswith("src/") and is_cpp(name)]
        self.headers = [name for name in self.sources if name.endswith(".hpp")]
        self.includes = {name: self._included(name) for name in self.sources}

    @staticmethod
    def _included(name):
        return ["src/" + target for target in INCLUDE.findall(read(name))]

    def below(self, name):
        """`name` and all that it includes from src/, directly or not."""
        seen, waiting = set(), [name]
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen.add(current)
                waiting += [target for target in self.includes[current] if target in self.includes]
        return seen


def room_of(name):
    """("tools", "echo") for src/patchbay/tools/echo/x.hpp; the tool is "" where there is none."""
    parts = pathlib.PurePath(name).parts[2:]
    is_tool = parts[0] == "tools" and len(parts) > 2
    return parts[0], parts[1] if is_tool else ""


def arrows(tree):
    """Includes go down: base <- net, base <- wire, {net, wire} <- http, all of them and store
    <- tools <- workbench <- cli, and no tool includes another: what two need moves down a floor."""
    for name, targets in tree.includes.items():
        room, tool = room_of(name)
        if room not in ARROWS:
            yield f"{name}: there is no room '{room}'"
            continue
        for target in targets:
            if not target.startswith("src/patchbay/"):
                yield f'{name}: write the include of {target[4:]} as "patchbay/room/file.hpp"'
                continue
            other, other_tool = room_of(target)
            if other != room and other not in ARROWS[room]:
                yield f"{name}: {room} may not include {other} ({target})"
            elif room == other == "tools" and other_tool not in ("", tool):
                yield f"{name}: {tool or 'what all tools share'} may not include {target}"


def cycles(tree):
    """No header includes itself by a detour."""
    done, path = set(), []

    def visit(name):
        if name in path:
            yield " -> ".join([*path[path.index(name):], name])
            return
        if name in done or name not in tree.includes:
            return
        path.append(name)
        for target in tree.includes[name]:
            yield from visit(target)
        path.pop()
        done.add(name)

    for name in tree.headers:
        yield from visit(name)


def compiles_alone(name):
    """None, or the first complaint of the compiler."""
    command = ["clang++-19", "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
               "-Wno-pragma-once-outside-header", "-Wno-missing-field-initializers",
               f"-I{SOURCE}", "-x", "c++", str(ROOT / name)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    complaints = [line for line in done.stderr.splitlines() if "error:" in line]
    return (complaints or done.stderr.splitlines() or ["the compiler died"])[0]


def lone_headers(tree):
    """Every header compiles alone: whoever includes it needs to know nothing else."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamps = {}
    for name in tree.headers:
        texts = "".join(below + "\0" + read(below) for below in sorted(tree.below(name)))
        stamps[name] = STAMPS / hashlib.sha256((name + texts).encode()).hexdigest()
    waiting = [name for name in tree.headers if not stamps[name].exists()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, complaint in zip(waiting, pool.map(compiles_alone, waiting)):
            if complaint is None:
                stamps[name].touch()
            else:
                yield f"{name}: {complaint}"


def is_own_name(before):
    """Whether what precedes `time(` makes it a member, a declaration or another's function."""
    match = BEFORE_A_NAME.search(before)
    if not match:
        return False
    word, joint = match.groups()
    if joint in (".", "->"):
        return True
    if joint == "::":
        return word not in ("", "std")
    return word != "" and word not in BEFORE_A_CALL


def world(tree):
    """Time and chance come from the loop's engine, so that a simulated run repeats exactly; who
    must ask the machine itself stands in MAY_ASK_THE_WORLD with a reason."""
    for name in tree.sources:
        if name in MAY_ASK_THE_WORLD:
            continue
        text = code_of(name)
        for match in WORLD.finditer(text):
            before = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
            if match.group().endswith("(") and is_own_name(before):
                continue
            yield f"{name}:{line_of(text, match.start())}: {match.group()}"


def stale_allowances(tree):
    """An allowance ends with the file it was made for."""
    for name in MAY_ASK_THE_WORLD:
        if name in tree.files and not WORLD.search(code_of(name)):
            yield f"{name}: asks the world nothing any more; take it off the list"


def columns(tree):
    """A line ends at column 100."""
    for name in tree.files:
        if not is_code(name):
            continue
        for number, line in enumerate(read(name).splitlines(), 1):
            if len(line) > COLUMNS:
                yield f"{name}:{number}: {len(line)} columns"


def machine_paths(tree):
    """No file names a path of the machine it was written on."""
    for name in tree.files:
        text = read(name)
        for match in MACHINE_PATH.finditer(text):
            yield f"{name}:{line_of(text, match.start())}: {match.group()}"


def unbuilt(tree):
    """A source file that no CMakeLists.txt names is never compiled, and its tests never run."""
    lists = {name: read(name) for name in tree.files if name.endswith("CMakeLists.txt")}
    for name in tree.files:
        if not name.endswith(".cpp"):
            continue
        path = pathlib.PurePath(name)
        named = re.compile(rf"(?<![\w.]){re.escape(path.stem)}(?![\w])")
        above = [str(parent / "CMakeLists.txt") for parent in path.parents]
        if not any(named.search(lists.get(place, "")) for place in above):
            yield f"{name}: in no CMakeLists.txt"


RULES = [arrows, cycles, lone_headers, world, stale_allowances, columns, machine_paths, unbuilt]


def long_files(tree):
    for name in tree.files:
        lines = read(name).count("\n")
        if is_code(name) and lines > LONG_FILE_LINES:
            yield f"  {name}: {lines} lines"


def main():
    tree = Tree()
    failed = 0
    for rule in RULES:
        breaches = list(rule(tree))
        if breaches:
            failed += 1
            print(f"FAILED {rule.__name__}: {' '.join(rule.__doc__.split())}")
            print("".join(f"  {breach}\n" for breach in breaches), end="")
    grown = list(long_files(tree))
    if grown:
        print(f"Longer than {LONG_FILE_LINES} lines (is there a second noun in it?):")
        print("\n".join(grown))
    print(f"{len(RULES) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
