"""Tables as aligned text for a terminal and as Markdown; numbers as people read them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Cells are finished text. The first `left` columns are words, the others mostly numbers."""

    title: str
    remark: str
    header: list
    rows: list
    left: int = 1

    def text(self):
        widths = self._widths(0)
        lines = [self._line(row, widths, "  ").rstrip() for row in [self.header, *self.rows]]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join(lines)

    def markdown(self):
        widths = self._widths(3)
        lines = [f"| {self._line(row, widths, ' | ')} |" for row in [self.header, *self.rows]]
        rules = [
            "-" * (width + 1) + ("-" if column < self.left else ":")
            for column, width in enumerate(widths)
        ]
        lines.insert(1, f"|{'|'.join(rules)}|")
        return "\n".join(lines)

    def _widths(self, least):
        columns = zip(self.header, *self.rows)
        return [max(least, *(len(cell) for cell in column)) for column in columns]

    def _line(self, row, widths, gap):
        words = [cell.ljust(width) for cell, width in zip(row, widths)]
        numbers = [cell.rjust(width) for cell, width in zip(row, widths)]
        return gap.join(words[: self.left] + numbers[self.left :])


def count(value):
    return f"{value:,.0f}"


def rate(value, unit):
    """Per second: bits with a prefix, as on a line's label, all else as a plain number."""
    if unit == "bit/s":
        for factor, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
            if value >= factor:
                return f"{value / factor:,.2f} {prefix}bit/s"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def mebibytes(value):
    return f"{value / (1 << 20):,.1f} MiB"


def microseconds(value):
    return f"{value:,.0f} µs"


def size(value):
    return f"{value // 1024} KiB" if value >= 1024 and value % 1024 == 0 else f"{value} B"
