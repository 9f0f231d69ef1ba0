"""The tables and verdicts of a benchmark that is made of cases (benchmark.py)."""

import functools

from . import table
from .findings import Findings
from .result import Goal, mean, middle, paired_ratio, runs_of, worst
from .table import Table

DERIVED = {
    "rate": lambda run: run["work"] / run["seconds"],
    "per_cpu": lambda run: run["work"] / run["cpu_s"],
    "busy": lambda run: run["cpu_s"] / run["seconds"],
}
HEADER = ["case", "who", "rate", "CPU s", "busy", "peak memory", "claim", "goal", ""]
REMARK = (
    "Medians over the rounds. `CPU s`: CPU time of the process under test and its descendants in "
    "one run; `busy`: the same per second. The claims in a rival's row are the median over the "
    "rounds of ours ÷ its."
)


def figure_of(name):
    """The function that reads a figure from a run."""
    return DERIVED.get(name) or (lambda run: run[name])


def words_of(figure, value, unit):
    """A figure for people: "2,134,000 events/s", "12.3 MiB", "46 µs"."""
    if value is None:
        return "–"
    if figure == "rate":
        return table.rate(value, unit)
    if figure == "per_cpu":
        return table.rate(value, unit.removesuffix("/s") + "/CPU s")
    if figure == "busy":
        return f"{value:.0%}"
    if figure.endswith("_bytes"):
        return table.mebibytes(value) if abs(value) >= 1 << 20 else f"{value / 1024:,.1f} KiB"
    if figure == "seconds":
        return f"{value:,.3g} s"
    for ending, short in (("_us", " µs"), ("_ms", " ms"), ("_s", " s"), ("_ratio", "")):
        if figure.endswith(ending):
            return f"{value:,.3g}{short}" if value < 1000 else f"{value:,.0f}{short}"
    return f"{value:,.4g}"


class Report(Findings):
    """One table with a row a contender, and a row more for each further claim."""

    def __init__(self, saved):
        super().__init__(saved)
        rows = [row for case in saved["cases"] for row in self._case_rows(case)]
        if rows:
            self.tables.append(Table("Cases", REMARK, HEADER, rows, left=2))

    def _case_rows(self, case):
        for contender in case["contenders"]:
            ours = contender == case["contenders"][0]
            runs = runs_of(self._saved, case["name"], contender)
            first = [case["name"] if ours else "", contender, *self._figures(case, runs)]
            claims = [self._claim(case, claim) for claim in case["claims"]
                      if claim["against"] == (None if ours else contender)]  # fmt: skip
            for claim in claims or [["", "", ""]]:
                yield [*first, *claim]
                first = [""] * len(first)

    def _figures(self, case, runs):
        failed = sum(bool(run.get("failed")) for run in runs)
        if failed == len(runs):
            return ["failed", "", "", ""]
        mark = f" ({failed} of {len(runs)} failed)" if failed else ""
        whole = [run for run in runs if not run.get("failed")]
        words = []
        for figure, needed in (("rate", "work"), ("cpu_s", "cpu_s"), ("busy", "cpu_s"),
                               ("peak_bytes", "peak_bytes")):  # fmt: skip
            known = all(needed in run for run in whole)
            value = middle(whole, figure_of(figure)) if known else None
            words.append(words_of(figure, value, case["unit"]))
        return [words[0] + mark, *words[1:]]

    def _value(self, runs, figure, of, goal):
        if of == "mean":
            return mean(runs, figure)
        return worst(runs, figure, goal) if of == "worst" else middle(runs, figure)

    def _claim(self, case, claim):
        """The last three cells of a row: the value, the goal, met or not."""
        figure, against = claim["figure"], claim["against"]
        tell = functools.partial(words_of, figure, unit=case["unit"])
        ours = runs_of(self._saved, case["name"], case["contenders"][0])
        what = f"{case['name']}: {figure}"
        goal = Goal(**claim["goal"]) if claim["goal"] else None
        of = claim.get("of", "median")
        if against is None:
            value = self._value(ours, figure_of(figure), of, goal)
            words = tell(value) if of == "median" else f"{of} {tell(value)}"
        else:
            theirs = runs_of(self._saved, case["name"], against)
            value = paired_ratio(ours, theirs, figure_of(figure))
            tell = "{:g}".format
            words = f"{value:.3f}" if value is not None else "–"
            what += f" ÷ {against}"
        cell = f"{figure} {words}"
        if goal is None:
            return [cell, "", ""]
        verdict = self._judge(what, value, words, goal, tell)
        return [cell, verdict.goal, verdict.word()]
