#!/usr/bin/env python3
"""Makes a C++ table of data/udp_probes.tsv, and refuses it where it is wrong.

usage: udp_probes.py PROBES.tsv TABLE.cpp
"""

import pathlib
import re
import sys

COLUMNS = ["service", "ports", "cookie", "answer", "spec", "payload"]
MOST_BYTES = 1200
COOKIE = re.compile(r"(\d+)\+([24])>(\d+)")
TOKEN = re.compile(r'(?P<byte>[0-9a-f]{2})\*(?P<count>[1-9]\d{0,3})(?= |$)|'
                   r'(?P<hex>(?:[0-9a-f]{2})+)(?= |$)|'
                   r'"(?P<text>(?:[^"\\]|\\[rn"\\])+)"(?= |$)')
PLAIN = {"r": "\r", "n": "\n", '"': '"', "\\": "\\"}
# What comes from another port is known by the port of the scan's own that it comes to: there is one
# for each of these (udp_payloads.hpp).
ELSEWHERE = ("69", "1900")
MOST_BEGINNINGS = 2


def payload_of(cell):
    data, at = b"", 0
    while at < len(cell):
        token = TOKEN.match(cell, at)
        if not token or not cell.isascii() or not cell.isprintable():
            raise ValueError(f"no payload goes on with {cell[at:at + 20]!r}")
        if token["byte"]:
            data += bytes.fromhex(token["byte"]) * int(token["count"])
        elif token["hex"]:
            data += bytes.fromhex(token["hex"])
        else:
            data += re.sub(r"\\(.)", lambda match: PLAIN[match[1]], token["text"]).encode()
        at = token.end() + 1
    if not 0 < len(data) <= MOST_BYTES:
        raise ValueError(f"a payload has 1 to {MOST_BYTES} bytes and not {len(data)}")
    return data


def ports_of(cell):
    if not re.fullmatch(r"[1-9]\d{0,4}( [1-9]\d{0,4})*", cell):
        raise ValueError(f"{cell!r} are no ports")
    ports = [int(port) for port in cell.split(" ")]
    if ports != sorted(set(ports)) or ports[-1] > 65535:
        raise ValueError(f"ports are up to 65535 and in order: {cell}")
    return ports


def cookie_of(cell, data):
    """(at, bytes, echo at)"""
    if cell == "-":
        return 0, 0, 0
    match = COOKIE.fullmatch(cell)
    if not match:
        raise ValueError(f"{cell!r} is no place of a cookie")
    at, size, echo = map(int, match.groups())
    if at + size > len(data) or echo + size > MOST_BYTES:
        raise ValueError(f"the payload has {len(data)} bytes, so no cookie is at {cell}")
    return at, size, echo


def beginnings_of(cell, ports):
    """What an answer from another port begins with; nothing where it comes from the same."""
    word, *rest = cell.split(" ", 1)
    if cell != "-" and (word != "elsewhere" or not rest):
        raise ValueError(f"{cell!r} is no answer")
    if (cell != "-") != (ports in ELSEWHERE):
        raise ValueError(f"elsewhere is said of ports {', '.join(ELSEWHERE)} and of no others")
    begins = [payload_of(part) for part in rest[0].split(" or ")] if rest else []
    if len(begins) > MOST_BEGINNINGS:
        raise ValueError(f"an answer has {MOST_BEGINNINGS} beginnings at the most")
    return begins


def literal(data):
    """Bytes as a C++ string. Octal escapes have an end, hexadecimal ones have not."""
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}"
                   for byte in data)


def entries_of(row):
    """[(port, line of C++)]"""
    if len(row) != len(COLUMNS):
        raise ValueError(f"{len(row)} columns and not {len(COLUMNS)}")
    service, ports, cookie, answer, spec, payload = row
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,19}", service):
        raise ValueError(f"{service!r} is no name of a service")
    if not spec.strip():
        raise ValueError("no specification is named")
    begins = beginnings_of(answer, ports)
    data = payload_of(payload)
    at, size, echo = cookie_of(cookie, data)
    elsewhere = "true" if begins else "false"
    words = ", ".join(f'std::string_view("{literal(part)}", {len(part)})' for part in begins)
    rest = (f'{{"{service}", bytes("{literal(data)}"), {at}, {size}, {echo}, {elsewhere}, '
            "{{" + words + "}}}")
    return [(port, f"      {{{port}, {rest}}},\n") for port in ports_of(ports)]


def table(path):
    entries, last = [], 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = line.split("\t")
        if not line or line.startswith("#") or row == COLUMNS:
            continue
        try:
            made = entries_of(row)
            if made[0][0] < last:
                raise ValueError(f"port {made[0][0]} belongs above {last}")
        except ValueError as error:
            sys.exit(f"{path}:{number}: {error}")
        last = made[0][0]
        entries += made
    entries.sort(key=lambda entry: entry[0])  # lines of one port stay in order
    return ('#include "patchbay/tools/scan/probe/udp_payloads.hpp"\n\nnamespace patchbay {\n\n'
            "namespace {\n\n"
            "template <std::size_t size>\n"
            "std::span<const std::byte> bytes(const char (&text)[size]) {\n"
            "  return std::as_bytes(std::span(text)).first(size - 1);\n}\n\n"
            "}  // namespace\n\n"
            "std::span<const UdpPort> udp_ports() {\n"
            "  static const UdpPort ports[] = {\n" + "".join(line for _, line in entries) +
            "  };\n  return ports;\n}\n\n}  // namespace patchbay\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = map(pathlib.Path, sys.argv[1:])
    target.write_text(table(source), encoding="utf-8")


if __name__ == "__main__":
    main()
