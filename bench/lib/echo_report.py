"""What the saved result of `bench/run echo` says: its tables, and each goal with its end."""

from . import table
from .findings import Findings
from .result import Goal, middle, paired_ratio, ratio_quartiles, runs_of
from .table import Table

P99_GOAL = Goal(at_most=1.1)
UDP_GOAL = Goal(at_least=0.95)
IDLE_GOAL = Goal(at_most=400)
START_GOAL = Goal(at_most=10)

# The names google-benchmark reports (bench/micro.cpp), what one item is, and the most it may take.
MICRO_GOALS = {
    "timer_arm_cancel": ("1,000,000 timers armed and cancelled", 1e6, Goal(at_most=10), "ms"),
    "spawn_run_join": ("a task spawned, run and joined", 1.0, Goal(at_most=20), "ns"),
}

TITLES = {
    "patchbay": "patchbay",
    "bare": "bare loop",
    "bare-again": "bare loop again",
    "asio": "Asio 1.22",
    "ncat": "ncat",
    "socat": "socat PIPE",
    "socat-exec": "socat EXEC:cat",
}
START_TITLES = {
    "patchbay": "patchbay --version",
    "true": "/bin/true",
    "ncat": "ncat --version",
    "socat": "socat -V",
}


def throughput_goal(case, server):
    if case["mode"] == "udp":
        return UDP_GOAL
    if server == "bare":
        return Goal(at_least=0.97)
    if server == "asio":
        return Goal(at_least=1.25 if case["connections"] == 1000 else 1.0)
    return None  # the one-process-per-connection tools are shown for comparison


def per_cpu_second(run):
    return run["requests"] / run["cpu_s"]


def per_second(run):
    return run["requests"] / run["seconds"]


def busy(run):
    return run["cpu_s"] / run["seconds"]


def p99_us(run):
    return run["p99_us"]


def load_words(case):
    kind = "socket" if case["mode"] == "udp" else "connection"
    plural = "" if case["connections"] == 1 else "s"
    size = table.size(case["size"])
    return f"{case['connections']:,} {kind}{plural}, {size}, depth {case['depth']}"


def ratio_words(ours, theirs):
    """"0.98 (0.93–1.01)": the median of the paired ratios and their quartiles."""
    ratio = paired_ratio(ours, theirs, per_cpu_second)
    if ratio is None:
        return "–"
    low, high = ratio_quartiles(ours, theirs, per_cpu_second)
    return f"{ratio:.3f} ({low:.2f}–{high:.2f})"


class Report(Findings):
    TITLES = TITLES

    def __init__(self, saved):
        super().__init__(saved)
        for mode, title in (("tcp", "TCP echo"), ("udp", "UDP echo")):
            cases = [case for case in saved["cases"] if case["mode"] == mode]
            if cases:
                self._echo(title, cases)
        others = {"idle": self._idle, "start": self._start, "micro": self._micro}
        for part, tell in others.items():
            if part in saved["plan"]["parts"]:
                tell()

    def _is_alone(self, run):
        """The processes of ncat and socat wait for each other."""
        return super()._is_alone(run) and run["server"] in ("patchbay", "bare", "asio")

    def _echo(self, title, cases):
        header = ["load", "server", "req / CPU s", "req / s", "busy", "p99", "peak memory",
                  "patchbay ÷ it", "goal", ""]  # fmt: skip
        rows = [row for case in cases for row in self._case_rows(case)]
        remark = (
            "Medians over the rounds. `req / CPU s`: requests answered per second of CPU time of "
            "the server's processes. `busy`: CPU seconds of the server per second; well under "
            "100 % the generator's side sets the pace. `patchbay ÷ it`: median of the paired "
            "ratios of req / CPU s, with the quartiles of the rounds; in patchbay's own row, its "
            "p99 ÷ the better p99 of the bare loop and Asio. `bare loop again` is the control: the "
            "same program twice, and the ratio of its second turn to its first."
        )
        self.tables.append(Table(title, remark, header, rows, left=2))

    def _case_rows(self, case):
        ours = runs_of(self._saved, case["name"], "patchbay")
        rows = []
        for server in case["servers"]:
            runs = runs_of(self._saved, case["name"], server)
            if server == "patchbay":
                judged = self._p99(case, ours) if case["mode"] == "tcp" else ["", "", ""]
            elif server == "bare-again":
                judged = self._control(case, runs)
            else:
                judged = self._throughput(case, ours, runs, server)
            load = load_words(case) if server == "patchbay" else ""
            rows.append([load, TITLES[server], *self._figures(runs), *judged])
        return rows

    def _figures(self, runs):
        failed = sum(bool(run.get("failed")) for run in runs)
        if failed == len(runs):
            return ["failed", "", "", "", ""]
        mark = f" ({failed} of {len(runs)} failed)" if failed else ""
        return [
            table.count(middle(runs, per_cpu_second)) + mark,
            table.count(middle(runs, per_second)),
            f"{middle(runs, busy):.0%}",
            table.microseconds(middle(runs, p99_us)),
            table.mebibytes(middle(runs, lambda run: run["peak_bytes"])),
        ]

    def _control(self, case, again):
        first = runs_of(self._saved, case["name"], "bare")
        return [f"control {ratio_words(again, first)}", "", ""]

    def _throughput(self, case, ours, theirs, server):
        ratio = paired_ratio(ours, theirs, per_cpu_second)
        words = ratio_words(ours, theirs)
        goal = throughput_goal(case, server)
        if goal is None:
            return [words, "", ""]
        mode = case["mode"].upper()
        what = f"{mode} {load_words(case)}: requests per CPU second ÷ {TITLES[server]}"
        verdict = self._judge(what, ratio, words, goal)
        return [words, verdict.goal, verdict.word()]

    def _p99(self, case, ours):
        rivals = [runs_of(self._saved, case["name"], server) for server in ("bare", "asio")]
        rivals = [runs for runs in rivals if middle(runs, p99_us) is not None]
        better = min(rivals, key=lambda runs: middle(runs, p99_us), default=[])
        ratio = paired_ratio(ours, better, p99_us)
        words = f"{ratio:.3f}" if ratio is not None else "–"
        what = f"{case['mode'].upper()} {load_words(case)}: p99 ÷ the better of bare loop and Asio"
        verdict = self._judge(what, ratio, words, P99_GOAL)
        return [f"p99 {words}", verdict.goal, verdict.word()]

    def _idle(self):
        rows = []
        for server in ("patchbay", "bare", "asio"):
            runs = runs_of(self._saved, "idle", server)
            each = middle(runs, lambda run: run["bytes_each"])
            words = f"{each:,.0f} B" if each is not None else "failed"
            judged = ["", ""]
            if server == "patchbay":
                verdict = self._judge("15,000 idle connections: memory each", each, words,
                                      IDLE_GOAL, "{:g} B".format)  # fmt: skip
                judged = [verdict.goal, verdict.word()]
            rows.append([TITLES[server], words, *judged])
        remark = (
            "15,000 TCP connections that have echoed one message each and now wait: growth of the "
            "server's private memory per connection, without the kernel's."
        )
        header = ["server", "memory each", "goal", ""]
        self.tables.append(Table("Idle connections", remark, header, rows))

    def _start(self):
        rows = []
        for server, title in START_TITLES.items():
            runs = runs_of(self._saved, "start", server)
            wall = middle(runs, lambda run: run["wall_s"] * 1000)
            cpu = middle(runs, lambda run: run["cpu_s"] * 1000)
            words = [f"{value:.2f} ms" if value is not None else "failed" for value in (wall, cpu)]
            judged = ["", ""]
            if server == "patchbay":
                verdict = self._judge("a command that does nothing, start to end", wall, words[0],
                                      START_GOAL, "{:g} ms".format)  # fmt: skip
                judged = [verdict.goal, verdict.word()]
            rows.append([title, *words, *judged])
        remark = (
            "A whole process that prints its version, `/bin/true` as the floor: medians of 101 "
            "runs each, taken in turn."
        )
        header = ["program", "wall time", "CPU time", "goal", ""]
        self.tables.append(Table("Start-up", remark, header, rows))

    def _micro(self):
        rows = []
        runs = [run for run in self._saved["runs"] if run["case"] == "micro"]
        for name in dict.fromkeys(run["server"] for run in runs):
            each_ns = middle(runs_of(self._saved, "micro", name), lambda run: run["ns_each"])
            if name not in MICRO_GOALS:
                rows.append([f"`{name}`", f"{each_ns:.1f} ns", "", ""])
        for name, (what, items, goal, unit) in MICRO_GOALS.items():
            each_ns = middle(runs_of(self._saved, "micro", name), lambda run: run["ns_each"])
            value = each_ns * items / (1e6 if unit == "ms" else 1) if each_ns is not None else None
            words = f"{value:.1f} {unit}" if value is not None else ""
            verdict = self._judge(what, value, words, goal, f"{{:g}} {unit}".format)
            rows.insert(0, [f"{what} (`{name}`)", verdict.value, verdict.goal, verdict.word()])
        header = ["what", "time", "goal", ""]
        remark = "Medians of the repetitions."
        self.tables.append(Table("Timers and tasks", remark, header, rows))
