"""What a saved result says, whatever the benchmark: tables, verdicts, and what went wrong."""

from .result import Verdict


class Findings:
    """`tables` in the order of the page; `verdicts` has one entry a goal."""

    TITLES = {}  # of the contenders whose saved name is no title

    def __init__(self, saved):
        self._saved = saved
        self.tables = []
        self.verdicts = []

    def failures(self):
        """(case, server, round, reason) of every run without a result."""
        return [
            (run["case"], self.TITLES.get(run["server"], run["server"]), run["round"] + 1,
             run["failed"])
            for run in self._saved["runs"]
            if run.get("failed")
        ]  # fmt: skip

    def disturbed(self):
        """How many runs had to wait for their core for more than 2 % of the time, because some
        other program of the machine ran there; and of how many that is known."""
        known = [run for run in self._saved["runs"] if self._is_alone(run)]
        return sum(run["waited_s"] > 0.02 * run["seconds"] for run in known), len(known)

    def skipped(self):
        """(what, reason) of everything that could not be measured at all."""
        return [(entry["what"], entry["why"]) for entry in self._saved["skipped"]]

    def _is_alone(self, run):
        """Whether only a stranger can have kept this run waiting: it is one process."""
        return "waited_s" in run

    def _judge(self, what, value, words, goal, tell=lambda bound: f"{bound:g}"):
        verdict = Verdict(
            what, words if value is not None else "no value", goal.words(tell), goal.met(value)
        )
        self.verdicts.append(verdict)
        return verdict
