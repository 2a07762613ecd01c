"""How time and memory grow: runs in the list, checkpoints, bytes of text, parameters, steps logged.

    python -m benchmarks.scale [--short] [--only runs,checkpoints,data,models,steps]

Each row is ten times the one before it (or nearly); the last column is how many times as long it
took. More than ten would be worse than in proportion. `--short` leaves out the largest of each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.memory import anonymous_bytes, peak_bytes
from ttgpt.engine.checkpoints import checkpoint
from ttgpt.engine.checkpoints.info import list_checkpoints
from ttgpt.engine.config import DataConfig, ModelConfig, RunConfig, SampleConfig, TrainConfig
from ttgpt.engine.data.batches import TrainBatches

Row = tuple[str, float, str]
"""What, seconds, and a remark."""

_MODELS = {
    "0.2 M": {"n_layer": 4, "n_head": 4, "n_embd": 64, "block_size": 64},
    "1.2 M": {"n_layer": 6, "n_head": 4, "n_embd": 128, "block_size": 64},
    "10.7 M": {"n_layer": 6, "n_head": 6, "n_embd": 384, "block_size": 64},
    "107 M": {"n_layer": 15, "n_head": 12, "n_embd": 768, "block_size": 64},
}


def runs(folder: Path, short: bool) -> Iterator[Row]:
    """List runs of 200 logged steps each, as the Runs screen does for the first time."""
    from benchmarks.attach import write_run
    from ttgpt.engine.runs.rundir import list_runs
    from ttgpt.tui.runs.glance import glance

    home, made = folder / "runs-home", 0
    for count in (5, 50) if short else (5, 50, 500):
        while made < count:
            write_run(home, 200, f"run-{made}")
            made += 1
        yield f"{count} runs", timed(lambda: [glance(run) for run in list_runs(home)]), ""


def checkpoints(folder: Path, short: bool) -> Iterator[Row]:
    """List the checkpoints of a run, looking at each one's description and sizes."""
    config = RunConfig(
        model=ModelConfig(), train=TrainConfig(max_steps=1), data=DataConfig(),
        sample=SampleConfig(),
    ).to_dict()  # fmt: skip
    weights, made = {"wte.weight": np.zeros((8, 8), np.float32)}, 0
    losses = {"kind": "milestone", "tokens": 1, "train_loss": 1.0, "val_loss": 1.0}
    for count in (10, 100) if short else (10, 100, 1000):
        while made < count:
            made += 1
            checkpoint.save(folder / "checkpoints", made, weights, None, config, {}, losses)
        yield f"{count} checkpoints", timed(lambda: list_checkpoints(folder)), ""


def data(folder: Path, short: bool) -> Iterator[Row]:
    """Gather batches from a memory-mapped training part."""
    block = np.random.default_rng(0).integers(65, size=5_000_000).astype("<u2").tobytes()
    for megabytes in (10, 100) if short else (10, 100, 1000):
        path = folder / "train.bin"
        with path.open("wb") as file:
            for _ in range(megabytes // 10):
                file.write(block)
        tokens = np.memmap(path, "<u2", "r")
        batches = TrainBatches(tokens, 64, 256, seed=0)
        before = anonymous_bytes()
        seconds = timed(partial(_gather, batches))
        grown = anonymous_bytes() - before
        yield f"{megabytes} MB, 200 batches", seconds, f"{grown / 1e6:+.1f} MB of own memory"


def _gather(batches: TrainBatches) -> None:
    for step in range(200):
        batches.micro_batches(step, 1)


def models(folder: Path, short: bool) -> Iterator[Row]:
    """Open a model and do a few steps, each model in a process of its own."""
    for name, shape in list(_MODELS.items())[: -1 if short else None]:
        command = [sys.executable, "-m", "benchmarks.scale", "--model", json.dumps(shape)]
        out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        found = json.loads(out)
        per_parameter = found["bytes"] / found["parameters"]
        remark = f"{found['bytes'] / 1e6:,.0f} MB more at most, {per_parameter:.0f} bytes each"
        yield f"{name} parameters, a step", found["seconds"], remark


def steps(folder: Path, short: bool) -> Iterator[Row]:
    """Attach to a run, for the first time and again."""
    from benchmarks.attach import attach, write_run

    for count in (100_000, 1_000_000, 10_000_000)[: -1 if short else None]:
        home = folder / f"home-{count}"
        run = write_run(home, count)
        (first, most), (again, memory) = attach(run, home), attach(run, home)
        remark = f"{most:.0f} MB, again {again:.2f} s, {memory:.0f} MB"
        yield f"{count:,} steps logged", first, remark
        run.events.unlink()


def train_model(shape: dict[str, int]) -> dict[str, Any]:
    """Open a model and do three steps of 8 sequences in this process."""
    import torch  # noqa: F401  (what it takes by itself is not the model's)

    from ttgpt.engine import backends

    before = peak_bytes()
    model = ModelConfig(arch="nanogpt", bias=False, **shape)  # type: ignore[arg-type]
    train = TrainConfig(batch_size=8, max_steps=3)
    session = backends.get("torch").open(model, train, 65, 0)
    ids = np.random.default_rng(0).integers(65, size=(8, model.block_size))
    seconds = timed(lambda: float(session.train_step([(ids, ids)], 1e-3).loss), times=3)
    parameters = session.describe().parameters
    return {"seconds": seconds, "bytes": peak_bytes() - before, "parameters": parameters}


def timed(work: Callable[[], object], times: int = 3) -> float:
    """Give the seconds of the fastest call."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


PARTS = {f.__name__: f for f in (runs, checkpoints, data, models, steps)}


def main(arguments: list[str] | None = None) -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--model", default="")
    asked = parser.parse_args(arguments)
    if asked.model:
        print(json.dumps(train_model(json.loads(asked.model))))
        return
    for name in asked.only.split(","):
        before = None
        with tempfile.TemporaryDirectory(prefix="ttgpt-bench-") as folder:
            for what, seconds, remark in PARTS[name](Path(folder), asked.short):
                times = "" if before is None else f"{seconds / before:5.1f}x"
                print(f"{what:<28} {1000 * seconds:10.2f} ms {times:>8}  {remark}", flush=True)
                before = seconds


if __name__ == "__main__":
    main()
