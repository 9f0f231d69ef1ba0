"""Every benchmark there is: the modules of this folder that define BENCHMARK."""

import importlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def find_all():
    """Name to benchmark, sorted by name."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        if "\nBENCHMARK = " not in path.read_text():
            continue
        benchmark = importlib.import_module(f".{path.stem}", __package__).BENCHMARK
        if benchmark.name != path.stem:
            raise ValueError(f"{path.name} holds '{benchmark.name}': one name for both")
        found[benchmark.name] = benchmark
    return found
