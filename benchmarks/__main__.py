"""Run the short form of every benchmark: `python -m benchmarks`."""

from __future__ import annotations

from benchmarks import attach, doctor, generate, list_runs, quality, reference_runs, scale, startup
from benchmarks import train_step as step

if __name__ == "__main__":
    speed = (startup, doctor, attach, list_runs, step, generate)
    for benchmark in (*speed, quality, scale, reference_runs):
        print(f"{benchmark.__name__.rpartition('.')[2]}", flush=True)
        benchmark.main(["--short"])
