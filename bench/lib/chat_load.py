"""Loads on a chat server under test (`patchbay bench chat`): one run each, and what it cost."""

import json
import subprocess
import tempfile

from . import process
from .chat_servers import Server
from .process import Failed

PATIENCE_S = 900  # a join storm of ten thousand takes some servers minutes
SILENCE_S = 30    # of the server, which ends a phase
LINE_BYTES = 100
OURS = "patchbay"


def milliseconds(seconds):
    return f"{seconds * 1000:.0f}ms"


def load(setup, server, *flags):
    """The generator's record of one load on the other core."""
    words = [setup.patchbay, "bench", "chat", f"127.0.0.1:{server.port}", "--json", "--quiet",
             "--size", LINE_BYTES, "--time", milliseconds(setup.plan.time_s),
             "--warmup", milliseconds(setup.plan.warm_up_s), "--timeout", f"{SILENCE_S}s",
             "--server-pid", server.pid, *flags]  # fmt: skip
    with tempfile.TemporaryFile() as output:
        program = process.Program(list(map(str, words)), process.OTHER_CORE, stdout=output)
        try:
            program.process.wait(PATIENCE_S)
            output.seek(0)
            return result_of(output.read().decode(), program)
        except subprocess.TimeoutExpired:
            raise Failed(f"the load did not end within {PATIENCE_S} s") from None
        finally:
            program.end()


def result_of(text, program):
    for line in text.splitlines():
        record = json.loads(line)
        if record["type"] == "result":
            return record
        if record["type"] == "error":
            raise Failed(f"the load: {record['what']}, {record['why']}")
    raise Failed(f"the load has no result: {program.last_words()}")


def flaws(found):
    """What was wrong with a load, in words; empty when nothing was."""
    wrong = {name: found[name] for name in ("lost", "doubled", "reordered", "strange", "refusals",
                                            "unseen") if found[name]}  # fmt: skip
    wrong |= {name: times for name, times in found["errors"].items() if times}
    if found["entered"] < found["clients"]:
        wrong["not entered"] = found["clients"] - found["entered"]
    words = [f"{times} {name}" for name, times in wrong.items()]
    words += [found[name] for name in ("first_refusal", "first_farewell") if found.get(name)]
    return ", ".join(words)


def check(kind, found):
    """Ours has to be flawless. A rival may lose clients, which it does where its room for what
    waits is too small for the storm: the rest of them still tells what a delivery costs."""
    wrong = flaws(found)
    if wrong and kind == OURS:
        raise Failed(wrong)
    if found["talkers"] and found["deliveries"] == 0:
        raise Failed(f"nothing was delivered: {wrong}")


def run(setup, kind, *flags, stores=False):
    """One load on one server: the figures of a case."""
    with Server(setup, kind, stores) as server:
        found = load(setup, server, *flags)
        server.check_alive()
        check(kind, found)
        numbers = figures(found)
        if stores:
            numbers["stored"], numbers["store_end_s"] = server.stored()
        return numbers


def figures(found):
    server = found["server"]
    last = server.get("talk_ended") or server["idled"]
    seconds = found["measured_us"] / 1e6
    numbers = {
        "peak_bytes": last["peak_bytes"],
        "storm_peak_bytes": server["joined"]["peak_bytes"],
        "each_bytes": found["client_idled_bytes"],
        "each_data_bytes": (server["idled"]["data_bytes"] - server["begun"]["data_bytes"])
                           / max(found["entered"], 1),
        "entered_s": found["entered_us"] / 1e6,
        "join_cpu_s": found["server_join_cpu_us"] / 1e6,
        "generator_cpu_s": found["cpu_us"] / 1e6,
        "clients": found["entered"],
        "lost_clients": sum(found["errors"].values()),
        "flaws": flaws(found),
    }  # fmt: skip
    if "joined_us" in found:
        numbers["joined_s"] = found["joined_us"] / 1e6
    if seconds > 0:
        numbers |= {
            "work": found["deliveries_per_second"] * seconds,
            "seconds": seconds,
            "cpu_s": max(found["server_talk_cpu_us"] / 1e6, 0.01),
            "lines_per_s": found["lines_per_second"],
            "p50_us": found["p50_us"],
            "p99_us": found["p99_us"],
            "p999_us": found["p999_us"],
            "cut_stalled": found["cut_stalled"],
        }
    else:
        numbers["idle_cpu_s"] = found["server_idle_cpu_us"] / 1e6
    return numbers


def stored(setup, kind, *flags):
    """As run(), with a store: every line that was delivered has to be in it, and the time that it
    takes to write the last ones, when it is told to end, counts."""
    numbers = run(setup, kind, *flags, stores=True)
    numbers["seconds"] += numbers["store_end_s"]
    # The warm-up's lines are there, too.
    if numbers["stored"] < numbers["work"]:
        raise Failed(f"{numbers['stored']} of {numbers['work']:.0f} lines are in the store")
    return numbers


def bare(setup, clients, lines):
    """The bare loop's figures: it has a child with the clients' ends on the other core."""
    command = [setup.build / "bench/bare_fanout", clients, lines,
               f"{setup.plan.warm_up_s * 1000:.0f}", f"{setup.plan.time_s * 1000:.0f}"]  # fmt: skip
    return process.run_to_end(command, process.BOTH_CORES).figures(work="deliveries")
