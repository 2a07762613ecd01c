"""Run the short form of every benchmark: `python -m benchmarks`."""

from __future__ import annotations

from benchmarks import attach, reference_runs, startup

if __name__ == "__main__":
    for benchmark in (startup, attach, reference_runs):
        print(f"{benchmark.__name__.rpartition('.')[2]}", flush=True)
        benchmark.main(["--short"])
