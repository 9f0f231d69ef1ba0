"""Turns a table of data/ into a C++ header, or says in which line it breaks its own rules.

usage: table.py TABLE.tsv HEADER.hpp

data/README.md has the form of a table.
"""

import json
import pathlib
import re
import sys

MARK = "@column\t"
NAME = re.compile(r"[a-z][a-z0-9_]*")


class Wrong(Exception):
    """A line that breaks a rule."""

    def __init__(self, number, words):
        super().__init__(words)
        self.number = number


def column(number, line):
    """(name, pattern) of a @column line."""
    name, tab, pattern = line.removeprefix(MARK).partition("\t")
    if not NAME.fullmatch(name) or not tab:
        raise Wrong(number, "write it @column, tab, name, tab, regular expression")
    try:
        return name, re.compile(pattern)
    except re.error as error:
        raise Wrong(number, f"no regular expression: {error}") from error


def check_row(number, cells, columns):
    if len(cells) != len(columns):
        raise Wrong(number, f"{len(cells)} cells, but there are {len(columns)} columns")
    for cell, (name, pattern) in zip(cells, columns):
        if not pattern.fullmatch(cell):
            raise Wrong(number, f"'{cell}' in column '{name}' does not match {pattern.pattern}")


def check_order(number, cells, rows):
    if not rows:
        return
    key, last = cells[0], rows[-1][0]
    if key == last:
        raise Wrong(number, f"'{key}' is there already")
    if key.encode() < last.encode():
        raise Wrong(number, f"'{key}' belongs above '{last}'")


def read(text):
    """(names of the columns, rows)."""
    columns, rows = [], []
    number = 0
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        if line.startswith("#"):
            continue
        if line.startswith(MARK):
            if rows:
                raise Wrong(number, "columns come before the first row")
            columns.append(column(number, line))
            continue
        if not columns:
            raise Wrong(number, "a row before the first @column")
        cells = line.split("\t")
        check_row(number, cells, columns)
        check_order(number, cells, rows)
        rows.append(cells)
    if not rows:
        raise Wrong(number, "the table has no rows")
    return [name for name, _ in columns], rows


def literal(cell):
    """A string literal of C++: that of JSON is one, as long as it says nothing by \\u."""
    return json.dumps(cell, ensure_ascii=False)


def header(name, names, rows):
    """The text of the header."""
    row_type = "".join(word.capitalize() for word in name.split("_")) + "Row"
    fields = "".join(f"  std::string_view {field};\n" for field in names)
    values = "".join(f"    {{{', '.join(map(literal, row))}}},\n" for row in rows)
    return f"""// Made of data/{name}.tsv: change that.
#pragma once

#include <array>
#include <string_view>

namespace patchbay::tables {{

struct {row_type} {{
{fields}}};

inline constexpr auto k_{name} = std::to_array<{row_type}>({{
{values}}});

}}  // namespace patchbay::tables
"""


def main():
    table, target = map(pathlib.Path, sys.argv[1:])
    try:
        names, rows = read(table.read_text(encoding="utf-8"))
    except Wrong as wrong:
        print(f"{table}:{wrong.number}: {wrong}", file=sys.stderr)
        return 1
    except UnicodeDecodeError as error:
        number = table.read_bytes().count(b"\n", 0, error.start) + 1
        print(f"{table}:{number}: not UTF-8", file=sys.stderr)
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(header(table.stem, names, rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
