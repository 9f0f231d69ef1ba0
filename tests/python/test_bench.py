"""The benchmark driver: order of the runs, medians, ratios, goals, and the page made from them."""

import contextlib
import io
import json
import pathlib
import subprocess
import tempfile
import unittest
from unittest import mock

from lib import case_report, chat_load, driver, machine, registry, report, result, table
from lib.benchmark import Benchmark, Case, Claim, Plan, Setup
from lib.process import Failed
from lib.result import Goal

ROOT = pathlib.Path(__file__).resolve().parents[2]


def runs(*values, server="patchbay"):
    """A run a round; None is one that failed."""
    return [{"case": "c", "server": server, "round": number}
            | ({"failed": "no luck"} if value is None else {"rate": value})
            for number, value in enumerate(values)]


def rate(run):
    return run["rate"]


class Versions(unittest.TestCase):
    def test_only_packages_that_are_named_are_told_of(self):
        self.assertEqual(machine.versions([]), {})
        self.assertEqual(list(machine.versions(["dpkg", "no-such-package"])), ["dpkg"])


class Figures(unittest.TestCase):
    def test_median_of_what_did_not_fail(self):
        self.assertEqual(result.middle(runs(5, 1, 9), rate), 5)
        self.assertEqual(result.middle(runs(4, None, 2), rate), 3)
        self.assertIsNone(result.middle(runs(None, None), rate))
        self.assertIsNone(result.middle([], rate))

    def test_ratio_is_paired_by_round(self):
        # The machine was slow in round 2; the ratio of the medians would be 1.
        self.assertEqual(result.paired_ratio(runs(10, 20, 4), runs(5, 10, 20), rate), 2)

    def test_ratio_without_the_rounds_in_which_one_failed(self):
        self.assertEqual(result.paired_ratio(runs(10, None, 30), runs(5, 1, None), rate), 2)
        self.assertIsNone(result.paired_ratio(runs(None, 1), runs(1, None), rate))

    def test_ratio_to_nothing(self):
        self.assertIsNone(result.paired_ratio(runs(1), runs(0), rate))

    def test_quartiles_of_the_ratios(self):
        ours, theirs = runs(1, 2, 3, 4, 10), runs(1, 1, 1, 1, 1)
        self.assertEqual(result.ratio_quartiles(ours, theirs, rate), (2, 4))
        self.assertEqual(result.ratio_quartiles(runs(3), runs(2), rate), (1.5, 1.5))
        self.assertIsNone(result.ratio_quartiles(runs(None), runs(2), rate))

    def test_mean_and_worst_of_all_rounds_or_of_none(self):
        self.assertEqual(result.mean(runs(1, 2, 6), rate), 3)
        self.assertEqual(result.worst(runs(1, 2, 6), rate, None), 6)
        self.assertEqual(result.worst(runs(1, 2, 6), rate, Goal(at_most=3)), 6)
        self.assertEqual(result.worst(runs(1, 2, 6), rate, Goal(at_least=2)), 1)
        for empty in (runs(1, None, 6), []):
            self.assertIsNone(result.mean(empty, rate))
            self.assertIsNone(result.worst(empty, rate, None))

    def test_runs_of_keeps_cases_and_servers_apart(self):
        saved = {"runs": runs(1, 2) + runs(3, server="bare")
                 + [{"case": "d", "server": "patchbay", "round": 0, "rate": 4}]}
        self.assertEqual([run["rate"] for run in result.runs_of(saved, "c", "patchbay")], [1, 2])


class Goals(unittest.TestCase):
    def test_at_least(self):
        goal = Goal(at_least=0.97)
        self.assertTrue(goal.met(0.97))
        self.assertTrue(goal.met(1.2))
        self.assertFalse(goal.met(0.969))
        self.assertEqual(goal.words(), "≥ 0.97")

    def test_at_most(self):
        goal = Goal(at_most=400)
        self.assertTrue(goal.met(400))
        self.assertTrue(goal.met(3))
        self.assertFalse(goal.met(400.1))
        self.assertEqual(goal.words("{:g} B".format), "≤ 400 B")

    def test_no_value_meets_no_goal(self):
        self.assertFalse(Goal(at_most=1).met(None))
        self.assertFalse(Goal(at_least=0).met(None))

    def test_one_bound(self):
        with self.assertRaises(ValueError):
            Goal()
        with self.assertRaises(ValueError):
            Goal(at_least=1, at_most=2)


class Driven(unittest.TestCase):
    """A benchmark whose contenders answer from a list."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        patch = mock.patch.object(result, "RESULTS", pathlib.Path(self.folder.name) / "results")
        patch.start()
        self.addCleanup(patch.stop)
        self.order = []

    def contender(self, name, answers):
        answers = iter(answers)

        def run():
            self.order.append(name)
            answer = next(answers)
            if answer is None:
                raise Failed("no luck")
            return {"work": answer, "seconds": 2, "cpu_s": 1, "peak_bytes": 3 << 20,
                    "p99_us": 1000 / answer}

        return run

    def benchmark(self, ours, theirs, claims, unit="events/s"):
        def cases(_setup):
            yield Case("busy", unit, {"patchbay": self.contender("A", ours),
                                      "rival": self.contender("B", theirs)}, claims)
            yield Case("idle", unit, {"patchbay": self.contender("C", ours)})

        return Benchmark(name="made-up", summary="", cases=cases, packages=["bash"],
                         versions_of=["no-such-package"])

    def measure(self, ours, theirs, claims=(), parts=(), unit="events/s"):
        setup = Setup(Plan(len(ours), 0.1, 0, parts), ROOT, ROOT, ROOT / "patchbay")
        benchmark = self.benchmark(ours, theirs, claims, unit)
        return driver.measure(benchmark, setup, benchmark.name, lambda _text: None)


class Driver(Driven):
    def test_contenders_take_turns(self):
        self.measure([1, 2, 3], [1, 2, 3])
        self.assertEqual("".join(self.order), "ABABABCCC")

    def test_a_slow_case_has_fewer_rounds(self):
        def cases(_setup):
            yield Case("slow", "x/s", {"patchbay": self.contender("S", range(1, 9))}, rounds=2)
            yield Case("short", "x/s", {"patchbay": self.contender("T", range(1, 9))}, rounds=9)

        benchmark = Benchmark(name="made-up", summary="", cases=cases)
        setup = Setup(Plan(3, 0.1, 0, ()), ROOT, ROOT, ROOT / "patchbay")
        driver.measure(benchmark, setup, benchmark.name, lambda _text: None)
        self.assertEqual("".join(self.order), "SSTTT")

    def test_a_failed_run_is_saved_and_ends_nothing(self):
        saved = self.measure([1, 2], [None, 2])
        self.assertEqual([run.get("failed") for run in saved["runs"]],
                         [None, "no luck", None, None, None, None])
        self.assertTrue(saved["complete"])

    def test_a_program_that_is_missing_or_hangs_is_a_failed_run(self):
        saved = {"runs": []}
        for work in (lambda: subprocess.run(["/no/such/program"]),
                     lambda: subprocess.run(["sleep", "60"], timeout=0.05)):
            driver.record(saved, "c", "patchbay", 0, work)
        self.assertIn("No such file", saved["runs"][0]["failed"])
        self.assertIn("timed out", saved["runs"][1]["failed"])

    def test_what_was_measured_and_where(self):
        saved = self.measure([1], [1])
        self.assertEqual(list(saved["versions"]), ["bash"])
        self.assertEqual(saved["plan"]["rounds"], 1)
        self.assertGreater(saved["machine"]["cores"], 0)
        self.assertTrue(saved["machine"]["kernel"])

    def test_only(self):
        self.measure([1], [1], parts=("idle",))
        self.assertEqual("".join(self.order), "C")

    def test_saved_result_comes_back(self):
        saved = self.measure([1, None], [3, 4], [Claim("rate", Goal(at_least=2), "rival")])
        self.assertEqual(result.load("made-up"), json.loads(json.dumps(saved)))
        self.assertEqual([path.name for path in result.RESULTS.iterdir()], ["made-up.json"])

    def test_a_run_that_is_cut_short_is_not_complete(self):
        with self.assertRaises(KeyError):
            self.measure_with_a_defect()
        self.assertFalse(result.load("made-up")["complete"])

    def measure_with_a_defect(self):
        def cases(_setup):
            yield Case("whole", "events/s", {"patchbay": self.contender("A", [1])})
            yield Case("defect", "events/s", {"patchbay": lambda: {}["no such figure"]})

        setup = Setup(Plan(1, 0.1, 0, ()), ROOT, ROOT, ROOT / "patchbay")
        driver.measure(Benchmark("made-up", "", cases), setup, "made-up", lambda _text: None)


class Reports(Driven):
    def report(self, ours, theirs, claims, unit="events/s"):
        """The verdicts and the rows of the first case, from the saved file as the page has it."""
        self.measure(ours, theirs, claims, unit=unit)
        return case_report.Report(result.load("made-up"))

    def test_absolute_claim(self):
        found = self.report([100, 300, 200], [1, 1, 1], [Claim("rate", Goal(at_least=101))])
        verdict = found.verdicts[0]
        self.assertEqual((verdict.what, verdict.value, verdict.goal, verdict.met),
                         ("busy: rate", "100 events/s", "≥ 101 events/s", False))

    def test_ratio_of_rates(self):
        found = self.report([100, 300], [50, 100], [Claim("rate", Goal(at_least=2.5), "rival")])
        verdict = found.verdicts[0]
        self.assertEqual((verdict.what, verdict.value, verdict.goal, verdict.met),
                         ("busy: rate ÷ rival", "2.500", "≥ 2.5", True))

    def test_ratio_where_less_is_better(self):
        claims = [Claim("p99_us", Goal(at_most=1.1), "rival")]
        self.assertTrue(self.report([10], [10], claims).verdicts[0].met)
        self.assertTrue(self.report([20], [10], claims).verdicts[0].met)
        self.assertFalse(self.report([10], [20], claims).verdicts[0].met)

    def test_claim_without_a_goal_is_shown_and_not_judged(self):
        found = self.report([10], [20], [Claim("p99_us", None, "rival")])
        self.assertEqual(found.verdicts, [])
        self.assertIn("p99_us 2.000", found.tables[0].text())

    def test_no_value_does_not_meet_the_goal(self):
        found = self.report([None], [10], [Claim("rate", Goal(at_most=5), "rival")])
        self.assertEqual(found.verdicts[0].value, "no value")
        self.assertFalse(found.verdicts[0].met)

    def test_rows(self):
        found = self.report([100, None], [50, 60], [
            Claim("rate", Goal(at_least=1)),
            Claim("rate", Goal(at_least=1), "rival"),
            Claim("peak_bytes", Goal(at_most=1), "rival"),
        ])
        self.assertEqual(found.tables[0].rows, [
            ["busy", "patchbay", "50 events/s (1 of 2 failed)", "1 s", "50%", "3.0 MiB",
             "rate 50 events/s", "≥ 1 events/s", "met"],
            ["", "rival", "27.5 events/s", "1 s", "50%", "3.0 MiB", "rate 2.000", "≥ 1", "met"],
            ["", "", "", "", "", "", "peak_bytes 1.000", "≤ 1", "met"],
            ["idle", "patchbay", "50 events/s (1 of 2 failed)", "1 s", "50%", "3.0 MiB",
             "", "", ""],
        ])
        self.assertEqual(found.failures()[0], ("busy", "patchbay", 2, "no luck"))

    def test_a_contender_that_always_failed(self):
        found = self.report([10, 10], [None, None], [Claim("rate", Goal(at_least=1), "rival")])
        self.assertEqual(found.tables[0].rows[1],
                         ["", "rival", "failed", "", "", "", "rate –", "≥ 1", "NOT MET"])

    def test_bits(self):
        found = self.report([5e9], [1], [Claim("rate", Goal(at_least=2e9))], unit="bit/s")
        self.assertEqual((found.verdicts[0].value, found.verdicts[0].goal),
                         ("2.50 Gbit/s", "≥ 2.00 Gbit/s"))


class Page(Driven):
    def page(self, ours, theirs, claims):
        saved = self.measure(ours, theirs, claims)
        known = {"made-up": Benchmark("made-up", "", remark="Nothing of this is real.")}
        with mock.patch.object(registry, "find_all", lambda: known):
            return report.page({"made-up": saved})

    def test_losses_come_first_and_by_name(self):
        text = self.page([10, None], [20, 20], [
            Claim("rate", Goal(at_least=1)), Claim("rate", Goal(at_least=0.9), "rival")])
        lost = "- NOT MET: busy: rate ÷ rival: 0.500 (goal ≥ 0.9)"
        self.assertIn("| [made-up](#made-up) | 1 of 2 |", text)
        self.assertIn(lost, text)
        self.assertIn("- FAILED RUN: busy, patchbay, round 2: no luck", text)
        self.assertLess(text.index(lost), text.index("| case"))
        self.assertIn("Nothing of this is real.", text)
        self.assertIn("bash ", text)

    def test_the_page_is_what_the_saved_results_say(self):
        with mock.patch.object(result, "RESULTS", ROOT / "bench" / "results"):
            wanted = report.page(report.complete_results())
        self.assertEqual(report.PAGE.read_text(), wanted, "run: ./dev bench report")

    def test_terminal_shows_the_same_losses(self):
        saved = self.measure([10], [20], [Claim("rate", Goal(at_least=0.9), "rival")])
        known = {"made-up": Benchmark("made-up", "")}
        out = io.StringIO()
        with mock.patch.object(registry, "find_all", lambda: known), \
                contextlib.redirect_stdout(out):
            report.print_tables(saved)
        self.assertIn("NOT MET: busy: rate ÷ rival: 0.500 (goal ≥ 0.9)", out.getvalue())


class Registry(unittest.TestCase):
    def test_every_benchmark_can_be_measured(self):
        for name, benchmark in registry.find_all().items():
            with self.subTest(name):
                self.assertTrue(benchmark.summary)
                self.assertGreaterEqual(benchmark.rounds, 5)
                self.assertTrue(benchmark.cases or (benchmark.measure and benchmark.report))

    def test_saved_results_belong_to_a_benchmark(self):
        kept = {path.stem for path in (ROOT / "bench/results").glob("*.json")}
        kept = {name for name in kept if not name.endswith("-trial")}
        self.assertLessEqual(kept, set(registry.find_all()))


class Chat(unittest.TestCase):
    """What is made of a record of `patchbay bench chat`."""

    def record(self, **changes):
        memory = {"cpu_us": 0, "resident_bytes": 1, "peak_bytes": 1, "anonymous_bytes": 1,
                  "data_bytes": 100}
        return {
            "clients": 10, "entered": 10, "talkers": 1, "deliveries": 90,
            "deliveries_per_second": 45.0, "lines_per_second": 5.0, "measured_us": 2_000_000,
            "lost": 0, "doubled": 0, "reordered": 0, "strange": 0, "refusals": 0, "unseen": 0,
            "entered_us": 1000, "joined_us": 3_000_000, "cpu_us": 400_000, "cut_stalled": 0,
            "p50_us": 1, "p99_us": 2, "p999_us": 3, "errors": {"reset": 0, "lost": 0},
            "client_idled_bytes": 1024.0, "server_join_cpu_us": 2_000_000,
            "server_idle_cpu_us": 10_000, "server_talk_cpu_us": 500_000,
            "server": {"begun": memory, "entered": memory, "joined": memory | {"peak_bytes": 7},
                       "idled": memory | {"data_bytes": 2100},
                       "talk_ended": memory | {"peak_bytes": 9}},
        } | changes  # fmt: skip

    def test_figures(self):
        found = chat_load.figures(self.record())
        self.assertEqual((found["work"], found["seconds"], found["cpu_s"]), (90, 2, 0.5))
        self.assertEqual((found["joined_s"], found["join_cpu_s"]), (3, 2))
        self.assertEqual((found["storm_peak_bytes"], found["peak_bytes"]), (7, 9))
        self.assertEqual((found["each_bytes"], found["each_data_bytes"]), (1024, 200))

    def test_nobody_talks(self):
        record = self.record(measured_us=0, talkers=0, deliveries=0)
        del record["server"]["talk_ended"]
        found = chat_load.figures(record)
        self.assertEqual(found["idle_cpu_s"], 0.01)
        self.assertNotIn("cpu_s", found)
        chat_load.check("patchbay", record)

    def test_a_storm_that_did_not_end_has_no_time(self):
        record = self.record(unseen=5)
        del record["joined_us"]
        self.assertNotIn("joined_s", chat_load.figures(record))

    def test_ours_has_to_be_flawless(self):
        chat_load.check("patchbay", self.record())
        for changes in ({"lost": 1}, {"doubled": 1}, {"reordered": 1}, {"unseen": 1},
                        {"entered": 9}, {"errors": {"reset": 1}}):
            with self.assertRaises(Failed):
                chat_load.check("patchbay", self.record(**changes))
            chat_load.check("ngircd", self.record(**changes))  # which is told of, and no more
            self.assertTrue(chat_load.flaws(self.record(**changes)))

    def test_the_server_s_words_are_told(self):
        record = self.record(errors={"ended": 3}, first_farewell="SendQ exceeded")
        self.assertEqual(chat_load.flaws(record), "3 ended, SendQ exceeded")

    def test_without_a_delivery_nobody_has_a_result(self):
        with self.assertRaises(Failed):
            chat_load.check("ngircd", self.record(deliveries=0))


class Words(unittest.TestCase):
    def test_rates(self):
        self.assertEqual(table.rate(2_134_567.8, "events/s"), "2,134,568 events/s")
        self.assertEqual(table.rate(3.7e9, "bit/s"), "3.70 Gbit/s")
        self.assertEqual(table.rate(12, "bit/s"), "12 bit/s")
        self.assertEqual(table.rate(1.8372, "scans/s"), "1.84 scans/s")

    def test_figures(self):
        words = case_report.words_of
        self.assertEqual(words("p99_us", 46.4, ""), "46.4 µs")
        self.assertEqual(words("p99_us", 188_744, ""), "188,744 µs")
        self.assertEqual(words("delay_ms", 50.04, ""), "50 ms")
        self.assertEqual(words("cpu_s", 1.234, ""), "1.23 s")
        self.assertEqual(words("peak_bytes", 3 << 20, ""), "3.0 MiB")
        self.assertEqual(words("each_bytes", 12 << 10, ""), "12.0 KiB")
        self.assertEqual(words("per_cpu", 5000, "events/s"), "5,000 events/CPU s")
        self.assertEqual(words("rate", None, "events/s"), "–")


if __name__ == "__main__":
    unittest.main()
