"""Seconds of a training step, as a share of a plain float32 loop's, in alternation.

    python -m benchmarks.train_step [--short] [--apart] [--only a,b,c] [--precision auto,float32]

Both models live in one process with the same threads; a few steps of each are timed in turn, so a
busy moment of the machine falls on both. The ratio of each pair is taken, then their median.

With `--apart` the plain loop is a process of its own, as PyTorch comes: its threads spin while they
wait, where the worker's sleep (`OMP_WAIT_POLICY`).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

import numpy as np
import torch

from benchmarks import plain_loop
from benchmarks.plain_loop import SHAPES, PlainLoop, Shape, random_tokens
from ttgpt.engine import backends
from ttgpt.engine.config import ModelConfig, TrainConfig
from ttgpt.engine.data.batches import TrainBatches

Precision = Literal["auto", "float32"]

TARGETS: dict[Precision, dict[str, float]] = {
    "auto": {"a": 0.62, "b": 0.65, "c": 0.75},
    "float32": {"a": 1.0, "b": 0.95, "c": 0.85},
}
_PAIRS, _SECONDS = 15, 0.5

Timer = Callable[[int], float]
"""Does so many steps, and gives the seconds of one."""


def our_step(
    shape: Shape, tokens: np.ndarray, precision: Precision
) -> tuple[Callable[[], float], str]:
    """Make a function that does one step as the trainer does it, and say how it computes."""
    model = ModelConfig(
        arch="nanogpt", n_layer=shape.n_layer, n_head=shape.n_head, n_embd=shape.n_embd,
        block_size=shape.block_size, dropout=0.0, bias=False, tie_weights=True,
    )  # fmt: skip
    train = TrainConfig(batch_size=shape.batch_size, max_steps=1000, precision=precision)
    session = backends.get("torch").open(model, train, shape.vocab_size, 0)
    batches = TrainBatches(tokens, shape.batch_size, shape.block_size, 0)
    done = 0

    def step() -> float:
        nonlocal done
        done += 1
        return float(session.train_step(batches.micro_batches(done, 1), 1e-3).loss)

    numerics = session.describe().numerics
    return step, f"{numerics['precision']}, threads: {numerics['threads']}"


def seconds_of(step: Callable[[], float], count: int) -> float:
    """Time some steps and give the seconds of one."""
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count


@contextlib.contextmanager
def plain_apart(shape: Shape) -> Iterator[Timer]:
    """Start the plain loop in a process without the worker's settings of threads."""
    ours = ("OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    command = [sys.executable, plain_loop.__file__, shape.name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        asked, answers = process.stdin, process.stdout
        assert asked is not None
        assert answers is not None

        def seconds_of_steps(count: int) -> float:
            print(count, file=asked, flush=True)
            return float(answers.readline())

        seconds_of_steps(1)  # it is there, and leaves the cores alone
        yield seconds_of_steps
        asked.close()


def measure(shape: Shape, precision: Precision, pairs: int, warm_up_s: float, apart: bool) -> None:
    """Print one line: both medians, the ratio with its spread, and the target."""
    tokens = random_tokens(shape)
    with contextlib.ExitStack() as stack:
        if apart:
            plain = stack.enter_context(plain_apart(shape))
        else:
            plain = partial(seconds_of, PlainLoop(shape, tokens).step)
        step, how = our_step(shape, tokens, precision)
        ours = partial(seconds_of, step)
        until = time.perf_counter() + warm_up_s
        while time.perf_counter() < until:
            ours(1)
            plain(1)
        mine, theirs, ratio = in_turn(ours, plain, pairs)
    print(
        f"{shape.name}  {precision:8}  {mine:7.1f} ms  plain {theirs:7.1f} ms  "
        f"ratio {ratio}  wanted {TARGETS[precision][shape.name]:.2f}  {how}",
        flush=True,
    )


def in_turn(ours: Timer, plain: Timer, pairs: int) -> tuple[float, float, str]:
    """Time some steps of each in turn.

    Returns:
        Both medians in milliseconds, and the ratio's median with its middle half.
    """
    count = max(1, round(_SECONDS / plain(3)))
    found = [(ours(count), plain(count)) for _ in range(pairs)]
    ratios = sorted(mine / theirs for mine, theirs in found)
    mine, theirs = (1000 * statistics.median(column) for column in zip(*found, strict=True))
    low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
    return mine, theirs, f"{statistics.median(ratios):.2f} ({low:.2f}-{high:.2f})"


def main(arguments: list[str] | None = None) -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--apart", action="store_true", help="the plain loop as PyTorch comes")
    parser.add_argument("--only", default="a,b,c")
    parser.add_argument("--precision", default="auto,float32")
    parser.add_argument("--warm-up", type=float, default=3.0, help="seconds before the first pair")
    args = parser.parse_args(arguments)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for name in args.only.split(","):
        for precision in args.precision.split(","):
            pairs = 3 if args.short else _PAIRS
            measure(SHAPES[name], precision, pairs, args.warm_up, args.apart)


if __name__ == "__main__":
    main()
