#!/usr/bin/env python3
"""Makes a C++ table of the files of a page, web/dist/NAME, that are to be a part of the program.

usage: page.py FOLDER FUNCTION TABLE.cpp

The table is a function of that name that returns a span of EmbeddedAsset
(http/embedded_assets.hpp). Beside each file stand NAME.gz and NAME.br, its packed forms.
"""

import pathlib
import sys

PACKED = {".gz": "gzip", ".br": "br"}
BYTES_A_LINE = 32


def array(name, data):
    lines = [",".join(map(str, data[at:at + BYTES_A_LINE]))
             for at in range(0, len(data), BYTES_A_LINE)]
    return f"constexpr unsigned char {name}[] = {{\n" + ",\n".join(lines) + "};\n"


def table(folder, function):
    arrays, entries = [], []
    files = sorted(path for path in folder.iterdir() if path.suffix not in PACKED)
    if not files:
        sys.exit(f"{folder}: there is no page")
    for number, path in enumerate(files):
        fields = [f'.path = "/{path.name}"']
        for field, source in [("content", path)] + [
                (field, path.with_name(path.name + suffix)) for suffix, field in PACKED.items()]:
            if not source.is_file():
                sys.exit(f"{source}: is not there; run web/build")
            name = f"k_{field}_{number}"
            arrays.append(array(name, source.read_bytes()))
            fields.append(f".{field} = text({name})")
        entries.append("      {" + ", ".join(fields) + "},\n")
    return ('#include <span>\n#include <string_view>\n\n'
            '#include "patchbay/http/embedded_assets.hpp"\n\nnamespace patchbay {\n\n'
            "namespace {\n\n" + "\n".join(arrays) + "\n"
            "template <std::size_t size>\n"
            "std::string_view text(const unsigned char (&bytes)[size]) {\n"
            "  return {reinterpret_cast<const char*>(bytes), size};\n}\n\n"
            "}  // namespace\n\n"
            f"std::span<const EmbeddedAsset> {function}();\n"
            f"std::span<const EmbeddedAsset> {function}() {{\n"
            "  static const EmbeddedAsset files[] = {\n" + "".join(entries) +
            "  };\n  return files;\n}\n\n}  // namespace patchbay\n")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder, function, target = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    target.write_text(table(folder, function), encoding="utf-8")


if __name__ == "__main__":
    main()
