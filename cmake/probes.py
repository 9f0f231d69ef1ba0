#!/usr/bin/env python3
"""Makes C++ tables of data/probes.toml, or says where it breaks its own rules.

usage: probes.py PROBES.toml TABLE.cpp SAMPLES.cpp

data/README.md has the form. The samples are for tests only.
"""

import pathlib
import re
import sys
import tomllib

ESCAPE = re.compile(r"\\(r|n|t|0|\\|x[0-9a-f]{2})")
PLAIN = {"r": 13, "n": 10, "t": 9, "0": 0, "\\": 92}
REPEATED = re.compile(r"\{([^{}]+)\*([1-9]\d{0,3})\}", re.DOTALL)
NAME = re.compile(r"[a-z][a-z0-9-]{0,23}")
RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
CAPTURES = ("product", "version", "info")
NOT_IN_RE2 = re.compile(r"\(\?[=!<#]|\(\?P=|\\[1-9]")
DECODE = {"": "text", "hex": "hex", "u8.u8.u16": "numbers"}
MOST_BYTES = 4096

PROBE = {"id": str, "service": str, "transport": str, "first": str, "ports": list,
         "tls_ports": list, "tls": bool, "intensity": int, "safe": bool, "spec": str,
         "send": (str, list), "match": list}
MATCH = {"prefix": str, "regex": str, "service": str, "product": str, "info": str, "then": str,
         "decode": str, "anywhere": bool, "sample": str, "more": list, "gives": dict}
START_TLS = {"service": str, "spec": str, "step": list}
STEP = {"send": (str, list), "whole": str, "yes": str, "sample": str, "refusal": str}


class Wrong(Exception):
    """A rule that is broken."""


def bytes_of(text):
    """Its bytes: escapes are read and {x*3} is repeated; other braces stay."""
    left = ESCAPE.sub("", text)
    if not left.isascii() or not left.isprintable() or "\\" in left:
        raise Wrong(f"a character or an escape that is none: {text}")
    plain = ESCAPE.sub(lambda match: chr(PLAIN[match[1]]) if match[1] in PLAIN
                       else chr(int(match[1][1:], 16)), text)
    data = REPEATED.sub(lambda match: match[1] * int(match[2]), plain).encode("latin-1")
    if len(data) > MOST_BYTES:
        raise Wrong(f"{len(data)} bytes, and {MOST_BYTES} is the most")
    return data


def literal(data):
    """A C++ string view with these bytes. Octal escapes have an end, hexadecimal ones have not."""
    data = data.encode() if isinstance(data, str) else data
    text = "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}"
                   for byte in data)
    return f'{{"{text}", {len(data)}}}'


def check_keys(row, known):
    for key, value in row.items():
        if key not in known:
            raise Wrong(f"there is no key '{key}'")
        if not isinstance(value, known[key]):
            raise Wrong(f"'{key}' is of another kind")


def check_ports(ports):
    for port in ports:
        if not isinstance(port, int) or not 1 <= port <= 65535:
            raise Wrong(f"{port} is no port")
    return ports


def range_of(text):
    match = RANGE.fullmatch(text)
    if not match:
        raise Wrong(f"'{text}' is no port and no range of ports")
    first, last = int(match[1]), int(match[2] or match[1])
    if not 1 <= first <= last <= 65535:
        raise Wrong(f"'{text}' is no range of ports")
    return first, last


def check_regex(regex):
    """The names of what it captures. RE2 itself is asked by a test."""
    if NOT_IN_RE2.search(regex) or not regex.isascii() or len(regex) > 400:
        raise Wrong(f"RE2 does not take it, or it is too long: {regex}")
    try:
        names = re.compile(regex.replace(r"\z", r"\Z")).groupindex
    except re.error as error:
        raise Wrong(f"no regular expression: {error}: {regex}") from error
    for name in names:
        if name not in CAPTURES:
            raise Wrong(f"nobody knows what to do with the '{name}' of {regex}")
    return set(names)


def check_match(row, probe):
    check_keys(row, MATCH)
    names = check_regex(row.get("regex", ""))
    if not row.get("regex"):
        raise Wrong("a match without a regex")
    if not row.get("sample"):
        raise Wrong(f"no sample of {row['regex']}")
    prefix = bytes_of(row.get("prefix", ""))
    for sample in (row["sample"], *row.get("more", [])):
        if not bytes_of(sample).startswith(prefix):
            raise Wrong(f"a sample that does not begin as it has to: {sample}")
    if set(row.get("gives", {})) != names:
        raise Wrong(f"'gives' has to name what is captured, which is {sorted(names)}")
    if row.get("decode", "") not in DECODE:
        raise Wrong(f"nothing is decoded by '{row['decode']}'")
    service = row.get("service", probe["service"])
    if service and not NAME.fullmatch(service):
        raise Wrong(f"'{service}' is no name of a service")
    if not service and not row.get("then"):
        raise Wrong("a match that names no service has to say what to ask then")
    if row.get("anywhere") and probe["first"] == "server":
        raise Wrong("what a server says first is known anywhere without saying so")


def sent_by(row):
    send = row.get("send", "")
    return bytes_of(send if isinstance(send, str) else "".join(send))


def matches(regex, data):
    return re.match(regex.encode("latin-1"), data) is not None


def check_step(row, is_last):
    """The row with its bytes. Its expressions are tried on its own samples."""
    check_keys(row, STEP)
    if is_last and set(row) == {"send"}:
        return {"send": sent_by(row), "whole": "", "yes": ""}
    for key in ("whole", "yes", "sample", "refusal"):
        if not row.get(key):
            raise Wrong(f"a step without '{key}'")
    if check_regex(row["whole"]) | check_regex(row["yes"]):
        raise Wrong("nothing is captured from what a step hears")
    step = {**row, "send": sent_by(row),
            **{key: bytes_of(row[key]) for key in ("sample", "refusal")}}
    for key, goes_on in (("sample", True), ("refusal", False)):
        if not matches(row["whole"], step[key]):
            raise Wrong(f"the {key} is not whole by {row['whole']}")
        if matches(row["yes"], step[key]) != goes_on:
            raise Wrong(f"the {key} is taken wrongly by {row['yes']}")
    return step


def check_start_tls(row, services):
    check_keys(row, START_TLS)
    if row.get("service") not in services:
        raise Wrong(f"no probe finds the service '{row.get('service')}'")
    if not row.get("spec") or not row.get("step"):
        raise Wrong("it needs a spec and a step")
    last = len(row["step"]) - 1
    steps = [check_step(step, number == last) for number, step in enumerate(row["step"])]
    return {**row, "step": steps}


def check_probe(row):
    """The row with its defaults."""
    check_keys(row, PROBE)
    probe = {"transport": "tcp", "tls": False, "safe": True, "ports": [], "tls_ports": [],
             "match": [], "service": row.get("id", ""), **row}
    for key, pattern in (("id", NAME), ("service", NAME)):
        if not pattern.fullmatch(probe.get(key, "")):
            raise Wrong(f"'{probe.get(key)}' is no {key}")
    if probe["transport"] not in ("tcp", "udp") or probe.get("first") not in ("server", "client"):
        raise Wrong("'transport' is tcp or udp, 'first' is server or client")
    if not 0 <= probe.get("intensity", -1) <= 9:
        raise Wrong("'intensity' is 0 to 9")
    if not probe.get("spec") or not probe["match"]:
        raise Wrong("a probe needs a spec and a match")
    check_ports(probe["ports"] + probe["tls_ports"])
    probe["send"] = sent_by(probe)
    if bool(probe["send"]) != (probe["first"] == "client"):
        raise Wrong("a probe sends something if and only if the client speaks first")
    for match in probe["match"]:
        check_match(match, probe)
    return probe


def line_of(text, name, key="id"):
    """Where a probe begins, for people to find it."""
    found = text.find(f'\n{key} = "{name}"')
    return text.count("\n", 0, found) + 2 if found >= 0 else 1


def read(text):
    """(ports left alone, probes, ways to TLS); what is wrong is said with its line."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Wrong(f"1: {error}") from error
    probes = []
    for row in tables.get("probe", []):
        try:
            probe = check_probe(row)
            if any(probe["id"] == other["id"] for other in probes):
                raise Wrong("it is there twice")
        except Wrong as wrong:
            raise Wrong(f"{line_of(text, row.get('id'))}: {row.get('id')}: {wrong}") from wrong
        probes.append(probe)
    ids = {probe["id"] for probe in probes}
    for probe in probes:
        for match in probe["match"]:
            if match.get("then", probe["id"]) not in ids:
                raise Wrong(f"{line_of(text, probe['id'])}: {probe['id']}: "
                            f"there is no probe '{match['then']}'")
    alone = [range_of(port) for ports in tables.get("leave_alone", {}).values() for port in ports]
    return sorted(alone), probes, read_ways(text, tables, probes)


def read_ways(text, tables, probes):
    services = {row["service"] for probe in probes for row in (probe, *probe["match"])
                if row.get("service")}
    ways = []
    for row in tables.get("start_tls", []):
        try:
            ways.append(check_start_tls(row, services))
            services.discard(row["service"])  # each service once
        except Wrong as wrong:
            before, mark, after = text.partition("[[start_tls]]")
            line = before.count("\n") + line_of(mark + after, row.get("service"), "service")
            raise Wrong(f"{line}: start_tls: {wrong}") from wrong
    return ways


def match_entry(match, probe):
    texts = [match.get("service", probe["service"]), bytes_of(match.get("prefix", "")),
             match["regex"], match.get("product", ""), match.get("info", ""),
             match.get("then", "")]
    anywhere = "true" if match.get("anywhere") or probe["first"] == "server" else "false"
    decode = f"ServiceMatch::Decode::{DECODE[match.get('decode', '')]}"
    return "    {" + ",\n     ".join([*map(literal, texts), decode, anywhere]) + "},\n"


def array(kind, name, values):
    """A constant array, and how to name it; nothing where it is empty."""
    if not values:
        return "", "{}"
    return f"constexpr {kind} {name}[] = {{{', '.join(map(str, values))}}};\n", name


def probe_entry(number, probe):
    """(the arrays it refers to, the entry)."""
    ports, ports_name = array("std::uint16_t", f"k_ports_{number}", probe["ports"])
    tls_ports, tls_ports_name = array("std::uint16_t", f"k_tls_ports_{number}", probe["tls_ports"])
    matches = "".join(match_entry(match, probe) for match in probe["match"])
    before = (f"{ports}{tls_ports}constexpr ServiceMatch k_matches_{number}[] = {{\n"
              f"{matches}}};\n\n")
    texts = [literal(probe[key]) for key in ("id", "service", "send", "spec")]
    flags = ["true" if flag else "false"
             for flag in (probe["first"] == "server", probe["tls"], probe["safe"])]
    parts = [*texts, ports_name, tls_ports_name, f"k_matches_{number}",
             f"ScanProtocol::{probe['transport']}", str(probe["intensity"]), *flags]
    return before, "    {" + ",\n     ".join(parts) + "},\n"


def way_entry(number, way):
    """Likewise of a way to TLS."""
    steps = "".join("    {" + ", ".join(map(literal, (step["send"], step["whole"], step["yes"])))
                    + "},\n" for step in way["step"])
    before = f"constexpr StartTlsStep k_steps_{number}[] = {{\n{steps}}};\n\n"
    return before, f"    {{{literal(way['service'])}, {literal(way['spec'])}, k_steps_{number}}},\n"


def table(alone, probes, ways):
    entries = [probe_entry(number, probe) for number, probe in enumerate(probes)]
    way_entries = [way_entry(number, way) for number, way in enumerate(ways)]
    ranges = "".join(f"    {{{first}, {last}}},\n" for first, last in alone)
    return ('// Made of data/probes.toml: change that.\n'
            '#include "patchbay/tools/scan/service/service_table.hpp"\n\nnamespace patchbay {\n\n'
            "namespace {\n\n" + "".join(before for before, _ in entries) +
            "constexpr ServiceProbe k_probes[] = {\n" + "".join(entry for _, entry in entries) +
            "};\n\n" + "".join(before for before, _ in way_entries) +
            "constexpr std::initializer_list<StartTls> k_start_tls = {\n" +
            "".join(entry for _, entry in way_entries) +
            "};\n\nconstexpr PortRange k_left_alone[] = {\n" + ranges + "};\n\n}  // namespace\n\n"
            "std::span<const ServiceProbe> service_probes() { return k_probes; }\n"
            "std::span<const StartTls> start_tls_ways() { return k_start_tls; }\n"
            "std::span<const PortRange> left_alone_ports() { return k_left_alone; }\n\n"
            "}  // namespace patchbay\n")


def step_samples(ways):
    return "".join(
        f"    {{{literal(way['service'])}, {number}, {literal(step[key])}, {goes_on}}},\n"
        for way in ways for number, step in enumerate(way["step"]) if "sample" in step
        for key, goes_on in (("sample", "true"), ("refusal", "false")))


def samples(probes, ways):
    entries = []
    for probe in probes:
        for number, match in enumerate(probe["match"]):
            gives = match.get("gives", {})
            for place, sample in enumerate([match["sample"], *match.get("more", [])]):
                texts = [literal(gives.get(name, "")) for name in CAPTURES]
                parts = [literal(probe["id"]), str(number), literal(bytes_of(sample)),
                         "true" if place == 0 else "false", *texts]
                entries.append("    {" + ",\n     ".join(parts) + "},\n")
    return ('// Made of data/probes.toml: change that.\n'
            '#include "patchbay/tools/scan/service/service_samples_fixture.hpp"\n\n'
            'namespace patchbay {\n\n'
            "namespace {\n\nconstexpr ServiceSample k_samples[] = {\n" + "".join(entries) +
            "};\n\nconstexpr std::initializer_list<StartTlsSample> k_step_samples = {\n" +
            step_samples(ways) +
            "};\n\n}  // namespace\n\nstd::span<const ServiceSample> service_samples() "
            "{ return k_samples; }\nstd::span<const StartTlsSample> start_tls_samples() "
            "{ return k_step_samples; }\n\n}  // namespace patchbay\n")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    source, table_file, samples_file = map(pathlib.Path, sys.argv[1:])
    try:
        alone, probes, ways = read(source.read_text(encoding="utf-8"))
        table_text, samples_text = table(alone, probes, ways), samples(probes, ways)
    except Wrong as wrong:
        sys.exit(f"{source}:{wrong}")
    table_file.write_text(table_text, encoding="utf-8")
    samples_file.write_text(samples_text, encoding="utf-8")


if __name__ == "__main__":
    main()
