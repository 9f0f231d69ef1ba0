#!/usr/bin/env python3
"""The rules of this house that a program can check. One rule is one test.

Prints each breach under the sentence of its rule, then places to look at (which are no failure),
then "N passed, N failed, N skipped". The rules are in tests/rules/; tests/python/test_style.py
shows for each that it fires.
"""

import pathlib
import sys

sys.dont_write_bytecode = True

from rules import includes, places, text, world  # noqa: E402
from rules.tree import Tree  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent

RULES = [includes.arrows, includes.cycles, includes.wrapped, includes.lone_headers,
         includes.unbuilt, world.world, world.stale_allowances, text.columns, text.machine_paths]


def sentence(function):
    return " ".join(function.__doc__.split())


def check(tree, rules):
    """How many rules are broken; their breaches are printed."""
    failed = 0
    for rule in rules:
        breaches = list(rule(tree))
        if breaches:
            failed += 1
            print(f"FAILED {rule.__name__}: {sentence(rule)}")
            print("".join(f"  {breach}\n" for breach in breaches), end="")
    return failed


def main():
    tree = Tree(ROOT)
    failed = check(tree, RULES)
    for places_to_look in places.LISTS:
        if found := list(places_to_look(tree)):
            print(f"\n{sentence(places_to_look)}")
            print("".join(f"  {place}\n" for place in found), end="")
    print(f"\n{len(RULES) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
