"""How long the doctor takes on this host, beside the bare import of PyTorch that it cannot avoid.

    python -m benchmarks.doctor [--short]

From the start of the process to its end, after one that is not counted. The two take turns, and
each pair gives a ratio. Last: the time until a start with `--backend ttml` is refused,
which is the answer that a host without a card gets.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.terminal import PROGRAM, spread


def seconds(command: list[str], home: Path) -> float:
    """Run a command to its end and give the seconds it took."""
    environment = {**os.environ, "TTGPT_HOME": str(home), "TTGPT_RUNTIME_DIR": str(home)}
    began = time.monotonic()
    subprocess.run(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return time.monotonic() - began


def main(arguments: list[str] | None = None) -> None:
    """Measure and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--short", action="store_true")
    times = 3 if parser.parse_args(arguments).short else 15
    doctor = [str(PROGRAM), "doctor", "--json"]
    torch = [sys.executable, "-c", "import torch"]
    refused = [str(PROGRAM), "train", "demo", "--backend", "ttml"]
    with tempfile.TemporaryDirectory(prefix="ttgpt-bench-") as folder:
        home = Path(folder)
        seconds(doctor, home)
        pairs = [(seconds(doctor, home), seconds(torch, home)) for _ in range(times)]
        print("doctor      ", spread([ours for ours, _ in pairs], "s"))
        print("import torch", spread([bare for _, bare in pairs], "s"))
        print(f"ratio         {statistics.median(ours / bare for ours, bare in pairs):.2f}")
        print(
            "refused     ", spread([seconds(refused, home) for _ in range(times)], "s"), flush=True
        )


if __name__ == "__main__":
    main()
