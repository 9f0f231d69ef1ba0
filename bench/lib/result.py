"""A benchmark's saved result: every run of it, and what follows from them."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median, quantiles

RESULTS = Path(__file__).resolve().parent.parent / "results"


@dataclass(frozen=True)
class Goal:
    """A bound on a figure: `at_least` or `at_most`, the other one is None."""

    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self):
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a goal has one bound: at_least or at_most")

    def met(self, value):
        """False when there is no value: what could not be measured did not reach its goal."""
        if value is None:
            return False
        if self.at_least is not None:
            return value >= self.at_least
        return value <= self.at_most

    def words(self, tell=lambda bound: f"{bound:g}"):
        """"≥ 0.97"; `tell` puts the bound in words."""
        if self.at_least is not None:
            return f"≥ {tell(self.at_least)}"
        return f"≤ {tell(self.at_most)}"


@dataclass(frozen=True)
class Verdict:
    """One goal of the issue, and how it ended."""

    what: str
    value: str
    goal: str
    met: bool

    def word(self):
        return "met" if self.met else "NOT MET"


def save(result, name):
    """Writes bench/results/NAME.json, whole or not at all."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    unfinished = path.with_suffix(".json.part")
    head = {key: value for key, value in result.items() if key != "runs"}
    runs = ",\n".join("  " + json.dumps(run) for run in result["runs"])
    unfinished.write_text(json.dumps(head, indent=1)[:-2] + f',\n "runs": [\n{runs}\n ]\n}}\n')
    os.replace(unfinished, path)
    return path


def exists(name):
    return (RESULTS / f"{name}.json").is_file()


def load(name):
    return json.loads((RESULTS / f"{name}.json").read_text())


def runs_of(result, case, server):
    """The runs of one server in one case, in the order of the rounds."""
    return [run for run in result["runs"] if run["case"] == case and run["server"] == server]


def middle(runs, figure):
    """The median of a figure over the runs that have it; None when none has."""
    values = [figure(run) for run in runs if not run.get("failed")]
    return median(values) if values else None


def mean(runs, figure):
    """The mean of a figure over all runs; None when one of them failed."""
    if not runs or any(run.get("failed") for run in runs):
        return None
    return fmean(figure(run) for run in runs)


def worst(runs, figure, goal):
    """The value of a figure that is the farthest from its goal, the highest where there is none;
    None when a run failed."""
    if not runs or any(run.get("failed") for run in runs):
        return None
    lowest = goal is not None and goal.at_least is not None
    return (min if lowest else max)(figure(run) for run in runs)


def _paired_ratios(ours, theirs, figure):
    """Ours ÷ theirs of each round. One in which either failed has no ratio."""
    rounds = {run["round"]: run for run in theirs if not run.get("failed")}
    return [
        figure(run) / figure(rounds[run["round"]])
        for run in ours
        if not run.get("failed") and run["round"] in rounds and figure(rounds[run["round"]]) > 0
    ]


def paired_ratio(ours, theirs, figure):
    """The median over the rounds of ours ÷ theirs; None when no round has both."""
    ratios = _paired_ratios(ours, theirs, figure)
    return median(ratios) if ratios else None


def ratio_quartiles(ours, theirs, figure):
    """Between which two the middle half of the rounds' ratios lies; None when no round has both."""
    ratios = _paired_ratios(ours, theirs, figure)
    if not ratios:
        return None
    if len(ratios) == 1:
        return ratios[0], ratios[0]
    low, _, high = quantiles(ratios, n=4, method="inclusive")
    return low, high
