"""What bfloat16 arithmetic costs in quality: validation losses beside float32's.

    python -m benchmarks.precision [--short] [--text FILE] [--seeds 3] [--steps 2000]

The same network from the same weights over the same batches, once in each precision: 4 layers,
width 128, block 64, batch 12, on tiny Shakespeare. The loss is over the whole validation part, in
float32, in nats per character; it may differ by 0.02. Seeds say how much of that is chance.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.reference_runs import BABY, SHARED_TEXT
from ttgpt.engine import presets
from ttgpt.engine.backends import get
from ttgpt.engine.config import RunConfig
from ttgpt.engine.data.batches import TrainBatches, eval_windows
from ttgpt.engine.data.mapped import DataSet, load
from ttgpt.engine.data.prepare import prepare
from ttgpt.engine.data.recipe import Recipe
from ttgpt.engine.training.schedule import learning_rate

ALLOWED = 0.02


def val_loss(config: RunConfig, data: DataSet, seed: int, steps: int) -> float:
    """Train, and give the loss over the whole validation part."""
    session = get("torch").open(config.model, config.train, data.tokenizer.vocab_size, seed)
    block_size = config.model.block_size
    batches = TrainBatches(data.train, config.train.batch_size, block_size, seed)
    for step in range(steps):
        lr = learning_rate(step, config.train, steps)
        session.train_step(batches.micro_batches(step, 1), lr)
    loss, tokens = session.evaluate(*eval_windows(data.val, block_size, 10**9))
    session.close()
    return loss / tokens


def main(arguments: list[str] | None = None) -> None:
    """Print a line a seed, then the verdict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="100 steps of one seed")
    parser.add_argument("--text", default=str(SHARED_TEXT))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=2000)
    asked = parser.parse_args(arguments)
    seeds, steps = (1, 100) if asked.short else (asked.seeds, asked.steps)
    text = asked.text if Path(asked.text).is_file() else "harbour"
    config = presets.parse("baby", BABY).config
    apart = []
    with tempfile.TemporaryDirectory() as home:
        data = load(prepare(Recipe(sources=(text,)), Path(home)).folder)
        for seed in range(seeds):
            found = {
                precision: val_loss(
                    config.with_settings({"train.precision": precision}), data, seed, steps
                )
                for precision in ("float32", "bfloat16")
            }
            apart.append(found["bfloat16"] - found["float32"])
            losses = "  ".join(f"{precision} {loss:.4f}" for precision, loss in found.items())
            print(f"seed {seed}  {losses}  apart {apart[-1]:+.4f}", flush=True)
    largest = max(abs(one) for one in apart)
    print(
        f"apart {statistics.mean(apart):+.4f} on average, {largest:.4f} at most after "
        f"{steps:,} steps; allowed {ALLOWED}"
    )


if __name__ == "__main__":
    main()
