"""Validation loss after so many seconds of training: what is best for a minute, or for five.

    python -m benchmarks.quality [--seconds 60] [--only NAME,...] [--text FILE] [--log FILE]

Each candidate trains in a process of its own, in the precision and on the threads that `auto`
takes here. Its steps are the seconds over the time of its fastest step, so that a machine that is
busy now and then changes how long the search takes and not what it finds; the schedule of the
learning rate spans these steps. The loss is over the whole validation part, in nats per character.
`--wall` ends by the clock instead, as a run would.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

BASE: dict[str, Any] = {
    "model.arch": "nanogpt", "model.n_layer": 4, "model.n_head": 4, "model.n_embd": 128,
    "model.block_size": 64, "model.dropout": 0.0, "model.bias": False,
    "train.batch_size": 16, "train.lr": 3e-3, "train.beta2": 0.99, "train.weight_decay": 0.1,
    "train.warmup_steps": 50,
}  # fmt: skip

SEARCH: dict[str, dict[str, Any]] = {
    "base": {},
    "llama": {"model.arch": "llama"},
    "lr 2e-3": {"train.lr": 2e-3},
    "lr 6e-3": {"train.lr": 6e-3},
    "batch 8": {"train.batch_size": 8},
    "batch 32": {"train.batch_size": 32},
    "block 128": {"model.block_size": 128, "train.batch_size": 8},
    "2 layers": {"model.n_layer": 2},
    "6 layers": {"model.n_layer": 6},
    "width 96": {"model.n_embd": 96},
    "width 192": {"model.n_embd": 192, "model.n_head": 6},
    "width 256": {"model.n_embd": 256, "model.n_head": 4},
    "beta2 0.95": {"train.beta2": 0.95},
    "decay 0.01": {"train.weight_decay": 0.01},
}
"""What is changed in BASE, one thing a time; the combinations come after what this says."""

_TIMED_S = 4.0


def train(settings: dict[str, Any], seconds: float, text: str, wall: bool) -> dict[str, Any]:
    """Train one candidate in this process."""
    from ttgpt.engine import presets
    from ttgpt.engine.backends import get
    from ttgpt.engine.data.batches import TrainBatches, eval_windows
    from ttgpt.engine.data.mapped import load
    from ttgpt.engine.data.prepare import prepare
    from ttgpt.engine.data.recipe import Recipe
    from ttgpt.engine.training.schedule import learning_rate

    demo = presets.load("demo").config
    config = demo.with_settings({**settings, "train.max_steps": 1_000_000, "train.min_lr": 0.0})
    with tempfile.TemporaryDirectory() as home:
        data = load(prepare(Recipe(sources=(text,)), Path(home)).folder)
        vocab_size, backend = data.tokenizer.vocab_size, get("torch")
        ms = _step_ms(backend, config, vocab_size)
        session = backend.open(config.model, config.train, vocab_size, config.train.seed)
        shape = config.train.batch_size, config.model.block_size
        batches = TrainBatches(data.train, *shape, config.train.seed)
        steps, done = max(1, round(1000 * seconds / ms)), 0
        began = time.perf_counter()
        while done < steps:
            if wall:  # the share of the time is the share of the schedule
                done_share = (time.perf_counter() - began) / seconds
                if done_share >= 1:
                    break
                lr = learning_rate(round(done_share * steps), config.train, steps)
            else:
                lr = learning_rate(done, config.train, steps)
            session.train_step(batches.micro_batches(done, 1), lr)
            done += 1
        took = time.perf_counter() - began
        loss, tokens = session.evaluate(*eval_windows(data.val, shape[1], 10**9))
        found = session.describe()
    return {
        "val_loss": round(loss / tokens, 4), "steps": done, "ms": round(ms, 2),
        "threads": found.numerics["threads"], "dtype": found.dtype,
        "parameters": found.parameters, "wall_s": round(took, 1),
    }  # fmt: skip


def _step_ms(backend: Any, config: Any, vocab_size: int) -> float:
    """Give the milliseconds of the fastest step."""
    import numpy as np

    session = backend.open(config.model, config.train, vocab_size, 0)
    shape = config.train.batch_size, config.model.block_size
    ids = np.random.default_rng(0).integers(vocab_size, size=shape)
    best, until = float("inf"), time.perf_counter() + _TIMED_S
    while time.perf_counter() < until:
        start = time.perf_counter()
        for _ in range(3):
            float(session.train_step([(ids, ids)], 1e-3).loss)
        best = min(best, (time.perf_counter() - start) / 3)
    session.close()
    return 1000 * best


def measure(name: str, changes: dict[str, Any], asked: argparse.Namespace) -> dict[str, Any]:
    """Train one candidate in a process of its own and print its line."""
    question = json.dumps([{**BASE, **changes}, asked.seconds, asked.text, asked.wall])
    command = [sys.executable, "-m", "benchmarks.quality", "--one", question]
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    found: dict[str, Any] = {"name": name, "seconds": asked.seconds, **json.loads(out)}
    print(
        f"{name:<28} val {found['val_loss']:.4f}  {found['steps']:>6,} steps of "
        f"{found['ms']:.1f} ms  {found['parameters']:>10,} parameters  "
        f"{found['dtype']} on {found['threads']}",
        flush=True,
    )
    return {**found, "settings": {**BASE, **changes}}


def main(arguments: list[str] | None = None) -> None:
    """Train what is asked for, and say what was best."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--with", dest="changes", default="", help="one more, as JSON: {name: {}}")
    parser.add_argument("--text", default="harbour")
    parser.add_argument("--log", default="")
    parser.add_argument("--wall", action="store_true")
    parser.add_argument("--one", default="")
    asked = parser.parse_args(arguments)
    if asked.one:
        print(json.dumps(train(*json.loads(asked.one))))
        return
    if asked.short:
        asked.seconds, asked.only = 5.0, asked.only or "base,llama"
    candidates = SEARCH if not asked.changes else json.loads(asked.changes)
    names = [n for n in candidates if not asked.only or n in asked.only.split(",")]
    results = [measure(name, candidates[name], asked) for name in names]
    best = min(results, key=lambda found: found["val_loss"])
    print(f"best after {asked.seconds:g} s: {best['name']}")
    if asked.log:
        with Path(asked.log).open("a", encoding="utf-8") as log:
            log.writelines(json.dumps(found) + "\n" for found in results)


if __name__ == "__main__":
    main()
