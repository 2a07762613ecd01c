"""How long it takes until something is on the screen.

    python -m benchmarks.startup [--short]

First paint: from the start of the process until the first line of the app was written to a
pseudo-terminal of 80 by 24. `--help`: until the command line has told its commands and ended.
Each after one start that is not counted.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.terminal import PROGRAM, app, plain_environment, spread

_FIRST = b"Doctor"


def first_paint(home: Path) -> float:
    """Start the app and give the seconds until its first line."""
    with app(home=home) as terminal:
        terminal.read(30, until=_FIRST)
        return time.monotonic() - terminal.began


def help_page() -> float:
    """Give the seconds that `--help` takes."""
    began = time.monotonic()
    subprocess.run(
        [PROGRAM, "--help"], check=True, stdout=subprocess.DEVNULL, env=plain_environment()
    )
    return time.monotonic() - began


def main(arguments: list[str] | None = None) -> None:
    """Measure and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--short", action="store_true")
    times = 3 if parser.parse_args(arguments).short else 15
    with tempfile.TemporaryDirectory(prefix="ttgpt-bench-") as folder:
        first_paint(Path(folder))
        print("first paint", spread([first_paint(Path(folder)) for _ in range(times)], "s"))
    help_page()
    print("--help     ", spread([help_page() for _ in range(times)], "s"), flush=True)


if __name__ == "__main__":
    main()
