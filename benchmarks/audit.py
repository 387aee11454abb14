"""How long an audit of the quickstart takes, whole: the program from its start to its exit.

    python benchmarks/audit.py [--full]

Prints seconds by probe of the last round, and the best and the median wall time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from machine import facts


def audited(level: str) -> tuple[float, dict[str, Any]]:
    """Return the wall time of one audit in seconds, and its report."""
    with tempfile.TemporaryDirectory() as runs:
        words = ["audit", "configs/quickstart.yaml", f"--{level}", "--json", "--runs", runs]
        began = time.perf_counter()
        finished = subprocess.run(
            [sys.executable, "-m", "lstmtrader", *words], capture_output=True, text=True, check=True
        )
        return time.perf_counter() - began, json.loads(finished.stdout)


def main() -> None:
    """Audit the quickstart several times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="once, all of it")
    level = "full" if parser.parse_args().full else "quick"
    print(facts(["lstmtrader", "torch", "vectorbt", "pandas"]))
    rounds = [audited(level) for _ in range(1 if level == "full" else 3)]
    report = rounds[-1][1]
    print(report["sentence"])
    for probe in report["probes"]:
        print(f"  {probe['seconds']:6.2f} s  {probe['probe']}")
    walls = [wall for wall, _ in rounds]
    print(f"{level}: {min(walls):.1f} s at best, {statistics.median(walls):.1f} s median")


if __name__ == "__main__":
    main()
