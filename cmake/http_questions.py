#!/usr/bin/env python3
"""Makes a C++ table of data/http_questions.tsv, and refuses it where it is wrong.

usage: http_questions.py QUESTIONS.tsv TABLE.cpp
"""

import pathlib
import re
import sys

COLUMNS = ["id", "section", "severity", "needs", "expect", "after", "check", "what", "request"]
WORDS = {
    "severity": {"high", "must", "should", "note"},
    "needs": {"-": "always", "2xx": "found"},
    "after": {"end", "next", "automatic", "free"},
    "check": {"-": "nothing", "date": "date", "unchunked": "unchunked"},
}
EXPECTED = re.compile(r"[1-5]\d\d|[1-5]xx|base|any|close|silence")
ESCAPE = re.compile(r"\\(r|n|t|0|\\|x[0-9a-f]{2})")
PLACE = re.compile(r"\{(host|path|none|[^{}]+\*\d+)\}")
PLAIN = {"r": 13, "n": 10, "t": 9, "0": 0, "\\": 92}


def bytes_of(text):
    """The request's bytes; its {places} stay."""
    left = PLACE.sub("", ESCAPE.sub("", text))
    if not left.isascii() or not left.isprintable() or re.search(r"[\\{}]", left):
        raise ValueError(f"a request has a character or an escape that is none: {text}")
    return ESCAPE.sub(lambda match: chr(PLAIN[match[1]]) if match[1] in PLAIN
                      else chr(int(match[1][1:], 16)), text).encode("latin-1")


def literal(data):
    """A C++ string view with these bytes. Octal escapes have an end, hexadecimal ones have not."""
    text = "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}"
                   for byte in data)
    return f'std::string_view("{text}", {len(data)})'


def check(row, ids):
    if len(row) != len(COLUMNS):
        raise ValueError(f"{len(row)} columns and not {len(COLUMNS)}")
    values = dict(zip(COLUMNS, row))
    if values["after"] == "auto":
        values["after"] = "automatic"
    if not re.fullmatch(r"[a-z][a-z0-9-]*", values["id"]) or values["id"] in ids:
        raise ValueError(f"the id {values['id']!r} is none, or is there twice")
    if not re.fullmatch(r"91(10|12) \d+(\.\d+)*", values["section"]):
        raise ValueError(f"{values['section']!r} is no section of RFC 9110 or 9112")
    for column, words in WORDS.items():
        if values[column] not in words:
            raise ValueError(f"{column} cannot be {values[column]!r}")
        if isinstance(words, dict):
            values[column] = words[values[column]]
    if not values["expect"] or not all(map(EXPECTED.fullmatch, values["expect"].split(" "))):
        raise ValueError(f"nobody can expect {values['expect']!r}")
    return values


def entry(values):
    texts = [literal(values[name].encode()) for name in ("id", "section", "what", "expect")]
    words = [f"{kind}::{values[name]}" for kind, name in
             (("Severity", "severity"), ("Needs", "needs"), ("After", "after"),
              ("Check", "check"))]
    parts = [*texts, literal(bytes_of(values["request"])), *words]
    return "    {" + ",\n     ".join(parts) + "},\n"


def table(path):
    entries, ids = [], set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = line.split("\t")
        if not line or line.startswith("#") or row == COLUMNS:
            continue
        try:
            values = check(row, ids)
            entries.append(entry(values))
        except ValueError as error:
            sys.exit(f"{path}:{number}: {error}")
        ids.add(values["id"])
    return ('#include "patchbay/tools/http/probe_question.hpp"\n\nnamespace patchbay {\n\n'
            "namespace {\n\n"
            "using Severity = HttpQuestion::Severity;\nusing Needs = HttpQuestion::Needs;\n"
            "using After = HttpQuestion::After;\nusing Check = HttpQuestion::Check;\n\n"
            "constexpr HttpQuestion k_questions[] = {\n" + "".join(entries) + "};\n\n"
            "}  // namespace\n\nstd::span<const HttpQuestion> http_questions() "
            "{ return k_questions; }\n\n}  // namespace patchbay\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = map(pathlib.Path, sys.argv[1:])
    target.write_text(table(source), encoding="utf-8")


if __name__ == "__main__":
    main()
