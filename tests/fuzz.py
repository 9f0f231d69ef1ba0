#!/usr/bin/env python3
"""Runs the libFuzzer programs of a folder for some seconds each. One program is one test.

usage: fuzz.py FOLDER [--seconds S] [--only NAME]

Seeds come from fuzz/corpus/NAME/; what a run finds beyond them is kept in build/corpus/NAME/, so
that the next run starts there. An input that fails is kept in build/fuzz-findings/.
"""

import argparse
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_INPUT_BYTES = 65536
LIMIT_MIB = 2048


def run(program, seconds):
    name = program.name.removesuffix("_fuzz")
    found = ROOT / "build" / "corpus" / name
    found.mkdir(parents=True, exist_ok=True)
    findings = ROOT / "build" / "fuzz-findings"
    findings.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "fuzz" / "corpus" / name
    command = [str(program), f"-max_total_time={seconds}", "-timeout=10", "-print_final_stats=1",
               f"-max_len={MAX_INPUT_BYTES}", f"-rss_limit_mb={LIMIT_MIB}", "-verbosity=0",
               f"-artifact_prefix={findings}/{name}-", str(found)]
    command += [str(seeds)] if seeds.is_dir() else []
    try:
        return subprocess.run(command, timeout=seconds + 120).returncode
    except subprocess.TimeoutExpired:
        return "none: it did not end in time"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--only", metavar="NAME")
    options = parser.parse_args()
    programs = sorted(path for path in options.folder.glob("*_fuzz") if os.access(path, os.X_OK))
    if options.only:
        known = ", ".join(path.name.removesuffix("_fuzz") for path in programs) or "there is none"
        programs = [path for path in programs if path.name == f"{options.only}_fuzz"]
        if not programs:
            sys.exit(f"error: no fuzz target '{options.only}': {known}")
    failed = 0
    for program in programs:
        print(f"{program.name}: {options.seconds} s", flush=True)
        status = run(program, options.seconds)
        if status != 0:
            failed += 1
            print(f"failed: {program.name}: status {status}; see build/fuzz-findings/")
    print(f"{len(programs) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
