#!/usr/bin/env python3
"""Builds fuzz targets and runs them. One target is one test; the last line has the counts.

  ./dev fuzz                    every target, a minute each
  ./dev fuzz NAME --time 1h     one target, for as long as you like
  ./dev fuzz --list             which there are

Seeds come from fuzz/corpus/NAME/, words to try from fuzz/dictionaries/X.dict for each NAME that
begins with X; what a run learns beyond them is kept in build/corpus/NAME/, so that the next run
begins there. An input that fails is made as small as it gets and kept in tests/corpora/NAME/, which
the test replay_NAME replays in every ordinary build: commit it with the fix. While such an input
still fails, its target is not run further.
"""

import argparse
import concurrent.futures
import hashlib
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_INPUT_BYTES = 65536
LIMIT_MIB = 2048
QUARANTINE_MIB = 64
LIMIT_PER_INPUT_S = 10
MINIMISE_S = 10
PATIENCE_S = 120  # beyond the time of a run: starting, and reading what the last run has kept


@dataclass(frozen=True)
class Places:
    programs: pathlib.Path  # NAME_fuzz
    seeds: pathlib.Path
    learnt: pathlib.Path
    findings: pathlib.Path

    def inputs(self, name):
        """Folders that a run reads; it writes into the first."""
        (self.learnt / name).mkdir(parents=True, exist_ok=True)
        others = [self.seeds / name, self.findings / name]
        return [self.learnt / name, *(folder for folder in others if folder.is_dir())]

    def dictionary(self, name):
        """The option that names its words, in a list; empty where there are none."""
        words = self.seeds.parent / "dictionaries" / f"{name.partition('_')[0]}.dict"
        return [f"-dict={words}"] if words.is_file() else []


@dataclass(frozen=True)
class Ending:
    """Why a target failed, or "", and the end of what it said."""

    trouble: str
    words: str = ""


def duration(text):
    """Seconds, from "90", "20s", "5m" or "1h"."""
    match = re.fullmatch(r"(\d+)([smh]?)", text)
    if not match or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no time: write 20s, 5m or 1h")
    return int(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def share(targets, jobs, most_s, within_s):
    """Seconds for each target: as long as `most_s`, less where all together would take longer."""
    turns = math.ceil(targets / jobs)
    return max(1, min(most_s, within_s // turns))


def call(command, limit_s, shown=False):
    """(exit status, or None when it had to be killed; what it said)"""
    out = None if shown else subprocess.PIPE
    # Freed memory that ASan keeps to itself counts as ours: an hour must not end at the limit.
    environment = os.environ | {"ASAN_OPTIONS": f"quarantine_size_mb={QUARANTINE_MIB}"}
    try:
        done = subprocess.run([str(word) for word in command], timeout=limit_s, stdout=out,
                              stderr=None if shown else subprocess.STDOUT, errors="replace",
                              text=True, env=environment)
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout or ""


def fuzz(name, seconds, places, shown=False):
    """Runs one target for some seconds, or until it fails."""
    program = places.programs / f"{name}_fuzz"
    limits = [f"-timeout={LIMIT_PER_INPUT_S}", f"-rss_limit_mb={LIMIT_MIB}"]
    with tempfile.TemporaryDirectory() as folder:
        known = sorted((places.findings / name).glob("*"))
        if known:
            status, words = call([program, *limits, f"-artifact_prefix={folder}/", *known],
                                 PATIENCE_S)
            if status != 0:
                return Ending(f"an input of {relative(places.findings / name)} still fails", words)
        status, words = call(
            [program, f"-max_total_time={seconds}", f"-max_len={MAX_INPUT_BYTES}", *limits,
             "-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={folder}/",
             *places.dictionary(name), *places.inputs(name)],
            seconds + PATIENCE_S, shown)
        if status == 0:
            return Ending("")
        kept = [keep(program, name, path, places) for path in sorted(pathlib.Path(folder).iterdir())
                if not path.name.startswith("slow-unit-")]
    where = f"kept as {', '.join(kept)}" if kept else "no input was kept"
    return Ending(f"{'did not end' if status is None else f'status {status}'}; {where}", words)


def keep(program, name, path, places):
    """Puts an input that failed where it will be replayed, small if it crashes; returns where."""
    kind = path.name.partition("-")[0]
    smallest = path
    if kind == "crash":
        target = path.with_name("smallest")
        call([program, "-minimize_crash=1", f"-max_total_time={MINIMISE_S}",
              f"-exact_artifact_path={target}", path], MINIMISE_S + PATIENCE_S)
        smallest = target if target.is_file() else path
    content = smallest.read_bytes()
    kept = places.findings / name / f"{kind}-{hashlib.sha256(content).hexdigest()[:12]}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(content)
    return str(relative(kept))


def relative(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def fuzz_all(names, seconds, places, jobs):
    """Runs the targets, some at a time; how many failed."""
    shown = len(names) == 1
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        endings = pool.map(lambda name: fuzz(name, seconds, places, shown), names)
        for name, ending in zip(names, endings):
            if ending.trouble:
                failed += 1
                print(ending.words[-8000:])
                print(f"failed: {name}: {ending.trouble}", flush=True)
            else:
                print(f"passed: {name}: {seconds} s", flush=True)
    return failed


def configure(tree):
    """Brings the tree up to what CMake makes of this machine now."""
    if not (tree / "build.ninja").is_file():
        subprocess.run(["cmake", "--preset", "asan", "-B", str(tree)], cwd=ROOT, check=True)
    subprocess.run(["ninja", "-C", str(tree), "build.ninja"], stdout=subprocess.DEVNULL, check=True)


def left_out(tree, names):
    """Targets that CMake leaves out, since what they are compared with is not installed."""
    rules = (tree / "build.ninja").read_text()
    return [name for name in names if f"build {name}_fuzz: phony" not in rules]


def build(tree, names):
    """Whether the targets could be built; only those that are wanted are."""
    programs = [f"{name}_fuzz" for name in names]
    done = subprocess.run(["ninja", "-C", str(tree), "-j", str(os.cpu_count()), *programs])
    return done.returncode == 0


def arguments(known):
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="targets; without one, all")
    parser.add_argument("--time", type=duration, default=60, metavar="T",
                        help="for each target: 20s, 5m, 1h (1m)")
    parser.add_argument("--within", type=duration, metavar="T",
                        help="for all together, where --time would take longer")
    parser.add_argument("--list", action="store_true", help="name the targets and run nothing")
    parser.add_argument("--tree", type=pathlib.Path, default=ROOT / "build" / "asan",
                        metavar="DIR", help="where to build them (build/asan)")
    options = parser.parse_args()
    for name in options.names:
        if name not in known:
            parser.error(f"no fuzz target '{name}', but: {', '.join(known)}")
    return options


def main():
    known = sorted(path.stem.removesuffix("_fuzz") for path in ROOT.glob("fuzz/*_fuzz.cpp"))
    options = arguments(known)
    if options.list:
        print("\n".join(known))
        return 0
    names = options.names or known
    tree = options.tree.resolve()
    configure(tree)
    skipped = left_out(tree, names)
    for name in skipped:
        print(f"skipped: {name}: not built here; cmake says what it needs")
    names = [name for name in names if name not in skipped]
    if not names or not build(tree, names):
        failed = 1 if names else 0
        print(f"failed: the build of {tree.name}" if names else "nothing to run")
        print(f"0 passed, {failed} failed, {len(skipped)} skipped")
        return failed
    places = Places(programs=tree / "fuzz", seeds=ROOT / "fuzz" / "corpus",
                    learnt=ROOT / "build" / "corpus", findings=ROOT / "tests" / "corpora")
    jobs = os.cpu_count()
    seconds = options.time
    if options.within:
        seconds = share(len(names), jobs, options.time, options.within)
    failed = fuzz_all(names, seconds, places, jobs)
    print(f"{len(names) - failed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
