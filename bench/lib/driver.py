"""Rounds of cases, each contender in its turn, every run saved, failed ones too."""

import subprocess
from dataclasses import asdict

from . import machine, result
from .process import Failed


def head(benchmark, setup):
    """A result without a run: where it comes from and what was planned."""
    packages = sorted({*benchmark.packages, *benchmark.versions_of})
    return {
        "schema": 1,
        "benchmark": benchmark.name,
        "complete": False,
        "date": machine.today(),
        "commit": machine.commit(setup.root),
        "machine": machine.describe(),
        "versions": machine.versions(packages),
        "plan": asdict(setup.plan),
        "skipped": [],
        "cases": [],
        "runs": [],
    }


def record(saved, case, server, number, work):
    """Does one run and keeps its figures, or the reason why it has none. A program that is not
    there or does not end is such a reason; a mistake in the benchmark itself ends it."""
    run = {"case": case, "server": server, "round": number}
    try:
        run.update(work())
    except (Failed, OSError, subprocess.SubprocessError) as failure:
        run["failed"] = str(failure)
    saved["runs"].append(run)


def wanted(benchmark, setup):
    """The cases of the plan; all of them when it names none."""
    return [case for case in benchmark.cases(setup)
            if not setup.plan.parts or case.name in setup.plan.parts]


def measure(benchmark, setup, name, say):
    """Runs every case and returns the result, which it has saved as bench/results/NAME.json."""
    saved = head(benchmark, setup)
    for case in wanted(benchmark, setup):
        say(case.name)
        saved["cases"].append(described(case))
        for number in range(min(setup.plan.rounds, case.rounds or setup.plan.rounds)):
            for contender, work in case.contenders.items():
                record(saved, case.name, contender, number, work)
        result.save(saved, name)
    saved["complete"] = True
    result.save(saved, name)
    return saved


def described(case):
    """The case as it is saved: the report needs nothing of the code that measured it."""
    claims = [
        {"figure": claim.figure, "against": claim.against, "of": claim.of,
         "goal": asdict(claim.goal) if claim.goal else None}
        for claim in case.claims
    ]  # fmt: skip
    return {"name": case.name, "unit": case.unit, "contenders": list(case.contenders),
            "claims": claims}  # fmt: skip
