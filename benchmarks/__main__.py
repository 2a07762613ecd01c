"""Run the short form of every benchmark: `python -m benchmarks`."""

from __future__ import annotations

from benchmarks import (
    app_cost,
    attach,
    doctor,
    fair_worker,
    generate,
    list_runs,
    precision,
    quality,
    reference_runs,
    scale,
    startup,
    train_step,
)

if __name__ == "__main__":
    speed = (startup, doctor, attach, app_cost, list_runs, train_step, generate, fair_worker)
    for benchmark in (*speed, quality, precision, scale, reference_runs):
        print(f"{benchmark.__name__.rpartition('.')[2]}", flush=True)
        benchmark.main(["--short"])
