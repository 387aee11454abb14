"""How long a person waits before anything happens.

Prints the median wall time of five fresh processes each, and as ratios to a bare Python start in
the same run: ``import lstmtrader``, and the help of the program, which promises less than
half a second, and of one command.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMMANDS = {
    "bare python": [sys.executable, "-c", "pass"],
    "import lstmtrader": [sys.executable, "-c", "import lstmtrader"],
    "lstmtrader --help": [sys.executable, "-m", "lstmtrader", "--help"],
    "lstmtrader run --help": [sys.executable, "-m", "lstmtrader", "run", "--help"],
}


def main() -> None:
    """Run the commands in turn, so that a busy moment hits all of them alike."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(5):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            taken[name].append(time.perf_counter() - start)
    bare = statistics.median(taken["bare python"])
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        print(f"{name:<22} {median:6.3f} s  {median / bare:5.1f} x bare python")


if __name__ == "__main__":
    main()
