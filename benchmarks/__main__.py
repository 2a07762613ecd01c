"""Run the short form of every benchmark: `python -m benchmarks`."""

from __future__ import annotations

from benchmarks import reference_runs

if __name__ == "__main__":
    reference_runs.main(["--short"])
