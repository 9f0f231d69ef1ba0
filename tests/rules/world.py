"""Time and chance come from the loop's engine, so that a simulated run repeats exactly."""

import re

from .tree import is_cpp, is_test, line_of

# Everything that runs on a loop. Not bench/, whose programs measure it from outside.
PLACES = ("src/", "examples/", "fuzz/", "tests/")

MAY_ASK_THE_WORLD = {
    "src/patchbay/net/sim/lone_host.cpp": "the date of tests that meet files of today",
    "src/patchbay/net/epoll_engine.cpp": "the engine that is the real clock and the real chance",
    "src/patchbay/net/sim/openssl_chance_test.cpp": "that OpenSSL's chance comes from the seed",
    "src/patchbay/cli/wall_clock.cpp": "the date that records carry; handed to tools from outside",
}

# Names that mean one thing wherever they stand.
ALWAYS = re.compile(
    r"\b\w*[cC]lock::now\b"
    r"|\b(?:clock_gettime|gettimeofday|timespec_get|clock_nanosleep|nanosleep|usleep)\b"
    r"|\bthis_thread::sleep_\w+"
    r"|\b(?:random_device|getrandom|getentropy|arc4random\w*|RAND_(?:priv_)?bytes)\b"
    r"|\b[dlm]rand48\b|\bstd::(?:rand|time|clock)\b(?!\s*\()"
)
# Common words: only a call of the C function is meant, and not a member or a declaration.
CALLS = re.compile(r"\b(?:time|clock|s?rand|rand_r|s?random|random_r|sleep)\s*\(")
# A generator of the standard library, and what it is seeded with.
GENERATOR = re.compile(
    r"\b(?:mt19937(?:_64)?|minstd_rand0?|ranlux\w+|knuth_b|default_random_engine)\b"
    r"(?!\s*[&*>:)])\s*\w*\s*(?P<seed>\([^;]*?\)|\{[^;]*?\})?(?=\s*[;,)])"
)
SEED = re.compile(r"random|seed", re.IGNORECASE)

BEFORE_A_NAME = re.compile(r"(\w*)(\.|->|::|[*&]*\s+[*&]*)$")
BEFORE_A_CALL = {"return", "co_return", "co_await", "co_yield", "throw", "else", "case", "do",
                 "and", "or", "not"}


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


def is_seeded(seed, name):
    """From the loop or from a named seed; a test may also write the number down."""
    if not seed or not seed[1:-1].strip():
        return False
    return bool(SEED.search(seed)) or (is_test(name) and seed[1:-1].strip().isdecimal())


def questions(name, text):
    """(offset, words) of everything in the code that asks the machine for time or chance."""
    for match in ALWAYS.finditer(text):
        yield match.start(), match.group()
    for match in CALLS.finditer(text):
        before = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
        if not is_own_name(before):
            yield match.start(), match.group()
    for match in GENERATOR.finditer(text):
        if not is_seeded(match["seed"], name):
            yield match.start(), f"{match.group()} has no seed from the loop"


def world(tree):
    """Time and chance come from the loop's engine, so that a simulated run repeats exactly; who
    must ask the machine itself stands in MAY_ASK_THE_WORLD (tests/rules/world.py) with a reason."""
    for name in tree.files:
        if not is_cpp(name) or not name.startswith(PLACES) or name in MAY_ASK_THE_WORLD:
            continue
        text = tree.code_of(name)
        for offset, words in sorted(questions(name, text)):
            yield f"{name}:{line_of(text, offset)}: {words}"


def stale_allowances(tree):
    """An allowance has a reason, and ends with the file it was made for."""
    for name, reason in MAY_ASK_THE_WORLD.items():
        if not reason:
            yield f"{name}: no reason is given"
        if name not in tree.files:
            yield f"{name}: there is no such file any more; take it off the list"
        elif not any(questions(name, tree.code_of(name))):
            yield f"{name}: asks the world nothing any more; take it off the list"
