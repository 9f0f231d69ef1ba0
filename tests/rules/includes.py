"""Who may include whom, that no include is circular, and that each header stands alone."""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess

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

ANY_INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)
ANGLED = re.compile(r"^\s*#\s*include\s+<([^>]+)>", re.MULTILINE)


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


# Headers of others that need something around them, and the one header of ours that puts it there.
WRAPPED = {"toml++/": "src/patchbay/tools/toml.hpp"}


def wrapped(tree):
    """What a library gets wrong is put right in one place: its headers are included through it."""
    for name in tree.sources:
        for target in ANGLED.findall(tree.read(name)):
            for beginning, through in WRAPPED.items():
                if target.startswith(beginning) and name != through:
                    yield f"{name}: include <{target}> through {through.removeprefix('src/')}"


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


def compiles_alone(root, name):
    """None, or the first complaint of the compiler."""
    command = ["clang++-19", "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
               "-Wno-pragma-once-outside-header", "-Wno-missing-field-initializers",
               f"-I{root / 'src'}", "-x", "c++", str(root / name)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    complaints = [line for line in done.stderr.splitlines() if "error:" in line]
    return (complaints or done.stderr.splitlines() or ["the compiler died"])[0]


def built_alone(tree):
    """The headers that a source file includes before all else: its own compilation is the proof."""
    firsts = set()
    for name in tree.sources:
        if name.endswith(".cpp") and (first := ANY_INCLUDE.search(tree.read(name))):
            firsts.add("src/" + first.group(1))
    return firsts


def lone_headers(tree):
    """Every header compiles alone: whoever includes it needs to know nothing else."""
    folder = tree.root / "build" / "style"
    folder.mkdir(parents=True, exist_ok=True)
    stamps = {}
    proven = built_alone(tree)
    for name in tree.headers:
        if name not in proven:
            texts = "".join(below + "\0" + tree.read(below) for below in sorted(tree.below(name)))
            stamps[name] = folder / hashlib.sha256((name + texts).encode()).hexdigest()
    waiting = [name for name, stamp in stamps.items() if not stamp.exists()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = pool.map(lambda name: compiles_alone(tree.root, name), waiting)
        for name, complaint in zip(waiting, verdicts):
            if complaint is None:
                stamps[name].touch()
            else:
                yield f"{name}: {complaint}"


def unbuilt(tree):
    """A source file that no CMakeLists.txt names is never compiled, and its tests never run."""
    lists = {name: tree.read(name) for name in tree.files if name.endswith("CMakeLists.txt")}
    for name in tree.files:
        if not name.endswith(".cpp"):
            continue
        path = pathlib.PurePath(name)
        named = re.compile(rf"(?<![\w.]){re.escape(path.stem)}(?![\w])")
        above = [str(parent / "CMakeLists.txt") for parent in path.parents]
        if not any(named.search(lists.get(place, "")) for place in above):
            yield f"{name}: in no CMakeLists.txt"
