"""`python -m torture`: every part for its share of the time, two at a time; exit 1 on any fault."""

from __future__ import annotations

import argparse
import importlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support import end_workers

from .tally import Part, Tally

SHARES = {"damage": 0.35, "kills": 0.22, "options": 0.2, "keys": 0.15, "flood": 0.08}
"""Parts with their share of the time of two cores, the longest first."""


def main() -> int:
    """Run all parts, or one in this process."""
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="in all, on two cores")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--part", choices=sorted(SHARES), help="one part alone, all the time")
    given = parser.parse_args()
    if given.part is not None:
        return _alone(given.part, given.seed, given.minutes * 60)
    print(f"seed {given.seed}, {given.minutes:g} minutes", flush=True)
    # A start, a last trial and a clean-up lie around each part.
    seconds = {part: (given.minutes * 60 - 60) * 2 * share for part, share in SHARES.items()}
    with ThreadPoolExecutor(2) as lanes:
        codes = list(lanes.map(lambda part: _apart(part, given.seed, seconds[part]), SHARES))
    return max(codes)


def _apart(part: str, seed: int, seconds: float) -> int:
    """Run a part in a process of its own, and print at once what it printed."""
    arguments = ["--part", part, "--seed", str(seed), "--minutes", str(seconds / 60)]
    command = [sys.executable, "-m", "torture", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr, flush=True)
    return done.returncode


def _alone(part: str, seed: int, seconds: float) -> int:
    folder = Path(tempfile.mkdtemp(prefix="ttgpt-"))
    home = folder / "home"
    home.mkdir()
    os.environ |= {"TTGPT_HOME": str(home), "TTGPT_RUNTIME_DIR": str(folder / "run")}
    trials: Part = importlib.import_module(f"torture.{part}").trials
    tally, began = Tally(), time.monotonic()
    try:
        under_way = trials(seed, home, tally)
        for _ in under_way:
            if time.monotonic() - began > seconds:
                break
        under_way.close()
    except Exception:
        tally.fault(part, "the torture itself broke off", traceback.format_exc())
    finally:
        end_workers(folder)
        shutil.rmtree(folder, ignore_errors=True)
    _print(part, seed, tally, time.monotonic() - began)
    return 1 if tally.faults else 0


def _print(part: str, seed: int, tally: Tally, seconds: float) -> None:
    print(f"{part}, seed {seed}, {seconds:.0f} s: {len(tally.faults)} kinds of fault")
    for what, number in sorted((tally.tried | tally.peak).items()):
        print(f"  {what:<32} {number:>9,}")
    for what, places in tally.faults.items():
        print(f"  FAULT {what}")
        for place in places[:5]:
            print(textwrap.indent(place, "    "))
        if len(places) > 5:
            print(f"    and {len(places) - 5} more")


if __name__ == "__main__":
    sys.exit(main())
